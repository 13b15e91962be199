/** Cuts the fields of a head apart, strictly (RFC 9112 §5): what any server reads in another way is a fault. */
import { type FieldLine, isToken } from '../../http/field.ts';
import { remembering } from '../../http/recent-texts.ts';

const cr = 0x0d;
const lf = 0x0a;
const space = 0x20;
const tab = 0x09;

/** What follows the last line of a head. */
export const headEnd = '\r\n\r\n';

/** A name as one text for all heads that spell it so; null where it is no token. */
const nameOf = remembering(text => (isToken(text) ? text : null), { entries: 2048, characters: 64 * 1024 });

/**
 * The value between two places without the spaces around it (RFC 9110 §5.6.3); null where a tab stands for one, which nginx
 * takes for a part of the value.
 */
function valueBetween(text: string, from: number, to: number): string | null {
  let start = from;
  let end = to;
  while (start < end && text.charCodeAt(start) === space) start += 1;
  while (end > start && text.charCodeAt(end - 1) === space) end -= 1;
  return text.charCodeAt(start) === tab || text.charCodeAt(end - 1) === tab ? null : text.slice(start, end);
}

/**
 * Reads the lines from `at` up to the empty one; `text` is latin1 and holds `headEnd`, the first of which ends at `end`.
 * Gives the lines in wire order, spelled as received, values trimmed; or what is wrong, in words. Control characters
 * inside a value are left to the gate, but for those that end lines.
 */
export function readFieldLines(text: string, at: number, end: number): FieldLine[] | string {
  const lines: FieldLine[] = [];
  for (let from = at; from < end; ) {
    const stop = lineEnd(text, from);
    if (stop === -1) return 'a line does not end with CR LF';
    const colon = text.indexOf(':', from);
    if (colon === -1 || colon > stop) return 'a field line has no colon';
    const name = nameOf(text.slice(from, colon));
    if (name === null) return 'a field name is not a token';
    const value = valueBetween(text, colon + 1, stop);
    if (value === null) return 'a tab stands around a field value';
    lines.push([name, value]);
    from = stop + 2;
  }
  return lines;
}

/** Where the line that begins at `from` ends; -1 where CR and LF do not stand together. */
export function lineEnd(text: string, from: number): number {
  const stop = text.indexOf('\r', from);
  return stop !== -1 && text.indexOf('\n', from) === stop + 1 ? stop : -1;
}

/** Whether the beginning of a head can become a whole one: from `from` on no CR or LF that stands alone, no NUL. */
export function mayGoOn(text: string, from = 0): boolean {
  for (let at = text.indexOf('\n', from); at !== -1; at = text.indexOf('\n', at + 1)) {
    if (text.charCodeAt(at - 1) !== cr) return false;
  }
  for (let at = text.indexOf('\r', from); at !== -1; at = text.indexOf('\r', at + 1)) {
    if (at + 1 < text.length && text.charCodeAt(at + 1) !== lf) return false;
  }
  return !text.includes('\0');
}
