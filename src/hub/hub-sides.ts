/** The hub's side of every preset as data: the package, the hubs that it was seen to work on, and its part of jupyterhub_config.py. */
import type { PresetName } from '../config/sections/hub.ts';
import { presets } from './presets.ts';
import { pythonText } from './python-literal.ts';

/** A header name, or the file that holds it. */
export type HeaderName = { readonly name: string } | { readonly file: string };

/** What the gate's config says that the hub has to say, too. */
export interface GateSide {
  /** Null: the plugin reads none. */
  readonly user: HeaderName | null;
  /** Null: there is no mount. */
  readonly mount: HeaderName | null;
  readonly data: readonly string[];
  /** The gate's service at the hub; null: it has none. */
  readonly service: GateService | null;
  /** Where servers reach the gate's door for them; null: it is not known. */
  readonly serversUrl: string | null;
  /** Begins and ends with a slash. */
  readonly baseUrl: string;
  /** Where the hub itself is while users have hosts of their own; null: they have none. */
  readonly subdomainHost: string | null;
}

/** Who makes tokens of the hub's users for the gate. */
export interface GateService {
  readonly tokenFile: string;
  /** It makes users as well. */
  readonly makesUsers: boolean;
}

/** Releases of JupyterHub, old to new. */
export type TriedOn = readonly [string, ...string[]];

type PluginName = Exclude<PresetName, 'custom'>;

/** One preset's counterpart. */
export interface HubSide {
  /** As pip has it. */
  readonly requirement: string;
  /** Each was seen to log in behind the gate. */
  readonly hubs: TriedOn;
  /** The plugin's class as the hub's config names it, or the subclass that `adaptation` makes. */
  readonly authenticator: string;
  /** Python that makes a class of the plugin's, in configuration alone. */
  readonly adaptation: readonly string[];
  /** The one name that the plugin reads the user from; null: a setting of its has it. */
  readonly onlyUserHeader: string | null;
  /** Login is the hub's own form, which auto_login would get past. */
  readonly hasForm: boolean;
  /** Keeps what the gate says between login and spawn. */
  readonly keepsAuthState: boolean;
  /** Lines that only this plugin wants. */
  readonly settings: (side: GateSide) => readonly string[];
}

/** Python for the name: what a file holds is read when the hub starts. */
function nameSource(header: HeaderName): string {
  return 'name' in header ? pythonText(header.name) : `open(${pythonText(header.file)}).read().strip()`;
}

function setting(option: string, header: HeaderName | null): string[] {
  return header === null ? [] : [`c.${option} = ${nameSource(header)}`];
}

/** What most plugins are like. */
const usual = {
  adaptation: [],
  onlyUserHeader: null,
  hasForm: false,
  keepsAuthState: false,
} as const satisfies Partial<HubSide>;

const remoteAuthMount = 'jhub-remote-auth-mount==0.0.6';
const everyHub: TriedOn = ['0.9.6', '4.1.6', '5.5.4', '6.1.1'];
const oldHub: TriedOn = ['0.9.6'];

const modernMount = [
  '# From JupyterHub 1.0 on the plugin can not find out who posts a mount: this hands it the user whom the hub found.',
  'from jhub_remote_auth_mount import MountRemoteUserAuthenticator',
  'from jhub_remote_auth_mount._jhub_remote_auth_mount import MountHandler',
  '',
  '',
  'class ResolvedUserMountHandler(MountHandler):',
  '    def get_current_user(self):',
  '        if hasattr(self, "_jupyterhub_user"):',
  '            return self._jupyterhub_user',
  '        return super().get_current_user()',
  '',
  '',
  'class MountAuthenticator(MountRemoteUserAuthenticator):',
  '    def get_handlers(self, app):',
  '        return [',
  '            (path, ResolvedUserMountHandler if handler is MountHandler else handler)',
  '            for path, handler in super().get_handlers(app)',
  '        ]',
];

/** These classes of 0.2.10 leave `authenticate` to a subclass; the one beside them has it. */
function namingUsers(plugin: string): string[] {
  return [
    '# This class leaves it to a subclass to make a name of the header: here as DataRemoteUserAuthenticator does.',
    `from jhub_remote_login import DataRemoteUserAuthenticator, ${plugin}`,
    '',
    '',
    `class Naming${plugin}(${plugin}):`,
    '    authenticate = DataRemoteUserAuthenticator.authenticate',
    '    pre_spawn_start = DataRemoteUserAuthenticator.pre_spawn_start',
  ];
}

const remoteLogin = {
  ...usual,
  requirement: 'jhub-remote-login==0.2.10',
  hubs: oldHub,
  onlyUserHeader: 'Remote-User',
  keepsAuthState: true,
} as const;

function dataHeaders({ data }: GateSide): string[] {
  return [`c.DataRemoteUserAuthenticator.data_headers = [${data.map(pythonText).join(', ')}]`];
}

/** Every header needs a parser: without one the plugin keeps the whole request, which can not be kept. */
function parsedHeaders({ user, mount, data }: GateSide): string[] {
  const headers: [key: string, header: HeaderName | null, parser: string][] = [
    ['auth', user, 'Parser'],
    ...data.map((name): [string, HeaderName, string] => [name, { name }, 'Parser']),
    ['mount', mount, 'JSONParser'],
  ];
  const used = headers.flatMap(([key, header, parser]) => (header === null ? [] : [{ key, header, parser }]));
  return [
    'c.HeaderAuthenticator.allowed_headers = {',
    ...used.map(({ key, header }) => `    ${pythonText(key)}: ${nameSource(header)},`),
    '}',
    'c.HeaderAuthenticator.header_parser_classes = {',
    ...used.map(({ key, parser }) => `    ${pythonText(key)}: ${parser},`),
    '}',
  ];
}

