/** What comes back: answers of servers and services are written by users, and may not speak for the origin (design 4.8). */
import { isReservedCookie } from '../gate/hub/cookie-rules.ts';
import { maySet, readName, type Visit } from '../gate/hub/hub-cookies.ts';
import { classify, type Place } from '../gate/place.ts';
import type { Policy } from '../gate/policy.ts';
import { isForCdns } from '../http/cache-control.ts';
import { derived } from '../http/derived.ts';
import { type FieldLine, foldName } from '../http/field.ts';
import { remembering } from '../http/recent-texts.ts';
import { cookieDomain, cookiePath, parseSetCookie, withFrames, withValue } from '../http/set-cookie.ts';

/** An ingress in front would obey these (R3); they mean nothing to a browser. */
const internalPrefixes = ['x-accel-', 'x-hubgate-'];
const serverPrefixes = ['x-reproxy-', 'x-lighttpd-', 'x-litespeed-', 'x-sendfile', 'x-envoy-'];
/** These speak for the whole origin (R4), which belongs to the hub, or to its browser as a whole. */
const originWide: ReadonlySet<string> = new Set([
  'clear-site-data',
  'alt-svc',
  'strict-transport-security',
  'public-key-pins',
  'public-key-pins-report-only',
  'expect-ct',
  'expect-staple',
  'use-as-dictionary', // its pattern may match every path (RFC 9842 §2.1.1)
  'nel',
  'report-to',
  'reporting-endpoints',
  'accept-ch',
  'accept-ch-lifetime',
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

/** What a policy makes of a name in an answer. */
interface AnswerName {
  readonly folded: string;
  /** An ingress would obey it, so nobody's answer may say it. */
  readonly internal: boolean;
  readonly reserved: boolean;
  /** Code that users write may not say it. */
  readonly speaksForOrigin: boolean;
}

const answerNames = derived((policy: Policy) =>
  remembering(
    (name): AnswerName => {
      const folded = foldName(name);
      return {
        folded,
        internal: startsWithAny(folded, internalPrefixes),
        reserved: policy.reserved.has(folded),
        speaksForOrigin: originWide.has(folded) || startsWithAny(folded, serverPrefixes) || isForCdns(folded),
      };
    },
    { entries: 1024, characters: 32 * 1024 },
  ),
);

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

/** Where the paths of a place's server or service begin, and whether the place lies below there. */
const homes = derived((policy: Policy) =>
  derived((place: Place) => {
    const prefix = ownPrefix(place, policy);
    return { prefix, isAtHome: fullPath(place, policy).startsWith(prefix) };
  }),
);

function sameOwner(path: string, place: Place, policy: Policy): boolean {
  const there = classify(path.endsWith('/') ? path : `${path}/`, policy.places);
  return there !== null && there.class === place.class && there.owner === place.owner && there.owner !== '';
}

/** URL parsers drop tabs, so that `.<TAB>.` is a dot segment to them: only plain text is looked at. */
const visibleAscii = /^[\x21-\x7e]+$/;

/** R1: only below its own prefix, or a `__Host-` (`__Host-Http-`) name of that very server; never wider, never somebody else's. */
function maySetCookie(value: string, visit: Visit, policy: Policy): boolean {
  const { place } = visit;
  const cookie = parseSetCookie(value);
  if (cookie === null || isReservedCookie(cookie.name, policy.cookies) || cookieDomain(cookie) !== null) return false;
  const owned = maySet(cookie.name, visit);
  if (/^__host-/i.test(cookie.name)) return owned === 'own';
  if (owned === 'none') return false;
  const path = cookiePath(cookie);
  if (path !== null && !visibleAscii.test(path)) return false;
  return sameOwner(path ?? defaultPath(fullPath(place, policy)), place, policy);
}

/** Browsers compare scopes as text: `/user/al` without its slash would take in `/user/alice/`. */
function cutToPrefix(value: string, place: Place, policy: Policy): string {
  const own = homes(policy)(place).prefix;
  return value.startsWith(own) && visibleAscii.test(value) && sameOwner(value, place, policy) ? value : own;
}

const workerScope = 'Service-Worker-Allowed';

/** Without the field, a worker gets the directory that its script is in, and that of `/user/alice` is everybody's. */
function scopeOfRoot(fields: readonly FieldLine[], place: Place, policy: Policy): FieldLine[] {
  const { prefix, isAtHome } = homes(policy)(place);
  if (isAtHome) return [];
  const isSaid = fields.some(([name]) => name.toLowerCase() === workerScope.toLowerCase());
  return isSaid ? [] : [[workerScope, prefix]];
}

function fromUsers(line: FieldLine, name: AnswerName, visit: Visit, policy: Policy): FieldLine | null {
  if (name.speaksForOrigin) return null;
  if (name.folded === 'set-cookie') return maySetCookie(line[1], visit, policy) ? line : null;
  if (name.folded === 'service-worker-allowed') return [line[0], cutToPrefix(line[1], visit.place, policy)];
  return line;
}

/** Who wrote an answer; behind a general gateway it is an application that owns the whole origin. */
type Speaker = 'application' | 'users' | 'hub';

/** A plugin of the hub's that takes its headers from cookies as well leaves them set on its answers (H14). */
function fromOwner(
  line: FieldLine,
  name: AnswerName,
  speaker: 'application' | 'hub',
  { cookies }: Policy,
): FieldLine | null {
  if (speaker !== 'hub' || name.folded !== 'set-cookie') return line;
  const cookie = parseSetCookie(line[1]);
  return cookie !== null && isReservedCookie(cookie.name, cookies) ? null : line;
}

/** As those who set no cookie write it, and those who take one back. */
const noValues: ReadonlySet<string> = new Set(['', '""']);

/** A cookie of the hub's that says who its bearer is leaves with the visitor's tag, or not at all; its deletion needs none. */
function tagged(line: FieldLine, visit: Visit, { cookies: { tags } }: Policy): FieldLine | null {
  if (tags === null) return line;
  const cookie = parseSetCookie(line[1]);
  const named = cookie === null ? null : readName(cookie.name);
  if (cookie === null || named?.isIdentity !== true || noValues.has(cookie.value)) return line;
  if ((named.family === 'user' || named.family === 'service') && visit.place.owner === '') return null;
  const value = tags.write({ name: cookie.name, value: cookie.value, visit });
  return value === null ? null : [line[0], withValue(line[1], cookie, value)];
}

/** The hub and jupyter-server can not say Partitioned themselves; what servers run besides speaks for itself. */
function framed(line: FieldLine, speaker: Speaker, { session }: Policy): FieldLine {
  if (session === undefined || session.frames === null || speaker === 'application') return line;
  const name = parseSetCookie(line[1])?.name ?? '';
  return speaker === 'hub' || name === '_xsrf' || readName(name) !== null ? [line[0], withFrames(line[1])] : line;
}

/** A Set-Cookie as it leaves, or not at all. */
function bakedCookie(line: FieldLine, visit: Visit, speaker: Speaker, policy: Policy): FieldLine | null {
  const baked = tagged(line, visit, policy);
  return baked === null ? null : framed(baked, speaker, policy);
}

const pageTypes = ['text/html', 'application/json'];

/** Pages carry names and tokens of the user; static files say themselves how long they live. */
function needsNoStore(
  fields: readonly FieldLine[],
  nameOf: (name: string) => AnswerName,
  speaker: 'users' | 'hub',
): boolean {
  let type: string | undefined;
  for (const line of fields) {
    const { folded } = nameOf(line[0]);
    if (folded === 'cache-control') return false;
    if (folded === 'content-type') type ??= line[1];
  }
  if (type === undefined) return speaker === 'hub';
  return startsWithAny(type.trim().toLowerCase(), pageTypes);
}

const noStore: FieldLine = ['Cache-Control', 'no-store'];

function speakerOf({ class: found }: Place, { places }: Policy): Speaker {
  if (places.general) return 'application';
  return found === 'user' || found === 'services' ? 'users' : 'hub';
}

/** Where browsers have sessions, the next user's back button must not show a page of the one before: not a server's either. */
function isUnkept(speaker: Speaker, { session }: Policy): speaker is 'users' | 'hub' {
  return speaker === 'hub' || (speaker === 'users' && session !== undefined);
}

/** The fields of an answer that may reach the browser, in wire order. Framing and hop-by-hop fields are the door's. */
export function filterAnswer(fields: readonly FieldLine[], visit: Visit, policy: Policy): FieldLine[] {
  const speaker = speakerOf(visit.place, policy);
  const nameOf = answerNames(policy);
  const kept: FieldLine[] = [];
  for (const line of fields) {
    const name = nameOf(line[0]);
    if (name.internal || (name.reserved && speaker !== 'application')) continue;
    // A server has no use for a cookie of the hub's, and code of its user might.
    if (policy.reach === 'hub-api' && name.folded === 'set-cookie') continue;
    const said = speaker === 'users' ? fromUsers(line, name, visit, policy) : fromOwner(line, name, speaker, policy);
    const isCookie = said !== null && name.folded === 'set-cookie';
    const sent = isCookie ? bakedCookie(said, visit, speaker, policy) : said;
    if (sent !== null) kept.push(sent);
  }
  if (isUnkept(speaker, policy) && !visit.place.public && needsNoStore(kept, nameOf, speaker)) kept.push(noStore);
  if (speaker === 'users') kept.push(...scopeOfRoot(kept, visit.place, policy));
  return kept;
}
