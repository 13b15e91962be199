/** The hub's authenticators as data: which header each reads, where, and what it makes of a name (design 5). */
import type { PresetName } from '../config/sections/hub.ts';
import type { HubName, NamedInBodies } from '../gate/policy.ts';
import type { DataEncoding } from './data-text.ts';
import type { MountEncoding } from './mount.ts';
import { type NameEncoding, wireName } from './wire-name.ts';

/** One endpoint of the hub that reads injected fields. */
export interface Endpoint {
  /** Below baseUrl. */
  readonly path: string;
  /** Absent: any. */
  readonly method?: 'GET' | 'POST';
}

/** What the gate has to know about one authenticator. */
export interface Preset {
  /** The identity header's name, unless the config says another; null: the plugin reads none. */
  readonly userHeader: string | null;
  /** Where each field is read, unless the config names other paths; those are spoken to with the first one's method. */
  readonly reads: Readonly<Record<'user' | 'mount' | 'data', readonly [Endpoint, ...Endpoint[]]>>;
  /** The header with a token of the user's own at the hub, which the plugin asks the hub about; null: none. */
  readonly mintedTokenHeader: string | null;
  /** What no browser speaks to by itself: with `deliver: onLogin` the gate does, and no client may. Null: there is none. */
  readonly delivery: Endpoint | null;
  /** Paths below baseUrl that no client may speak to. */
  readonly refusedPaths: readonly string[];
  /** Where the plugin would believe a body about the user. */
  readonly namedInBodies: NamedInBodies;
  readonly mountEncoding: MountEncoding;
  readonly dataEncoding: DataEncoding;
  readonly nameEncoding: NameEncoding;
  readonly hubName: HubName;
}

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 §6 without padding, as the plugin cuts it: of the UTF-8 bytes of what Tornado read. */
function base32Name(read: string): string {
  const bits = Array.from(Buffer.from(read, 'utf8'), byte => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map(group => base32.charAt(Number.parseInt(group.padEnd(5, '0'), 2))).join('');
}

/** jhub_remote_auth_mount: base32 loses nothing, so two names never become one. Beyond ASCII it is UTF-8 twice over. */
const encoded: HubName = user => ({ name: base32Name(wireName(user, 'utf-8') ?? user), exact: true });

/** The hub's own `normalize_username` lower-cases. */
const lowerCased: HubName = user => ({ name: user.toLowerCase(), exact: user === user.toLowerCase() });

/** Left alone by the plugin, but a database of the hub may find `alice` for `Alice`. */
const letterCaseKept: HubName = user => ({ name: user, exact: user === user.toLowerCase() });

const untouched: HubName = user => ({ name: user, exact: true });

/**
 * jhub_remote_login 0.2.10 and jhub-authenticators 0.1.1 (`re.sub('[\\W_]+', '')` of the name in lower case, then base32); the hub
 * lower-cases what they make. Python's `\w` is letters and numbers of every script.
 */
const lettersAndDigits: HubName = user => {
  const kept = user.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  return { name: base32Name(kept).toLowerCase(), exact: kept === user };
};

const login: Endpoint = { path: '/hub/login', method: 'GET' };

const nowhere: NamedInBodies = { loginForm: false, tokenRequest: false };

/** Its handler gives a token, and a login cookie, to whom `authenticate` finds in the body; hub 2.0 took it out. */
const oldTokenRequest = '/hub/api/authorizations/token';

/** What most plugins are like: the name and all else on the login page, and nothing in bodies. */
const onLogin = {
  userHeader: 'Remote-User',
  reads: { user: [login], mount: [login], data: [login] },
  mintedTokenHeader: null,
  delivery: null,
  refusedPaths: [],
  namedInBodies: nowhere,
  mountEncoding: 'python',
  dataEncoding: 'plain',
} as const satisfies Partial<Preset>;

const remoteAuthMount: Preset = { ...onLogin, nameEncoding: 'utf-8', hubName: encoded };

const mountPost: Endpoint = { path: '/hub/mount', method: 'POST' };

const dataPost: Endpoint = { path: '/hub/data', method: 'POST' };

const inTokenRequests: NamedInBodies = { loginForm: false, tokenRequest: true };

/**
 * What these make the hub's name is what Tornado read as latin-1. Their `authenticate` takes the name out of whatever the hub hands
 * it: fields of the login's, or the JSON of a request for a token.
 */
const remoteLogin: Preset = {
  ...onLogin,
  refusedPaths: [oldTokenRequest],
  namedInBodies: inTokenRequests,
  nameEncoding: 'latin-1',
  hubName: lettersAndDigits,
};

const remoteLoginData: Preset = {
  ...remoteLogin,
  reads: { user: [login], mount: [login], data: [dataPost] },
  delivery: dataPost,
  dataEncoding: 'python',
};

/** The table, by the name that `hub.authenticator` writes. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  'jhub_remote_auth_mount.RemoteUserAuthenticator': remoteAuthMount,
  'jhub_remote_auth_mount.RemoteUserLocalAuthenticator': remoteAuthMount,
  'jhub_remote_auth_mount.MountRemoteUserAuthenticator': {
    ...remoteAuthMount,
    reads: { user: [login, mountPost], mount: [mountPost], data: [login] },
    delivery: mountPost,
  },
  'jhub_remote_login.DataRemoteUserAuthenticator': remoteLoginData,
  'jhub_authenticators.DataRemoteUserAuthenticator': remoteLoginData,
  // Of these two `authenticate` is not implemented: a subclass in the hub's configuration has to be.
  'jhub_remote_login.RemoteUserAuthenticator@0.2.10': remoteLogin,
  'jhub_remote_login.RemoteUserLocalAuthenticator': remoteLogin,
  'jhub_remote_login.RemoteUserAuthenticator': {
    ...onLogin,
    userHeader: 'username',
    mintedTokenHeader: 'token',
    nameEncoding: 'latin-1',
    hubName: letterCaseKept,
  },
  'jhub_remote_login.DummyAuthenticator': {
    ...onLogin,
    userHeader: null,
    refusedPaths: [oldTokenRequest],
    namedInBodies: { loginForm: true, tokenRequest: true },
    nameEncoding: 'utf-8',
    hubName: lowerCased,
  },
  'jhubauthenticators.HeaderAuthenticator': {
    ...onLogin,
    refusedPaths: ['/hub/set-user-data'],
    // It looks for its headers in what the hub hands it, which at a request for a token is the body.
    namedInBodies: inTokenRequests,
    mountEncoding: 'json',
    nameEncoding: 'latin-1',
    hubName: lowerCased,
  },
  // Its default is REMOTE_USER, which no proxy passes on; the hub's side of the set-up names Remote-User.
  'jhub_remote_user_authenticator.RemoteUserAuthenticator': {
    ...onLogin,
    nameEncoding: 'latin-1',
    hubName: letterCaseKept,
  },
  custom: {
    ...onLogin,
    // What it makes of a body is not known, and who has logged in needs none to get a token.
    refusedPaths: [oldTokenRequest],
    namedInBodies: inTokenRequests,
    reads: { user: [{ path: '/hub/login' }], mount: [{ path: '/hub/login' }], data: [{ path: '/hub/login' }] },
    nameEncoding: 'utf-8',
    hubName: untouched,
  },
};

/** Paths below baseUrl that no client may speak to: the preset's own, and what the gate delivers to. */
export function refusedPathsOf({ refusedPaths, delivery }: Preset, deliver: 'onLogin' | 'never'): ReadonlySet<string> {
  return new Set(delivery !== null && deliver === 'onLogin' ? [...refusedPaths, delivery.path] : refusedPaths);
}

/** Width of the hub's column for users' names. */
const longestHubName = 255;

/** Whether the plugin gets the user's name, and the hub can keep what it makes of it. */
export function carriesName({ nameEncoding, hubName }: Preset, user: string): boolean {
  return wireName(user, nameEncoding) !== null && hubName(user).name.length <= longestHubName;
}
