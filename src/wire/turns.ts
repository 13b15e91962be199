/** Requests on one connection take turns, so that answers go out in the order of their requests (RFC 9112 §9.3.2). */
import type { Connection, ConnectionBook } from './connections.ts';
import { endWith } from './lingering.ts';

/**
 * Requests on one connection that may wait for an answer; hardly a client sends a second one ahead. A connection with
 * more is cut rather than paused: while nothing is read of it, nobody notices that its client has gone.
 */
const mostWaiting = 64;

/** Bytes that may come in behind two requests that wait; heads take some times their size in memory. */
const mostBytesWaiting = 256 * 1024;

function waitsTooMuch({ socket, waiting, bytesAtRest }: Connection): boolean {
  // Not behind one alone: its own body may be large, and its answer may be with the client before its turn is over.
  return waiting >= mostWaiting || (waiting >= 2 && socket.bytesRead - bytesAtRest > mostBytesWaiting);
}

/** Leaves a connection as the end of an answer on it demands. */
function rest(connection: Connection, draining: boolean): void {
  const { socket } = connection;
  connection.waiting -= 1;
  connection.bytesAtRest = socket.bytesRead;
  if (connection.waiting > 0) return;
  if (draining) socket.destroySoon();
  else if (connection.closing && socket.writable) endWith(socket, Buffer.alloc(0));
}

/** Queues work behind everything before it on its connection, unless that closes. */
export function enqueue(connection: Connection, connections: ConnectionBook, work: () => Promise<void>): void {
  const { socket } = connection;
  if (waitsTooMuch(connection)) {
    socket.destroy();
    return;
  }
  connection.waiting += 1;
  connection.turn = connection.turn.then(async () => {
    try {
      if (!connection.closing && !socket.destroyed) await work();
    } catch {
      socket.destroy();
    }
    rest(connection, connections.draining);
  });
}
