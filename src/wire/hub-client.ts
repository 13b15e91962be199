/** The way to the hub, and questions to it and to issuers; the only file that knows undici. */
import { Agent, type Dispatcher, Pool } from 'undici';
import type { Address } from '../config/config.ts';
import type { FieldLine } from '../http/field.ts';
import { flatten } from './field-pairs.ts';
import { HubExchange } from './hub-exchange.ts';
import type { AnswerSink, HubRequest, Running } from './hub-request.ts';
import { outboundFault } from './outbound-head.ts';
import { type HubHandshake, openTunnel } from './tunnel.ts';

/** Below the 5 s after which the hub's own proxy closes, or requests race into a reset. */
const idleMs = 4000;

const largestAnswerHead = 64 * 1024;

/** How to reach the hub. */
export interface HubClientOptions {
  readonly address: Address;
  readonly connectTimeoutMs: number;
  /** From the last byte of the request that the hub took to the head of its answer. */
  readonly responseTimeoutMs: number;
}

/** Bounds of a question. */
export interface AskOptions {
  readonly maxBytes: number;
  /** Over the whole exchange. */
  readonly timeoutMs: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back; a redirect is an answer like any other and is not followed. */
export interface Asked {
  readonly status: number;
  readonly body: Buffer;
}

/** The hub, for doors and provers. */
export interface HubClient {
  forward(request: HubRequest, sink: AnswerSink): Running;
  /** Asks for a WebSocket, on a connection of its own. `fields` without Connection and Upgrade; `signal` ends all that comes of it. */
  handshake(target: string, fields: readonly FieldLine[], signal: AbortSignal): Promise<HubHandshake>;
  /** GETs an absolute http(s) URL, or a path (`/…`) of the hub itself; rejects unless the whole answer fits. */
  ask(url: string, options: AskOptions): Promise<Asked>;
  /** Takes no further request; resolves when those under way have ended. */
  retire(): Promise<void>;
  /** Ends idle connections and those in use. */
  close(): Promise<void>;
}

async function readBounded(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new RangeError(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Asks by GET; rejects on a transport fault, over time and over size. */
async function askWith(dispatcher: Dispatcher, url: string, options: AskOptions): Promise<Asked> {
  const { origin, pathname, search } = new URL(url);
  const signal = AbortSignal.timeout(options.timeoutMs);
  const { statusCode, body } = await dispatcher.request({
    origin,
    path: `${pathname}${search}`,
    method: 'GET',
    headers: { ...options.headers },
    signal,
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
  });
  return { status: statusCode, body: await readBounded(body, options.maxBytes) };
}

function originOf(address: Address): string {
  if (address.kind === 'unix') return 'http://localhost';
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `http://${host}:${address.port}`;
}

function openPool(options: HubClientOptions): Pool {
  const { address } = options;
  return new Pool(originOf(address), {
    connect: { timeout: options.connectTimeoutMs, ...(address.kind === 'unix' ? { socketPath: address.path } : {}) },
    keepAliveTimeout: idleMs,
    keepAliveMaxTimeout: idleMs,
    pipelining: 1,
    maxHeaderSize: largestAnswerHead,
    // Our own clock runs from the last byte that the hub took; event streams may be silent for ever.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** Opens nothing yet: connections are made as requests come. */
export function openHubClient(options: HubClientOptions): HubClient {
  const pool = openPool(options);
  const agent = new Agent({ connect: { timeout: options.connectTimeoutMs }, keepAliveTimeout: idleMs, pipelining: 1 });
  const origin = originOf(options.address);

  function forward(request: HubRequest, sink: AnswerSink): Running {
    const fault = outboundFault(request.method, request.target, request.fields);
    const exchange = new HubExchange(request, sink, options.responseTimeoutMs);
    if (fault !== null) {
      exchange.fail('internal-error', fault, null);
      return exchange;
    }
    const dispatch: Dispatcher.DispatchOptions = {
      origin,
      path: request.target,
      method: request.method as Dispatcher.HttpMethod,
      headers: flatten(request.fields),
      body: request.body,
    };
    pool.dispatch(dispatch, exchange);
    return exchange;
  }

  return {
    forward,
    handshake: (target, fields, signal) => openTunnel(target, fields, options, signal),
    ask: (url, asking) =>
      url.startsWith('/') ? askWith(pool, `${origin}${url}`, asking) : askWith(agent, url, asking),
    retire: async () => {
      await Promise.all([pool.close(), agent.close()]);
    },
    close: async () => {
      await Promise.all([pool.destroy(), agent.destroy()]);
    },
  };
}
