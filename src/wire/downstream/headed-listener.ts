/** A listener whose connections begin with a PROXY header, in front of one for plain HTTP or for TLS. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer } from 'node:net';
import type { Peer } from '../../gate/stages.ts';
import type { ListenerTls } from '../secure.ts';
import { HeadedConnection, type HeadedSurroundings } from './headed-connection.ts';
import { type Listener, type ListenerWorld, openListener, socketOptions } from './listener.ts';

/** What the headers are read by. */
export type HeaderTerms = Omit<HeadedSurroundings, 'isAnswered' | 'onHeader' | 'open'>;

/** Does not bind it yet. */
export function openHeadedListener(tls: ListenerTls | null, world: ListenerWorld, terms: HeaderTerms): Listener {
  // Node does not tell which connection lies under which TLS, but a handshake goes on in the context that it began in.
  const named = new AsyncLocalStorage<Peer>();
  const behind = openListener(tls, { ...world, peerOf: () => named.getStore() ?? null });
  const open = new Set<HeadedConnection>();
  const around: HeadedSurroundings = {
    ...terms,
    open,
    isAnswered: tls === null,
    onHeader(socket, peer) {
      named.run(peer, () => behind.server.emit('connection', socket));
      if (tls === null) socket.resume();
    },
  };
  const server = createServer({ ...socketOptions, allowHalfOpen: tls === null }, socket => {
    const peer = world.peerOf(socket);
    if (peer === null) {
      socket.on('error', () => undefined).destroy();
      return;
    }
    // A trusted proxy's connections are counted by their source, once that is known.
    if (world.arrive !== null && !terms.handlers.isTrusted(peer)) world.arrive(socket, peer);
    new HeadedConnection(socket, peer, around);
  });
  return {
    server,
    renew: behind.renew,
    cutHandshakes() {
      for (const { socket } of open) socket.destroy();
      behind.cutHandshakes();
    },
  };
}
