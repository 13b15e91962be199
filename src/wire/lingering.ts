/** How a connection ends so that its client still reads the last answer. */
import type { Duplex } from 'node:stream';

/** How long a client may go on sending what nobody wants, so that a reset does not overtake its answer. */
export const lingerMs = 1000;

/** Writes the last bytes of a connection and gives the client a moment to read them. */
export function endWith(socket: Duplex, bytes: Buffer): void {
  socket.resume();
  socket.end(bytes);
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('end', () => socket.destroy());
  socket.once('close', () => clearTimeout(timer));
}
