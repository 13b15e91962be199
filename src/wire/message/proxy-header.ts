/** The header of the PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt, 2020/03/05): where a connection comes from. */
import { type IpAddress, parseAddress } from '../../http/address.ts';

/** A header that can be read in one way. */
export interface ProxyHeader {
  /** Null where it names nobody: LOCAL, UNKNOWN, UNSPEC, or an end of a Unix socket. */
  readonly source: IpAddress | null;
  /** Its bytes; what stands behind them is the connection's own. */
  readonly length: number;
}

const versionOne = Buffer.from('PROXY ', 'latin1');

/** With CR LF (§2.1). */
const longestLine = 107;

/** §2: a header fits in the smallest TCP segment that every host must take. Its addresses are 216 of these at the most. */
const longestHeader = 536;

const notPrintable = /[^ -~]/;

/** §2.1: one space each, numbers without leading zeros; what stands behind UNKNOWN is not looked at. */
const line =
  /^(?:UNKNOWN(?: .*)?|TCP([46]) ([0-9a-fA-F.:]+) ([0-9a-fA-F.:]+) (0|[1-9][0-9]{0,4}) (0|[1-9][0-9]{0,4}))$/;

function addressOfFamily(text: string, family: string): IpAddress | null {
  return text.includes(':') === (family === '6') ? parseAddress(text) : null;
}

function readLine(text: string, length: number): ProxyHeader | string {
  const [whole, family, sourceText, destinationText, ...ports] = line.exec(text) ?? [];
  if (whole === undefined) return 'version 1: the line is not of its form';
  if (family === undefined || sourceText === undefined || destinationText === undefined)
    return { source: null, length };
  const source = addressOfFamily(sourceText, family);
  if (source === null || addressOfFamily(destinationText, family) === null) return 'version 1: an address is none';
  return ports.every(port => Number(port) <= 0xffff) ? { source, length } : 'version 1: a port is none';
}

function readVersionOne(bytes: Buffer): ProxyHeader | string | null {
  const text = bytes.toString('latin1', 0, longestLine);
  const stop = text.search(notPrintable);
  const end = text.slice(stop === -1 ? text.length : stop, stop + 2);
  if (end === '\r\n') return readLine(text.slice(versionOne.length, stop), stop + end.length);
  if (!'\r\n'.startsWith(end)) return 'version 1: a character that is not printable, or CR and LF apart';
  return text.length < longestLine ? null : `version 1: no CR LF within ${longestLine} bytes`;
}

/** §2.2; no other protocol's bytes begin so. */
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const fixedBytes = 16;

const commands = { local: 0x20, proxy: 0x21 };

/** Bytes of both addresses and their ports, by the byte for family and transport (§2.2); there are no other pairs. */
const addressBytes: ReadonlyMap<number, number> = new Map([
  [0x00, 0],
  [0x11, 12],
  [0x12, 12],
  [0x21, 36],
  [0x22, 36],
  [0x31, 216],
  [0x32, 216],
]);

function sourceOf(bytes: Buffer, family: number): IpAddress | null {
  const at = fixedBytes;
  if (family >> 4 === 1) return parseAddress(bytes.subarray(at, at + 4).join('.'));
  if (family >> 4 !== 2) return null;
  const groups = Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(at + 2 * group).toString(16));
  return parseAddress(groups.join(':'));
}

/** The polynomial of Castagnoli, reflected (RFC 9260 appendix A), by byte. */
const checksums = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = (rest >>> 1) ^ (rest & 1 ? 0x82f63b78 : 0);
  return rest;
});

/** CRC32c of the header, whose four bytes at `hole` count as zeros (§2.2.3). */
function checksumOf(header: Buffer, hole: number): number {
  let rest = 0xffffffff;
  for (const [at, byte] of header.entries()) {
    const counted = at >= hole && at < hole + 4 ? 0 : byte;
    rest = (rest >>> 8) ^ (checksums[(rest ^ counted) & 0xff] ?? 0);
  }
  return (rest ^ 0xffffffff) >>> 0;
}

const checksumType = 0x03;

/** What follows the addresses: each a type, a length and so many bytes (§2.2). Only the checksum is looked at. */
function vectorsFault(header: Buffer, from: number): string | null {
  let checked = false;
  for (let at = from; at < header.length; ) {
    const value = at + 3;
    if (value > header.length) return 'version 2: a vector breaks off';
    const end = value + header.readUInt16BE(at + 1);
    if (end > header.length) return 'version 2: a vector is longer than the header';
    if (header.readUInt8(at) === checksumType) {
      const holds = !checked && end - value === 4 && header.readUInt32BE(value) === checksumOf(header, value);
      if (!holds) return 'version 2: the checksum does not hold';
      checked = true;
    }
    at = end;
  }
  return null;
}

function readVersionTwo(bytes: Buffer): ProxyHeader | string | null {
  if (bytes.length < fixedBytes) return null;
  const command = bytes.readUInt8(12);
  if (command !== commands.local && command !== commands.proxy) return 'version 2: another version, or no command';
  const family = bytes.readUInt8(13);
  const addresses = addressBytes.get(family);
  if (addresses === undefined) return 'version 2: no family or transport';
  const length = fixedBytes + bytes.readUInt16BE(14);
  if (length > longestHeader) return `version 2: longer than ${longestHeader} bytes`;
  // §2.2: of LOCAL nothing is read but the length.
  if (command === commands.local) return bytes.length < length ? null : { source: null, length };
  if (length < fixedBytes + addresses) return 'version 2: too short for its addresses';
  if (bytes.length < length) return null;
  const fault = vectorsFault(bytes.subarray(0, length), fixedBytes + addresses);
  return fault ?? { source: sourceOf(bytes, family), length };
}

function beginsAs(bytes: Buffer, beginning: Buffer): boolean {
  const length = Math.min(bytes.length, beginning.length);
  return bytes.subarray(0, length).equals(beginning.subarray(0, length));
}

/**
 * Reads the header that a connection begins with; null while it is not whole, which no more than `longestHeader` bytes are. A
 * text is what is wrong, one of few.
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader | string | null {
  if (beginsAs(bytes, signature)) return readVersionTwo(bytes);
  return beginsAs(bytes, versionOne) ? readVersionOne(bytes) : 'no PROXY header comes first';
}
