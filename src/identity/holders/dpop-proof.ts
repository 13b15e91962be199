/** DPoP proofs (RFC 9449 §4.2), read strictly: what one says of the request, the token and the key that it was made for. */
import { type HttpUri, readHttpUri } from '../../http/http-uri.ts';
import { remembering } from '../../http/recent-texts.ts';
import { jwkThumbprint } from '../keys/jwk-thumbprint.ts';
import { privateMembers } from '../keys/verifying-keys.ts';
import { readCompactToken } from '../tokens/compact-token.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../tokens/strict-json.ts';
import { dateOf } from '../tokens/token-claims.ts';

/** Algorithms of proofs: all have a public half; ordered by how gladly they are seen. */
export const dpopAlgorithms: readonly string[] = [
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
  ...['PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'],
];

const algorithms: ReadonlySet<JsonValue | undefined> = new Set(dpopAlgorithms);

/** What a proof says; nothing of it holds before its signature does. */
export interface DpopProof {
  readonly algorithm: string;
  /** Public, of a bounded size. */
  readonly jwk: JsonObject;
  /** Of that key. */
  readonly thumbprint: string;
  readonly jti: string;
  /** The method. */
  readonly htm: string;
  /** The URL. */
  readonly htu: HttpUri;
  /** Digest of the access token. */
  readonly ath: string;
  /** Milliseconds since the epoch, as the client's clock has them. */
  readonly holdsFrom: number;
  readonly holdsUntil: number;
}

/** A proof, or which part of it is at fault. */
export type DpopReading = DpopProof | { readonly fault: string };

/** How long a client may take from making a proof to its arrival. */
const lifetimeMs = 60_000;

const mostJtiCharacters = 256;

/** 4096 bits of modulus and 32 of exponent: more would cost the gate more than the client. */
const mostRsaCharacters = { n: 683, e: 6 } as const;

/** Parameters that bring another key along, or change what is signed; `jwk` is the one that belongs here. */
const refusedParameters = ['jku', 'x5u', 'x5c', 'crit', 'b64'] as const;

function isShort(value: JsonValue | undefined, most: number): boolean {
  return value === undefined || (typeof value === 'string' && value.length <= most);
}

function readKey(jwk: JsonValue | undefined): Pick<DpopProof, 'jwk' | 'thumbprint'> | null {
  if (!isJsonObject(jwk) || privateMembers.some(name => name in jwk)) return null;
  if (!isShort(jwk['n'], mostRsaCharacters.n) || !isShort(jwk['e'], mostRsaCharacters.e)) return null;
  const thumbprint = jwkThumbprint(jwk);
  return thumbprint === null ? null : { jwk, thumbprint };
}

interface Times {
  readonly holdsFrom: number;
  readonly holdsUntil: number;
}

/** `exp` and `nbf` are not asked for, but hold where they stand (RFC 7519 §4.1.4, §4.1.5). */
function readTimes(claims: JsonObject): Times | null {
  const iat = dateOf(claims['iat']);
  const nbf = dateOf(claims['nbf']);
  const exp = dateOf(claims['exp']);
  if (iat === undefined || iat === null || nbf === null || exp === null) return null;
  return { holdsFrom: Math.max(iat, nbf ?? iat), holdsUntil: Math.min(iat + lifetimeMs, exp ?? Infinity) };
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value !== '';
}

type Head = Pick<DpopProof, 'algorithm' | 'jwk' | 'thumbprint'>;

function readHead(header: JsonObject): Head | { readonly fault: string } {
  const { typ, alg } = header as { readonly typ?: JsonValue; readonly alg?: JsonValue };
  if (typ !== 'dpop+jwt') return { fault: 'typ' };
  if (typeof alg !== 'string' || !algorithms.has(alg)) return { fault: 'alg' };
  const refused = refusedParameters.find(name => name in header);
  if (refused !== undefined) return { fault: refused };
  const key = readKey(header['jwk']);
  return key === null ? { fault: 'jwk' } : { algorithm: alg, ...key };
}

function readClaims(claims: JsonObject, head: Head): DpopReading {
  const { jti, htm, htu, ath } = claims as { readonly [name in 'jti' | 'htm' | 'htu' | 'ath']?: JsonValue };
  if (!isText(jti) || jti.length > mostJtiCharacters) return { fault: 'jti' };
  if (!isText(htm)) return { fault: 'htm' };
  const uri = isText(htu) ? readHttpUri(htu) : null;
  if (uri === null) return { fault: 'htu' };
  if (!isText(ath)) return { fault: 'ath' };
  const times = readTimes(claims);
  return times === null ? { fault: 'iat' } : { ...head, jti, htm, htu: uri, ath, ...times };
}

function read(text: string): DpopReading {
  const token = readCompactToken(text);
  if (token === null) return { fault: 'not a compact JWS' };
  const head = readHead(token.header);
  return 'fault' in head ? head : readClaims(token.claims, head);
}

/** Reads a proof. Says nothing about its signature. One is read a few times in a row, by the prover and by who verifies it. */
export const readDpopProof: (text: string) => DpopReading = remembering(read, {
  entries: 128,
  characters: 256 * 1024,
});
