/** From a token's claims to the user's name and groups (claimMappings). */
import { type Refusal, refuse } from '../gate/reasons.ts';
import type { IssuerRules } from './issuer-rules.ts';
import type { JsonObject } from './strict-json.ts';

/** Whom a token names, prefixes included. */
export interface TokenUser {
  readonly username: string;
  readonly groups: readonly string[];
}

/** One plain ASCII address: no quotes, no comment, one `@` (the HTML standard's grammar; CVE-2026-40574). */
const plainAddress =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

const mostAddressCharacters = 254;

function isVerifiedAddress(value: string, claims: JsonObject, rules: IssuerRules): boolean {
  if (value.length > mostAddressCharacters || !plainAddress.test(value)) return false;
  return rules.unverifiedEmail || claims['email_verified'] === true;
}

function usernameOf(claims: JsonObject, rules: IssuerRules): string | Refusal {
  const { claim, prefix } = rules.username;
  const value = claims[claim];
  if (typeof value !== 'string' || value === '') {
    return refuse('claim-invalid', `claim ${claim} is not a non-empty string`);
  }
  if (claim === 'email' && !isVerifiedAddress(value, claims, rules)) {
    return refuse('claim-invalid', 'email is not one plain address, or email_verified is not true');
  }
  return prefix + value;
}

function groupsOf(claims: JsonObject, rules: IssuerRules): readonly string[] | Refusal {
  if (rules.groups === undefined) return [];
  const { claim, prefix } = rules.groups;
  const value = claims[claim];
  if (value === undefined) return [];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.every(group => typeof group === 'string')
    ? values.map(group => prefix + group)
    : refuse('claim-invalid', `claim ${claim} is not a list of strings`);
}

/** The user that the claims name. */
export function tokenUser(claims: JsonObject, rules: IssuerRules): TokenUser | Refusal {
  const username = usernameOf(claims, rules);
  if (typeof username !== 'string') return username;
  const groups = groupsOf(claims, rules);
  return 'reason' in groups ? groups : { username, groups };
}
