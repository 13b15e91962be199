/** Questions that the gate itself asks, of issuers and of the hub; the only file that knows undici. */
import type { Dispatcher } from 'undici';
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

function originOf({ address, tls }: HubLine): string {
  if (address.kind === 'unix') return 'http://localhost';
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${tls === null ? 'http' : 'https'}://${host}:${address.port}`;
}

/** Says of the hub's own faults what there is to mend. */
function explained(error: NodeJS.ErrnoException): never {
  throw new Error(connectFault(error), { cause: error });
}

/** Who carries questions: to the hub, and to everybody else. */
interface Carriers {
  readonly hub: Dispatcher;
  readonly others: Dispatcher;
}

/** Loaded with the first question: a gate whose keys are files never asks any, and starts without it. */
async function openCarriers(options: AskerOptions): Promise<Carriers> {
  const { address, tls, connectTimeoutMs: timeout } = options;
  const { Agent, Pool } = (await import('undici')).default;
  const connections = { keepAliveTimeout: idleMs, pipelining: 1 };
  const where = address.kind === 'unix' ? { socketPath: address.path } : {};
  const hubConnect = { timeout, ...where, ...(tls === null ? {} : secureOptions(address, tls)) };
  return {
    hub: new Pool(originOf(options), { ...connections, allowH2: false, connect: hubConnect }),
    others: new Agent({ ...connections, connect: { timeout } }),
  };
}

/** How to ask; the line is the hub's. */
export interface AskerOptions extends HubLine {
  readonly connectTimeoutMs: number;
}

/** Opens nothing yet. */
export function openAsker(options: AskerOptions): Asker {
  let carriers: Promise<Carriers> | undefined;
  const end = async (how: 'close' | 'destroy'): Promise<void> => {
    const open = await carriers;
    if (open !== undefined) await Promise.all([open.hub[how](), open.others[how]()]);
  };
  return {
    async ask(url, asking) {
      carriers ??= openCarriers(options);
      const { hub, others } = await carriers;
      return url.startsWith('/')
        ? askWith(hub, `${originOf(options)}${url}`, asking).catch(explained)
        : askWith(others, url, asking);
    },
    retire: () => end('close'),
    close: () => end('destroy'),
  };
}
