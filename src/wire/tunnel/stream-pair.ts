/** Couples two raw connections: bytes both ways with backpressure, and one end when either goes. */
import type { Duplex } from 'node:stream';
import { type FrameBoundary, frameBoundary } from './frame-boundary.ts';

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

function carry(from: Duplex, to: Duplex, seen: (chunk: Buffer) => void): void {
  from.on('data', (chunk: Buffer) => {
    seen(chunk);
    if (to.write(chunk)) return;
    from.pause();
    to.once('drain', () => from.resume());
  });
  from.once('end', () => to.end());
  from.resume();
}

function whenClosed(stream: Duplex): Promise<void> {
  return new Promise(resolve => {
    if (stream.closed) resolve();
    else stream.once('close', resolve);
  });
}

/** Takes over both streams; errors on either end both. */
export function coupleStreams(client: Duplex, hub: Duplex): StreamPair {
  const boundary: FrameBoundary = frameBoundary();
  const bytes = { up: 0, down: 0 };
  let timer: NodeJS.Timeout | undefined;
  const destroy = (): void => {
    clearTimeout(timer);
    client.destroy();
    hub.destroy();
  };
  const endSoon = (): void => {
    timer ??= setTimeout(destroy, halfOpenMs);
  };
  for (const stream of [client, hub]) stream.on('error', destroy).once('close', endSoon).once('end', endSoon);
  client.once('close', () => hub.end());
  hub.once('close', () => client.end());
  carry(client, hub, chunk => {
    bytes.up += chunk.length;
  });
  carry(hub, client, chunk => {
    bytes.down += chunk.length;
    boundary.feed(chunk);
  });
  const closed = Promise.all([whenClosed(client), whenClosed(hub)]).then(destroy);
  return {
    get bytesUp() {
      return bytes.up;
    },
    get bytesDown() {
      return bytes.down;
    },
    close(code) {
      hub.removeAllListeners('data').destroy();
      client.removeAllListeners('data').resume().once('end', destroy);
      if (boundary.between && client.writable) client.end(closeFrame(code));
      else client.destroy();
      endSoon();
    },
    closed,
  };
}
