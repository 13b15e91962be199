/** Users' hosts: where JupyterHub's subdomain_host puts servers and services, and what is served there (design 4.10). */
import { derived } from '../../http/derived.ts';
import { parseHost } from '../../http/host.ts';
import { safeNextPath } from '../../http/next-path.ts';
import { remembering } from '../../http/recent-texts.ts';
import type { GateCall } from '../calls.ts';
import type { Policy, UserHosts } from '../policy.ts';
import { type Refusal, refuse } from '../reasons.ts';
import type { SanitisedRequest } from '../stages.ts';

const label = /^[a-z0-9_-]{1,63}$/;

function readUserHost(host: string, { suffix, port }: UserHosts, defaultPort: number): string {
  const parsed = parseHost(host);
  if (parsed === null || !parsed.host.endsWith(suffix) || (parsed.port ?? defaultPort) !== port) return '';
  if (!label.test(parsed.host.slice(0, -suffix.length))) return '';
  return port === defaultPort ? parsed.host : `${parsed.host}:${port}`;
}

const readings = derived(({ userHosts, publicScheme }: Policy) => {
  const defaultPort = publicScheme === 'https' ? 443 : 80;
  const read = (host: string): string => (userHosts === null ? '' : readUserHost(host, userHosts, defaultPort));
  return remembering(read, { entries: 1024, characters: 64 * 1024 });
});

/** A user's host as browsers write it in an origin; '' for a Host that is none. */
export function userHostOf(host: string, policy: Policy): string {
  return policy.userHosts === null ? '' : readings(policy)(host);
}

/** The origin that pages on a host have; `userHost` is '' for publicUrl's. */
export function originAt(userHost: string, { publicScheme, publicOrigin }: Policy): string {
  return userHost === '' ? publicOrigin : `${publicScheme}://${userHost}`;
}

/** Whether code of another user's host speaks: same site, and another origin. */
export function isNeighbour(origin: string, userHost: string, policy: Policy): boolean {
  if (policy.userHosts === null || origin === originAt(userHost, policy)) return false;
  const host = userHostOf(origin.slice(origin.indexOf('://') + '://'.length), policy);
  return host !== '' && origin === originAt(host, policy);
}

const absolute = /^https?:\/\/([^/?#\\@]+)\//;

/** Where a `next` may lead: a path of publicUrl's, or the URL of a page on a user's host; null for anything else. */
export function safeNext(value: string, policy: Policy): string | null {
  const path = safeNextPath(value, policy.publicOrigin);
  if (path !== null || policy.userHosts === null) return path;
  const [, host = ''] = absolute.exec(value) ?? [];
  if (host === '' || userHostOf(host, policy) !== host) return null;
  const origin = originAt(host, policy);
  const there = value.startsWith(`${origin}/`) ? safeNextPath(value, origin) : null;
  return there === null ? null : origin + there;
}

/** Whether a request on a user's host is for none of its servers and services. */
export function isOffUserHost({ userHost, place }: SanitisedRequest): boolean {
  return userHost !== '' && place.class !== 'user' && place.class !== 'services';
}

/** The one endpoint of the gate's that a user's host has. */
const enter = '/hubgate/enter';

/** What becomes of such a request: the hub is elsewhere, and there is nothing else; null: the gate's own endpoint is asked. */
export function answerOffUserHost(
  { method, upgrade, place, path, query }: SanitisedRequest,
  { publicOrigin }: Policy,
): { readonly call: GateCall } | Refusal | null {
  if (place.class === 'own') return place.below === enter ? null : refuse('path-reserved', 'not on a host of a user');
  if (place.class !== 'hub') return refuse('path-unknown');
  if (method !== 'GET' || upgrade !== null) return refuse('host-unknown', 'the hub is at publicUrl alone');
  return { call: { call: 'to-hub', location: publicOrigin + (query === null ? path : `${path}?${query}`) } };
}
