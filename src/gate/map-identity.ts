/** Stage 4: from what was proved to the one user name that the hub will see. */
import { parseAuthorization } from '../http/authorization.ts';
import type { AuthenticatedRequest } from './authenticate.ts';
import { findingOf, type HubName, type Look, type Policy, type UserRules } from './policy.ts';
import { type Refusal, refuse } from './reasons.ts';
import type { IdentifiedRequest, Identity, Lookup, Proof } from './stages.ts';

/** Names that differ only in what the eye or a file system takes for the same are refused whole (attacks M2, M3). */
const printableAscii = /^[\x21-\x7e]+$/;

function mapUser(proof: Proof, rules: UserRules, hubName: HubName): Identity | Refusal {
  const raw = proof.username;
  if (!printableAscii.test(raw)) return refuse('user-invalid', 'the name is not printable ASCII');
  const name = rules.lowercase ? raw.toLowerCase() : raw;
  const mapped = rules.map.get(name) ?? rules.map.get(raw);
  const user = mapped ?? name;
  if (mapped === undefined && rules.mapTargets.has(user))
    return refuse('user-ambiguous', 'the name is a target of user.map');
  if (!rules.pattern.test(user)) return refuse('user-invalid', 'the name does not fit user.pattern');
  if (rules.reserved.has(user.toLowerCase())) return refuse('user-invalid', 'the name is in user.reserved');
  const hub = hubName(user);
  if (!hub.exact && mapped === undefined) return refuse('user-ambiguous', "the hub's authenticator folds the name");
  return { ...proof, user, hubUser: hub.name };
}

/** All proofs must name one user; the first prover's word is the one that is used. */
function agree(proofs: readonly Proof[], policy: Policy): Identity | undefined | Refusal {
  let first: Identity | undefined;
  for (const proof of proofs) {
    const identity = mapUser(proof, policy.user, policy.user.hubName);
    if ('reason' in identity) return identity;
    first ??= identity;
    if (first.user !== identity.user) return refuse('credentials-disagree', 'provers name different users');
  }
  return first;
}

/** A hub token beside a proof counts only where the hub itself says that it is the same user's (design 4.7). */
function checkOwner(identity: Identity, authorization: string, look: Look): Refusal | Lookup | null {
  const token = parseAuthorization(authorization)?.credentials ?? '';
  const key = `hub-token-owner:${token}`;
  const finding = findingOf(look, key, 'hub-token-owner');
  if (finding === undefined) return { kind: 'lookup', key, what: 'hub-token-owner', token };
  if ('reason' in finding) return finding;
  return finding.hubUser === identity.hubUser
    ? null
    : refuse('credentials-disagree', "the hub token is not this user's");
}

/** Stage 4. */
export function mapIdentity(
  authenticated: AuthenticatedRequest,
  policy: Policy,
  look: Look,
): IdentifiedRequest | Refusal | Lookup {
  const { request, proofs, hubToken } = authenticated;
  const identity = agree(proofs, policy);
  if (identity !== undefined && 'reason' in identity) return identity;
  if (identity !== undefined && hubToken.use === 'beside') {
    const stop = checkOwner(identity, hubToken.authorization, look);
    if (stop !== null) return stop;
  }
  return { request, identity, hubToken } as IdentifiedRequest;
}
