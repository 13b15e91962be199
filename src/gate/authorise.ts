/** Stage 5: may this user, proved as they are, do this? */
import { valuesOf } from '../http/field.ts';
import { workaroundFault } from './hub/hub-workarounds.ts';
import type { MappedRequest } from './map-identity.ts';
import type { Policy, UserRules } from './policy.ts';
import type { Identity } from './proof.ts';
import { type Refusal, refuse, refuseWithAudit } from './reasons.ts';
import { siteFault } from './request/foreign-page.ts';
import { originAt } from './request/user-hosts.ts';
import type { SanitisedRequest } from './stages.ts';

function isInGroup(groups: ReadonlySet<string>, identity: Identity): boolean {
  return identity.groups.some(group => groups.has(group));
}

/** Under any of the user's names: as proved, as mapped, and as the hub folds it. */
function isDeniedByName({ user, hubUser, rawNames }: Identity, { deny, deniedHubUsers }: UserRules): boolean {
  const byRawName = rawNames.some(raw => deny.users.has(raw) || deny.users.has(raw.toLowerCase()));
  return deny.users.has(user) || byRawName || deniedHubUsers.has(hubUser);
}

function isAllowed(identity: Identity, { allow }: UserRules): boolean {
  const everyone = allow.users.size === 0 && allow.groups.size === 0;
  return everyone || allow.users.has(identity.user) || isInGroup(allow.groups, identity);
}

/** The list in the config that keeps the user out; null where none does. */
export function decidingList(identity: Identity, rules: UserRules): string | null {
  if (rules.deny.users.size > 0 && isDeniedByName(identity, rules)) return 'user.deny.users';
  if (isInGroup(rules.deny.groups, identity)) return 'user.deny.groups';
  return isAllowed(identity, rules) ? null : 'user.allow';
}

/**
 * A page of another origin can open a WebSocket with this origin's cookies (CSWSH, CVE-2024-28179), and a client that
 * sends no Origin may be believed only when its proof can not have been added by a browser or a proxy.
 */
function checkOrigin(request: SanitisedRequest, proved: boolean, policy: Policy): Refusal | null {
  const origins = valuesOf(request.fields, 'origin');
  if (origins.length > 1) return refuse('request-ambiguous', 'more than one Origin');
  const [origin] = origins;
  if (origin === undefined)
    return proved ? null : refuse('origin-refused', 'no Origin, and the proof may have come by itself');
  return origin === originAt(request.userHost, policy) || policy.webSocketOrigins.has(origin)
    ? null
    : refuse('origin-refused');
}

const shownByMaker: ReadonlySet<string | undefined> = new Set(['authorization', 'subprotocol']);

/** Stage 5; null when nothing speaks against it. */
export function authorise(mapped: MappedRequest, policy: Policy): Refusal | null {
  const { identity, request, hubToken } = mapped;
  const list = identity === undefined ? null : decidingList(identity, policy.user);
  if (list !== null) return refuseWithAudit('not-allowed', list);
  const fault = workaroundFault(mapped, policy);
  if (fault !== null) return fault;
  if (request.upgrade === null) return siteFault(request, identity?.carrier, policy);
  const isShown = shownByMaker.has(identity?.carrier) || hubToken.use === 'alone' || request.place.public;
  return checkOrigin(request, isShown, policy);
}
