/** Every key of the config file, with its description and default: the one source of checks, defaults and JSON Schema. */
import type { Config } from './config.ts';
import { hostValue, origin, userHosts } from './formats.ts';
import { exchangeShape } from './schema/exchange.ts';
import { hubParts, hubShape } from './schema/hub.ts';
import { injectShape } from './schema/inject.ts';
import { introspectionParts, introspectionShape } from './schema/introspection.ts';
import { jwtParts, jwtShape } from './schema/jwt.ts';
import { limitsShape } from './schema/limits.ts';
import { adminShape, healthShape, listenParts, listenShape } from './schema/listen.ts';
import { plannedFields } from './schema/planned.ts';
import { revocationShape } from './schema/revocation.ts';
import { sessionShape } from './schema/session.ts';
import { ssoParts, ssoShape } from './schema/sso.ts';
import { logShape, publicShape, webSocketShape } from './schema/surroundings.ts';
import { trustShape } from './schema/trust.ts';
import { userShape } from './schema/user.ts';
import { group, key, keyOr, keyOrNull, list, type Shape, shaped } from './shape.ts';

/** The top-level keys that work, each with what it reads. */
export const configFields: { readonly [K in keyof Config]: Shape<Config[K]> } = {
  publicUrl: key('The origin that browsers see', origin()),
  publicAliases: keyOr("Other Host values that are served; ['*'] any", list('a list of hosts', hostValue()), []),
  userHosts: keyOr("Users' hosts with JupyterHub's subdomain_host; empty: they have none", userHosts(), ''),
  listen: key('Where browsers come in', listenShape),
  health: keyOr("The kubelet's door", healthShape, {}),
  admin: keyOrNull("The operator's door; off when left out", adminShape),
  hub: key('The hub behind the gate', hubShape),
  trust: key('Whose word counts', trustShape),
  public: keyOr('Paths below baseUrl that need no proof: exact, or ending with /**', publicShape, []),
  jwt: keyOr('Issuers of tokens', jwtShape, []),
  sso: keyOr('Proxies that assert the user in headers', ssoShape, []),
  introspection: keyOr('Endpoints that know opaque tokens (RFC 7662), asked in this order', introspectionShape, []),
  revocation: keyOr('Tokens that no longer count', revocationShape, {}),
  exchange: keyOr('Tokens of the hub for bearer proofs, with hub.tokenFile', exchangeShape, {}),
  user: keyOr("How a proved name becomes the hub's user name", userShape, {}),
  inject: keyOr('What the gate writes, beyond what the preset says', injectShape, {}),
  session: keyOrNull("The browser's cookie, and the hand-off from the primary site; off when left out", sessionShape),
  limits: keyOr('Bounds; 0 means none where it is allowed', limitsShape, {}),
  webSocket: keyOr('Who may open a WebSocket, and how long it lives', webSocketShape, {}),
  log: keyOr('Where the log goes; the audit log is always on', logShape, {}),
};

const ofList =
  (parts: (entry: unknown) => unknown) =>
  (written: unknown): unknown =>
    Array.isArray(written) ? written.map(parts) : undefined;

/** Of the keys with required keys inside: what still holds of one that is bad, so that rules can look at it. */
export const configParts: ReadonlyMap<string, (written: unknown) => unknown> = new Map([
  ['listen', ofList(listenParts)],
  ['hub', hubParts],
  ['jwt', ofList(jwtParts)],
  ['sso', ofList(ssoParts)],
  ['introspection', ofList(introspectionParts)],
]);

/** The whole file. */
export const configShape: Shape<Config> = shaped(group({ ...configFields, ...plannedFields }), written => {
  const {
    publicUrl,
    publicAliases,
    userHosts: hostsOfUsers,
    listen,
    health,
    admin,
    hub,
    trust,
    jwt,
    sso,
    introspection,
    revocation,
    exchange,
    user,
    inject,
    session,
    limits,
    webSocket,
    log,
  } = written;
  const rest = {
    jwt,
    sso,
    introspection,
    revocation,
    exchange,
    user,
    inject,
    session,
    limits,
    webSocket,
    log,
    public: written.public,
  };
  return { publicUrl, publicAliases, userHosts: hostsOfUsers, listen, health, admin, hub, trust, ...rest };
});
