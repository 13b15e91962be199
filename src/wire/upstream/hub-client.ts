/** The way to the hub, for doors and provers. */
import type { Address } from '../../config/sections/listen.ts';
import { type Asked, type AskOptions, openAsker } from '../asker.ts';
import { openDeadlines } from '../deadlines.ts';
import { clientContext, type HubTls } from '../secure.ts';
import { type ConnectionOwner, type ConnectOptions, HubConnection } from './hub-connection.ts';
import { type ExchangeClock, HubExchange } from './hub-exchange.ts';
import { HubPool, type PoolInUse } from './hub-pool.ts';
import type { AnswerSink, HubRequest, Running } from './hub-request.ts';

/** Far below what one address can have of ports; what comes beyond waits for its turn within the hub's time. */
export const mostConnections: number = 2048;

/** How to reach the hub. */
export interface HubClientOptions {
  readonly address: Address;
  /** Plain http when absent or null. */
  readonly tls?: HubTls | null;
  readonly connectTimeoutMs: number;
  /** From the last byte of the request that the hub took to the head of its answer. */
  readonly responseTimeoutMs: number;
  /** Connections at a time, WebSockets not counted; some thousands when absent. */
  readonly mostConnections?: number;
}

/** The hub. */
export interface HubClient {
  forward(request: HubRequest, sink: AnswerSink): Running;
  inUse(): PoolInUse;
  /** Asks an absolute http(s) URL, or a path (`/…`) of the hub itself; rejects unless the whole answer fits. */
  ask(url: string, options: AskOptions): Promise<Asked>;
  /** Takes no further request; resolves when those under way have ended. */
  retire(): Promise<void>;
  /** Ends idle connections and those in use. */
  close(): Promise<void>;
}

/** A connection for one WebSocket is never used again, and nobody waits for it. */
function alone(clock: ExchangeClock): ConnectionOwner {
  return {
    freed: connection => connection.destroy(),
    closed(connection, unsent) {
      clock.deadlines.delete(connection);
      unsent?.fail('hub-unreachable', 'closed');
    },
  };
}

/** Opens nothing yet: connections are made as requests come. */
export function openHubClient(options: HubClientOptions): HubClient {
  const { address, connectTimeoutMs, responseTimeoutMs, tls = null } = options;
  const security = tls && { secureContext: clientContext(tls), serverName: tls.serverName };
  const connecting: ConnectOptions = { address, connectTimeoutMs, tls: security };
  const deadlines = openDeadlines(Math.min(connectTimeoutMs, responseTimeoutMs));
  const clock: ExchangeClock = { deadlines, responseTimeoutMs };
  const pool = new HubPool(connecting, deadlines, options.mostConnections ?? mostConnections);
  const asker = openAsker(connecting);
  const owner = alone(clock);

  function dispatch(exchange: HubExchange): void {
    if (exchange.request.protocol === 'http') {
      pool.dispatch(exchange);
      return;
    }
    const connection = new HubConnection(connecting, owner, false);
    deadlines.add(connection);
    connection.send(exchange);
  }

  return {
    forward(request, sink) {
      const exchange = new HubExchange(request, sink, clock);
      if (!exchange.over) dispatch(exchange);
      return exchange;
    },
    inUse: () => pool.inUse,
    ask: asker.ask,
    async retire() {
      await Promise.all([pool.retire(), asker.retire()]);
      deadlines.stop();
    },
    async close() {
      await Promise.all([pool.close(), asker.close()]);
      deadlines.stop();
    },
  };
}
