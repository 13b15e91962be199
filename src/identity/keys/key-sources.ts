/** The issuers' keys, wherever they come from, and the lookup whether a token's signature holds under them. */

import type { ReadRegularFile } from '../../config/regular-file.ts';
import type { FetchedKeysConfig, KeysConfig } from '../../config/sections/keys.ts';
import type { Finding } from '../../gate/lookups.ts';
import { refuse } from '../../gate/reasons.ts';
import { BalancerKeys, type BalancerSource } from './balancer-keys.ts';
import { FetchedKeys } from './fetched-keys.ts';
import { type TokenForm, wantedKey } from './key-choice.ts';
import { type KeyFileProblem, readKeyFile } from './key-file.ts';
import type { FetchIo } from './key-questions.ts';
import { type FetchedSupply, filedSupply, type KeySupply, sourceId } from './key-supply.ts';
import { KnownSignatures, type TokenMemory } from './known-signatures.ts';
import type { PublishedSource } from './published-keys.ts';
import { signatureHolds } from './signature.ts';
import type { KeySet } from './verifying-keys.ts';

/** Where one issuer's keys come from. */
export interface KeySource {
  /** The issuer's url; '' for tokens without `iss`. */
  readonly issuer: string;
  readonly keys: KeysConfig;
  readonly algorithms: ReadonlySet<string>;
  /** Where the discovery document is; there with keys by discovery. */
  readonly discoveryUrl?: string;
  /** Who signs the certificates of where keys are fetched (PEM); absent: the roots of Node. */
  readonly ca?: string;
}

/** What keys need of the outside world. */
export interface KeyIo extends FetchIo {
  readonly readFile: ReadRegularFile;
}

/** How one issuer's keys stand. */
export interface KeyStatus {
  readonly issuer: string;
  /** Whether tokens of this issuer can be checked now. */
  readonly ready: boolean;
  readonly keys: number;
  /** Why the last reading or fetch failed. */
  readonly error?: string;
}

/** The keys of all issuers. */
export interface KeyRing {
  /** Whether the token's signature holds under a key of this issuer. Never rejects. */
  findSignature(issuer: string, token: string): Promise<Finding>;
  /** The same where it was found out before, and the issuer still has the key. */
  knownSignature(issuer: string, token: string): Finding | undefined;
  /** One row an issuer, in the order of the sources. */
  status(): readonly KeyStatus[];
  /** When an issuer's keys were read or fetched, by the steady clock; undefined: never. */
  keysReadAt(issuer: string): number | undefined;
  /** What is remembered of tokens. */
  readonly memory: TokenMemory;
  /** What is fetched, one for an issuer. */
  allFetched(): readonly FetchedSupply[];
  /** What this ring's config says of how long old keys count holds from now on, also where another ring fetched them. */
  takeOver(): void;
  /** Ends timers and fetches, but for those that a successor goes on with. */
  close(successor?: KeyRing): void;
}

/** A ring, or every key file that can not be used. */
export type KeyRingOpening =
  | { readonly ok: true; readonly ring: KeyRing }
  | { readonly ok: false; readonly problems: readonly KeyFileProblem[] };

interface IssuerKeys {
  readonly algorithms: ReadonlySet<string>;
  readonly form: TokenForm;
  readonly supply: KeySupply;
}

/** Keys that are fetched, and how long the config believes in old ones. */
interface Fetching {
  readonly supply: FetchedSupply;
  readonly staleForMs: number;
}

const holding: Finding = { what: 'signature' };

async function findSignature(
  { algorithms, form, supply }: IssuerKeys,
  token: string,
  known: KnownSignatures,
): Promise<Finding> {
  const wanted = wantedKey(token, algorithms, form);
  if ('reason' in wanted) return wanted;
  const key = await supply.find(wanted);
  if ('reason' in key) return key;
  const finding = (await signatureHolds(token, wanted.algorithm, key.key)) ? holding : refuse('token-signature');
  known.remember(token, { issuer: supply, wanted, key, finding });
  return finding;
}

function statusOf(issuer: string, { set, ready, error }: KeySupply): KeyStatus {
  return { issuer, ready, keys: set?.keys.length ?? 0, ...(error === undefined ? {} : { error }) };
}

