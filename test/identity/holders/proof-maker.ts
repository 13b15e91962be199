/** Makes DPoP proofs for tests (RFC 9449 §4.2), well-formed and otherwise; never goes through the code under test. */
import { createHash, createPublicKey } from 'node:crypto';
import { publicJwk, type SigningKey, signParts } from '../token-maker.ts';

/** RFC 9449 Figure 13: a proof for a resource. */
export const resourceProof = [
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19',
  'eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9',
  '2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA',
].join('.');

type Members = Readonly<Record<string, unknown>>;

/** SHA-256 in base64url. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** The public JWK without a name; `more` adds or replaces members, undefined takes them out. */
export function proofJwk(key: SigningKey, more: Members = {}): Record<string, unknown> {
  return publicJwk(key, { kid: undefined, ...more });
}

/** What `cnf.jkt` says of the key, written out by its kind (RFC 7638 §3.2, RFC 8037 §2). */
export function thumbprintOf({ key }: SigningKey): string {
  const { kty, crv, x, y, n, e } = createPublicKey(key).export({ format: 'jwk' });
  if (kty === 'RSA') return digestOf(`{"e":"${e}","kty":"RSA","n":"${n}"}`);
  if (kty === 'EC') return digestOf(`{"crv":"${crv}","kty":"EC","x":"${x}","y":"${y}"}`);
  return digestOf(`{"crv":"${crv}","kty":"OKP","x":"${x}"}`);
}

/** What a proof is made for. */
export interface ProofWish {
  readonly token: string;
  readonly method?: string;
  readonly url: string;
  /** Seconds since the epoch. */
  readonly at: number;
  /** Add or replace members; undefined takes them out. */
  readonly claims?: Members;
  readonly header?: Members;
}

let made = 0;

/** A proof as a client makes it, each with a `jti` of its own. */
export function makeProof(key: SigningKey, { token, method = 'GET', url, at, claims, header }: ProofWish): string {
  made += 1;
  return signParts(
    { typ: 'dpop+jwt', alg: key.algorithm, jwk: proofJwk(key), ...header },
    { jti: `proof-${made}`, htm: method, htu: url, iat: at, ath: digestOf(token), ...claims },
    key,
  );
}
