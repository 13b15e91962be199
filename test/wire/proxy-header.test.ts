/** The PROXY protocol's header, versions 1 and 2: what it takes, and that nothing else passes for one (T3). */
import fc from 'fast-check';
import t from 'tap';
import { parseAddress } from '../../src/http/address.ts';
import { readProxyHeader } from '../../src/wire/message/proxy-header.ts';
import { type VersionTwo, versionTwo } from '../clients/proxy-headers.ts';

/** What is read, in short: the source, `nobody`, `more`, or what is wrong. */
function read(bytes: string | Buffer): string {
  const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
  const header = readProxyHeader(buffer);
  if (header === null) return 'more';
  if (typeof header === 'string') return header;
  t.ok(header.length <= buffer.length, 'no more is read than there is');
  return header.source?.text ?? 'nobody';
}

const longAddress = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';

t.test('version 1: what is taken', async t => {
  const rows: readonly [line: string, source: string][] = [
    ['PROXY TCP4 203.0.113.9 10.0.0.1 51234 443', '203.0.113.9'],
    ['PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535', '255.255.255.255'],
    ['PROXY TCP4 0.0.0.0 0.0.0.0 0 0', '0.0.0.0'],
    ['PROXY TCP6 2001:db8::9 fd00::1 51234 443', '2001:db8::9'],
    ['PROXY TCP6 2001:DB8:0:0:0:0:0:9 ::1 1 2', '2001:db8::9'],
    ['PROXY TCP6 ::ffff:203.0.113.9 ::1 1 2', '203.0.113.9'],
    [`PROXY TCP6 ${longAddress} ${longAddress} 65535 65535`, longAddress],
    ['PROXY UNKNOWN', 'nobody'],
    ['PROXY UNKNOWN ', 'nobody'],
    ['PROXY UNKNOWN 1.2.3.4 whatever', 'nobody'],
    [`PROXY UNKNOWN ${longAddress} ${longAddress} 65535 65535`, 'nobody'],
  ];
  for (const [line, source] of rows) {
    t.equal(read(`${line}\r\n`), source, line);
    t.equal(read(`${line}\r\nGET / HTTP/1.1\r\n`), source, 'with more behind it');
    const header = readProxyHeader(Buffer.from(`${line}\r\n\r\n`));
    t.match(header, { length: line.length + 2 }, 'and not a byte more is its own');
    for (let length = 0; length < line.length + 2; length += 1)
      t.equal(read(`${line}\r\n`.slice(0, length)), 'more', `${length} bytes of it are not whole`);
  }
});

