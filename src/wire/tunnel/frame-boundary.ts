/** Knows whether a stream of server frames stands between two frames (RFC 6455 §5.2). */

/** Follows one direction of a WebSocket. */
export interface FrameBoundary {
  feed(chunk: Buffer): void;
  readonly between: boolean;
}

/** Bytes of the extended length, by the 7-bit length. */
const extendedLengths: ReadonlyMap<number, number> = new Map([
  [126, 2],
  [127, 8],
]);

const maskBytes = 4;

/** Starts at a boundary. Masked frames are followed too. */
export function frameBoundary(): FrameBoundary {
  /** Header bytes of the frame so far, until it is complete. */
  let header: number[] = [];
  let payloadLeft = 0;

  function headerLength(): number {
    const second = header[1];
    if (second === undefined) return 2;
    return 2 + (extendedLengths.get(second & 0x7f) ?? 0) + (second >= 0x80 ? maskBytes : 0);
  }

  function payloadLength(): number {
    const short = (header[1] ?? 0) & 0x7f;
    const extended = extendedLengths.get(short);
    if (extended === undefined) return short;
    return header.slice(2, 2 + extended).reduce((sum, byte) => sum * 256 + byte, 0);
  }

  return {
    feed(chunk) {
      let at = 0;
      while (at < chunk.length) {
        if (payloadLeft > 0) {
          const taken = Math.min(payloadLeft, chunk.length - at);
          payloadLeft -= taken;
          at += taken;
          continue;
        }
        header.push(chunk[at] ?? 0);
        at += 1;
        if (header.length >= 2 && header.length === headerLength()) {
          payloadLeft = payloadLength();
          header = [];
        }
      }
    },
    get between() {
      return payloadLeft === 0 && header.length === 0;
    },
  };
}
