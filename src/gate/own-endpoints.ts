/** The gate's own endpoints below hubgate/: who may call which, and with what proof (design 6). */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { CookiePair } from '../http/cookies.ts';
import { valuesOf } from '../http/field.ts';
import { queryParameters } from '../http/query.ts';
import { prove } from './authenticate.ts';
import { authorise } from './authorise.ts';
import type { GateCall, ShownSession } from './calls.ts';
import type { Lookup } from './lookups.ts';
import { mapIdentity } from './map-identity.ts';
import type { Look, Policy, SessionRules } from './policy.ts';
import type { Identity, Proof } from './proof.ts';
import { isRefusal, type Refusal, refuse } from './reasons.ts';
import { pageFields } from './request/asking-page.ts';
import { logoutFault } from './request/logout-asker.ts';
import { answerOffUserHost, isOffUserHost, originAt, userHostOf } from './request/user-hosts.ts';
import type { SanitisedRequest } from './stages.ts';

/** What is called, and whom the proofs name where any are asked for. */
export interface Called {
  readonly call: GateCall;
  readonly identity?: Identity;
}

type Outcome = Called | Refusal | Lookup;

interface Asked {
  readonly request: SanitisedRequest;
  readonly policy: Policy;
  readonly rules: SessionRules;
  readonly look: Look;
}

const isStop = (outcome: object): outcome is Refusal | Lookup => 'kind' in outcome;

/** Whom the proofs name, and whether the policy lets them in. */
function identify(proofs: readonly Proof[], { request, policy }: Asked): Identity | Refusal {
  const mapped = mapIdentity({ request, proofs, hubToken: { use: 'none' } }, policy);
  if (isRefusal(mapped)) return mapped;
  const refusal = authorise(mapped, policy);
  return refusal ?? mapped.identity ?? refuse('credential-missing');
}

const noSession: ShownSession = { session: undefined, hubUser: undefined };

/** The session of the cookie that came along, if it is one; whoever it is may have been denied meanwhile. */
function sessionShown(asked: Asked): ShownSession | Refusal | Lookup {
  const { request, rules, policy, look } = asked;
  const outcome = rules.prover.prove(request, look);
  if (outcome === null) return noSession;
  if (isStop(outcome)) return outcome;
  const mapped = mapIdentity({ request, proofs: [outcome], hubToken: { use: 'none' } }, policy);
  return { session: outcome.session, hubUser: isRefusal(mapped) ? undefined : mapped.identity?.hubUser };
}

/** The one token in Authorization, of a user who may come in. One that is its holder's alone makes no session: a cookie is not bound. */
function tokenShown(asked: Asked): { readonly proof: Proof; readonly identity: Identity } | Refusal | Lookup {
  const { request, rules, look } = asked;
  const proofs = prove(request, rules.tokens, look);
  if ('kind' in proofs) return proofs;
  const [proof, ...more] = proofs;
  if (proof === undefined) return refuse('credential-missing', 'no token of an issuer');
  if (more.length > 0 || proof.carrier !== 'authorization')
    return refuse('handoff-refused', 'the token does not stand in Authorization or the form');
  if (proof.binding !== undefined) return refuse('token-bound', 'a session is not bound to a key');
  const identity = identify([proof], asked);
  return isRefusal(identity) ? identity : { proof, identity };
}

/** What a session of that proof begins with. */
function begun(
  { proof, identity }: { readonly proof: Proof; readonly identity: Identity },
  { rules }: Asked,
): Called | Refusal {
  const claims = rules.claimsKept(proof);
  if (claims === undefined) return refuse('internal-error', 'a token of nobody');
  const { prover, issuer, expiresAt } = proof;
  const { user, hubUser } = identity;
  const { jti } = proof.claims as { readonly jti?: unknown };
  const tokenId = typeof jti === 'number' ? String(jti) : typeof jti === 'string' && jti !== '' ? jti : undefined;
  const handedOver = { prover, issuer, claims, tokenId, tokenExpiresAt: expiresAt, user, hubUser };
  return { call: { call: 'hand-over', handedOver, replaces: noSession }, identity };
}

const nullOrigin =
  'Origin is null: the page is in a sandboxed frame, was opened from a file, or asks for no-referrer (let it send its origin: Referrer-Policy: strict-origin)';

/** A page of publicUrl's own origin may be a user's code, whatever the list says. */
function originFault({ request, policy, rules }: Asked): Refusal | null {
  const [origin, ...more] = valuesOf(request.fields, 'origin');
  if (more.length > 0) return refuse('request-ambiguous', 'more than one Origin');
  if (origin === undefined) return refuse('handoff-refused', 'no Origin: a server asks for a code instead');
  if (origin === 'null') return refuse('handoff-refused', nullOrigin);
  const isListed = rules.handoffOrigins.has(origin) && origin !== policy.publicOrigin;
  return isListed ? null : refuse('handoff-refused', 'the Origin is not in session.handoff.origins');
}

