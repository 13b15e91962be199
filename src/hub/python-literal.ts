/** Text that reads back to the same strings on the other side: Python literals and ASCII JSON. */

function escapeFor(codePoint: number): string {
  if (codePoint <= 0xff) return `\\x${codePoint.toString(16).padStart(2, '0')}`;
  if (codePoint <= 0xffff) return `\\u${codePoint.toString(16).padStart(4, '0')}`;
  return `\\U${codePoint.toString(16).padStart(8, '0')}`;
}

function isPlain(character: string): boolean {
  return character >= ' ' && character <= '~' && character !== '\\' && character !== "'";
}

/**
 * A string as ASCII source of a Python 3 string literal. The text must be well-formed Unicode; a lone surrogate would
 * be a string that Python can not encode again.
 */
function pythonString(text: string): string {
  const characters = Array.from(text, character =>
    isPlain(character) ? character : escapeFor(character.codePointAt(0) ?? 0),
  );
  return `'${characters.join('')}'`;
}

/** A dict of strings as ASCII source that `ast.literal_eval` of every Python 3 reads back exactly. */
export function pythonDict(entries: Iterable<readonly [string, string]>): string {
  return `{${Array.from(entries, ([key, value]) => `${pythonString(key)}: ${pythonString(value)}`).join(', ')}}`;
}

/** JSON in which every character beyond printable ASCII is escaped, so that it fits a field value. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, character => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
