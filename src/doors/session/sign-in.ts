/** Sends a browser that nobody has proved to where it signs in, and stops where that leads in a circle. */
import { createHash, randomBytes } from 'node:crypto';
import { nonceIn, stateFor } from '../../gate/own-endpoints.ts';
import type { SessionRules } from '../../gate/policy.ts';
import { type Refusal, refuse } from '../../gate/reasons.ts';
import { userHostOf } from '../../gate/request/user-hosts.ts';
import type { InboundRequest } from '../../gate/stages.ts';
import { prefersHtml } from '../../http/accept.ts';
import { type CookiePair, cookiePairs } from '../../http/cookies.ts';
import { type FieldLine, valuesOf } from '../../http/field.ts';
import { hostKey } from '../../http/host.ts';
import { safeNextPath } from '../../http/next-path.ts';
import type { Judgement } from '../judge.ts';
import { cookieLine, plainCookieLine } from './cookie-lines.ts';
import { type OwnAnswer, redirect } from './own-answer.ts';
import { sharedPlace } from './shared-place.ts';

/** Where pages are shown; what else a page asks for gets its 401. */
const pages: ReadonlySet<string> = new Set(['document', 'iframe', 'frame']);

function isNavigation({ method, fields }: InboundRequest): boolean {
  if (method !== 'GET' || !prefersHtml(valuesOf(fields, 'accept')) || valuesOf(fields, 'upgrade').length > 0)
    return false;
  return (
    valuesOf(fields, 'sec-fetch-mode').every(mode => mode === 'navigate') &&
    valuesOf(fields, 'sec-fetch-dest').every(dest => pages.has(dest))
  );
}

/** A Location that every browser and server takes. */
const mostWantedCharacters = 2000;

/** Where the browser wanted to go, as far as another site may know it. */
function wanted({ target }: InboundRequest, { policy }: Judgement): string {
  const path = safeNextPath(sharedPlace(target), policy.publicOrigin);
  return path !== null && path.length <= mostWantedCharacters ? path : policy.places.baseUrl;
}

const windowMs = 60_000;
const mostTries = 3;

/** A count, when it began, and what for: no proof of anything, so it is not sealed. */
const triesForm = /^([0-9])\.([0-9]{1,15})\.([0-9a-f]{8})$/;

/** How often this very redirect was answered within the last minute. */
function triesBefore(
  cookies: ReadonlyMap<string, string>,
  place: string,
  rules: SessionRules,
  now: number,
): { count: number; since: number } {
  const [, count, since, where] = triesForm.exec(cookies.get(rules.triesName) ?? '') ?? [];
  const isSame = where === place && now - Number(since) < windowMs && Number(since) <= now;
  return isSame ? { count: Number(count), since: Number(since) } : { count: 0, since: now };
}

/** Not sealed, so that it is there where that is what is wrong. */
function plainCookie(name: string, value: string, rules: SessionRules): FieldLine {
  return plainCookieLine(name, value, windowMs / 1000, rules);
}

/** Tells a later look that the user was handed over just now. */
export function handedOverLines(rules: SessionRules): FieldLine[] {
  return rules.loginUrl === null ? [] : [plainCookie(rules.handedName, '1', rules)];
}

function schemeFault({ fields }: InboundRequest, { policy }: Judgement): string | null {
  const [said] = valuesOf(fields, 'x-forwarded-proto');
  if (policy.publicScheme !== 'https' || said?.toLowerCase() !== 'http') return null;
  return 'scheme: the proxy in front says that the browser came by http, and publicUrl is https, where the cookie is';
}

function hostFault({ fields }: InboundRequest, { policy }: Judgement): string | null {
  const [host = ''] = valuesOf(fields, 'host');
  if (userHostOf(host, policy) !== '') return null;
  const own = hostKey(policy.publicHost, policy.publicPort);
  const isOwn = hostKey(host, policy.publicPort) === own;
  return isOwn ? null : 'host: the address is not that of publicUrl, whose cookie it would be';
}

/** Which of scheme, host, cookie and clock is wrong, as far as it shows. */
function loopCause(
  inbound: InboundRequest,
  judged: Judgement,
  cookies: ReadonlyMap<string, string>,
  rules: SessionRules,
): string {
  const place = schemeFault(inbound, judged) ?? hostFault(inbound, judged);
  if (place !== null) return place;
  if (cookies.has(rules.cookieName))
    return 'clock: the cookie came back, but is over already or not sealed by this gate (clocks or session.keyFiles differ between replicas), or a rule does not hold for it';
  return cookies.has(rules.handedName)
    ? 'cookie: the user was handed over, but the browser keeps no cookie from here (blocked, or in a frame of another site)'
    : 'cookie: the site at session.loginUrl sent the browser back without handing a user over';
}

/** From a user's host the way leads to publicUrl, which knows the browser perhaps, and back with a code for that host. */
function atPublicUrl(
  userHost: string,
  next: string,
  pairs: readonly CookiePair[],
  { policy }: Judgement,
  rules: SessionRules,
): readonly [location: string, nonce: FieldLine] {
  const nonce = nonceIn(pairs, rules) ?? randomBytes(16).toString('base64url');
  const query = `host=${encodeURIComponent(userHost)}&state=${stateFor(nonce, next)}`;
  return [
    `${policy.publicOrigin}${policy.places.baseUrl}hubgate/start?${query}`,
    cookieLine(rules.nonceName, nonce, rules),
  ];
}

/** What a browser without a proof is answered: the way to its sign-in, or why that leads nowhere; null: the refusal stands as it is. */
export function signIn(
  refusal: Refusal,
  inbound: InboundRequest,
  judged: Judgement,
  now: number,
): OwnAnswer | Refusal | null {
  const { session: rules, publicOrigin } = judged.policy;
  const userHost = userHostOf(valuesOf(inbound.fields, 'host')[0] ?? '', judged.policy);
  if (refusal.reason !== 'credential-missing' || judged.settled.trail.placeClass === 'own') return null;
  if (rules === undefined || !isNavigation(inbound)) return null;
  if (rules.loginUrl === null && userHost === '') return null;
  const next = wanted(inbound, judged);
  const pairs = cookiePairs(valuesOf(inbound.fields, 'cookie'));
  const cookies = new Map(pairs.map(({ name, text }) => [name, text.slice(name.length + 1)]));
  const place = createHash('sha256').update(next).digest('hex').slice(0, 8);
  const { count, since } = triesBefore(cookies, place, rules, now);
  if (count >= mostTries) return refuse('sign-in-loop', loopCause(inbound, judged, cookies, rules));
  const tried = plainCookie(rules.triesName, `${count + 1}.${since}.${place}`, rules);
  if (rules.loginUrl === null || userHost !== '') {
    const [location, nonce] = atPublicUrl(userHost, next, pairs, judged, rules);
    return redirect(302, location, [nonce, tried]);
  }
  return redirect(
    302,
    rules.loginUrl.replace('{url}', () => encodeURIComponent(publicOrigin + next)),
    [tried],
  );
}
