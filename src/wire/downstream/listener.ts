/** One of the browsers' listeners: plain sockets, or TLS in front of the same grammar. */
import { createServer, type Server, type ServerOpts, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Address, ListenConfig } from '../../config/sections/listen.ts';
import type { Peer, PeerCertificate } from '../../gate/stages.ts';
import { applicationProtocols, type ListenerTls, serverCredentials } from '../secure.ts';
import { shownCertificate } from './client-certificate.ts';
import { certificateFault, handshakeFault } from './handshake-fault.ts';

/** Else a WebSocket or event stream whose client has vanished would stay for ever. */
const keepAliveInitialDelay = 30_000;

/** Of every listener's sockets; in front of TLS none may be half open. */
export const socketOptions: ServerOpts = {
  allowHalfOpen: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay,
};

/** Where and how one listener listens. */
export interface ListenerOptions {
  readonly address: Address;
  /** `null`: plain HTTP. */
  readonly tls: ListenerTls | null;
  readonly proxyProtocol: ListenConfig['proxyProtocol'];
}

/** What becomes of connections. */
export interface ListenerWorld {
  /** Over the whole handshake. */
  readonly handshakeTimeoutMs: number;
  /** Who is at the other end; null where nobody is any more. */
  readonly peerOf: (socket: Socket) => Peer | null;
  /** Told of every connection once its peer is known, and before any TLS; null where nobody counts them. */
  readonly arrive: ((bare: Socket, peer: Peer | null) => void) | null;
  /** Takes a connection; `bare` is what can be reset: what lies under TLS, else `socket` itself; null where that is not known. */
  readonly enter: (socket: Socket, bare: Socket | null, peer: Peer | null) => void;
  /** Told of a client that did not come in by TLS, in a few fixed words. */
  readonly onHandshakeFailed: (fault: string, peer: Peer | null) => void;
}

/** A listener that is not bound yet. */
export interface Listener {
  readonly server: Server;
  /**
   * Shows another certificate from now on, and believes other ones; whether clients are asked for theirs does not change. True where an
   * authority is gone: whom it has vouched for is to be let in anew.
   */
  renew(tls: ListenerTls): boolean;
  /** Ends the connections that have got no further than their PROXY header or handshake; to be called when nobody else is left. */
  cutHandshakes(): void;
}

/** No two open connections of a listener have the same place; those of a Unix socket have none. */
function placeOf({ remoteAddress, remotePort, localAddress }: Socket): string | null {
  return remoteAddress === undefined ? null : `${remoteAddress} ${remotePort} ${localAddress}`;
}

/** What lies under TLS, which Node does not tell: by place, or by itself where it has none. */
function openUnderlying(): {
  readonly add: (bare: Socket) => void;
  readonly of: (socket: Socket) => Socket | undefined;
  readonly destroyAll: () => void;
} {
  const open = new Map<string | Socket, Socket>();
  return {
    add(bare) {
      const key = placeOf(bare) ?? bare;
      open.set(key, bare);
      bare.on('close', () => {
        if (open.get(key) === bare) open.delete(key);
      });
    },
    of: socket => open.get(placeOf(socket) ?? ''),
    destroyAll() {
      for (const bare of open.values()) bare.destroy();
    },
  };
}

/** The peer with what its certificate says. */
function certified(peer: Peer | null, certificate: PeerCertificate | null): Peer | null {
  return peer === null || certificate === null ? peer : { ...peer, certificate };
}

function openPlain({ peerOf, enter }: ListenerWorld): Listener {
  const server = createServer(socketOptions, socket => enter(socket, socket, peerOf(socket)));
  return { server, renew: () => false, cutHandshakes: () => undefined };
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** As they are written: one that is wrapped otherwise counts as another. */
function authoritiesIn({ clientCa }: ListenerTls): ReadonlySet<string> {
  return new Set(clientCa?.match(pemCertificate));
}

/** Whom a listener believes: until when what it has found of a client's certificate counts. */
class Authorities {
  #believed: ReadonlySet<string>;
  /** How often one was taken away. */
  #losses = 0;
  readonly #atArrival = new WeakMap<Socket, number>();

  constructor(tls: ListenerTls) {
    this.#believed = authoritiesIn(tls);
  }

  /** True where one of those before is gone. */
  replace(tls: ListenerTls): boolean {
    const before = this.#believed;
    this.#believed = authoritiesIn(tls);
    const isLess = !before.isSubsetOf(this.#believed);
    if (isLess) this.#losses += 1;
    return isLess;
  }

  /** Told of every connection before its handshake. */
  readonly arrive = (bare: Socket): void => void this.#atArrival.set(bare, this.#losses);

  /** Whether nobody has been taken away since it came; on a Unix socket that is not known. */
  stand(bare: Socket | undefined): boolean {
    return bare === undefined || this.#atArrival.get(bare) === this.#losses;
  }
}

function openSecure(
  tls: ListenerTls,
  { handshakeTimeoutMs: handshakeTimeout, peerOf, enter, onHandshakeFailed }: ListenerWorld,
): Listener {
  const underlying = openUnderlying();
  const authorities = new Authorities(tls);
  const server = createTlsServer({
    ...socketOptions,
    // A client that ends within its handshake is gone; later it may read on.
    allowHalfOpen: false,
    ...serverCredentials(tls),
    ALPNProtocols: applicationProtocols,
    handshakeTimeout,
    requestCert: tls.clientCertificate !== 'none',
    rejectUnauthorized: tls.clientCertificate === 'require',
  });
  server
    .on('connection', underlying.add)
    .on('connection', authorities.arrive)
    .on('secureConnection', socket => {
      socket.allowHalfOpen = true;
      const bare = underlying.of(socket);
      const shown = shownCertificate(socket, tls.clientCertificate);
      if ('certificate' in shown && (shown.certificate === null || authorities.stand(bare))) {
        enter(socket, bare ?? null, certified(peerOf(socket), shown.certificate));
        return;
      }
      onHandshakeFailed(certificateFault('fault' in shown ? shown.fault : 'CERT_UNTRUSTED'), peerOf(socket));
      socket.on('error', () => undefined).destroy();
    })
    // What is no TLS, or bad TLS, is nobody's request, and nobody would read an answer.
    .on('tlsClientError', (error, socket) => {
      const fault = handshakeFault(error, socket);
      if (fault !== null) onHandshakeFailed(fault, peerOf(socket));
      socket.destroy();
    });
  return {
    server,
    renew(now) {
      server.setSecureContext(serverCredentials(now));
      return authorities.replace(now);
    },
    cutHandshakes: underlying.destroyAll,
  };
}

/** Does not bind it yet. */
export function openListener(tls: ListenerTls | null, world: ListenerWorld): Listener {
  const listener = tls === null ? openPlain(world) : openSecure(tls, world);
  const { arrive, peerOf } = world;
  if (arrive !== null) listener.server.prependListener('connection', (bare: Socket) => arrive(bare, peerOf(bare)));
  return listener;
}
