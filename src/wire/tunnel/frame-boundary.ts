/** Knows whether a stream of server frames stands between two frames (RFC 6455 §5.2). */

const maskBytes = 4;
const shortHeader = 2;

/** Bytes of the extended length, by the 7-bit length. */
function extendedBytes(short: number): number {
  if (short === 126) return 2;
  return short === 127 ? 8 : 0;
}

/** Follows one direction of a WebSocket, from a boundary on. Masked frames are followed too. */
export class FrameBoundary {
  /** Bytes of the frame's header so far, and how many it has. */
  #headerSeen = 0;
  #headerLength = shortHeader;
  #short = 0;
  #payload = 0;
  #payloadLeft = 0;

  get between(): boolean {
    return this.#payloadLeft === 0 && this.#headerSeen === 0;
  }

  /** What came next. */
  feed(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#payloadLeft > 0) {
        const taken = Math.min(this.#payloadLeft, chunk.length - at);
        this.#payloadLeft -= taken;
        at += taken;
      } else {
        this.#readHeader(chunk[at] ?? 0);
        at += 1;
      }
    }
  }

  #readHeader(byte: number): void {
    this.#headerSeen += 1;
    if (this.#headerSeen === shortHeader) {
      this.#short = byte & 0x7f;
      this.#headerLength = shortHeader + extendedBytes(this.#short) + (byte >= 0x80 ? maskBytes : 0);
      this.#payload = extendedBytes(this.#short) === 0 ? this.#short : 0;
    } else if (this.#headerSeen > shortHeader && this.#headerSeen <= shortHeader + extendedBytes(this.#short)) {
      this.#payload = this.#payload * 256 + byte;
    }
    if (this.#headerSeen < this.#headerLength || this.#headerSeen < shortHeader) return;
    this.#payloadLeft = this.#payload;
    this.#headerSeen = 0;
    this.#headerLength = shortHeader;
  }
}
