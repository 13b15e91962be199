/** A hub by TLS that says whom it was told about and what it was asked, and whose certificate can change. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Certificate } from '../../../src/wire/secure.ts';
import type { Teardown } from '../../gates/lab.ts';

/** Such a hub. */
export type TlsHub = {
  readonly url: string;
  /** Shows that certificate to whoever connects from now on. */
  readonly show: (certificate: Certificate) => void;
};

/** What a request of that user is answered with. */
export const hubAnswer = (user: string, target: string): string => `${user} asked for ${target}`;

/** Listens on 127.0.0.1, never closes an idle connection, and echoes on WebSockets; the test's end closes it. */
export async function startTlsHub(t: Teardown, certificate: Certificate): Promise<TlsHub> {
  const server = createServer({ ...certificate, keepAliveTimeout: 0 }, (request, response) => {
    response.end(hubAnswer(String(request.headers['remote-user']), request.url ?? ''));
  });
  const webSockets = new WebSocketServer({ server });
  webSockets.on('connection', socket => {
    socket.on('error', () => undefined).on('message', data => socket.send(data));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of webSockets.clients) socket.terminate();
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    show: now => server.setSecureContext(now),
  };
}
