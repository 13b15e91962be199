/** What comes back: answers of servers and services are written by users, and may not speak for the origin (design 4.8). */
import { classify, type Place } from '../gate/place.ts';
import type { Policy } from '../gate/policy.ts';
import { type FieldLine, foldName } from '../http/field.ts';
import { cookieDomain, cookiePath, parseSetCookie, type SetCookie } from '../http/set-cookie.ts';

/** An answer's status and the place that gave it. */
export interface AnswerContext {
  readonly place: Place;
  readonly status: number;
}

/** An ingress in front would obey these (R3); they mean nothing to a browser. */
const internalPrefixes = ['x-accel-', 'x-hubgate-'];
const serverPrefixes = ['x-reproxy-', 'x-lighttpd-'];
/** These speak for the whole origin (R4), which belongs to the hub. */
const originWide: ReadonlySet<string> = new Set([
  'x-sendfile',
  'clear-site-data',
  'alt-svc',
  'strict-transport-security',
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

/** Whether a name of the hub's own kind is this very server's or service's; null: not of the hub's kind. */
function ownsHubName(name: string, place: Place): boolean | null {
  const service = serviceName.exec(name);
  if (service !== null) {
    return place.class === 'services' && decoded((service[1] ?? '').replace(oauthState, '')) === place.owner;
  }
  const found = hubName.exec(name);
  if (found === null) return null;
  const owner = decoded((found[1] ?? '').replace(oauthState, ''));
  return place.class === 'user' && (owner === place.owner || owner.startsWith(`${place.owner}-`));
}

function mayNameCookie(cookie: SetCookie, policy: Policy): boolean {
  const lower = cookie.name.toLowerCase();
  return !policy.cookies.reserved.has(lower) && !startsWithAny(lower, policy.cookies.reservedPrefixes);
}

/** R1: only below its own prefix, or a `__Host-` name of that very server; never wider, never somebody else's. */
function maySetCookie(value: string, place: Place, policy: Policy): boolean {
  const cookie = parseSetCookie(value);
  if (cookie === null || !mayNameCookie(cookie, policy) || cookieDomain(cookie) !== null) return false;
  const host = /^__host-(.*)$/is.exec(cookie.name);
  if (host !== null) return ownsHubName(host[1] ?? '', place) === true;
  if (ownsHubName(cookie.name.replace(/^__secure-/i, ''), place) === false) return false;
  return sameOwner(cookiePath(cookie) ?? defaultPath(fullPath(place, policy)), place, policy);
}

function cutToPrefix(value: string, place: Place, policy: Policy): string {
  return value.startsWith('/') && sameOwner(value, place, policy) ? value : ownPrefix(place, policy);
}

function fromUsers(line: FieldLine, context: AnswerContext, policy: Policy): FieldLine | null {
  const [name, value] = line;
  const folded = foldName(name);
  if (originWide.has(folded) || startsWithAny(folded, serverPrefixes)) return null;
  if (folded === 'set-cookie') return maySetCookie(value, context.place, policy) ? line : null;
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
