/** Sends bytes in the pieces it is told, half-closes where it is told so, and reads until the server closes. */
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/** What came back. */
export interface Heard {
  /** latin1. */
  readonly bytes: string;
  /** False: still open after the time that it had. */
  readonly closed: boolean;
}

const patienceMs = 10_000;

async function write(socket: Socket, pieces: readonly string[], halfCloses: boolean): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    socket.write(Buffer.from(piece, 'latin1'));
    // Two turns of the loop, so that a server in this process has read it before the next comes.
    await turn();
    await turn();
  }
  if (halfCloses) socket.end();
}

/** Connects to 127.0.0.1. */
export function sendPieces(port: number, pieces: readonly string[], halfCloses = true): Promise<Heard> {
  return new Promise(resolve => {
    let bytes = '';
    let closed = true;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const timer = setTimeout(() => {
      closed = false;
      socket.destroy();
    }, patienceMs);
    socket.on('connect', () => void write(socket, pieces, halfCloses));
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve({ bytes, closed });
    });
  });
}
