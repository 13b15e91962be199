/** What comes back: answers of servers and services are written by users, and may not speak for the origin (design 4.8). */
import { classify, type Place } from '../gate/place.ts';
import type { Policy } from '../gate/policy.ts';
import { type FieldLine, foldName } from '../http/field.ts';
import { cookieDomain, cookiePath, parseSetCookie, type SetCookie } from '../http/set-cookie.ts';

/** Which place gave the answer, and who asked: the proved user under the hub's name. */
export interface AnswerContext {
  readonly place: Place;
  readonly visitor: string | undefined;
}

/** An ingress in front would obey these (R3); they mean nothing to a browser. */
const internalPrefixes = ['x-accel-', 'x-hubgate-'];
const serverPrefixes = ['x-reproxy-', 'x-lighttpd-', 'x-litespeed-', 'x-sendfile', 'x-envoy-'];
/** These speak for the whole origin (R4), which belongs to the hub, or to its browser as a whole. */
const originWide: ReadonlySet<string> = new Set([
  'clear-site-data',
  'alt-svc',
  'strict-transport-security',
  'public-key-pins',
  'nel',
  'report-to',
  'reporting-endpoints',
  'accept-ch',
  'critical-ch',
  'set-login',
  'origin-agent-cluster',
  'secure-session-registration',
  'sec-session-registration',
  'set-cookie2',
]);

function startsWithAny(text: string, prefixes: readonly string[]): boolean {
  return prefixes.some(prefix => text.startsWith(prefix));
}

/** RFC 6265 §5.1.4, for a cookie without Path. */
function defaultPath(requestPath: string): string {
  const cut = requestPath.lastIndexOf('/');
  return cut <= 0 ? '/' : requestPath.slice(0, cut);
}

function fullPath(place: Place, policy: Policy): string {
  return policy.places.baseUrl + place.below.slice(1);
}

function ownPrefix(place: Place, policy: Policy): string {
  return `${fullPath(place, policy)
    .split('/')
    .slice(0, policy.places.baseUrl.split('/').length + 1)
    .join('/')}/`;
}

function sameOwner(path: string, place: Place, policy: Policy): boolean {
  const there = classify(path.endsWith('/') ? path : `${path}/`, policy.places);
  return there !== null && there.class === place.class && there.owner === place.owner && there.owner !== '';
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const hubName = /^jupyterhub-(?:user-(.*)|(.*))$/is;
const serviceName = /^service-(.*)$/is;
const oauthState = /-oauth-state(?:-[a-z0-9]+)?$/i;

/**
 * Whether a name of the hub's own kind is this very server's or service's; null: not of the hub's kind. `alice-lab` is
 * user alice-lab or alice's server lab: where the cookie goes to every path, it may be set on alice's own visits alone.
 */
function ownsHubName(name: string, { place, visitor }: AnswerContext, isHostWide: boolean): boolean | null {
  const service = serviceName.exec(name);
  if (service !== null) {
    return place.class === 'services' && decoded((service[1] ?? '').replace(oauthState, '')) === place.owner;
  }
  const found = hubName.exec(name);
  if (found === null) return null;
  const owner = decoded((found[1] ?? '').replace(oauthState, ''));
  if (place.class !== 'user') return false;
  const mayBeNamed = !isHostWide || visitor === place.owner;
  return owner === place.owner || (mayBeNamed && owner.startsWith(`${place.owner}-`));
}

function mayNameCookie(cookie: SetCookie, policy: Policy): boolean {
  const lower = cookie.name.toLowerCase();
  return !policy.cookies.reserved.has(lower) && !startsWithAny(lower, policy.cookies.reservedPrefixes);
}

/** R1: only below its own prefix, or a `__Host-` name of that very server; never wider, never somebody else's. */
function maySetCookie(value: string, context: AnswerContext, policy: Policy): boolean {
  const { place } = context;
  const cookie = parseSetCookie(value);
  if (cookie === null || !mayNameCookie(cookie, policy) || cookieDomain(cookie) !== null) return false;
  const host = /^__host-(.*)$/is.exec(cookie.name);
  if (host !== null) return ownsHubName(host[1] ?? '', context, true) === true;
  if (ownsHubName(cookie.name.replace(/^__secure-/i, ''), context, false) === false) return false;
  const path = cookiePath(cookie);
  if (path !== null && !visibleAscii.test(path)) return false;
  return sameOwner(path ?? defaultPath(fullPath(place, policy)), place, policy);
}

/** URL parsers drop tabs, so that `.<TAB>.` is a dot segment to them: only plain text is looked at. */
const visibleAscii = /^[\x21-\x7e]+$/;

function cutToPrefix(value: string, place: Place, policy: Policy): string {
  return value.startsWith('/') && visibleAscii.test(value) && sameOwner(value, place, policy)
    ? value
    : ownPrefix(place, policy);
}

function fromUsers(line: FieldLine, context: AnswerContext, policy: Policy): FieldLine | null {
  const [name, value] = line;
  const folded = foldName(name);
  if (originWide.has(folded) || startsWithAny(folded, serverPrefixes)) return null;
  if (folded === 'set-cookie') return maySetCookie(value, context, policy) ? line : null;
  if (folded === 'service-worker-allowed') return [name, cutToPrefix(value, context.place, policy)];
  return line;
}

const pageTypes = ['text/html', 'application/json'];

/** Hub pages carry names and tokens of the user; static files say themselves how long they live. */
function needsNoStore(fields: readonly FieldLine[]): boolean {
  if (fields.some(([name]) => foldName(name) === 'cache-control')) return false;
  const type = fields.find(([name]) => foldName(name) === 'content-type');
  return type === undefined || startsWithAny(type[1].trim().toLowerCase(), pageTypes);
}

/** The fields of an answer that may reach the browser, in wire order. Framing and hop-by-hop fields are the door's. */
export function filterAnswer(fields: readonly FieldLine[], context: AnswerContext, policy: Policy): FieldLine[] {
  const { place } = context;
  const kept = fields.filter(([name]) => !startsWithAny(foldName(name), internalPrefixes));
  if (policy.general) return kept;
  const spoken = kept.filter(([name]) => !policy.reserved.has(foldName(name)));
  if (place.class === 'user' || place.class === 'services') {
    return spoken.map(line => fromUsers(line, context, policy)).filter(line => line !== null);
  }
  return needsNoStore(spoken) && !place.public ? [...spoken, ['Cache-Control', 'no-store']] : spoken;
}
