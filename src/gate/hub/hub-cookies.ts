/** The hub's own cookies: whose each is by its name, which way ever it travels (design 4.5, 4.8). */
import type { Place } from '../place.ts';

/** A visit to a place. */
export interface Visit {
  readonly place: Place;
  /** The proved user under the hub's name. */
  readonly visitor: string | undefined;
  /** Who vouches for the visitor, as the proof names it. */
  readonly issuer: string | undefined;
}

/** What a name says: the hub's login, a server's or a service's with its owner, or another name that the hub keeps. */
export interface HubCookie {
  readonly family: 'login' | 'user' | 'service' | 'hub';
  /** Decoded; a named server's is `user-server`. */
  readonly owner: string;
  /** Behind a prefix: with that of `__Host-` or `__Host-Http-` the browser sends it on every path. */
  readonly isHostWide: boolean;
  /** It says to the hub, to a server or a service who its bearer is. */
  readonly isIdentity: boolean;
}

/** What binds a cookie to its host, to TLS or to HTTP stands before any name (RFC 6265bis §4.1.3), in any case. */
export const bindingPrefix: RegExp = /^__(?:host-http|host|http|secure)-/i;

const oauthState = /-oauth-state(?:-[a-z0-9]+)?$/i;
const families: readonly (readonly [family: HubCookie['family'], start: string])[] = [
  ['login', 'jupyterhub-hub-login'],
  ['user', 'jupyterhub-user-'],
  ['service', 'service-'],
  ['hub', 'jupyterhub-'],
];

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What services of hubs before 1.0 know their users by; the hub sets it. */
const oldServices = 'jupyterhub-services';

/** Whoever has the same one at the hub is the same browser to it. */
export const browserId = 'jupyterhub-session-id';

/** Null for a name that is not the hub's. */
export function readName(name: string): HubCookie | null {
  const plain = name.replace(bindingPrefix, '');
  const [family, start] = families.find(([, begin]) => plain.toLowerCase().startsWith(begin)) ?? [];
  if (family === undefined || start === undefined) return null;
  const owner = decoded(plain.slice(start.length).replace(oauthState, ''));
  const isIdentity = family !== 'hub' || plain.toLowerCase() === oldServices;
  return { family, owner, isHostWide: bindingPrefix.test(name), isIdentity };
}

/**
 * `alice-lab` is user alice-lab, or alice's server lab. A cookie with a path of its own was sorted out by the browser; one
 * that goes to every path is taken for a named server's on that server's owner's own visits alone.
 */
function isNamedServers({ owner, isHostWide }: HubCookie, { place, visitor }: Visit): boolean {
  return owner === `${place.owner}-${place.server}` && (!isHostWide || visitor === place.owner);
}

function isOwners(cookie: HubCookie, visit: Visit): boolean {
  const { place } = visit;
  if (cookie.family === 'service') return place.class === 'services' && cookie.owner === place.owner;
  return place.class === 'user' && (cookie.owner === place.owner || isNamedServers(cookie, visit));
}

/** Whether a cookie of the hub's may go up on a visit. */
export function goesUp(cookie: HubCookie, visit: Visit): boolean {
  if (cookie.family === 'hub') return true;
  if (cookie.family === 'login') return visit.place.class === 'hub' || visit.place.class === 'other';
  return isOwners(cookie, visit);
}

/** Whether a server or service may set a cookie of this name: `own` is its very own, `none` is somebody else's. */
export function maySet(name: string, visit: Visit): 'own' | 'none' | 'unknown' {
  const cookie = readName(name);
  if (cookie === null) return 'unknown';
  const isServers = cookie.family === 'user' || cookie.family === 'service';
  return isServers && isOwners(cookie, visit) ? 'own' : 'none';
}
