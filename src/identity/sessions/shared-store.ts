/** What the replicas of a gate have to share about sessions: codes and tokens that count once, and sessions that have been ended. */

/** Why something could not be kept: it was there before, or there is no room. */
export type Unkept = 'known' | 'full';

/** Memory of one process, or of several: `store.url`. */
export interface SharedStore {
  /** Keeps a text under a key, until then (milliseconds since the epoch). `holder`: whose share it takes. */
  put(key: string, text: string, until: number, holder: string): Promise<Unkept | null>;
  /** Gives it out, to the first who asks. */
  take(key: string): Promise<string | null>;
  /** Ends a session for everybody; it would have died by then. */
  end(id: string, until: number): Promise<void>;
  /** Asked on every request, so it must be at hand. */
  hasEnded(id: string): boolean;
}

const mostKept = 16_384;
const mostKeptOfOne = 128;
const mostEnded = 65_536;

interface Kept {
  readonly text: string;
  readonly until: number;
  readonly holder: string;
}

/** The store of a gate that stands alone; a restart forgets it. What is full refuses: to forget would be to let a token count twice. */
export class MemoryStore implements SharedStore {
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept>();
  readonly #held = new Map<string, number>();
  readonly #ended = new Map<string, number>();
  /** No text that is kept is over before. */
  #firstEnd = Number.POSITIVE_INFINITY;

  constructor(now: () => number) {
    this.#now = now;
  }

  async put(key: string, text: string, until: number, holder: string): Promise<Unkept | null> {
    const now = this.#now();
    const known = this.#kept.get(key);
    if (known !== undefined && known.until > now) return 'known';
    if (!this.#hasRoom(holder)) this.#dropPast(now);
    if (!this.#hasRoom(holder)) return 'full';
    this.#release(key);
    this.#kept.set(key, { text, until, holder });
    this.#firstEnd = Math.min(this.#firstEnd, until);
    this.#held.set(holder, (this.#held.get(holder) ?? 0) + 1);
    return null;
  }

  async take(key: string): Promise<string | null> {
    const kept = this.#kept.get(key);
    this.#release(key);
    return kept !== undefined && kept.until > this.#now() ? kept.text : null;
  }

  #hasRoom(holder: string): boolean {
    return this.#kept.size < mostKept && (this.#held.get(holder) ?? 0) < mostKeptOfOne;
  }

  /** Looks through all of it only once something is over: who finds no room comes again and again. */
  #dropPast(now: number): void {
    if (now < this.#firstEnd) return;
    this.#firstEnd = Number.POSITIVE_INFINITY;
    for (const [key, { until }] of this.#kept) {
      if (until <= now) this.#release(key);
      else this.#firstEnd = Math.min(this.#firstEnd, until);
    }
  }

  #release(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    const left = (this.#held.get(kept.holder) ?? 0) - 1;
    if (left > 0) this.#held.set(kept.holder, left);
    else this.#held.delete(kept.holder);
  }

  /** When there are too many, those that were ended first are forgotten: they have the least left of their lives. */
  async end(id: string, until: number): Promise<void> {
    this.#ended.delete(id);
    this.#ended.set(id, until);
    for (const [known, end] of this.#ended) {
      if (end > this.#now() && this.#ended.size <= mostEnded) return;
      this.#ended.delete(known);
    }
  }

  hasEnded(id: string): boolean {
    return this.#ended.size > 0 && this.#ended.has(id);
  }
}
