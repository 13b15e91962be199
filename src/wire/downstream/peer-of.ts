/** Who is at the other end of a socket. */
import type { Socket } from 'node:net';
import type { Peer } from '../../gate/stages.ts';
import { parseAddress } from '../../http/address.ts';

/** Null where the peer is gone already. */
export function peerOf(socket: Socket, isUnix: boolean): Peer | null {
  if (isUnix) return { kind: 'unix' };
  const address = parseAddress((socket.remoteAddress ?? '').replace(/%.*$/, ''));
  return address === null ? null : { kind: 'ip', address };
}
