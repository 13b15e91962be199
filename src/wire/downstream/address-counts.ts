/** How many connections each address has: one with too many is told so, and one that goes on and on is not even told. */
import type { Socket } from 'node:net';
import type { Peer } from '../../gate/stages.ts';

/** Of one address. Those that still shake hands, and those that get a refusal, are open but not served. */
interface Count {
  open: number;
  served: number;
}

const none: Count = { open: 0, served: 0 };

/** Connections of one address above its limit that may wait for their 429; beyond, they are dropped unread. */
const refusedPerAddress = 32;

/** A host is given a /64 (RFC 6177, RFC 7934): by address, one of them would count as 2^64. */
const hostBytes = 8;

/** Where a PROXY header names a source it is that: else all clients of a balancer would be one. */
function keyOf(peer: Peer): string | null {
  const address = peer.source ?? (peer.kind === 'ip' ? peer.address : null);
  if (address === null) return null;
  const { kind, text, bytes } = address;
  return kind === 'ipv4' ? text : bytes.slice(0, hostBytes).join(':');
}

/** Counts by IPv4 address and IPv6 /64; Unix sockets have neither, and are not counted but by source. */
export class AddressCounts {
  /** 0: nobody is counted. */
  readonly #limit: number;
  readonly #counts = new Map<string, Count>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts what has been accepted, before any TLS, until it closes. False: it is to be dropped. */
  arrive(peer: Peer, socket: Socket): boolean {
    const key = this.#limit === 0 ? null : keyOf(peer);
    if (key === null) return true;
    this.#hold(key, 'open', socket);
    return this.#countOf(key).open <= this.#limit + refusedPerAddress;
  }

  /** Counts one that is to be served, until it closes. False: its address has as many as it may. */
  serve(peer: Peer, socket: Socket): boolean {
    const key = this.#limit === 0 ? null : keyOf(peer);
    if (key === null) return true;
    if (this.#countOf(key).served >= this.#limit) return false;
    this.#hold(key, 'served', socket);
    return true;
  }

  #countOf(key: string): Readonly<Count> {
    return this.#counts.get(key) ?? none;
  }

  /** Until the socket closes. */
  #hold(key: string, how: keyof Count, socket: Socket): void {
    const count = this.#counts.get(key) ?? { ...none };
    this.#counts.set(key, count);
    count[how] += 1;
    socket.once('close', () => {
      count[how] -= 1;
      if (count.open === 0 && count.served === 0) this.#counts.delete(key);
    });
  }

  /** Addresses of which anything is remembered. */
  get size(): number {
    return this.#counts.size;
  }
}
