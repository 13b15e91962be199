/** A request's journey: the one decision, and beside it what each stage made of the request. */

import { isDeepStrictEqual } from 'node:util';
import { stoppedClock } from '../../clock.ts';
import { type Gate, type InForce, judge, type Settled } from '../../doors/judge.ts';
import { type AuthenticatedRequest, authenticate } from '../../gate/authenticate.ts';
import { authorise } from '../../gate/authorise.ts';
import type { GateCall } from '../../gate/calls.ts';
import { inject } from '../../gate/inject.ts';
import type { Finding, Lookup } from '../../gate/lookups.ts';
import { type MappedRequest, mapIdentity, settleIdentity } from '../../gate/map-identity.ts';
import { bodyLookup, checkNamedUser } from '../../gate/named-user.ts';
import { callOwn } from '../../gate/own-endpoints.ts';
import { trustPeer } from '../../gate/peer-trust.ts';
import type { Look, Policy } from '../../gate/policy.ts';
import { type Refusal, refuse } from '../../gate/reasons.ts';
import { isOffUserHost } from '../../gate/request/user-hosts.ts';
import { sanitise } from '../../gate/sanitise.ts';
import type {
  AcceptedRequest,
  IdentifiedRequest,
  InboundRequest,
  OutboundRequest,
  SanitisedRequest,
} from '../../gate/stages.ts';

/** Stages in their order; what is asked about hub tokens after the lists counts with the lists. */
export const stages = ['peer trust', 'sanitise', 'authenticate', 'map identity', 'authorise', 'inject'] as const;

/** One of them. */
export type Stage = (typeof stages)[number];

/** Something that was looked up outside, and what was found. */
export interface LookedUp {
  readonly lookup: Lookup;
  readonly finding: Finding;
}

/** What the stages made of the request, as far as it came. */
export interface Passage {
  readonly accepted?: AcceptedRequest;
  readonly sanitised?: SanitisedRequest;
  readonly spoofed?: readonly string[];
  readonly authenticated?: AuthenticatedRequest;
  readonly mapped?: MappedRequest;
  readonly identified?: IdentifiedRequest;
  readonly outbound?: OutboundRequest;
  /** One of the gate's own endpoints, which nothing of goes on. */
  readonly answered?: GateCall;
  /** Where it ended, unless it went through. */
  readonly stopped?: { readonly stage: Stage; readonly by: Refusal | Lookup };
}

/** A whole journey. */
export interface Journey {
  readonly inbound: InboundRequest;
  readonly policy: Policy;
  readonly settled: Settled;
  readonly passage: Passage;
  readonly lookedUp: readonly LookedUp[];
}

function isStop(result: object): result is Refusal | Lookup {
  return 'kind' in result;
}

/** The stages one after another, as `decide` calls them. */
function passStages(inbound: InboundRequest, policy: Policy, look: Look): Passage {
  const accepted = trustPeer(inbound, policy);
  if (isStop(accepted)) return { stopped: { stage: 'peer trust', by: accepted } };
  const clean = sanitise(accepted, policy);
  if (isStop(clean)) return { accepted, stopped: { stage: 'sanitise', by: clean } };
  const { request: sanitised, spoofed } = clean;
  const before = { accepted, sanitised, spoofed };
  if (sanitised.place.class === 'own' || isOffUserHost(sanitised)) {
    const called = callOwn(sanitised, policy, look);
    return isStop(called)
      ? { ...before, stopped: { stage: 'authenticate', by: called } }
      : { ...before, answered: called.call };
  }
  const authenticated = authenticate(sanitised, policy, look);
  if (isStop(authenticated)) return { ...before, stopped: { stage: 'authenticate', by: authenticated } };
  const mapped = mapIdentity(authenticated, policy);
  if (isStop(mapped)) return { ...before, authenticated, stopped: { stage: 'map identity', by: mapped } };
  const known = { ...before, authenticated, mapped };
  const refusal = authorise(mapped, policy);
  if (refusal !== null) return { ...known, stopped: { stage: 'authorise', by: refusal } };
  const identified = settleIdentity(mapped, policy, look);
  if (isStop(identified)) return { ...known, stopped: { stage: 'authorise', by: identified } };
  const mismatch = checkNamedUser(identified, policy, look);
  if (mismatch !== null) return { ...known, identified, stopped: { stage: 'authorise', by: mismatch } };
  const outbound = inject(identified, policy, look);
  if (isStop(outbound)) return { ...known, identified, stopped: { stage: 'inject', by: outbound } };
  return { ...known, identified, outbound };
}

/** What is told must be what was decided: stages that changed without this file would show here. */
function checkAgreement(settled: Settled, { outbound, answered, stopped }: Passage): void {
  const pairs = {
    forward: () => isDeepStrictEqual(outbound, 'request' in settled && settled.request),
    answer: () => isDeepStrictEqual(answered, 'call' in settled && settled.call),
    refuse: () => isDeepStrictEqual(stopped?.by, 'refusal' in settled && settled.refusal),
  };
  if (!pairs[settled.kind]()) throw new Error('the stages told something else than what the gate decided');
}

function bodyFinding(body: Uint8Array | null, maxBytes: number): Finding {
  if (body === null) return refuse('user-mismatch', 'the body that names a user is not at hand');
  return body.length > maxBytes ? refuse('body-too-large') : { what: 'body', bytes: body };
}

/**
 * Sends a request through the gate at this time; what it needs is looked up by `inForce`, once each. A `body` of null is one that
 * nobody has.
 */
export async function travel(
  inbound: InboundRequest,
  inForce: InForce,
  now: number,
  body: Uint8Array | null = null,
): Promise<Journey> {
  const { policy } = inForce;
  const lookedUp: LookedUp[] = [];
  const recording: InForce = {
    policy,
    findOut: async lookup => {
      const finding = await inForce.findOut(lookup);
      lookedUp.push({ lookup, finding });
      return finding;
    },
  };
  const gate: Gate = { inForce: () => recording, clock: stoppedClock(now) };
  const readBody = async (maxBytes: number): Promise<Finding> => {
    const finding = bodyFinding(body, maxBytes);
    lookedUp.push({ lookup: bodyLookup, finding });
    return finding;
  };
  const { settled } = await judge(inbound, gate, { readBody });
  const findings = new Map(lookedUp.map(({ lookup, finding }) => [lookup.key, finding]));
  const passage = passStages(inbound, policy, { now, findings });
  checkAgreement(settled, passage);
  return { inbound, policy, settled, passage, lookedUp };
}
