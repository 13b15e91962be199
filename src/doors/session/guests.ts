/** Who was here before, where the browser keeps the session cookie back: with a form of another site it sends none that is SameSite=Lax. */
import type { ShownSession } from '../../gate/calls.ts';
import type { SessionRules } from '../../gate/policy.ts';
import type { InboundRequest } from '../../gate/stages.ts';
import { cookiePairs } from '../../http/cookies.ts';
import { type FieldLine, valuesOf } from '../../http/field.ts';
import type { Guest } from '../../identity/sessions/sealed-guests.ts';
import type { Sessions } from '../judge.ts';
import { guestLine } from './cookie-lines.ts';

/** What of a session has to be known to end it. */
export type Ended = Omit<ShownSession, 'session'> & { readonly session: Pick<Guest, 'id'> | undefined };

/** Beside a new session's cookie. In frames that one comes along anyway; without TLS browsers take none that other sites send along. */
export async function guestLines(guest: Guest, { guests }: Sessions, rules: SessionRules): Promise<FieldLine[]> {
  if (!rules.secure || rules.frames !== null) return [];
  return [guestLine(rules.guestName, await guests.seal(guest))];
}

/** The session that the browser has, by its cookie or else by the guest's. */
export async function whoWasHere(
  shown: ShownSession,
  { fields }: InboundRequest,
  { guests, store }: Sessions,
  { guestName }: SessionRules,
): Promise<Ended> {
  if (shown.session !== undefined) return shown;
  const [crumb, ...more] = cookiePairs(valuesOf(fields, 'cookie')).filter(({ name }) => name === guestName);
  const guest =
    crumb === undefined || more.length > 0 ? null : await guests.open(crumb.text.slice(guestName.length + 1));
  return guest === null || store.hasEnded(guest.id) ? shown : { session: guest, hubUser: guest.hubUser };
}
