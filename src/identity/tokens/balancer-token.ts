/** What an AWS load balancer says of its token stands in the header: who signed it, of which issuer and client, until when. */
import { type Refusal, refuse } from '../../gate/reasons.ts';
import type { CompactToken } from './compact-token.ts';
import type { JsonObject, JsonValue } from './strict-json.ts';

interface BalancerHeader {
  readonly signer?: JsonValue;
  readonly iss?: JsonValue;
  readonly client?: JsonValue;
  readonly exp?: JsonValue;
}

/** The issuer that a balancer's header names; undefined where it is no such header. */
export function issuerInHeader(header: JsonObject): JsonValue | undefined {
  const { signer, iss } = header as BalancerHeader;
  return signer === undefined ? undefined : iss;
}

/** The end that comes first, so that neither can be longer than the other; what is no number is left to who reads dates. */
function earlierEnd(inHeader: JsonValue | undefined, inClaims: JsonValue | undefined): JsonValue | undefined {
  if (typeof inHeader !== 'number' || typeof inClaims !== 'number') return inClaims ?? inHeader;
  return Math.min(inHeader, inClaims);
}

/**
 * The token with issuer, audience and end where other tokens have them. Whoever has a balancer of their own can have tokens of
 * the right issuer signed with AWS's keys: only `signer` tells one from another (ALBeast, attack H10).
 */
export function balancerToken({ header, claims }: CompactToken, signer: string): CompactToken | Refusal {
  const said = header as BalancerHeader;
  if (said.signer !== signer) return refuse('token-algorithm', 'signer');
  if (said.iss !== undefined && 'iss' in claims && said.iss !== claims['iss'])
    return refuse('token-malformed', 'header and claims name two issuers');
  const exp = earlierEnd(said.exp, claims['exp']);
  const { aud, ...others } = claims;
  const known = { ...(said.client === undefined ? {} : { aud: said.client }), ...(exp === undefined ? {} : { exp }) };
  return { header, claims: Object.assign(Object.create(null), others, known) };
}
