/** Stage 2: refuses what can be read in two ways, and takes out every field the client must not speak for. */
import { type CookiePair, cookiePairs, cookiesOfLine } from '../http/cookies.ts';
import { framingOf } from '../http/framing.ts';
import type { Policy } from './policy.ts';
import { isRefusal, type Refusal, refuse } from './reasons.ts';
import { measuredMethods } from './request/body.ts';
import { checkErrand } from './request/errand.ts';
import { checkHead, valuesIn } from './request/head.ts';
import type { Sorted } from './request/head-shapes.ts';
import { hostOf, type Route, routeOf } from './request/route.ts';
import { sortFields } from './request/sort-fields.ts';
import { upgradeOf } from './request/upgrade.ts';
import { userHostOf } from './request/user-hosts.ts';
import type { AcceptedRequest, BodyFraming, SanitisedRequest } from './stages.ts';

const noBody: BodyFraming = { kind: 'none' };

function bodyOf({ head, method, httpVersion }: AcceptedRequest, policy: Policy): BodyFraming | Refusal {
  const framing = framingOf(valuesIn(head, 'content-length'), valuesIn(head, 'transfer-encoding'), httpVersion);
  if (!framing.ok) return refuse('request-ambiguous', framing.fault);
  const { body } = framing;
  const { bodyBytes } = policy.limits;
  if (body.kind === 'length' && bodyBytes > 0 && body.bytes > bodyBytes)
    return refuse('body-too-large', 'over limits.bodyBytes');
  return body.kind === 'length' && body.bytes === 0 && measuredMethods.has(method) ? noBody : body;
}

function authorizationOf({ head }: AcceptedRequest): string | undefined | Refusal {
  const values = valuesIn(head, 'authorization');
  return values.length > 1 ? refuse('request-ambiguous', 'more than one Authorization') : values[0];
}

/** Browsers keep at most 180 cookies for a site; reading many tiny ones costs more than their bytes tell. */
const mostCookies = 200;

function cookiesOf({ head }: AcceptedRequest): readonly CookiePair[] | Refusal {
  const [line = '', ...more] = valuesIn(head, 'cookie');
  const cookies = more.length === 0 ? cookiesOfLine(line) : cookiePairs([line, ...more]);
  return cookies.length > mostCookies ? refuse('headers-too-large', `more than ${mostCookies} cookies`) : cookies;
}

type Parts = Pick<SanitisedRequest, 'host' | 'userHost' | 'body' | 'authorization' | 'upgrade' | 'cookies'>;

function assemble(
  request: AcceptedRequest,
  { path, query, place }: Route,
  parts: Parts,
  sorted: Sorted,
): SanitisedRequest {
  const { arrival, method, head, peer, standing, client } = request;
  const { host, userHost, upgrade, body, cookies, authorization } = parts;
  const { passing, setAside, tokenProtocols } = sorted;
  return {
    method,
    path,
    query,
    place,
    host,
    userHost,
    upgrade,
    body,
    fields: passing,
    cookies,
    authorization,
    dpop: valuesIn(head, 'dpop'),
    arrival,
    setAside,
    tokenProtocols,
    peer,
    standing,
    client,
  } as SanitisedRequest;
}

/** Stage 2. Also gives the folded names of reserved fields that were no trusted proxy's to send. */
export function sanitise(
  request: AcceptedRequest,
  policy: Policy,
): { request: SanitisedRequest; spoofed: readonly string[] } | Refusal {
  const fault = checkHead(request, policy);
  if (fault !== null) return fault;
  const host = hostOf(request, policy);
  if (typeof host !== 'string') return host;
  const route = routeOf(request, policy);
  if (isRefusal(route)) return route;
  const errand = checkErrand(request, route, host, policy);
  if (errand !== null) return errand;
  const body = bodyOf(request, policy);
  if (isRefusal(body)) return body;
  const authorization = authorizationOf(request);
  if (typeof authorization === 'object') return authorization;
  const upgrade = upgradeOf(request, body);
  if (upgrade !== null && upgrade !== 'websocket') return upgrade;
  const sorted = sortFields(request, route.place, policy);
  if (isRefusal(sorted)) return sorted;
  const cookies = cookiesOf(request);
  if (isRefusal(cookies)) return cookies;
  const parts = { host, userHost: userHostOf(host, policy), body, authorization, upgrade, cookies };
  return { request: assemble(request, route, parts, sorted), spoofed: sorted.spoofed };
}