t.test('version 1: what is not', async t => {
  const form = 'version 1: the line is not of its form';
  const address = 'version 1: an address is none';
  const character = 'version 1: a character that is not printable, or CR and LF apart';
  const rows: readonly [bytes: string, fault: string][] = [
    ['PROXY TCP4 203.0.113.9 10.0.0.1 51234\r\n', form],
    ['PROXY TCP4 203.0.113.9 10.0.0.1 51234 443 1\r\n', form],
    ['PROXY TCP4 203.0.113.9 10.0.0.1 51234 443 \r\n', form],
    ['PROXY TCP4  203.0.113.9 10.0.0.1 51234 443\r\n', form],
    ['PROXY  TCP4 203.0.113.9 10.0.0.1 51234 443\r\n', form],
    ['PROXY TCP4 203.0.113.9 10.0.0.1 051234 443\r\n', form],
    ['PROXY TCP4 203.0.113.9 10.0.0.1 +1 443\r\n', form],
    ['PROXY TCP4 203.0.113.9 10.0.0.1 1e3 443\r\n', form],
    ['PROXY TCP4 203.0.113.9 10.0.0.1 -1 443\r\n', form],
    ['PROXY TCP4 203.0.113.9 10.0.0.1 123456 443\r\n', form],
    ['PROXY tcp4 203.0.113.9 10.0.0.1 51234 443\r\n', form],
    ['PROXY TCP5 203.0.113.9 10.0.0.1 51234 443\r\n', form],
    ['PROXY UDP4 203.0.113.9 10.0.0.1 51234 443\r\n', form],
    ['PROXY unknown\r\n', form],
    ['PROXY UNKNOWNS\r\n', form],
    ['PROXY \r\n', form],
    ['PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n', form],
    ['PROXY TCP6 [::1] ::1 1 2\r\n', form],
    ['PROXY TCP4 203.0.113.9:1 10.0.0.1 1 2\r\n', address],
    ['PROXY TCP4 0177.0.0.1 10.0.0.1 1 2\r\n', address],
    ['PROXY TCP4 127.1 10.0.0.1 1 2\r\n', address],
    ['PROXY TCP4 2130706433 10.0.0.1 1 2\r\n', address],
    ['PROXY TCP4 010.0.0.1 10.0.0.1 1 2\r\n', address],
    ['PROXY TCP4 256.0.0.1 10.0.0.1 1 2\r\n', address],
    ['PROXY TCP4 203.0.113.9 10.0.0.01 1 2\r\n', address],
    ['PROXY TCP4 ::ffff:203.0.113.9 10.0.0.1 1 2\r\n', address],
    ['PROXY TCP6 203.0.113.9 ::1 1 2\r\n', address],
    ['PROXY TCP6 ::1 10.0.0.1 1 2\r\n', address],
    ['PROXY TCP6 1:2:3 ::1 1 2\r\n', address],
    ['PROXY TCP4 203.0.113.9 10.0.0.1 65536 443\r\n', 'version 1: a port is none'],
    ['PROXY TCP4 203.0.113.9 10.0.0.1 1 99999\r\n', 'version 1: a port is none'],
    ['PROXY TCP4 203.0.113.9 10.0.0.1 1 2\n', character],
    ['PROXY TCP4 203.0.113.9 10.0.0.1 1 2\rG', character],
    ['PROXY TCP4\t203.0.113.9', character],
    ['PROXY UNKNOWN \0', character],
    ['PROXY UNKNOWN \x7f', character],
    ['PROXY UNKNOWN \xe9', character],
    [`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`, 'version 1: no CR LF within 107 bytes'],
    [`PROXY UNKNOWN ${'x'.repeat(93)}`, 'version 1: no CR LF within 107 bytes'],
    ['GET / HTTP/1.1\r\n', 'no PROXY header comes first'],
    ['POST / HTTP/1.1\r\n', 'no PROXY header comes first'],
    ['proxy TCP4', 'no PROXY header comes first'],
    ['PROXY\t', 'no PROXY header comes first'],
    [' PROXY', 'no PROXY header comes first'],
    ['\x16\x03\x01', 'no PROXY header comes first'],
  ];
  for (const [bytes, fault] of rows) t.equal(read(bytes), fault, JSON.stringify(bytes));
});

const four = Buffer.from([203, 0, 113, 9, 10, 0, 0, 1, 0xc8, 0x22, 1, 0xbb]);
const six = Buffer.concat([
  Buffer.from('20010db8000000000000000000000009', 'hex'),
  Buffer.from('fd000000000000000000000000000001', 'hex'),
  Buffer.from([0xc8, 0x22, 1, 0xbb]),
]);
const mapped = Buffer.concat([Buffer.from('00000000000000000000ffffcb007109', 'hex'), six.subarray(16)]);
const sockets = Buffer.alloc(216, 'x');
/** HAProxy's unique id, and padding. */
const vectors = Buffer.from([5, 0, 2, 0x61, 0x62, 4, 0, 3, 0, 0, 0, 0xe0, 0, 0]);
const both = Buffer.concat([four, vectors]);

/** A header of AWS' network load balancer, which sums itself up. */
const balancers = Buffer.from(
  `0d0a0d0a000d0a515549540a21110054ac1f0771ac1f0a1fc8f20050030004e8d6892dea001701767063652d303864326266313566${'61633530303163'}39040024${'00'.repeat(36)}`,
  'hex',
);

