/** Calls the one decision until nothing is left to look up; every door's way to the gate. */
import { decide } from '../gate/gate.ts';
import type { Known, Policy } from '../gate/policy.ts';
import { refuse } from '../gate/reasons.ts';
import type { Decision, Finding, Findings, InboundRequest, Lookup } from '../gate/stages.ts';

/** A decision with nothing left to look up. */
export type Settled = Exclude<Decision, Lookup>;

/** Gets one thing from outside; never rejects: what fails is a refusal. */
export type FindOut = (lookup: Lookup) => Promise<Finding>;

/** A policy, and who looks things up for it: keys and rules of one generation are never mixed. */
export interface InForce {
  readonly policy: Policy;
  readonly findOut: FindOut;
  /** What need not be asked for any more; absent: nothing is known. */
  readonly known?: Known;
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

function decideNow(request: InboundRequest, inForce: InForce, now: number, findings: Findings): Decision {
  const { policy, known } = inForce;
  return decide(request, policy, known === undefined ? { now, findings } : { now, findings, known });
}

async function settle(request: InboundRequest, inForce: InForce, now: Gate['now'], first: Lookup): Promise<Settled> {
  const findings = new Map<string, Finding>();
  let lookup = first;
  for (let round = 0; round < mostLookups; round += 1) {
    findings.set(lookup.key, await inForce.findOut(lookup));
    const decision = decideNow(request, inForce, now(), findings);
    if (decision.kind !== 'lookup') return decision;
    lookup = decision;
  }
  const nothing = { client: undefined, placeClass: undefined, user: undefined, prover: undefined, carrier: undefined };
  const trail = { ...nothing, spoofed: [] };
  return { kind: 'refuse', refusal: refuse('internal-error', 'lookups without end'), trail };
}

/** A settled request, and the policy that judged it. */
export interface Judgement {
  readonly settled: Settled;
  readonly policy: Policy;
}

const nothingFound: Findings = new Map();

function attempt(request: InboundRequest, gate: Gate, overtaken: number): Judgement | Promise<Judgement> {
  const inForce = gate.inForce();
  const { policy } = inForce;
  const decision = decideNow(request, inForce, gate.now(), nothingFound);
  if (decision.kind !== 'lookup') return { settled: decision, policy };
  return settle(request, inForce, gate.now, decision).then(settled => {
    const stands = gate.inForce().policy === policy || overtaken === mostOvertakings;
    return stands ? { settled, policy } : attempt(request, gate, overtaken + 1);
  });
}

/**
 * Settles a request by what is in force when it is settled: at once where nothing has to be waited for, as with a token that
 * was verified before. A reload that overtakes a slow lookup judges the request again, so that no decision of one policy is
 * carried out under the next.
 */
export function judge(request: InboundRequest, gate: Gate): Judgement | Promise<Judgement> {
  return attempt(request, gate, 0);
}
