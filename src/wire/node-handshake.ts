/** A request for a protocol switch over node:http: nothing it sends counts before it is accepted (P8). */
import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { breakageNews } from './breakage.ts';
import type { Connection } from './connections.ts';
import type { Handshake } from './exchange.ts';
import { endWith } from './lingering.ts';
import { cutOff } from './node-answer.ts';
import { faultOf, inboundOf } from './node-request.ts';
import { rawHead } from './raw-head.ts';

/** A handshake, and when its connection is gone. */
export interface NodeHandshake {
  readonly handshake: Handshake;
  readonly closed: Promise<void>;
}

/** Watches a connection that has nothing to say yet; `release` hands it on. */
function watch(socket: Duplex, head: Buffer): { onBroken: Handshake['onBroken']; release(): void } {
  const { onBroken, tell } = breakageNews();
  if (head.length > 0) tell('request-ambiguous');
  const onData = (): void => tell('request-ambiguous');
  const onGone = (): void => {
    tell(null);
    // node keeps the other half open.
    socket.destroy();
  };
  socket.on('data', onData).on('end', onGone).on('close', onGone);
  return { onBroken, release: () => void socket.off('data', onData).off('end', onGone).off('close', onGone) };
}

function relayBody(socket: Duplex, body: Readable, connection: Connection): void {
  body.on('error', () => undefined);
  body.once('end', () => endWith(socket, Buffer.alloc(0)));
  body.once('close', () => {
    if (!body.readableEnded) cutOff(connection);
  });
  socket.once('close', () => body.destroy());
  body.pipe(socket, { end: false });
}

/** Wraps a request for a switch; `head` is what came behind it. */
export function nodeHandshake(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  connection: Connection,
): NodeHandshake {
  socket.on('error', () => undefined);
  const { onBroken, release } = watch(socket, head);
  const handshake: Handshake = {
    inbound: inboundOf(request, connection),
    fault: faultOf(request, connection),
    onBroken,
    refuse(answer, body) {
      release();
      const fields = [...answer.fields, ['Connection', 'close'] as const];
      endWith(socket, Buffer.concat([rawHead(answer.status, answer.phrase, fields), body]));
    },
    relay(answer, body) {
      release();
      socket.resume();
      const fields = [...answer.fields, ['Connection', 'close'] as const];
      socket.write(rawHead(answer.status, answer.phrase, fields));
      relayBody(socket, body, connection);
    },
    accept(fields) {
      release();
      socket.pause();
      socket.write(rawHead(101, 'Switching Protocols', fields));
      return socket;
    },
  };
  const closed = new Promise<void>(resolve => {
    if (socket.destroyed) resolve();
    else socket.once('close', resolve);
  });
  return { handshake, closed };
}
