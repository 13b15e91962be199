/** What the gate itself posts to the hub for a user: mount and data that no browser brings there (design 5, Delivery). */
import { prefersHtml } from '../../http/accept.ts';
import type { CookiePair } from '../../http/cookies.ts';
import { type FieldLine, valuesOf } from '../../http/field.ts';
import type { DeliveryLookup, Lookup } from '../lookups.ts';
import { findingOf, type Look, type Policy } from '../policy.ts';
import { isRefusal, type Refusal, refuse } from '../reasons.ts';
import type { Delivery, IdentifiedRequest, SanitisedRequest } from '../stages.ts';
import { cookiesFor } from './cookie-rules.ts';
import { readName } from './hub-cookies.ts';

/** What the hub is told of a user. */
export interface Told {
  /** In the order to send. */
  readonly lines: readonly FieldLine[];
  /** When the first of it ends, in milliseconds since the epoch; Infinity: nothing does. */
  readonly expiresAt: number;
  /** A token among it that is for this request alone. */
  readonly spends?: string;
}

/** What the gate writes on an endpoint. */
export type Written = (endpoint: { readonly method: string; readonly below: string }) => Told | Refusal | Lookup;

const login = '/hub/login';

/** A page that starts the user's server: whoever looks at it has come to start one. */
const startPages = /^\/hub\/spawn(?:\/([^/]*))?(?:\/[^/]*)?$/;
const startCalls = /^\/hub\/api\/users\/([^/]+)\/(?:server|servers\/[^/]*)$/;
/** These start a server that has stopped, on old hubs; pages that are open and programs ask them again and again while it starts. */
const looks = /^\/hub\/user\/([^/]+)(?:\/|$)/;
const redirects = '/hub/user-redirect/';
const pending = /^\/hub\/spawn-pending\/([^/]+)(?:\/|$)/;

interface Start {
  /** Null: the visitor's own. */
  readonly owner: string | null;
  /** Comes once for each start: a hub may have restarted since anybody looked. */
  readonly isStart: boolean;
}

/** Somebody opens a page, which nobody does again and again. */
function opensPage({ method, fields }: SanitisedRequest): boolean {
  return method === 'GET' && prefersHtml(valuesOf(fields, 'accept'));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether a request can start a server, and whose. */
function startAt(request: SanitisedRequest): Start | null {
  const {
    method,
    place: { below },
  } = request;
  const page = startPages.exec(below);
  if (page !== null) return { owner: page[1] === undefined ? null : decoded(page[1]), isStart: true };
  const call = method === 'POST' ? startCalls.exec(below) : null;
  if (call !== null) return { owner: decoded(call[1] ?? ''), isStart: true };
  const waiting = pending.exec(below);
  if (waiting !== null) return { owner: decoded(waiting[1] ?? ''), isStart: false };
  const look = looks.exec(below);
  if (look !== null) return { owner: decoded(look[1] ?? ''), isStart: opensPage(request) };
  return below.startsWith(redirects) ? { owner: null, isStart: opensPage(request) } : null;
}

/** Others are led to a login by the hub, and that delivers. */
function isKnownToHub({ hubToken }: IdentifiedRequest, cookies: readonly CookiePair[]): boolean {
  return hubToken.use !== 'none' || cookies.some(({ name }) => readName(name)?.family === 'login');
}

/** When a delivery is due with a request; null: not with this one. */
function momentOf(
  identified: IdentifiedRequest,
  hubUser: string,
  cookies: readonly CookiePair[],
  look: Look,
): Delivery['when'] | null | Lookup {
  const { request } = identified;
  if (request.upgrade !== null) return null;
  if (request.place.below === login) return request.method === 'GET' ? 'after-login' : null;
  const start = startAt(request);
  // Whose server it is gets its own mount: who starts it for another has brought none.
  if (start === null || !isKnownToHub(identified, cookies) || (start.owner !== null && start.owner !== hubUser))
    return null;
  if (start.isStart) return 'before';
  const lookup: DeliveryLookup = { kind: 'lookup', key: `delivery:${hubUser}`, what: 'delivery', hubUser };
  const finding = findingOf(look, lookup);
  if (finding === undefined) return lookup;
  return isRefusal(finding) || finding.isDue ? 'before' : null;
}

/** What of the request a delivery repeats: the hub's anonymous XSRF id is made of the browser's name and address. */
const repeated: ReadonlySet<string> = new Set(['user-agent', 'accept-language']);

/** The delivery that goes with a request; undefined where none is due. */
export function deliveryOf(
  identified: IdentifiedRequest,
  policy: Policy,
  look: Look,
  { written, around }: { readonly written: Written; readonly around: readonly FieldLine[] },
): Delivery | undefined | Refusal | Lookup {
  const { request, identity } = identified;
  const { delivery, places } = policy;
  if (delivery === null || identity === undefined || request.place.public || request.place.class !== 'hub')
    return undefined;
  const visit = { place: request.place, visitor: identity.hubUser, issuer: identity.issuer };
  const cookies = cookiesFor(request.cookies, visit, policy.cookies);
  const when = momentOf(identified, identity.hubUser, cookies, look);
  if (when === null) return undefined;
  if (typeof when !== 'string') return when;
  if (when === 'after-login' && request.body.kind !== 'none') return refuse('request-ambiguous', 'a login with a body');
  const own = written({ method: 'POST', below: delivery.path });
  if ('kind' in own) return own;
  if (!own.lines.some(([name]) => delivery.carries.has(name))) return undefined;
  const loggedIn = when === 'before' ? written({ method: 'GET', below: login }) : null;
  if (loggedIn !== null && 'kind' in loggedIn) return loggedIn;
  const kept = request.fields.filter(([name]) => repeated.has(name.toLowerCase()));
  const base = places.baseUrl.slice(0, -1);
  return {
    when,
    hubUser: identity.hubUser,
    target: `${base}${delivery.path}`,
    home: `${base}/hub/home`,
    login: loggedIn === null ? null : { target: `${base}${login}`, own: loggedIn.lines },
    around: [['Host', request.host], ...kept, ...around],
    cookies: loggedIn === null ? cookies : [],
    own: own.lines,
    expiresAt: own.expiresAt,
  };
}
