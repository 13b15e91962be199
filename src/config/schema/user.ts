/** `user`: how a proved name becomes the hub's user name. */

import { patternFault } from '../pattern.ts';
import type { UserConfig, UserList } from '../sections/user.ts';
import { dictionary, flag, group, keyOr, keyOrNull, list, type Shape, shaped, text } from '../shape.ts';

const RESERVED = ['root', '(null)', 'null', 'none', 'undefined', 'unknown', 'anonymous', '-'];
const ASCII_PATTERN = '^[a-z0-9][a-z0-9._-]{0,62}$';

/** The same with the letters and digits of every script, and the marks that some of them need. */
const UNICODE_PATTERN = String.raw`^[\p{Ll}\p{Lm}\p{Lo}\p{Nd}][\p{Ll}\p{Lm}\p{Lo}\p{M}\p{Nd}._-]{0,62}$`;

/** What a name must match unless the config says otherwise. */
export function defaultPattern(unicode: boolean): string {
  return unicode ? UNICODE_PATTERN : ASCII_PATTERN;
}

const userName = text('a user name (quoted where it is a number)');

const namesShape: Shape<UserList> = group({
  users: keyOr('User names, after mapping', list('a list of user names', userName), []),
  groups: keyOr('Group names, with their prefix', list('a list of group names', text('a group name')), []),
});

/** Keys are compared in NFC: two spellings of one name would be two answers to one question. */
const userMap = dictionary('a map from proved names to user names', userName, userName).check(context => {
  const seen = new Set<string>();
  for (const from of context.value.keys()) {
    const name = from.normalize('NFC');
    const message = 'is one name with another key, in other code points, expected it once';
    if (seen.has(name)) context.issues.push({ code: 'custom', path: [from], message, input: context.value });
    seen.add(name);
  }
});

const fields = group({
  lowercase: keyOr('Names are made lower case first', flag(), true),
  unicode: keyOr('Names beyond ASCII too, in NFC; never invisible, of mixed scripts, or alike', flag(), false),
  map: keyOr("The hub's name for a proved one, as JupyterHub's username_map", userMap, {}),
  pattern: keyOrNull(
    `What a name must match, as JupyterHub's username_pattern; anchored. Left out: ${ASCII_PATTERN}, with unicode ${UNICODE_PATTERN}`,
    text('a regular expression between ^ and $', patternFault),
  ),
  reserved: keyOr('Names that nobody gets', list('a list of user names', userName), RESERVED),
  allow: keyOr('Who may come in; both lists empty: everyone that is proved', namesShape, {}),
  deny: keyOr('Who may not, by the raw name too', namesShape, {}),
});

const composed = (names: readonly string[]): string[] => names.map(name => name.normalize('NFC'));

const composedList = ({ users, groups }: UserList): UserList => ({ users: composed(users), groups });

/** The rules on names, in the order in which they apply. */
export const userShape: Shape<UserConfig> = shaped(fields, ({ map, pattern, reserved, allow, deny, ...user }) => ({
  ...user,
  map: new Map([...map].map(([from, to]) => [from.normalize('NFC'), to.normalize('NFC')])),
  pattern: pattern ?? defaultPattern(user.unicode),
  reserved: composed(reserved),
  allow: composedList(allow),
  deny: composedList(deny),
}));
