/** Hosts, addresses, ranges, and the walks over X-Forwarded-For and Forwarded. */
import { isIP } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import {
  type AddressSet,
  addressSet,
  type Cidr,
  cidrIsLoopback,
  cidrIsSingle,
  cidrWithin,
  type IpAddress,
  parseAddress,
  parseCidr,
} from '../../src/http/address.ts';
import { clientFromForwarded, clientFromForwardedFor, writeForwarded } from '../../src/http/forwarded.ts';
import { hostKey, parseHost } from '../../src/http/host.ts';

function address(text: string): IpAddress {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`no address: ${text}`);
  return parsed;
}

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(parsed.fault);
  return parsed.cidr;
}

function setOf(...texts: string[]): AddressSet {
  return addressSet(texts.map(cidr));
}

t.test('parseHost', async t => {
  const taken: readonly [value: string, host: string, port: number | null][] = [
    ['Hub.Example', 'hub.example', null],
    ['hub.example:8000', 'hub.example', 8000],
    ['hub:65535', 'hub', 65535],
    ['my_host-1', 'my_host-1', null],
    ['10.0.0.1:80', '10.0.0.1', 80],
    ['[::1]:443', '[::1]', 443],
    ['[2001:DB8:0::1]', '[2001:db8::1]', null],
    ['1.example', '1.example', null],
  ];
  for (const [value, host, port] of taken) t.same(parseHost(value), { host, port }, value);
  const refused = [
    '',
    'hub.example@evil',
    'user:pw@hub.example',
    'hub.example.',
    '.hub.example',
    'hub..example',
    '.',
    'hub.example:',
    'hub.example:0',
    'hub.example:080',
    'hub.example:65536',
    'hub.example:100000',
    'hub.example:+80',
    'hub.example:80x',
    'hub.example:80:80',
    'hub.example/',
    'hub.example, evil',
    'hub.example evil',
    'hub.example\0',
    'hub.example\n',
    ' hub.example',
    'hub%2eexample',
    'h\xfcb.example',
    'To\u212aen',
    '127.1',
    '0177.0.0.1',
    '010.0.0.1',
    '2130706433',
    '0x7f000001',
    '1.2.3.4.5',
    '256.1.1.1',
    'a.0x',
    '::1',
    '[::1',
    '::1]',
    '[::1]x',
    '[]',
    '[1.2.3.4]',
    '[::ffff:127.0.0.1]',
    '[fe80::1%25eth0]',
    'a'.repeat(254),
  ];
  for (const value of refused) t.equal(parseHost(value), null, `refuses ${JSON.stringify(value)} (P5)`);
  t.equal(hostKey('HUB.example', 443), 'hub.example:443', 'the default port is written out');
  t.equal(hostKey('hub.example:443', 443), hostKey('hub.example', 443), 'and equals none');
  t.not(hostKey('hub.example:80', 443), hostKey('hub.example', 443), 'another port differs');
  t.equal(hostKey('hub.example.', 443), null, 'what is no host has no key');
});

