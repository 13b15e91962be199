/** What a path on the hub may look like, and which of its endpoints no client may speak to. */
import { hasSuspectForm, isPlainPath, normalisePath } from '../../http/target.ts';
import { isOwnEndpoint } from '../own-endpoints.ts';
import type { Place } from '../place.ts';
import type { Policy } from '../policy.ts';
import { type Refusal, refuse } from '../reasons.ts';

/** The hub redirects these to a server, and an application's own path hangs below (`…/proxy/8080//y`). */
const redirecting = ['/hub/user/', '/hub/user-redirect/'];

const isApi = ({ below }: Place): boolean => below === '/hub/api' || below.startsWith('/hub/api/');

/**
 * The hub's proxy normalises paths, so `/hub/./login` is a login (GHSA-6jwx); on what goes to the hub only the plain form
 * goes on. `other` paths are the hub's to read as well.
 */
export function checkHubPath(path: string, place: Place, policy: Policy): Refusal | null {
  if (place.class === 'own')
    return policy.session !== undefined && isOwnEndpoint(place.below) ? null : refuse('path-reserved');
  if (policy.reach === 'hub-api' && !isApi(place)) return refuse('endpoint-refused', "servers get the hub's API alone");
  const isPlain = isPlainPath(path);
  if (policy.refusedPaths.has(isPlain ? place.below : normalisePath(place.below))) return refuse('endpoint-refused');
  if (place.audience === 'users' || redirecting.some(prefix => place.below.startsWith(prefix))) return null;
  return !isPlain && hasSuspectForm(path) ? refuse('request-ambiguous', 'the path is not in its plain form') : null;
}
