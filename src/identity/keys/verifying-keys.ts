/** From the bytes of a JWKS, PEM or secret to keys, each bound to the algorithms that its own kind allows. */
import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue, readJson } from '../tokens/strict-json.ts';

/** One key that may verify. */
export interface VerifyingKey {
  readonly kid: string | undefined;
  /** Of the issuer's algorithms those that this key is for; never empty. */
  readonly algorithms: ReadonlySet<string>;
  readonly key: KeyObject;
}

/** The keys of one issuer. */
export interface KeySet {
  readonly keys: readonly VerifyingKey[];
  /** Whether a token's `kid` picks the key; PEM and secrets have no names. */
  readonly named: boolean;
}

/** A key set, or what is wrong with the bytes. Never shows a byte of them. */
export type KeySetReading = KeySet | { readonly fault: string };

/** Reads key material for an issuer that signs with these algorithms. */
export type KeySetReader = (bytes: Uint8Array, algorithms: ReadonlySet<string>) => KeySetReading;

/** Bytes that key material may have, wherever it comes from. */
export const mostKeyBytes: number = 512 * 1024;

/** What is said of key material in which no key can be used. */
export function noKeyFor(algorithms: ReadonlySet<string>): string {
  return `holds no key for ${[...algorithms].join(', ')}`;
}

const mostKeys = 100;
const leastRsaBits = 2048;
/** Of an HMAC secret. */
export const leastSecretBytes = 32;

