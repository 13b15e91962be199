/** What a token says of who may show it (`cnf`, RFC 7800): the holder of a certificate (RFC 8705) or of a key (RFC 9449). */
import { hash } from 'node:crypto';
import type { Binding } from '../../gate/proof.ts';
import { type Refusal, refuse } from '../../gate/reasons.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../tokens/strict-json.ts';

/** SHA-256 in base64url, its stray bits zero. */
const digest = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

type Member = 'jkt' | 'x5t#S256';

/** The one member of `cnf` and its digest; null for anything else, which nobody here can check. */
function confirmationOf(claims: JsonObject): { readonly member: Member; readonly thumbprint: string } | null {
  const cnf: JsonValue | undefined = claims['cnf'];
  const [only, ...more] = isJsonObject(cnf) ? Object.entries(cnf) : [];
  if (only === undefined || more.length > 0) return null;
  const [member, thumbprint] = only;
  const isMember = member === 'jkt' || member === 'x5t#S256';
  return isMember && typeof thumbprint === 'string' && digest.test(thumbprint) ? { member, thumbprint } : null;
}

/** Null where a token may come in this scheme (lower-case; '' outside Authorization): DPoP for `jkt`, any other for the rest. */
export function checkBinding(claims: JsonObject, scheme: string): Refusal | null {
  const isProven = scheme === 'dpop';
  if (!('cnf' in claims)) return isProven ? refuse('token-bound', 'the DPoP scheme, and no cnf.jkt') : null;
  const confirmation = confirmationOf(claims);
  if (confirmation === null) return refuse('token-bound', 'cnf is neither x5t#S256 alone nor jkt alone');
  if (isProven === (confirmation.member === 'jkt')) return null;
  return refuse('token-bound', isProven ? 'the DPoP scheme, and no cnf.jkt' : 'cnf.jkt, and not the DPoP scheme');
}

/** Clocks that differ more would make the time long for which a proof must be remembered. */
const mostToleranceMs = 30_000;

/** What the holder of a token must show, of one that passed `checkBinding`; undefined where that is nothing. */
export function bindingOf(claims: JsonObject, token: string, clockToleranceMs: number): Binding | undefined {
  const confirmation = confirmationOf(claims);
  if (confirmation === null) return undefined;
  const { member, thumbprint } = confirmation;
  if (member === 'x5t#S256') return { by: 'certificate', thumbprint };
  const toleranceMs = Math.min(clockToleranceMs, mostToleranceMs);
  return { by: 'key', thumbprint, ath: hash('sha256', token, 'base64url'), toleranceMs };
}
