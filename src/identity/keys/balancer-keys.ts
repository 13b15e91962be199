/** Keys of AWS load balancers: each is a PEM file of its own at AWS, asked for by its kid, but not as often as tokens name new ones. */
import { later, type Moment, mayBePast, momentIn, never } from '../../clock.ts';
import type { Refusal } from '../../gate/reasons.ts';
import { ownText, RecentTexts } from '../../http/recent-texts.ts';
import { askAgainAfterMs, pauseAfterMs } from './freshness.ts';
import { chooseKey, type KeyWanted, noneFits, unavailable } from './key-choice.ts';
import { askForKeys, type FetchIo } from './key-questions.ts';
import { type FetchedSupply, sourceId } from './key-supply.ts';
import { type KeySet, keysOfPem, noKeyFor, type VerifyingKey } from './verifying-keys.ts';

/** Whose keys, and where they are. */
export interface BalancerSource {
  readonly kind: 'alb';
  readonly issuer: string;
  readonly region: string;
  readonly algorithms: ReadonlySet<string>;
  /** Who signs the certificate (PEM); `null`: the roots of Node. */
  readonly ca: string | null;
}

/** The one spelling of a UUID that AWS has; nothing else ever stands in a URL. */
const keyName = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const timeoutMs = 5_000;

/** A region has few keys at a time. */
const mostHeld = 16;

/** Questions about keys that are not held, in any such span of time (attack J12). */
const mostQuestions = 10;
const floorMs = 30_000;

/** How long an answer without a key counts. */
const missingMs = 60_000;

/** What S3 says of a file that is not there, to who may list the others and to who may not. */
const absentStatuses: ReadonlySet<number | undefined> = new Set([403, 404]);

/** Where AWS has a region's key of that name (its guide, "Authenticate users using an Application Load Balancer"). */
export function balancerKeyUrl(region: string, kid: string): string {
  if (region.startsWith('us-gov-'))
    return `https://s3-${region}.amazonaws.com/aws-elb-public-keys-prod-${region}/${kid}`;
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://public-keys.auth.elb.${region}.${domain}/${kid}`;
}

interface HeldKey {
  readonly key: VerifyingKey;
  /** When it should have been fetched again. */
  readonly goodUntil: Moment;
}

