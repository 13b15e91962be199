/** Where a fuzzing thread writes which input it is at; readable by another thread even while that one hangs. */

/** Shared by both threads. */
export interface InputBoard {
  /** How many inputs there were, and the length of the last one. */
  readonly counts: Int32Array<SharedArrayBuffer>;
  /** The last input. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

const mostBytes = 256 * 1024;

/** An empty one. */
export function makeInputBoard(): InputBoard {
  return {
    counts: new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)),
    bytes: new Uint8Array(new SharedArrayBuffer(mostBytes)),
  };
}

/** Writes the next input; latin1. */
export function writeInput({ counts, bytes }: InputBoard, input: string): void {
  Buffer.from(bytes.buffer).write(input, 'latin1');
  Atomics.store(counts, 1, Math.min(input.length, mostBytes));
  Atomics.add(counts, 0, 1);
}

/** The last input, and its number. */
export function readInput({ counts, bytes }: InputBoard): { readonly count: number; readonly input: string } {
  const length = Atomics.load(counts, 1);
  return { count: Atomics.load(counts, 0), input: Buffer.from(bytes.slice(0, length)).toString('latin1') };
}
