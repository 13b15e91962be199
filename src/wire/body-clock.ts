/** Watches a body that is on its way: a client that stops sending it is told, one that sends too early is not waited for. */
import type { IncomingMessage } from 'node:http';
import type { Connection } from './connections.ts';

/** Holds a body to its time. */
export interface BodyClock {
  /** From now on the client is waited for. */
  want(): void;
}

/** What a body is held to. */
export interface BodyClockOptions {
  /** The longest time without a byte in either direction; between this and a quarter more passes before `onStall`. */
  readonly stallMs: number;
  readonly onStall: () => void;
}

/** Overruns are noticed within this time, so that a client that has gone is, too. */
const longestTickMs = 250;

/** Nobody takes what is here already, so nothing more is read: it is not the client that is waited for. */
function isFull(request: IncomingMessage): boolean {
  return request.readableLength >= request.readableHighWaterMark;
}

/** No request behind an unanswered one may stop the connection from being read: its client's going would show too late. */
function dropOverrun(request: IncomingMessage, connection: Connection): void {
  connection.closing = true;
  request.resume();
}

/** Watches until the body is whole or the connection gone. A body that is full behind unanswered requests is dropped. */
export function bodyClock(request: IncomingMessage, connection: Connection, options: BodyClockOptions): BodyClock {
  const { socket } = connection;
  const { stallMs, onStall } = options;
  const moved = (): number => socket.bytesRead + socket.bytesWritten;
  let last = 0;
  let since: number | undefined;

  function hasStalled(): boolean {
    if (since === undefined) return false;
    const now = performance.now();
    if (moved() !== last || isFull(request)) {
      last = moved();
      since = now;
    }
    return now - since >= stallMs;
  }

  function look(): void {
    if (request.complete || request.destroyed || socket.destroyed) clearInterval(timer);
    else if (connection.waiting > 1 && isFull(request)) dropOverrun(request, connection);
    else if (hasStalled()) {
      clearInterval(timer);
      onStall();
    }
  }

  const timer = setInterval(look, Math.min(longestTickMs, Math.ceil(stallMs / 4))).unref();
  return {
    want() {
      last = moved();
      since = performance.now();
    },
  };
}
