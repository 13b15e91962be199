/** Rules on user names: what is written must be what names become. */
import type { UserConfig } from '../config.ts';
import type { Finding } from '../problems.ts';
import type { ReadableConfig } from '../readable.ts';

const UPPER_CASE = 'has upper case letters and so never matches, expected lower case (user.lowercase is true)';
const UNMATCHED = 'does not match user.pattern and so never matches, expected the name after user.map';

/** White space and control characters (C0, DEL, C1), whatever a pattern lets through. */
const UNFIT = /[\s\x00-\x1f\x7f-\x9f]/;

function targetFault(to: string, allowed: RegExp, taken: ReadonlySet<string>): string | null {
  if (!allowed.test(to)) return 'does not match user.pattern, expected a user name that does';
  if (UNFIT.test(to)) return 'holds a space or a control character, expected a user name without';
  return taken.has(to.toLowerCase()) ? 'is in user.reserved, expected another user name' : null;
}

function ofMap({ lowercase, map, pattern, reserved }: UserConfig): Finding[] {
  const allowed = new RegExp(pattern, 'u');
  const taken = new Set(reserved.map(name => name.toLowerCase()));
  return [...map].flatMap(([from, to]) => {
    const caseFault = lowercase && from !== from.toLowerCase() ? UPPER_CASE : null;
    const faults = [caseFault, targetFault(to, allowed, taken)].filter(fault => fault !== null);
    return faults.map(message => ({ path: ['user', 'map', from], message }));
  });
}

function ofLists({ lowercase, allow, deny, pattern }: UserConfig): Finding[] {
  const allowed = new RegExp(pattern, 'u');
  const faultOf = (list: string, name: string): string | null => {
    if (lowercase && name !== name.toLowerCase()) return UPPER_CASE;
    // Raw names are denied too, and they match no pattern.
    return list === 'deny' || allowed.test(name) ? null : UNMATCHED;
  };
  return Object.entries({ allow, deny }).flatMap(([list, { users }]) =>
    users.flatMap((name, index) => {
      const message = faultOf(list, name);
      return message === null ? [] : [{ path: ['user', list, 'users', index], message }];
    }),
  );
}

/** Every name in `map`, `allow` and `deny` can be met. */
export function namesMet({ user }: ReadableConfig): Finding[] {
  return user === undefined ? [] : [...ofMap(user), ...ofLists(user)];
}
