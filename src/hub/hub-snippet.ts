/** The part of jupyterhub_config.py that belongs to a preset and to the gate's config. */
import type { PresetName } from '../config/sections/hub.ts';
import { type GateService, type GateSide, type HubSide, hubSides } from './hub-sides.ts';
import { pythonText } from './python-literal.ts';

function isOlder(release: string, than: number): boolean {
  return Number.parseInt(release, 10) < than;
}

function someHubFrom({ hubs }: HubSide, release: number): boolean {
  return hubs.some(each => !isOlder(each, release));
}

function heading(preset: string, { requirement, hubs }: HubSide): string[] {
  return [
    `# The hub's side of hub.authenticator: ${preset}`,
    `# pip install ${requirement}; tried on JupyterHub ${hubs.join(', ')}`,
    'c = get_config()  # noqa: F821',
  ];
}

function loginLines(side: HubSide): string[] {
  const auto = side.hasForm
    ? []
    : ['# No login button; and who logs out is not logged in again at once.', 'c.Authenticator.auto_login = True'];
  const all = someHubFrom(side, 5)
    ? ['# Who may come in is decided by the gate. JupyterHub 5 and later let nobody in without this.']
    : [];
  return [...auto, ...all, ...(all.length > 0 ? ['c.Authenticator.allow_all = True'] : [])];
}

function authStateLines({ keepsAuthState }: HubSide): string[] {
  return keepsAuthState
    ? [
        '# Encrypted with the key in JUPYTERHUB_CRYPT_KEY (`openssl rand -hex 32`), which has to be the same at every start.',
        'c.Authenticator.enable_auth_state = True',
      ]
    : [];
}

function networkLines(side: HubSide, { serversUrl }: GateSide): string[] {
  if (!someHubFrom(side, 1)) {
    return [
      "# Users' servers speak to the hub's own port, where a header is a login: this hub can not send them to the gate's door for",
      '# servers. Let a network policy keep other paths than /hub/api from them.',
    ];
  }
  const connect = `c.Spawner.hub_connect_url = ${pythonText(serversUrl ?? 'http://hubgate:8082')}`;
  return [
    '# Addresses of what stands in front of the hub: its own proxy and the gate.',
    'c.JupyterHub.trusted_downstream_ips = ["127.0.0.1"]',
    "# Users' servers reach the hub through the gate's listener `for: servers`, not on the port where a header is a login.",
    serversUrl === null ? `# ${connect}` : connect,
  ];
}

/** Roles came with JupyterHub 2; before it, a service that may do anything is the only kind. */
function serviceRole(side: HubSide, { makesUsers }: GateService): readonly [extra: string, role: readonly string[]] {
  if (!someHubFrom(side, 2)) return [', "admin": True', []];
  const scopes = ['tokens', 'read:users', ...(makesUsers ? ['admin:users'] : [])].map(pythonText).join(', ');
  const role = `{"name": "hubgate", "services": ["hubgate"], "scopes": [${scopes}]}`;
  return ['', [`c.JupyterHub.load_roles.append(${role})`]];
}

function serviceLines(side: HubSide, { service }: GateSide): string[] {
  if (service === null) return [];
  const [extra, role] = serviceRole(side, service);
  return [
    "# The gate's service (hub.tokenFile, `openssl rand -hex 32`). It can make tokens of every user, of admins too.",
    `service_token = open(${pythonText(service.tokenFile)}).read().strip()`,
    `c.JupyterHub.services.append({"name": "hubgate", "api_token": service_token${extra}})`,
    ...role,
  ];
}

/** The base URL is a part of `bind_url`, of which the operator alone knows the rest, and the hub warns of `base_url` beside it: so a remark. */
function addressLines({ baseUrl, subdomainHost }: GateSide): string[] {
  const base = baseUrl === '/' ? [] : [`# hub.baseUrl: the address in c.JupyterHub.bind_url ends with ${baseUrl}`];
  const hosts =
    subdomainHost === null
      ? []
      : ['# userHosts: users have hosts of their own.', `c.JupyterHub.subdomain_host = ${pythonText(subdomainHost)}`];
  return [...base, ...hosts];
}

/** Python, ready to be appended to jupyterhub_config.py; ends with a line end. */
export function hubSnippet(preset: Exclude<PresetName, 'custom'>, gate: GateSide): string {
  const side = hubSides[preset];
  const parts = [
    heading(preset, side),
    [...side.adaptation, ...(side.adaptation.at(-1)?.startsWith(' ') === true ? [''] : [])],
    [`c.JupyterHub.authenticator_class = ${side.authenticator}`, ...side.settings(gate)],
    loginLines(side),
    authStateLines(side),
    serviceLines(side, gate),
    addressLines(gate),
    networkLines(side, gate),
  ];
  const spaced = parts.filter(({ length }) => length > 0).map(lines => lines.join('\n'));
  return `${spaced.join('\n\n')}\n`;
}