t.test('version 2: what is taken', async t => {
  const rows: readonly [title: string, wish: VersionTwo, source: string][] = [
    ['TCP over IPv4', { family: 0x11, block: four }, '203.0.113.9'],
    ['UDP over IPv4, as of HTTP/3', { family: 0x12, block: four }, '203.0.113.9'],
    ['TCP over IPv6', { family: 0x21, block: six }, '2001:db8::9'],
    ['UDP over IPv6', { family: 0x22, block: six }, '2001:db8::9'],
    ['IPv4-mapped IPv6', { family: 0x21, block: mapped }, '203.0.113.9'],
    ['a Unix stream', { family: 0x31, block: sockets }, 'nobody'],
    ['a Unix datagram', { family: 0x32, block: sockets }, 'nobody'],
    ['UNSPEC', { family: 0 }, 'nobody'],
    ['UNSPEC with vectors', { family: 0, block: vectors }, 'nobody'],
    ['LOCAL', { command: 0x20, family: 0 }, 'nobody'],
    ['LOCAL with addresses', { command: 0x20, family: 0x11, block: four }, 'nobody'],
    ['LOCAL with what is none', { command: 0x20, family: 0x11, block: Buffer.from('x') }, 'nobody'],
    ['vectors', { family: 0x11, block: both }, '203.0.113.9'],
    ['a checksum', { family: 0x11, block: both, checksum: 'holds' }, '203.0.113.9'],
    [
      '536 bytes',
      { family: 0x11, block: Buffer.concat([four, Buffer.from([4, 1, 249]), Buffer.alloc(505)]) },
      '203.0.113.9',
    ],
  ];
  for (const [title, wish, source] of rows) {
    const bytes = versionTwo(wish);
    t.equal(read(bytes), source, title);
    t.match(readProxyHeader(Buffer.concat([bytes, Buffer.from('\r\nGET')])), { length: bytes.length }, 'to the byte');
    for (let length = 0; length < bytes.length; length += 1)
      t.equal(read(bytes.subarray(0, length)), 'more', `${title}: ${length} bytes are not whole`);
  }
  t.equal(balancers.length, 100);
  t.equal(read(balancers), '172.31.7.113', 'a header from the field');
});

t.test('version 2: what is not', async t => {
  const command = 'version 2: another version, or no command';
  const family = 'version 2: no family or transport';
  const short = 'version 2: too short for its addresses';
  const vector = 'version 2: a vector is longer than the header';
  const checksum = 'version 2: the checksum does not hold';
  const withVector = (...bytes: number[]): VersionTwo => ({
    family: 0x11,
    block: Buffer.concat([four, Buffer.from(bytes)]),
  });
  const rows: readonly [title: string, wish: VersionTwo, fault: string][] = [
    ['version 1', { command: 0x11, family: 0x11, block: four }, command],
    ['version 3', { command: 0x31, family: 0x11, block: four }, command],
    ['no command', { command: 0x22, family: 0x11, block: four }, command],
    ['no family', { family: 0x41, block: four }, family],
    ['no transport', { family: 0x13, block: four }, family],
    ['a family without a transport', { family: 0x10, block: four }, family],
    ['a transport without a family', { family: 0x01, block: four }, family],
    ['LOCAL of no family', { command: 0x20, family: 0xff }, family],
    ['IPv4, one byte short', { family: 0x11, block: four.subarray(1) }, short],
    ['IPv4 for IPv6', { family: 0x21, block: four }, short],
    ['no addresses', { family: 0x11 }, short],
    ['a path cut short', { family: 0x31, block: sockets.subarray(1) }, short],
    ['a vector without a length', withVector(4), 'version 2: a vector breaks off'],
    ['a vector with half a length', withVector(4, 0), 'version 2: a vector breaks off'],
    ['a vector without its last byte', withVector(4, 0, 2, 1), vector],
    ['a vector of 64 KiB', withVector(4, 0xff, 0xff, 1), vector],
    ['a vector behind a good one', withVector(4, 0, 0, 4, 0, 1), vector],
    ['a checksum that does not hold', { family: 0x11, block: both, checksum: 'broken' }, checksum],
    ['a checksum of three bytes', withVector(3, 0, 3, 0, 0, 0), checksum],
    ['two checksums', { family: 0x11, block: both, checksum: 'twice' }, checksum],
    ['more than 536 bytes', { family: 0x11, block: Buffer.alloc(521) }, 'version 2: longer than 536 bytes'],
    [
      'LOCAL of more than that',
      { command: 0x20, family: 0, block: Buffer.alloc(521) },
      'version 2: longer than 536 bytes',
    ],
  ];
  for (const [title, wish, fault] of rows) t.equal(read(versionTwo(wish)), fault, title);
  const long = versionTwo({ family: 0x11, block: Buffer.alloc(521) });
  t.equal(read(long.subarray(0, 16)), 'version 2: longer than 536 bytes', 'and is not waited for');
  for (let at = 0; at < 12; at += 1) {
    const bytes = versionTwo({ family: 0x11, block: four });
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    t.equal(read(bytes), 'no PROXY header comes first', `another byte ${at} of the signature`);
    t.equal(read(bytes.subarray(0, at + 1)), 'no PROXY header comes first', 'which is seen at once');
  }
  const sumsType = 28;
  for (let at = 16; at < balancers.length; at += 1) {
    if (at === sumsType) continue;
    const bytes = Buffer.from(balancers);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
    t.match(read(bytes), /^version 2: /, `one bit of byte ${at}, and the sum does not hold`);
  }
});

