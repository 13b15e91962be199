/** The browsers' listeners: plain sockets, and nothing between them and the strict grammar. */
import { createServer } from 'node:net';
import type { Address, LimitsConfig } from '../../config/config.ts';
import { openDeadlines } from '../deadlines.ts';
import { listenOn } from '../listening.ts';
import { openClientConnections } from './client-connections.ts';
import type { FrontHandlers } from './exchange.ts';

/** Connections above limits.connections that get a 503; beyond, they are dropped unread. */
const refusedConnections = 256;

/** Else a WebSocket or event stream whose client has vanished would stay for ever. */
const keepAliveInitialDelay = 30_000;

/** Where and how a front listens. */
export interface FrontOptions {
  readonly listen: readonly Address[];
  readonly limits: Pick<
    LimitsConfig,
    'headerBytes' | 'headerTimeoutMs' | 'idleTimeoutMs' | 'bodyStallTimeoutMs' | 'connections'
  >;
  readonly handlers: FrontHandlers;
}

/** Bound listeners. */
export interface Front {
  /** In the order of `listen`, with the ports that the system chose. */
  readonly addresses: readonly Address[];
  /** Takes no further connections, and empties the house within `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
}

/** Binds every address; rejects with an error that names the address and the code, and then none stays bound. */
export async function openFront({ listen, limits, handlers }: FrontOptions): Promise<Front> {
  const { headerBytes, headerTimeoutMs, idleTimeoutMs, bodyStallTimeoutMs: stallMs } = limits;
  const deadlines = openDeadlines(Math.min(headerTimeoutMs, idleTimeoutMs, stallMs));
  const around = { handlers, deadlines, headerBytes, headerTimeoutMs, idleTimeoutMs, stallMs };
  const connections = openClientConnections(limits.connections, around);
  const servers = listen.map(({ kind }) => {
    const options = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay };
    const server = createServer(options, socket => connections.enter(socket, kind === 'unix'));
    if (limits.connections > 0) server.maxConnections = limits.connections + refusedConnections;
    return server;
  });
  const stop = (): void => {
    for (const server of servers) server.close();
  };
  const addresses: Address[] = [];
  try {
    for (const [place, server] of servers.entries()) {
      const address = listen[place];
      if (address !== undefined) addresses.push(await listenOn(server, address));
    }
  } catch (error) {
    stop();
    deadlines.stop();
    throw error;
  }
  return {
    addresses,
    async drain(timeoutMs) {
      stop();
      await connections.drain(timeoutMs);
      deadlines.stop();
    },
  };
}
