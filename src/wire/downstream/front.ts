/** The browsers' listeners: bound together, emptied together. */
import type { Socket } from 'node:net';
import type { Address, LimitsConfig } from '../../config/config.ts';
import { openDeadlines } from '../deadlines.ts';
import { listenOn } from '../listening.ts';
import type { ListenerTls } from '../secure.ts';
import { openClientConnections } from './client-connections.ts';
import type { FrontHandlers } from './exchange.ts';
import { type ListenerOptions, openListener } from './listener.ts';

/** Connections above limits.connections that get a 503; beyond, they are dropped unread. */
const refusedConnections = 256;

/** Where and how a front listens. */
export interface FrontOptions {
  readonly listen: readonly ListenerOptions[];
  readonly limits: Pick<
    LimitsConfig,
    'headerBytes' | 'headerTimeoutMs' | 'idleTimeoutMs' | 'bodyStallTimeoutMs' | 'connections' | 'connectionsPerAddress'
  >;
  readonly handlers: FrontHandlers;
  /** Told of each client that did not come in by TLS, in a few fixed words. */
  readonly onHandshakeFailed: (fault: string) => void;
}

/** Bound listeners. */
export interface Front {
  /** In the order of `listen`, with the ports that the system chose. */
  readonly addresses: readonly Address[];
  /** Other certificates for the listeners that have one, in the order of `listen`; connections that are open keep theirs. */
  renew(tls: readonly (ListenerTls | null)[]): void;
  /** Takes no further connections, and empties the house within `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
}

/** Binds every address; rejects with an error that names the address and the code, and then none stays bound. */
export async function openFront({ listen, limits, handlers, onHandshakeFailed }: FrontOptions): Promise<Front> {
  const { headerBytes, headerTimeoutMs, idleTimeoutMs, bodyStallTimeoutMs: stallMs } = limits;
  const deadlines = openDeadlines(Math.min(headerTimeoutMs, idleTimeoutMs, stallMs));
  const around = { handlers, deadlines, headerBytes, headerTimeoutMs, idleTimeoutMs, stallMs };
  const connections = openClientConnections(limits, around);
  const listeners = listen.map(({ address, tls }) => {
    const isUnix = address.kind === 'unix';
    const listener = openListener(tls, {
      handshakeTimeoutMs: headerTimeoutMs,
      enter: (socket, bare) => connections.enter(socket, bare, isUnix),
      onHandshakeFailed,
    });
    if (limits.connectionsPerAddress > 0)
      listener.server.prependListener('connection', (bare: Socket) => connections.arrive(bare, isUnix));
    if (limits.connections > 0) listener.server.maxConnections = limits.connections + refusedConnections;
    return listener;
  });
  const stop = (): void => {
    for (const { server } of listeners) server.close();
  };
  const addresses: Address[] = [];
  try {
    for (const [place, { server }] of listeners.entries()) {
      const wanted = listen[place];
      if (wanted !== undefined) addresses.push(await listenOn(server, wanted.address));
    }
  } catch (error) {
    stop();
    deadlines.stop();
    throw error;
  }
  return {
    addresses,
    renew(tls) {
      for (const [place, listener] of listeners.entries()) {
        const now = tls[place];
        if (now) listener.renew(now);
      }
    },
    async drain(timeoutMs) {
      stop();
      await connections.drain(timeoutMs);
      for (const listener of listeners) listener.cutHandshakes();
      deadlines.stop();
    },
  };
}
