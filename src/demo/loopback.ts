/** Listening on 127.0.0.1, and nowhere else. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Binds to a port that the system chooses, and gives it. */
export async function listenOnLoopback(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  return bound === null || typeof bound === 'string' ? 0 : bound.port;
}

/** The first of these ports that nobody listens on; one that the system chooses when all are taken. */
export async function freePort(wanted: readonly number[]): Promise<number> {
  for (const port of [...wanted, 0]) {
    const probe = createServer();
    try {
      return await listenOnLoopback(probe, port);
    } catch {
    } finally {
      probe.close();
    }
  }
  return 0;
}
