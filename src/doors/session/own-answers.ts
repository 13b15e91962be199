/** What the gate's own endpoints answer: sessions begun, taken over and ended, codes given out. */
import { createHash, randomBytes } from 'node:crypto';
import type { GateCall, HandedOver } from '../../gate/calls.ts';
import { stateFor } from '../../gate/own-endpoints.ts';
import type { Policy, SessionRules } from '../../gate/policy.ts';
import type { Identity, Session } from '../../gate/proof.ts';
import { isRefusal, type Refusal, refuse } from '../../gate/reasons.ts';
import { originAt, safeNext, userHostOf } from '../../gate/request/user-hosts.ts';
import type { InboundRequest } from '../../gate/stages.ts';
import { prefersHtml } from '../../http/accept.ts';
import { type FieldLine, valuesOf } from '../../http/field.ts';
import { safeNextPath } from '../../http/next-path.ts';
import { queryParameters } from '../../http/query.ts';
import { atHost, beginSession } from '../../identity/sessions/sealed-sessions.ts';
import type { Sessions } from '../judge.ts';
import { pagePolicy, writeNotice } from '../refusal-page.ts';
import { cookieLine, sessionLines } from './cookie-lines.ts';
import { type Ended, guestLines, whoWasHere } from './guests.ts';
import { type EndUser, endAll, forgetting, logoutEnd } from './logout.ts';
import { answer, json, type OwnAnswer, redirect } from './own-answer.ts';
import { sharedPlace } from './shared-place.ts';
import { handedOverLines } from './sign-in.ts';
import { codeKey } from './spent-codes.ts';

/** What an answer is made of, beside the gate's word. */
export interface OwnRequest {
  readonly inbound: InboundRequest;
  readonly policy: Policy;
  readonly rules: SessionRules;
  readonly sessions: Sessions;
  readonly now: number;
  readonly endUser: EndUser;
  /** Where the form leads; undefined: the query may say. */
  readonly next?: string | undefined;
}

type Outcome = OwnAnswer | Refusal;

const codeLifeMs = 30_000;
const randomBytesOf = (count: number): string => randomBytes(count).toString('base64url');

function isBrowser({ inbound }: OwnRequest): boolean {
  return prefersHtml(valuesOf(inbound.fields, 'accept'));
}

function nextInQuery({ target }: InboundRequest): string | undefined {
  const mark = target.indexOf('?');
  const parameters = mark === -1 ? [] : queryParameters(target.slice(mark + 1), '&');
  return parameters.find(({ name }) => name === 'next')?.value;
}

/** The user's host that is asked; '' for publicUrl's. */
function hostAsked({ inbound, policy }: OwnRequest): string {
  return userHostOf(valuesOf(inbound.fields, 'host')[0] ?? '', policy);
}

/** A path of the hub's, or a page on a user's host, wherever the wish would have led. */
function settledNext(wish: string | undefined, { policy }: OwnRequest): string {
  const { baseUrl } = policy.places;
  const safe = wish === undefined ? null : safeNext(wish, policy);
  return safe?.startsWith(baseUrl) || safe?.startsWith('http') ? safe : baseUrl;
}

/** On a user's host: a path there, or else the hub. */
function settledAtHost(wish: string | undefined, host: string, { policy }: OwnRequest): string {
  const safe = wish === undefined ? null : safeNextPath(wish, originAt(host, policy));
  return safe?.startsWith(policy.places.baseUrl) ? safe : policy.publicOrigin + policy.places.baseUrl;
}

/** The token's own identifier, under which it counts once; a token without one can not be told from another. */
function tokenKey({ issuer, tokenId }: HandedOver): string | null {
  return tokenId === undefined
    ? null
    : `token ${createHash('sha256').update(`${issuer} ${tokenId}`).digest('base64url')}`;
}

const tooMany = refuse('handoff-too-many');

/** Tolerance of the clocks included: as long as the token can be shown. */
const longestToleranceMs = 600_000;

/** A token hands its user over once (J14). */
async function spend(handedOver: HandedOver, { sessions }: OwnRequest): Promise<Refusal | null> {
  const key = tokenKey(handedOver);
  if (key === null) return null;
  const until = handedOver.tokenExpiresAt + longestToleranceMs;
  const unkept = await sessions.store.spend(key, until, `token ${handedOver.user}`);
  if (unkept === 'full') return tooMany;
  return unkept === null ? null : refuse('token-replayed');
}

