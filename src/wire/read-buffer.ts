/** Memory that bulk is read into: it goes round instead of being left to the garbage collector by the gigabyte. */

/** Bytes that one read may bring. */
export const readBytes: number = 64 * 1024;

/** Kept for the next reads; what is in use beyond these is let go of. */
const mostKept = 32;

const kept: ReadBuffer[] = [];

/** One piece of memory, taken back when everyone who holds it has let go. */
export class ReadBuffer {
  readonly bytes: Buffer = Buffer.allocUnsafeSlow(readBytes);
  #holders = 1;

  /** For somebody else, who has to release it too. */
  hold(): void {
    this.#holders += 1;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0 || kept.length >= mostKept) return;
    this.#holders = 1;
    kept.push(this);
  }
}

/** Held once, by who asks. */
export function takeReadBuffer(): ReadBuffer {
  return kept.pop() ?? new ReadBuffer();
}

/** Below this, what the collector gathers before it looks is no matter. */
const largeBytes = 32 * 1024;

/**
 * Gives memory that a socket was read into back at once, where `chunk` is all of it: the collector lets some 64 MiB of such
 * chunks gather first. Nobody may hold a view of it any more.
 */
export function letGo(chunk: Buffer): void {
  const { buffer } = chunk;
  const ownsAll = chunk.length >= largeBytes && buffer.byteLength === chunk.length;
  if (ownsAll && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
