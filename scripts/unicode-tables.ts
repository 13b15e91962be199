/**
 * Makes src/gate/user/unicode-tables.ts: `node scripts/unicode-tables.ts FOLDER`, where FOLDER is the unpacked source of the
 * crate unicode-security, in which the data files of UTS 39 are tables (`cargo add unicode-security && cargo fetch`).
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutRoot } from './checkout.ts';

const source = { crate: 'unicode-security', version: '0.1.3', unicode: '18.0.0' };

const lineWidth = 116;

type Range = readonly [first: number, last: number];

/** From the table's name to the end of it. */
function tableOf(rust: string, name: string): string {
  const start = rust.indexOf(name);
  const end = rust.indexOf('];\n', start);
  if (start === -1 || end === -1) throw new Error(`no table ${name}`);
  return rust.slice(start, end);
}

function codePointsIn(text: string): number[] {
  return [...text.matchAll(/\\u\{([0-9a-f]+)\}/g)].map(([, hex = '']) => Number.parseInt(hex, 16));
}

/** IdentifierStatus.txt: the characters whose status is Allowed. */
function allowedCharacters(rust: string): number[] {
  const table = tableOf(rust, 'const IDENTIFIER_STATUS:');
  const ranges = [...table.matchAll(/\('(\S+)',\s*'(\S+)'\)/g)].map(([pair]) => codePointsIn(pair));
  return ranges.flatMap(([first = 0, last = -1]) => Array.from({ length: last - first + 1 }, (_, at) => first + at));
}

/** confusables.txt: each source with its prototype. */
function prototypesIn(rust: string): Map<number, readonly number[]> {
  const table = tableOf(rust, "const CONFUSABLES: &'static [(char");
  return new Map(
    [...table.matchAll(/\('\S+',\s*&\[[^\]]*\]\)/g)].map(([row]) => {
      const [from = -1, ...to] = codePointsIn(row);
      return [from, to];
    }),
  );
}

/** Letters, marks and digits beyond ASCII; separators in names stay ASCII. */
function ofNames(characters: readonly number[]): number[] {
  return characters.filter(one => one > 0x7f && /[\p{L}\p{M}\p{Nd}\p{Cn}]/u.test(String.fromCodePoint(one)));
}

function rangesOf(characters: readonly number[]): Range[] {
  const ranges: [number, number][] = [];
  for (const one of characters) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === one - 1) last[1] = one;
    else ranges.push([one, one]);
  }
  return ranges;
}

const hex = (one: number): string => one.toString(16);

/** What names are made of once they are decomposed, which is what a skeleton is taken of. */
function decomposed(characters: readonly number[]): Set<number> {
  const ascii = Array.from({ length: 0x5e }, (_, at) => 0x21 + at);
  const texts = [...ascii, ...characters].map(one => String.fromCodePoint(one).normalize('NFD'));
  return new Set(texts.flatMap(text => Array.from(text, one => one.codePointAt(0) ?? 0)));
}

/** `6f:3bf,43e`: a prototype, and what looks like it. */
function groupsOf(prototypes: ReadonlyMap<number, readonly number[]>, wanted: ReadonlySet<number>): string[] {
  const groups = new Map<string, string[]>();
  for (const [from, to] of prototypes) {
    if (!wanted.has(from)) continue;
    const prototype = to.map(hex).join('+');
    groups.set(prototype, [...(groups.get(prototype) ?? []), hex(from)]);
  }
  return [...groups].map(([prototype, lookalikes]) => `${prototype}:${lookalikes.join(',')}`);
}

function wrapped(words: readonly string[]): string {
  const lines = [''];
  for (const word of words) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length >= lineWidth) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}

/** The generated file. */
function tablesFile(rust: string): string {
  const version = /UNICODE_VERSION.*= \((.*)\)/.exec(rust)?.[1]?.replaceAll(', ', '.');
  if (version !== source.unicode) throw new Error(`Unicode ${version}, expected ${source.unicode}`);
  const allowed = ofNames(allowedCharacters(rust));
  const ranges = rangesOf(allowed).map(([first, last]) => (first === last ? hex(first) : `${hex(first)}-${hex(last)}`));
  const groups = groupsOf(prototypesIn(rust), decomposed(allowed));
  const digest = createHash('sha256').update(rust).digest('hex');
  return `/**
 * The data of UTS 39 (Unicode ${source.unicode}) that names need, made by scripts/unicode-tables.ts from the crate
 * ${source.crate} ${source.version}, whose src/tables.rs has the SHA-256
 * ${digest}.
 * Copyright © Unicode, Inc., under the Unicode License v3 (LICENSE-UNICODE).
 */

/** Letters, marks and digits beyond ASCII with Identifier_Status=Allowed: ranges of code points in hex, between spaces. */
export const allowedInNames = \`
${wrapped(ranges)}
\`;

/**
 * The confusables among what names are made of once they are decomposed, between spaces: a prototype's code points,
 * joined by +, and after the colon the characters that look like it.
 */
export const confusables = \`
${wrapped(groups)}
\`;
`;
}

if (import.meta.main) {
  const [folder = '.'] = process.argv.slice(2);
  const rust = readFileSync(join(folder, 'src', 'tables.rs'), 'utf8');
  writeFileSync(join(checkoutRoot, 'src', 'gate', 'unicode-tables.ts'), tablesFile(rust));
}