interface Begun {
  readonly session: Session;
  readonly sealed: string;
}

async function begin(handedOver: HandedOver, host: string, asked: OwnRequest): Promise<Begun | Refusal> {
  const { sessions, rules, now } = asked;
  const { prover, issuer, claims } = handedOver;
  const session = beginSession({ prover, issuer, claims, host }, now, rules.maxAgeMs);
  const sealed = await sessions.sealed.seal(session);
  if (sealed === null) return refuse('session-too-large');
  return (await spend(handedOver, asked)) ?? { session, sealed };
}

/** Who comes after another user ends what that one has open in this browser; the same user's own goes on. */
async function takeOver(replaced: Ended, successor: string, asked: OwnRequest): Promise<void> {
  const { sessions, endUser } = asked;
  const whose = replaced.hubUser === successor ? { ...replaced, hubUser: undefined } : replaced;
  await endAll(whose, sessions, endUser);
}

/** What lets a page of the site read the answer to its own request (Fetch Standard §3.3). */
function readableBy({ inbound }: OwnRequest): FieldLine[] {
  const [origin = ''] = valuesOf(inbound.fields, 'origin');
  return [
    ['Access-Control-Allow-Origin', origin],
    ['Access-Control-Allow-Credentials', 'true'],
    ['Vary', 'Origin'],
  ];
}

async function handOver(call: Extract<GateCall, { call: 'hand-over' }>, asked: OwnRequest): Promise<Outcome> {
  const { rules } = asked;
  const begun = await begin(call.handedOver, '', asked);
  if (isRefusal(begun)) return begun;
  const { hubUser } = call.handedOver;
  await takeOver(await whoWasHere(call.replaces, asked.inbound, asked.sessions, rules), hubUser, asked);
  const cookie = sessionLines(begun.sealed, rules);
  const guest = await guestLines({ id: begun.session.id, hubUser }, asked.sessions, rules);
  const next = settledNext(asked.next ?? nextInQuery(asked.inbound), asked);
  if (isBrowser(asked)) return redirect(303, next, [...cookie, ...handedOverLines(rules), ...guest]);
  const { expiresAt } = begun.session;
  const said = { user: call.handedOver.user, expiresAt: new Date(expiresAt).toISOString(), next };
  return json(said, [...cookie, ...guest, ...readableBy(asked)]);
}

function preflight(asked: OwnRequest): OwnAnswer {
  return answer(204, [
    ...readableBy(asked),
    ['Access-Control-Allow-Methods', 'POST'],
    ['Access-Control-Allow-Headers', 'Authorization, Content-Type'],
  ]);
}

/** Null where there is no room for it. */
async function keepCode(
  sealed: string,
  { user, hubUser }: Pick<HandedOver, 'user' | 'hubUser'>,
  { sessions, now }: OwnRequest,
): Promise<string | null> {
  const code = randomBytesOf(32);
  const unkept = await sessions.store.put(codeKey(code), `${sealed} ${hubUser}`, now + codeLifeMs, `code ${user}`);
  return unkept === null ? code : null;
}

async function giveCode({ handedOver }: Extract<GateCall, { call: 'code' }>, asked: OwnRequest): Promise<Outcome> {
  const begun = await begin(handedOver, '', asked);
  if (isRefusal(begun)) return begun;
  const code = await keepCode(begun.sealed, handedOver, asked);
  return code === null ? tooMany : json({ code, expiresIn: codeLifeMs / 1000 });
}

/** The login page with where to go, and what it has to carry back. */
function loginLocation(template: string, url: string, state: string): string {
  return template.replace('{url}', () => `${encodeURIComponent(url)}&state=${state}`);
}

/** One nonce for all tabs of a browser: each carries in its state where it wants to go. */
function start({ loginUrl, nonce: known, next }: Extract<GateCall, { call: 'start' }>, asked: OwnRequest): OwnAnswer {
  const { policy, rules } = asked;
  const nonce = known ?? randomBytesOf(16);
  const target = sharedPlace(settledNext(next, asked));
  const state = stateFor(nonce, target);
  const url = target.startsWith('/') ? policy.publicOrigin + target : target;
  const location = loginLocation(loginUrl, url, state);
  return redirect(302, location, [cookieLine(rules.nonceName, nonce, rules)]);
}

