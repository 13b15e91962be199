/** Finds where a body ends in the bytes of a connection (RFC 9112 §6), and hands its content on without copying. */

/** Takes a part of the content; it is never empty. */
export type TakePart = (part: Buffer) => void;

/** Reads one body. */
export interface BodyReader {
  /** Nothing more belongs to it. */
  readonly complete: boolean;
  /** What is wrong, in words; nothing is read any more then. */
  readonly fault: string | null;
  /** Takes what belongs to the body from `from` on; gives where it stopped. */
  read(bytes: Buffer, from: number, take: TakePart): number;
}

/** So many bytes and no more; `left` of Infinity reads until the connection ends. */
export class LengthReader implements BodyReader {
  readonly fault = null;
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  get complete(): boolean {
    return this.#left === 0;
  }

  read(bytes: Buffer, from: number, take: TakePart): number {
    const stop = Math.min(bytes.length, from + this.#left);
    if (stop === from) return from;
    this.#left -= stop - from;
    take(from === 0 && stop === bytes.length ? bytes : bytes.subarray(from, stop));
    return stop;
  }
}
