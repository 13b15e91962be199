/** Writes the head of an answer as the bytes that go on the wire (RFC 9112 §4). */
import { STATUS_CODES } from 'node:http';
import type { FieldLine } from '../http/field.ts';

const plainPhrase = /^[\t\x20-\x7e]*$/;

/** The phrase as received, or the standard one where it is empty or holds anything but visible ASCII. */
export function phraseOf(status: number, received: string): string {
  return received !== '' && plainPhrase.test(received) ? received : (STATUS_CODES[status] ?? '');
}

/** Status line, fields in their order and the empty line, in latin1. */
export function rawHead(status: number, phrase: string, fields: readonly FieldLine[]): Buffer {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`HTTP/1.1 ${status} ${phrase}\r\n${lines}\r\n`, 'latin1');
}
