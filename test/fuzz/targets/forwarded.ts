/** The client address: the walk from the right reads what trusted proxies wrote, whatever a client wrote before it. */
import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { addressSet, type IpAddress, parseAddress, parseCidr } from '../../../src/http/address.ts';
import {
  clientFromForwarded,
  clientFromForwardedFor,
  type ForwardedWalk,
  writeForwarded,
} from '../../../src/http/forwarded.ts';
import { hostKey } from '../../../src/http/host.ts';
import { demand, demandSame, type FuzzTarget } from '../target.ts';

function addressOf(text: string): IpAddress {
  const address = parseAddress(text);
  if (address === null) throw new Error(`no address: ${text}`);
  return address;
}

const ranges = ['10.0.0.0/8', '127.0.0.1', '2001:db8::/32'];
const trusted = addressSet(ranges.map(parseCidr).flatMap(parsed => (parsed.ok ? [parsed.cidr] : [])));
const peer = addressOf('127.0.0.1');
const outside = '203.0.113.9';
/** Node's lists cost more than what they are compared with. */
const mostElements = 24;

/** Node's own list, for the reading of X-Forwarded-For that any programmer would write. */
const nodesTrusted = new BlockList();
nodesTrusted.addSubnet('10.0.0.0', 8);
nodesTrusted.addAddress('127.0.0.1');
nodesTrusted.addSubnet('2001:db8::', 32, 'ipv6');

function isTrusted({ text, kind }: IpAddress): boolean {
  return nodesTrusted.check(text, kind);
}

/** Null where Node takes the text for no address; a zone is none of an address's. */
function nodesAddress(text: string): IpAddress | null {
  return isIP(text) === 0 || text.includes('%') ? null : parseAddress(text);
}

function plainWalk(lines: readonly string[]): string {
  let reached = peer;
  const list = lines.join(',').split(',');
  for (const element of list.toReversed()) {
    const address = nodesAddress(element.replace(/^[ \t]+|[ \t]+$/g, ''));
    if (address === null) return reached.text;
    reached = address;
    if (!isTrusted(address)) return reached.text;
  }
  return reached.text;
}

