/** The browsers' listeners over node:http, with none of its silent repairs and silent closings. */
import { createServer, type Server, type ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { Address, LimitsConfig } from '../config/config.ts';
import type { ConnectionBook } from './connections.ts';
import { listenOn } from './listening.ts';
import { announcesBody } from './node-request.ts';
import { brokenTaker, type FrontHandlers, type FrontState, requestTaker, switchTaker } from './takers.ts';

/** Room above limits.headerBytes, so that the gate's own 431 answers rather than the parser's. */
const headerMargin = 16 * 1024;

/** Connections above limits.connections that get a 503; beyond, they are dropped unread. */
const refusedConnections = 256;

/** Where and how a front listens. */
export interface FrontOptions {
  readonly address: Address;
  readonly limits: Pick<
    LimitsConfig,
    'headerBytes' | 'headerTimeoutMs' | 'idleTimeoutMs' | 'bodyStallTimeoutMs' | 'connections'
  >;
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

/** Enters every connection into the book, or drops it. */
function connectionTaker({ address, connections }: FrontOptions): (socket: Socket) => void {
  return socket => {
    const connection = connections.enter(socket, address.kind === 'unix');
    if (connection === null) {
      socket.destroy();
      return;
    }
    // node leaves a connection half open when what stands last on it is a switch or no request.
    socket.on('end', () => void (connection.waiting > 1 && socket.destroy()));
  };
}

function wire(server: Server, options: FrontOptions): void {
  const { connections, handlers, limits } = options;
  const state: FrontState = { connections, handlers, bodyStallMs: limits.bodyStallTimeoutMs, currents: new WeakMap() };
  const takeRequest = requestTaker(state, false);
  const takeSwitch = switchTaker(state);
  server.on('connection', connectionTaker(options));
  server.on('request', takeRequest);
  server.on('checkExpectation', takeRequest);
  server.on('checkContinue', requestTaker(state, true));
  server.on('upgrade', takeSwitch);
  server.on('connect', takeSwitch);
  server.on('clientError', brokenTaker(state));
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
