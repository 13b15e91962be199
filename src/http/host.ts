/** The Host field and other authorities, read strictly (RFC 9110 §7.2, RFC 3986 §3.2.2). */
import { parseAddress } from './address.ts';

/** A parsed authority; `host` is lower-case, IPv6 canonical and in brackets, `port` null where none is written. */
export interface HostParse {
  readonly host: string;
  readonly port: number | null;
}

const hostAndPort = /^([a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::([1-9][0-9]{0,4}))?$/i;
const numericLabel = /^(?:[0-9]+|0x[0-9a-f]*)$/i;

function canonicalIpv6(bracketed: string): string | null {
  const address = parseAddress(bracketed.slice(1, -1));
  return address?.kind === 'ipv6' ? `[${address.text}]` : null;
}

/** WHATWG reads a name whose last label is a number as IPv4 in any notation: only the four-part decimal one may stand. */
function canonicalName(name: string): string | null {
  const labels = name.split('.');
  if (labels.includes('')) return null;
  if (numericLabel.test(labels.at(-1) ?? '') && parseAddress(name) === null) return null;
  return name.toLowerCase();
}

/**
 * Takes a name of letters, digits, `-`, `.` and `_`, a four-part IPv4, or `[IPv6]` (not IPv4-mapped), each with an optional
 * port; null for userinfo, a trailing dot, an empty port, a leading zero and anything else (P5).
 */
export function parseHost(value: string): HostParse | null {
  const [, written = '', digits] = hostAndPort.exec(value) ?? [];
  if (written === '') return null;
  const host = written.startsWith('[') ? canonicalIpv6(written) : canonicalName(written);
  const port = digits === undefined ? null : Number(digits);
  return host === null || (port !== null && port > 65535) ? null : { host, port };
}

/** The canonical `host:port` for comparing, or null where `parseHost` gives null. */
export function hostKey(value: string, defaultPort: number): string | null {
  const parsed = parseHost(value);
  return parsed === null ? null : `${parsed.host}:${parsed.port ?? defaultPort}`;
}
