/** Writes heads as the text that goes on the wire in latin1 (RFC 9112 §3, §4). */
import { STATUS_CODES } from 'node:http';
import type { FieldLine } from '../../http/field.ts';

const plainPhrase = /^[\t\x20-\x7e]*$/;

/** The phrase as received, or the standard one where it is empty or holds anything but visible ASCII. */
export function phraseOf(status: number, received: string): string {
  return received !== '' && plainPhrase.test(received) ? received : (STATUS_CODES[status] ?? '');
}

const lengthName = 'content-length';

/** Whether the lines say how long the body is. */
export function hasLength(fields: readonly FieldLine[]): boolean {
  return fields.some(([name]) => name.length === lengthName.length && name.toLowerCase() === lengthName);
}

function linesText(fields: readonly FieldLine[]): string {
  let text = '';
  for (const [name, value] of fields) text += `${name}: ${value}\r\n`;
  return text;
}

/** Status line, fields in their order and the empty line. */
export function answerHeadText(status: number, phrase: string, fields: readonly FieldLine[]): string {
  return `HTTP/1.1 ${status} ${phrase}\r\n${linesText(fields)}\r\n`;
}

/** Request line, fields in their order and the empty line. */
export function requestHeadText(method: string, target: string, fields: readonly FieldLine[]): string {
  return `${method} ${target} HTTP/1.1\r\n${linesText(fields)}\r\n`;
}
