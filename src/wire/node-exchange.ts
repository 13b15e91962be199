/** A plain request over node:http. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReasonId } from '../gate/reasons.ts';
import type { InboundRequest } from '../gate/stages.ts';
import { type BodyClock, bodyClock } from './body-clock.ts';
import type { Connection } from './connections.ts';
import type { AnswerHead, Breakage, Exchange } from './exchange.ts';
import { flatten, pairUp } from './field-pairs.ts';

/** How long a client may go on sending what nobody wants, so that a reset does not overtake its answer. */
export const lingerMs = 1000;

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

/** An exchange, and the transport's own ends of it. */
export interface NodeExchange {
  readonly exchange: Exchange;
  /** Tells the door that the request's bytes stopped making sense. */
  breakOff(reason: ReasonId): void;
  /** Resolves when the answer is out, or the connection is gone. */
  readonly closed: Promise<void>;
}

function watch(response: ServerResponse): { onBroken: Exchange['onBroken']; tell(breakage: Breakage): void } {
  let listener: ((breakage: Breakage) => void) | undefined;
  let breakage: Breakage | undefined;
  function tell(news: Breakage): void {
    if (breakage !== undefined) return;
    breakage = news;
    listener?.(news);
  }
  response.once('close', () => {
    if (!response.writableFinished) tell(null);
  });
  return {
    tell,
    onBroken(wanted) {
      listener = wanted;
      if (breakage !== undefined) wanted(breakage);
    },
  };
}

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

/** What an exchange needs to know of its front. */
export interface ExchangeOptions {
  /** node left 100 Continue to us. */
  readonly asksContinue: boolean;
  /** Every answer closes from now on. */
  readonly draining: () => boolean;
  /** How long a body that is waited for may stand still. */
  readonly bodyStallMs: number;
}

/** Wraps a request, which need not be its connection's next. */
export function nodeExchange(
  request: IncomingMessage,
  response: ServerResponse,
  connection: Connection,
  how: ExchangeOptions,
): NodeExchange {
  const { onBroken, tell } = watch(response);
  let broken = false;
  let closesWithLength = false;
  let clock: BodyClock | undefined;
  // Whatever goes wrong on the way in shows as the response's close.
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  response.sendDate = false;

  function start(head: AnswerHead): void {
    const closes = head.closes || connection.closing || how.draining();
    connection.closing ||= closes;
    closesWithLength = closes && head.fields.some(([name]) => name.toLowerCase() === 'content-length');
    const fields = closes ? [...head.fields, ['Connection', 'close'] as const] : head.fields;
    response.writeHead(head.status, head.phrase, flatten(fields));
    // flushHeaders() would write the head in UTF-8; an empty latin1 chunk takes it along byte for byte.
    response.write('', 'latin1');
  }

  function finish(): void {
    if (request.complete || broken) {
      response.end();
      return;
    }
    // The client has all of it already, and sees where it ends.
    if (closesWithLength) lingerOver(request, () => response.end());
    else {
      response.end();
      lingerOver(request, () => {
        if (!request.complete) connection.socket.destroy();
      });
    }
  }

  function cut(): void {
    // A reset, because to HTTP/1.0 a mere close is a clean end.
    if (connection.peer.kind === 'ip') connection.socket.resetAndDestroy();
    else connection.socket.destroy();
  }

  const exchange: Exchange = {
    inbound: inboundOf(request, connection),
    fault: faultOf(request, connection),
    body: request,
    get bodyPending() {
      return !request.complete;
    },
    acceptBody() {
      clock?.want();
      if (how.asksContinue) response.writeContinue();
    },
    onBroken,
    get started() {
      return response.headersSent;
    },
    start,
    write: chunk => response.write(chunk),
    onDrain: listener => void response.on('drain', listener),
    finish,
    cut,
  };
  function breakOff(reason: ReasonId): void {
    broken = true;
    tell(reason);
  }

  if (announcesBody(request)) {
    clock = bodyClock(request, connection, { stallMs: how.bodyStallMs, onStall: () => breakOff('request-timeout') });
  }
  return {
    exchange,
    breakOff,
    closed: new Promise(resolve => {
      if (response.closed || response.destroyed || connection.socket.destroyed) resolve();
      else response.once('close', resolve);
    }),
  };
}
