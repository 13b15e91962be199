/** A plain socket that stands for the hub: keeps every byte that comes, and answers whole requests by a script. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { cutMessage, framingOf, type Message } from './strict-messages.ts';

/** What came on one connection since it was last asked. */
export interface Segment {
  readonly connection: number;
  /** latin1. */
  readonly bytes: string;
  /** Serial numbers of the whole requests in it, in order. */
  readonly serials: readonly string[];
}

/** How the hub answers a request. */
export interface Script {
  /** Written one after another; latin1. */
  readonly pieces: readonly string[];
  /** What the hub does when it has said so. */
  readonly behind: 'stay' | 'close' | 'reset';
}

/** Chooses the answer to a request. */
export type Answering = (request: Message, serial: string) => Script;

/** The hub. */
export interface TappedHub {
  readonly port: number;
  /** Sets how requests are answered from now on. */
  answerWith(answering: Answering): void;
  /** What came since the last call; a connection with half a request on it is ended here. */
  take(): Segment[];
  /** Writes to a connection that is still open, asked or not. */
  say(connection: number, bytes: string): void;
  /** Whether that connection ends within that time. */
  ends(connection: number, withinMs: number): Promise<boolean>;
  /** Resolves when no connection holds half a request any more; false when some still do after that time. */
  settled(withinMs: number): Promise<boolean>;
  close(): Promise<void>;
}

interface Connection {
  readonly number: number;
  readonly socket: Socket;
  bytes: string;
  /** Where in `bytes` the requests end that are whole. */
  cutAt: number;
  serials: string[];
}

const requestLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+ \/[\x21-\x7e]* HTTP\/1\.1$/;
const none = { kind: 'length', bytes: 0 } as const;

/** The first request in bytes that came to the hub. */
export function cutRequest(bytes: string): ReturnType<typeof cutMessage> {
  return cutMessage(bytes, requestLine, ({ lines }) => framingOf(lines, none));
}

async function play({ socket }: Connection, { pieces, behind }: Script): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    await new Promise(resolve => socket.write(Buffer.from(piece, 'latin1'), resolve));
    await turn();
  }
  if (behind === 'close') socket.end();
  if (behind === 'reset') socket.resetAndDestroy();
}

async function within(ms: number, holds: () => boolean): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > deadline) return false;
    await turn();
  }
  return true;
}

/** The gate asks for the hub's version by itself; what a client asks comes with the forwarding family. */
function isGates({ start, lines }: Message): boolean {
  return start === 'GET /hub/api HTTP/1.1' && !lines.some(([name]) => /^x-forwarded-/i.test(name));
}

const version = '{"version":"6.1.1"}';
const ownAnswer = `HTTP/1.1 200 OK\r\nContent-Length: ${version.length}\r\n\r\n${version}`;

/** Listens on port 0 of 127.0.0.1. */
export async function openTappedHub(first: Answering): Promise<TappedHub> {
  const connections = new Map<Socket, Connection>();
  const gone: Connection[] = [];
  let answering = first;
  let count = 0;
  let serial = 0;

  function takeIn(connection: Connection, chunk: Buffer): void {
    connection.bytes += chunk.toString('latin1');
    for (;;) {
      const cut = cutRequest(connection.bytes.slice(connection.cutAt));
      if (cut.kind === 'fault') connection.socket.destroy();
      if (cut.kind !== 'whole') return;
      if (isGates(cut.message)) {
        const { bytes, cutAt } = connection;
        connection.bytes = bytes.slice(0, cutAt) + bytes.slice(cutAt + cut.message.length);
        connection.socket.write(ownAnswer);
        continue;
      }
      serial += 1;
      connection.cutAt += cut.message.length;
      connection.serials.push(String(serial));
      void play(connection, answering(cut.message, String(serial)));
    }
  }

  const server = createServer({ noDelay: true }, socket => {
    count += 1;
    const connection: Connection = { number: count, socket, bytes: '', cutAt: 0, serials: [] };
    connections.set(socket, connection);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => takeIn(connection, chunk));
    socket.on('close', () => {
      connections.delete(socket);
      gone.push(connection);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const open = (number: number): Connection | undefined =>
    connections.values().find(connection => connection.number === number);
  const isHalf = ({ bytes, cutAt }: Connection): boolean => bytes.length > cutAt;
  return {
    port: (server.address() as AddressInfo).port,
    answerWith(next) {
      answering = next;
    },
    take() {
      const taken = [...gone.splice(0), ...connections.values()].filter(({ bytes }) => bytes !== '');
      const segments = taken.map(({ number, bytes, serials }): Segment => ({ connection: number, bytes, serials }));
      for (const connection of taken) {
        if (isHalf(connection)) connection.socket.destroy();
        Object.assign(connection, { bytes: '', cutAt: 0, serials: [] });
      }
      return segments;
    },
    say(connection, bytes) {
      open(connection)?.socket.write(Buffer.from(bytes, 'latin1'));
    },
    ends: (connection, withinMs) => within(withinMs, () => open(connection) === undefined),
    settled: withinMs => within(withinMs, () => !connections.values().some(isHalf)),
    async close() {
      for (const socket of connections.keys()) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
