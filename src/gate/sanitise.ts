/** Stage 2: refuses what can be read in two ways, and takes out every field the client must not speak for. */
import { type CookiePair, cookiePairs } from '../http/cookies.ts';
import { type FieldLine, trimOws, valuesOf } from '../http/field.ts';
import { requestFraming } from '../http/framing.ts';
import { hostKey } from '../http/host.ts';
import { parseTarget } from '../http/target.ts';
import { measuredMethods } from './body.ts';
import { checkHead } from './head.ts';
import { checkHubPath } from './hub-path.ts';
import { loginQuery } from './login-query.ts';
import { classify, type Place } from './place.ts';
import type { Policy } from './policy.ts';
import { isRefusal, type Refusal, refuse } from './reasons.ts';
import { type Sorted, sortFields } from './sort-fields.ts';
import type { AcceptedRequest, BodyFraming, SanitisedRequest } from './stages.ts';
import { upgradeOf } from './upgrade.ts';

function hostOf(request: AcceptedRequest, policy: Policy): { host: string } | Refusal {
  const [host, ...more] = valuesOf(request.fields, 'host');
  if (host === undefined || more.length > 0) return refuse('request-ambiguous', 'exactly one Host is needed');
  const key = hostKey(host, policy.publicScheme === 'https' ? 443 : 80);
  if (key === null) return refuse('request-ambiguous', 'the Host is not a host with an optional port');
  if (policy.hosts !== 'any' && !policy.hosts.has(key)) return refuse('host-unknown', `${key} is not served`);
  return { host };
}

interface Route {
  readonly path: string;
  readonly query: string | null;
  readonly place: Place;
}

function routeOf(request: AcceptedRequest, policy: Policy): Route | Refusal {
  if (request.target.length > policy.limits.targetBytes) return refuse('target-too-long');
  const target = parseTarget(request.target);
  if (!target.ok) return refuse('request-ambiguous', target.fault);
  const place = classify(target.path, policy.places);
  if (place === null) return refuse('request-ambiguous', 'the path leads to different places once it is decoded');
  const refusal = checkHubPath(target.path, place, policy);
  if (refusal !== null) return refusal;
  const login = loginQuery(target.query, place, policy);
  return isRefusal(login) ? login : { path: target.path, ...login, place };
}

function bodyOf(request: AcceptedRequest, policy: Policy): { body: BodyFraming } | Refusal {
  const framing = requestFraming(request.fields, request.httpVersion);
  if (!framing.ok) return refuse('request-ambiguous', framing.fault);
  const { body } = framing;
  const { bodyBytes } = policy.limits;
  if (body.kind === 'length' && bodyBytes > 0 && body.bytes > bodyBytes) return refuse('body-too-large');
  return {
    body: body.kind === 'length' && body.bytes === 0 && measuredMethods.has(request.method) ? { kind: 'none' } : body,
  };
}

function authorizationOf(fields: readonly FieldLine[]): { authorization: string | undefined } | Refusal {
  const values = valuesOf(fields, 'authorization');
  if (values.length > 1) return refuse('request-ambiguous', 'more than one Authorization');
  return { authorization: values[0] };
}

/** Browsers keep at most 180 cookies for a site; reading many tiny ones costs more than their bytes tell. */
const mostCookies = 200;

function cookiesOf(fields: readonly FieldLine[]): { cookies: readonly CookiePair[] } | Refusal {
  const cookies = cookiePairs(valuesOf(fields, 'cookie'));
  return cookies.length > mostCookies ? refuse('headers-too-large', `more than ${mostCookies} cookies`) : { cookies };
}

function assemble(
  request: AcceptedRequest,
  parts: {
    route: Route;
    host: string;
    body: BodyFraming;
    authorization: string | undefined;
    upgrade: 'websocket' | null;
    cookies: readonly CookiePair[];
  },
  sorted: Sorted,
): SanitisedRequest {
  const { route } = parts;
  return {
    method: request.method,
    ...route,
    host: parts.host,
    upgrade: parts.upgrade,
    body: parts.body,
    fields: sorted.passing,
    cookies: parts.cookies,
    authorization: parts.authorization === undefined ? undefined : trimOws(parts.authorization),
    setAside: sorted.setAside,
    peer: request.peer,
    standing: request.standing,
    client: request.client,
  } as SanitisedRequest;
}

/** Stage 2. Also gives the folded names of reserved fields that were no trusted proxy's to send. */
export function sanitise(
  request: AcceptedRequest,
  policy: Policy,
): { request: SanitisedRequest; spoofed: readonly string[] } | Refusal {
  const fault = checkHead(request, policy.limits);
  if (fault !== null) return fault;
  const host = hostOf(request, policy);
  if (isRefusal(host)) return host;
  const route = routeOf(request, policy);
  if (isRefusal(route)) return route;
  const body = bodyOf(request, policy);
  if (isRefusal(body)) return body;
  const authorization = authorizationOf(request.fields);
  if (isRefusal(authorization)) return authorization;
  const upgrade = upgradeOf(request, body.body);
  if (isRefusal(upgrade)) return upgrade;
  const sorted = sortFields(request, route.place, policy);
  if (isRefusal(sorted)) return sorted;
  const cookies = cookiesOf(request.fields);
  if (isRefusal(cookies)) return cookies;
  const parts = { route, ...host, ...body, ...authorization, ...upgrade, ...cookies };
  return { request: assemble(request, parts, sorted), spoofed: sorted.spoofed };
}
