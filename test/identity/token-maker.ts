/** Makes keys, tokens and JWK sets for tests, well-formed and otherwise; never goes through the code under test. */
import {
  constants,
  createHmac,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';

/** Algorithms that tokens can be signed with. */
export type TokenAlgorithm =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519'
  | 'HS256'
  | 'HS384'
  | 'HS512';

/** A key that signs, and how the world sees it. */
export interface SigningKey {
  readonly algorithm: TokenAlgorithm;
  readonly kid: string;
  /** Private, or the secret. */
  readonly key: KeyObject;
}

const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

/** A fresh key; RSA keys have `bits`. */
export function makeKey(algorithm: TokenAlgorithm, kid = algorithm, bits = 2048): SigningKey {
  const namedCurve = curves[algorithm];
  if (namedCurve !== undefined) return { algorithm, kid, key: generateKeyPairSync('ec', { namedCurve }).privateKey };
  if (algorithm.startsWith('Ed')) return { algorithm, kid, key: generateKeyPairSync('ed25519').privateKey };
  if (algorithm.startsWith('HS')) return { algorithm, kid, key: createSecretKey(randomBytes(64)) };
  return { algorithm, kid, key: generateKeyPairSync('rsa', { modulusLength: bits }).privateKey };
}

/** The public JWK of a key with its kid; `more` adds or replaces members, undefined takes them out. */
export function publicJwk({ key, kid }: SigningKey, more: Readonly<Record<string, unknown>> = {}): JsonWebKey {
  const jwk: JsonWebKey =
    key.type === 'secret' ? key.export({ format: 'jwk' }) : createPublicKey(key).export({ format: 'jwk' });
  return { ...jwk, kid, ...more };
}

/** The bytes of a JWK set. */
export function jwksBytes(...keys: readonly unknown[]): Uint8Array {
  return Buffer.from(JSON.stringify({ keys }));
}

/** The public key in PEM. */
export function publicPem({ key }: SigningKey): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}

/** base64url of JSON, or of text and bytes as they are. */
export function encodePart(part: unknown): string {
  const plain = typeof part === 'string' || part instanceof Uint8Array;
  return Buffer.from(plain ? part : JSON.stringify(part)).toString('base64url');
}

/** A signature over any input, as the algorithm has it (RFC 7518 §3). */
export function signInput(input: string, key: KeyObject, algorithm: TokenAlgorithm): Uint8Array {
  const hash = `sha${algorithm.slice(2)}`;
  if (algorithm.startsWith('HS')) return createHmac(hash, key).update(input).digest();
  const bytes = Buffer.from(input);
  if (algorithm.startsWith('Ed')) return sign(null, bytes, key);
  if (algorithm.startsWith('ES')) return sign(hash, bytes, { key, dsaEncoding: 'ieee-p1363' });
  if (algorithm.startsWith('RS')) return sign(hash, bytes, key);
  return sign(hash, bytes, {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
}

/** Signs these parts whatever they hold: objects as JSON, text and bytes as they are. */
export function signParts(header: unknown, payload: unknown, { key, algorithm }: SigningKey): string {
  const input = `${encodePart(header)}.${encodePart(payload)}`;
  return `${input}.${encodePart(signInput(input, key, algorithm))}`;
}

/** A token as an issuer makes it; `header` adds or replaces members, undefined takes them out. */
export function mintToken(
  key: SigningKey,
  claims: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> = {},
): string {
  return signParts({ alg: key.algorithm, kid: key.kid, ...header }, claims, key);
}
