/** The hub's cookies of one browser for as long as the gate speaks for it; all of them are for the hub's own paths. */
import type { CookiePair } from '../http/cookies.ts';
import { cookiePath, parseSetCookie, type SetCookie } from '../http/set-cookie.ts';

/** RFC 6265 §5.2: a cookie that has ended is one that is taken back. */
function isTakenBack({ attributes }: SetCookie): boolean {
  const last = (name: string): string | undefined => attributes.findLast(([each]) => each === name)?.[1];
  const maxAge = last('max-age');
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0;
  return isPast(last('expires') ?? '');
}

/** The hub's clock and the gate's may differ; what the hub takes back lies a year behind, and what it gives holds for days. */
function isPast(expires: string): boolean {
  const at = Date.parse(expires);
  return !Number.isNaN(at) && at < Date.now() - 86_400_000;
}

const textOfPair = ({ text }: CookiePair): string => text.slice(text.indexOf('=') + 1);

/** What the browser has, and what the hub sets meanwhile. */
export class HubCookieJar {
  readonly #values = new Map<string, string>();
  /** By name and path, as a browser keeps them apart. */
  readonly #set = new Map<string, string>();

  /** Of two cookies of one name a browser sends that of the longer path first, and that one counts. */
  constructor(cookies: readonly CookiePair[]) {
    for (const pair of cookies) if (!this.#values.has(pair.name)) this.#values.set(pair.name, textOfPair(pair));
  }

  /** Takes one Set-Cookie value. */
  take(value: string): void {
    const cookie = parseSetCookie(value);
    if (cookie === null) return;
    const key = `${cookie.name}\n${cookiePath(cookie) ?? ''}`;
    this.#set.delete(key);
    this.#set.set(key, value);
    if (isTakenBack(cookie)) this.#values.delete(cookie.name);
    else this.#values.set(cookie.name, cookie.value);
  }

  names(): string[] {
    return [...this.#values.keys()];
  }

  /** Without the quotes that the hub puts around some. */
  value(name: string): string | undefined {
    return this.#values.get(name)?.replace(/^"(.*)"$/, '$1');
  }

  /** The Cookie field; empty where there is none. */
  text(): string {
    return Array.from(this.#values, ([name, value]) => `${name}=${value}`).join('; ');
  }

  /** What the browser is to be told of it all: the last word on each. */
  setCookies(): string[] {
    return [...this.#set.values()];
  }
}
