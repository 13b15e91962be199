/** How a connection ends so that its client still reads the last answer. */
import type { Socket } from 'node:net';

/** How long a client may go on sending what nobody wants, so that a reset does not overtake its answer. */
export const lingerMs = 1000;

/** Ends our half; what still comes in is dropped for a moment once the last byte is out. The socket's own clock bounds the writing, and no more. */
export function endGently(socket: Socket): void {
  let timer: NodeJS.Timeout | undefined;
  socket.resume();
  socket.once('finish', () => {
    socket.setTimeout(0);
    if (socket.readableEnded) socket.destroy();
    timer = setTimeout(() => socket.destroy(), lingerMs);
  });
  socket.once('end', () => {
    if (socket.writableFinished) socket.destroy();
  });
  socket.once('close', () => clearTimeout(timer));
  socket.end();
}
