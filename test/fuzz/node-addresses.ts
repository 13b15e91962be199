/** Addresses and trusted ranges, by the gate and by Node. */
import { BlockList, isIP } from 'node:net';
import { addressSet, type IpAddress, parseAddress, parseCidr } from '../../src/http/address.ts';

/** Throws for what is no address. */
export function addressOf(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === null) throw new Error(`no address: ${text}`);
  return address;
}

/** The ranges of the trusted proxies. */
const ranges = ['10.0.0.0/8', '127.0.0.1', '2001:db8::/32'];

/** The proxies that are trusted. */
export const trusted = addressSet(ranges.map(parseCidr).flatMap(parsed => (parsed.ok ? [parsed.cidr] : [])));

/** Node's own list, for the reading of X-Forwarded-For that any programmer would write. */
const nodesTrusted = new BlockList();
nodesTrusted.addSubnet('10.0.0.0', 8);
nodesTrusted.addAddress('127.0.0.1');
nodesTrusted.addSubnet('2001:db8::', 32, 'ipv6');

/** The same by Node. */
export function isTrusted({ text, kind }: IpAddress): boolean {
  return nodesTrusted.check(text, kind);
}

/** Null where Node takes the text for no address; a zone is none of an address's. */
export function nodesAddress(text: string): IpAddress | null {
  return isIP(text) === 0 || text.includes('%') ? null : parseAddress(text);
}