/** RFC 7239 §4, from the left; null where the whole is not of its grammar. */
function elementsOf(list: string): string[] | null {
  const pair = /[!#$%&'*+.^_`|~\w-]+=(?:[!#$%&'*+.^_`|~\w-]+|"(?:[\t !#-[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*")/.source;
  const element = new RegExp(`[ \\t]*((?:${pair})(?:;(?:${pair}))*)[ \\t]*(,|$)`, 'y');
  const elements: string[] = [];
  for (;;) {
    const [whole, text, end] = element.exec(list) ?? [];
    if (whole === undefined || text === undefined) return null;
    elements.push(text);
    if (end === '') return elements;
  }
}

/** A list that is read from the left without a fault is the same list from the right. */
function demandFromLeft(list: string): void {
  const elements = elementsOf(list);
  if (elements === null) return;
  let reached = peer;
  for (const element of elements.toReversed()) {
    const { address } = clientFromForwarded([element], reached, trusted);
    if (address === reached) break;
    reached = address;
    if (!isTrusted(reached)) break;
  }
  demandSame(
    clientFromForwarded([list], peer, trusted).address,
    reached,
    'from the left it is the same list',
    elements,
  );
}

interface Kind {
  readonly walk: ForwardedWalk;
  readonly element: (address: string) => string;
}

const kinds: readonly Kind[] = [
  { walk: clientFromForwardedFor, element: address => address },
  { walk: clientFromForwarded, element: address => `for=${address.includes(':') ? `"[${address}]"` : address}` },
];

/** What a client wrote has no say in what stands behind it. */
function demandRightmost({ walk, element }: Kind, lines: readonly string[]): void {
  const last = lines.at(-1) ?? '';
  const chains = [
    [...lines, element(outside)],
    [...lines.slice(0, -1), `${last}, ${element(outside)}`],
  ];
  for (const chain of chains) {
    const { address, ended } = walk(chain, peer, trusted);
    demandSame([address.text, ended], [outside, 'outside'], 'what stands left of an outsider says nothing', chain);
  }
  const proxy = addressOf('10.1.2.3');
  const through = walk([...lines, element(proxy.text)], peer, trusted);
  const wanted = walk(lines, proxy, trusted).address;
  demandSame(through.address, wanted, 'a trusted element is like a peer', lines);
}

function demandAddress(text: string): void {
  const address = parseAddress(text);
  const nodeTakes = isIP(text) !== 0 && !text.includes('%');
  demandSame(address !== null, nodeTakes, 'an address is what Node takes for one, without a zone', text);
  if (address === null) return;
  demandSame(parseAddress(address.text), address, 'an address is its own canonical form', text);
  demandSame(address.bytes.length, address.kind === 'ipv4' ? 4 : 16, 'an address has all its bytes');
  demandSame(trusted.contains(address), isTrusted(address), 'a range holds what Node says it holds', text);
  const url = new URL(`http://${address.kind === 'ipv6' ? `[${address.text}]` : address.text}/`);
  demandSame(
    url.hostname.replace(/[[\]]/g, '').includes('.') || address.kind === 'ipv6',
    true,
    'a URL takes it',
    url.host,
  );
  const written = writeForwarded({ for: address, proto: 'https', host: 'hub.example:8443' });
  demandSame(
    clientFromForwarded([written], peer, trusted).address,
    address,
    'Forwarded is read as it was written',
    written,
  );
}

function demandRange(text: string): void {
  const parsed = parseCidr(text);
  if (!parsed.ok) return;
  const { network, prefix } = parsed.cidr;
  const list = new BlockList();
  list.addSubnet(network.text, prefix, network.kind);
  const set = addressSet([parsed.cidr]);
  for (const other of [network.text, outside, '10.0.0.1', '::1', '2001:db8::1', '255.255.255.255']) {
    const address = addressOf(other);
    const same = address.kind === network.kind && list.check(other, address.kind);
    demandSame(set.contains(address), same, 'a range holds what Node says it holds', text, other);
  }
}

const atoms = [
  ...[
    '10.0.0.1',
    '127.0.0.1',
    outside,
    '2001:db8::1',
    '::1',
    '::ffff:10.0.0.1',
    '::10.0.0.1',
    '0177.0.0.1',
    '2130706433',
  ],
  ...[
    '127.1',
    'unknown',
    '_hidden',
    '',
    '10.0.0.1:80',
    '[2001:db8::1]',
    '[::1]:80',
    'fe80::1%eth0',
    '010.0.0.1',
    '1.2.3.4/32',
  ],
  ...[
    '10.0.0.0/8',
    '::/0',
    '10.0.0.0/08',
    '::ffff:1.2.3.4/100',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:1.2.3.4',
    '64:ff9b::1.2.3.4',
  ],
  ...[
    'for=10.0.0.1',
    'For="[2001:db8::1]:4711"',
    'for="_x"',
    'for=unknown;proto=http',
    'by=x;for=203.0.113.9',
    'for="a, b"',
    'for="\\"',
    'for=10.0.0.1;x="a\\", b"',
    'for=10.0.0.1;x="\\\\"',
    ', for=203.0.113.9, ',
  ],
];

/** Lines of a forwarding field; the kind of the first character. */
export const forwardedFields: FuzzTarget = {
  name: 'forwarded',
  grammar: fc
    .array(fc.tuple(fc.constantFrom(...atoms), fc.constantFrom(', ', ',', ', ', '\n', ';', ' ', '"', '\t,')), {
      maxLength: 8,
    })
    .map(parts => parts.flat().join('')),
  words: [...atoms, 'for=', 'FOR=', '"', '\\"', '\\', ', ', ';', '="[', ']"', '::', '%25', '.0', '/24'],
  mostBytes: 16 * 1024,
  mostMs: 50,
  check(input) {
    const lines = input.split('\n');
    for (const kind of kinds) demandRightmost(kind, lines);
    const found = clientFromForwardedFor(lines, peer, trusted).address.text;
    demandSame(found, plainWalk(lines), 'X-Forwarded-For is read like a list of addresses', lines);
    for (const line of lines) demandFromLeft(line);
    const named = clientFromForwarded(lines, peer, trusted).address;
    const mapped = input.toLowerCase().includes('::ffff:') || input.includes(':');
    demand(
      named === peer || mapped || input.includes(named.text),
      'Forwarded gives nobody whom it does not name',
      named,
    );
    for (const element of input.split(/[,\n]/, mostElements)) {
      demandAddress(element.trim());
      demandRange(element.trim());
      hostKey(element, 443);
    }
  },
};
