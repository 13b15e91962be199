/** `user`: how a proved name becomes the hub's user name. */
import type { UserConfig, UserList } from '../config.ts';
import { patternFault } from '../pattern.ts';
import { dictionary, flag, group, keyOr, later, list, type Shape, shaped, text } from '../shape.ts';

const RESERVED = ['root', '(null)', 'null', 'none', 'undefined', 'unknown', 'anonymous', '-'];
/** What a name must match unless the config says otherwise. */
export const DEFAULT_PATTERN = '^[a-z0-9][a-z0-9._-]{0,62}$';
const userName = text('a user name (quoted where it is a number)');

const namesShape: Shape<UserList> = group({
  users: keyOr('User names, after mapping', list('a list of user names', userName), []),
  groups: keyOr('Group names, with their prefix', list('a list of group names', text('a group name')), []),
});

const fields = group({
  lowercase: keyOr('Names are made lower case first', flag(), true),
  unicode: later('Names beyond ASCII', false),
  map: keyOr(
    "The hub's name for a proved one, as JupyterHub's username_map",
    dictionary('a map from proved names to user names', userName, userName),
    {},
  ),
  pattern: keyOr(
    "What a name must match, as JupyterHub's username_pattern; anchored",
    text('a regular expression between ^ and $', patternFault),
    DEFAULT_PATTERN,
  ),
  reserved: keyOr('Names that nobody gets', list('a list of user names', userName), RESERVED),
  allow: keyOr('Who may come in; both lists empty: everyone that is proved', namesShape, {}),
  deny: keyOr('Who may not, by the raw name too', namesShape, {}),
});

/** The rules on names, in the order in which they apply. */
export const userShape: Shape<UserConfig> = shaped(fields, ({ unicode, ...user }) => user);
