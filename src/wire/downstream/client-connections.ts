/** Every open connection of the browsers' listeners: how many there may be, and how to empty the house. */
import type { Socket } from 'node:net';
import type { LimitsConfig } from '../../config/sections/limits.ts';
import type { ReasonId } from '../../gate/reasons.ts';
import type { Peer } from '../../gate/stages.ts';
import { AddressCounts } from './address-counts.ts';
import { ClientConnection, type ClientSurroundings } from './client-connection.ts';

/** How many there may be; 0: no limit. */
export type ConnectionLimits = Pick<LimitsConfig, 'connections' | 'connectionsPerAddress'>;

/** All connections, over all listeners. */
export interface ClientConnections {
  /** How many are open, those that are only told to go included. */
  readonly count: number;
  /** To be told of every connection before it is served, and before its TLS; drops one whose address has far too many. */
  arrive(bare: Socket, peer: Peer | null): void;
  /** Serves a connection, or drops one whose peer is gone already (null) or that comes too late; `bare` is what can be reset of it. */
  enter(socket: Socket, bare: Socket | null, peer: Peer | null): void;
  /** Closes what is idle of those who came in with a certificate, and serves the rest of them no request after the one under way. */
  dismissCertified(): void;
  /** Closes what is idle, lets the rest end within `timeoutMs`, destroys what is left. */
  drain(timeoutMs: number): Promise<void>;
}

/** Who is in, and who waits for the last one to leave. */
interface House {
  readonly open: Set<ClientConnection>;
  onEmpty: (() => void) | undefined;
  draining: boolean;
}

function destroyAll({ open }: House): void {
  for (const { socket } of open) socket.destroy();
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
  for (const connection of house.open) connection.drain();
  if (timeoutMs <= 0) destroyAll(house);
  if (house.open.size > 0) await whenEmpty(house, timeoutMs);
}

/** Beyond the limits a connection gets one answer, which says so. */
export function openClientConnections(
  { connections: limit, connectionsPerAddress }: ConnectionLimits,
  world: Omit<ClientSurroundings, 'onGone'>,
): ClientConnections {
  const addresses = new AddressCounts(connectionsPerAddress);
  const house: House = { open: new Set(), onEmpty: undefined, draining: false };
  const around: ClientSurroundings = {
    ...world,
    onGone(connection) {
      house.open.delete(connection);
      if (house.open.size === 0) house.onEmpty?.();
    },
  };
  const faultOf = (peer: Peer, socket: Socket): ReasonId | null => {
    if (limit > 0 && house.open.size >= limit) return 'too-many-connections';
    return addresses.serve(peer, socket) ? null : 'too-many-from-address';
  };
  return {
    get count() {
      return house.open.size;
    },
    arrive(bare, peer) {
      // Node puts its TLS around a connection in this very turn, and wants it whole for that.
      if (peer !== null && !addresses.arrive(peer, bare)) process.nextTick(() => bare.destroy());
    },
    enter(socket, bare, peer) {
      if (peer === null || house.draining) {
        socket.on('error', () => undefined).destroy();
        return;
      }
      const fault = faultOf(peer, socket);
      house.open.add(new ClientConnection({ socket, bare: peer.kind === 'unix' ? null : bare, peer }, around, fault));
    },
    dismissCertified() {
      for (const connection of house.open) if (connection.peer.certificate !== undefined) connection.drain();
    },
    drain: timeoutMs => drain(house, timeoutMs),
  };
}