const fromOutside = refuse('peer-untrusted', 'a browser comes in through a trusted proxy');

function handOver(asked: Asked): Outcome {
  const { request } = asked;
  const fault = originFault(asked);
  if (fault !== null) return fault;
  if (request.authorization === undefined) return { call: { call: 'read-form' } };
  const shown = tokenShown(asked);
  if (isStop(shown)) return shown;
  const replaced = sessionShown(asked);
  if (isStop(replaced)) return replaced;
  const called = begun(shown, asked);
  if (isStop(called) || called.call.call !== 'hand-over') return called;
  return { ...called, call: { ...called.call, replaces: replaced } };
}

function preflight(asked: Asked): Outcome {
  return originFault(asked) ?? { call: { call: 'preflight' } };
}

/** Never with what a browser adds by itself: a script with the user's cookie would take the session out (S4). */
function codeFault({ fields, cookies }: SanitisedRequest): Refusal | null {
  const added = pageFields.find(name => valuesOf(fields, name).length > 0);
  if (added !== undefined || cookies.length > 0)
    return refuse('handoff-refused', `a code is for servers, and the request carries ${added ?? 'a cookie'}`);
  return null;
}

function code(asked: Asked): Outcome {
  const fault = codeFault(asked.request);
  if (fault !== null) return fault;
  const shown = tokenShown(asked);
  if (isStop(shown)) return shown;
  const called = begun(shown, asked);
  if (isStop(called) || called.call.call !== 'hand-over') return called;
  return { ...called, call: { call: 'code', handedOver: called.call.handedOver } };
}

/** The one value of a parameter; undefined where it is absent, a refusal where it stands twice. */
function parameter(query: string | null, name: string): string | undefined | Refusal {
  const [found, ...more] = queryParameters(query ?? '', '&').filter(each => each.name === name);
  return more.length > 0 ? refuse('request-ambiguous', `more than one ${name} in the query`) : found?.value;
}

const nonceForm = /^[A-Za-z0-9_-]{22}$/;

/** What the browser was given when it began to sign in; a repeat counts as none. */
export function nonceIn(cookies: readonly CookiePair[], { nonceName }: SessionRules): string | undefined {
  const [crumb, ...more] = cookies.filter(({ name }) => name === nonceName);
  const nonce = more.length > 0 ? undefined : crumb?.text.slice(nonceName.length + 1);
  return nonce !== undefined && nonceForm.test(nonce) ? nonce : undefined;
}

const nonceOf = ({ request, rules }: Asked): string | undefined => nonceIn(request.cookies, rules);

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** What the primary site carries through the sign-in, so that it comes back to the browser that began it. */
export function stateOf(nonce: string): string {
  return digest(`hubgate state ${nonce}`).toString('base64url');
}

/** The same, and where the sign-in leads. */
export function stateFor(nonce: string, next: string): string {
  return `${stateOf(nonce)}.${Buffer.from(next).toString('base64url')}`;
}

/** Where the sign-in leads stands behind the state proper, in base64url. */
const stateForm = /^([A-Za-z0-9_-]{43})(?:\.([A-Za-z0-9_-]*))?$/;

function start(asked: Asked): Outcome {
  const { loginUrl } = asked.rules;
  const host = parameter(asked.request.query, 'host');
  if (typeof host === 'object') return host;
  if (host !== undefined) return visit(host, asked);
  const next = parameter(asked.request.query, 'next');
  if (typeof next === 'object') return next;
  if (loginUrl === null) return refuse('path-reserved', 'session.loginUrl is not set');
  return { call: { call: 'start', loginUrl, nonce: nonceOf(asked), next } };
}

/** A page around a frame may belong to whom the host belongs to, and read the frame's address, whoever answers there. */
function isInStrangeFrame({ request, rules }: Asked): boolean {
  return rules.frames === null && valuesOf(request.fields, 'sec-fetch-dest').some(dest => dest !== 'document');
}

/** A browser that a user's host has sent here for a session there; who has none signs in first, and is led back. */
function visit(host: string, asked: Asked): Outcome {
  const { request, policy, rules, look } = asked;
  if (userHostOf(host, policy) !== host || host === '') return refuse('host-unknown', 'no host of userHosts');
  const state = parameter(request.query, 'state');
  if (typeof state === 'object') return state;
  const found = stateForm.exec(state ?? '');
  if (state === undefined || found === null) return refuse('code-invalid', 'no state of a host');
  const proof = rules.prover.prove(request, look);
  if (proof !== null && 'kind' in proof) return proof;
  if (proof === null) {
    const { loginUrl } = rules;
    if (loginUrl === null) return refuse('credential-missing');
    const next = originAt(host, policy) + Buffer.from(found[2] ?? '', 'base64url').toString('utf8');
    return { call: { call: 'start', loginUrl, nonce: nonceOf(asked), next } };
  }
  if (isInStrangeFrame(asked)) return refuse('origin-refused', 'a code for a host is for a whole tab');
  const identity = identify([proof], asked);
  if (isRefusal(identity)) return identity;
  const { user, hubUser } = identity;
  return { call: { call: 'visit', host, state, user, visitor: { session: proof.session, hubUser } }, identity };
}

