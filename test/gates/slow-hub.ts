/** A stand-in for the hub whose answers wait until the test says so, and whose WebSockets stay open. */
import { createServer, type ServerResponse } from 'node:http';
import { WebSocketServer } from 'ws';
import type { Teardown } from './lab.ts';

/** A hub that waits. */
export type SlowHub = {
  readonly url: string;
  /** Resolves when a request for a path that ends in `/slow` has come in. */
  readonly arrived: () => Promise<void>;
  /** Answers all that wait. */
  readonly release: () => void;
  /** Names of users that came to `/hub/login`, in order. */
  readonly logins: readonly (string | undefined)[];
};

/** What a slow request is answered. */
export const slowAnswer = 'at last';

/** Listens on 127.0.0.1, or on the Unix socket `path`; the test's end closes it. */
export async function startSlowHub(t: Teardown, path?: string): Promise<SlowHub> {
  const waiting: ServerResponse[] = [];
  const logins: (string | undefined)[] = [];
  let news = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/slow') === true) {
      waiting.push(response);
      news.resolve();
      return;
    }
    if (request.url === '/hub/login') logins.push(request.headers['remote-user']?.toString());
    response.end('at once');
  });
  const webSockets = new WebSocketServer({ server });
  webSockets.on('connection', socket => socket.on('message', data => socket.send(data)));
  await new Promise<void>(resolve => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  t.teardown(() => {
    for (const socket of webSockets.clients) socket.terminate();
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return {
    url: typeof address === 'string' ? `unix:${address}` : `http://127.0.0.1:${address?.port}`,
    logins,
    arrived: async () => {
      await news.promise;
      news = Promise.withResolvers<void>();
    },
    release: () => {
      for (const response of waiting.splice(0)) response.end(slowAnswer);
    },
  };
}
