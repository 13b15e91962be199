/** The query of login-like paths: `next` must stay on this origin, and nobody names the user in it (P10). */
import { safeNextPath } from '../http/next-path.ts';
import { type QueryParameter, queryParameters, writeQuery } from '../http/query.ts';
import { isPlainPath, normalisePath } from '../http/target.ts';
import type { Place } from './place.ts';
import type { Policy } from './policy.ts';
import { type Refusal, refuse } from './reasons.ts';

/** The hub's pages that read `next`; both families of plugins redirect to it unchecked. */
const loginLike: ReadonlySet<string> = new Set(['login', 'oauth_login', 'oauth_callback', 'logout', 'signup']);
const nextNames: ReadonlySet<string> = new Set(['next', 'rd', 'redirect', 'return_to']);
const userNames: ReadonlySet<string> = new Set(['user', 'username']);

/** Whether a path is one of the hub's that read `next`, in any reading of it. */
export function isLoginLike(place: Place): boolean {
  if (place.class !== 'hub' && place.class !== 'other') return false;
  const read = isPlainPath(place.below) ? place.below : normalisePath(place.below);
  const segments = read.split('/').filter(segment => segment !== '');
  const last = segments.at(place.class === 'hub' ? 1 : 0);
  return last !== undefined && loginLike.has(last);
}

function rewritten(parameter: QueryParameter, policy: Policy): QueryParameter | null {
  if (userNames.has(parameter.name)) return null;
  if (!nextNames.has(parameter.name)) return parameter;
  // An empty `next` makes the plugins answer with an empty Location.
  if (parameter.value === '') return null;
  const safe = safeNextPath(parameter.value, policy.publicOrigin);
  // The bytes of a good path stay as they are: the hub signs nothing here, but compares `/hub/api/oauth2/authorize?…`.
  if (safe === parameter.value) return parameter;
  const value = safe ?? `${policy.places.baseUrl}hub/home`;
  return { ...parameter, value, raw: `${parameter.name}=${encodeURIComponent(value)}` };
}

/** A Python that does not split on `;` takes it and what follows for part of `next`, which must be good then as well. */
function leadsAstrayWhole(query: string, policy: Policy): boolean {
  return (
    query.includes(';') &&
    queryParameters(query, '&').some(
      ({ name, value }) => nextNames.has(name) && safeNextPath(value, policy.publicOrigin) === null,
    )
  );
}

/** The query that may go on; a refusal where `next` stands twice, or is bad in one of two readings. Null: the target has no query. */
export function loginQuery(
  query: string | null,
  place: Place,
  policy: Policy,
): { readonly query: string | null } | Refusal {
  if (query === null || !isLoginLike(place)) return { query };
  const parameters = queryParameters(query);
  if (parameters.filter(parameter => nextNames.has(parameter.name)).length > 1) {
    return refuse('request-ambiguous', 'more than one next in the query');
  }
  if (leadsAstrayWhole(query, policy)) return refuse('request-ambiguous', 'a next that is read in two ways');
  const kept = parameters.map(parameter => rewritten(parameter, policy)).filter(parameter => parameter !== null);
  return { query: writeQuery(kept) };
}