/** All codes that a request to enter shows: whoever could read its address must find nothing there that still counts (S4). */
export function codesShown({ place, query }: SanitisedRequest): { readonly codes?: readonly string[] } {
  if (place.below !== '/hubgate/enter') return {};
  const codes = queryParameters(query ?? '', '&').flatMap(({ name, value }) => (name === 'code' ? [value] : []));
  return codes.length === 0 ? {} : { codes };
}

function enter(asked: Asked): Outcome {
  const { query } = asked.request;
  const shown = parameter(query, 'code');
  if (typeof shown === 'object') return shown;
  const state = parameter(query, 'state');
  if (typeof state === 'object') return state;
  const nonce = nonceOf(asked);
  const [, proper = '', next] = stateForm.exec(state ?? '') ?? [];
  if (shown === undefined || nonce === undefined)
    return refuse('code-invalid', 'no code, or this browser began no sign-in');
  if (!timingSafeEqual(digest(proper), digest(stateOf(nonce))))
    return refuse('code-invalid', 'the state is not this browser\u2019s');
  const replaced = sessionShown(asked);
  if (isStop(replaced)) return replaced;
  const target = next === undefined ? undefined : Buffer.from(next, 'base64url').toString('utf8');
  return { call: { call: 'enter', code: shown, next: target, replaces: replaced } };
}

function who(asked: Asked): Outcome {
  const { request, policy, look } = asked;
  const proofs = prove(request, policy.provers, look);
  if ('kind' in proofs) return proofs;
  if (proofs.length === 0) return refuse('credential-missing');
  const identity = identify(proofs, asked);
  return isRefusal(identity) ? identity : { call: { call: 'who', identity }, identity };
}

/** Whose there is none is logged out already. */
function logout(asked: Asked): Outcome {
  const fault = logoutFault(asked.request, asked.policy);
  if (fault !== null) return fault;
  const shown = sessionShown(asked);
  if (isStop(shown)) return shown;
  if (shown.hubUser !== undefined) return { call: { call: 'logout', whose: shown } };
  const { request, policy, look } = asked;
  const proofs = prove(request, policy.provers, look);
  if ('kind' in proofs && proofs.kind === 'lookup') return proofs;
  const others = 'kind' in proofs ? [] : proofs;
  const mapped = mapIdentity({ request, proofs: others, hubToken: { use: 'none' } }, policy);
  const hubUser = isRefusal(mapped) ? undefined : mapped.identity?.hubUser;
  return { call: { call: 'logout', whose: { session: shown.session, hubUser } } };
}

const loggedOut = (): Outcome => ({ call: { call: 'logged-out' } });

interface Endpoint {
  readonly answer: (asked: Asked) => Outcome;
  /** A peer outside may call it. */
  readonly outside?: true;
}

/** By method and path below baseUrl. */
const endpoints: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ['GET /hubgate/session', { answer: who, outside: true }],
  ['HEAD /hubgate/session', { answer: who, outside: true }],
  ['POST /hubgate/session', { answer: handOver }],
  ['OPTIONS /hubgate/session', { answer: preflight }],
  ['POST /hubgate/code', { answer: code, outside: true }],
  ['GET /hubgate/start', { answer: start }],
  ['GET /hubgate/enter', { answer: enter }],
  ['POST /hubgate/logout', { answer: logout }],
  ['GET /hubgate/logged-out', { answer: loggedOut }],
]);

const paths = new Set(Array.from(endpoints.keys(), key => key.slice(key.indexOf('/'))));

/** Whether the gate answers there, when it has sessions; every other path below hubgate/ is nobody's. */
export function isOwnEndpoint(below: string): boolean {
  return paths.has(below);
}

/** What an own endpoint is to do. */
export function callOwn(request: SanitisedRequest, policy: Policy, look: Look): Outcome {
  const elsewhere = isOffUserHost(request) ? answerOffUserHost(request, policy) : null;
  if (elsewhere !== null) return elsewhere;
  const endpoint = endpoints.get(`${request.method} ${request.place.below}`);
  if (endpoint === undefined || policy.session === undefined || request.upgrade !== null)
    return refuse('path-reserved', 'not by this method');
  if (request.standing !== 'proxy' && endpoint.outside !== true) return fromOutside;
  return endpoint.answer({ request, policy, rules: policy.session, look });
}
