/** Remembers whether signatures held, each for as long as its issuer would choose the very same key again. */
import type { Finding } from '../../gate/lookups.ts';
import { ownText, RecentTexts } from '../../http/recent-texts.ts';
import { chooseKey, type KeyWanted } from './key-choice.ts';
import type { KeySet, VerifyingKey } from './verifying-keys.ts';

/** One issuer's keys as they are now; undefined while there are none to believe. */
export interface KeysNow {
  readonly set: KeySet | undefined;
}

/** What was found out about one signature, and by which key of whose. */
export interface Verdict {
  readonly issuer: KeysNow;
  readonly wanted: KeyWanted;
  readonly key: VerifyingKey;
  readonly finding: Finding;
}

interface Remembered extends Verdict {
  /** The last set in which the key was found again. */
  seenIn: KeySet | undefined;
}

/** How often what happened; they only grow. */
export interface TokenMemoryCounts {
  /** Tokens that were known, and to hold. */
  hits: number;
  /** Tokens that were known, and not to hold. */
  refusedHits: number;
  /** Tokens that have to be verified. */
  misses: number;
}

/** What one half of the memory takes up. */
export interface TokenMemorySize {
  readonly entries: number;
  /** Of their texts. */
  readonly characters: number;
}

/** The memory as its operator sees it. */
export interface TokenMemory {
  readonly counts: TokenMemoryCounts;
  readonly held: TokenMemorySize;
  readonly others: TokenMemorySize;
}

/** How much is remembered, of what held and of the rest; of either at least the half that came last. */
const bounds = {
  held: { entries: 8192, characters: 8 * 1024 * 1024 },
  others: { entries: 2048, characters: 2 * 1024 * 1024 },
};

function sizeOf({ size, characters }: RecentTexts<Remembered>): TokenMemorySize {
  return { entries: size, characters };
}

/** Keeps what held apart, so that a flood of bad tokens can not push it out. */
export class KnownSignatures implements TokenMemory {
  readonly counts: TokenMemoryCounts;
  readonly #held = new RecentTexts<Remembered>(bounds.held);
  readonly #others = new RecentTexts<Remembered>(bounds.others);

  /** `counts` go on from there. */
  constructor(counts: TokenMemoryCounts = { hits: 0, refusedHits: 0, misses: 0 }) {
    this.counts = counts;
  }

  get held(): TokenMemorySize {
    return sizeOf(this.#held);
  }

  get others(): TokenMemorySize {
    return sizeOf(this.#others);
  }

  remember(token: string, verdict: Verdict): void {
    const memory = 'reason' in verdict.finding ? this.#others : this.#held;
    memory.set(ownText(token), { ...verdict, seenIn: undefined });
  }

  /** What was found under a key that these keys still have. */
  find(token: string, issuer: KeysNow): Finding | undefined {
    const finding = this.#find(token, issuer);
    if (finding === undefined) this.counts.misses += 1;
    else if ('reason' in finding) this.counts.refusedHits += 1;
    else this.counts.hits += 1;
    return finding;
  }

  #find(token: string, issuer: KeysNow): Finding | undefined {
    const known = this.#held.get(token) ?? this.#others.get(token);
    if (known === undefined || known.issuer !== issuer) return undefined;
    const { set } = issuer;
    if (set === undefined || known.seenIn !== set) {
      const key = chooseKey(set, known.wanted);
      if ('reason' in key || !key.key.equals(known.key.key)) return this.#forget(token);
      known.seenIn = set;
    }
    return known.finding;
  }

  #forget(token: string): undefined {
    this.#held.delete(token);
    this.#others.delete(token);
  }
}
