/** A server of the test's own on loopback, with TLS or without. */
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** As much of tap's test as is needed here. */
type Teardown = { teardown(run: () => void): unknown };

/** What a server shows. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
}

/** Serves until the test's end, and leaves no connection behind; gives where. */
export async function serveHere(t: Teardown, listener: RequestListener, tls?: ServerTls): Promise<string> {
  const sockets = new Set<Socket>();
  const server = tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener);
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
