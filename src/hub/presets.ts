/** The hub's authenticators as data: which header each reads, where, and what it makes of a name (design 5). */
import type { PresetName } from '../config/config.ts';
import type { HubName } from '../gate/policy.ts';
import type { MountEncoding } from './mount.ts';
import { type NameEncoding, wireName } from './wire-name.ts';

/** What the gate has to know about one authenticator. */
export interface Preset {
  /** The identity header's name, unless the config says another. */
  readonly userHeader: string;
  /** Paths below baseUrl that read the injected headers; all of them on GET alone, but for `custom`. */
  readonly paths: readonly string[];
  readonly method: 'GET' | undefined;
  /** Paths below baseUrl that no client may speak to. */
  readonly refusedPaths: readonly string[];
  readonly mountEncoding: MountEncoding;
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

const remoteAuthMount: Preset = {
  userHeader: 'Remote-User',
  paths: ['/hub/login'],
  method: 'GET',
  refusedPaths: [],
  mountEncoding: 'python',
  nameEncoding: 'utf-8',
  hubName: encoded,
};

/** The table, by the name that `hub.authenticator` writes. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  'jhub_remote_auth_mount.RemoteUserAuthenticator': remoteAuthMount,
  'jhub_remote_auth_mount.RemoteUserLocalAuthenticator': remoteAuthMount,
  'jhubauthenticators.HeaderAuthenticator': {
    userHeader: 'Remote-User',
    paths: ['/hub/login'],
    method: 'GET',
    refusedPaths: ['/hub/set-user-data'],
    mountEncoding: 'json',
    nameEncoding: 'latin-1',
    hubName: lowerCased,
  },
  'jhub_remote_user_authenticator.RemoteUserAuthenticator': {
    // Its default is REMOTE_USER, which no proxy passes on; the hub's side of the set-up names this one.
    userHeader: 'Remote-User',
    paths: ['/hub/login'],
    method: 'GET',
    refusedPaths: [],
    mountEncoding: 'python',
    nameEncoding: 'latin-1',
    hubName: letterCaseKept,
  },
  custom: {
    userHeader: 'Remote-User',
    paths: ['/hub/login'],
    method: undefined,
    refusedPaths: [],
    mountEncoding: 'python',
    nameEncoding: 'utf-8',
    hubName: untouched,
  },
};

/** Width of the hub's column for users' names. */
const longestHubName = 255;

/** Whether the plugin gets the user's name, and the hub can keep what it makes of it. */
export function carriesName({ nameEncoding, hubName }: Preset, user: string): boolean {
  return wireName(user, nameEncoding) !== null && hubName(user).name.length <= longestHubName;
}