t.test('parseAddress', async t => {
  const taken: readonly [text: string, kind: string, canonical: string][] = [
    ['10.0.0.1', 'ipv4', '10.0.0.1'],
    ['0.0.0.0', 'ipv4', '0.0.0.0'],
    ['255.255.255.255', 'ipv4', '255.255.255.255'],
    ['::', 'ipv6', '::'],
    ['::1', 'ipv6', '::1'],
    ['2001:DB8:0:0:0:0:0:1', 'ipv6', '2001:db8::1'],
    ['1:0:0:2:0:0:0:3', 'ipv6', '1:0:0:2::3'],
    ['1:0:0:2:3:0:0:4', 'ipv6', '1::2:3:0:0:4'],
    ['1:2:3:4:5:6:7::', 'ipv6', '1:2:3:4:5:6:7:0'],
    ['64:ff9b::10.1.2.3', 'ipv6', '64:ff9b::a01:203'],
    ['::ffff:10.1.2.3', 'ipv4', '10.1.2.3'],
    ['::FFFF:7f00:1', 'ipv4', '127.0.0.1'],
    ['0:0:0:0:0:ffff:a01:203', 'ipv4', '10.1.2.3'],
    ['::10.1.2.3', 'ipv6', '::a01:203'],
  ];
  for (const [text, kind, canonical] of taken) {
    const parsed = parseAddress(text);
    t.same([parsed?.kind, parsed?.text], [kind, canonical], `${text} is ${canonical}`);
  }
  const refused = [
    '',
    '0177.0.0.1',
    '010.0.0.1',
    '10.0.0.01',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '1.2.3.256',
    '1.2.3',
    '1.2.3.4.',
    '1.2.3.4.5',
    '+1.2.3.4',
    ' 10.0.0.1',
    '10.0.0.1 ',
    '10.0.0.1\n',
    '10.0.0.1:80',
    '10.0.0.1/32',
    '"10.0.0.1"',
    '[::1]',
    '[::1]:80',
    'fe80::1%eth0',
    '::1%1',
    '1::2::3',
    ':::',
    ':1',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7',
    '::12345',
    '::g',
    '::ffff:010.0.0.1',
    '::ffff:1.2.3',
    '::ffff:1.2.3.4:5',
    '1.2.3.4::',
    'unknown',
    '_hidden',
    'localhost',
    '\u0661.0.0.1',
  ];
  for (const text of refused) t.equal(parseAddress(text), null, `refuses ${JSON.stringify(text)} (T2)`);
  const ipText = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(ipText, text => {
      const parsed = address(text);
      const again = address(parsed.text);
      return again.text === parsed.text && again.kind === parsed.kind && `${again.bytes}` === `${parsed.bytes}`;
    }),
    { numRuns: 2000 },
  );
  const addressLike = fc.array(fc.constantFrom('0', '1', '25', 'ff', ':', '::', '.', '%', ' ', '1.2.3.4'), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(addressLike, parts => {
      const text = parts.join('');
      return (parseAddress(text) !== null) === (isIP(text) !== 0 && !text.includes('%'));
    }),
    { numRuns: 5000 },
  );
  t.pass('agrees with the platform on random texts');
});

t.test('parseCidr', async t => {
  const taken = ['10.0.0.0/8', '0.0.0.0/0', '10.0.0.7', '10.0.0.7/32', '::/0', 'fd00::/8', '::1', '2001:db8::/33'];
  for (const text of taken) t.ok(parseCidr(text).ok, `takes ${text}`);
  const refused: readonly [text: string, fault: RegExp][] = [
    ['10.0.0.1/8', /host bits.*"10\.0\.0\.0\/8".*"10\.0\.0\.1"/],
    ['2001:db8::1/64', /host bits.*"2001:db8::\/64"/],
    ['10.0.0.0/08', /leading zeros/],
    ['10.0.0.0/', /number/],
    ['10.0.0.0/+8', /number/],
    ['10.0.0.0/-1', /number/],
    ['10.0.0.0/8/8', /number/],
    ['10.0.0.0/255.0.0.0', /number/],
    ['10.0.0.0/33', /longer than 32/],
    ['::/129', /longer than 128/],
    ['10/8', /four-part/],
    ['010.0.0.0/8', /four-part/],
    ['10.0.0.0 /8', /four-part/],
    ['fe80::%eth0/64', /four-part/],
    ['localhost', /four-part/],
    ['', /four-part/],
    ['::ffff:10.0.0.0/104', /IPv4-mapped.*"10\.0\.0\.0\/8"/],
    ['::ffff:10.0.0.7', /IPv4-mapped.*"10\.0\.0\.7\/32"/],
    ['::ffff:0:0/96', /IPv4-mapped.*"0\.0\.0\.0\/0"/],
  ];
  for (const [text, fault] of refused) {
    const parsed = parseCidr(text);
    t.match(parsed.ok ? 'taken' : parsed.fault, fault, `refuses "${text}"`);
  }
});

