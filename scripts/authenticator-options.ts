/** JupyterHub's own authenticator options, and whether header authenticators get to them; test/hub sees each on real hubs. */

/** `hub`: the hub honours it; `no`: the plugin gets past it; `-`: that release has no such option, or no such plugin. */
export type Reached = 'hub' | 'no' | '-';

/** How a plugin logs in: with a handler of its own that sets the cookie, or through the hub's `login_user`. */
export type PluginKind = 'own' | 'login';

/** One option. */
export type OptionRow = {
  readonly option: string;
  /** On JupyterHub 6.1.1 and on 0.9.6. */
  readonly own: readonly [now: Reached, old: Reached];
  readonly login: readonly [now: Reached, old: Reached];
  /** What stands in its place, or what to know. */
  readonly instead: string;
};

/** In the order of the page. */
export const optionRows: readonly OptionRow[] = [
  {
    option: 'admin_users',
    own: ['hub', 'hub'],
    login: ['hub', 'hub'],
    instead:
      "The gate makes nobody an admin. Names are the hub's, so encoded ones, and the hub lower-cases them: for jhub_remote_auth_mount, whose names are upper case, write `username_map` from the lower-case to the real name beside it, or nobody is one",
  },
  {
    option: 'allowed_users',
    own: ['no', 'no'],
    login: ['hub', 'hub'],
    instead:
      'By the gate: `user.allow`. On 0.9.6 it is called `whitelist`; jhub_remote_login 0.2.119 reads that one itself',
  },
  {
    option: 'allow_all',
    own: ['no', '-'],
    login: ['hub', '-'],
    instead: 'From JupyterHub 5 on HeaderAuthenticator lets nobody in without it: true, and the gate decides',
  },
  {
    option: 'blocked_users',
    own: ['no', 'no'],
    login: ['hub', 'hub'],
    instead:
      'By the gate: `user.deny`. On 0.9.6 it is called `blacklist`. From JupyterHub 5 on every start takes the rights of the blocked whom its database knows',
  },
  {
    option: 'username_map',
    own: ['no', 'no'],
    login: ['hub', 'hub'],
    instead: "By the gate: `user.map`. Leave it empty at the hub: the gate would not know the hub's name of the user",
  },
  {
    option: 'username_pattern',
    own: ['no', 'no'],
    login: ['hub', 'hub'],
    instead: 'By the gate: `user.pattern`. A start of the hub looks at it for all users of its database',
  },
  {
    option: 'post_auth_hook',
    own: ['no', '-'],
    login: ['hub', '-'],
    instead: 'Where it is not reached, `c.Spawner.pre_spawn_hook` is: it sees the user before every server',
  },
  {
    option: 'enable_auth_state',
    own: ['no', 'no'],
    login: ['hub', 'hub'],
    instead: 'HeaderAuthenticator keeps data and mount in it; jhub_remote_auth_mount keeps the mount in memory instead',
  },
  {
    option: 'auth_refresh_age',
    own: ['hub', '-'],
    login: ['hub', '-'],
    instead:
      'The hub asks, and every plugin says that all is well: what ends is the proof, which the gate checks at every request',
  },
  { option: 'refresh_pre_spawn', own: ['hub', '-'], login: ['hub', '-'], instead: 'As auth_refresh_age' },
  {
    option: 'auto_login',
    own: ['hub', 'hub'],
    login: ['hub', 'no'],
    instead:
      'True, so that who logs out gets a page and is not logged in again at once. jhub_remote_login 0.2.10 and jhub-authenticators 0.1.1 have a logout of their own, which leads back in',
  },
  {
    option: 'delete_invalid_users',
    own: ['hub', '-'],
    login: ['hub', '-'],
    instead:
      'At a start of the hub: with a username_pattern, or a local authenticator and no accounts, it deletes users whom the gate let in. On 0.9.6 no configuration can set it',
  },
  {
    option: 'login_url',
    own: ['hub', 'hub'],
    login: ['hub', 'hub'],
    instead: 'A method and no setting. A subclass that changes it has to be told to the gate: `inject.user.paths`',
  },
  {
    option: 'logout_url',
    own: ['hub', 'hub'],
    login: ['hub', 'hub'],
    instead: 'A method and no setting; leave it at /hub/logout',
  },
  {
    option: 'LocalAuthenticator.create_system_users',
    own: ['no', 'no'],
    login: ['-', 'hub'],
    instead:
      "Not at logins: adding a user by the admin panel or the API makes the account, and so does a start of the hub for all users of its database. Else an account is the spawner's matter",
  },
  {
    option: 'LocalAuthenticator.add_user_cmd',
    own: ['no', 'no'],
    login: ['-', 'hub'],
    instead: "As create_system_users; it gets the hub's name, so an encoded one",
  },
  {
    option: 'LocalAuthenticator.uids',
    own: ['no', '-'],
    login: ['-', '-'],
    instead: "As create_system_users; by the hub's name",
  },
  {
    option: 'LocalAuthenticator.allowed_groups',
    own: ['no', 'no'],
    login: ['-', 'hub'],
    instead: 'By the gate: `user.allow.groups`, of the groups in the proof. On 0.9.6 it is called `group_whitelist`',
  },
  ...['service', 'encoding', 'open_sessions', 'check_account', 'admin_groups', 'pam_normalize_username'].map(
    (name): OptionRow => ({
      option: `PAMAuthenticator.${name}`,
      own: ['no', 'no'],
      login: ['no', 'no'],
      instead: 'No header authenticator asks PAM',
    }),
  ),
];
