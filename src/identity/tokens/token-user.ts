/** From a token's claims to the user: name, groups and what only expressions look at (claimMappings). */
import type { ValueMapping } from '../../config/sections/claims.ts';
import type { UserInfo } from '../../expression/compile.ts';
import { shareWork } from '../../expression/work.ts';
import { type Refusal, refuse } from '../../gate/reasons.ts';
import { weightOf } from '../../http/weight.ts';
import { checkClaimRules, checkUserRules, textOf, textsOf } from './claim-expressions.ts';
import type { IssuerRules } from './issuer-rules.ts';
import type { JsonObject } from './strict-json.ts';
import { checkRequiredClaims } from './token-claims.ts';

/** One plain ASCII address: no quotes, no comment, one `@` (the HTML standard's grammar; CVE-2026-40574). */
const plainAddress =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

const mostAddressCharacters = 254;

const notVerified = refuse('claim-invalid', 'email is not one plain address, or email_verified is not true');

function isPlainAddress(value: unknown): boolean {
  return typeof value === 'string' && value.length <= mostAddressCharacters && plainAddress.test(value);
}

/** One claim's text. */
function claimOf(claims: JsonObject, claim: string): string | Refusal {
  const value = claims[claim];
  return typeof value === 'string' && value !== ''
    ? value
    : refuse('claim-invalid', `claim ${claim} is not a non-empty string`);
}

function usernameOf(claims: JsonObject, { username, unverifiedEmail }: IssuerRules): string | Refusal {
  if ('expression' in username) {
    // Cut out of `root@evil@example.org` it would be another's name. Whether it is verified the expressions say themselves.
    const isOdd = username.expression.claims.has('email') && 'email' in claims && !isPlainAddress(claims['email']);
    if (isOdd) return refuse('claim-invalid', 'email is not one plain address');
    const name = textOf(username.expression, claims, 'claimMappings.username.expression');
    return name === '' ? refuse('claim-invalid', 'claimMappings.username.expression gives an empty text') : name;
  }
  const name = claimOf(claims, username.claim);
  if (typeof name !== 'string') return name;
  const isVerified = unverifiedEmail || claims['email_verified'] === true;
  if (username.claim === 'email' && !(isVerified && isPlainAddress(name))) return notVerified;
  return username.prefix + name;
}

function groupsOf(claims: JsonObject, mapping: ValueMapping | undefined): readonly string[] | Refusal {
  if (mapping === undefined) return [];
  if ('expression' in mapping) return textsOf(mapping.expression, claims, 'claimMappings.groups.expression');
  const { claim, prefix } = mapping;
  const value = claims[claim];
  if (value === undefined) return [];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.every(group => typeof group === 'string')
    ? values.map(group => prefix + group)
    : refuse('claim-invalid', `claim ${claim} is not a list of strings`);
}

function uidOf(claims: JsonObject, mapping: ValueMapping | null): string | Refusal {
  if (mapping === null) return '';
  return 'expression' in mapping
    ? textOf(mapping.expression, claims, 'claimMappings.uid.expression')
    : claimOf(claims, mapping.claim);
}

const noExtra: UserInfo['extra'] = new Map();

function extraOf(claims: JsonObject, { extra = [] }: IssuerRules): UserInfo['extra'] | Refusal {
  if (extra.length === 0) return noExtra;
  const values = new Map<string, readonly string[]>();
  for (const [index, { key, expression }] of extra.entries()) {
    const texts = textsOf(expression, claims, `claimMappings.extra[${index}].valueExpression`);
    if ('reason' in texts) return texts;
    if (texts.length > 0) values.set(key, texts);
  }
  return values;
}

/** Bytes of what mappings made of a token. */
export function weightOfUser({ username, groups, uid, extra }: Partial<UserInfo>): number {
  return weightOf(username) + weightOf(groups) + weightOf(uid) + weightOf(extra);
}

/** A rule against a name speaks of its user, however the token spells it: capitals must not lead past it. */
function userFault(user: UserInfo, rules: IssuerRules): Refusal | null {
  const username = rules.spelled?.(user.username) ?? user.username;
  const fault = checkUserRules(user, rules);
  return fault !== null || username === user.username ? fault : checkUserRules({ ...user, username }, rules);
}

/** The user that the claims name, when the rules on users let it. */
function tokenUser(claims: JsonObject, rules: IssuerRules): UserInfo | Refusal {
  const username = usernameOf(claims, rules);
  if (typeof username !== 'string') return username;
  const groups = groupsOf(claims, rules.groups);
  if ('reason' in groups) return groups;
  const uid = uidOf(claims, rules.uid ?? null);
  if (typeof uid !== 'string') return uid;
  const extra = extraOf(claims, rules);
  if ('reason' in extra) return extra;
  const user = { username, groups, uid, extra };
  return userFault(user, rules) ?? user;
}

/** The user whom claims that hold in time prove, when nobody has revoked them and every rule takes them. */
export function userProved(claims: JsonObject, rules: IssuerRules): UserInfo | Refusal {
  return shareWork(
    () =>
      rules.revoked?.(claims) ??
      checkRequiredClaims(claims, rules) ??
      checkClaimRules(claims, rules) ??
      tokenUser(claims, rules),
  );
}
