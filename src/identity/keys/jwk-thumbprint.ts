/** Names a public key by its digest (RFC 7638): what `cnf.jkt` compares. */
import { hash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../tokens/strict-json.ts';

/** The members that make a public key, in the order of RFC 7638 §3.3; a Map, because `kty` comes from outside. */
const requiredMembers: ReadonlyMap<JsonValue | undefined, readonly string[]> = new Map([
  ['EC', ['crv', 'kty', 'x', 'y']],
  ['OKP', ['crv', 'kty', 'x']],
  ['RSA', ['e', 'kty', 'n']],
]);

/** Nothing in such a text has a second spelling in JSON. */
const plain = /^[A-Za-z0-9_-]+$/;

/** SHA-256, base64url; null where the key is not of a public kind, or a member that makes it is absent or odd. */
export function jwkThumbprint(jwk: JsonObject): string | null {
  const members = requiredMembers.get(jwk['kty'])?.map(name => [name, jwk[name]] as const);
  if (members === undefined) return null;
  if (!members.every(([, value]) => typeof value === 'string' && plain.test(value))) return null;
  return hash('sha256', JSON.stringify(Object.fromEntries(members)), 'base64url');
}
