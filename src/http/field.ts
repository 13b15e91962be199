/** Field lines and the grammar of their names and values (RFC 9110 §5). */

import { remembering } from './recent-texts.ts';

/** One `Name: value` of the wire, spelled as received; lists of them keep wire order. Text is latin1. */
export type FieldLine = readonly [name: string, value: string];

const notAlphanumeric = /[^A-Za-z0-9]/g;
const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const notFieldContent = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * The name as the laxest server downstream of us may read it: lower case, everything but letters and digits as `-`.
 * CGI reads `-` and `_` as one (RFC 3875 §4.1.18), which is how CVE-2025-64484 and CVE-2026-39858 smuggle identities.
 */
export const foldName: (name: string) => string = remembering(
  name => name.replace(notAlphanumeric, '-').toLowerCase(),
  { entries: 2048, characters: 64 * 1024 },
);

/** RFC 9110 §5.6.2; the empty text is none. */
export function isToken(text: string): boolean {
  return tokenPattern.test(text);
}

/** Tokens and cookies come again and again: finding them costs less than looking at each of their characters. */
const longValue = 128;

const isLongFieldValue = remembering(value => !notFieldContent.test(value), {
  entries: 8192,
  characters: 8 * 1024 * 1024,
});

/** Nothing but HTAB, SP, visible ASCII and obs-text (RFC 9110 §5.5); outer whitespace and the empty value are fine. */
export function isFieldValue(value: string): boolean {
  return value.length > longValue ? isLongFieldValue(value) : !notFieldContent.test(value);
}

/** The same of a value that may be a secret of the gate's own: nothing is remembered of it. */
export function isUnkeptFieldValue(value: string): boolean {
  return !notFieldContent.test(value);
}

function isOws(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Takes SP and HTAB off both ends (RFC 9110 §5.6.3), and no other whitespace. */
export function trimOws(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isOws(value.charCodeAt(start))) start += 1;
  while (end > start && isOws(value.charCodeAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

/** The trimmed values of every line of that name, in wire order; case is ignored, nothing is folded. */
export function valuesOf(lines: readonly FieldLine[], lowerName: string): string[] {
  const values: string[] = [];
  for (const line of lines) {
    if (line[0].length === lowerName.length && line[0].toLowerCase() === lowerName) values.push(trimOws(line[1]));
  }
  return values;
}

/** The elements of a comma list spread over any number of lines (RFC 9110 §5.6.1), trimmed, without the empty ones. */
export function listElements(values: readonly string[]): string[] {
  const elements: string[] = [];
  for (const value of values) {
    for (const element of value.split(',')) {
      const trimmed = trimOws(element);
      if (trimmed !== '') elements.push(trimmed);
    }
  }
  return elements;
}
