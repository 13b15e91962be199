/** Which key of its issuer a token is checked with: by what its own header asks for. */
import { type Refusal, refuse } from '../../gate/reasons.ts';
import { readCompactToken, readPaddedToken } from '../tokens/compact-token.ts';
import type { JsonValue } from '../tokens/strict-json.ts';
import type { KeySet, VerifyingKey } from './verifying-keys.ts';

/** What a token's header asks for. */
export interface KeyWanted {
  readonly algorithm: string;
  readonly kid: string | undefined;
}

/** How an issuer writes its tokens: `padded` takes those of AWS load balancers as well. */
export type TokenForm = 'strict' | 'padded';

/** The issuer has no keys now. */
export const unavailable: Refusal = refuse('keys-unavailable');

/** The issuer has none for this token. */
export const noneFits: Refusal = refuse('token-key-unknown', 'no key fits');

/** None of those that are held, and the issuer can not be asked for others yet: whoever has a good token should come again. */
export const awaited: Refusal = refuse('token-key-awaited');

const severalFit = refuse('token-key-unknown', 'more than one key fits');

/** Reads the header, in the form that its issuer writes. Leans on no check that the prover made before. */
export function wantedKey(
  token: string,
  algorithms: ReadonlySet<string>,
  form: TokenForm = 'strict',
): KeyWanted | Refusal {
  const header = (readCompactToken(token) ?? (form === 'padded' ? readPaddedToken(token) : null))?.header;
  if (header === undefined) return refuse('token-malformed');
  const { alg, kid } = header as { readonly alg?: JsonValue; readonly kid?: JsonValue };
  if (typeof alg !== 'string' || !algorithms.has(alg)) return refuse('token-algorithm', 'alg');
  if (kid !== undefined && typeof kid !== 'string') return refuse('token-malformed', 'kid');
  return { algorithm: alg, kid };
}

/** The one key for a token: by `kid`, or the only one that fits; two that fit are none (attack J6). */
export function chooseKey(set: KeySet | undefined, { algorithm, kid }: KeyWanted): VerifyingKey | Refusal {
  if (set === undefined || set.keys.length === 0) return unavailable;
  const anyName = kid === undefined || !set.named;
  const [key, ...more] = set.keys.filter(one => one.algorithms.has(algorithm) && (anyName || one.kid === kid));
  if (key === undefined) return noneFits;
  return more.length === 0 ? key : severalFit;
}