/** By the preset's name. */
export const hubSides: Readonly<Record<PluginName, HubSide>> = {
  'jhub_remote_auth_mount.RemoteUserAuthenticator': {
    ...usual,
    requirement: remoteAuthMount,
    hubs: everyHub,
    authenticator: '"jhub_remote_auth_mount.RemoteUserAuthenticator"',
    settings: ({ user }) => setting('RemoteUserAuthenticator.header_name', user),
  },
  'jhub_remote_auth_mount.RemoteUserLocalAuthenticator': {
    ...usual,
    requirement: remoteAuthMount,
    hubs: everyHub,
    authenticator: '"jhub_remote_auth_mount.RemoteUserLocalAuthenticator"',
    settings: ({ user }) => setting('RemoteUserLocalAuthenticator.header_name', user),
  },
  'jhub_remote_auth_mount.MountRemoteUserAuthenticator': {
    ...usual,
    requirement: remoteAuthMount,
    hubs: everyHub,
    authenticator: 'MountAuthenticator',
    adaptation: modernMount,
    settings: ({ user, mount }) => [
      ...setting('MountRemoteUserAuthenticator.header_name', user),
      ...setting('MountRemoteUserAuthenticator.mount_header', mount ?? { name: 'Mount' }),
    ],
  },
  'jhub_remote_login.DataRemoteUserAuthenticator': {
    ...remoteLogin,
    authenticator: '"jhub_remote_login.DataRemoteUserAuthenticator"',
    settings: dataHeaders,
  },
  'jhub_authenticators.DataRemoteUserAuthenticator': {
    ...remoteLogin,
    requirement: 'jhub-authenticators==0.1.1',
    authenticator: '"jhubauthenticators.DataRemoteUserAuthenticator"',
    settings: dataHeaders,
  },
  'jhub_remote_login.RemoteUserAuthenticator@0.2.10': {
    ...remoteLogin,
    authenticator: 'NamingRemoteUserAuthenticator',
    adaptation: namingUsers('RemoteUserAuthenticator'),
    settings: () => [],
  },
  'jhub_remote_login.RemoteUserLocalAuthenticator': {
    ...remoteLogin,
    authenticator: 'NamingRemoteUserLocalAuthenticator',
    adaptation: namingUsers('RemoteUserLocalAuthenticator'),
    settings: () => [
      '# Who logs in needs an account of the system by the encoded name; the hub can make it.',
      'c.LocalAuthenticator.create_system_users = True',
    ],
  },
  'jhub_remote_login.RemoteUserAuthenticator': {
    ...usual,
    requirement: 'jhub-remote-login==0.2.119',
    hubs: oldHub,
    authenticator: '"jhub_remote_login.RemoteUserAuthenticator"',
    settings: ({ user }) => [
      ...setting('RemoteUserAuthenticator.header_user_key', user),
      'c.RemoteUserAuthenticator.header_token_key = "token"',
      '# Its default can not be fetched: the address of the hub itself, as the hub reaches it.',
      'c.RemoteUserAuthenticator.url_hub_api = "http://127.0.0.1:8081/hub/api/"',
      '# It lets in the names on this list and nobody else.',
      'c.Authenticator.whitelist = {"alice"}',
    ],
  },
  'jhub_remote_login.DummyAuthenticator': {
    ...usual,
    requirement: 'jhub-remote-login==0.2.119',
    hubs: ['0.9.6', '6.1.1'],
    authenticator: '"jhub_remote_login.DummyAuthenticator"',
    adaptation: ['import os'],
    hasForm: true,
    settings: () => [
      '# One password for everybody: what keeps users apart is the gate, which lets in the proved name alone.',
      'c.DummyAuthenticator.password = os.environ["JUPYTERHUB_PASSWORD"]',
    ],
  },
  'jhubauthenticators.HeaderAuthenticator': {
    ...usual,
    requirement: 'jhub-authenticators==0.6.1',
    hubs: ['5.5.4', '6.1.1'],
    authenticator: '"jhubauthenticators.HeaderAuthenticator"',
    adaptation: ['from jhubauthenticators import JSONParser, Parser  # noqa: F401'],
    keepsAuthState: true,
    settings: parsedHeaders,
  },
  'jhub_remote_user_authenticator.RemoteUserAuthenticator': {
    ...usual,
    requirement: 'jhub-remote-user-authenticator==0.1.0',
    hubs: ['5.5.4', '6.1.1'],
    authenticator: '"jhub_remote_user_authenticator.remote_user_auth.RemoteUserAuthenticator"',
    settings: ({ user }) => setting('RemoteUserAuthenticator.header_name', user),
  },
};

/** What a preset is without a config: its usual header, and nothing else. */
export function usualSide(preset: PluginName): GateSide {
  const { userHeader, mintedTokenHeader } = presets[preset];
  return {
    user: userHeader === null ? null : { name: userHeader },
    mount: null,
    data: [],
    service: mintedTokenHeader === null ? null : { tokenFile: '/run/secrets/hub-service-token', makesUsers: false },
    serversUrl: null,
    baseUrl: '/',
    subdomainHost: null,
  };
}

/** Why the plugin can not read what the gate would write; null: it can. */
export function sideFault(preset: PluginName, { user }: GateSide): string | null {
  const { onlyUserHeader } = hubSides[preset];
  if (onlyUserHeader === null || user === null) return null;
  if ('name' in user && user.name.toLowerCase() === onlyUserHeader.toLowerCase()) return null;
  return `inject.user: this plugin reads ${onlyUserHeader} and no other name`;
}
