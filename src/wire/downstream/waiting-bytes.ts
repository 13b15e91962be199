/** Bytes that came before their turn. */

const smallest = 2048;

/** Grows by doubling, so that a head which comes byte by byte is not copied for each of them. */
export class WaitingBytes {
  #store: Buffer | null = null;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What is here, without taking it. */
  get bytes(): Buffer {
    return this.#store === null ? Buffer.alloc(0) : this.#store.subarray(0, this.#length);
  }

  /** The last so many bytes, or all. */
  tail(length: number): Buffer {
    return this.bytes.subarray(Math.max(0, this.#length - length));
  }

  add(bytes: Buffer): void {
    const needed = this.#length + bytes.length;
    if (this.#store === null || this.#store.length < needed) {
      const larger = Buffer.allocUnsafe(Math.max(smallest, needed * 2));
      this.#store?.copy(larger, 0, 0, this.#length);
      this.#store = larger;
    }
    bytes.copy(this.#store, this.#length);
    this.#length = needed;
  }

  /** All of it; nothing is left. */
  take(): Buffer {
    const taken = this.bytes;
    this.#store = null;
    this.#length = 0;
    return taken;
  }
}
