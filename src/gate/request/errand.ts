/** What nobody may have a browser do unasked: log its user out, or log in ahead of a click that may never come (M6). */
import { isPlainPath, normalisePath } from '../../http/target.ts';
import type { Place } from '../place.ts';
import type { Policy } from '../policy.ts';
import { type Refusal, refuse } from '../reasons.ts';
import type { AcceptedRequest } from '../stages.ts';
import { isAhead } from './asking-page.ts';
import { logoutFault } from './logout-asker.ts';
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

/** Null when nothing speaks against it; every other path is nobody's errand. */
export function checkErrand(request: AcceptedRequest, { place }: Route, host: string, policy: Policy): Refusal | null {
  const path = hubPath(place);
  if (path !== login && path !== logout) return null;
  if (isAhead(request.fields)) return refuse('prefetch-refused');
  return path === logout ? logoutFault({ host, fields: request.fields }, policy) : null;
}