t.test('ranges', async t => {
  const set = setOf('10.0.0.0/8', '192.168.1.128/25', '2001:db8::/33', '::1');
  t.equal(set.size, 4, 'counts its ranges');
  for (const text of ['10.0.0.0', '10.255.255.255', '::ffff:10.1.2.3', '192.168.1.128', '2001:db8:7fff::', '::1']) {
    t.ok(set.contains(address(text)), `holds ${text}`);
  }
  for (const text of [
    '9.255.255.255',
    '11.0.0.0',
    '192.168.1.127',
    '2001:db8:8000::',
    '::2',
    '::a00:1',
    '::10.0.0.1',
  ]) {
    t.notOk(set.contains(address(text)), `does not hold ${text}`);
  }
  t.notOk(setOf().contains(address('10.0.0.1')), 'no range holds nothing');
  t.notOk(setOf('::/0').contains(address('10.0.0.1')), 'IPv6 holds no IPv4');
  t.notOk(setOf('0.0.0.0/0').contains(address('::1')), 'IPv4 holds no IPv6');
  t.same(
    ['10.0.0.7', '10.0.0.0/31', '::1', '::/127'].map(text => cidrIsSingle(cidr(text))),
    [true, false, true, false],
  );
  const loops = ['127.0.0.1', '127.0.0.0/8', '::1', '126.0.0.0/7', '0.0.0.0/0', '::/127', '10.0.0.1'];
  t.same(
    loops.map(text => cidrIsLoopback(cidr(text))),
    [true, true, true, false, false, false, false],
    'loopback',
  );
  t.ok(cidrWithin(cidr('10.1.0.0/16'), cidr('10.0.0.0/8')), 'a part is within the whole');
  t.ok(cidrWithin(cidr('10.0.0.0/8'), cidr('10.0.0.0/8')), 'a range is within itself');
  t.notOk(cidrWithin(cidr('10.0.0.0/8'), cidr('10.1.0.0/16')), 'the whole is not within a part');
  t.notOk(cidrWithin(cidr('10.0.0.0/8'), cidr('10.0.0.0/16')), 'nor within a part that begins with it');
  t.notOk(cidrWithin(cidr('11.0.0.0/16'), cidr('10.0.0.0/8')), 'a stranger is not');
  t.notOk(cidrWithin(cidr('10.0.0.0/8'), cidr('::/0')), 'families do not mix');
});

t.test('clientFromForwardedFor walks from the right', async t => {
  const trusted = setOf('10.0.0.0/8', 'fd00::/8');
  const rows: readonly [rule: string, values: string[], client: string, ended: string][] = [
    ['no field: the peer', [], '10.0.0.1', 'all-trusted'],
    ['an empty field: the peer', [' '], '10.0.0.1', 'all-trusted'],
    ['one outside', ['203.0.113.9'], '203.0.113.9', 'outside'],
    ['a spoofed left end (CVE-2023-36456)', ['10.9.9.9, 203.0.113.9, 10.0.0.2'], '203.0.113.9', 'outside'],
    ['over many lines in order', ['6.6.6.6', '203.0.113.9', '10.0.0.2'], '203.0.113.9', 'outside'],
    ['all trusted: the leftmost', ['10.0.0.3,10.0.0.2'], '10.0.0.3', 'all-trusted'],
    ['IPv6 proxies', ['2001:db8::9, fd00::1'], '2001:db8::9', 'outside'],
    ['an IPv4-mapped proxy', ['203.0.113.9, ::ffff:10.0.0.2'], '203.0.113.9', 'outside'],
    ['an empty element is not skipped', ['6.6.6.6,,10.0.0.2'], '10.0.0.2', 'unparsable'],
    ['an empty line is not skipped', ['6.6.6.6', '', '10.0.0.2'], '10.0.0.2', 'unparsable'],
  ];
  for (const [rule, values, client, ended] of rows) {
    const found = clientFromForwardedFor(values, address('10.0.0.1'), trusted);
    t.same([found.address.text, found.ended], [client, ended], rule);
  }
  const elements =
    'unknown|_hidden|127.1|2130706433|0177.0.0.1|010.0.0.1|[::1]:80|[::1]|10.0.0.5:80|fe80::1%eth0|" 10.0.0.1"|10.0.0.5 x|\x0b10.0.0.5|10.0.0.0/8';
  for (const element of elements.split('|')) {
    const found = clientFromForwardedFor([`6.6.6.6, ${element}, 10.0.0.2`], address('10.0.0.1'), trusted);
    t.same([found.address.text, found.ended], ['10.0.0.2', 'unparsable'], `${element} ends the walk (T2)`);
  }
});