async function enter(call: Extract<GateCall, { call: 'enter' }>, asked: OwnRequest): Promise<Outcome> {
  const { sessions, rules } = asked;
  const kept = await sessions.store.take(codeKey(call.code));
  // What is sealed has no spaces.
  const [, sealed = null, hubUser = ''] = /^(\S+) (.*)$/s.exec(kept ?? '') ?? [];
  const found = sealed === null ? null : await sessions.sealed.find(sealed);
  const session = found !== null && 'what' in found && found.what === 'session' ? found.session : undefined;
  const host = hostAsked(asked);
  if (sealed === null || session?.host !== host) return refuse('code-invalid', 'the code is unknown, used or too old');
  // Two tabs that come to a user's host at the same time are of one session.
  if (call.replaces.session?.id !== session.id) await takeOver(call.replaces, hubUser, asked);
  const cookie = sessionLines(sealed, rules);
  const next = host === '' ? settledNext(call.next, asked) : settledAtHost(call.next, host, asked);
  const guest = host === '' ? await guestLines({ id: session.id, hubUser }, sessions, rules) : [];
  return redirect(303, next, [...cookie, ...handedOverLines(rules), ...guest]);
}

/** A code for a session on a user's host: the same one, so that it ends with it, and for that host alone. */
async function visit(
  { host, state, user, visitor }: Extract<GateCall, { call: 'visit' }>,
  asked: OwnRequest,
): Promise<Outcome> {
  const { policy, rules, sessions, now } = asked;
  const { session, hubUser } = visitor;
  if (session === undefined || hubUser === undefined) return refuse('credential-missing');
  const sealed = await sessions.sealed.seal(atHost(session, host, now, rules.maxAgeMs));
  if (sealed === null) return refuse('session-too-large');
  const code = await keepCode(sealed, { user, hubUser }, asked);
  if (code === null) return tooMany;
  return redirect(302, `${originAt(host, policy)}${policy.places.baseUrl}hubgate/enter?code=${code}&state=${state}`);
}

function who({ identity }: { readonly identity: Identity }): OwnAnswer {
  const { user, hubUser, groups, prover, issuer, expiresAt } = identity;
  return json({ user, hubUser, groups, prover, issuer, expiresAt: new Date(expiresAt).toISOString() });
}

/** The primary site's own logout is a form of another site: what the browser keeps back with it ends as well. */
async function logout({ whose }: Extract<GateCall, { call: 'logout' }>, asked: OwnRequest): Promise<Outcome> {
  const { rules, policy, sessions, endUser } = asked;
  const here = await whoWasHere(whose, asked.inbound, sessions, rules);
  await endAll(here, sessions, endUser);
  if (whose.hubUser !== undefined && whose.hubUser !== here.hubUser) endUser(whose.hubUser);
  const gone = forgetting(here.hubUser, policy, rules);
  return isBrowser(asked) ? redirect(303, logoutEnd(rules, policy), gone) : answer(204, gone);
}

function loggedOut({ rules, policy }: OwnRequest): OwnAnswer {
  const page = writeNotice(
    'You are logged out',
    [
      'Your session here has ended, and nothing logs you in again until you ask for it.',
      'On a computer that others use too, close all windows of this browser.',
    ],
    { text: 'Log in again', href: policy.places.baseUrl },
  );
  return answer(
    200,
    [
      ['Content-Type', 'text/html; charset=utf-8'],
      ['Content-Security-Policy', pagePolicy(rules.frames)],
    ],
    page,
  );
}

/** Does what the gate says; a refusal where it can not be done. */
export async function answerCall(call: Exclude<GateCall, { call: 'to-hub' }>, asked: OwnRequest): Promise<Outcome> {
  switch (call.call) {
    case 'read-form':
      return refuse('credential-missing', 'no field token in the form');
    case 'hand-over':
      return handOver(call, asked);
    case 'preflight':
      return preflight(asked);
    case 'code':
      return giveCode(call, asked);
    case 'start':
      return start(call, asked);
    case 'enter':
      return enter(call, asked);
    case 'who':
      return who(call);
    case 'logout':
      return logout(call, asked);
    case 'logged-out':
      return loggedOut(asked);
    case 'visit':
      return visit(call, asked);
  }
}
