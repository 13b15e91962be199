/** Lines that wait to be written: gathered into batches, and bounded. */

/** A write of this size costs little per line and still fits a pipe. */
const batchLength = 64 * 1024;

/** Bytes that may wait while the disk or the reader is slow. */
const mostWaiting = 16 * 1024 * 1024;

/** First in, first out; a line is never split. */
export class Backlog {
  #text = '';
  #batches: Buffer[] = [];
  #bytes = 0;

  /** False: there is no room for it. */
  add(line: string): boolean {
    if (this.#bytes + this.#text.length + line.length > mostWaiting) return false;
    this.#text += line;
    if (this.#text.length >= batchLength) this.#seal();
    return true;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0 && this.#text === '';
  }

  /** More waits than one likes to keep waiting. */
  get hasFullBatch(): boolean {
    return this.#bytes > 0;
  }

  /** The next batch; undefined when nothing waits. */
  take(): Buffer | undefined {
    if (this.#bytes === 0 && this.#text !== '') this.#seal();
    const batch = this.#batches.shift();
    this.#bytes -= batch?.length ?? 0;
    return batch;
  }

  /** Puts whole lines before all others. */
  putBack(lines: Buffer): void {
    if (lines.length === 0) return;
    this.#batches.unshift(lines);
    this.#bytes += lines.length;
  }

  /** All that waits; nothing waits afterwards. */
  takeAll(): Buffer {
    this.#seal();
    const all = Buffer.concat(this.#batches);
    this.#batches = [];
    this.#bytes = 0;
    return all;
  }

  /** As bytes, because a text that grew line by line takes several times their room. */
  #seal(): void {
    if (this.#text === '') return;
    const batch = Buffer.from(this.#text);
    this.#text = '';
    this.#batches.push(batch);
    this.#bytes += batch.length;
  }
}