function ringOf(
  issuers: ReadonlyMap<string, IssuerKeys>,
  fetching: readonly Fetching[],
  previous: KeyRing | undefined,
): KeyRing {
  const fetched = fetching.map(({ supply }) => supply);
  const known = new KnownSignatures(previous?.memory.counts);
  return {
    keysReadAt: issuer => issuers.get(issuer)?.supply.readAt,
    memory: known,
    allFetched: () => fetched,
    findSignature: async (issuer, token) => {
      const keys = issuers.get(issuer);
      return keys === undefined ? refuse('token-issuer') : findSignature(keys, token, known);
    },
    knownSignature: (issuer, token) => {
      const keys = issuers.get(issuer);
      return keys && known.find(token, keys.supply);
    },
    status: () => [...issuers].map(([issuer, { supply }]) => statusOf(issuer, supply)),
    takeOver: () => fetching.forEach(({ supply, staleForMs }) => void supply.believeFor(staleForMs)),
    close: successor => {
      const goOn = new Set(successor === undefined ? [] : successor.allFetched());
      for (const supply of fetched) if (!goOn.has(supply)) supply.close();
      successor?.takeOver();
    },
  };
}

/** Reads all key files; every problem, or the sets by issuer. */
async function readFiles(
  sources: readonly KeySource[],
  io: KeyIo,
): Promise<{ sets: ReadonlyMap<string, KeySet>; problems: readonly KeyFileProblem[] }> {
  const sets = new Map<string, KeySet>();
  const problems: KeyFileProblem[] = [];
  for (const { issuer, keys, algorithms } of sources) {
    if (!('file' in keys)) continue;
    const outcome = await readKeyFile({ ...keys, algorithms }, io.readFile);
    if ('message' in outcome) problems.push(outcome);
    else sets.set(issuer, outcome);
  }
  return { sets, problems };
}

function fetchedSource(source: KeySource, keys: FetchedKeysConfig): PublishedSource | BalancerSource {
  const { issuer, algorithms, ca = null, discoveryUrl = '' } = source;
  if (keys.kind === 'alb') return { kind: 'alb', issuer, region: keys.region, algorithms, ca };
  const url = keys.kind === 'jwksUrl' ? keys.url : discoveryUrl;
  return { kind: keys.kind, issuer, url, algorithms, ca, dangerouslyAllowHttp: keys.dangerouslyAllowHttp };
}

function openFetched(source: KeySource, keys: FetchedKeysConfig, io: KeyIo, previous?: KeyRing): FetchedSupply {
  const wanted = fetchedSource(source, keys);
  const goesOn = previous?.allFetched().find(({ id }) => id === sourceId(wanted));
  if (goesOn !== undefined) return goesOn;
  const { staleForMs } = keys;
  return wanted.kind === 'alb' ? new BalancerKeys(wanted, staleForMs, io) : new FetchedKeys(wanted, staleForMs, io);
}

/**
 * Reads every key file, and where all of them are good begins to fetch the rest without waiting for it. What `previous`
 * fetches from the same source goes on, so that a reload while an issuer is down loses no keys.
 */
export async function openKeySources(
  sources: readonly KeySource[],
  io: KeyIo,
  previous?: KeyRing,
): Promise<KeyRingOpening> {
  const { sets, problems } = await readFiles(sources, io);
  if (problems.length > 0) return { ok: false, problems };
  const issuers = new Map<string, IssuerKeys>();
  const fetching: Fetching[] = [];
  for (const source of sources) {
    const { issuer, keys, algorithms } = source;
    const set = sets.get(issuer);
    if (set !== undefined)
      issuers.set(issuer, { algorithms, form: 'strict', supply: filedSupply(set, io.clock.steady()) });
    if ('file' in keys) continue;
    const supply = openFetched(source, keys, io, previous);
    fetching.push({ supply, staleForMs: keys.staleForMs });
    issuers.set(issuer, { algorithms, form: keys.kind === 'alb' ? 'padded' : 'strict', supply });
  }
  return { ok: true, ring: ringOf(issuers, fetching, previous) };
}
