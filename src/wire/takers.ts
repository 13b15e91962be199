/** What a front does with each thing that node hands it: a request, a switch, and bytes that are neither. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ReasonId } from '../gate/reasons.ts';
import type { Peer } from '../gate/stages.ts';
import type { Connection, ConnectionBook } from './connections.ts';
import type { Exchange, Handshake } from './exchange.ts';
import { endWith } from './lingering.ts';
import { nodeExchange } from './node-exchange.ts';
import { nodeHandshake } from './node-handshake.ts';
import { enqueue } from './turns.ts';

/** What a door does with what comes in; none of the promises rejects. */
export interface FrontHandlers {
  serve(exchange: Exchange): Promise<void>;
  switchProtocol(handshake: Handshake): Promise<void>;
  /** Bytes that are not a request; gives the whole answer. */
  answerBroken(reason: ReasonId, detail: string, peer: Peer): Buffer;
}

/** The exchange whose bytes are being read on a connection, be it its turn or not. */
interface Current {
  readonly request: IncomingMessage;
  breakOff(reason: ReasonId): void;
}

/** What the takers of one front share. */
export interface FrontState {
  readonly connections: ConnectionBook;
  readonly handlers: FrontHandlers;
  readonly bodyStallMs: number;
  readonly currents: WeakMap<Connection, Current>;
}

/** Takes plain requests; with `asksContinue` those that wait for 100 Continue. */
export function requestTaker(
  state: FrontState,
  asksContinue: boolean,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { connections, currents, handlers, bodyStallMs } = state;
  const how = { asksContinue, draining: () => connections.draining, bodyStallMs };
  return (request, response) => {
    const connection = connections.of(request.socket);
    // What stands behind the request that was one too many, in the same read, still comes.
    if (connection === undefined || connection.socket.destroyed) return;
    const { exchange, breakOff, closed } = nodeExchange(request, response, connection, how);
    // Before its turn, because its body may break in the same read.
    const current: Current = { request, breakOff };
    currents.set(connection, current);
    enqueue(connection, connections, async () => {
      await handlers.serve(exchange);
      await closed;
      if (currents.get(connection) === current) currents.delete(connection);
    });
  };
}

/** Takes CONNECT and requests for another protocol. */
export function switchTaker({
  connections,
  handlers,
}: FrontState): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (request, socket, head) => {
    const connection = connections.of(socket);
    if (connection === undefined) return;
    const { handshake, closed } = nodeHandshake(request, socket, head, connection);
    enqueue(connection, connections, async () => {
      await handlers.switchProtocol(handshake);
      await closed;
    });
  };
}

/** What node's parser stumbled over, by its code; what is not here is `request-ambiguous` with the code as its detail. */
const faults: ReadonlyMap<string, { readonly reason: ReasonId; readonly detail?: string }> = new Map([
  ['HPE_HEADER_OVERFLOW', { reason: 'headers-too-large' }],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', { reason: 'body-too-large' }],
  ['ERR_HTTP_REQUEST_TIMEOUT', { reason: 'request-timeout' }],
  ['HPE_INVALID_METHOD', { reason: 'request-ambiguous', detail: 'a method that this transport does not know' }],
]);

/** Takes bytes that are no request: the rest of one, or none at all. */
export function brokenTaker(state: FrontState): (error: NodeJS.ErrnoException, socket: Duplex) => void {
  const { connections, currents, handlers } = state;
  return (error, socket) => {
    const connection = connections.of(socket);
    const code = error.code ?? '';
    const silent = connection === undefined || code === 'ECONNRESET' || connection.socket.bytesRead === 0;
    if (silent || !socket.writable) {
      socket.destroy();
      return;
    }
    const { reason, detail = code } = faults.get(code) ?? { reason: 'request-ambiguous' };
    const current = currents.get(connection);
    if (current !== undefined && !current.request.complete) {
      current.breakOff(reason);
      return;
    }
    enqueue(connection, connections, async () => {
      connection.closing = true;
      endWith(socket, handlers.answerBroken(reason, detail, connection.peer));
    });
  };
}