t.test('clientFromForwarded walks from the right', async t => {
  const trusted = setOf('10.0.0.0/8', 'fd00::/8');
  const clientOf = (...values: string[]): string[] => {
    const found = clientFromForwarded(values, address('10.0.0.1'), trusted);
    return [found.address.text, found.ended];
  };
  const rows: readonly [rule: string, values: string[], client: string, ended: string][] = [
    ['no field: the peer', [], '10.0.0.1', 'all-trusted'],
    ['an empty field: the peer', [' '], '10.0.0.1', 'all-trusted'],
    ['one outside', ['for=203.0.113.9'], '203.0.113.9', 'outside'],
    ['names in any case, in any order', ['proto=https;FOR=203.0.113.9;by=10.0.0.1'], '203.0.113.9', 'outside'],
    ['extensions and empty pairs', [';secret=x;;for=203.0.113.9;'], '203.0.113.9', 'outside'],
    ['quotes that need not be', ['for="203.0.113.9"'], '203.0.113.9', 'outside'],
    ['escapes', ['for="203.0.113.\\9"'], '203.0.113.9', 'outside'],
    ['a port', ['for="203.0.113.9:443"'], '203.0.113.9', 'outside'],
    ['an obfuscated port', ['for="203.0.113.9:_p-1"'], '203.0.113.9', 'outside'],
    ['IPv6', ['For="[2001:DB8:0::9]"'], '2001:db8::9', 'outside'],
    ['IPv6 with a port', ['for="[2001:db8::9]:4711"'], '2001:db8::9', 'outside'],
    ['IPv6 proxies', ['for="[2001:db8::9]", for="[fd00::1]:1"'], '2001:db8::9', 'outside'],
    ['an IPv4-mapped proxy', ['for=203.0.113.9, for="[::ffff:10.0.0.2]"'], '203.0.113.9', 'outside'],
    ['a spoofed left end', ['for=10.9.9.9, for=203.0.113.9,\tfor=10.0.0.2 '], '203.0.113.9', 'outside'],
    ['over many lines in order', ['for=6.6.6.6', 'for=203.0.113.9', 'for=10.0.0.2'], '203.0.113.9', 'outside'],
    ['all trusted: the leftmost', ['for=10.0.0.3,for=10.0.0.2'], '10.0.0.3', 'all-trusted'],
    ['commas in quotes', ['for=203.0.113.9;host="a, for=6.6.6.6"'], '203.0.113.9', 'outside'],
    ['escaped quotes', ['for=203.0.113.9;host="a\\", for=6.6.6.6;x=\\"\\\\"'], '203.0.113.9', 'outside'],
    ['a quote left open on the left', ['for="6.6.6.6, for=203.0.113.9;host="h:1"'], '203.0.113.9', 'outside'],
    ['an empty element is not skipped', ['for=6.6.6.6,,for=10.0.0.2'], '10.0.0.2', 'unparsable'],
    ['an empty line is not skipped', ['for=6.6.6.6', '', 'for=10.0.0.2'], '10.0.0.2', 'unparsable'],
  ];
  for (const [rule, values, client, ended] of rows) t.same(clientOf(...values), [client, ended], rule);
  const elements = [
    ...['for=unknown', 'for=_hidden', 'for="_hidden:_1"', 'proto=https', ';', '203.0.113.9', 'for', 'for=', 'for=""'],
    ...['for=203.0.113.9;for=203.0.113.9', 'for=203.0.113.9;For=10.0.0.3', 'proto=http;for=203.0.113.9;proto=http'],
    ...['for=203.0.113.9:443', 'for=[2001:db8::9]', 'for="2001:db8::9"', 'for="[203.0.113.9]"', 'for="[fe80::1%1]"'],
    ...['for="203.0.113.9:"', 'for="203.0.113.9:123456"', 'for="[2001:db8::9]:x"', 'for="[2001:db8::9"', 'for=127.1'],
    ...['for=0177.0.0.1', 'for=2130706433', 'for=10.0.0.0/8', 'for = 203.0.113.9', 'for=203.0.113.9; proto=https'],
    ...['for=203.0.113.9 x', 'for="203.0.113.9', 'for="203.0.113.9\\"', "for='203.0.113.9'", 'for="203.0.113.9"x'],
    ...['for=203.0.113.9;host=a b', 'for=203.0.113.9;host="a\x00"', '\x0bfor=203.0.113.9', 'for="unix:"'],
  ];
  for (const element of elements) {
    t.same(clientOf(`for=6.6.6.6, ${element}, for=10.0.0.2`), ['10.0.0.2', 'unparsable'], `${element} ends the walk`);
  }
});

