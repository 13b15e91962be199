/** The client address: the walk from the right reads what trusted proxies wrote, whatever a client wrote before it. */
import fc from 'fast-check';
import { clientFromForwarded, clientFromForwardedFor, type ForwardedWalk } from '../../../src/http/forwarded.ts';
import { addressOf, isTrusted, nodesAddress, trusted } from '../node-addresses.ts';
import { demand, demandSame, type FuzzTarget } from '../target.ts';
import { trimmed } from '../trimmed.ts';

const peer = addressOf('127.0.0.1');
const outside = '203.0.113.9';

function plainWalk(lines: readonly string[]): string {
  let reached = peer;
  const list = lines.join(',').split(',');
  for (const element of list.toReversed()) {
    const address = nodesAddress(trimmed(element));
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
    const { address, ended } = clientFromForwarded([element], reached, trusted);
    reached = address;
    if (ended !== 'all-trusted') break;
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
  },
};
