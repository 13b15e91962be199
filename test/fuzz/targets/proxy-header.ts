/** The PROXY header: cut anywhere it is the same header, and it names whom a plain reading of the specification names. */
import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { parseAddress } from '../../../src/http/address.ts';
import { type ProxyHeader, readProxyHeader } from '../../../src/wire/message/proxy-header.ts';
import { versionTwo, versionTwoFrom } from '../../clients/proxy-headers.ts';
import { demand, demandSame, type FuzzTarget } from '../target.ts';

/** No header is longer than that. */
const longest = 536;
const firstAddress = 16;

/** Whom a line names, with Node's word on what an address is; null for nobody. */
function namedInLine(line: string): string | null {
  const [word, family, source = '', destination = '', ...ports] = line.split(' ');
  if (family === 'UNKNOWN') return null;
  const isAddress = family === 'TCP4' ? isIPv4 : isIPv6;
  const known = word === 'PROXY' && (family === 'TCP4' || family === 'TCP6');
  demand(known && isAddress(source) && isAddress(destination), 'a line has two addresses of its family', line);
  const isPort = (port: string): boolean => String(Number(port)) === port && Number(port) >= 0 && Number(port) < 65536;
  demand(ports.length === 2 && ports.every(isPort), 'a line has two ports', line);
  return parseAddress(source)?.text ?? '';
}

/** Whom a binary header names. */
function namedInBytes(bytes: Buffer): string | null {
  const command = bytes.readUInt8(12) & 0xf;
  const family = bytes.readUInt8(13) >> 4;
  demand(bytes.readUInt8(12) >> 4 === 2 && command <= 1 && family <= 3, 'version, command and family are known', bytes);
  if (command === 0 || family === 0 || family === 3) return null;
  const raw = bytes.subarray(firstAddress, firstAddress + (family === 1 ? 4 : 16));
  const text = family === 1 ? [...raw].join('.') : (raw.toString('hex').match(/.{4}/g) ?? []).join(':');
  return parseAddress(text)?.text ?? '';
}

function demandNamed(bytes: Buffer, { source, length }: ProxyHeader): void {
  demand(length <= bytes.length && length <= longest, 'a header ends within its bytes', length);
  const header = bytes.subarray(0, length);
  const isLine = header.toString('latin1').startsWith('PROXY ');
  if (isLine) {
    const text = header.toString('latin1');
    demand(/^[ -~]+\r\n$/.test(text), 'a line is one line of printable characters', text);
    demandSame(source?.text ?? null, namedInLine(text.slice(0, -2)), 'a line names whom it names');
    return;
  }
  demandSame(length, firstAddress + header.readUInt16BE(14), 'a binary header is as long as it says');
  demandSame(source?.text ?? null, namedInBytes(header), 'a binary header names whom it names');
}

/** What is whole is so with the last of its bytes and whatever stands behind it; what is wrong stays so. */
function demandStable(bytes: Buffer, found: ProxyHeader | string | null): void {
  const end = found !== null && typeof found === 'object' ? found.length : bytes.length;
  let before: string | null = null;
  for (let length = 1; length < end; length += 1) {
    const part = readProxyHeader(bytes.subarray(0, length));
    demand(part === null || typeof part === 'string', 'no piece of a header is one', length, part);
    demand(before === null || part !== null, 'what is wrong stays wrong', length);
    before = part;
  }
  demand(before === null || typeof found === 'string', 'what goes wrong early is wrong', before, found);
  if (found === null) return;
  const more = readProxyHeader(Buffer.concat([bytes, Buffer.from('GET / HTTP/1.1\r\n\r\n')]));
  demandSame(more, found, 'what stands behind a header does not change it');
}

const lines = [
  'PROXY TCP4 203.0.113.9 10.0.0.1 51234 443\r\n',
  'PROXY TCP6 2001:db8::9 ::ffff:10.0.0.1 1 65535\r\n',
  'PROXY UNKNOWN\r\n',
  'PROXY UNKNOWN ffff::1 x 65535 65535\r\n',
  'PROXY TCP4 0177.0.0.1 10.0.0.1 01 65536\r\n',
  'PROXY TCP6 fe80::1%eth0 ::1 1 1\r\n',
];

const block = fc.oneof(
  fc.constantFrom(0, 12, 36, 216, 11, 13, 535).map(length => Buffer.alloc(length, 7)),
  fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes)),
);

const binary = fc
  .record({
    command: fc.constantFrom(0x21, 0x21, 0x21, 0x20, 0x22, 0x11, 0x2f),
    family: fc.constantFrom(0x11, 0x21, 0x00, 0x31, 0x12, 0x22, 0x13, 0x41, 0x10),
    block,
    checksum: fc.constantFrom(undefined, undefined, 'holds' as const, 'broken' as const, 'twice' as const),
  })
  .map(({ checksum, ...header }) => versionTwo(checksum === undefined ? header : { ...header, checksum }));

/** What a connection begins with where a PROXY header must stand. */
export const proxyHeader: FuzzTarget = {
  name: 'proxy-header',
  grammar: fc.oneof(
    fc.constantFrom(...lines),
    binary.map(bytes => bytes.toString('latin1')),
  ),
  words: [
    ...[
      ...lines,
      'PROXY ',
      'TCP4 ',
      'TCP6 ',
      'UNKNOWN',
      '\r\n',
      '\r',
      ' ',
      '::',
      '0',
      '65535',
      '\r\n\r\n\0\r\nQUIT\n',
      '\x03\0\x04',
    ],
    ...[versionTwoFrom('203.0.113.9').toString('latin1'), '\x21\x11\0\x0c', '\x20\0\0\0', '\x21\x21\0\x24'],
  ],
  mostBytes: 1024,
  mostMs: 100,
  check(input) {
    const bytes = Buffer.from(input, 'latin1');
    const found = bytes.length === 0 ? null : readProxyHeader(bytes);
    if (found === null) demand(bytes.length <= longest, 'a header does not go on for ever', bytes.length);
    else if (typeof found === 'object') demandNamed(bytes, found);
    demandStable(bytes, found);
  },
};
