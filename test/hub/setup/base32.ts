/** RFC 4648 §6 by another way than the gate's, for what plugins make of a name. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The name's UTF-8 bytes in base32, without padding. */
export function base32(name: string): string {
  let encoded = '';
  let held = 0;
  let bits = 0;
  for (const byte of Buffer.from(name, 'utf8')) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) encoded += alphabet[(held >> (bits - 5)) & 31] ?? '';
  }
  return bits === 0 ? encoded : encoded + (alphabet[(held << (5 - bits)) & 31] ?? '');
}
