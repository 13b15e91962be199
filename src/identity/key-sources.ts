/** The issuers' keys, wherever they come from, and the lookup whether a token's signature holds under them. */
import type { KeysConfig } from '../config/config.ts';
import { type Refusal, refuse } from '../gate/reasons.ts';
import type { Finding } from '../gate/stages.ts';
import { readCompactToken } from './compact-token.ts';
import { FetchedKeys, type FetchedSource, type FetchIo } from './fetched-keys.ts';
import { type KeyFileProblem, type ReadFile, readKeyFile } from './key-file.ts';
import { signatureHolds } from './signature.ts';
import type { JsonValue } from './strict-json.ts';
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
  readonly readFile: ReadFile;
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
  /** One row an issuer, in the order of the sources. */
  status(): readonly KeyStatus[];
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
  readonly error: undefined;
}

interface IssuerKeys {
  readonly algorithms: ReadonlySet<string>;
  readonly source: FetchedKeys | FiledKeys;
}

const unavailable = refuse('keys-unavailable');
const noneFits = refuse('token-key-unknown', 'no key fits');
const severalFit = refuse('token-key-unknown', 'more than one key fits');

/** The one key for a token: by `kid`, or the only one that fits; two that fit are none (attack J6). */
function chooseKey(set: KeySet | undefined, algorithm: string, kid: string | undefined): VerifyingKey | Refusal {
  if (set === undefined || set.keys.length === 0) return unavailable;
  const anyName = kid === undefined || !set.named;
  const [key, ...more] = set.keys.filter(one => one.algorithms.has(algorithm) && (anyName || one.kid === kid));
  if (key === undefined) return noneFits;
  return more.length === 0 ? key : severalFit;
}

async function findKey(
  source: FetchedKeys | FiledKeys,
  algorithm: string,
  kid: string | undefined,
): Promise<VerifyingKey | Refusal> {
  const choice = chooseKey(source.set, algorithm, kid);
  if (!(source instanceof FetchedKeys) || (choice !== noneFits && choice !== unavailable)) return choice;
  await source.refresh();
  return chooseKey(source.set, algorithm, kid);
}

/** Leans on no check that the prover made before. */
async function findSignature(issuer: IssuerKeys | undefined, token: string): Promise<Finding> {
  if (issuer === undefined) return refuse('token-issuer');
  const header = readCompactToken(token)?.header;
  if (header === undefined) return refuse('token-malformed');
  const { alg, kid } = header as { readonly alg?: JsonValue; readonly kid?: JsonValue };
  if (typeof alg !== 'string' || !issuer.algorithms.has(alg)) return refuse('token-algorithm', 'alg');
  if (kid !== undefined && typeof kid !== 'string') return refuse('token-malformed', 'kid');
  const key = await findKey(issuer.source, alg, kid);
  if ('reason' in key) return key;
  return (await signatureHolds(token, alg, key.key)) ? { what: 'signature' } : refuse('token-signature');
}

function statusOf(issuer: string, { set, error }: FetchedKeys | FiledKeys): KeyStatus {
  const keys = set?.keys.length ?? 0;
  return { issuer, ready: keys > 0, keys, ...(error === undefined ? {} : { error }) };
}

function ringOf(issuers: ReadonlyMap<string, IssuerKeys>): KeyRing {
  const fetched = [...issuers.values()].map(({ source }) => source).filter(source => source instanceof FetchedKeys);
  return {
    allFetched: () => fetched,
    findSignature: (issuer, token) => findSignature(issuers.get(issuer), token),
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
    if (set !== undefined) issuers.set(issuer, { algorithms, source: { set, error: undefined } });
    if (keys.kind !== 'jwksUrl') continue;
    const wanted = { issuer, url: keys.url, algorithms };
    issuers.set(issuer, { algorithms, source: previous?.fetched(wanted) ?? new FetchedKeys(wanted, io) });
  }
  return { ok: true, ring: ringOf(issuers) };
}
