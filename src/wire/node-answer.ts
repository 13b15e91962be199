/** The answer to a plain request over node:http: its head, its end, and what becomes of a body that nobody wants. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connection } from './connections.ts';
import type { AnswerHead, Exchange } from './exchange.ts';
import { flatten } from './field-pairs.ts';
import { lingerMs } from './lingering.ts';

/** What an answer is written to, and what it depends on. */
export interface NodeAnswerOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connection: Connection;
  /** Every answer closes from now on. */
  readonly draining: () => boolean;
  /** Nothing of the request is still to come, or none of it that makes sense. */
  readonly bodyOver: () => boolean;
}

/** The half of an exchange that answers. */
export type NodeAnswer = Pick<Exchange, 'start' | 'write' | 'onDrain' | 'finish' | 'cut'>;

/** Reads and drops the rest of a body, then calls `done`; at the latest after the linger time. */
function lingerOver(request: IncomingMessage, done: () => void): void {
  let called = false;
  const once = (): void => {
    if (called) return;
    called = true;
    clearTimeout(timer);
    done();
  };
  const timer = setTimeout(once, lingerMs);
  request.once('end', once);
  request.once('close', once);
  request.resume();
}

/** Writes the head at once; gives whether the client will see where the body ends although the connection closes. */
function writeHead(head: AnswerHead, { response, connection, draining }: NodeAnswerOptions): boolean {
  const closes = head.closes || connection.closing || draining();
  connection.closing ||= closes;
  const fields = closes ? [...head.fields, ['Connection', 'close'] as const] : head.fields;
  response.writeHead(head.status, head.phrase, flatten(fields));
  // flushHeaders() would write the head in UTF-8; an empty latin1 chunk takes it along byte for byte.
  response.write('', 'latin1');
  return closes && head.fields.some(([name]) => name.toLowerCase() === 'content-length');
}

/** Ends an answer whose request is still coming in. */
function endOverBody({ request, response, connection }: NodeAnswerOptions, endIsSeen: boolean): void {
  if (endIsSeen) {
    lingerOver(request, () => response.end());
    return;
  }
  response.end();
  lingerOver(request, () => {
    if (!request.complete) connection.socket.destroy();
  });
}

/** A reset where there is one, because to HTTP/1.0 a mere close is a clean end. */
export function cutOff({ peer, socket }: Connection): void {
  if (peer.kind === 'ip') socket.resetAndDestroy();
  else socket.destroy();
}

/** Prepares to answer. */
export function nodeAnswer(options: NodeAnswerOptions): NodeAnswer {
  const { response, connection, bodyOver } = options;
  let endIsSeen = false;
  response.sendDate = false;
  return {
    start(head) {
      endIsSeen = writeHead(head, options);
    },
    write: chunk => response.write(chunk),
    onDrain: listener => void response.on('drain', listener),
    finish() {
      if (bodyOver()) response.end();
      else endOverBody(options, endIsSeen);
    },
    cut: () => cutOff(connection),
  };
}
