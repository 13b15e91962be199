/** What is asked about WebSockets that are open, by a reload or once more about a token: would who was let in be let in now? */
import { ownText } from '../http/recent-texts.ts';
import { decidingList } from './authorise.ts';
import { askAboutToken, type IntrospectionLookup, type SignatureLookup } from './lookups.ts';
import { agree, endOf } from './map-identity.ts';
import { isTrusted } from './peer-trust.ts';
import { isPublic } from './place.ts';
import type { Look, Policy, ProvedAgain } from './policy.ts';
import type { Proof, Word } from './proof.ts';
import { isRefusal, type ReasonId, type Refusal, refuse, refuseWithAudit } from './reasons.ts';
import type { Decision, Peer } from './stages.ts';

/** Who was let in, by what, and through whom; it is kept for days, so it holds nothing of the request. */
export interface Admission {
  /** Empty: on a public path, or a hub token alone. */
  readonly proofs: readonly Proof[];
  readonly peer: Peer;
  /** The proved user under the hub's name. */
  readonly visitor: string | undefined;
  /** Below baseUrl; null where it is not public. */
  readonly publicPath: string | null;
}

/** A decision to let in. */
export type Forward = Extract<Decision, { kind: 'forward' }>;

/** What is kept of a decision. */
export function admissionOf({ proofs, request }: Forward, peer: Peer): Admission {
  const { visitor, place } = request;
  return { proofs, peer, visitor, publicPath: place.public ? ownText(place.below) : null };
}

/** Until when an admission holds, and what it stands on. */
export interface Reviewed {
  readonly proofs: readonly Proof[];
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly signatures: readonly SignatureLookup[];
}

const expiry: Readonly<Record<Proof['credential'], ReasonId>> = {
  bearer: 'token-expired',
  assertion: 'assertion-expired',
  session: 'session-expired',
};

/** What it is called when no prover takes a proof any more. */
const untaken: Readonly<Record<Proof['credential'], ReasonId>> = {
  bearer: 'token-issuer',
  assertion: 'assertion-unproved',
  session: 'session-expired',
};

/** When the first of the proofs ends, in milliseconds since the epoch. */
export function untilOf(proofs: readonly Proof[]): number {
  return proofs.reduce((until, proof) => Math.min(until, endOf(proof)), Number.POSITIVE_INFINITY);
}

const endOfWord = ({ givenAt, countsForMs }: Word): number => givenAt.steady + countsForMs;

/** The word that counts no longer than the others; undefined where every proof holds by itself. */
export function wordOf(proofs: readonly Proof[]): Word | undefined {
  const words = proofs.flatMap(({ word }) => (word === undefined ? [] : [word]));
  return words.reduce<Word | undefined>(
    (first, word) => (first === undefined || endOfWord(word) < endOfWord(first) ? word : first),
    undefined,
  );
}

/** What is to be asked anew about proofs that hold by somebody's word. */
export function questionsAbout(proofs: readonly Proof[]): IntrospectionLookup[] {
  return proofs.flatMap(({ token, word }) =>
    token === undefined || word === undefined ? [] : [{ ...askAboutToken(token), maxAgeMs: word.askAgainAfterMs }],
  );
}

/** What it is called when an admission has come to its end. */
export function expiryOf(proofs: readonly Proof[]): Refusal {
  const until = untilOf(proofs);
  const first = proofs.find(proof => endOf(proof) === until);
  return refuse(first === undefined ? 'internal-error' : expiry[first.credential]);
}

function mayConnect({ peer }: Admission, { trust }: Policy): boolean {
  return isTrusted(peer, trust) || (trust.others === 'bearerOnly' && peer.kind === 'ip');
}

/** No proof was asked for then: is none asked for now? */
function reviewUnproved({ publicPath }: Admission, { apiTokens, places }: Policy): Reviewed | Refusal {
  if (publicPath === null && apiTokens === 'refuse') return refuse('hub-token-refused');
  if (publicPath !== null && !isPublic(publicPath, places)) return refuse('credential-missing');
  return { proofs: [], until: Number.POSITIVE_INFINITY, signatures: [] };
}

function proveAgain(proof: Proof, peer: Peer, { provers }: Policy, look?: Look): ProvedAgain | Refusal {
  for (const prover of provers) {
    const outcome = prover.again?.(proof, peer, look) ?? null;
    if (outcome !== null) return outcome;
  }
  return refuse(untaken[proof.credential], 'nobody takes it any more');
}

/**
 * Judges an admission anew, by what `look` has found out since; without one the clock is not looked at. What is not kept is not
 * asked again: second factors, proofs of possession, Origin.
 */
export function review(admission: Admission, policy: Policy, look?: Look): Reviewed | Refusal {
  const { proofs, peer, visitor } = admission;
  if (!mayConnect(admission, policy)) return refuse('peer-untrusted');
  if (proofs.length === 0) return reviewUnproved(admission, policy);
  const proved: ProvedAgain[] = [];
  for (const proof of proofs) {
    const outcome = proveAgain(proof, peer, policy, look);
    if (isRefusal(outcome)) return outcome;
    proved.push(outcome);
  }
  const now = proved.map(({ proof }) => proof);
  const identity = agree(now, policy.user);
  if (identity === undefined || isRefusal(identity)) return identity ?? refuse('credential-missing');
  if (identity.hubUser !== visitor) return refuseWithAudit('not-allowed', 'another name at the hub now');
  const list = decidingList(identity, policy.user);
  if (list !== null) return refuseWithAudit('not-allowed', list);
  return {
    proofs: now,
    until: untilOf(now),
    signatures: proved.flatMap(({ signature }) => (signature ? [signature] : [])),
  };
}
