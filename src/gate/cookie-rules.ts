/** Which cookie goes where: none that names a user to a plugin, and each of the hub's only to its owner (design 4.5). */
import { type CookiePair, namesIn } from '../http/cookies.ts';
import { goesUp, type Visit } from './hub-cookies.ts';

/** Compiled cookie rules; names lower-case. */
export interface CookieRules {
  /** Never go up: what a preset's plugin would read as the user, and the carriers'. */
  readonly reserved: ReadonlySet<string>;
  /** Names beginning so never go up: the gate's own and the sign-in proxies'. */
  readonly reservedPrefixes: readonly string[];
}

/** Cookies that sign-in proxies keep their session in; user code that reads one can be that user. */
const ssoPrefixes = [
  '_oauth2_proxy',
  '__host-_oauth2_proxy',
  '__secure-_oauth2_proxy',
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
];

/** Compiles the rules; `carriers` are cookies that carry tokens. */
export function compileCookieRules(carriers: readonly string[]): CookieRules {
  return {
    // jhub_remote_login 0.2.119 lets cookies of these names win over its headers.
    reserved: new Set(['username', 'token', ...carriers.map(name => name.toLowerCase())]),
    reservedPrefixes: ['__host-hubgate-', '__secure-hubgate-', 'hubgate-', ...ssoPrefixes],
  };
}

function isReserved(names: readonly string[], rules: CookieRules): boolean {
  return names.some(name => {
    const lower = name.toLowerCase();
    return rules.reserved.has(lower) || rules.reservedPrefixes.some(prefix => lower.startsWith(prefix));
  });
}

/** The cookies that may go up on a visit, in wire order and with their bytes untouched. */
export function cookiesFor(pairs: readonly CookiePair[], visit: Visit, rules: CookieRules): readonly CookiePair[] {
  if (visit.place.public) return [];
  return pairs.filter(pair => {
    const names = namesIn(pair);
    return !isReserved(names, rules) && names.every(name => goesUp(name, visit));
  });
}
