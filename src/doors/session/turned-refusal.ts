/** What is said in a refusal's place where sessions are: the way to sign in, that the visitor is signed out already, or to wait. */
import type { Refusal } from '../../gate/reasons.ts';
import type { InboundRequest } from '../../gate/stages.ts';
import type { Judgement } from '../judge.ts';
import { awaitedKernel } from './awaited-kernel.ts';
import { loggedOutAlready } from './logout.ts';
import type { OwnAnswer } from './own-answer.ts';
import { signIn } from './sign-in.ts';

/** The refusal itself where nothing else helps; `now` in milliseconds since the epoch. */
export function turnRefusal(
  refusal: Refusal,
  inbound: InboundRequest,
  judged: Judgement,
  now: number,
): OwnAnswer | Refusal {
  return (
    loggedOutAlready(refusal, inbound, judged.policy) ??
    signIn(refusal, inbound, judged, now) ??
    awaitedKernel(refusal, inbound, judged) ??
    refusal
  );
}
