/** Checks of a token's header (RFC 7515 §4.1), so that the token can not choose how it is checked. */
import { type Refusal, refuse } from '../../gate/reasons.ts';
import type { IssuerRules } from './issuer-rules.ts';
import type { JsonObject, JsonValue } from './strict-json.ts';

/** Parameters that bring a key along, or change what is signed (CVE-2018-0114, CVE-2025-59420, RFC 7797). */
const refusedParameters = ['jku', 'jwk', 'x5u', 'crit', 'b64'] as const;

const mostKidCharacters = 128;

/** Media types stand without `application/`, in any case (RFC 7515 §4.1.9, RFC 9068 §4). */
function mediaType(type: string): string {
  const lower = type.toLowerCase();
  return lower.startsWith('application/') ? lower.slice('application/'.length) : lower;
}

function hasType(typ: JsonValue | undefined, wanted: string): boolean {
  return wanted === 'any' || (typeof typ === 'string' && mediaType(typ) === mediaType(wanted));
}

/** Null when the header is one that the issuer may write. */
export function checkHeader(header: JsonObject, rules: IssuerRules): Refusal | null {
  const { alg, kid, typ } = header as { readonly alg?: JsonValue; readonly kid?: JsonValue; readonly typ?: JsonValue };
  if (typeof alg !== 'string' || !rules.algorithms.has(alg)) return refuse('token-algorithm', 'alg');
  const refused = refusedParameters.find(name => name in header);
  if (refused !== undefined) return refuse('token-algorithm', refused);
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > mostKidCharacters)) {
    return refuse('token-malformed', 'kid');
  }
  return hasType(typ, rules.type) ? null : refuse('token-type');
}
