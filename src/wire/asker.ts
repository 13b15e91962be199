/** Questions that the gate itself asks, of issuers and of the hub; the only file that knows undici. */
import { Agent, type Dispatcher, Pool } from 'undici';
import type { Address } from '../config/config.ts';

/** Below the 5 s after which the hub's own proxy closes. */
const idleMs = 4000;

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

/** Asks. */
export interface Asker {
  /** GETs an absolute http(s) URL, or a path (`/…`) of the hub itself; rejects unless the whole answer fits. */
  ask(url: string, options: AskOptions): Promise<Asked>;
  /** Takes no further question; resolves when those under way are answered. */
  retire(): Promise<void>;
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

/** Opens nothing yet. `address` is the hub's. */
export function openAsker(options: { readonly address: Address; readonly connectTimeoutMs: number }): Asker {
  const { address, connectTimeoutMs: timeout } = options;
  const connections = { keepAliveTimeout: idleMs, pipelining: 1 };
  const hubConnect = { timeout, ...(address.kind === 'unix' ? { socketPath: address.path } : {}) };
  const origin = originOf(address);
  const hub = new Pool(origin, { ...connections, connect: hubConnect });
  const others = new Agent({ ...connections, connect: { timeout } });
  return {
    ask: (url, asking) =>
      url.startsWith('/') ? askWith(hub, `${origin}${url}`, asking) : askWith(others, url, asking),
    retire: async () => void (await Promise.all([hub.close(), others.close()])),
    close: async () => void (await Promise.all([hub.destroy(), others.destroy()])),
  };
}
