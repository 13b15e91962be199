/** Writes headers of the PROXY protocol's version 2, good ones and bad ones. */

/** What a header says; PROXY, unless `command` is the whole of byte 13. */
export type VersionTwo = {
  readonly command?: number;
  /** The whole of byte 14. */
  readonly family: number;
  /** What stands behind the length. */
  readonly block?: Buffer;
  /** A vector with the CRC32c, behind the block. */
  readonly checksum?: 'holds' | 'broken' | 'twice';
};

/** The signature of version 2. */
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** Bit by bit, as RFC 3385 has it: not how the gate does it. */
function crc32c(bytes: Buffer): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit += 1) {
      const isSet = ((rest ^ (byte >> bit)) & 1) === 1;
      rest = (rest >>> 1) ^ (isSet ? 0x82f63b78 : 0);
    }
  }
  return ~rest >>> 0;
}

/** The whole header. */
export function versionTwo({ command = 0x21, family, block = Buffer.alloc(0), checksum }: VersionTwo): Buffer {
  const vector = Buffer.from([3, 0, 4, 0, 0, 0, 0]);
  const length = Buffer.alloc(2);
  const sums = checksum === undefined ? [] : checksum === 'twice' ? [vector, vector] : [vector];
  length.writeUInt16BE(block.length + sums.length * vector.length);
  const header = Buffer.concat([signature, Buffer.from([command, family]), length, block, ...sums]);
  if (checksum !== undefined) {
    const sum = crc32c(header);
    header.writeUInt32BE(checksum === 'broken' ? (sum ^ 1) >>> 0 : sum, header.length - 4);
  }
  return header;
}

/** TCP over IPv4 from an address, with a checksum. */
export function versionTwoFrom(source: string): Buffer {
  const block = Buffer.from([...source.split('.').map(Number), 127, 0, 0, 1, 0xc3, 0x50, 0, 80]);
  return versionTwo({ family: 0x11, block, checksum: 'holds' });
}
