/** The proxy that stands in front of a hub: http-proxy-3, set up as configurable-http-proxy does it. */
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { createProxyServer } from 'http-proxy-3';
import { listenOnLoopback } from './loopback.ts';

/** A running proxy. */
export interface HubProxy {
  readonly port: number;
  close(): Promise<void>;
}

/** Sends everything to the one port on loopback. */
export async function startHubProxy(hubPort: number): Promise<HubProxy> {
  const proxy = createProxyServer({ target: `http://127.0.0.1:${hubPort}`, xfwd: true, ws: true });
  proxy.on('error', (_error, _request, answer) => {
    if ('writeHead' in answer && !answer.headersSent) answer.writeHead(503);
    answer.end();
  });
  const upgraded = new Set<Socket>();
  const server = createServer((request, response) => proxy.web(request, response));
  server.on('upgrade', (request, socket: Socket, head) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    proxy.ws(request, socket, head);
  });
  const port = await listenOnLoopback(server);
  return {
    port,
    close: async () => {
      for (const socket of upgraded) socket.destroy();
      server.close();
      server.closeAllConnections();
      proxy.close();
    },
  };
}
