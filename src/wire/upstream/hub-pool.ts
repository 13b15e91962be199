/** The connections to the hub: the one used last first, so many and no more, none that the hub may be about to close. */
import type { Deadlines } from '../deadlines.ts';
import { type ConnectionOwner, type ConnectOptions, HubConnection } from './hub-connection.ts';
import type { HubExchange } from './hub-exchange.ts';

/** Below the 5 s after which the hub's own proxy closes, or requests race into a reset. */
const idleMs = 4000;

/** Below so many that wait, nobody looks for those that were given up. */
const fewWaiting = 256;

/** What is open towards the hub, WebSockets not counted. */
export interface PoolInUse {
  readonly open: number;
  readonly idle: number;
}

/** Where requests get their connections. */
export class HubPool implements ConnectionOwner {
  readonly #options: ConnectOptions;
  readonly #deadlines: Deadlines;
  readonly #mostConnections: number;
  readonly #all = new Set<HubConnection>();
  readonly #idle: HubConnection[] = [];
  #queue: HubExchange[] = [];
  #sweepAt = fewWaiting;
  #whenEmpty: (() => void) | null = null;
  #retired = false;

  /** WebSockets have connections of their own beside the `mostConnections` of it. */
  constructor(options: ConnectOptions, deadlines: Deadlines, mostConnections: number) {
    this.#options = options;
    this.#deadlines = deadlines;
    this.#mostConnections = mostConnections;
  }

  /** Connections that are open, and those of them that wait for a request. */
  get inUse(): PoolInUse {
    return { open: this.#all.size, idle: this.#idle.length };
  }

  /** Sends a request on an idle connection, on a new one, or when one is free. */
  dispatch(exchange: HubExchange): void {
    const now = performance.now();
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      // On a busy machine a request can come before the look that ends what has been idle for too long.
      if (!idle.isIdle || idle.deadline <= now) continue;
      idle.send(exchange);
      return;
    }
    if (this.#all.size < this.#mostConnections) this.#open().send(exchange);
    else this.#enqueue(exchange);
  }

  /** Those given up meanwhile are let go each time that the queue has doubled, or their heads would pile up. */
  #enqueue(exchange: HubExchange): void {
    if (this.#queue.length >= this.#sweepAt) {
      this.#queue = this.#queue.filter(({ over }) => !over);
      this.#sweepAt = Math.max(fewWaiting, this.#queue.length * 2);
    }
    this.#queue.push(exchange);
  }

  #open(): HubConnection {
    const connection = new HubConnection(this.#options, this, true);
    this.#all.add(connection);
    this.#deadlines.add(connection);
    return connection;
  }

  freed(connection: HubConnection): void {
    const next = this.#nextInQueue();
    if (next !== undefined) connection.send(next);
    else if (this.#retired) connection.destroy();
    else {
      connection.deadline = performance.now() + idleMs;
      this.#idle.push(connection);
    }
  }

  #nextInQueue(): HubExchange | undefined {
    let next = this.#queue.shift();
    while (next?.over === true) next = this.#queue.shift();
    return next;
  }

  closed(connection: HubConnection, unsent: HubExchange | null): void {
    this.#all.delete(connection);
    this.#deadlines.delete(connection);
    const place = this.#idle.indexOf(connection);
    if (place !== -1) this.#idle.splice(place, 1);
    const next = unsent ?? this.#nextInQueue();
    if (next !== undefined) this.#open().send(next);
    if (this.#all.size === 0) this.#whenEmpty?.();
  }

  /** Keeps no idle connection from now on; resolves when the last one is gone. */
  retire(): Promise<void> {
    this.#retired = true;
    for (const connection of this.#idle.splice(0)) connection.destroy();
    if (this.#all.size === 0) return Promise.resolve();
    return new Promise(resolve => {
      this.#whenEmpty = resolve;
    });
  }

  /** Ends them all, and what waits for one. */
  async close(): Promise<void> {
    for (const waiting of this.#queue.splice(0)) waiting.fail('hub-unreachable', 'closed');
    const retired = this.retire();
    for (const connection of this.#all) connection.destroy();
    await retired;
  }
}
