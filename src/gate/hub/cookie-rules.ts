/** Which cookie goes where: none that names a user to a plugin, and each of the hub's only to its owner (design 4.5). */
import { type CookiePair, namesIn } from '../../http/cookies.ts';
import { derived } from '../../http/derived.ts';
import { type Candidate, type CookieTags, readTagged, type SortedCookies, sortByTag } from './cookie-tags.ts';
import { bindingPrefix, goesUp, type HubCookie, readName, type Visit } from './hub-cookies.ts';

/** Compiled cookie rules; names lower-case. */
export interface CookieRules {
  /** Never go up: what a preset's plugin would read as the user, and the carriers'. */
  readonly reserved: ReadonlySet<string>;
  /** Where cookies carry tokens, one without a name may be such a one that has lost its own. */
  readonly dropsNameless: boolean;
  /** Names beginning so, behind a `bindingPrefix` or nothing, never go up: the gate's own and the sign-in proxies'. */
  readonly reservedPrefixes: readonly string[];
  /** Null: the hub's cookies carry no tags. */
  readonly tags: CookieTags | null;
}

/** Cookies that sign-in proxies keep their session in; user code that reads one can be that user. */
const ssoPrefixes = [
  '_oauth2_proxy',
  '_forward_auth', // traefik-forward-auth
  'mod_auth_openidc_',
  '_shibsession_',
  '_shibstate_',
  'authelia_session',
  'authentik_',
  '_pomerium',
  'awselbauthsessioncookie',
  'gcp_iaap_',
  'gcp_iap_',
  'cf_authorization',
  'cf_appsession',
  'vouchcookie',
  'appserviceauthsession', // Azure App Service
  'authservice_session', // oidc-authservice
  'mellon-', // mod_auth_mellon
  'mod_auth_cas',
  // Envoy's OAuth2 filter; its gateway puts a suffix behind these names.
  'bearertoken',
  'oauthhmac',
  'accesstoken-',
  'idtoken-',
  'refreshtoken-',
];

/** Compiles the rules; `carriers` are cookies that carry tokens. */
export function compileCookieRules(carriers: readonly string[], tags: CookieTags | null = null): CookieRules {
  return {
    // jhub_remote_login 0.2.119 lets cookies of these names win over its headers.
    reserved: new Set(['username', 'token', ...carriers.map(name => name.toLowerCase())]),
    dropsNameless: carriers.length > 0,
    reservedPrefixes: ['hubgate-', ...ssoPrefixes],
    tags,
  };
}

/** Whether nobody but the gate and the sign-in proxies may speak a cookie of this name, in whatever case. */
export function isReservedCookie(name: string, rules: CookieRules): boolean {
  const lower = name.toLowerCase();
  const plain = lower.replace(bindingPrefix, '');
  return rules.reserved.has(lower) || rules.reservedPrefixes.some(prefix => plain.startsWith(prefix));
}

/** What a crumb says under every name that some parser could see in it. */
interface CrumbReading extends Candidate {
  readonly reserved: boolean;
  readonly hubCookies: readonly HubCookie[];
}

function readCrumb(pair: CookiePair, rules: CookieRules): CrumbReading {
  const names = namesIn(pair);
  return {
    pair,
    reserved: (rules.dropsNameless && pair.name === '') || names.some(name => isReservedCookie(name, rules)),
    hubCookies: names.map(readName).filter(cookie => cookie !== null),
    tagged: readTagged(pair),
  };
}

const readings = derived((rules: CookieRules) =>
  derived((pairs: readonly CookiePair[]) => pairs.map(pair => readCrumb(pair, rules))),
);

function mayGoUp({ reserved, hubCookies, tagged }: CrumbReading, visit: Visit, { tags }: CookieRules): boolean {
  if (reserved || !hubCookies.every(cookie => goesUp(cookie, visit))) return false;
  // What only some parsers take for a cookie that says who one is has no tag of that cookie's.
  return tags === null || tagged !== null || !hubCookies.some(({ isIdentity }) => isIdentity);
}

const none: SortedCookies = { up: [], stale: [] };

/** The cookies that may go up on a visit, in wire order and as the hub wrote them, and those that the browser is to forget. */
export function sortCookies(pairs: readonly CookiePair[], visit: Visit, rules: CookieRules): SortedCookies {
  if (visit.place.public || pairs.length === 0) return none;
  const crumbs = readings(rules)(pairs);
  const passing = crumbs.filter(crumb => mayGoUp(crumb, visit, rules));
  const { tags } = rules;
  return tags === null ? { up: passing.map(({ pair }) => pair), stale: [] } : sortByTag(passing, visit, tags);
}

/** The cookies that may go up on a visit, in wire order and as the hub wrote them. */
export function cookiesFor(pairs: readonly CookiePair[], visit: Visit, rules: CookieRules): readonly CookiePair[] {
  return sortCookies(pairs, visit, rules).up;
}
