/** The decision: the list of stages a request goes through. Start reading here. */

import { authenticate } from './authenticate.ts';
import { authorise } from './authorise.ts';
import { inject } from './inject.ts';
import { mapIdentity, settleIdentity } from './map-identity.ts';
import { checkNamedUser } from './named-user.ts';
import { trustPeer } from './peer-trust.ts';
import type { Look, Policy } from './policy.ts';
import type { Refusal } from './reasons.ts';
import { sanitise } from './sanitise.ts';
import type { Decision, InboundRequest, Lookup, Proof, Trail } from './stages.ts';

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
  const stopped = (stop: Refusal | Lookup): Decision =>
    stop.kind === 'lookup' ? stop : { kind: 'refuse', refusal: stop, trail };

  const accepted = trustPeer(inbound, policy);
  if (isStop(accepted)) return stopped(accepted);
  trail.client = accepted.client?.text;

  const sanitised = sanitise(accepted, policy);
  if (isStop(sanitised)) return stopped(sanitised);
  trail.placeClass = sanitised.request.place.class;
  trail.spoofed = sanitised.spoofed;

  const authenticated = authenticate(sanitised.request, policy, look);
  if (isStop(authenticated)) return stopped(authenticated);
  trail.prover = wordsOf(authenticated.proofs, 'prover');
  trail.carrier = wordsOf(authenticated.proofs, 'carrier');

  const mapped = mapIdentity(authenticated, policy);
  if (isStop(mapped)) return stopped(mapped);
  trail.user = mapped.identity?.user;

  const refusal = authorise(mapped, policy);
  if (refusal !== null) return stopped(refusal);

  const identified = settleIdentity(mapped, policy, look);
  if (isStop(identified)) return stopped(identified);

  const mismatch = checkNamedUser(identified, policy, look);
  if (mismatch !== null) return stopped(mismatch);

  const request = inject(identified, policy, look);
  if (isStop(request)) return stopped(request);
  return { kind: 'forward', request, trail, proofs: authenticated.proofs };
}

/** What the proofs say, in their order; undefined without one. */
function wordsOf(proofs: readonly Proof[], word: 'prover' | 'carrier'): string | undefined {
  return proofs.length === 1 ? proofs[0]?.[word] : proofs.map(proof => proof[word]).join('+') || undefined;
}

/** Whether a stage ended the journey; the shapes that travel have no `kind`. */
function isStop(result: object): result is Refusal | Lookup {
  return 'kind' in result;
}
