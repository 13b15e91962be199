/** Calls the one decision until nothing is left to look up; every door's way to the gate. */
import type { Clock } from '../clock.ts';
import { decide } from '../gate/gate.ts';
import type { BodyLookup, Finding, Findings, Lookup } from '../gate/lookups.ts';
import type { Known, Policy } from '../gate/policy.ts';
import { refuse } from '../gate/reasons.ts';
import type { Decision, InboundRequest } from '../gate/stages.ts';
import type { Deliveries } from '../hub/deliveries.ts';
import type { SealedGuests } from '../identity/sessions/sealed-guests.ts';
import type { SealedSessions } from '../identity/sessions/sealed-sessions.ts';
import type { SharedStore } from '../identity/sessions/shared-store.ts';

/** A decision with nothing left to look up. */
export type Settled = Exclude<Decision, Lookup>;

/** What anybody can look up who has the policy: all but the request's own body. */
export type OutsideLookup = Exclude<Lookup, BodyLookup>;

/** Gets one thing from outside; never rejects: what fails is a refusal. */
export type FindOut = (lookup: OutsideLookup) => Promise<Finding>;

/** Who has the request's body. */
export interface BodyHolder {
  /** Reads it whole; never rejects, and gives the same however often it is asked. */
  readBody(maxBytes: number): Promise<Finding>;
}

const noBody: BodyHolder = {
  readBody: () => Promise.resolve(refuse('user-mismatch', 'the body that names a user is not at hand')),
};

/** Who writes sessions of one generation, and what is shared about them. */
export interface Sessions {
  readonly sealed: SealedSessions;
  readonly guests: SealedGuests;
  readonly store: SharedStore;
}

/** A policy, and who looks things up for it: keys and rules of one generation are never mixed. */
export interface InForce {
  readonly policy: Policy;
  readonly findOut: FindOut;
  /** What need not be asked for any more; absent: nothing is known. */
  readonly known?: Known;
  /** Takes a token back that was minted for one request; absent: none is minted. */
  readonly spent?: (token: string) => void;
  /** What the gate has posted to the hub of late; absent: nobody keeps book. */
  readonly deliveries?: Deliveries;
  /** Absent: the policy has none. */
  readonly sessions?: Sessions;
  /** Takes back the hub's tokens that were minted for a user, by the hub's name. Never rejects. Absent: none are minted. */
  readonly revokeTokens?: (hubUser: string) => Promise<void>;
}

/** What a door needs of the running gate; what is in force is asked anew for every request, so a reload takes effect at once. */
export interface Gate {
  readonly inForce: () => InForce;
  readonly clock: Clock;
}

/** A request needs a signature, a token's owner, and files and providers by the config; more is a prover that asks in circles. */
const mostLookups = 64;

/** Reloads that may overtake one decision before it is called a storm; the last one then judges. */
const mostOvertakings = 3;

function decideNow(request: InboundRequest, inForce: InForce, now: number, findings: Findings): Decision {
  const { policy, known } = inForce;
  return decide(request, policy, known === undefined ? { now, findings } : { now, findings, known });
}

/** What is asked about, and who has its body. */
interface Asked {
  readonly request: InboundRequest;
  readonly body: BodyHolder;
}

/** A token that was minted for this request alone. */
function mintedOnce(lookup: Lookup, finding: Finding): string | undefined {
  if (lookup.what !== 'minted-token' || lookup.purpose.kind !== 'login') return undefined;
  return 'what' in finding && finding.what === 'minted-token' ? finding.token : undefined;
}

/** What was minted for a decision that is not to let in, or that nobody carries out, is worth nothing. */
function takeBack(token: string | undefined, { spent }: InForce, carriedOut: Settled | null): void {
  const spends = carriedOut?.kind === 'forward' ? carriedOut.request.spends : undefined;
  if (token !== undefined && token !== spends) spent?.(token);
}

async function settle({ request, body }: Asked, inForce: InForce, { wall }: Clock, first: Lookup): Promise<Settled> {
  const findings = new Map<string, Finding>();
  let lookup = first;
  let token: string | undefined;
  for (let round = 0; round < mostLookups; round += 1) {
    const found = await (lookup.what === 'body' ? body.readBody(lookup.maxBytes) : inForce.findOut(lookup));
    findings.set(lookup.key, found);
    token ??= mintedOnce(lookup, found);
    const decision = decideNow(request, inForce, wall(), findings);
    if (decision.kind !== 'lookup') {
      takeBack(token, inForce, decision);
      return decision;
    }
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
  /** Of the same generation. */
  readonly sessions?: Sessions | undefined;
}

const nothingFound: Findings = new Map();

function attempt(asked: Asked, gate: Gate, overtaken: number): Judgement | Promise<Judgement> {
  const inForce = gate.inForce();
  const { policy, sessions } = inForce;
  const decision = decideNow(asked.request, inForce, gate.clock.wall(), nothingFound);
  if (decision.kind !== 'lookup') return { settled: decision, policy, sessions };
  return settle(asked, inForce, gate.clock, decision).then(settled => {
    const stands = gate.inForce().policy === policy || overtaken === mostOvertakings;
    if (stands) return { settled, policy, sessions };
    if (settled.kind === 'forward') takeBack(settled.request.spends, inForce, null);
    return attempt(asked, gate, overtaken + 1);
  });
}

/**
 * Settles a request by what is in force when it is settled: at once where nothing has to be waited for, as with a token that
 * was verified before. A reload that overtakes a slow lookup judges the request again, so that no decision of one policy is
 * carried out under the next. Without a `body` nothing is let through whose body names a user.
 */
export function judge(request: InboundRequest, gate: Gate, body: BodyHolder = noBody): Judgement | Promise<Judgement> {
  return attempt({ request, body }, gate, 0);
}
