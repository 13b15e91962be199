/** What the replicas of a gate have to share about sessions: codes and tokens that count once, and sessions that have been ended. */
import { type Clock, isSurelyPast, type Moment, mayBePast, momentAt, never } from '../../clock.ts';

/** Why something could not be kept: it was there before, or there is no room. */
export type Unkept = 'known' | 'full';

/** Memory of one process, or of several: `store.url`. */
export interface SharedStore {
  /** Keeps a text under a key, to be given out until then (milliseconds since the epoch). `holder`: whose share it takes. */
  put(key: string, text: string, until: number, holder: string): Promise<Unkept | null>;
  /** Gives it out, to the first who asks. */
  take(key: string): Promise<string | null>;
  /** Remembers something that counts once and is worth nothing from then on. */
  spend(key: string, until: number, holder: string): Promise<Unkept | null>;
  /** Ends a session for everybody, whatever its cookies say of its life. */
  end(id: string): Promise<void>;
  /** Asked on every request, so it must be at hand. */
  hasEnded(id: string): boolean;
}

const mostKept = 16_384;
const mostKeptOfOne = 128;
const mostEnded = 65_536;

interface Kept {
  /** Null for what was spent. */
  readonly text: string | null;
  readonly until: Moment;
  readonly holder: string;
}

/** Of what is to be given out, and of what was spent. */
interface FirstEnds {
  readonly given: Moment;
  readonly spent: Moment;
}

const noEnds: FirstEnds = { given: never, spent: never };

function earlier(one: Moment, other: Moment): Moment {
  return { wall: Math.min(one.wall, other.wall), steady: Math.min(one.steady, other.steady) };
}

function withEnd({ given, spent }: FirstEnds, { text, until }: Kept): FirstEnds {
  return text === null ? { given, spent: earlier(spent, until) } : { given: earlier(given, until), spent };
}

/** The store of a gate that stands alone; a restart forgets it. What is full refuses: to forget would be to let a token count twice. */
export class MemoryStore implements SharedStore {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();
  readonly #held = new Map<string, number>();
  readonly #ended = new Set<string>();
  /** Nothing of its kind is over before. */
  #firstEnds: FirstEnds = noEnds;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  put(key: string, text: string, until: number, holder: string): Promise<Unkept | null> {
    return this.#keep(key, { text, until: momentAt(until, this.#clock), holder });
  }

  spend(key: string, until: number, holder: string): Promise<Unkept | null> {
    return this.#keep(key, { text: null, until: momentAt(until, this.#clock), holder });
  }

  async #keep(key: string, kept: Kept): Promise<Unkept | null> {
    const { holder } = kept;
    const known = this.#kept.get(key);
    if (known !== undefined && !this.#isOver(known)) return 'known';
    if (!this.#hasRoom(holder)) this.#dropPast();
    if (!this.#hasRoom(holder)) return 'full';
    this.#release(key);
    this.#kept.set(key, kept);
    this.#firstEnds = withEnd(this.#firstEnds, kept);
    this.#held.set(holder, (this.#held.get(holder) ?? 0) + 1);
    return null;
  }

  /** What may be given out ends early in doubt, what counts once is remembered. */
  #isOver({ text, until }: Kept): boolean {
    return text === null ? isSurelyPast(until, this.#clock) : mayBePast(until, this.#clock);
  }

  async take(key: string): Promise<string | null> {
    const kept = this.#kept.get(key);
    if (kept === undefined || kept.text === null) return null;
    this.#release(key);
    return this.#isOver(kept) ? null : kept.text;
  }

  #hasRoom(holder: string): boolean {
    return this.#kept.size < mostKept && (this.#held.get(holder) ?? 0) < mostKeptOfOne;
  }

  /** Looks through all of it only once something is over: who finds no room comes again and again. */
  #dropPast(): void {
    const { given, spent } = this.#firstEnds;
    if (!mayBePast(given, this.#clock) && !isSurelyPast(spent, this.#clock)) return;
    this.#firstEnds = noEnds;
    for (const [key, kept] of this.#kept) {
      if (this.#isOver(kept)) this.#release(key);
      else this.#firstEnds = withEnd(this.#firstEnds, kept);
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

  /** Forgotten is by number alone, those that were ended first: neither a clock nor a reload that prolongs lives brings one back. */
  async end(id: string): Promise<void> {
    this.#ended.add(id);
    const [first] = this.#ended;
    if (this.#ended.size > mostEnded && first !== undefined) this.#ended.delete(first);
  }

  hasEnded(id: string): boolean {
    return this.#ended.size > 0 && this.#ended.has(id);
  }
}
