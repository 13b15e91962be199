/** The decision: the list of stages a request goes through. Start reading here. */

import { authenticate } from './authenticate.ts';
import { authorise } from './authorise.ts';
import { inject } from './inject.ts';
import type { Lookup } from './lookups.ts';
import { mapIdentity, settleIdentity } from './map-identity.ts';
import { checkNamedUser } from './named-user.ts';
import { callOwn, codesShown } from './own-endpoints.ts';
import { trustPeer } from './peer-trust.ts';
import type { Look, Policy } from './policy.ts';
import type { Proof } from './proof.ts';
import type { Refusal } from './reasons.ts';
import { isOffUserHost } from './request/user-hosts.ts';
import { sanitise } from './sanitise.ts';
import { cookieTurn } from './session-turn.ts';
import type { Decision, InboundRequest, SanitisedRequest, Trail } from './stages.ts';

/**
 * Decides what becomes of a request. Pure: what must be looked up outside comes back as a lookup, and the door calls
 * again with the finding in `look.findings`. The identity-bearing part of what is forwarded is a function of the proof
 * and the policy alone.
 */
export function decide(inbound: InboundRequest, policy: Policy, look: Look): Decision {
  const trail: Trail = {
    client: undefined,
    placeClass: undefined,
    user: undefined,
    prover: undefined,
    carrier: undefined,
    spoofed: [],
  };
  const stopped = (stop: Refusal | Lookup, turn: ReturnType<typeof cookieTurn> = {}): Decision =>
    stop.kind === 'lookup' ? stop : { kind: 'refuse', refusal: stop, trail, ...turn };

  const accepted = trustPeer(inbound, policy);
  if (isStop(accepted)) return stopped(accepted);
  trail.client = accepted.client?.text;

  const sanitised = sanitise(accepted, policy);
  if (isStop(sanitised)) return stopped(sanitised);
  trail.placeClass = sanitised.request.place.class;
  trail.spoofed = sanitised.spoofed;

  if (sanitised.request.place.class === 'own' || isOffUserHost(sanitised.request))
    return answerOwn(sanitised.request, policy, look, trail);

  const authenticated = authenticate(sanitised.request, policy, look);
  if (isStop(authenticated))
    return stopped(authenticated, unprovedTurn(authenticated, sanitised.request, policy, look));
  trail.prover = wordsOf(authenticated.proofs, 'prover');
  trail.carrier = wordsOf(authenticated.proofs, 'carrier');

  const turn = cookieTurn(sanitised.request, authenticated.proofs, policy, look);
  const mapped = mapIdentity(authenticated, policy);
  if (isStop(mapped)) return stopped(mapped, turn);
  trail.user = mapped.identity?.user;

  const refusal = authorise(mapped, policy);
  if (refusal !== null) return stopped(refusal, turn);

  const identified = settleIdentity(mapped, policy, look);
  if (isStop(identified)) return stopped(identified, turn);

  const mismatch = checkNamedUser(identified, policy, look);
  if (mismatch !== null) return stopped(mismatch, turn);

  const request = inject(identified, policy, look);
  if (isStop(request)) return stopped(request, turn);
  return { kind: 'forward', request, trail, proofs: authenticated.proofs, ...turn };
}

/** The gate's own endpoints are answered by the gate, and nothing of them goes on. */
function answerOwn(request: SanitisedRequest, policy: Policy, look: Look, trail: Trail): Decision {
  const called = callOwn(request, policy, look);
  if (!isStop(called)) {
    trail.user = called.identity?.user;
    trail.prover = called.identity?.prover;
    trail.carrier = called.identity?.carrier;
    return { kind: 'answer', call: called.call, trail };
  }
  if (called.kind === 'lookup') return called;
  return {
    kind: 'refuse',
    refusal: called,
    trail,
    ...codesShown(request),
    ...unprovedTurn(called, request, policy, look),
  };
}

/** Only where every prover was asked, and none had a proof, is it known that the browser's cookie is none. */
function unprovedTurn(
  stop: Refusal | Lookup,
  request: SanitisedRequest,
  policy: Policy,
  look: Look,
): ReturnType<typeof cookieTurn> {
  const isUnproved = 'reason' in stop && (stop.reason === 'credential-missing' || stop.reason === 'hub-token-refused');
  return isUnproved ? cookieTurn(request, [], policy, look) : {};
}

/** What the proofs say, in their order; undefined without one. */
function wordsOf(proofs: readonly Proof[], word: 'prover' | 'carrier'): string | undefined {
  return proofs.length === 1 ? proofs[0]?.[word] : proofs.map(proof => proof[word]).join('+') || undefined;
}

/** Whether a stage ended the journey; the shapes that travel have no `kind`. */
function isStop(result: object): result is Refusal | Lookup {
  return 'kind' in result;
}
