/** Whether a regular expression holds a whole name: it compiles, and is anchored at both ends. */

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
  return hasBareAlternation(bones) ? 'has | outside of a group, which is anchored on one side only' : null;
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
