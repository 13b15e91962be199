/** Patterns for user names: what is wrong with one, and how it is asked so that no name takes long. */
import { linearPattern, type Matches } from '../expression/linear-pattern.ts';

function compiles(source: string): boolean {
  try {
    return new RegExp(source, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** Without escapes and character classes, whose `|`, `^`, `$` and `.` mean nothing. */
function bonesOf(source: string): string {
  return source.replace(/\\./gu, 'x').replace(/\[[^\]]*\]/gu, 'x');
}

/** `^a|b$` is anchored in neither half: an alternation must stand inside a group. */
function hasBareAlternation(bones: string): boolean {
  let depth = 0;
  for (const letter of bones) {
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (letter === '|' && depth === 0) return true;
  }
  return false;
}

/** What is wrong with a pattern for user names, or `null`. */
export function patternFault(source: string): string | null {
  if (!compiles(source)) return 'is no regular expression';
  const bones = bonesOf(source);
  if (!bones.startsWith('^') || !bones.endsWith('$')) return 'is not anchored at both ends';
  if (hasBareAlternation(bones)) return 'has | outside of a group, which is anchored on one side only';
  return linearPatternOf(source) === null
    ? 'looks around, refers back, has what else RE2 has not or over 512 characters (users choose their names, and one could take for ever)'
    : null;
}

/** Asked whether a whole name fits. */
export interface NamePattern {
  readonly source: string;
  test(name: string): boolean;
}

/** With one repetition at most, and that of a single character, JavaScript takes no longer than the name is long. */
function isPlain(bones: string): boolean {
  return !bones.includes('(') && (bones.match(/[*+?{]/g) ?? []).length <= 1;
}

/** An escape is taken whole, so that what stands behind an escaped backslash is none. */
const escapes = /\\(?:u\{([0-9a-f]+)\}|u([0-9a-f]{4})|([pP])\{(?:Script|sc|General_Category|gc)=(\w+)\}|.)/gisu;

/** As RE2 writes it: other than JavaScript it has no `\u`, and properties without their kind. */
function re2Source(source: string): string {
  return source.replace(escapes, (written, braced, four, property, value) => {
    if (property !== undefined) return `\\${property}{${value}}`;
    const point: string | undefined = braced ?? four;
    return point === undefined ? written : `\\x{${point}}`;
  });
}

/** Whether a name fits, in a time that grows with the name alone; null where RE2 does not have the pattern. */
function linearPatternOf(source: string): Matches | null {
  if (isPlain(bonesOf(source))) {
    const plain = new RegExp(source, 'u');
    return name => plain.test(name);
  }
  return linearPattern(re2Source(source));
}

/** Compiles a pattern that `patternFault` finds nothing wrong with; throws a TypeError for another. */
export function namePattern(source: string): NamePattern {
  const test = linearPatternOf(source);
  if (test === null) throw new TypeError(`unchecked pattern: ${source}`);
  return { source, test };
}

/** Escapes and classes that can match far beyond latin-1. */
const openEnded = /\\[pPSDW]|\[\^|\\u(?!00|\{0*[0-9A-Fa-f]{1,2}\})|[^\x00-\xff]/u;
const beyondAscii = /\\[ux]|[^\x00-\x7f]/u;

/** Whether a text beyond latin-1 can match, as far as the source shows. */
export function reachesBeyondLatin1(source: string): boolean {
  return openEnded.test(source) || bonesOf(source).includes('.');
}

/** Whether a text beyond ASCII can match, as far as the source shows. */
export function reachesBeyondAscii(source: string): boolean {
  return beyondAscii.test(source) || reachesBeyondLatin1(source);
}