/** The keys of one region, as far as tokens have named them. */
export class BalancerKeys implements FetchedSupply {
  readonly id: string;
  readonly #source: BalancerSource;
  readonly #io: FetchIo;
  readonly #held = new Map<string, HeldKey>();
  readonly #running = new Map<string, Promise<Refusal | undefined>>();
  readonly #answered = new RecentTexts<{ readonly refusal: Refusal; readonly until: number }>({
    entries: 1024,
    characters: 64 * 1024,
  });
  /** By the steady clock, as all that keeps from asking. */
  #questionsAt: number[] = [];
  #staleForMs: number;
  #set: KeySet = { named: true, keys: [] };
  /** When the first key of the set is too old to be believed. */
  #setUntil: Moment = never;
  #fetchedAt: number | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #error: string | undefined;

  /** Asks for nothing yet: tokens say which keys there are. */
  constructor(source: BalancerSource, staleForMs: number, io: FetchIo) {
    this.id = sourceId(source);
    this.#source = source;
    this.#staleForMs = staleForMs;
    this.#io = io;
  }

  get set(): KeySet {
    if (mayBePast(this.#setUntil, this.#io.clock)) this.#makeSet();
    return this.#set;
  }

  /** Before the first token there is nothing to be had, and nothing wrong. */
  get ready(): boolean {
    return this.#error === undefined || this.set.keys.length > 0;
  }

  get readAt(): number | undefined {
    return this.#fetchedAt;
  }

  get error(): string | undefined {
    return this.#error;
  }

  async find(wanted: KeyWanted): Promise<VerifyingKey | Refusal> {
    const { kid = '' } = wanted;
    if (!keyName.test(kid)) return noneFits;
    if (!this.#isHeld(kid)) {
      const refusal = await this.#fetched(ownText(kid));
      if (refusal !== undefined) return refusal;
    }
    return chooseKey(this.set, wanted);
  }

  believeFor(staleForMs: number): void {
    this.#staleForMs = staleForMs;
    this.#makeSet();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** What was asked for last is forgotten last. */
  #isHeld(kid: string): boolean {
    if (!this.set.keys.some(key => key.kid === kid)) return false;
    const held = this.#held.get(kid);
    this.#held.delete(kid);
    if (held !== undefined) this.#held.set(kid, held);
    return true;
  }

  /** Why the key is not held after all; undefined: it is. */
  async #fetched(kid: string): Promise<Refusal | undefined> {
    const now = this.#io.clock.steady();
    const known = this.#answered.get(kid);
    if (known !== undefined && now < known.until) return known.refusal;
    const running = this.#running.get(kid);
    if (running !== undefined) return running;
    if (this.#closed || !this.#mayAsk(now)) return unavailable;
    return this.#ask(kid);
  }

  #mayAsk(now: number): boolean {
    this.#questionsAt = this.#questionsAt.filter(at => now - at < floorMs);
    if (this.#questionsAt.length >= mostQuestions) return false;
    this.#questionsAt.push(now);
    return true;
  }

  #ask(kid: string): Promise<Refusal | undefined> {
    const running = this.#keyOrFault(kid).then(outcome => {
      this.#running.delete(kid);
      return this.#closed ? unavailable : this.#take(kid, outcome);
    });
    this.#running.set(kid, running);
    return running;
  }

  /** A key, a fault, or null where AWS has none of that name. */
  async #keyOrFault(kid: string): Promise<VerifyingKey | { readonly fault: string } | null> {
    const { region, algorithms, ca } = this.#source;
    const bounds = { timeoutMs, ...(ca === null ? {} : { ca }) };
    const answer = await askForKeys(balancerKeyUrl(region, kid), bounds, this.#io.ask);
    if ('fault' in answer) return absentStatuses.has(answer.status) ? null : answer;
    const read = keysOfPem(answer.body, algorithms);
    if ('fault' in read) return read;
    const [key, second] = read.keys;
    if (key === undefined || second !== undefined) return { fault: noKeyFor(algorithms) };
    return { ...key, kid };
  }

  #take(kid: string, outcome: VerifyingKey | { readonly fault: string } | null): Refusal | undefined {
    const { issuer } = this.#source;
    const fault = outcome !== null && 'fault' in outcome ? outcome.fault : undefined;
    this.#error = fault;
    this.#failures = fault === undefined ? 0 : this.#failures + 1;
    if (fault !== undefined) this.#io.onEvent({ kind: 'keys-failed', issuer, error: fault });
    if (outcome !== null && 'key' in outcome) {
      this.#hold(kid, outcome);
      return undefined;
    }
    // What AWS no longer has is gone; what could not be asked for stays.
    if (outcome === null && this.#held.delete(kid)) this.#makeSet();
    const refusal = outcome === null ? noneFits : unavailable;
    this.#answered.set(kid, { refusal, until: this.#io.clock.steady() + (outcome === null ? missingMs : floorMs) });
    return refusal;
  }

  #hold(kid: string, key: VerifyingKey): void {
    const isNew = !this.#held.delete(kid);
    const [oldest] = this.#held.keys();
    if (this.#held.size >= mostHeld && oldest !== undefined) this.#held.delete(oldest);
    this.#fetchedAt = this.#io.clock.steady();
    this.#held.set(kid, { key, goodUntil: momentIn(askAgainAfterMs(''), this.#io.clock) });
    this.#makeSet();
    this.#timer ??= this.#later(askAgainAfterMs(''));
    if (isNew) this.#io.onEvent({ kind: 'keys-fetched', issuer: this.#source.issuer, keys: this.#held.size });
  }

  #makeSet(): void {
    for (const [kid, key] of this.#held) if (mayBePast(this.#staleAt(key), this.#io.clock)) this.#held.delete(kid);
    const held = [...this.#held.values()];
    const ends = held.map(key => this.#staleAt(key));
    this.#set = { named: true, keys: held.map(({ key }) => key) };
    this.#setUntil = {
      wall: Math.min(...ends.map(({ wall }) => wall)),
      steady: Math.min(...ends.map(({ steady }) => steady)),
    };
  }

  #staleAt({ goodUntil }: HeldKey): Moment {
    return later(goodUntil, this.#staleForMs);
  }

  #later(ms: number): NodeJS.Timeout {
    return setTimeout(() => void this.#askAgain(), ms).unref();
  }

  /** Each key that is held, one after another. */
  async #askAgain(): Promise<void> {
    for (const kid of [...this.#held.keys()]) {
      if (this.#closed) return;
      await (this.#running.get(kid) ?? this.#ask(kid));
    }
    if (!this.#closed)
      this.#timer = this.#later(this.#failures === 0 ? askAgainAfterMs('') : pauseAfterMs(this.#failures));
  }
}
