/** The browsers' listeners: bound together, emptied together. */

import type { LimitsConfig } from '../../config/sections/limits.ts';
import type { Address } from '../../config/sections/listen.ts';
import type { Peer } from '../../gate/stages.ts';
import { openDeadlines } from '../deadlines.ts';
import { listenOn } from '../listening.ts';
import type { ListenerTls } from '../secure.ts';
import { openClientConnections } from './client-connections.ts';
import type { FrontHandlers } from './exchange.ts';
import { HeadReader } from './head-reader.ts';
import { openHeadedListener } from './headed-listener.ts';
import { type ListenerOptions, type ListenerWorld, openListener } from './listener.ts';
import { peerOf } from './peer-of.ts';

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
  readonly onHandshakeFailed: (fault: string, peer: Peer | null) => void;
  /** Told of each PROXY header in front of TLS that was refused, in a few fixed words. */
  readonly onHeaderRefused: (fault: string, peer: Peer) => void;
}

/** Bound listeners. */
export interface Front {
  /** In the order of `listen`, with the ports that the system chose. */
  readonly addresses: readonly Address[];
  /** Connections that are open. */
  readonly connections: number;
  /** Other certificates for the listeners that have one, in the order of `listen`; connections that are open keep theirs, unless an authority is gone. */
  renew(tls: readonly (ListenerTls | null)[]): void;
  /** Takes no further connections, and empties the house within `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
}

/** Binds every address; rejects with an error that names the address and the code, and then none stays bound. */
export async function openFront(options: FrontOptions): Promise<Front> {
  const { listen, limits, handlers, onHandshakeFailed, onHeaderRefused: onRefused } = options;
  const { headerBytes, headerTimeoutMs, idleTimeoutMs, bodyStallTimeoutMs: stallMs } = limits;
  const deadlines = openDeadlines(Math.min(headerTimeoutMs, idleTimeoutMs, stallMs));
  const around = { handlers, deadlines, heads: new HeadReader(headerBytes), headerTimeoutMs, idleTimeoutMs, stallMs };
  const connections = openClientConnections(limits, around);
  const headers = { handlers, deadlines, headerTimeoutMs, stallMs, onRefused };
  const listeners = listen.map(({ address, tls, proxyProtocol }) => {
    const world: ListenerWorld = {
      handshakeTimeoutMs: headerTimeoutMs,
      peerOf: socket => peerOf(socket, address.kind === 'unix'),
      arrive: limits.connectionsPerAddress > 0 ? connections.arrive : null,
      enter: connections.enter,
      onHandshakeFailed,
    };
    const listener = proxyProtocol === 'required' ? openHeadedListener(tls, world, headers) : openListener(tls, world);
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
    get connections() {
      return connections.count;
    },
    renew(tls) {
      for (const [place, listener] of listeners.entries()) {
        const now = tls[place];
        if (now && listener.renew(now)) connections.dismissCertified();
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
