/** Whether a regular expression holds a whole name: it compiles, and is anchored at both ends. */

function compiles(source: string): boolean {
  try {
    return new RegExp(source, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** Without escapes and character classes, whose `|`, `^` and `$` mean nothing. */
function skeleton(source: string): string {
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
  const bones = skeleton(source);
  if (!bones.startsWith('^') || !bones.endsWith('$')) return 'is not anchored at both ends';
  return hasBareAlternation(bones) ? 'has | outside of a group, which is anchored on one side only' : null;
}
