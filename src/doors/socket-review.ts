/** Judges what is open under a policy that has come since: bit by bit, so that no request waits for a crowd. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Finding, SignatureLookup } from '../gate/lookups.ts';
import type { ReasonId } from '../gate/reasons.ts';
import { review } from '../gate/review.ts';
import type { InForce } from './judge.ts';
import type { Standing } from './standing.ts';

/** Judged in one go. */
const inOneTurn = 32;

/** Signatures that are verified at a time. */
const atOnce = 8;

/** What says nothing of a signature: an issuer out of reach must not end what it has let in. */
const sayNothing: ReadonlySet<ReasonId> = new Set(['keys-unavailable', 'internal-error']);

/** One signature that nobody remembers, and all that stand on it. */
interface Open {
  readonly lookup: SignatureLookup;
  readonly held: Standing[];
}

function endAll(held: readonly Standing[], finding: Finding): void {
  if ('reason' in finding && !sayNothing.has(finding.reason)) for (const one of held) one.end(finding);
}

function reviewOne(held: Standing, { policy, known }: InForce, open: Map<string, Open>): void {
  const outcome = review(held.admission, policy);
  if ('reason' in outcome) {
    held.end(outcome);
    return;
  }
  held.take(outcome);
  for (const lookup of outcome.signatures) {
    const finding = known?.(lookup);
    if (finding !== undefined) endAll([held], finding);
    else if (open.has(lookup.key)) open.get(lookup.key)?.held.push(held);
    else open.set(lookup.key, { lookup, held: [held] });
  }
}

/** Ends those that the policy would not let in; stops where it is in force no more, for then another review has begun. */
export async function reviewAll(all: readonly Standing[], inForce: InForce, isInForce: () => boolean): Promise<void> {
  const open = new Map<string, Open>();
  for (let at = 0; at < all.length && isInForce(); at += inOneTurn) {
    for (const held of all.slice(at, at + inOneTurn)) reviewOne(held, inForce, open);
    await turn();
  }
  const waiting = open.values();
  const verify = async (): Promise<void> => {
    for (const { lookup, held } of waiting) {
      if (!isInForce()) return;
      endAll(held, await inForce.findOut(lookup));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, verify));
}
