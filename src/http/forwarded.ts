/** The forwarding fields: whom X-Forwarded-For names, and how Forwarded is written (RFC 7239). */
import { type AddressSet, type IpAddress, parseAddress } from './address.ts';
import { isToken, trimOws } from './field.ts';

/** Where the walk over X-Forwarded-For ended, and with whom. */
export interface ForwardedClient {
  readonly address: IpAddress;
  /** At an address that is no trusted proxy; past the leftmost element; or at an element that is no bare address. */
  readonly ended: 'outside' | 'all-trusted' | 'unparsable';
}

/** What one `Forwarded` element says. */
export interface ForwardedElement {
  readonly for: IpAddress;
  readonly proto: 'http' | 'https';
  /** A host that `parseHost` takes. */
  readonly host: string;
}

/**
 * Walks X-Forwarded-For from the right over the trusted proxies; `peer` stands right of the rightmost element and is known
 * to be trusted. Only bare addresses count: a port, brackets, a zone, `unknown` or an empty element ends the walk with the
 * last address reached (CVE-2023-36456).
 */
export function clientFromForwardedFor(
  values: readonly string[],
  peer: IpAddress,
  trusted: AddressSet,
): ForwardedClient {
  const list = values.join(',');
  let reached = peer;
  if (trimOws(list) === '') return { address: reached, ended: 'all-trusted' };
  for (const element of list.split(',').reverse()) {
    const address = parseAddress(trimOws(element));
    if (address === null) return { address: reached, ended: 'unparsable' };
    reached = address;
    if (!trusted.contains(address)) return { address: reached, ended: 'outside' };
  }
  return { address: reached, ended: 'all-trusted' };
}

function quoted(text: string): string {
  return isToken(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** Writes one element (RFC 7239 §4); IPv6 in brackets and quotes (§6). */
export function writeForwarded({ for: client, proto, host }: ForwardedElement): string {
  const node = client.kind === 'ipv6' ? `[${client.text}]` : client.text;
  return `for=${quoted(node)};proto=${proto};host=${quoted(host)}`;
}