t.test('what stands left of a proxy’s element is the client’s to write, and never changes the client', async t => {
  const trusted = setOf('10.0.0.0/8');
  const peer = address('10.0.0.1');
  const spoof = fc
    .array(fc.constantFrom('for=', '6.6.6.6', '10.0.0.9', '"', '\\', ',', ';', '=', ' ', '[::1]', 'host', 'x="'))
    .map(parts => parts.join(''));
  const left = fc.oneof(spoof, fc.string({ unit: 'binary' }));
  const host = fc.string({ unit: 'grapheme-ascii' });
  fc.assert(
    fc.property(left, host, fc.boolean(), (text, host, sameLine) => {
      const own = [writeForwarded({ for: address('203.0.113.9'), proto: 'https', host }), 'for=10.0.0.2'].join(', ');
      const { address: client } = clientFromForwarded(sameLine ? [`${text}, ${own}`] : [text, own], peer, trusted);
      return client.text === '203.0.113.9';
    }),
    { numRuns: 5000 },
  );
  fc.assert(
    fc.property(left, fc.boolean(), (text, sameLine) => {
      const own = '203.0.113.9, 10.0.0.2';
      const { address: client } = clientFromForwardedFor(sameLine ? [`${text},${own}`] : [text, own], peer, trusted);
      return client.text === '203.0.113.9';
    }),
    { numRuns: 2000 },
  );
  t.pass('5000 spoofs of Forwarded and 2000 of X-Forwarded-For');
});

t.test('writeForwarded', async t => {
  const rows: readonly [client: string, host: string, written: string][] = [
    ['203.0.113.9', 'hub.example', 'for=203.0.113.9;proto=https;host=hub.example'],
    ['203.0.113.9', 'hub.example:8443', 'for=203.0.113.9;proto=https;host="hub.example:8443"'],
    ['2001:db8::9', '[::1]', 'for="[2001:db8::9]";proto=https;host="[::1]"'],
    ['203.0.113.9', 'a"\\b', 'for=203.0.113.9;proto=https;host="a\\"\\\\b"'],
  ];
  for (const [client, host, written] of rows) {
    t.equal(writeForwarded({ for: address(client), proto: 'https', host }), written, written);
  }
});
