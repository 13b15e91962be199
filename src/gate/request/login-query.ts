/** The query of the hub's pages: `next` must stay on this origin, and on login-like ones nobody names the user in it (P10). */
import { type QueryParameter, queryParameters, writeQuery } from '../../http/query.ts';
import { isPlainPath, normalisePath } from '../../http/target.ts';
import type { Place } from '../place.ts';
import type { Policy } from '../policy.ts';
import { type Refusal, refuse } from '../reasons.ts';
import { safeNext } from './user-hosts.ts';

/** Pages of the plugins, both families of which redirect to `next` unchecked. */
const loginLike: ReadonlySet<string> = new Set(['login', 'oauth_login', 'oauth_callback', 'logout', 'signup']);
/** Parameters that some page of the hub or of a plugin redirects to. */
export const nextNames: ReadonlySet<string> = new Set(['next', 'rd', 'redirect', 'return_to']);
const userNames: ReadonlySet<string> = new Set(['user', 'username']);

/** Below these the hub sends the query on to an application, or reads no `next`: there it may be an application's own. */
const notPages: ReadonlySet<string> = new Set(['user', 'user-redirect', 'api', 'static', 'services']);

/** The segment below hub/ that names a page of the hub, in any reading of the path; '' for its root, null off the hub. */
function pageOf(place: Place): string | null {
  if (place.class !== 'hub' && place.class !== 'other') return null;
  const read = isPlainPath(place.below) ? place.below : normalisePath(place.below);
  const segments = read.split('/').filter(segment => segment !== '');
  return segments.at(place.class === 'hub' ? 1 : 0) ?? '';
}

/** Whether a path is one of a login's, in any reading of it. */
export function isLoginLike(place: Place): boolean {
  return loginLike.has(pageOf(place) ?? '');
}

/** Whether the hub may follow a `next` here; outside baseUrl nothing of it is. */
function mayFollowNext(place: Place): boolean {
  const page = pageOf(place);
  if (page === null || place.audience !== 'hub' || place.public || place.below === '') return false;
  return !notPages.has(page);
}

function settledNext(parameter: QueryParameter, policy: Policy): QueryParameter {
  const safe = safeNext(parameter.value, policy);
  // The bytes of a good path stay as they are: the hub signs nothing here, but compares `/hub/api/oauth2/authorize?…`.
  if (safe === parameter.value) return parameter;
  const value = safe ?? `${policy.places.baseUrl}hub/home`;
  return { ...parameter, value, raw: `${parameter.name}=${encodeURIComponent(value)}` };
}

function settledAtLogin(parameter: QueryParameter, policy: Policy): QueryParameter | null {
  if (userNames.has(parameter.name)) return null;
  if (!nextNames.has(parameter.name)) return parameter;
  // An empty `next` makes the plugins answer with an empty Location.
  if (parameter.value === '') return null;
  return settledNext(parameter, policy);
}

/** The hub's own handlers read no other name, and for an empty `next` they have their own way. */
function settledOnPage(parameter: QueryParameter, policy: Policy): QueryParameter {
  return parameter.name === 'next' && parameter.value !== '' ? settledNext(parameter, policy) : parameter;
}

/** A Python that does not split on `;` takes it and what follows for part of `next`, which must be good then as well. */
function leadsAstrayWhole(query: string, names: ReadonlySet<string>, policy: Policy): boolean {
  return (
    query.includes(';') &&
    queryParameters(query, '&').some(
      ({ name, value }) => names.has(name) && value !== '' && safeNext(value, policy) === null,
    )
  );
}

const readTwice = 'a next that is read in two ways';

function queryAtLogin(query: string, policy: Policy): string | Refusal {
  const parameters = queryParameters(query);
  if (parameters.filter(parameter => nextNames.has(parameter.name)).length > 1) {
    return refuse('request-ambiguous', 'more than one next in the query');
  }
  const kept = parameters.map(parameter => settledAtLogin(parameter, policy)).filter(parameter => parameter !== null);
  const settled = writeQuery(kept);
  // What stood behind a parameter that is taken out may have become a part of the one before it.
  const isReadTwice = [query, settled].some(each => leadsAstrayWhole(each, nextNames, policy));
  return isReadTwice ? refuse('request-ambiguous', readTwice) : settled;
}

const nextAlone: ReadonlySet<string> = new Set(['next']);

function queryOnPage(query: string, policy: Policy): string | Refusal {
  if (leadsAstrayWhole(query, nextAlone, policy)) return refuse('request-ambiguous', readTwice);
  return writeQuery(queryParameters(query).map(parameter => settledOnPage(parameter, policy)));
}

/**
 * The query that may go on; a refusal where `next` stands twice at a login, or is bad in one of two readings. Null: the target
 * has no query.
 */
export function settledQuery(
  query: string | null,
  place: Place,
  policy: Policy,
): { readonly query: string | null } | Refusal {
  if (query === null) return { query };
  if (!isLoginLike(place) && !mayFollowNext(place)) return { query };
  const settled = isLoginLike(place) ? queryAtLogin(query, policy) : queryOnPage(query, policy);
  return typeof settled === 'string' ? { query: settled } : settled;
}
