/** A small browser: one origin, a cookie jar, redirects followed by hand, so that a login and an OAuth round trip work through the gate. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { CookieJar, type SentBy } from './cookie-jar.ts';

/** Where the browser goes and what it sends everywhere. */
export type BrowserOptions = {
  /** Port on 127.0.0.1 that is connected to. */
  readonly port: number;
  /** What the server believes to be called, for `Host`, `Origin` and redirects; `http://127.0.0.1:<port>` when absent. */
  readonly origin?: string;
  /** Sent with every request: the proof, or `Remote-User` where the hub is asked directly. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** One request that the page makes. */
export type BrowserRequest = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Follow redirects within the origin, 20 at most; `true` when absent. */
  readonly follow?: boolean;
  /** The page that asks is another site's. */
  readonly isCrossSite?: boolean;
};

/** The answer after the last redirect. */
export type BrowserResponse = {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Path and query that this answer belongs to. */
  readonly path: string;
  /** Statuses and paths on the way, the last one included, as `302 /hub/login`. */
  readonly journey: readonly string[];
};

const mostRedirects = 20;

/** Keeps cookies between requests as a browser tab does. */
export class BrowserSession {
  readonly cookies: CookieJar = new CookieJar();
  /** On 127.0.0.1. */
  readonly port: number;
  readonly #origin: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ port, origin = `http://127.0.0.1:${port}`, headers = {} }: BrowserOptions) {
    this.port = port;
    this.#origin = origin;
    this.#headers = headers;
  }

  /** GETs a path (query included), or what `options` says, and follows redirects; throws on a redirect to another origin. */
  async open(path: string, options: BrowserRequest = {}): Promise<BrowserResponse> {
    const journey: string[] = [];
    let next: { path: string; options: BrowserRequest } = { path, options };
    while (journey.length <= mostRedirects) {
      const answer = await this.#send(next.path, next.options);
      journey.push(`${answer.status} ${next.path}`);
      const location = answer.headers.location;
      if (options.follow === false || location === undefined || answer.status < 300 || answer.status > 399) {
        return { ...answer, path: next.path, journey };
      }
      next = { path: this.#pathWithin(location, next.path), options: afterRedirect(answer.status, next.options) };
    }
    throw new Error(`too many redirects: ${journey.join(', ')}`);
  }

  /** POSTs, with the `_xsrf` cookie that a page at that path sees as `X-XSRFToken`. */
  post(path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<BrowserResponse> {
    const token = this.cookies.value('_xsrf', path);
    const proof = token === undefined ? {} : { 'X-XSRFToken': token };
    return this.open(path, {
      method: 'POST',
      body,
      headers: { Origin: this.#origin, Referer: `${this.#origin}/hub/home`, ...proof, ...headers },
    });
  }

  async #send(path: string, options: BrowserRequest): Promise<Omit<BrowserResponse, 'path' | 'journey'>> {
    const cookie = this.cookies.header(path, sentBy(options));
    const agent = new Agent();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request({
        agent,
        host: '127.0.0.1',
        port: this.port,
        path,
        method: options.method ?? 'GET',
        timeout: 60_000,
        headers: {
          Host: new URL(this.#origin).host,
          'User-Agent': 'Mozilla/5.0 browser-session',
          Accept: 'text/html,*/*;q=0.8',
          ...this.#headers,
          ...options.headers,
          ...(cookie === '' ? {} : { Cookie: cookie }),
          ...(options.body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(options.body)) }),
        },
      });
      outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer to ${path}`)));
      outgoing.once('error', reject).once('response', resolve).end(options.body);
    });
    const body = await text(response);
    agent.destroy();
    this.cookies.store(response.headers['set-cookie'] ?? [], path);
    return { status: response.statusCode ?? 0, headers: response.headers, body };
  }

  #pathWithin(location: string, from: string): string {
    const target = new URL(location, new URL(from, this.#origin));
    if (target.origin !== new URL(this.#origin).origin)
      throw new Error(`redirected to another origin: ${target.origin}`);
    return target.pathname + target.search;
  }
}

/** RFC 6265bis §5.2: what another site sends shows cookies of Lax where it is a link. */
function sentBy({ isCrossSite = false, method = 'GET' }: BrowserRequest): SentBy {
  if (!isCrossSite) return 'same-site';
  return method === 'GET' ? 'link' : 'form';
}

/** RFC 9110 §15.4: 307 and 308 keep the method and the content, the others become GET. */
function afterRedirect(status: number, options: BrowserRequest): BrowserRequest {
  if (status === 307 || status === 308) return options;
  const { Origin: _origin, 'X-XSRFToken': _token, ...headers } = options.headers ?? {};
  return { headers, ...(options.isCrossSite === undefined ? {} : { isCrossSite: options.isCrossSite }) };
}
