/** Calls the one decision until nothing is left to look up; every door's way to the gate. */
import { decide } from '../gate/gate.ts';
import type { Policy } from '../gate/policy.ts';
import { refuse } from '../gate/reasons.ts';
import type { Decision, Finding, InboundRequest, Lookup } from '../gate/stages.ts';

/** A decision with nothing left to look up. */
export type Settled = Exclude<Decision, Lookup>;

/** Gets one thing from outside; never rejects: what fails is a refusal. */
export type FindOut = (lookup: Lookup) => Promise<Finding>;

/** A policy, and who looks things up for it: keys and rules of one generation are never mixed. */
export interface InForce {
  readonly policy: Policy;
  readonly findOut: FindOut;
}

/** What a door needs of the running gate; what is in force is asked anew for every request, so a reload takes effect at once. */
export interface Gate {
  readonly inForce: () => InForce;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A request needs a signature, a token's owner and a few files at most; more is a prover that asks in circles. */
const mostLookups = 16;

/** Reloads that may overtake one decision before it is called a storm; the last one then judges. */
const mostOvertakings = 3;

async function settle(request: InboundRequest, inForce: InForce, now: Gate['now']): Promise<Settled> {
  const findings = new Map<string, Finding>();
  for (let round = 0; round < mostLookups; round += 1) {
    const decision = decide(request, inForce.policy, { now: now(), findings });
    if (decision.kind !== 'lookup') return decision;
    findings.set(decision.key, await inForce.findOut(decision));
  }
  const trail = { client: undefined, placeClass: undefined, user: undefined, prover: undefined, spoofed: [] };
  return { kind: 'refuse', refusal: refuse('internal-error', 'lookups without end'), trail };
}

/**
 * Settles a request by what is in force when it is settled: a reload that overtakes a slow lookup judges it again, so that
 * no decision of one policy is carried out under the next. The policy that judged comes back with the decision.
 */
export async function judge(request: InboundRequest, gate: Gate): Promise<{ settled: Settled; policy: Policy }> {
  for (let overtaken = 0; ; overtaken += 1) {
    const inForce = gate.inForce();
    const settled = await settle(request, inForce, gate.now);
    if (gate.inForce().policy === inForce.policy || overtaken === mostOvertakings)
      return { settled, policy: inForce.policy };
  }
}
