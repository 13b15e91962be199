/**
 * One direction of a WebSocket as a stream of frames (RFC 6455 §5.2): where it stands between two of them, and which pongs in it
 * answer pings of the gate's own. Payloads are skipped, never read, so extensions pass untouched.
 */

const maskBytes = 4;
const shortHeader = 2;
const opcode = 0x0f;
const closeOpcode = 0x8;
/** A Pong as a control frame must be: whole, and with no bit of an extension. */
const wholePong = 0x8a;
const nothing = Buffer.alloc(0);

/** Bytes of the extended length, by the 7-bit length. */
function extendedBytes(short: number): number {
  if (short === 126) return 2;
  return short === 127 ? 8 : 0;
}

/** The payload of a control frame, unmasked. */
function payloadOf(frame: Buffer): Uint8Array {
  if (((frame[1] ?? 0) & 0x80) === 0) return frame.subarray(shortHeader);
  const mask = frame.subarray(shortHeader, shortHeader + maskBytes);
  return frame.subarray(shortHeader + maskBytes).map((byte, at) => byte ^ (mask[at % maskBytes] ?? 0));
}

/** Follows one direction of a WebSocket, from a boundary on; masked frames or not. */
export class FrameFlow {
  /** A Close frame has begun: no frame may come behind it (RFC 6455 §5.5.1). */
  closing = false;
  /** Pongs with this payload answer the gate's own pings, and are taken out; null: none was sent. */
  #mark: Buffer | null = null;
  /** The beginning of what may be such a pong. */
  #held: Buffer | null = null;
  /** Bytes of the frame's header so far, and how many it has. */
  #headerSeen = 0;
  #headerLength = shortHeader;
  #short = 0;
  #payload = 0;
  #payloadLeft = 0;

  /** Whether what was handed on so far ends with a frame. */
  get between(): boolean {
    return this.#atStart || this.#held !== null;
  }

  get #atStart(): boolean {
    return this.#payloadLeft === 0 && this.#headerSeen === 0;
  }

  /** From now on pongs with this payload are taken out. */
  takeOutPongs(mark: Buffer): void {
    this.#mark = mark;
  }

  /** What of the next chunk goes on: all of it, but for answers to the gate's own pings. */
  pass(chunk: Buffer): Buffer {
    if (this.#mark === null) {
      for (let at = 0; at < chunk.length; ) at = this.#step(chunk, at);
      return chunk;
    }
    return this.#sift(chunk, this.#mark);
  }

  #sift(chunk: Buffer, mark: Buffer): Buffer {
    const kept: Buffer[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length; ) {
      if (this.#atStart && chunk[at] === wholePong) {
        kept.push(chunk.subarray(from, at));
        from = at;
        this.#held = nothing;
      }
      at = this.#step(chunk, at);
      if (this.#held !== null) {
        this.#held = Buffer.concat([this.#held, chunk.subarray(from, at)]);
        from = at;
        kept.push(this.#release(this.#held, mark));
      }
    }
    if (from === 0) return chunk;
    kept.push(chunk.subarray(from));
    return Buffer.concat(kept);
  }

  /** What is held, as soon as it turns out to be somebody else's. */
  #release(held: Buffer, mark: Buffer): Buffer {
    if (held.length < shortHeader) return nothing;
    const fits = ((held[1] ?? 0) & 0x7f) === mark.length;
    if (fits && !this.#atStart) return nothing;
    this.#held = null;
    return fits && mark.equals(payloadOf(held)) ? nothing : held;
  }

  /** The rest of the frame that is under way; it ends with the chunk where the frame is longer. */
  endOfFrame(chunk: Buffer): Buffer {
    let at = 0;
    while (at < chunk.length && !this.#atStart) at = this.#step(chunk, at);
    return chunk.subarray(0, at);
  }

  /** What is held when nothing comes any more. */
  rest(): Buffer {
    const held = this.#held ?? nothing;
    this.#held = null;
    return held;
  }

  /** Where the next byte of a header stands, or the end of a payload's part in the chunk. */
  #step(chunk: Buffer, at: number): number {
    if (this.#payloadLeft === 0) {
      this.#readHeader(chunk[at] ?? 0);
      return at + 1;
    }
    const taken = Math.min(this.#payloadLeft, chunk.length - at);
    this.#payloadLeft -= taken;
    return at + taken;
  }

  #readHeader(byte: number): void {
    this.#headerSeen += 1;
    if (this.#headerSeen === 1) this.closing ||= (byte & opcode) === closeOpcode;
    else if (this.#headerSeen === shortHeader) {
      this.#short = byte & 0x7f;
      this.#headerLength = shortHeader + extendedBytes(this.#short) + (byte >= 0x80 ? maskBytes : 0);
      this.#payload = extendedBytes(this.#short) === 0 ? this.#short : 0;
    } else if (this.#headerSeen <= shortHeader + extendedBytes(this.#short)) {
      this.#payload = this.#payload * 256 + byte;
    }
    if (this.#headerSeen < this.#headerLength || this.#headerSeen < shortHeader) return;
    this.#payloadLeft = this.#payload;
    this.#headerSeen = 0;
    this.#headerLength = shortHeader;
  }
}
