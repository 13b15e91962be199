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
  /** By POST where something is sent, by GET else. */
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Sent as application/x-www-form-urlencoded. */
  readonly form?: string;
  /** Sent as application/json. */
  readonly json?: unknown;
  /** Of others than the hub: who signs their certificates, in PEM; null or absent: the roots that Node comes with. */
  readonly ca?: string | null;
}

/** What came back; a redirect is an answer like any other and is not followed. */
export interface Asked {
  readonly status: number;
  /** Content-Type as it came; empty where none did. */
  readonly contentType: string;
  readonly body: Buffer;
  /** As it was written; empty where it was not. */
  readonly cacheControl: string;
}

/** Asks. */
export interface Asker {
  /** Asks an absolute http(s) URL, or a path (`/…`) of the hub itself; rejects unless the whole answer fits. */
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

/** Authorities whose connections are kept; a rotated one is not asked under any more. */
const mostAuthorities = 8;

/** What is sent, with its type; undefined: nothing is. */
function contentOf({ form, json }: AskOptions): { readonly type: string; readonly text: string } | undefined {
  if (form !== undefined) return { type: 'application/x-www-form-urlencoded', text: form };
  return json === undefined ? undefined : { type: 'application/json', text: JSON.stringify(json) };
}

/** Rejects on a transport fault, over time and over size. */
async function askWith(dispatcher: Dispatcher, url: string, options: AskOptions): Promise<Asked> {
  const { origin, pathname, search } = new URL(url);
  const signal = AbortSignal.timeout(options.timeoutMs);
  const content = contentOf(options);
  const method = options.method ?? (content === undefined ? 'GET' : 'POST');
  const { statusCode, headers, body } = await dispatcher.request({
    origin,
    path: `${pathname}${search}`,
    method,
    headers: { ...options.headers, ...(content === undefined ? {} : { 'Content-Type': content.type }) },
    ...(content === undefined ? {} : { body: content.text }),
    signal,
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
  });
  const type = headers['content-type'];
  const contentType = typeof type === 'string' ? type : '';
  const cacheControl = [headers['cache-control'] ?? []].flat().join(', ');
  return { status: statusCode, contentType, cacheControl, body: await readBounded(body, options.maxBytes) };
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

/** Who carries questions: to the hub, and to everybody else, by whom their certificates are signed. */
interface Carriers {
  readonly hub: Dispatcher;
  others(ca: string | null): Dispatcher;
  end(how: 'close' | 'destroy'): Promise<void>;
}

/** Loaded with the first question: a gate whose keys are files never asks any, and starts without it. */
async function openCarriers(options: AskerOptions): Promise<Carriers> {
  const { address, tls, connectTimeoutMs: timeout } = options;
  const { Agent, Pool } = (await import('undici')).default;
  const connections = { keepAliveTimeout: idleMs, pipelining: 1, allowH2: false };
  const where = address.kind === 'unix' ? { socketPath: address.path } : {};
  const hubConnect = { timeout, ...where, ...(tls === null ? {} : secureOptions(address, tls)) };
  const hub = new Pool(originOf(options), { ...connections, connect: hubConnect });
  const others = new Map<string | null, Dispatcher>();
  return {
    hub,
    others(ca) {
      const open = others.get(ca);
      if (open !== undefined) return open;
      const secureContext = clientContext({ ca, own: null, serverName: null });
      // Verification does not hang on NODE_TLS_REJECT_UNAUTHORIZED.
      const opened = new Agent({ ...connections, connect: { timeout, secureContext, rejectUnauthorized: true } });
      const [oldest] = others;
      if (others.size >= mostAuthorities && oldest !== undefined) {
        others.delete(oldest[0]);
        void oldest[1].close();
      }
      others.set(ca, opened);
      return opened;
    },
    end: async how => void (await Promise.all([hub, ...others.values()].map(one => one[how]()))),
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
    await (await carriers)?.end(how);
  };
  return {
    async ask(url, asking) {
      carriers ??= openCarriers(options);
      const { hub, others } = await carriers;
      return url.startsWith('/')
        ? askWith(hub, `${originOf(options)}${url}`, asking).catch(explained)
        : askWith(others(asking.ca ?? null), url, asking);
    },
    retire: () => end('close'),
    close: () => end('destroy'),
  };
}
