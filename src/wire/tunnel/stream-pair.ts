/** Couples two raw connections of a WebSocket: bytes both ways with backpressure, and one end when either goes. */
import type { Duplex } from 'node:stream';
import { closeFrame, masked, pingFrame, pingMark } from './control-frames.ts';
import { FrameFlow } from './frame-flow.ts';

/** A coupled pair. */
export interface StreamPair {
  /** Without what the gate itself sent, and the answers to that. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  /**
   * Ends both, each with a Close frame (RFC 6455 §5.5.1) where its frames leave room for one; the client's side waits a moment
   * for that. Nothing else goes either way from then on.
   */
  close(code: number, reason: string): void;
  /** Sends a ping each way that has been at rest for so long; gives how many. `now` in milliseconds of any clock. */
  ping(now: number, restMs: number): number;
  /** Pings in a row for which nothing at all has come from the client. */
  readonly unanswered: number;
  /** Both are gone. */
  readonly closed: Promise<void>;
}

/** How long the second half may take to end after the first, and the client after its Close frame. */
const halfOpenMs = 5000;

/** How long the end of a frame is waited for, before a connection is cut within it. */
const frameEndMs = 500;

/** One way through; there are thousands of them, mostly at rest: what each holds is counted in bytes. */
class Way {
  readonly flow = new FrameFlow();
  bytes = 0;
  readonly #sink: Duplex;
  /** `bytes` at the last look, and since when it has not changed. */
  #seen = 0;
  #restsSince = -1;

  constructor(sink: Duplex) {
    this.#sink = sink;
  }

  /** False: the sink has enough. */
  carry(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    return chunk.length === 0 || this.#sink.write(chunk);
  }

  hasRested(now: number, restMs: number): boolean {
    if (this.bytes !== this.#seen || this.#restsSince === -1) {
      this.#seen = this.bytes;
      this.#restsSince = now;
    }
    return now - this.#restsSince >= restMs;
  }

  /** Whether a frame of the gate's own may go in here. */
  get hasRoom(): boolean {
    return this.flow.between && !this.flow.closing && this.#sink.writable;
  }

  /** Pings where nothing waits to be taken: one more would only wait behind it. */
  ping(now: number, frame: () => Buffer): boolean {
    if (!this.hasRoom || this.#sink.writableLength > 0) return false;
    this.#restsSince = now;
    this.#sink.write(frame());
    return true;
  }
}

class Coupling implements StreamPair {
  readonly closed: Promise<void>;
  unanswered = 0;
  readonly #client: Duplex;
  readonly #hub: Duplex;
  readonly #up: Way;
  readonly #down: Way;
  readonly #resolve: () => void;
  #timer: NodeJS.Timeout | undefined;
  #over = false;
  /** The client's Close frame, while the end of a frame is waited for. */
  #last: Buffer | null = null;

  constructor(client: Duplex, hub: Duplex) {
    this.#client = client;
    this.#hub = hub;
    this.#up = new Way(hub);
    this.#down = new Way(client);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#resolve = resolve;
    client.on('data', (chunk: Buffer) => this.#carryUp(chunk)).on('drain', () => this.#flow(hub));
    hub.on('data', (chunk: Buffer) => this.#carryDown(chunk)).on('drain', () => this.#flow(client));
    this.#endWith(client, hub, this.#up);
    this.#endWith(hub, client, this.#down);
    client.resume();
    hub.resume();
  }

  get bytesUp(): number {
    return this.#up.bytes;
  }

  get bytesDown(): number {
    return this.#down.bytes;
  }

  #endWith(one: Duplex, other: Duplex, way: Way): void {
    const end = (): void => this.#endSoon(other, way);
    one.on('end', end).on('close', end).on('error', this.#fail);
  }

  #carryUp(chunk: Buffer): void {
    this.unanswered = 0;
    if (this.#over || !this.#hub.writable) return;
    if (!this.#up.carry(this.#up.flow.pass(chunk))) this.#client.pause();
  }

  #carryDown(chunk: Buffer): void {
    if (this.#over) this.#carryLast(chunk);
    else if (!this.#down.carry(this.#down.flow.pass(chunk))) this.#hub.pause();
  }

  /** The other side of the one that took what it had; a side that ends drops what still comes. */
  #flow(stream: Duplex): void {
    stream.resume();
  }

  #endSoon(other: Duplex, way: Way): void {
    if (!this.#over && other.writable) way.carry(way.flow.rest());
    other.end();
    const isOver = this.#client.closed && (this.#hub.closed || this.#over);
    if (isOver) this.#destroy();
    else this.#timer ??= setTimeout(this.#destroy, halfOpenMs);
  }

  /** A hub that does not take its end well is no reason to keep the client's Close frame from it. */
  readonly #fail = (): void => {
    if (!this.#over) this.#destroy();
  };

  readonly #destroy = (): void => {
    clearTimeout(this.#timer);
    this.#client.destroy();
    this.#hub.destroy();
    this.#resolve();
  };

  #destroyAfter(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#destroy, ms);
  }

  ping(now: number, restMs: number): number {
    if (this.#over) return 0;
    let sent = 0;
    if (this.#down.hasRested(now, restMs) && this.#down.ping(now, () => pingFrame)) {
      this.#up.flow.takeOutPongs(pingMark);
      this.unanswered += 1;
      sent += 1;
    }
    if (this.#up.hasRested(now, restMs) && this.#up.ping(now, () => masked(pingFrame))) {
      this.#down.flow.takeOutPongs(pingMark);
      sent += 1;
    }
    return sent;
  }

  close(code: number, reason: string): void {
    if (this.#over) return;
    const frame = closeFrame(code, reason);
    const forHub = this.#up.hasRoom ? masked(frame) : null;
    this.#over = true;
    this.#client.resume();
    if (forHub === null) this.#hub.end();
    else this.#hub.end(forHub);
    this.#last = frame;
    if (this.#down.flow.between) this.#endClient(frame);
    else this.#destroyAfter(frameEndMs);
  }

  /** Only to the end of the frame that was under way. */
  #carryLast(chunk: Buffer): void {
    const frame = this.#last;
    if (frame === null) return;
    const isTaken = this.#down.carry(this.#down.flow.endOfFrame(chunk));
    if (this.#down.flow.between) this.#endClient(frame);
    else if (!isTaken) this.#hub.pause();
  }

  #endClient(frame: Buffer): void {
    this.#last = null;
    this.#destroyAfter(halfOpenMs);
    this.#hub.resume();
    if (this.#down.hasRoom) this.#client.end(frame);
    else this.#client.end();
  }
}

/** Takes over both streams; errors on either end both. */
export function coupleStreams(client: Duplex, hub: Duplex): StreamPair {
  return new Coupling(client, hub);
}
