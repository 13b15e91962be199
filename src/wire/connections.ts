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

/** Who is in, and who waits for the last one to leave. */
interface House {
  readonly open: Map<object, Connection>;
  draining: boolean;
  onEmpty: (() => void) | undefined;
}

function enter(house: House, socket: Socket, peer: Peer, overLimit: boolean): Connection {
  const turn = Promise.resolve();
  const connection = { socket, peer, overLimit, turn, waiting: 0, closing: false, bytesAtRest: 0 };
  house.open.set(socket, connection);
  socket.once('close', () => {
    house.open.delete(socket);
    if (house.open.size === 0) house.onEmpty?.();
  });
  return connection;
}

function destroyAll({ open }: House): void {
  for (const { socket } of open.values()) socket.destroy();
}

/** Resolves when the last one has left, with all who wait already. */
function whenEmpty(house: House, timeoutMs: number): Promise<void> {
  const before = house.onEmpty;
  return new Promise(resolve => {
    const timer = setTimeout(destroyAll, timeoutMs, house);
    house.onEmpty = () => {
      clearTimeout(timer);
      before?.();
      resolve();
    };
  });
}

async function drain(house: House, timeoutMs: number): Promise<void> {
  house.draining = true;
  for (const connection of house.open.values()) if (isIdle(connection)) connection.socket.destroy();
  if (timeoutMs <= 0) destroyAll(house);
  if (house.open.size > 0) await whenEmpty(house, timeoutMs);
}

/** `limit` of 0: none. */
export function connectionBook(limit: number): ConnectionBook {
  const house: House = { open: new Map(), draining: false, onEmpty: undefined };
  return {
    enter(socket, unix) {
      const peer = peerOf(socket, unix);
      const overLimit = limit > 0 && house.open.size >= limit;
      return peer === null ? null : enter(house, socket, peer, overLimit);
    },
    of: socket => house.open.get(socket),
    get draining() {
      return house.draining;
    },
    drain: timeoutMs => drain(house, timeoutMs),
  };
}
