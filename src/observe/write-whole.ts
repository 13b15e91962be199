/** Writing while the process ends, when nothing can be waited for but by blocking. */

/** Between two tries of a full pipe. */
const breathMs = 5;

/** A pipe that is full, which is nothing to speak of. */
export function isBusy(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EAGAIN' || error.code === 'EBUSY';
}

/** Writes all of it, piece by piece; gives up at a fault, and on a pipe that stays full for longer than `patienceMs`. */
export function writeWhole(bytes: Buffer, writeSync: (bytes: Buffer) => number, patienceMs: number): void {
  const deadline = performance.now() + patienceMs;
  let left = bytes;
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(left));
    } catch (error) {
      if (!isBusy(error as NodeJS.ErrnoException) || performance.now() > deadline) return;
      blockFor(breathMs);
    }
  }
}

/** Holds everything up. */
export function blockFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
