/** Every open connection of the browsers' listeners: its peer, whose turn it is on it, and how to empty the house. */
import type { Socket } from 'node:net';
import type { Peer } from '../gate/stages.ts';
import { parseAddress } from '../http/address.ts';

/** One connection; requests on it take turns, so that none is served that stands behind one which closes. */
export interface Connection {
  readonly socket: Socket;
  readonly peer: Peer;
  /** There were too many when it came: it gets one answer, and that says so. */
  readonly overLimit: boolean;
  /** Resolves when everything before is answered. */
  turn: Promise<void>;
  /** Requests that are not answered yet. */
  waiting: number;
  /** No further request is served. */
  closing: boolean;
  /** What had been read when the last answer ended. */
  bytesAtRest: number;
}

/** All connections, over all listeners. */
export interface ConnectionBook {
  /** Null when the peer is gone already. */
  enter(socket: Socket, unix: boolean): Connection | null;
  of(socket: object): Connection | undefined;
  readonly draining: boolean;
  /** Closes what is idle, lets the rest end within `timeoutMs`, destroys what is left. */
  drain(timeoutMs: number): Promise<void>;
}

function peerOf(socket: Socket, unix: boolean): Peer | null {
  if (unix) return { kind: 'unix' };
  const address = parseAddress((socket.remoteAddress ?? '').replace(/%.*$/, ''));
  return address === null ? null : { kind: 'ip', address };
}

function isIdle(connection: Connection): boolean {
  return connection.waiting === 0 && connection.socket.bytesRead === connection.bytesAtRest;
}

/** `limit` of 0: none. */
export function connectionBook(limit: number): ConnectionBook {
  const open = new Map<object, Connection>();
  let draining = false;
  let onEmpty: (() => void) | undefined;

  function leave(socket: Socket): void {
    open.delete(socket);
    if (open.size === 0) onEmpty?.();
  }

  function enter(socket: Socket, unix: boolean): Connection | null {
    const peer = peerOf(socket, unix);
    if (peer === null) return null;
    const overLimit = limit > 0 && open.size >= limit;
    const turn = Promise.resolve();
    const connection = { socket, peer, overLimit, turn, waiting: 0, closing: false, bytesAtRest: 0 };
    open.set(socket, connection);
    socket.once('close', () => leave(socket));
    return connection;
  }

  function destroyAll(): void {
    for (const { socket } of open.values()) socket.destroy();
  }

  async function drain(timeoutMs: number): Promise<void> {
    draining = true;
    for (const connection of open.values()) if (isIdle(connection)) connection.socket.destroy();
    if (timeoutMs <= 0) destroyAll();
    if (open.size === 0) return;
    const before = onEmpty;
    await new Promise<void>(resolve => {
      const timer = setTimeout(destroyAll, timeoutMs);
      onEmpty = () => {
        clearTimeout(timer);
        before?.();
        resolve();
      };
    });
  }

  return {
    enter,
    of: socket => open.get(socket),
    get draining() {
      return draining;
    },
    drain,
  };
}
