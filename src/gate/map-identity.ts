/** Stage 4: from what was proved to the one user name that the hub will see. */
import { derived } from '../http/derived.ts';
import type { AuthenticatedRequest } from './authenticate.ts';
import { exchangeToken } from './hub/token-exchange.ts';
import type { Lookup } from './lookups.ts';
import type { Look, Policy, UserRules } from './policy.ts';
import type { Identity, Proof, ProofCarrier } from './proof.ts';
import { isRefusal, type Refusal, refuse } from './reasons.ts';
import type { IdentifiedRequest } from './stages.ts';
import { settleHubTokens } from './user/hub-tokens.ts';
import { doubtOf, lowerCaseName, unicodeName } from './user/unicode-name.ts';

/** Nothing here differs from another name only in what the eye or a file system takes for the same (attacks M2, M3). */
const printableAscii = /^[\x21-\x7e]+$/;

/** No user's page is there, and the hub's API would be asked about something else. */
const dotSegment = /^\.{0,2}$/;

/** Beyond this, no pattern is asked: its cost may grow with the name faster than the name does. */
const longestName = 255;

/** The proved name as it is looked at from here on, or why it is no name. */
function readName(raw: string, { unicode }: UserRules): string | Refusal {
  if (raw.length > longestName) return refuse('user-invalid', `the name is longer than ${longestName} characters`);
  if (printableAscii.test(raw)) return raw;
  return unicode === null
    ? refuse('user-invalid', 'the name has a space, or a character beyond printable ASCII')
    : unicodeName(raw);
}

/** What only a name beyond ASCII is asked. */
function unicodeFault(user: string, { unicode }: UserRules): Refusal | null {
  if (unicode === null || printableAscii.test(user)) return null;
  return unicode.carries(user)
    ? doubtOf(user, unicode)
    : refuse('user-invalid', "the hub's authenticator can not carry the name");
}

/** The name under user.lowercase. ASCII has no forms to normalise, so a gate without names beyond it does not. */
export function lowered(name: string, { lowercase, unicode }: UserRules): string {
  if (!lowercase) return name;
  return unicode === null ? name.toLowerCase() : lowerCaseName(name);
}

function mapUser(proof: Proof, rules: UserRules): Identity | Refusal {
  const raw = readName(proof.username, rules);
  if (typeof raw !== 'string') return raw;
  const name = lowered(raw, rules);
  const mapped = rules.map.get(name) ?? rules.map.get(raw);
  const user = mapped ?? name;
  const hub = rules.hubName(user);
  if (mapped === undefined && rules.mapTargets.has(hub.name))
    return refuse('user-ambiguous', 'the name is a target of user.map');
  if (!rules.pattern.test(user)) return refuse('user-invalid', 'the name does not fit user.pattern');
  if (rules.reserved.has(user.toLowerCase())) return refuse('user-invalid', 'the name is in user.reserved');
  if (dotSegment.test(hub.name)) return refuse('user-invalid', 'the name is no segment of a path at the hub');
  if (!hub.exact && mapped === undefined) return refuse('user-ambiguous', "the hub's authenticator folds the name");
  return unicodeFault(user, rules) ?? { ...proof, user, hubUser: hub.name, rawNames: [raw] };
}

/** A token proves the same user as long as it holds. */
const mappedUser = derived((rules: UserRules) => derived((proof: Proof) => mapUser(proof, rules)));

const noExtra: ReadonlyMap<string, readonly string[]> = new Map();

/** From the one that only who made the request can have shown to the one that comes along by itself. */
const firmness: readonly ProofCarrier[] = ['authorization', 'subprotocol', 'header', 'cookie'];

function firmer(one: Proof, other: Proof): ProofCarrier {
  return firmness.find(carrier => carrier === one.carrier || carrier === other.carrier) ?? 'cookie';
}

/** When the proof counts no more; milliseconds since the epoch. */
export function endOf({ expiresAt, holdsUntil }: Proof): number {
  return holdsUntil ?? expiresAt;
}

/** What two proofs of one user say together: a rule that speaks against either holds, and neither hides the other's data. */
function merge(one: Identity, other: Identity): Identity {
  const { credential, claims, uid = '', extra = noExtra } = one.credential === 'assertion' ? other : one;
  return {
    ...one,
    credential,
    carrier: firmer(one, other),
    groups: [...new Set([...one.groups, ...other.groups])],
    uid,
    extra,
    claims,
    asserted: new Map([...other.asserted, ...one.asserted]),
    rawNames: [...one.rawNames, ...other.rawNames],
    expiresAt: Math.min(one.expiresAt, other.expiresAt),
    holdsUntil: Math.min(endOf(one), endOf(other)),
  };
}

/** All proofs must name one user. */
export function agree(proofs: readonly Proof[], rules: UserRules): Identity | undefined | Refusal {
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

/**
 * The end of stage 4: the hub's own tokens beside the proof are this user's, or do not go up; a program's proof may become one. It
 * may ask the hub, so it waits until stage 5 has let the user in.
 */
export function settleIdentity(
  mapped: MappedRequest,
  policy: Policy,
  look: Look,
): IdentifiedRequest | Refusal | Lookup {
  const { request, identity, hubToken } = mapped;
  if (identity === undefined) return { ...mapped } as IdentifiedRequest;
  const own = settleHubTokens(request, identity, hubToken, look);
  const settled = 'use' in own && own.use === 'none' ? exchangeToken(request, identity, policy, look) : own;
  return 'use' in settled ? ({ request, identity, hubToken: settled } as IdentifiedRequest) : settled;
}
