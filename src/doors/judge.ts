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

/** Settles a request. The policy that judged it comes back with the decision. */
export async function judge(request: InboundRequest, gate: Gate): Promise<{ settled: Settled; policy: Policy }> {
  const { policy, findOut } = gate.inForce();
  const findings = new Map<string, Finding>();
  for (let round = 0; round <= mostLookups; round += 1) {
    const decision = decide(request, policy, { now: gate.now(), findings });
    if (decision.kind !== 'lookup') return { settled: decision, policy };
    findings.set(decision.key, await findOut(decision));
  }
  const trail = { client: undefined, placeClass: undefined, user: undefined, prover: undefined, spoofed: [] };
  return { settled: { kind: 'refuse', refusal: refuse('internal-error', 'lookups without end'), trail }, policy };
}
