/** A plain request over node:http. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReasonId } from '../gate/reasons.ts';
import { bodyClock } from './body-clock.ts';
import { type BreakageNews, breakageNews } from './breakage.ts';
import type { Connection } from './connections.ts';
import type { Exchange } from './exchange.ts';
import { nodeAnswer } from './node-answer.ts';
import { announcesBody, faultOf, inboundOf } from './node-request.ts';

/** An exchange, and the transport's own ends of it. */
export interface NodeExchange {
  readonly exchange: Exchange;
  /** Tells the door that the request's bytes stopped making sense. */
  breakOff(reason: ReasonId): void;
  /** Resolves when the answer is out, or the connection is gone. */
  readonly closed: Promise<void>;
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

/** Tells when the client goes before its answer is complete. */
function newsOf(request: IncomingMessage, response: ServerResponse): BreakageNews {
  const news = breakageNews();
  // Whatever goes wrong on the way in shows as the response's close.
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  response.once('close', () => {
    if (!response.writableFinished) news.tell(null);
  });
  return news;
}

function whenClosed(response: ServerResponse, { socket }: Connection): Promise<void> {
  return new Promise(resolve => {
    if (response.closed || response.destroyed || socket.destroyed) resolve();
    else response.once('close', resolve);
  });
}

/** Wraps a request, which need not be its connection's next. */
export function nodeExchange(
  request: IncomingMessage,
  response: ServerResponse,
  connection: Connection,
  how: ExchangeOptions,
): NodeExchange {
  const { onBroken, tell } = newsOf(request, response);
  let broken = false;
  function breakOff(reason: ReasonId): void {
    broken = true;
    tell(reason);
  }
  const limits = { stallMs: how.bodyStallMs, onStall: () => breakOff('request-timeout') };
  const clock = announcesBody(request) ? bodyClock(request, connection, limits) : undefined;
  const bodyOver = (): boolean => request.complete || broken;
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
    ...nodeAnswer({ request, response, connection, draining: how.draining, bodyOver }),
  };
  return { exchange, breakOff, closed: whenClosed(response, connection) };
}
