/** What only the compiled policy shows of a config: tables that config can not see. */
import type { Config } from '../config/config.ts';
import { compileHubFields } from '../gate/hub/hub-fields.ts';
import { classify } from '../gate/place.ts';
import type { Policy, UnicodeRules } from '../gate/policy.ts';
import { doubtOf, unicodeName } from '../gate/user/unicode-name.ts';
import { foldName } from '../http/field.ts';
import { hostKey } from '../http/host.ts';
import { presets } from '../hub/presets.ts';

const isAscii = (name: string): boolean => /^[\x00-\x7f]*$/.test(name);

/** What only the compiled tables show: a path into the config, and what is wrong there. */
export interface PolicyFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function reservedExtras(config: Config, { reserved }: Policy): PolicyFault[] {
  return config.hub.extraHeaders.flatMap((name, at) =>
    reserved.has(foldName(name))
      ? [{ path: ['hub', 'extraHeaders', at], message: 'is reserved: no client may speak it, expected another name' }]
      : [],
  );
}

const everyClients = compileHubFields([]);

/** What browsers send by themselves is no proxy's word, and the hub reads it for what it is. */
function ordinaryNames({ inject, sso }: Config): PolicyFault[] {
  const { data, mount, user } = inject;
  const written: readonly (readonly [name: string | null | undefined, path: PolicyFault['path']])[] = [
    [user?.header, ['inject', 'user', 'header']],
    [mount?.header, ['inject', 'mount', 'header']],
    ...data.map(({ header }) => [header, ['inject', 'data', header]] as const),
    ...sso.flatMap(({ headers: { username, groups, others } }, entry) =>
      [username, groups, ...others].map(name => [name, ['sso', entry, 'headers']] as const),
    ),
    ...sso.map(
      ({ require }, entry) =>
        [require?.sharedSecret?.header, ['sso', entry, 'require', 'sharedSecret', 'header']] as const,
    ),
  ];
  const message = 'is a field that every client sends, expected one that only the gate or the proxy writes';
  return written.flatMap(([name, path]) => (everyClients.has(foldName(name ?? '')) ? [{ path, message }] : []));
}

/** Two users must not become one user of the hub. */
function foldedTargets(config: Config, { user }: Policy): PolicyFault[] {
  const targets = new Map<string, string>();
  return [...config.user.map].flatMap(([from, to]) => {
    const { name } = user.hubName(to);
    if (name === '') {
      const message = "has nothing that the hub's authenticator keeps, expected letters or digits";
      return [{ path: ['user', 'map', from], message }];
    }
    const other = targets.get(name);
    targets.set(name, other ?? to);
    if (other === undefined || other === to) return [];
    const message = "is made one user with another target by the hub's authenticator, expected names that stay apart";
    return [{ path: ['user', 'map', from], message }];
  });
}

/** Why nobody can be proved under a name; what is ASCII the config's own check has seen. */
function provedFault(name: string): string | null {
  const read = unicodeName(name);
  return typeof read === 'string' || isAscii(name) ? null : read.detail;
}

/** Why nobody can have a name at the hub. */
function hubUserFault(name: string, unicode: UnicodeRules): string | null {
  if (isAscii(name)) return null;
  const fault = provedFault(name);
  if (fault !== null) return fault;
  return unicode.carries(name)
    ? (doubtOf(name, unicode)?.detail ?? null)
    : "the hub's authenticator can not carry the name";
}

/** Names in the lists are those that users can come to have. */
function unicodeNames({ user: { map, allow } }: Config, { user: { unicode } }: Policy): PolicyFault[] {
  if (unicode === null) return [];
  const faults: readonly (readonly [path: PolicyFault['path'], fault: string | null])[] = [
    ...[...map].flatMap(([from, to]) =>
      [provedFault(from), hubUserFault(to, unicode)].map(fault => [['user', 'map', from], fault] as const),
    ),
    ...allow.users.map((name, at) => [['user', 'allow', 'users', at], hubUserFault(name, unicode)] as const),
  ];
  return faults.flatMap(([path, fault]) =>
    fault === null ? [] : [{ path, message: `${fault}, expected another name` }],
  );
}

/** A preset brings its own identity header, so that the config's own check does not see all of them. */
function repeatedInjections(config: Config, { injections }: Policy): PolicyFault[] {
  const [user, ...more] = injections;
  if (
    user === undefined ||
    (config.inject.user === null && presets[config.hub.authenticator.preset].userHeader === null)
  )
    return [];
  // The identity may go to more than one endpoint.
  const others = more.filter(({ value }) => value !== user.value);
  const secret = config.inject.mount?.headerFile != null;
  const paths: readonly PolicyFault['path'][] = [
    ...config.inject.data.map(({ header }) => ['inject', 'data', header]),
    ['inject', 'mount', secret ? 'headerFile' : 'header'],
  ];
  return others.flatMap(({ header }, at) => {
    const path = paths[at] ?? ['inject'];
    return foldName(header) === foldName(user.header)
      ? [{ path, message: "is the identity header's name, expected another" }]
      : [];
  });
}

/** What no request could ever match. */
function unreachable(config: Config, policy: Policy): PolicyFault[] {
  const aliases = config.publicAliases.flatMap((alias, at) =>
    alias === '*' || hostKey(alias, 443) !== null
      ? []
      : [{ path: ['publicAliases', at], message: 'is no host that the gate serves, expected a name or an address' }],
  );
  const login = classify(`${config.hub.baseUrl}hub/login`, policy.places);
  return login?.class === 'hub'
    ? aliases
    : [
        ...aliases,
        { path: ['hub', 'baseUrl'], message: 'can be read in more than one way, expected plain path segments' },
      ];
}

/** Everything about a checked config that its policy can not keep. */
export function policyFaults(config: Config, policy: Policy): readonly PolicyFault[] {
  return [
    ...reservedExtras(config, policy),
    ...ordinaryNames(config),
    ...foldedTargets(config, policy),
    ...unicodeNames(config, policy),
    ...repeatedInjections(config, policy),
    ...unreachable(config, policy),
  ];
}
