/** Rules on user names: what is written must be what names become. */

import { namePattern } from '../pattern.ts';
import type { Finding } from '../problems.ts';
import type { ReadableConfig } from '../readable.ts';
import type { UserConfig } from '../sections/user.ts';

const UPPER_CASE = 'has upper case letters and so never matches, expected lower case (user.lowercase is true)';
const BEYOND_ASCII = 'has characters beyond ASCII and so never matches, expected ASCII (user.unicode is false)';
const UNMATCHED = 'does not match user.pattern and so never matches, expected the name after user.map';

/** White space and control characters (C0, DEL, C1), whatever a pattern lets through. */
const UNFIT = /[\s\x00-\x1f\x7f-\x9f]/;

const isAscii = (name: string): boolean => /^[\x00-\x7f]*$/.test(name);

function fits(name: string, { pattern }: UserConfig): boolean {
  return namePattern(pattern).test(name);
}

function neverMet(name: string, { lowercase, unicode }: UserConfig): string | null {
  if (!unicode && !isAscii(name)) return BEYOND_ASCII;
  return lowercase && name !== name.toLowerCase() ? UPPER_CASE : null;
}

function targetFault(to: string, user: UserConfig): string | null {
  if (!user.unicode && !isAscii(to)) return 'maps to a name beyond ASCII, expected ASCII (user.unicode is false)';
  if (!fits(to, user)) return 'does not match user.pattern, expected a user name that does';
  if (UNFIT.test(to)) return 'holds a space or a control character, expected a user name without';
  const isReserved = user.reserved.some(name => name.toLowerCase() === to.toLowerCase());
  return isReserved ? 'is in user.reserved, expected another user name' : null;
}

function ofMap(user: UserConfig): Finding[] {
  return [...user.map].flatMap(([from, to]) => {
    const faults = [neverMet(from, user), targetFault(to, user)].filter(fault => fault !== null);
    return faults.map(message => ({ path: ['user', 'map', from], message }));
  });
}

function neverAllowed(name: string, user: UserConfig): string | null {
  return neverMet(name, user) ?? (fits(name, user) ? null : UNMATCHED);
}

function ofLists(user: UserConfig): Finding[] {
  // Raw names are denied too, and they match no pattern.
  const lists = [
    ['allow', user.allow, neverAllowed],
    ['deny', user.deny, neverMet],
  ] as const;
  return lists.flatMap(([list, { users }, faultOf]) =>
    users.flatMap((name, index) => {
      const message = faultOf(name, user);
      return message === null ? [] : [{ path: ['user', list, 'users', index], message }];
    }),
  );
}

/** Every name in `map`, `allow` and `deny` can be met. */
export function namesMet({ user }: ReadableConfig): Finding[] {
  return user === undefined ? [] : [...ofMap(user), ...ofLists(user)];
}
