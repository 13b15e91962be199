/** Stage 4: from what was proved to the one user name that the hub will see. */
import { derived } from '../http/derived.ts';
import type { AuthenticatedRequest } from './authenticate.ts';
import { settleHubTokens } from './hub-tokens.ts';
import type { Look, Policy, UserRules } from './policy.ts';
import { isRefusal, type Refusal, refuse } from './reasons.ts';
import type { IdentifiedRequest, Identity, Lookup, Proof } from './stages.ts';

/** Names that differ only in what the eye or a file system takes for the same are refused whole (attacks M2, M3). */
const printableAscii = /^[\x21-\x7e]+$/;

/** Beyond this, no pattern is asked: its cost may grow with the name faster than the name does. */
const longestName = 255;

function mapUser(proof: Proof, rules: UserRules): Identity | Refusal {
  const raw = proof.username;
  if (raw.length > longestName) return refuse('user-invalid', `the name is longer than ${longestName} characters`);
  if (!printableAscii.test(raw)) return refuse('user-invalid', 'the name is not printable ASCII');
  const name = rules.lowercase ? raw.toLowerCase() : raw;
  const mapped = rules.map.get(name) ?? rules.map.get(raw);
  const user = mapped ?? name;
  const hub = rules.hubName(user);
  if (mapped === undefined && rules.mapTargets.has(hub.name))
    return refuse('user-ambiguous', 'the name is a target of user.map');
  if (!rules.pattern.test(user)) return refuse('user-invalid', 'the name does not fit user.pattern');
  if (rules.reserved.has(user.toLowerCase())) return refuse('user-invalid', 'the name is in user.reserved');
  if (!hub.exact && mapped === undefined) return refuse('user-ambiguous', "the hub's authenticator folds the name");
  return { ...proof, user, hubUser: hub.name, rawNames: [raw] };
}

/** A token proves the same user as long as it holds. */
const mappedUser = derived((rules: UserRules) => derived((proof: Proof) => mapUser(proof, rules)));

/** What two proofs of one user say together: a rule that speaks against either holds, and neither hides the other's data. */
function merge(one: Identity, other: Identity): Identity {
  return {
    ...one,
    credential: one.credential === 'bearer' ? 'bearer' : other.credential,
    groups: [...new Set([...one.groups, ...other.groups])],
    claims: one.credential === 'bearer' ? one.claims : other.claims,
    asserted: new Map([...other.asserted, ...one.asserted]),
    rawNames: [...one.rawNames, ...other.rawNames],
    expiresAt: Math.min(one.expiresAt, other.expiresAt),
  };
}

/** All proofs must name one user. */
function agree(proofs: readonly Proof[], rules: UserRules): Identity | undefined | Refusal {
  let agreed: Identity | undefined;
  for (const proof of proofs) {
    const identity = mappedUser(rules)(proof);
    if (isRefusal(identity)) return identity;
    if (agreed !== undefined && agreed.user !== identity.user)
      return refuse('credentials-disagree', 'provers name different users');
    agreed = agreed === undefined ? identity : merge(agreed, identity);
  }
  return agreed;
}

/** A request whose user is known; whether a hub token may go up beside the proof is still to be asked. */
export interface MappedRequest extends Pick<AuthenticatedRequest, 'request' | 'hubToken'> {
  readonly identity: Identity | undefined;
}

/** Stage 4. */
export function mapIdentity(
  { request, proofs, hubToken }: AuthenticatedRequest,
  policy: Policy,
): MappedRequest | Refusal {
  const identity = agree(proofs, policy.user);
  return identity !== undefined && isRefusal(identity) ? identity : { request, identity, hubToken };
}

/** Stage 4, once the user is known: the hub's own tokens beside the proof are this user's, or do not go up. */
export function settleIdentity(mapped: MappedRequest, look: Look): IdentifiedRequest | Refusal | Lookup {
  const { request, identity, hubToken } = mapped;
  if (identity === undefined) return { ...mapped } as IdentifiedRequest;
  const settled = settleHubTokens(request, identity, hubToken, look);
  return 'use' in settled ? ({ request, identity, hubToken: settled } as IdentifiedRequest) : settled;
}
