/** Cookies as a browser keeps them for one host (RFC 6265 §5): by name and path; sent as far as SameSite lets them go. */

type SameSite = 'strict' | 'lax' | 'none';

type Cookie = { readonly name: string; readonly value: string; readonly path: string; readonly sameSite: SameSite };

/** Who has the browser go to a path: a page of the same site, or another site's by a link or by a form that is posted. */
export type SentBy = 'same-site' | 'link' | 'form';

const sentBy: Readonly<Record<SentBy, ReadonlySet<SameSite>>> = {
  'same-site': new Set(['strict', 'lax', 'none']),
  link: new Set(['lax', 'none']),
  form: new Set(['none']),
};

/** Holds what `Set-Cookie` lines said; Domain and Secure are not looked at, there is one host. */
export class CookieJar {
  readonly #cookies: Map<string, Cookie> = new Map();

  /** Takes the `Set-Cookie` lines of an answer to a request for `requestPath`. */
  store(setCookies: readonly string[], requestPath: string): void {
    for (const line of setCookies) {
      const [pair = '', ...attributes] = line.split(';').map(part => part.trim());
      const equals = pair.indexOf('=');
      if (equals < 1) continue;
      const path = attribute(attributes, 'path') ?? defaultPath(requestPath);
      const sameSite = sameSiteOf(attribute(attributes, 'samesite'));
      const cookie = { name: pair.slice(0, equals), value: pair.slice(equals + 1), path, sameSite };
      if (isExpired(attributes)) this.#cookies.delete(`${cookie.name};${path}`);
      else this.#cookies.set(`${cookie.name};${path}`, cookie);
    }
  }

  /** Another jar that holds the same. */
  copy(): CookieJar {
    const copied = new CookieJar();
    for (const [key, cookie] of this.#cookies) copied.#cookies.set(key, cookie);
    return copied;
  }

  /** The `Cookie` line for a path, longest path first; empty when there is none. */
  header(path: string, by: SentBy = 'same-site'): string {
    return this.#matching(path)
      .filter(({ sameSite }) => sentBy[by].has(sameSite))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }

  /** The value that a page at that path would see first, `_xsrf` say. */
  value(name: string, path: string): string | undefined {
    return this.#matching(path).find(cookie => cookie.name === name)?.value;
  }

  /** Names of all cookies held, sorted. */
  names(): string[] {
    return [...this.#cookies.values()].map(({ name }) => name).sort();
  }

  /** Values of all cookies held. */
  values(): string[] {
    return [...this.#cookies.values()].map(({ value }) => value);
  }

  #matching(path: string): Cookie[] {
    const [plain = '/'] = path.split('?');
    return [...this.#cookies.values()]
      .filter(cookie => covers(cookie.path, plain))
      .sort((one, other) => other.path.length - one.path.length);
  }
}

/** RFC 6265 §5.1.4. */
function covers(cookiePath: string, path: string): boolean {
  return (
    path === cookiePath ||
    (path.startsWith(cookiePath) && (cookiePath.endsWith('/') || path[cookiePath.length] === '/'))
  );
}

/** Browsers take a cookie that does not say for Lax. */
function sameSiteOf(said: string | undefined): SameSite {
  const word = said?.toLowerCase();
  return word === 'strict' || word === 'none' ? word : 'lax';
}

function defaultPath(requestPath: string): string {
  const [plain = '/'] = requestPath.split('?');
  return plain.slice(0, plain.lastIndexOf('/')) || '/';
}

function attribute(attributes: readonly string[], name: string): string | undefined {
  return attributes.find(each => each.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
}

function isExpired(attributes: readonly string[]): boolean {
  const maxAge = attribute(attributes, 'max-age');
  if (maxAge !== undefined) return Number(maxAge) <= 0;
  const expires = attribute(attributes, 'expires');
  return expires !== undefined && Date.parse(expires) <= Date.now();
}