const anyIpv4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map(parts => parts.join('.'));
const port = fc.nat(65535);

t.test('whatever addresses are written are read, and nothing behind them', async t => {
  const canonical = (text: string): string => parseAddress(text)?.text ?? 'none';
  const ends = fc.oneof(
    fc.tuple(fc.constant('TCP4'), anyIpv4, anyIpv4),
    fc.tuple(fc.constant('TCP6'), fc.ipV6(), fc.ipV6()),
  );
  fc.assert(
    fc.property(ends, port, port, fc.uint8Array({ maxLength: 40 }), ([name, from, to], one, other, behind) => {
      const line = `PROXY ${name} ${from} ${to} ${one} ${other}\r\n`;
      const header = readProxyHeader(Buffer.concat([Buffer.from(line), behind]));
      return typeof header === 'object' && header?.source?.text === canonical(from) && header.length === line.length;
    }),
    { numRuns: 2000 },
  );
  const block = fc.uint8Array({ minLength: 36, maxLength: 36 }).map(bytes => Buffer.from(bytes));
  fc.assert(
    fc.property(block, fc.uint8Array({ maxLength: 40 }), fc.boolean(), (block, behind, summed) => {
      const bytes = versionTwo({ family: 0x21, block, ...(summed ? { checksum: 'holds' } : {}) });
      const header = readProxyHeader(Buffer.concat([bytes, behind]));
      const text = Array.from({ length: 8 }, (_, at) => block.readUInt16BE(2 * at).toString(16)).join(':');
      return typeof header === 'object' && header?.source?.text === canonical(text) && header.length === bytes.length;
    }),
    { numRuns: 2000 },
  );
  t.pass('2000 of either version');
});

t.test('whatever comes is read in one way, however it is cut, and within its bounds', async t => {
  const seeds = [
    Buffer.from('PROXY TCP4 203.0.113.9 10.0.0.1 51234 443\r\nGET'),
    Buffer.from('PROXY TCP6 2001:db8::9 fd00::1 51234 443\r\nGET'),
    Buffer.from('PROXY UNKNOWN\r\nGET'),
    versionTwo({ family: 0x11, block: both, checksum: 'holds' }),
    versionTwo({ family: 0x21, block: Buffer.concat([six, vectors]) }),
    versionTwo({ command: 0x20, family: 0 }),
    balancers,
  ];
  const change = fc.tuple(fc.nat(600), fc.nat(255), fc.constantFrom('replace', 'insert', 'remove'));
  const changed = fc.tuple(fc.constantFrom(...seeds), fc.array(change, { maxLength: 6 })).map(([seed, changes]) => {
    const bytes = [...seed];
    for (const [at, byte, how] of changes)
      bytes.splice(at % (bytes.length + 1), how === 'insert' ? 0 : 1, ...(how === 'remove' ? [] : [byte]));
    return Buffer.from(bytes);
  });
  const anything = fc.uint8Array({ maxLength: 700 }).map(bytes => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof({ arbitrary: changed, weight: 4 }, anything), fc.nat(700), (bytes, cut) => {
      const whole = readProxyHeader(bytes);
      if (whole === null) return bytes.length < 536;
      const part = readProxyHeader(bytes.subarray(0, cut));
      if (typeof whole === 'string') return part === null || part === whole;
      if (whole.length > Math.min(536, bytes.length)) return false;
      return cut < whole.length ? part === null : typeof part === 'object' && part?.length === whole.length;
    }),
    { numRuns: 10_000 },
  );
  t.pass('10000 of them');
});
