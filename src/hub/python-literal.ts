/** Text that reads back to the same values on the other side: Python literals and ASCII JSON. */

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

/** A string for configuration files that people read: double quotes, as formatters of Python have them, where nothing needs an escape. */
export function pythonText(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) && !/["\\]/.test(text) ? `"${text}"` : pythonString(text);
}

/** A dict of strings as ASCII source that `ast.literal_eval` of every Python 3 reads back exactly. */
export function pythonDict(entries: Iterable<readonly [string, string]>): string {
  return `{${Array.from(entries, ([key, value]) => `${pythonString(key)}: ${pythonString(value)}`).join(', ')}}`;
}

/** The parser of Python 3.8 gives up at about 90 levels, with a MemoryError that no plugin catches (attack M1). */
const mostDepth = 16;

const words: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [null, 'None'],
  [true, 'True'],
  [false, 'False'],
]);

/** A number that is whole is an int, as its JSON most often was; -0 is one too. */
function pythonNumber(value: number): string | null {
  return Number.isFinite(value) ? String(value) : null;
}

/** The sources of a container's parts; null as soon as one has none. */
function sources<Part>(parts: readonly Part[], sourceOf: (part: Part) => string | null): string[] | null {
  const made: string[] = [];
  for (const part of parts) {
    const source = sourceOf(part);
    if (source === null) return null;
    made.push(source);
  }
  return made;
}

function pythonSource(value: unknown, depth: number): string | null {
  const word = words.get(value);
  if (word !== undefined) return word;
  if (typeof value === 'string') return value.isWellFormed() ? pythonString(value) : null;
  if (typeof value === 'number') return pythonNumber(value);
  if (typeof value !== 'object' || value === null || depth === mostDepth) return null;
  if (Array.isArray(value)) {
    const items = sources(value, item => pythonSource(item, depth + 1));
    return items === null ? null : `[${items.join(', ')}]`;
  }
  const members = sources(Object.entries(value), ([name, member]) => {
    const [key, source] = [pythonSource(name, depth), pythonSource(member, depth + 1)];
    return key === null || source === null ? null : `${key}: ${source}`;
  });
  return members === null ? null : `{${members.join(', ')}}`;
}

/**
 * A JSON value as ASCII source that `ast.literal_eval` of every Python 3 reads back; null where there is none: more than 16 levels,
 * a number that is not finite, a lone surrogate.
 */
export function pythonLiteral(value: unknown): string | null {
  return pythonSource(value, 0);
}

/** JSON in which every character beyond printable ASCII is escaped, so that it fits a field value. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, character => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
