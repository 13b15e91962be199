/** Proves a user by a signed token in Authorization (RFC 6750, RFC 7519). */
import { findingOf, type Look, type Prover } from '../gate/policy.ts';
import { type Refusal, refuse } from '../gate/reasons.ts';
import type { Lookup, Proof, SanitisedRequest } from '../gate/stages.ts';
import { parseAuthorization } from '../http/authorization.ts';
import { type CompactToken, readCompactToken } from './compact-token.ts';
import type { IssuerRules } from './issuer-rules.ts';
import { checkAudience, checkRequiredClaims, checkTimes } from './token-claims.ts';
import { checkHeader } from './token-header.ts';
import { tokenUser } from './token-user.ts';

export type { IssuerRules } from './issuer-rules.ts';

/** Issuers by `iss`; null is the issuer of tokens without one. */
type Issuers = ReadonlyMap<string | null, IssuerRules>;

/** Asks for a token; looks at Authorization alone. */
export interface BearerTokenProver extends Prover {
  prove(request: Pick<SanitisedRequest, 'authorization'>, look: Look): Proof | null | Refusal | Lookup;
}

interface Carried {
  readonly scheme: string;
  readonly token: string;
}

/** Schemes in which a token of ours may come; DPoP is read only to be refused in words (RFC 9449 §7.1). */
const schemes: ReadonlySet<string> = new Set(['bearer', 'dpop']);

/** Three parts are a signed token, five an encrypted one; anything else is opaque, and may be the hub's. */
function carriedToken(authorization: string | undefined): Carried | null | Refusal {
  const parsed = authorization === undefined ? null : parseAuthorization(authorization);
  if (parsed === null || !schemes.has(parsed.scheme)) return null;
  const parts = parsed.credentials.split('.').length;
  if (parts === 5) return refuse('token-malformed', 'encrypted tokens are not taken');
  return parts === 3 ? { scheme: parsed.scheme, token: parsed.credentials } : null;
}

function issuerOf({ claims }: CompactToken, issuers: Issuers): IssuerRules | undefined {
  if (!('iss' in claims)) return issuers.get(null);
  const iss = claims['iss'];
  return typeof iss === 'string' ? issuers.get(iss) : undefined;
}

/** A token that only its holder may show must not pass as one that anybody may (RFC 7800 §3, RFC 8705, RFC 9449). */
function checkBinding({ claims }: CompactToken, scheme: string): Refusal | null {
  if (scheme === 'dpop') return refuse('token-bound', 'the DPoP scheme');
  return 'cnf' in claims ? refuse('token-bound', 'cnf') : null;
}

function checkSignature(token: string, rules: IssuerRules, look: Look): Refusal | Lookup | null {
  const key = `signature:${token}`;
  const finding = findingOf(look, key, 'signature');
  if (finding === undefined) return { kind: 'lookup', key, what: 'signature', issuer: rules.url ?? '', token };
  return 'reason' in finding ? finding : null;
}

function proofOf({ claims }: CompactToken, rules: IssuerRules, expiresAt: number): Proof | Refusal {
  const broken = checkRequiredClaims(claims, rules);
  if (broken !== null) return broken;
  const user = tokenUser(claims, rules);
  if ('reason' in user) return user;
  return {
    prover: 'jwt',
    credential: 'bearer',
    issuer: rules.url ?? '',
    ...user,
    claims,
    asserted: new Map(),
    expiresAt,
  };
}

/** Time and audience come before the signature, so that a storm of stale tokens costs nothing; user claims come after it. */
function prove(authorization: string | undefined, look: Look, issuers: Issuers): Proof | null | Refusal | Lookup {
  const carried = carriedToken(authorization);
  if (carried === null || 'reason' in carried) return carried;
  const token = readCompactToken(carried.token);
  if (token === null) return refuse('token-malformed');
  const rules = issuerOf(token, issuers);
  if (rules === undefined) return refuse('token-issuer');
  const unfit =
    checkHeader(token.header, rules) ?? checkBinding(token, carried.scheme) ?? checkAudience(token.claims, rules);
  if (unfit !== null) return unfit;
  const expiresAt = checkTimes(token.claims, rules, look.now);
  if (typeof expiresAt !== 'number') return expiresAt;
  return checkSignature(carried.token, rules, look) ?? proofOf(token, rules, expiresAt);
}

/** One prover for all issuers; `look.findings` must say of each token whether its signature holds. */
export function bearerTokenProver(issuers: readonly IssuerRules[]): BearerTokenProver {
  const byUrl: Issuers = new Map(issuers.map(rules => [rules.url, rules]));
  return { name: 'jwt', prove: ({ authorization }, look) => prove(authorization, look, byUrl) };
}
