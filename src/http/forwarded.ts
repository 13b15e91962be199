/** The forwarding fields: whom X-Forwarded-For and Forwarded name, and how Forwarded is written (RFC 7239). */
import { type AddressSet, type IpAddress, parseAddress } from './address.ts';
import { isToken, trimOws } from './field.ts';

/** Where the walk over a chain ended, and with whom. */
export interface ForwardedClient {
  readonly address: IpAddress;
  /** At an address that is no trusted proxy; past the leftmost element; or at an element that names no address. */
  readonly ended: 'outside' | 'all-trusted' | 'unparsable';
}

/** Whom the lines of a forwarding field name; `peer` stands right of the rightmost element and is known to be trusted. */
export type ForwardedWalk = (values: readonly string[], peer: IpAddress, trusted: AddressSet) => ForwardedClient;

/** What one `Forwarded` element says. */
export interface ForwardedElement {
  readonly for: IpAddress;
  readonly proto: 'http' | 'https';
  /** A host that `parseHost` takes. */
  readonly host: string;
}

/** Steps from element to element while they name trusted proxies; `null` is an element that names no address. */
function walk(addresses: Iterable<IpAddress | null>, peer: IpAddress, trusted: AddressSet): ForwardedClient {
  let reached = peer;
  for (const address of addresses) {
    if (address === null) return { address: reached, ended: 'unparsable' };
    reached = address;
    if (!trusted.contains(address)) return { address: reached, ended: 'outside' };
  }
  return { address: reached, ended: 'all-trusted' };
}

function isEscaped(list: string, at: number): boolean {
  let first = at;
  while (list[first - 1] === '\\') first -= 1;
  return (at - first) % 2 === 1;
}

/** Where the quoted-string begins that ends at `closing`; -1 or 0 where none does. */
function openingQuote(list: string, closing: number): number {
  let at = closing;
  do at = list.lastIndexOf('"', at - 1);
  while (at > 0 && isEscaped(list, at));
  return at;
}

/**
 * The elements, trimmed, the rightmost first. Read from the right, so that a quote that a client left open can not swallow
 * what a proxy has written behind it.
 */
function* fromRight(list: string, quotes: boolean): Generator<string> {
  let end = list.length;
  for (let at = end - 1; at >= 0; at -= 1) {
    if (quotes && list[at] === '"') at = openingQuote(list, at);
    if (list[at] !== ',') continue;
    yield trimOws(list.slice(at + 1, end));
    end = at;
  }
  yield trimOws(list.slice(0, end));
}

function* bareAddresses(list: string): Generator<IpAddress | null> {
  for (const element of fromRight(list, false)) yield parseAddress(element);
}

/**
 * Walks X-Forwarded-For from the right over the trusted proxies. Only bare addresses count: a port, brackets, a zone,
 * `unknown` or an empty element ends the walk with the last address reached (CVE-2023-36456).
 */
export const clientFromForwardedFor: ForwardedWalk = (values, peer, trusted) => {
  const list = values.length === 1 ? (values[0] ?? '') : values.join(',');
  const alone = parseAddress(list);
  if (alone !== null) return walk([alone], peer, trusted);
  return walk(trimOws(list) === '' ? [] : bareAddresses(list), peer, trusted);
};

/** RFC 7239 §4; values are tokens or quoted-strings (RFC 9110 §5.6), and no space stands around `=` or `;`. */
const pairPattern =
  /(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)|"((?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*)"))?(;|$)/y;

/** The pairs of one element by lower-case name, or null where it is none, or says something twice. */
function pairsOf(element: string): ReadonlyMap<string, string> | null {
  const pairs = new Map<string, string>();
  pairPattern.lastIndex = 0;
  for (;;) {
    const match = pairPattern.exec(element);
    if (match === null) return null;
    const [, name, token, quotedText = '', end] = match;
    if (name !== undefined) {
      if (pairs.has(name.toLowerCase())) return null;
      pairs.set(name.toLowerCase(), token ?? quotedText.replace(/\\(.)/g, '$1'));
    }
    if (end === '') return pairs;
  }
}

/** RFC 7239 §6: IPv4, or IPv6 in brackets, each with a port or without. */
const nodePattern = /^(?:([0-9.]+)|\[([0-9a-f.]*:[0-9a-f:.]*)\])(?::(?:[0-9]{1,5}|_[0-9a-z._-]+))?$/i;

function* forAddresses(list: string): Generator<IpAddress | null> {
  for (const element of fromRight(list, true)) {
    const [, ipv4, ipv6] = nodePattern.exec(pairsOf(element)?.get('for') ?? '') ?? [];
    yield parseAddress(ipv4 ?? ipv6 ?? '');
  }
}

/**
 * Walks Forwarded from the right over the trusted proxies, by `for`. An element without one, `unknown`, `_obfuscated`, a
 * name said twice and whatever the grammar does not know end the walk with the last address reached.
 */
export const clientFromForwarded: ForwardedWalk = (values, peer, trusted) => {
  const list = values.join(',');
  return walk(trimOws(list) === '' ? [] : forAddresses(list), peer, trusted);
};

function quoted(text: string): string {
  return isToken(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Writes one element (RFC 7239 §4); IPv6 in brackets and quotes (§6). */
export function writeForwarded({ for: client, proto, host }: ForwardedElement): string {
  const node = client.kind === 'ipv6' ? `[${client.text}]` : client.text;
  return `for=${quoted(node)};proto=${proto};host=${quoted(host)}`;
}
