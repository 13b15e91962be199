/** Set-Cookie as a browser reads it (RFC 6265 §5.2). */
import { trimOws } from './field.ts';

/** One Set-Cookie value; attributes in wire order, names lower-case, repeats kept. */
export interface SetCookie {
  readonly name: string;
  readonly value: string;
  readonly attributes: readonly (readonly [lowerName: string, value: string])[];
}

const control = /[\x00-\x08\x0a-\x1f\x7f]/;
/** RFC 6265bis §5.6: browsers ignore a longer attribute, so an earlier Path would count where we would read the later. */
const maxAttributeValue = 1024;

function splitAt(text: string): readonly [before: string, after: string] {
  const equals = text.indexOf('=');
  if (equals === -1) return [trimOws(text), ''];
  return [trimOws(text.slice(0, equals)), trimOws(text.slice(equals + 1))];
}

/**
 * Null means that browsers ignore it or disagree on it, so it must not be forwarded: no `=`, an empty name, a control
 * character, an overlong attribute.
 */
export function parseSetCookie(value: string): SetCookie | null {
  const [pair = '', ...rest] = value.split(';');
  if (control.test(value) || !pair.includes('=')) return null;
  const [name, cookieValue] = splitAt(pair);
  if (name === '') return null;
  const attributes = rest.map(splitAt).map(([key, text]) => [key.toLowerCase(), text] as const);
  if (attributes.some(([, text]) => text.length > maxAttributeValue)) return null;
  return { name, value: cookieValue, attributes };
}

function attributeValues(cookie: SetCookie, lowerName: string): string[] {
  return cookie.attributes.filter(([name]) => name === lowerName).map(([, value]) => value);
}

/** The last Path, or null where the browser takes the request's directory instead (§5.2.4: absent, empty, no slash). */
export function cookiePath(cookie: SetCookie): string | null {
  const last = attributeValues(cookie, 'path').at(-1) ?? '';
  return last.startsWith('/') ? last : null;
}

/** The last Domain that is not empty, lower-case without its leading dot (§5.2.3); null for a cookie of this host only. */
export function cookieDomain(cookie: SetCookie): string | null {
  const domains = attributeValues(cookie, 'domain').map(value => value.replace(/^\./, '').toLowerCase());
  return domains.filter(domain => domain !== '').at(-1) ?? null;
}

/** The same Set-Cookie with another value, and every attribute as it was written. */
export function withValue(line: string, { name }: SetCookie, value: string): string {
  const end = line.indexOf(';');
  return `${name}=${value}${end === -1 ? '' : line.slice(end)}`;
}

const whereSent: ReadonlySet<string> = new Set(['secure', 'samesite', 'partitioned']);

/** The same Set-Cookie for pages in frames of other sites, each of which has a cookie of its own there (CHIPS). */
export function withFrames(line: string): string {
  const [pair = '', ...attributes] = line.split(';');
  const kept = attributes.filter(attribute => !whereSent.has(splitAt(attribute)[0].toLowerCase()));
  return [pair, ...kept, ' Secure', ' SameSite=None', ' Partitioned'].join(';');
}
