/** A key set that is fetched: in the background, kept while the issuer is down, fetched again for an unknown kid, but not often. */
import { later, longAgo, type Moment, mayBePast, momentIn } from '../../clock.ts';
import type { Refusal } from '../../gate/reasons.ts';
import { ownText, RecentTexts } from '../../http/recent-texts.ts';
import { pauseAfterMs } from './freshness.ts';
import { awaited, chooseKey, type KeyWanted, noneFits, unavailable } from './key-choice.ts';
import type { FetchIo } from './key-questions.ts';
import { type FetchedSupply, sourceId } from './key-supply.ts';
import { type Publication, PublishedKeys, type PublishedSource } from './published-keys.ts';
import { type KeySet, noKeyFor, type VerifyingKey } from './verifying-keys.ts';

/** Least time between two fetches that tokens ask for, and from one that failed to the next of them (attack J12). */
const floorMs = 30_000;

/** How long a kid is not asked for again that was not there. */
const missingMs = 60_000;

const mayCome: ReadonlySet<unknown> = new Set([noneFits, unavailable]);

/** The keys of one issuer that publishes them. */
export class FetchedKeys implements FetchedSupply {
  readonly id: string;
  readonly #source: PublishedSource;
  readonly #io: FetchIo;
  readonly #published: PublishedKeys;
  readonly #missing = new RecentTexts<number>({ entries: 1024, characters: 64 * 1024 });
  #staleForMs: number;
  #set: KeySet | undefined;
  /** When the set should have been fetched again. */
  #goodUntil: Moment = longAgo;
  /** When the set is too old to be believed. */
  #staleAt: Moment = longAgo;
  #fetchedAt: number | undefined;
  /** By the steady clock, as all that keeps from asking. */
  #demandedAt = Number.NEGATIVE_INFINITY;
  #startedAt = Number.NEGATIVE_INFINITY;
  #failures = 0;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #error: string | undefined;

  /** Begins the first fetch, and waits for nothing. */
  constructor(source: PublishedSource, staleForMs: number, io: FetchIo) {
    this.id = sourceId(source);
    this.#source = source;
    this.#staleForMs = staleForMs;
    this.#io = io;
    this.#published = new PublishedKeys(source, io);
    void this.#start();
  }

  /** The last good set, unless it is too old to be believed. */
  get set(): KeySet | undefined {
    return mayBePast(this.#staleAt, this.#io.clock) ? undefined : this.#set;
  }

  get ready(): boolean {
    return (this.set?.keys.length ?? 0) > 0;
  }

  get readAt(): number | undefined {
    return this.#fetchedAt;
  }

  get error(): string | undefined {
    return this.#error;
  }

  /**
   * Waits for a running fetch, and then for one of its own, unless the last that a token asked for is too young. Only of a kid that
   * was asked for it is said that there is no such key: whoever holds the floor with made-up kids makes no good token a bad one.
   */
  async find(wanted: KeyWanted): Promise<VerifyingKey | Refusal> {
    let choice = chooseKey(this.set, wanted);
    while (mayCome.has(choice)) {
      const fetching = this.#running ?? this.#demand(wanted);
      if (fetching === undefined) return choice === noneFits && !this.#wasMissing(wanted) ? awaited : choice;
      await fetching;
      choice = chooseKey(this.set, wanted);
    }
    return choice;
  }

  believeFor(staleForMs: number): void {
    this.#staleForMs = staleForMs;
    this.#staleAt = later(this.#goodUntil, staleForMs);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Whether it was asked for of late, and was not there. */
  #wasMissing({ kid = '' }: KeyWanted): boolean {
    return this.#io.clock.steady() < (this.#missing.get(kid) ?? Number.NEGATIVE_INFINITY);
  }

  /** A fetch for the sake of one token. Only who began it can know that the kid was not there after it had come. */
  #demand(wanted: KeyWanted): Promise<void> | undefined {
    const now = this.#io.clock.steady();
    const { kid = '' } = wanted;
    const lately = Math.max(this.#demandedAt, this.#error === undefined ? Number.NEGATIVE_INFINITY : this.#startedAt);
    if (this.#closed || now - lately < floorMs || this.#wasMissing(wanted)) return undefined;
    this.#demandedAt = now;
    return this.#start().then(() => {
      const stillMissing = this.#error === undefined && chooseKey(this.set, wanted) === noneFits;
      if (!stillMissing) return;
      this.#missing.set(ownText(kid), this.#io.clock.steady() + missingMs);
      this.#published.askWhere();
    });
  }

  #start(): Promise<void> {
    clearTimeout(this.#timer);
    this.#startedAt = this.#io.clock.steady();
    const running = this.#published.look().then(publication => {
      this.#running = undefined;
      if (!this.#closed) this.#take(publication);
    });
    this.#running = running;
    return running;
  }

  /** An answer without a usable key is a fault, but the issuer's word: keys that it took back are gone. */
  #take(publication: Publication): void {
    const { issuer, algorithms } = this.#source;
    if ('set' in publication) {
      this.#set = publication.set;
      this.#fetchedAt = this.#io.clock.steady();
      this.#goodUntil = momentIn(publication.againMs, this.#io.clock);
      this.#staleAt = later(this.#goodUntil, this.#staleForMs);
    }
    const keys = 'set' in publication ? publication.set.keys.length : 0;
    this.#error = 'fault' in publication ? publication.fault : keys === 0 ? noKeyFor(algorithms) : undefined;
    this.#failures = this.#error === undefined ? 0 : this.#failures + 1;
    const again = 'set' in publication && keys > 0 ? publication.againMs : pauseAfterMs(this.#failures);
    this.#timer = setTimeout(() => void this.#start(), again).unref();
    this.#io.onEvent(
      this.#error === undefined
        ? { kind: 'keys-fetched', issuer, keys }
        : { kind: 'keys-failed', issuer, error: this.#error },
    );
  }
}
