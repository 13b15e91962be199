/** What the gate and its transport read of a request's head that node:http has parsed. */
import type { IncomingMessage } from 'node:http';
import type { ReasonId } from '../gate/reasons.ts';
import type { InboundRequest } from '../gate/stages.ts';
import type { Connection } from './connections.ts';
import { pairUp } from './field-pairs.ts';

/** The request as the gate reads it. Versions but 1.0 and 1.1 are a fault of the transport's. */
export function inboundOf(request: IncomingMessage, connection: Connection): InboundRequest {
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    httpVersion: request.httpVersion === '1.0' ? '1.0' : '1.1',
    fields: pairUp(request.rawHeaders),
    peer: connection.peer,
  };
}

/** What the transport refuses by itself. */
export function faultOf(request: IncomingMessage, connection: Connection): ReasonId | null {
  if (connection.overLimit) return 'too-many-connections';
  return request.httpVersion === '1.0' || request.httpVersion === '1.1' ? null : 'request-ambiguous';
}

/** Whether a body may come. */
export function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}
