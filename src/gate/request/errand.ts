/** What nobody may have a browser do unasked: log its user out, or log in ahead of a click that may never come (M6). */
import { valuesOf } from '../../http/field.ts';
import { isPlainPath, normalisePath } from '../../http/target.ts';
import type { Place } from '../place.ts';
import type { Policy } from '../policy.ts';
import { type Refusal, refuse } from '../reasons.ts';
import type { AcceptedRequest } from '../stages.ts';
import type { Route } from './route.ts';

const login = '/hub/login';
const logout = '/hub/logout';

function hubPath({ class: found, below }: Place): string | null {
  if (found !== 'hub') return null;
  return isPlainPath(below) ? below : normalisePath(below);
}

/** Whether a request logs its user out at the hub. */
export function isHubLogout({ method, place }: { readonly method: string; readonly place: Place }): boolean {
  return method === 'GET' && hubPath(place) === logout;
}

/** Sec-Purpose is the standard's (Fetch §3.8); browsers before it said the others. */
const purposes = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];
const ahead = /prefetch|prerender|preview/i;

function isAhead({ fields }: AcceptedRequest): boolean {
  return purposes.some(name => valuesOf(fields, name).some(value => ahead.test(value)));
}

const ownSites: ReadonlySet<string> = new Set(['same-origin', 'none']);

/** JupyterLab's Log Out on a user's host leads to the hub's: the whole tab goes there, which nobody does unseen. */
function isTabOfNeighbour(fields: AcceptedRequest['fields'], site: string, { userHosts }: Policy): boolean {
  const said = (name: string, word: string): boolean =>
    valuesOf(fields, name).every(value => value.toLowerCase() === word) && valuesOf(fields, name).length > 0;
  return (
    userHosts !== null &&
    site === 'same-site' &&
    said('sec-fetch-mode', 'navigate') &&
    said('sec-fetch-dest', 'document')
  );
}

function isForeign(fields: AcceptedRequest['fields'], site: string, policy: Policy): boolean {
  return !ownSites.has(site) && !isTabOfNeighbour(fields, site, policy);
}

function isFromElsewhere({ fields }: AcceptedRequest, policy: Policy): boolean {
  const { publicOrigin } = policy;
  return (
    valuesOf(fields, 'sec-fetch-site').some(site => isForeign(fields, site.trim().toLowerCase(), policy)) ||
    valuesOf(fields, 'origin').some(origin => origin !== publicOrigin)
  );
}

/** Null when nothing speaks against it; every other path is nobody's errand. */
export function checkErrand(request: AcceptedRequest, { place }: Route, policy: Policy): Refusal | null {
  const path = hubPath(place);
  if (path !== login && path !== logout) return null;
  if (isAhead(request)) return refuse('prefetch-refused');
  const isSent = path === logout && isFromElsewhere(request, policy);
  return isSent ? refuse('origin-refused', 'another site logs nobody out') : null;
}
