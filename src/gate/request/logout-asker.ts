/** Whose page may end a session: one rule for the hub's logout and the gate's, so that no other site's does (M6). */

import { type FieldLine, valuesOf } from '../../http/field.ts';
import type { Policy } from '../policy.ts';
import { type Refusal, refuse } from '../reasons.ts';
import { isOwnOrigin, isWholeTab, ownSites } from './asking-page.ts';
import { isNeighbour } from './user-hosts.ts';

/** What of a request says who asks; `host` is one that is served. */
interface Asking {
  readonly host: string;
  readonly fields: readonly FieldLine[];
}

/** A site that hands users over may take them out again. */
function handsOver(origin: string, { session }: Policy): boolean {
  return session?.handoffOrigins.has(origin) === true;
}

/** JupyterLab's Log Out on a user's host leads to the hub's. */
function isTabOfNeighbour({ fields }: Asking, site: string, { userHosts }: Policy): boolean {
  return userHosts !== null && site === 'same-site' && isWholeTab(fields);
}

/** All that browsers before Sec-Fetch-Site say of a link; who comes without a page has none, and a page can keep its own back. */
function isFromKnownPages(asking: Asking, policy: Policy): boolean {
  return valuesOf(asking.fields, 'referer').every(page => {
    const origin = URL.parse(page)?.origin ?? '';
    return isOwnOrigin(origin, asking.host, policy) || handsOver(origin, policy) || isNeighbour(origin, '', policy);
  });
}

function mayAsk(site: string | undefined, origin: string | undefined, asking: Asking, policy: Policy): boolean {
  if (origin !== undefined && !isOwnOrigin(origin, asking.host, policy) && !handsOver(origin, policy)) return false;
  if (site === undefined) return origin !== undefined || isFromKnownPages(asking, policy);
  if (ownSites.has(site)) return true;
  return origin === undefined ? isTabOfNeighbour(asking, site, policy) : handsOver(origin, policy);
}

/** Null where a page of the gate's own asks, one of a site that hands users over, or nobody's: an address typed, a program. */
export function logoutFault(asking: Asking, policy: Policy): Refusal | null {
  const [site, ...sites] = valuesOf(asking.fields, 'sec-fetch-site');
  const [origin, ...origins] = valuesOf(asking.fields, 'origin');
  const isClear = sites.length + origins.length === 0;
  return isClear && mayAsk(site, origin, asking, policy)
    ? null
    : refuse('origin-refused', 'another site ends no session');
}
