/** Pages of others that change something with a proof that comes along by itself: a browser's cookie, or what a proxy makes of one. */

import { valuesOf } from '../../http/field.ts';
import type { Policy } from '../policy.ts';
import type { ProofCarrier } from '../proof.ts';
import { type Refusal, refuse } from '../reasons.ts';
import type { SanitisedRequest } from '../stages.ts';
import { isOwnOrigin, ownSites, safeMethods } from './asking-page.ts';
import { isNeighbour, originAt } from './user-hosts.ts';

/** What a browser says of the page that asks. */
interface Page {
  /** In lower case. */
  readonly sites: readonly string[];
  readonly origins: readonly string[];
}

/** A page can keep its origin back by its Referrer-Policy (Fetch Standard §3.2), and never that it is another's. */
function isNamelessNeighbour({ sites, origins }: Page, { userHosts }: Policy): boolean {
  if (userHosts === null || sites.length + origins.length === 0) return false;
  const isOwn = sites.length > 0 && sites.every(site => ownSites.has(site));
  return !isOwn && origins.every(origin => origin === 'null');
}

function isNeighbours(page: Page, { userHost }: SanitisedRequest, policy: Policy): boolean {
  return isNamelessNeighbour(page, policy) || page.origins.some(origin => isNeighbour(origin, userHost, policy));
}

/** Whether pages of that origin are those of the host that is asked, publicUrl's and its aliases' or a user's. */
function isOriginHere(origin: string, { host, userHost }: SanitisedRequest, policy: Policy): boolean {
  return userHost === '' ? isOwnOrigin(origin, host, policy) : origin === originAt(userHost, policy);
}

/** A form on another site brings this site's cookies along, wherever their SameSite lets it (RFC 6265bis §8.8); in frames it always does. */
function isOthers(page: Page, request: SanitisedRequest, policy: Policy): boolean {
  if (page.sites.includes('cross-site')) return true;
  const isEmbedded = policy.session !== undefined && policy.session.frames !== null;
  const isHere = (origin: string): boolean => isOriginHere(origin, request, policy);
  return (isEmbedded && !page.origins.every(isHere)) || isNeighbours(page, request, policy);
}

/**
 * How far a sign-in proxy's cookie goes is that proxy's to say, but for users' hosts. What it makes of one may stand in Authorization as well: there
 * a page can put nothing itself without asking first, which is not answered without a proof.
 */
const judges: ReadonlyMap<ProofCarrier | undefined, typeof isOthers> = new Map<ProofCarrier, typeof isOthers>([
  ['cookie', isOthers],
  ['header', isNeighbours],
  ['authorization', isNeighbours],
]);

/** Null where the page is no other's, or changes nothing. */
export function siteFault(
  request: SanitisedRequest,
  carrier: ProofCarrier | undefined,
  policy: Policy,
): Refusal | null {
  const isForeign = judges.get(carrier);
  if (isForeign === undefined || safeMethods.has(request.method)) return null;
  const page: Page = {
    sites: valuesOf(request.fields, 'sec-fetch-site').map(site => site.toLowerCase()),
    origins: valuesOf(request.fields, 'origin'),
  };
  return isForeign(page, request, policy)
    ? refuse('origin-refused', "another site's page, and the proof comes by itself")
    : null;
}
