/** Remembers what was made of texts that come again and again; whatever comes, never more than its bounds. */

/** How much is remembered at most. */
export interface RecentBounds {
  readonly entries: number;
  /** Of all texts together. */
  readonly characters: number;
}

/**
 * A copy of a text of the wire that keeps nothing else alive: a piece cut out of a head holds on to the whole head for as long
 * as it lives itself.
 */
export function ownText(text: string): string {
  const copy = Buffer.from(text, 'latin1').toString('latin1');
  return copy === text ? copy : Buffer.from(text, 'utf16le').toString('utf16le');
}

interface Entry<Value> {
  readonly text: string;
  readonly value: Value;
}

/**
 * Values by text. When the young half is full it becomes the old half, and what is asked for comes back to the young one: what
 * is in use stays, and a flood of texts that come once only pushes itself out.
 */
export class RecentTexts<Value> {
  readonly #entries: number;
  readonly #characters: number;
  #young = new Map<string, Entry<Value>>();
  #old = new Map<string, Entry<Value>>();
  #youngCharacters = 0;

  constructor({ entries, characters }: RecentBounds) {
    this.#entries = entries / 2;
    this.#characters = characters / 2;
  }

  /** How many texts are remembered. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Undefined for a text that is not remembered. */
  get(text: string): Value | undefined {
    return (this.#young.get(text) ?? this.#fromOld(text))?.value;
  }

  /** `text` and whatever `value` holds of it must be its own (`ownText`). A text too long for its half is not remembered. */
  set(text: string, value: Value): void {
    this.delete(text);
    if (text.length <= this.#characters) this.#add({ text, value });
  }

  delete(text: string): void {
    this.#old.delete(text);
    if (this.#young.delete(text)) this.#youngCharacters -= text.length;
  }

  #fromOld(text: string): Entry<Value> | undefined {
    const entry = this.#old.get(text);
    if (entry === undefined) return undefined;
    this.#old.delete(text);
    this.#add(entry);
    return entry;
  }

  #add(entry: Entry<Value>): void {
    const { length } = entry.text;
    if (this.#young.size >= this.#entries || this.#youngCharacters + length > this.#characters) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngCharacters = 0;
    }
    this.#youngCharacters += length;
    this.#young.set(entry.text, entry);
  }
}

/**
 * A function of one text that remembers what it gave; `make` must depend on nothing but the text. `keeps` says no to what would
 * take up more room than its text.
 */
export function remembering<Value extends NonNullable<unknown> | null>(
  make: (text: string) => Value,
  bounds: RecentBounds,
  keeps: (made: Value) => boolean = () => true,
): (text: string) => Value {
  const recent = new RecentTexts<Value>(bounds);
  return text => {
    const known = recent.get(text);
    if (known !== undefined) return known;
    const own = ownText(text);
    const made = make(own);
    if (keeps(made)) recent.set(own, made);
    return made;
  };
}
