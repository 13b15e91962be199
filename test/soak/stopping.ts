/** A server that goes away, comes back where it was, and takes connections without serving them. */
import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Teardown } from '../gates/lab.ts';

/** Its listener. */
export type Stopping = {
  /** `host:port`, always the same. */
  readonly place: string;
  /** Refuses connections, and resets those that are open. */
  readonly goAway: () => void;
  readonly comeBack: () => Promise<void>;
  /** Connections are taken from now on, and not looked at. */
  readonly hang: () => void;
  /** Serves again, those that were taken in the meantime too. */
  readonly wake: () => void;
};

/** An address of this process alone: no other socket comes to take the port while nobody listens on it. */
function ownLoopback(): string {
  const { pid } = process;
  return `127.${64 + ((pid >> 16) & 63)}.${(pid >> 8) & 255}.${pid & 255}`;
}

/** Listens for a server that does not itself; the test's end closes both. */
export async function listenStopping(t: Teardown, server: HttpServer): Promise<Stopping> {
  const open = new Set<Socket>();
  const waiting = new Set<Socket>();
  let hangs = false;
  let port = 0;
  let listener = createServer();
  const take = (socket: Socket): void => {
    open.add(socket);
    // Of a connection that is reset before anybody serves it.
    socket
      .on('error', () => undefined)
      .once('close', () => {
        open.delete(socket);
        waiting.delete(socket);
      });
    if (hangs) waiting.add(socket);
    else server.emit('connection', socket);
  };
  const comeBack = async (): Promise<void> => {
    listener = createServer({ noDelay: true, allowHalfOpen: true }, take);
    listener.listen(port, ownLoopback());
    await once(listener, 'listening');
    ({ port } = listener.address() as AddressInfo);
  };
  const goAway = (): void => {
    listener.close();
    for (const socket of open) socket.resetAndDestroy();
  };
  await comeBack();
  t.teardown(goAway);
  return {
    place: `${ownLoopback()}:${port}`,
    goAway,
    comeBack,
    hang() {
      hangs = true;
    },
    wake() {
      hangs = false;
      for (const socket of waiting) server.emit('connection', socket);
      waiting.clear();
    },
  };
}
