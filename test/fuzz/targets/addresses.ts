/** Addresses, ranges and hosts: what is taken is what Node and a URL take for one, and has one canonical form. */
import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { addressSet, parseAddress, parseCidr } from '../../../src/http/address.ts';
import { clientFromForwarded, writeForwarded } from '../../../src/http/forwarded.ts';
import { hostKey, parseHost } from '../../../src/http/host.ts';
import { addressOf, isTrusted, trusted } from '../node-addresses.ts';
import { demand, demandSame, type FuzzTarget } from '../target.ts';

function demandAddress(text: string): void {
  const address = parseAddress(text);
  demandSame(
    address !== null,
    isIP(text) !== 0 && !text.includes('%'),
    'an address is what Node takes for one, without a zone',
    text,
  );
  if (address === null) return;
  demandSame(parseAddress(address.text), address, 'an address is its own canonical form', text);
  demandSame(address.bytes.length, address.kind === 'ipv4' ? 4 : 16, 'an address has all its bytes');
  demandSame(trusted.contains(address), isTrusted(address), 'a range holds what Node says it holds', text);
  const host = address.kind === 'ipv6' ? `[${address.text}]` : address.text;
  demandSame(new URL(`http://${host}/`).hostname, host, 'a URL writes it in the same way');
  const written = writeForwarded({ for: address, proto: 'https', host: 'hub.example:8443' });
  demandSame(
    clientFromForwarded([written], addressOf('127.0.0.1'), trusted).address,
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
  for (const other of [network.text, '203.0.113.9', '10.0.0.1', '::1', '2001:db8::1', '255.255.255.255']) {
    const address = addressOf(other);
    const same = address.kind === network.kind && list.check(other, address.kind);
    demandSame(set.contains(address), same, 'a range holds what Node says it holds', text, other);
  }
}

function demandHost(text: string): void {
  const parsed = parseHost(text);
  if (parsed === null) return;
  const url = URL.parse(`http://${text}/`);
  demand(url !== null, 'a URL takes the host', text);
  demandSame([url.hostname, url.username, url.pathname], [parsed.host, '', '/'], 'a URL reads the same host', text);
  demandSame(url.port, String(parsed.port ?? '').replace(/^80$/, ''), 'and the same port', text);
  demandSame(hostKey(hostKey(text, 443) ?? '', 80), hostKey(text, 443), 'a host is its own canonical form');
}

const atoms = [
  ...[
    '10.0.0.1',
    '127.0.0.1',
    '255.255.255.255',
    '2001:db8::1',
    '::1',
    '::',
    '::ffff:10.0.0.1',
    '::10.0.0.1',
    '0177.0.0.1',
  ],
  ...['127.1', '2130706433', '0x7f.1', 'fe80::1%eth0', '010.0.0.1', '10.0.0.0/8', '::/0', '10.0.0.0/08', '10.0.0.1/32'],
  ...['::ffff:1.2.3.4/100', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:1.2.3.4', '64:ff9b::1.2.3.4', '2001:db8::/32', '1::2::3'],
  ...[
    'hub.example',
    'hub.example:8443',
    '[::1]',
    '[2001:DB8:0:0::1]:80',
    'HUB.example',
    'hub.example.',
    'hub_x:0',
    '1.2.3.4:80',
  ],
  ...['a.b.0x1', '1e3', 'hub.example:65536', 'xn--bcher-kva.example', 'a@hub.example', '[::ffff:1.2.3.4]'],
];

/** One address, range or host. */
export const addresses: FuzzTarget = {
  name: 'addresses',
  grammar: fc.array(fc.constantFrom(...atoms), { minLength: 1, maxLength: 2 }).map(parts => parts.join('')),
  words: [
    ...atoms,
    '.',
    ':',
    '::',
    '/',
    '0',
    '00',
    '1',
    'f',
    '[',
    ']',
    '%',
    '/24',
    '/128',
    ':80',
    '-',
    '_',
    '0x',
    'e',
    '\xad',
  ],
  mostBytes: 4096,
  mostMs: 50,
  check(input) {
    demandAddress(input);
    demandRange(input);
    demandHost(input);
  },
};
