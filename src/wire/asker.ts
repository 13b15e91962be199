/** Questions that the gate itself asks, of issuers and of the hub; the only file that knows undici. */
import type { Dispatcher } from 'undici';
import { clientContext } from './secure.ts';
import { connectFault } from './upstream/connect-fault.ts';
import { type HubLine, secureOptions } from './upstream/hub-socket.ts';

/** Below the 5 s after which the hub's own proxy closes. */
const idleMs = 4000;

/** Bounds of a question. */
export interface AskOptions {
  readonly maxBytes: number;
  /** Over the whole exchange. */
  readonly timeoutMs: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Who signs the certificate of whom is asked (PEM); absent: the roots of Node. Not for questions to the hub. */
  readonly ca?: string;
}

/** What came back; a redirect is an answer like any other and is not followed. */
export interface Asked {
  readonly status: number;
  readonly body: Buffer;
  /** As it was written; empty where it was not. */
  readonly cacheControl: string;
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
  const { statusCode, headers, body } = await dispatcher.request({
    origin,
    path: `${pathname}${search}`,
    method: 'GET',
    headers: { ...options.headers },
    signal,
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
  });
  const cacheControl = [headers['cache-control'] ?? []].flat().join(', ');
  return { status: statusCode, body: await readBounded(body, options.maxBytes), cacheControl };
}

function originOf({ address, tls }: HubLine): string {
  if (address.kind === 'unix') return 'http://localhost';
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${tls === null ? 'http' : 'https'}://${host}:${address.port}`;
}

/** Says of the hub's own faults what there is to mend. */
function explained(error: NodeJS.ErrnoException): never {
  throw new Error(connectFault(error), { cause: error });
}

/** Who carries questions: to the hub, to whoever proves itself under the roots of Node, and to one that does so under others. */
interface Carriers {
  readonly hub: Dispatcher;
  readonly others: Dispatcher;
  /** For one question; the connection goes with it. */
  under(ca: string): Dispatcher;
}

/** Loaded with the first question: a gate whose keys are files never asks any, and starts without it. */
async function openCarriers(options: AskerOptions): Promise<Carriers> {
  const { address, tls, connectTimeoutMs: timeout } = options;
  const { Agent, Pool } = (await import('undici')).default;
  const connections = { keepAliveTimeout: idleMs, pipelining: 1, allowH2: false };
  const where = address.kind === 'unix' ? { socketPath: address.path } : {};
  const hubConnect = { timeout, ...where, ...(tls === null ? {} : secureOptions(address, tls)) };
  const provingUnder = (ca: string | null): Dispatcher => {
    const secureContext = clientContext({ ca, own: null, serverName: null });
    // Verification does not hang on NODE_TLS_REJECT_UNAUTHORIZED.
    return new Agent({ ...connections, connect: { timeout, secureContext, rejectUnauthorized: true } });
  };
  return {
    hub: new Pool(originOf(options), { ...connections, connect: hubConnect }),
    others: provingUnder(null),
    under: provingUnder,
  };
}

/** How to ask; the line is the hub's. */
export interface AskerOptions extends HubLine {
  readonly connectTimeoutMs: number;
}

/** Opens nothing yet. */
export function openAsker(options: AskerOptions): Asker {
  let carriers: Promise<Carriers> | undefined;
  const single = new Set<Dispatcher>();
  const end = async (how: 'close' | 'destroy'): Promise<void> => {
    const open = await carriers;
    if (open === undefined) return;
    await Promise.all([open.hub, open.others, ...single].map(carrier => carrier[how]()));
  };
  const askOnce = async (carrier: Dispatcher, url: string, asking: AskOptions): Promise<Asked> => {
    single.add(carrier);
    try {
      return await askWith(carrier, url, asking);
    } finally {
      single.delete(carrier);
      await carrier.destroy();
    }
  };
  return {
    async ask(url, asking) {
      carriers ??= openCarriers(options);
      const { hub, others, under } = await carriers;
      if (url.startsWith('/')) return askWith(hub, `${originOf(options)}${url}`, asking).catch(explained);
      return asking.ca === undefined ? askWith(others, url, asking) : askOnce(under(asking.ca), url, asking);
    },
    retire: () => end('close'),
    close: () => end('destroy'),
  };
}
