/** Has the browser forget cookies of the hub's that are another user's: each where the hub has put it (design 6). */
import { bindingPrefix, browserId, readName } from '../gate/hub/hub-cookies.ts';
import type { Place } from '../gate/place.ts';
import type { Policy } from '../gate/policy.ts';
import { sharing } from '../http/cache-control.ts';
import type { FieldLine } from '../http/field.ts';
import { parseSetCookie, withFrames } from '../http/set-cookie.ts';

/** The first so many segments of a path below baseUrl, as the browser wrote them. */
function firstOf(place: Place, segments: number, { places }: Policy): string {
  const own = place.below.split('/').slice(1, segments + 1);
  return `${places.baseUrl}${own.join('/')}/`;
}

/** Paths that the hub and its servers use for a cookie of that name; the browser keeps one for each. */
function pathsOf(name: string, place: Place, policy: Policy): string[] {
  const { baseUrl } = policy.places;
  const cookie = readName(name);
  if (/^__host-/i.test(name)) return ['/'];
  if (name === browserId || cookie === null) return [baseUrl];
  if (cookie.family === 'login') return [`${baseUrl}hub/`];
  if (cookie.family === 'hub') return [`${baseUrl}services`];
  const root = firstOf(place, 2, policy);
  return cookie.owner === place.owner ? [root] : [root, firstOf(place, 3, policy)];
}

/** A browser takes a prefix's name in Secure cookies alone, and forgets a Secure cookie only where it is told so over TLS. */
function expiry(name: string, path: string, { publicScheme, session }: Policy): FieldLine {
  const secure = publicScheme === 'https' || bindingPrefix.test(name) ? '; Secure' : '';
  const line = `${name}=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=${path}; HttpOnly${secure}; SameSite=Lax`;
  return ['Set-Cookie', session !== undefined && session.frames !== null ? withFrames(line) : line];
}

/** With subdomain_host the browser's id is set for users' hosts, too. */
function onUserHosts(name: string, policy: Policy): FieldLine[] {
  if (name !== browserId || policy.userHosts === null) return [];
  const [field, line] = expiry(name, policy.places.baseUrl, policy);
  return [[field, `${line}; Domain=${policy.userHosts.suffix.slice(1)}`]];
}

/** What makes the browser forget cookies of these names. */
function expiries(names: readonly string[], place: Place, policy: Policy): FieldLine[] {
  return names.flatMap(name => [
    ...pathsOf(name, place, policy).map(path => expiry(name, path, policy)),
    ...onUserHosts(name, policy),
  ]);
}

/** As the hub writes a user's name in a cookie's; its own quoting leaves `!*'()` no more than this one does. */
function quoted(name: string): string {
  return encodeURIComponent(name).replace(/[!*'()]/g, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** What makes the browser forget a login at the hub, and at the user's own server: as far as it is known where they are. */
export function hubCookiesOf(hubUser: string | undefined, policy: Policy): FieldLine[] {
  const { places, publicScheme } = policy;
  const { baseUrl } = places;
  const server = hubUser === undefined ? [] : [`jupyterhub-user-${quoted(hubUser)}`];
  const plain: readonly (readonly [name: string, path: string])[] = [
    ['jupyterhub-hub-login', `${baseUrl}hub/`],
    [browserId, baseUrl],
    ['jupyterhub-services', `${baseUrl}services`],
    ...server.map(name => [name, `${baseUrl}user/${quoted(hubUser ?? '').replaceAll('%40', '@')}/`] as const),
  ];
  const hostWide = publicScheme === 'https' ? ['jupyterhub-hub-login', ...server].map(name => `__Host-${name}`) : [];
  const everywhere = hostWide.map(name => [name, '/'] as const);
  return [
    ...[...plain, ...everywhere].map(([name, path]) => expiry(name, path, policy)),
    ...onUserHosts(browserId, policy),
  ];
}

const isSetCookie = ([name]: FieldLine): boolean => name.toLowerCase() === 'set-cookie';

/** Adds them in front of the answer's own cookies, but for those that it sets itself; an answer for several browsers gets none. */
export function withExpiries(
  fields: readonly FieldLine[],
  stale: readonly string[],
  place: Place,
  policy: Policy,
): FieldLine[] {
  const said = sharing(fields);
  if (stale.length === 0 || said === 'shared') return [...fields];
  const set = new Set(fields.filter(isSetCookie).map(([, value]) => parseSetCookie(value)?.name));
  const lines = expiries(
    stale.filter(name => !set.has(name)),
    place,
    policy,
  );
  const at = fields.findIndex(isSetCookie);
  const before = at === -1 ? fields.length : at;
  const unshared: FieldLine[] = said === 'unsaid' && lines.length > 0 ? [['Cache-Control', 'private']] : [];
  return [...fields.slice(0, before), ...unshared, ...lines, ...fields.slice(before)];
}
