/** The issuers' keys, wherever they come from, and the lookup whether a token's signature holds under them. */
import type { KeysConfig } from '../config/config.ts';
import type { ReadRegularFile } from '../config/regular-file.ts';
import { type Refusal, refuse } from '../gate/reasons.ts';
import type { Finding } from '../gate/stages.ts';
import { FetchedKeys, type FetchedSource, type FetchIo } from './fetched-keys.ts';
import { chooseKey, type KeyWanted, noneFits, unavailable, wantedKey } from './key-choice.ts';
import { type KeyFileProblem, readKeyFile } from './key-file.ts';
import { KnownSignatures, type TokenMemory } from './known-signatures.ts';
import { signatureHolds } from './signature.ts';
import type { KeySet, VerifyingKey } from './verifying-keys.ts';

/** Where one issuer's keys come from. */
export interface KeySource {
  /** The issuer's url; '' for tokens without `iss`. */
  readonly issuer: string;
  readonly keys: KeysConfig;
  readonly algorithms: ReadonlySet<string>;
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
  /** When an issuer's keys were read or fetched, in milliseconds since the epoch; 0: never. */
  keysReadAt(issuer: string): number;
  /** What is remembered of tokens. */
  readonly memory: TokenMemory;
  /** What is fetched, one for an issuer. */
  allFetched(): readonly FetchedKeys[];
  /** What is fetched for a source like this one, if it is. */
  fetched(source: FetchedSource): FetchedKeys | undefined;
  /** Ends timers and fetches, but for those that a successor goes on with. */
  close(successor?: KeyRing): void;
}

/** A ring, or every key file that can not be used. */
export type KeyRingOpening =
  | { readonly ok: true; readonly ring: KeyRing }
  | { readonly ok: false; readonly problems: readonly KeyFileProblem[] };

/** Keys that a file gave; they stay as they are until a reload. */
interface FiledKeys {
  readonly set: KeySet;
  readonly readAt: number;
  readonly error: undefined;
}

interface IssuerKeys {
  readonly algorithms: ReadonlySet<string>;
  readonly source: FetchedKeys | FiledKeys;
}

async function findKey(source: FetchedKeys | FiledKeys, wanted: KeyWanted): Promise<VerifyingKey | Refusal> {
  const choice = chooseKey(source.set, wanted);
  if (!(source instanceof FetchedKeys) || (choice !== noneFits && choice !== unavailable)) return choice;
  await source.refresh();
  return chooseKey(source.set, wanted);
}

const holding: Finding = { what: 'signature' };

async function findSignature(
  { algorithms, source }: IssuerKeys,
  token: string,
  known: KnownSignatures,
): Promise<Finding> {
  const wanted = wantedKey(token, algorithms);
  if ('reason' in wanted) return wanted;
  const key = await findKey(source, wanted);
  if ('reason' in key) return key;
  const finding = (await signatureHolds(token, wanted.algorithm, key.key)) ? holding : refuse('token-signature');
  known.remember(token, { issuer: source, wanted, key, finding });
  return finding;
}

function statusOf(issuer: string, { set, error }: FetchedKeys | FiledKeys): KeyStatus {
  const keys = set?.keys.length ?? 0;
  return { issuer, ready: keys > 0, keys, ...(error === undefined ? {} : { error }) };
}

function ringOf(issuers: ReadonlyMap<string, IssuerKeys>, previous: KeyRing | undefined): KeyRing {
  const fetched = [...issuers.values()].map(({ source }) => source).filter(source => source instanceof FetchedKeys);
  const known = new KnownSignatures(previous?.memory.counts);
  return {
    keysReadAt: issuer => issuers.get(issuer)?.source.readAt ?? 0,
    memory: known,
    allFetched: () => fetched,
    findSignature: async (issuer, token) => {
      const keys = issuers.get(issuer);
      return keys === undefined ? refuse('token-issuer') : findSignature(keys, token, known);
    },
    knownSignature: (issuer, token) => {
      const keys = issuers.get(issuer);
      return keys && known.find(token, keys.source);
    },
    status: () => [...issuers].map(([issuer, { source }]) => statusOf(issuer, source)),
    fetched: wanted => fetched.find(source => source.serves(wanted)),
    close: successor => {
      const goOn = new Set(successor === undefined ? [] : successor.allFetched());
      for (const source of fetched) if (!goOn.has(source)) source.close();
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
    if (keys.kind === 'jwksUrl') continue;
    const outcome = await readKeyFile({ ...keys, algorithms }, io.readFile);
    if ('message' in outcome) problems.push(outcome);
    else sets.set(issuer, outcome);
  }
  return { sets, problems };
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
  for (const { issuer, keys, algorithms } of sources) {
    const set = sets.get(issuer);
    if (set !== undefined) issuers.set(issuer, { algorithms, source: { set, readAt: io.now(), error: undefined } });
    if (keys.kind !== 'jwksUrl') continue;
    const wanted = { issuer, url: keys.url, algorithms };
    issuers.set(issuer, { algorithms, source: previous?.fetched(wanted) ?? new FetchedKeys(wanted, io) });
  }
  return { ok: true, ring: ringOf(issuers, previous) };
}
