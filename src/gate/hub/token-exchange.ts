/** The end of stage 4 for programs: a JWT is exchanged for a token of the hub, least-scoped for where it goes (design 4.7). */
import { valuesOf } from '../../http/field.ts';
import type { Lookup, MintedTokenLookup, TokenPurpose } from '../lookups.ts';
import { findingOf, type Look, type Policy } from '../policy.ts';
import type { HubToken, Identity } from '../proof.ts';
import type { ReasonId, Refusal } from '../reasons.ts';
import { pageFields } from '../request/asking-page.ts';
import type { SanitisedRequest } from '../stages.ts';
import { sortCookies } from './cookie-rules.ts';
import { readName } from './hub-cookies.ts';

const api = '/hub/api/';
/** OAuth's own endpoints are browsers'. */
const oauth = '/hub/api/oauth2/';

/** What a token would be for; null where none is read. */
function purposeAt({ place }: SanitisedRequest): TokenPurpose | null {
  if (place.below.startsWith(api) && !place.below.startsWith(oauth)) return { kind: 'api' };
  if (place.class === 'services') return { kind: 'service', owner: place.owner };
  return place.class === 'user' ? { kind: 'server', owner: place.owner, segment: place.server } : null;
}

/**
 * A browser brings a login of its own along, and the hub's XSRF check with it, which no token must get around: an ingress may put a
 * JWT into whatever the browser sends, also for another site's page, or for a user's on this origin, which can have the login expired.
 */
function isBrowsers(request: SanitisedRequest, { hubUser, issuer }: Identity, policy: Policy): boolean {
  if (pageFields.some(name => valuesOf(request.fields, name).length > 0)) return true;
  const visit = { place: request.place, visitor: hubUser, issuer };
  const { up, stale } = sortCookies(request.cookies, visit, policy.cookies);
  if (stale.length > 0) return true;
  return up.some(({ name }) => {
    const family = readName(name)?.family;
    return family !== undefined && family !== 'hub';
  });
}

/** What the hub says of a user, and not of the gate. */
const ofTheUser: ReadonlySet<ReasonId> = new Set(['not-allowed', 'hub-user-unknown']);

/** The token that goes up in the JWT's place, where the policy exchanges any. */
export function exchangeToken(
  request: SanitisedRequest,
  identity: Identity,
  policy: Policy,
  look: Look,
): HubToken | Refusal | Lookup {
  const purpose = policy.exchange && identity.carrier === 'authorization' ? purposeAt(request) : null;
  if (purpose === null || request.place.public || isBrowsers(request, identity, policy)) return { use: 'none' };
  const { hubUser, issuer, expiresAt: until } = identity;
  const key = `minted-token:${JSON.stringify([hubUser, issuer, ...Object.values(purpose)])}`;
  const lookup: MintedTokenLookup = { kind: 'lookup', key, what: 'minted-token', hubUser, purpose, until };
  const finding = findingOf(look, lookup);
  if (finding === undefined) return lookup;
  if (!('reason' in finding)) return { use: 'alone', authorization: `token ${finding.token}` };
  // Servers and services have pages for everybody, which they show without a token as well.
  return purpose.kind !== 'api' && ofTheUser.has(finding.reason) ? { use: 'none' } : finding;
}
