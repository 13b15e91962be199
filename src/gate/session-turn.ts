/**
 * What an answer does with the browser's session cookie: a cookie that proves nothing goes, one past half of its life is renewed. Who
 * has ended a session has told the browser what becomes of its cookie; an answer that comes later could take a newer one away.
 */
import type { Look, Policy, SessionRules } from './policy.ts';
import type { Proof } from './proof.ts';
import { isUnseenPages } from './request/asking-page.ts';
import type { CookieTurn, SanitisedRequest } from './stages.ts';

const noTurn: { readonly cookie?: CookieTurn } = {};
const expire: { readonly cookie?: CookieTurn } = { cookie: { turn: 'expire' } };

/** No handshake is answered with a cookie: pages ask for more than sockets. */
function isPastHalf(proof: Proof, { maxAgeMs }: SessionRules, now: number): boolean {
  return proof.session !== undefined && now - proof.session.sealedAt > maxAgeMs / 2;
}

/** As a part of a decision; empty where the cookie stays as it is, as by what another origin's page loads unseen: that is no use by the user. */
export function cookieTurn(
  { cookies, fields, place, standing, upgrade }: SanitisedRequest,
  proofs: readonly Proof[],
  { session: rules }: Policy,
  look: Look,
): { readonly cookie?: CookieTurn } {
  if (rules === undefined || cookies.length === 0 || place.public || standing !== 'proxy') return noTurn;
  const proof = proofs.find(({ session }) => session !== undefined);
  if (proof?.session === undefined) {
    const isShown = cookies.some(({ name }) => name === rules.cookieName);
    return isShown && !rules.hasEnded(cookies, look) ? expire : noTurn;
  }
  if (upgrade !== null || !isPastHalf(proof, rules, look.now) || isUnseenPages(fields)) return noTurn;
  return { cookie: { turn: 'renew', session: proof.session } };
}
