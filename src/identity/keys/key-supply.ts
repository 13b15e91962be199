/** What gives one issuer's keys, be it a file, a key set that is fetched, or a place where each key is asked for by its name. */
import type { Refusal } from '../../gate/reasons.ts';
import { chooseKey, type KeyWanted } from './key-choice.ts';
import type { KeysNow } from './known-signatures.ts';
import type { KeySet, VerifyingKey } from './verifying-keys.ts';

/** One issuer's keys. */
export interface KeySupply extends KeysNow {
  /** Whether tokens of this issuer can be checked now. */
  readonly ready: boolean;
  /** When keys were read or fetched last, by the steady clock; undefined: never. */
  readonly readAt: number | undefined;
  /** Why the last fetch failed. */
  readonly error: string | undefined;
  /** The key for a token; waits for one that has to be fetched first. Never rejects. */
  find(wanted: KeyWanted): Promise<VerifyingKey | Refusal>;
}

/** Keys that are fetched, whatever generation of the gate asks for them. */
export interface FetchedSupply extends KeySupply {
  /** Of its source: a reload goes on with the supply of the very same one. */
  readonly id: string;
  /** From now on the last keys count so long once they should have been fetched again. */
  believeFor(staleForMs: number): void;
  /** Fetches no more; what is running is ignored. */
  close(): void;
}

/** Keys that a file gave; they stay as they are until a reload. */
export function filedSupply(set: KeySet, readAt: number): KeySupply {
  return { set, readAt, ready: set.keys.length > 0, error: undefined, find: async wanted => chooseKey(set, wanted) };
}

/** The same for sources that say the same. */
export function sourceId(source: { readonly algorithms: ReadonlySet<string> }): string {
  return JSON.stringify({ ...source, algorithms: [...source.algorithms].toSorted() });
}
