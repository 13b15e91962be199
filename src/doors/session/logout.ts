/** A logout, at the hub or at the gate: it ends all that its user has of both, and the browser forgets the cookies of both. */

import type { Visit } from '../../gate/hub/hub-cookies.ts';
import type { Policy, SessionRules } from '../../gate/policy.ts';
import { type Refusal, refuse } from '../../gate/reasons.ts';
import type { Forward } from '../../gate/review.ts';
import type { InboundRequest } from '../../gate/stages.ts';
import type { FieldLine } from '../../http/field.ts';
import { parseSetCookie } from '../../http/set-cookie.ts';
import { filterAnswer } from '../../hub/answers.ts';
import { hubCookiesOf } from '../../hub/stale-cookies.ts';
import type { InForce, Sessions } from '../judge.ts';
import type { OpenSockets } from '../open-sockets.ts';
import { expiredLine, guestLine } from './cookie-lines.ts';
import type { Ended } from './guests.ts';
import { type OwnAnswer, redirect } from './own-answer.ts';

/** Ends what a user has open at the gate, by the hub's name for the user: WebSockets, and tokens of the hub's that the gate has minted. */
export type EndUser = (hubUser: string) => void;

/** Nobody waits for the hub to take the tokens back: here they are forgotten at once. */
export function endUserWith(sockets: Pick<OpenSockets, 'endSessions'>, inForce: () => InForce): EndUser {
  return hubUser => {
    sockets.endSessions({ hubUser }, refuse('logged-out'));
    void inForce().revokeTokens?.(hubUser);
  };
}

/** Ends the session for whoever has a copy of its cookie; no renewal that is under way outlives it. */
export async function endAll(
  { session, hubUser }: Ended,
  { store }: Pick<Sessions, 'store'>,
  endUser: EndUser,
): Promise<void> {
  if (session !== undefined) await store.end(session.id);
  if (hubUser !== undefined) endUser(hubUser);
}

const nameOf = ([, value]: FieldLine): string => parseSetCookie(value)?.name ?? '';

/** The lines with which the browser forgets all of it; `said` are the hub's own, which stay as they are. */
export function forgetting(
  hubUser: string | undefined,
  policy: Policy,
  rules: SessionRules,
  said: readonly FieldLine[] = [],
): FieldLine[] {
  const names = new Set(said.map(nameOf));
  const others = hubCookiesOf(hubUser, policy).filter(line => !names.has(nameOf(line)));
  const guest = rules.secure && rules.frames === null ? [guestLine(rules.guestName, '')] : [];
  return [expiredLine(rules.cookieName, rules), ...guest, ...others, ...said];
}

/** Where a logout ends: nothing there logs the user in again. */
export function logoutEnd({ logoutUrl }: SessionRules, { places }: Policy): string {
  return logoutUrl ?? `${places.baseUrl}hubgate/logged-out`;
}

/** Before the hub is asked to log a user out: whatever becomes of its answer, here it is over. */
export async function endAtGate({ request, proofs }: Forward, inForce: InForce, endUser: EndUser): Promise<void> {
  const { policy, sessions } = inForce;
  const session = proofs.find(proof => proof.session !== undefined)?.session;
  const whose = { session, hubUser: request.visitor };
  if (sessions !== undefined && policy.session !== undefined) await endAll(whose, sessions, endUser);
  else if (request.visitor !== undefined) endUser(request.visitor);
}

/** What the browser gets in place of the hub's answer to a logout; null where it has no session here, and the answer stands. */
export function afterHubLogout(fields: readonly FieldLine[], visit: Visit, policy: Policy): OwnAnswer | null {
  const { session: rules } = policy;
  if (rules === undefined) return null;
  const said = filterAnswer(fields, visit, policy).filter(([name]) => name.toLowerCase() === 'set-cookie');
  return redirect(303, logoutEnd(rules, policy), forgetting(visit.visitor, policy, rules, said));
}

/** A browser that has no proof any more and wants to log out: it is out, and forgets what is left. */
export function loggedOutAlready({ reason }: Refusal, inbound: InboundRequest, policy: Policy): OwnAnswer | null {
  const { session: rules, places } = policy;
  const [path] = inbound.target.split('?', 1);
  if (rules === undefined || reason !== 'credential-missing') return null;
  if (inbound.method !== 'GET' || path !== `${places.baseUrl}hub/logout`) return null;
  return redirect(303, logoutEnd(rules, policy), forgetting(undefined, policy, rules));
}
