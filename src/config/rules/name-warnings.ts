/** What is allowed of the names of users and groups, but seldom meant. */
import type { Config } from '../config.ts';
import { namePattern, reachesBeyondAscii, reachesBeyondLatin1 } from '../pattern.ts';
import type { Finding } from '../problems.ts';
import { defaultPattern } from '../schema/user.ts';
import type { ValueMapping } from '../sections/claims.ts';
import type { PresetName } from '../sections/hub.ts';
import type { IntrospectionConfig } from '../sections/introspection.ts';
import type { JwtConfig } from '../sections/jwt.ts';

/** Entries that map claims, each with its list and its place there. */
function mappingEntries({ jwt, introspection }: Pick<Config, 'jwt' | 'introspection'>) {
  const entriesOf = (list: 'jwt' | 'introspection', entries: readonly (JwtConfig | IntrospectionConfig)[]) =>
    entries.map(({ namespace, claimMappings }, index) => ({ list, index, namespace, claimMappings }));
  return [...entriesOf('jwt', jwt), ...entriesOf('introspection', introspection)];
}

/** Directories that can give a group, by namespace; without one, an entry is a directory of its own. */
function directoriesOf(group: string, config: Config): Set<string> {
  const { sso } = config;
  const tokens = mappingEntries(config).map(({ list, index, namespace, claimMappings }) => ({
    directory: namespace === null ? `${list}[${index}]` : `namespace ${namespace}`,
    gives: group.startsWith(claimMappings.groups.prefix),
  }));
  const proxies = sso.map(({ namespace, headers }, index) => ({
    directory: namespace === null ? `sso[${index}]` : `namespace ${namespace}`,
    gives: headers.groups !== null,
  }));
  return new Set([...tokens, ...proxies].filter(({ gives }) => gives).map(({ directory }) => directory));
}

/** A group of one directory must not open the door to another's (attack S5). */
export function groupsMeet(config: Config): Finding[] {
  const message =
    "can be given by more than one directory, expected a claimMappings.groups.prefix that keeps the others' apart";
  return config.user.allow.groups.flatMap((group, index) =>
    directoriesOf(group, config).size > 1 ? [{ path: ['user', 'allow', 'groups', index], message }] : [],
  );
}

/** Presets whose plugin takes everything but letters and digits out of a name. */
const LETTERS_AND_DIGITS: ReadonlySet<PresetName> = new Set<PresetName>([
  'jhub_remote_login.DataRemoteUserAuthenticator',
  'jhub_authenticators.DataRemoteUserAuthenticator',
  'jhub_remote_login.RemoteUserAuthenticator@0.2.10',
  'jhub_remote_login.RemoteUserLocalAuthenticator',
]);

const REFUSED = 'are refused unless user.map settles them';

/** What becomes of capital letters. */
const CAPITALS: ReadonlyMap<PresetName, string> = new Map<PresetName, string>([
  ['jhubauthenticators.HeaderAuthenticator', REFUSED],
  ['jhub_remote_user_authenticator.RemoteUserAuthenticator', REFUSED],
  ['jhub_remote_login.RemoteUserAuthenticator', REFUSED],
  ['jhub_remote_login.DummyAuthenticator', REFUSED],
  ...[...LETTERS_AND_DIGITS].map(preset => [preset, REFUSED] as const),
  ['custom', 'may become one user with those in lower case'],
]);
const SAMPLES = 'A AB Ab aB A1 Alice ALICE Alice.Smith Alice-Smith Alice@example.org Änne Иван Ελένη'.split(' ');

/** Hubs make names lower case or may take them for it, but for those whose plugin encodes them first (attack M2). */
export function capitalsLost({ hub, user }: Config): Finding[] {
  const fate = CAPITALS.get(hub.authenticator.preset);
  const pattern = namePattern(user.pattern);
  if (fate === undefined || user.lowercase || !SAMPLES.some(name => pattern.test(name))) return [];
  const message = `admits capital letters, which tell no users apart at the hub, expected user.lowercase: true: such users ${fate}`;
  return [{ path: ['user', 'pattern'], message }];
}

