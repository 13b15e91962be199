/** From a proved name to a user of the hub. */

/** How a proved name becomes the hub's user name. Names are in NFC. */
export interface UserConfig {
  readonly lowercase: boolean;
  /** Names beyond ASCII are taken. */
  readonly unicode: boolean;
  readonly map: ReadonlyMap<string, string>;
  /** Source of a regular expression, anchored at both ends, for the `u` flag. */
  readonly pattern: string;
  readonly reserved: readonly string[];
  /** Both lists empty: everyone that is proved. */
  readonly allow: UserList;
  readonly deny: UserList;
}

/** Users and groups by name. */
export interface UserList {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}
