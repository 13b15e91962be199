/** Keys that sign tokens for tests: read from a file's bytes, or made; the gate itself never signs one. */
import {
  createHash,
  createPrivateKey,
  createSecretKey,
  generateKeyPairSync,
  type JsonWebKeyInput,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { ALGORITHMS, type Algorithm } from '../../config/sections/jwt.ts';
import { utf8TextOf } from '../../http/utf8.ts';
import { isJsonObject, type JsonObject, type JsonValue, readJson } from '../tokens/strict-json.ts';
import { algorithmsFor, leastSecretBytes, withoutLastNewline } from './verifying-keys.ts';

/** A key that signs. */
export interface SigningKey {
  readonly key: KeyObject;
  readonly kid: string | undefined;
  /** What it may sign with, the usual one first; never empty. */
  readonly algorithms: readonly string[];
}

/** A key, or what is wrong with the bytes, as it goes behind the file's name. Never shows a byte of them. */
export type SigningKeyReading = SigningKey | { readonly fault: string };

const needsPrivate = 'holds a public key, expected the private one';

function bound(key: KeyObject, kid: string | undefined, alg?: JsonValue): SigningKeyReading {
  const fitting = algorithmsFor(key, ALGORITHMS);
  const algorithms = alg === undefined ? fitting : fitting.filter(each => each === alg);
  return algorithms.length === 0 ? { fault: 'holds a key that no algorithm is for' } : { key, kid, algorithms };
}

function fromSecret(bytes: Uint8Array, kid?: string, alg?: JsonValue): SigningKeyReading {
  if (bytes.length < leastSecretBytes) return { fault: `holds a secret shorter than ${leastSecretBytes} bytes` };
  return bound(createSecretKey(bytes), kid, alg);
}

function fromPrivate(read: () => KeyObject, kid?: string, alg?: JsonValue): SigningKeyReading {
  try {
    return bound(read(), kid, alg);
  } catch {
    return { fault: 'holds a key that can not be read (is it encrypted?)' };
  }
}

function fromJwk(jwk: JsonObject): SigningKeyReading {
  const { kid, alg, k, d } = jwk as { readonly [name: string]: JsonValue | undefined };
  if (kid !== undefined && typeof kid !== 'string') return { fault: 'holds a key whose kid is no text' };
  if (typeof k === 'string') return fromSecret(Buffer.from(k, 'base64url'), kid, alg);
  if (d === undefined) return { fault: needsPrivate };
  return fromPrivate(() => createPrivateKey({ format: 'jwk', key: { ...jwk } as JsonWebKeyInput['key'] }), kid, alg);
}

function fromSet(keys: readonly JsonValue[]): SigningKeyReading {
  const [only, ...more] = keys;
  if (!isJsonObject(only) || more.length > 0) return { fault: 'holds a set of keys, expected one private key' };
  return fromJwk(only);
}

/** Reads a private JWK, or the only one of a set; a private key in PEM; or takes the bytes for an HMAC secret. */
export function readSigningKey(bytes: Uint8Array): SigningKeyReading {
  const text = utf8TextOf(bytes) ?? '';
  const json = readJson(text);
  if (isJsonObject(json)) return Array.isArray(json['keys']) ? fromSet(json['keys']) : fromJwk(json);
  if (!text.includes('-----BEGIN ')) return fromSecret(withoutLastNewline(bytes));
  if (!text.includes('PRIVATE KEY-----')) return { fault: needsPrivate };
  return fromPrivate(() => createPrivateKey(text));
}

const curves: ReadonlyMap<string, string> = new Map([
  ['ES256', 'P-256'],
  ['ES384', 'P-384'],
  ['ES512', 'P-521'],
]);

const rsaBits = 2048;

function makePrivate(algorithm: Algorithm): KeyObject {
  const namedCurve = curves.get(algorithm);
  if (namedCurve !== undefined) return generateKeyPairSync('ec', { namedCurve }).privateKey;
  if (algorithm.startsWith('Ed')) return generateKeyPairSync('ed25519').privateKey;
  return generateKeyPairSync('rsa', { modulusLength: rsaBits }).privateKey;
}

/** A key pair as files hold it; a secret has no public half. */
export interface MadeKey {
  readonly secretText: string;
  readonly publicText: string | null;
}

const publicMembers = ['kty', 'crv', 'n', 'e', 'x', 'y'] as const;

/** RFC 7638: of the public members in the order of their names. */
function thumbprint(members: Readonly<Record<string, unknown>>): string {
  const sorted = Object.fromEntries(Object.entries(members).sort(([one], [other]) => (one < other ? -1 : 1)));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url');
}

/** Makes a key for tests; `kid` is its thumbprint when absent. */
export function makeSigningKey(algorithm: Algorithm, kid?: string): MadeKey {
  if (algorithm.startsWith('HS')) return { secretText: `${randomBytes(48).toString('base64url')}\n`, publicText: null };
  const jwk = makePrivate(algorithm).export({ format: 'jwk' });
  const members = Object.fromEntries(publicMembers.filter(name => name in jwk).map(name => [name, jwk[name]]));
  const named = { kid: kid ?? thumbprint(members), alg: algorithm, use: 'sig' };
  return {
    secretText: `${JSON.stringify({ ...jwk, ...named }, null, 2)}\n`,
    publicText: `${JSON.stringify({ keys: [{ ...members, ...named }] }, null, 2)}\n`,
  };
}