function isRsa({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {};
  return asymmetricKeyType === 'rsa' && modulusLength >= leastRsaBits && publicExponent > 1n;
}

function isOnCurve(curve: string): (key: KeyObject) => boolean {
  return key => key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === curve;
}

const isEd25519 = (key: KeyObject): boolean => key.asymmetricKeyType === 'ed25519';
const isSecret = (key: KeyObject): boolean => key.type === 'secret';

/** Which key an algorithm is for, by the key's own kind (RFC 7518 §3.1, RFC 8037, RFC 9864; attack J2). */
const kinds: ReadonlyMap<string, (key: KeyObject) => boolean> = new Map([
  ['RS256', isRsa],
  ['RS384', isRsa],
  ['RS512', isRsa],
  ['PS256', isRsa],
  ['PS384', isRsa],
  ['PS512', isRsa],
  ['ES256', isOnCurve('prime256v1')],
  ['ES384', isOnCurve('secp384r1')],
  ['ES512', isOnCurve('secp521r1')],
  ['EdDSA', isEd25519],
  ['Ed25519', isEd25519],
  ['HS256', isSecret],
  ['HS384', isSecret],
  ['HS512', isSecret],
]);

/** Of these algorithms those that the key is for, by its own kind. */
export function algorithmsFor(key: KeyObject, algorithms: Iterable<string>): string[] {
  return [...algorithms].filter(algorithm => kinds.get(algorithm)?.(key) === true);
}

function bind(kid: string | undefined, key: KeyObject | null, algorithms: Iterable<string>): VerifyingKey | null {
  if (key === null) return null;
  const fitting = new Set(algorithmsFor(key, algorithms));
  return fitting.size === 0 ? null : { kid, algorithms: fitting, key };
}

function isKey(key: VerifyingKey | null): key is VerifyingKey {
  return key !== null;
}

/** Members of a public JWK that make the key (RFC 7518 §6, RFC 8037 §2). */
const publicMembers = ['kty', 'crv', 'n', 'e', 'x', 'y'] as const;

function publicKeyOf(jwk: JsonObject): KeyObject | null {
  const members = publicMembers.filter(name => typeof jwk[name] === 'string').map(name => [name, jwk[name]]);
  try {
    return createPublicKey({ format: 'jwk', key: Object.fromEntries(members) });
  } catch {
    return null;
  }
}

/** Members that only a private or secret key has (RFC 7518 §6.2.2, §6.3.2, §6.4): one prime of RSA is all of the key. */
export const privateMembers: readonly string[] = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Such a key is no secret any more once it is published. */
function isPublished(jwk: JsonObject): boolean {
  return privateMembers.some(name => name in jwk);
}

function isForVerifying({ use, key_ops: operations }: JsonObject): boolean {
  const mayVerify = operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
  return mayVerify && (use === undefined || use === 'sig');
}

/** The public key of one JWK, with those of the algorithms that it is for; null where there is none, or it is published whole. */
export function keyOfJwk(jwk: JsonValue, algorithms: ReadonlySet<string>): VerifyingKey | null {
  if (!isJsonObject(jwk) || isPublished(jwk) || !isForVerifying(jwk)) return null;
  const { kid, alg } = jwk as { readonly kid?: JsonValue; readonly alg?: JsonValue };
  if (kid !== undefined && typeof kid !== 'string') return null;
  if (alg === undefined) return bind(kid, publicKeyOf(jwk), algorithms);
  return typeof alg === 'string' && algorithms.has(alg) ? bind(kid, publicKeyOf(jwk), [alg]) : null;
}

/**
 * A key that stands there more than once under one name is one, for all that its entries say: some issuers have an entry for each of
 * the names that they sign under, and a file may hold a key and its certificate.
 */
function withoutRepeats(all: readonly VerifyingKey[]): VerifyingKey[] {
  const keys: VerifyingKey[] = [];
  for (const one of all) {
    const at = keys.findIndex(({ kid, key }) => kid === one.kid && key.equals(one.key));
    const known = keys[at];
    if (known === undefined) keys.push(one);
    else keys[at] = { ...known, algorithms: known.algorithms.union(one.algorithms) };
  }
  return keys;
}

/** Whether it would be a key for one of these algorithms, had it not been published with its private part. */
function isPrivateKey(jwk: JsonValue, algorithms: ReadonlySet<string>): boolean {
  if (!isJsonObject(jwk) || !('d' in jwk)) return false;
  const { d, p, q, dp, dq, qi, oth, key_ops, ...published } = jwk;
  return keyOfJwk(published, algorithms) !== null;
}

/** Reads a JWK set (RFC 7517 §5). An entry that is broken or for something else is left out, and the others stay. */
export function keysOfJwks(bytes: Uint8Array, algorithms: ReadonlySet<string>): KeySetReading {
  const set = readJson(Buffer.from(bytes).toString('utf8'));
  const entries = isJsonObject(set) ? set['keys'] : undefined;
  if (!Array.isArray(entries)) return { fault: 'is no JSON object with a list of keys (RFC 7517)' };
  if (entries.length > mostKeys) return { fault: `has more than ${mostKeys} keys` };
  const keys = withoutRepeats(entries.map(entry => keyOfJwk(entry, algorithms)).filter(isKey));
  if (keys.length === 0 && entries.some(entry => isPrivateKey(entry, algorithms))) {
    return { fault: 'holds a private key: put only its public half here, and take the private one for known' };
  }
  return { named: true, keys };
}

const pemBegin = '-----BEGIN ';
const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;
const unreadableBlock = 'has a PEM block that can not be read';
const publicBlocks: ReadonlySet<string | undefined> = new Set(['PUBLIC KEY', 'CERTIFICATE']);

function keyOfPem(block: string): KeyObject | null {
  try {
    return createPublicKey(block);
  } catch {
    return null;
  }
}

/** The first algorithm for which there are several keys. */
function contested(keys: readonly VerifyingKey[], algorithms: ReadonlySet<string>): string | undefined {
  return [...algorithms].find(algorithm => keys.filter(one => one.algorithms.has(algorithm)).length > 1);
}

/**
 * Reads public keys (SPKI) and certificates in PEM (RFC 7468), one or several, of which no two are for the same algorithm; dates of
 * certificates are not looked at.
 */
export function keysOfPem(bytes: Uint8Array, algorithms: ReadonlySet<string>): KeySetReading {
  const text = Buffer.from(bytes).toString('latin1');
  const blocks = [...text.matchAll(pemBlock)];
  if (blocks.length === 0) return { fault: 'holds no PEM block' };
  // A file that is being written, or was cut: the key that is not there yet would be missed by every one of its tokens.
  if (text.split(pemBegin).length - 1 !== blocks.length) return { fault: unreadableBlock };
  if (blocks.length > mostKeys) return { fault: `has more than ${mostKeys} keys` };
  if (!blocks.every(([, label]) => publicBlocks.has(label))) {
    return { fault: 'may hold only PUBLIC KEY and CERTIFICATE blocks' };
  }
  const keys = blocks.map(([block]) => keyOfPem(block));
  if (keys.includes(null)) return { fault: unreadableBlock };
  const bound = withoutRepeats(keys.map(key => bind(undefined, key, algorithms)).filter(isKey));
  const rivals = contested(bound, algorithms);
  return rivals === undefined
    ? { named: false, keys: bound }
    : {
        fault: `holds several keys for ${rivals}, and a PEM block has no kid to choose by, expected one, or a jwksFile`,
      };
}

/** A secret as its file holds it, less one newline at the end. */
export function withoutLastNewline(bytes: Uint8Array): Uint8Array {
  if (bytes.at(-1) !== 0x0a) return bytes;
  return bytes.subarray(0, bytes.at(-2) === 0x0d ? -2 : -1);
}

/** Keys of other kinds, which anybody may have who has seen the issuer's: with one for the secret, everybody could sign (attack J2). */
function otherKeyForm(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes).toString('utf8');
  if (text.includes(pemBegin)) return 'PEM';
  return isJsonObject(readJson(text.trim())) ? 'JSON' : null;
}

/** Takes the bytes for an HMAC secret, less one newline at the end. */
export function keyOfSecret(bytes: Uint8Array, algorithms: ReadonlySet<string>): KeySetReading {
  const form = otherKeyForm(bytes);
  if (form !== null) return { fault: `holds ${form}, expected the bytes of a secret and nothing else` };
  const secret = withoutLastNewline(bytes);
  if (secret.length < leastSecretBytes) return { fault: `is shorter than ${leastSecretBytes} bytes` };
  return { named: false, keys: [bind(undefined, createSecretKey(secret), algorithms)].filter(isKey) };
}
