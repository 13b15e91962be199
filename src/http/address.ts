/** IP addresses and CIDRs, read strictly; the only file that knows ipaddr.js. */
import ipaddr from 'ipaddr.js';
import { derived } from './derived.ts';
import { remembering } from './recent-texts.ts';

/** An address in canonical form; IPv4-mapped IPv6 is IPv4 here. */
export interface IpAddress {
  readonly kind: 'ipv4' | 'ipv6';
  /** RFC 5952 for IPv6; parses back to the same address. */
  readonly text: string;
  /** Network order, four or sixteen of them. */
  readonly bytes: readonly number[];
}

/** A range without host bits. */
export interface Cidr {
  readonly network: IpAddress;
  /** 0–32 for IPv4, 0–128 for IPv6. */
  readonly prefix: number;
}

/** A range, or why it is refused. */
export type CidrParse = { readonly ok: true; readonly cidr: Cidr } | { readonly ok: false; readonly fault: string };

/** Any number of ranges; an IPv4 range never holds an IPv6 address, nor the other way round. */
export interface AddressSet {
  /** How many ranges it was made from. */
  readonly size: number;
  contains(address: IpAddress): boolean;
}

type IPv4 = ipaddr.IPv4;
type IPv6 = ipaddr.IPv6;
const { IPv4, IPv6 } = ipaddr;

const fourParts = /^(?:0|[1-9][0-9]{0,2})(?:\.(?:0|[1-9][0-9]{0,2})){3}$/;
const hexGroups = /^(?:[0-9a-f]{0,4}:){2,8}[0-9a-f.]*$/i;
const prefixPattern = /^(?:0|[1-9][0-9]{0,2})$/;
const longestAddress = 45;

function isStrictIpv4(text: string): boolean {
  return fourParts.test(text) && IPv4.isValidFourPartDecimal(text);
}

function readIpv4(text: string): IPv4 | null {
  return isStrictIpv4(text) ? IPv4.parse(text) : null;
}

/** ipaddr.js takes `::1.2.3.4` for IPv4-mapped: a dotted tail goes to it as the two groups that it stands for. */
function withHexTail(text: string): string | null {
  const tailAt = text.lastIndexOf(':') + 1;
  const tail = text.slice(tailAt);
  if (!tail.includes('.')) return text;
  const ipv4 = readIpv4(tail);
  if (ipv4 === null) return null;
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.octets;
  return `${text.slice(0, tailAt)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function readIpv6(text: string): IPv6 | null {
  if (text.length > longestAddress || !hexGroups.test(text)) return null;
  const groups = withHexTail(text);
  return groups !== null && IPv6.isValid(groups) ? IPv6.parse(groups) : null;
}

function addressOf(parsed: IPv4 | IPv6): IpAddress {
  const bytes = parsed.toByteArray();
  if (parsed instanceof IPv4) return { kind: 'ipv4', text: parsed.toString(), bytes };
  return { kind: 'ipv6', text: parsed.toRFC5952String(), bytes };
}

function read(text: string): IpAddress | null {
  const ipv4 = readIpv4(text);
  if (ipv4 !== null) return addressOf(ipv4);
  const ipv6 = readIpv6(text);
  if (ipv6 === null) return null;
  return addressOf(ipv6.isIPv4MappedAddress() ? ipv6.toIPv4Address() : ipv6);
}

/**
 * Takes four-part decimal IPv4 without leading zeros and IPv6 without zone, brackets or port; null for everything else,
 * such as `0177.0.0.1`, `127.1` or `2130706433` (CVE-2021-28918, CVE-2024-29415).
 */
export const parseAddress: (text: string) => IpAddress | null = remembering(read, {
  entries: 4096,
  characters: 128 * 1024,
});

function bitsOf(address: IpAddress): number {
  return address.bytes.length * 8;
}

function samePrefix(left: IpAddress, right: IpAddress, prefix: number): boolean {
  if (left.kind !== right.kind) return false;
  return left.bytes.every((byte, at) => {
    const unused = Math.min(8, Math.max(0, (at + 1) * 8 - prefix));
    return byte >> unused === (right.bytes[at] ?? 0) >> unused;
  });
}

function networkOf(address: IpAddress, prefix: number): IpAddress {
  const masked = address.bytes.map((byte, at) => {
    const unused = Math.min(8, Math.max(0, (at + 1) * 8 - prefix));
    return (byte >> unused) << unused;
  });
  return addressOf(address.kind === 'ipv4' ? new IPv4(masked) : new IPv6(masked));
}

function mappedFault(text: string, ipv4: IpAddress, prefix: number): string {
  const hint = prefix >= 96 ? `${networkOf(ipv4, prefix - 96).text}/${prefix - 96}` : '0.0.0.0/0';
  return `"${text}" is an IPv4-mapped range, which never matches: write "${hint}"`;
}

function cidrFault(text: string, address: IpAddress, prefix: number): string | null {
  if (prefix > bitsOf(address)) return `the prefix of "${text}" is longer than ${bitsOf(address)} bits`;
  const network = networkOf(address, prefix);
  if (network.text === address.text) return null;
  return `"${text}" has host bits set: write "${network.text}/${prefix}", or "${address.text}" for that one address`;
}

function prefixOf(digits: string | null, bits: number): number | null {
  if (digits === null) return bits;
  return prefixPattern.test(digits) ? Number(digits) : null;
}

/** Reads `10.0.0.0/8`, or a single address as its whole-length range; host bits and leading zeros are faults. */
export function parseCidr(text: string): CidrParse {
  const slash = text.indexOf('/');
  const addressText = slash === -1 ? text : text.slice(0, slash);
  const parsed = readIpv4(addressText) ?? readIpv6(addressText);
  if (parsed === null) {
    return { ok: false, fault: `"${text}" does not begin with a four-part decimal IPv4 or an IPv6 address` };
  }
  const exact = addressOf(parsed);
  const prefix = prefixOf(slash === -1 ? null : text.slice(slash + 1), bitsOf(exact));
  if (prefix === null) return { ok: false, fault: `the prefix of "${text}" is not a number without leading zeros` };
  if (parsed instanceof IPv6 && parsed.isIPv4MappedAddress()) {
    return { ok: false, fault: mappedFault(text, addressOf(parsed.toIPv4Address()), Math.min(prefix, 128)) };
  }
  const fault = cidrFault(text, exact, prefix);
  return fault === null ? { ok: true, cidr: { network: exact, prefix } } : { ok: false, fault };
}

/** Holds for a range of exactly one address. */
export function cidrIsSingle(cidr: Cidr): boolean {
  return cidr.prefix === bitsOf(cidr.network);
}

/** Holds where both ends are the same family and no address of `inner` lies outside `outer`. */
export function cidrWithin(inner: Cidr, outer: Cidr): boolean {
  return inner.prefix >= outer.prefix && samePrefix(inner.network, outer.network, outer.prefix);
}

const loopback: readonly Cidr[] = ['127.0.0.0/8', '::1'].flatMap(text => {
  const parsed = parseCidr(text);
  return parsed.ok ? [parsed.cidr] : [];
});

/** Holds for ranges wholly within 127.0.0.0/8 or ::1 (RFC 6890 §2.2.2, §2.2.3). */
export function cidrIsLoopback(cidr: Cidr): boolean {
  return loopback.some(range => cidrWithin(cidr, range));
}

/** Compiles ranges for asking many times. */
export function addressSet(cidrs: readonly Cidr[]): AddressSet {
  return {
    size: cidrs.length,
    contains: derived(address => cidrs.some(({ network, prefix }) => samePrefix(address, network, prefix))),
  };
}
