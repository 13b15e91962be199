/** Reads JSON so that it has one meaning: unique names at every depth, numbers that keep their value, whole characters (RFC 7493). */

/** An object without a prototype, so that no name in it means anything to the language. */
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** What JSON can say. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

const mostDepth = 32;

const space = /[ \t\n\r]*/y;
const string = /"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const word = /true|false|null/y;

const words: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** Goes over one text; each method gives undefined for a fault. */
class Reader {
  readonly #text: string;
  #at = 0;
  /** What is wrong, and where; the first fault is the one that explains. */
  fault: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonValue | undefined {
    const value = this.#value(0);
    this.#skipSpace();
    return this.#at === this.#text.length ? value : this.#fails('more text than one value');
  }

  #fails(what: string): undefined {
    this.fault ??= `${what} at character ${this.#at + 1}`;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Tokens have none: to look for some by the pattern, before each mark, was more than half of all the work. */
  #skipSpace(): void {
    if (this.#text.charCodeAt(this.#at) <= 0x20) this.#take(space);
  }

  /** Whether this mark comes next; if so, goes over it. */
  #skips(mark: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== mark) return false;
    this.#at += 1;
    return true;
  }

  #value(depth: number): JsonValue | undefined {
    if (depth > mostDepth) return this.#fails(`more than ${mostDepth} levels`);
    if (this.#skips('{')) return this.#object(depth);
    if (this.#skips('[')) return this.#array(depth);
    if (this.#text[this.#at] === '"') return this.#string();
    const found = this.#take(word);
    return found === undefined ? this.#number() : words.get(found);
  }

  #string(): string | undefined {
    const found = this.#take(string);
    if (found === undefined) return this.#fails('no string, a control character in one, or an unknown escape');
    const value: unknown = JSON.parse(found);
    return typeof value === 'string' && value.isWellFormed() ? value : this.#fails('half of a surrogate pair');
  }

  /** Beyond 2^53 a number would be another one once read, whichever way it is written. */
  #number(): number | undefined {
    const found = this.#take(number);
    if (found === undefined) return this.#fails('no JSON value');
    const value = Number(found);
    return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : this.#fails('a number beyond 2^53');
  }

  #array(depth: number): JsonValue[] | undefined {
    const values: JsonValue[] = [];
    if (this.#skips(']')) return values;
    do {
      const value = this.#value(depth + 1);
      if (value === undefined) return undefined;
      values.push(value);
    } while (this.#skips(','));
    return this.#skips(']') ? values : this.#fails('neither a comma nor the end of the list');
  }

  #object(depth: number): JsonObject | undefined {
    const members: Record<string, JsonValue> = Object.create(null);
    if (this.#skips('}')) return members;
    do {
      this.#skipSpace();
      const name = this.#string();
      if (name === undefined) return undefined;
      if (name in members) return this.#fails(`the member ${JSON.stringify(name)} for the second time`);
      if (!this.#skips(':')) return this.#fails('no colon behind a name');
      const value = this.#value(depth + 1);
      if (value === undefined) return undefined;
      members[name] = value;
    } while (this.#skips(','));
    return this.#skips('}') ? members : this.#fails('neither a comma nor the end of the object');
  }
}

/** Reads one JSON document; undefined where it is not JSON, or JSON that two readers could take differently. */
export function readJson(text: string): JsonValue | undefined {
  return new Reader(text).document();
}

/** Why `readJson` does not take a text, and where; null where it does. */
export function jsonFault(text: string): string | null {
  const reader = new Reader(text);
  reader.document();
  return reader.fault ?? null;
}

/** Whether a value is an object, and neither null nor an array. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
