/** Couples two raw connections: bytes both ways with backpressure, and one end when either goes. */
import type { Duplex } from 'node:stream';
import { FrameBoundary } from './frame-boundary.ts';

/** A coupled pair. */
export interface StreamPair {
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Ends both; the client gets a Close frame where the hub's frames leave room for one (RFC 6455 §5.5.1). */
  close(code: number): void;
  /** Both are gone. */
  readonly closed: Promise<void>;
}

/** How long the second half may take to end after the first. */
const halfOpenMs = 5000;

function closeFrame(code: number): Buffer {
  return Buffer.from([0x88, 0x02, code >> 8, code & 0xff]);
}

/** There are thousands of them, mostly at rest: what each holds is counted in bytes. */
class Coupling implements StreamPair {
  bytesUp = 0;
  bytesDown = 0;
  readonly closed: Promise<void>;
  readonly #client: Duplex;
  readonly #hub: Duplex;
  readonly #boundary = new FrameBoundary();
  readonly #resolve: () => void;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(client: Duplex, hub: Duplex) {
    this.#client = client;
    this.#hub = hub;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#resolve = resolve;
    client.on('data', (chunk: Buffer) => this.#carryUp(chunk)).on('drain', () => this.#flow(hub));
    hub.on('data', (chunk: Buffer) => this.#carryDown(chunk)).on('drain', () => this.#flow(client));
    this.#endWith(client, hub);
    this.#endWith(hub, client);
    client.resume();
    hub.resume();
  }

  #endWith(one: Duplex, other: Duplex): void {
    const end = (): void => this.#endSoon(other);
    one.on('end', end).on('close', end).on('error', this.#destroy);
  }

  #carryUp(chunk: Buffer): void {
    if (this.#over || !this.#hub.writable) return;
    this.bytesUp += chunk.length;
    if (!this.#hub.write(chunk)) this.#client.pause();
  }

  #carryDown(chunk: Buffer): void {
    if (this.#over) return;
    this.bytesDown += chunk.length;
    this.#boundary.feed(chunk);
    if (!this.#client.write(chunk)) this.#hub.pause();
  }

  /** The other side of the one that took what it had; a side that ends drops what still comes. */
  #flow(stream: Duplex): void {
    stream.resume();
  }

  #endSoon(other: Duplex): void {
    other.end();
    if (this.#client.closed && this.#hub.closed) this.#destroy();
    else this.#timer ??= setTimeout(this.#destroy, halfOpenMs);
  }

  readonly #destroy = (): void => {
    clearTimeout(this.#timer);
    this.#client.destroy();
    this.#hub.destroy();
    this.#resolve();
  };

  close(code: number): void {
    this.#over = true;
    const client = this.#client;
    this.#hub.destroy();
    client.resume();
    if (this.#boundary.between && client.writable) client.end(closeFrame(code));
    else client.destroy();
  }
}

/** Takes over both streams; errors on either end both. */
export function coupleStreams(client: Duplex, hub: Duplex): StreamPair {
  return new Coupling(client, hub);
}
