/** A hub for crowds: it answers at once with the target that was asked for, and its WebSockets echo. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Teardown } from '../gates/lab.ts';

/** Listens on 127.0.0.1 and gives its URL; the test's end closes it. */
export async function startCrowdHub(t: Teardown): Promise<string> {
  const server = createServer((request, response) => response.end(request.url));
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on('connection', socket => {
    socket.on('error', () => undefined).on('message', (data, binary) => socket.send(data, { binary }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
