/** Which cookie goes where: none that names a user to a plugin, and each of the hub's only to its owner (design 4.5). */
import { type CookiePair, namesIn } from '../http/cookies.ts';
import type { Place } from './place.ts';

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

const hubCookie = /^(__host-|__secure-)?(jupyterhub-hub-login|jupyterhub-user-|service-)(.*)$/is;
const oauthState = /-oauth-state(?:-[a-z0-9]+)?$/i;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * `alice-lab` is user alice-lab, or alice's server lab. A cookie with a path of its own was sorted out by the browser; a
 * `__Host-` one comes on every path, so it is taken for a named server's on that server's owner's own visits alone.
 */
function isNamedServer(owner: string, place: Place, isHostWide: boolean, visitor: string | undefined): boolean {
  if (isHostWide && visitor !== place.owner) return false;
  return owner === `${place.owner}-${place.server}`;
}

function reaches(name: string, place: Place, visitor: string | undefined): boolean {
  const found = hubCookie.exec(name);
  if (found === null) return true;
  const [, hostPrefix, family = '', rest = ''] = found;
  const owner = decoded(rest.replace(oauthState, ''));
  if (family.toLowerCase() === 'service-') return place.class === 'services' && owner === place.owner;
  if (family.toLowerCase() === 'jupyterhub-user-') {
    const isHostWide = hostPrefix !== undefined;
    return place.class === 'user' && (owner === place.owner || isNamedServer(owner, place, isHostWide, visitor));
  }
  return place.class === 'hub' || place.class === 'other';
}

/** The visit that cookies are sorted for; `visitor` is the proved user under the hub's name. */
export interface Visit {
  readonly place: Place;
  readonly visitor: string | undefined;
}

/** The cookies that may go up on a visit, in wire order and with their bytes untouched. */
export function cookiesFor(pairs: readonly CookiePair[], visit: Visit, rules: CookieRules): readonly CookiePair[] {
  const { place, visitor } = visit;
  if (place.public) return [];
  return pairs.filter(pair => {
    const names = namesIn(pair);
    return !isReserved(names, rules) && names.every(name => reaches(name, place, visitor));
  });
}
