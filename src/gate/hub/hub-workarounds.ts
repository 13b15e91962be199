/** What the gate holds for hubs that do not hold it themselves, by their version; which advisory is whose stands in src/hub/workarounds.ts. */
import type { WorkaroundId } from '../../config/workaround-ids.ts';
import { type CookiePair, namesIn } from '../../http/cookies.ts';
import { derived } from '../../http/derived.ts';
import { valuesOf } from '../../http/field.ts';
import type { MappedRequest } from '../map-identity.ts';
import type { Place } from '../place.ts';
import type { Policy } from '../policy.ts';
import { type Refusal, refuse } from '../reasons.ts';
import { isOwnOrigin, ownSites, safeMethods } from '../request/asking-page.ts';
import { measuredMethods } from '../request/body.ts';
import { isLoginLike } from '../request/login-query.ts';
import type { SanitisedRequest } from '../stages.ts';
import { readName } from './hub-cookies.ts';

/**
 * Whether this very origin's page asks, or none. A neighbour's on the same site is another's. Browsers without Sec-Fetch-Site say
 * Origin with what changes something, and old ones a Referer alone.
 */
function isOwnPages(request: SanitisedRequest, policy: Policy): boolean {
  const { fields } = request;
  const sites = valuesOf(fields, 'sec-fetch-site');
  if (sites.length > 0) return sites.every(site => ownSites.has(site.toLowerCase()));
  const origins = valuesOf(fields, 'origin');
  if (origins.length > 0) return origins.every(origin => isOwnOrigin(origin, request.host, policy));
  const pages = valuesOf(fields, 'referer').map(page => URL.parse(page)?.origin ?? '');
  return pages.every(origin => isOwnOrigin(origin, request.host, policy));
}

/** Other sites show these pictures, and nothing in them is a user's. */
const pictures: ReadonlySet<string> = new Set(['/hub/logo', '/hub/favicon.ico', '/favicon.ico']);

function isForEverybody({ below, public: open }: Place): boolean {
  return open || below.startsWith('/hub/static/') || pictures.has(below);
}

/** As hubs from 5.4.5 on read it: a page's own picture or script, and nothing that changes anything. */
function isNoCorsOfOthers(request: SanitisedRequest, policy: Policy): boolean {
  const modes = valuesOf(request.fields, 'sec-fetch-mode');
  if (!modes.some(mode => mode.toLowerCase() === 'no-cors')) return false;
  const isOwn = isOwnPages(request, policy);
  // What servers of users run has beacons of its own; the hub's pages have none.
  if (request.place.audience === 'users') return !isOwn && !safeMethods.has(request.method);
  return safeMethods.has(request.method) ? !isOwn && !isForEverybody(request.place) : true;
}

function isForeignChange(request: SanitisedRequest, policy: Policy): boolean {
  if (request.place.audience === 'users' || safeMethods.has(request.method)) return false;
  return !isOwnPages(request, policy);
}

const forHub = (refusal: Refusal, advisory: WorkaroundId): Refusal => ({
  ...refusal,
  inAudit: `${advisory} (hub.skipWorkarounds)`,
});

/** A token of the hub's alone is no cookie, and no page adds it without the hub's leave; a WebSocket's Origin has a check of its own. */
function siteFault({ request, hubToken }: MappedRequest, policy: Policy): Refusal | null {
  if (request.upgrade !== null || hubToken.use === 'alone' || request.place.public) return null;
  const { noCors, foreignChanges } = policy.workarounds;
  if (noCors && isNoCorsOfOthers(request, policy))
    return forHub(refuse('origin-refused', 'a page that can not read the answer'), 'CVE-2026-40864');
  return foreignChanges && isForeignChange(request, policy)
    ? forHub(refuse('origin-refused', "another site's page"), 'CVE-2020-36191')
    : null;
}

/** A form of a user's name, a password and an XSRF token. */
const longestLogin = 8 * 1024;

function loginFault({ method, place, body }: SanitisedRequest, policy: Policy): Refusal | null {
  // That form is read whole, and must name the proved user.
  if (policy.namedInBodies.loginForm && method === 'POST') return null;
  // A form on the other methods is refused anyway, and any body there is measured.
  if (body.kind === 'none' || measuredMethods.has(method) || place.audience === 'users') return null;
  if (!isLoginLike(place)) return null;
  if (body.kind === 'chunked') return forHub(refuse('length-required', 'a login'), 'CVE-2026-54338');
  return body.bytes > longestLogin ? forHub(refuse('body-too-large', 'a login over 8 KiB'), 'CVE-2026-54338') : null;
}

/** Null where nothing that the hub would let through has to be held. */
export function workaroundFault(mapped: MappedRequest, policy: Policy): Refusal | null {
  // The gate's own endpoints judge who may call them, and other sites hand users over there.
  if (mapped.request.place.class === 'own') return null;
  const fault = siteFault(mapped, policy);
  return fault === null && policy.workarounds.longLogins ? loginFault(mapped.request, policy) : fault;
}

function isHubs(name: string): boolean {
  const family = readName(name)?.family;
  return family === 'login' || family === 'hub';
}

/** Of the hub's own that some parser could see in a crumb; a browser sends the same crumbs again and again. */
const hubNamesOf = derived((pair: CookiePair): readonly string[] => [...new Set(namesIn(pair).filter(isHubs))]);

/**
 * The hub takes one of several cookies of a name, and which one is for whoever set the longer path to say. Without its own cookie it
 * asks for a new login, of whoever is proved.
 */
export function withoutRepeats(pairs: readonly CookiePair[]): readonly CookiePair[] {
  if (pairs.length < 2) return pairs;
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const pair of pairs)
    for (const name of hubNamesOf(pair)) {
      if (seen.has(name)) repeated.add(name);
      seen.add(name);
    }
  return repeated.size === 0 ? pairs : pairs.filter(pair => !hubNamesOf(pair).some(name => repeated.has(name)));
}
