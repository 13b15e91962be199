/** The browsers' listeners over node:http, with none of its silent repairs and silent closings. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Address, LimitsConfig } from '../config/config.ts';
import type { ReasonId } from '../gate/reasons.ts';
import type { Peer } from '../gate/stages.ts';
import type { Connection, ConnectionBook } from './connections.ts';
import type { Exchange, Handshake } from './exchange.ts';
import { listenOn } from './listening.ts';
import { announcesBody, nodeExchange } from './node-exchange.ts';
import { endWith, nodeHandshake } from './node-handshake.ts';

/** Room above limits.headerBytes, so that the gate's own 431 answers rather than the parser's. */
const headerMargin = 16 * 1024;

/** Connections above limits.connections that get a 503; beyond, they are dropped unread. */
const refusedConnections = 256;

/**
 * Requests on one connection that may wait for an answer; hardly a client sends a second one ahead. A connection with
 * more is cut rather than paused: while nothing is read of it, nobody notices that its client has gone.
 */
const mostWaiting = 64;

/** What a front does with what comes in; none of the promises rejects. */
export interface FrontHandlers {
  serve(exchange: Exchange): Promise<void>;
  switchProtocol(handshake: Handshake): Promise<void>;
  /** Bytes that are not a request; gives the whole answer. */
  answerBroken(reason: ReasonId, detail: string, peer: Peer): Buffer;
}

/** Where and how a front listens. */
export interface FrontOptions {
  readonly address: Address;
  readonly limits: Pick<LimitsConfig, 'headerBytes' | 'headerTimeoutMs' | 'idleTimeoutMs' | 'connections'>;
  readonly connections: ConnectionBook;
  readonly handlers: FrontHandlers;
}

/** A bound listener. */
export interface Front {
  /** With the port that the system chose. */
  readonly address: Address;
  /** Takes no further connections. */
  stop(): void;
}

function serverOptions(limits: FrontOptions['limits']): ServerOptions {
  return {
    insecureHTTPParser: false,
    maxHeaderSize: limits.headerBytes + headerMargin,
    headersTimeout: limits.headerTimeoutMs,
    // It would end slow uploads.
    requestTimeout: 0,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: Math.max(50, Math.min(1000, Math.ceil(limits.headerTimeoutMs / 2))),
    // The gate refuses with its own reason.
    requireHostHeader: false,
    noDelay: true,
    // Else a WebSocket or event stream whose client has vanished would stay for ever.
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    // node keeps a switch back until its body is whole, which may be never; so it comes as a plain request.
    shouldUpgradeCallback: request => !announcesBody(request),
  };
}

const brokenReasons: ReadonlyMap<string, ReasonId> = new Map([
  ['HPE_HEADER_OVERFLOW', 'headers-too-large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'body-too-large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request-timeout'],
]);

/** The exchange whose bytes are being read on a connection, be it its turn or not. */
interface Current {
  readonly request: IncomingMessage;
  breakOff(reason: ReasonId): void;
}

/** Queues work behind everything before it on its connection, unless that closes. */
function enqueue(connection: Connection, connections: ConnectionBook, work: () => Promise<void>): void {
  const { socket } = connection;
  if (connection.waiting >= mostWaiting) {
    socket.destroy();
    return;
  }
  connection.waiting += 1;
  connection.turn = connection.turn.then(async () => {
    try {
      if (!connection.closing && !socket.destroyed) await work();
    } catch {
      socket.destroy();
    }
    connection.waiting -= 1;
    connection.bytesAtRest = socket.bytesRead;
    if (connection.waiting > 0) return;
    if (connections.draining) socket.destroySoon();
    else if (connection.closing && socket.writable) endWith(socket, Buffer.alloc(0));
  });
}

function wire(server: Server, options: FrontOptions): void {
  const { connections, handlers, limits } = options;
  const currents = new WeakMap<Connection, Current>();

  function take(request: IncomingMessage, response: ServerResponse, asksContinue: boolean): void {
    const connection = connections.of(request.socket);
    // What stands behind the request that was one too many, in the same read, still comes.
    if (connection === undefined || connection.socket.destroyed) return;
    const how = { asksContinue, draining: () => connections.draining, bodyStallMs: limits.idleTimeoutMs };
    const { exchange, breakOff, closed } = nodeExchange(request, response, connection, how);
    // Before its turn, because its body may break in the same read.
    const current: Current = { request, breakOff };
    currents.set(connection, current);
    enqueue(connection, connections, async () => {
      await handlers.serve(exchange);
      await closed;
      if (currents.get(connection) === current) currents.delete(connection);
    });
  }

  function takeSwitch(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const connection = connections.of(socket);
    if (connection === undefined) return;
    const { handshake, closed } = nodeHandshake(request, socket, head, connection);
    enqueue(connection, connections, async () => {
      await handlers.switchProtocol(handshake);
      await closed;
    });
  }

  function takeBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
    const connection = connections.of(socket);
    const code = error.code ?? '';
    const silent = connection === undefined || code === 'ECONNRESET' || connection.socket.bytesRead === 0;
    if (silent || !socket.writable) {
      socket.destroy();
      return;
    }
    const reason = brokenReasons.get(code) ?? 'request-ambiguous';
    const current = currents.get(connection);
    if (current !== undefined && !current.request.complete) {
      current.breakOff(reason);
      return;
    }
    enqueue(connection, connections, async () => {
      connection.closing = true;
      endWith(socket, handlers.answerBroken(reason, code, connection.peer));
    });
  }

  const plainly: RequestListener = (request, response) => take(request, response, false);
  server.on('request', plainly);
  server.on('checkExpectation', plainly);
  server.on('checkContinue', (request, response) => take(request, response, true));
  server.on('upgrade', takeSwitch);
  server.on('connect', takeSwitch);
  server.on('clientError', takeBroken);
  server.on('connection', (socket: Socket) => {
    const connection = connections.enter(socket, options.address.kind === 'unix');
    if (connection === null) {
      socket.destroy();
      return;
    }
    // node leaves a connection half open when what stands last on it is a switch or no request.
    socket.on('end', () => void (connection.waiting > 1 && socket.destroy()));
  });
}

/** Listens; rejects with an error that names the address and the code. */
export async function openFront(options: FrontOptions): Promise<Front> {
  const { address, limits } = options;
  const server = createServer(serverOptions(limits));
  // node drops fields beyond 2000 without a word otherwise; the gate counts them.
  server.maxHeadersCount = 0;
  if (limits.connections > 0) server.maxConnections = limits.connections + refusedConnections;
  wire(server, options);
  const bound = await listenOn(server, address);
  return { address: bound, stop: () => void server.close() };
}
