/** Makes keys, tokens and JWK sets for tests, well-formed and otherwise; never goes through the code under test. */
import {
  constants,
  createHmac,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
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
export function makeKey(algorithm: TokenAlgorithm, kid: string = algorithm, bits = 2048): SigningKey {
  const namedCurve = curves[algorithm];
  if (namedCurve !== undefined) return { algorithm, kid, key: generateKeyPairSync('ec', { namedCurve }).privateKey };
  if (algorithm.startsWith('Ed')) return { algorithm, kid, key: generateKeyPairSync('ed25519').privateKey };
  if (algorithm.startsWith('HS')) return { algorithm, kid, key: createSecretKey(randomBytes(64)) };
  return { algorithm, kid, key: generateKeyPairSync('rsa', { modulusLength: bits }).privateKey };
}

/** The public JWK of a key with its kid; `more` adds or replaces members, undefined takes them out. */
export function publicJwk(
  { key, kid }: SigningKey,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const shown = key.type === 'secret' ? key : createPublicKey(key);
  return { ...shown.export({ format: 'jwk' }), kid, ...more };
}

/** The bytes of a JWK set. */
export function jwksBytes(...keys: readonly unknown[]): Uint8Array {
  return Buffer.from(JSON.stringify({ keys }));
}

/** The public key in PEM. */
export function publicPem({ key }: SigningKey): string {
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}

function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const { length } = content;
  return Buffer.concat([Buffer.from(length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff]), content]);
}

/** A certificate in PEM for the public key of any key, signed by a fresh Ed25519 key (RFC 5280 §4.1, version 1, no names). */
export function certificatePem({ key }: SigningKey): string {
  const ed25519 = der(0x30, der(0x06, Buffer.from('2b6570', 'hex')));
  const date = (text: string): Uint8Array => der(0x17, Buffer.from(text));
  const validity = der(0x30, date('250101000000Z'), date('450101000000Z'));
  const subject = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const signed = der(0x30, der(0x02, Buffer.of(1)), ed25519, der(0x30), validity, der(0x30), subject);
  const signature = sign(null, signed, generateKeyPairSync('ed25519').privateKey);
  const whole = der(0x30, signed, ed25519, der(0x03, Buffer.of(0), signature));
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from(whole).toString('base64')}\n-----END CERTIFICATE-----\n`;
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

/** The header of a token, unchecked. */
export function decodeHeader(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
}
