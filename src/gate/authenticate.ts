/** Stage 3: asks the provers in order; finds out whether the request's Authorization is the hub's own token. */
import { type Authorization, parseAuthorization } from '../http/authorization.ts';
import type { Lookup } from './lookups.ts';
import type { Look, Policy } from './policy.ts';
import type { HubToken, Proof } from './proof.ts';
import { type Refusal, refuse } from './reasons.ts';
import type { SanitisedRequest } from './stages.ts';
import { speaksTokenAside } from './user/hub-tokens.ts';

/** A request with the proofs that held; none on a public path, or beside a hub token that goes on alone. */
export interface AuthenticatedRequest {
  readonly request: SanitisedRequest;
  readonly proofs: readonly Proof[];
  readonly hubToken: HubToken;
}

const noToken: HubToken = { use: 'none' };

/** The schemes in which the hub takes its own tokens; anything else in Authorization never goes up. */
const hubSchemes: ReadonlySet<string> = new Set(['bearer', 'token']);

/** Other schemes are nothing to the hub and never go up, whatever their grammar (Digest has commas). */
const mentionsOurs = /bearer|dpop|token/i;

/** Parts of a signed token and of an encrypted one. */
const partsOfJwts: ReadonlySet<number> = new Set([3, 5]);

/** A JWT is not the hub's, whatever scheme it hides behind: it must never go up. */
function isHubToken(parsed: Authorization | null): boolean {
  return parsed !== null && hubSchemes.has(parsed.scheme) && !partsOfJwts.has(parsed.credentials.split('.').length);
}

/** What the provers find, or the first thing that stops one of them. */
export function prove(request: SanitisedRequest, provers: Policy['provers'], look: Look): Proof[] | Refusal | Lookup {
  const proofs: Proof[] = [];
  for (const prover of provers) {
    const outcome = prover.prove(request, look);
    if (outcome === null) continue;
    if ('kind' in outcome) return outcome;
    proofs.push(outcome);
  }
  return proofs;
}

function takesTokenAlone(request: SanitisedRequest): boolean {
  const { place } = request;
  return place.audience === 'users' || place.below.startsWith('/hub/api/');
}

function withoutProof(
  request: SanitisedRequest,
  policy: Policy,
  parsed: Authorization | null,
): AuthenticatedRequest | Refusal {
  const { authorization } = request;
  if (authorization === undefined || !isHubToken(parsed)) return refuse('credential-missing');
  if (policy.apiTokens === 'refuse') return refuse('hub-token-refused');
  if (!takesTokenAlone(request))
    return refuse('credential-missing', 'a hub token alone is for the API, servers and services');
  return { request, proofs: [], hubToken: { use: 'alone', authorization } };
}

/** The hub's own token beside a proof goes up on servers and services only; on hub paths it is taken off (design 4.7). */
function beside(request: SanitisedRequest, parsed: Authorization | null): HubToken {
  const { authorization, place } = request;
  const isRead = place.audience === 'users' && isHubToken(parsed);
  return authorization !== undefined && isRead ? { use: 'beside', authorization } : noToken;
}

/** Stage 3. */
export function authenticate(
  request: SanitisedRequest,
  policy: Policy,
  look: Look,
): AuthenticatedRequest | Refusal | Lookup {
  if (request.place.public && speaksTokenAside(request)) return refuse('hub-token-refused', 'on a public path');
  if (request.place.public && request.standing === 'proxy') return { request, proofs: [], hubToken: noToken };
  const { authorization } = request;
  const parsed = authorization === undefined ? null : parseAuthorization(authorization);
  if (parsed === null && mentionsOurs.test(authorization ?? ''))
    return refuse('request-ambiguous', 'Authorization is not one scheme and one credential');
  const proofs = prove(request, policy.provers, look);
  if (!Array.isArray(proofs)) return proofs;
  if (proofs.length === 0) return withoutProof(request, policy, parsed);
  const isProof = proofs.some(proof => proof.carrier === 'authorization');
  return { request, proofs, hubToken: isProof ? noToken : beside(request, parsed) };
}
