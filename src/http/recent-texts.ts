/** Remembers what was made of texts that come again and again; whatever comes, never more than its bounds. */

/** How much is remembered at most. */
export interface RecentBounds {
  readonly entries: number;
  /** Of all texts together, and of what their values hold besides, for which it may as well be bytes. */
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
  /** Characters that it takes up. */
  readonly weight: number;
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
  #oldCharacters = 0;

  constructor({ entries, characters }: RecentBounds) {
    this.#entries = entries / 2;
    this.#characters = characters / 2;
  }

  /** How many texts are remembered. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** What they take up. */
  get characters(): number {
    return this.#youngCharacters + this.#oldCharacters;
  }

  /** Undefined for a text that is not remembered. */
  get(text: string): Value | undefined {
    return (this.#young.get(text) ?? this.#fromOld(text))?.value;
  }

  /**
   * `text` and whatever `value` holds of it must be its own (`ownText`); `besides`: the characters of what else it holds. What
   * is too long for its half is not remembered.
   */
  set(text: string, value: Value, besides = 0): void {
    this.delete(text);
    const weight = text.length + besides;
    if (weight <= this.#characters) this.#add({ text, value, weight });
  }

  delete(text: string): void {
    this.#youngCharacters -= takeOut(this.#young, text);
    this.#oldCharacters -= takeOut(this.#old, text);
  }

  #fromOld(text: string): Entry<Value> | undefined {
    const entry = this.#old.get(text);
    if (entry === undefined) return undefined;
    this.#oldCharacters -= takeOut(this.#old, text);
    this.#add(entry);
    return entry;
  }

  #add(entry: Entry<Value>): void {
    const { text, weight } = entry;
    if (this.#young.size >= this.#entries || this.#youngCharacters + weight > this.#characters) {
      this.#old = this.#young;
      this.#oldCharacters = this.#youngCharacters;
      this.#young = new Map();
      this.#youngCharacters = 0;
    }
    this.#youngCharacters += weight;
    this.#young.set(text, entry);
  }
}

/** Takes an entry out; the characters that it took up. */
function takeOut(entries: Map<string, Entry<unknown>>, text: string): number {
  const weight = entries.get(text)?.weight ?? 0;
  entries.delete(text);
  return weight;
}

/**
 * A function of one text that remembers what it gave; `make` must depend on nothing but the text. `keeps` says no to what would
 * take up more room than its text; `besides`: the characters of what else a value holds.
 */
export function remembering<Value extends NonNullable<unknown> | null>(
  make: (text: string) => Value,
  bounds: RecentBounds,
  keeps: (made: Value) => boolean = () => true,
  besides: (made: Value) => number = () => 0,
): (text: string) => Value {
  const recent = new RecentTexts<Value>(bounds);
  return text => {
    const known = recent.get(text);
    if (known !== undefined) return known;
    const own = ownText(text);
    const made = make(own);
    if (keeps(made)) recent.set(own, made, besides(made));
    return made;
  };
}