/** Names with each of the characters that people's names have at their places of work. */
const MARKED = ['.', '-', '_', '@', '+', "'"].flatMap(mark => [
  `a${mark}b`,
  `alice${mark}smith`,
  `alice.b${mark}smith`,
  `alice${mark}example.org`,
  `Alice${mark}Smith`,
]);

/** `alice.smith` and `alicesmith` are one user of such a hub. */
export function charactersLost({ hub, user }: Config): Finding[] {
  const pattern = namePattern(user.pattern);
  if (!LETTERS_AND_DIGITS.has(hub.authenticator.preset) || !MARKED.some(name => pattern.test(name))) return [];
  const message = `admits characters beside letters and digits, which the plugin of this preset takes out of names, expected ^[a-z0-9]{1,63}$: such users ${REFUSED}`;
  return [{ path: ['user', 'pattern'], message }];
}

/** Those plugins look for Remote-User, whatever their settings say. */
export function userUnread({ hub, inject: { user } }: Config): Finding[] {
  if (!LETTERS_AND_DIGITS.has(hub.authenticator.preset) || user === null) return [];
  const key = user.headerFile === null ? 'header' : 'headerFile';
  if (key === 'header' && (user.header === null || user.header.toLowerCase() === 'remote-user')) return [];
  const message = 'names a header that the plugin of this preset does not read, expected Remote-User: nobody logs in';
  return [{ path: ['inject', 'user', key], message }];
}

/** Whether no name with this prefix, lower-cased as names are by default, fits the pattern. */
function isOutside(pattern: string, prefix: string, name: string): boolean {
  return !namePattern(pattern).test((prefix.toLowerCase() + name).normalize('NFC'));
}

/** Whether a mapping gives the e-mail claim as it is. */
function isAddress(username: ValueMapping): boolean {
  return 'claim' in username ? username.claim === 'email' : username.expression.source.trim() === 'claims.email';
}

/** A prefix or an e-mail address that the default pattern lets nobody in with. */
export function namesUnfit(config: Config): Finding[] {
  const { sso, user } = config;
  const { pattern } = user;
  if (pattern !== defaultPattern(user.unicode) || user.map.size > 0) return [];
  const message = 'gives names that user.pattern refuses, expected a pattern for them, or names in user.map';
  const tokens = mappingEntries(config).map(({ list, index, claimMappings: { username } }) => ({
    path: [list, index, 'claimMappings', 'username'],
    isUnfit: isOutside(pattern, username.prefix, isAddress(username) ? 'a@b.c' : 'a'),
  }));
  const proxies = sso.map(({ prefix }, index) => ({
    path: ['sso', index, 'prefix'],
    isUnfit: isOutside(pattern, prefix, 'a'),
  }));
  return [...tokens, ...proxies].flatMap(({ path, isUnfit }) => (isUnfit ? [{ path, message }] : []));
}

/** Names beyond ASCII are asked for, and a pattern lets none in. */
export function unicodeUnmatched({ user }: Config): Finding[] {
  if (!user.unicode || reachesBeyondAscii(user.pattern)) return [];
  const message =
    'admits ASCII alone, so that user.unicode changes nothing, expected none (there is a default for unicode), or letters beyond';
  return [{ path: ['user', 'pattern'], message }];
}

/** Presets whose plugin takes a name's bytes for latin-1, and makes that the hub's name. */
const LATIN1_NAMES: ReadonlySet<PresetName> = new Set<PresetName>([
  'jhubauthenticators.HeaderAuthenticator',
  'jhub_remote_user_authenticator.RemoteUserAuthenticator',
  'jhub_remote_login.RemoteUserAuthenticator',
  ...LETTERS_AND_DIGITS,
]);

/** Names are let in that the plugin can not be told. */
export function unicodeLost({ hub, user }: Config): Finding[] {
  const isLost = user.unicode && LATIN1_NAMES.has(hub.authenticator.preset) && reachesBeyondLatin1(user.pattern);
  const message =
    'takes names beyond latin-1, which the plugin of this preset can not read: they are refused, expected a user.pattern without them';
  return isLost ? [{ path: ['user', 'unicode'], message }] : [];
}
