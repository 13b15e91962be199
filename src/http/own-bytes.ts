/** Bytes that are kept for long. */

/**
 * A copy of `bytes` from `from` on, with memory of its own: `Buffer.from` takes its out of a piece that Node shares out, and all of
 * that would live as long as the copy does.
 */
export function ownBytes(bytes: Buffer, from = 0): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length - from);
  bytes.copy(copy, 0, from);
  return copy;
}
