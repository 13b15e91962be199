/** Which cookie goes where: none that names a user to a plugin, and each of the hub's only to its owner (design 4.5). */
import { type CookiePair, namesIn } from '../http/cookies.ts';
import { derived } from '../http/derived.ts';
import { bindingPrefix, goesUp, type HubCookie, readName, type Visit } from './hub-cookies.ts';

/** Compiled cookie rules; names lower-case. */
export interface CookieRules {
  /** Never go up: what a preset's plugin would read as the user, and the carriers'. */
  readonly reserved: ReadonlySet<string>;
  /** Names beginning so, behind a `bindingPrefix` or nothing, never go up: the gate's own and the sign-in proxies'. */
  readonly reservedPrefixes: readonly string[];
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
export function compileCookieRules(carriers: readonly string[]): CookieRules {
  return {
    // jhub_remote_login 0.2.119 lets cookies of these names win over its headers.
    reserved: new Set(['username', 'token', ...carriers.map(name => name.toLowerCase())]),
    reservedPrefixes: ['hubgate-', ...ssoPrefixes],
  };
}

/** Whether nobody but the gate and the sign-in proxies may speak a cookie of this name, in whatever case. */
export function isReservedCookie(name: string, rules: CookieRules): boolean {
  const lower = name.toLowerCase();
  const plain = lower.replace(bindingPrefix, '');
  return rules.reserved.has(lower) || rules.reservedPrefixes.some(prefix => plain.startsWith(prefix));
}

/** What a crumb says under every name that some parser could see in it. */
interface CrumbReading {
  readonly reserved: boolean;
  readonly hubCookies: readonly HubCookie[];
}

function readCrumb(pair: CookiePair, rules: CookieRules): CrumbReading {
  const names = namesIn(pair);
  return {
    reserved: names.some(name => isReservedCookie(name, rules)),
    hubCookies: names.map(readName).filter(cookie => cookie !== null),
  };
}

const readings = derived((rules: CookieRules) =>
  derived((pairs: readonly CookiePair[]) => pairs.map(pair => readCrumb(pair, rules))),
);

/** The cookies that may go up on a visit, in wire order and with their bytes untouched. */
export function cookiesFor(pairs: readonly CookiePair[], visit: Visit, rules: CookieRules): readonly CookiePair[] {
  if (visit.place.public || pairs.length === 0) return [];
  const crumbs = readings(rules)(pairs);
  return pairs.filter((_, at) => {
    const crumb = crumbs[at];
    return crumb !== undefined && !crumb.reserved && crumb.hubCookies.every(cookie => goesUp(cookie, visit));
  });
}
