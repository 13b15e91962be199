/** What is allowed, but seldom meant. */
import { cidrWithin, parseCidr } from '../../http/address.ts';
import type { Config } from '../config.ts';
import { isLoopback } from '../formats.ts';
import type { Finding, Path } from '../problems.ts';
import type { PresetName } from '../sections/hub.ts';
import { carriersOfNobody, othersUnproved } from './carrier-warnings.ts';
import { cookiesUnbound } from './cookie-warnings.ts';
import {
  capitalsLost,
  charactersLost,
  groupsMeet,
  namesUnfit,
  unicodeLost,
  unicodeUnmatched,
  userUnread,
} from './name-warnings.ts';
import { assertionsOfNobody, headersOfNobody, othersNowhere } from './proxy-protocol-warnings.ts';
import { trustedRanges } from './trusted.ts';

/** Where the identity goes unless the config says otherwise: the one path that every authenticator reads it on. */
const LOGIN = ['/hub/login'];

const isLocal = (hostname: string): boolean => {
  const host = hostname.replace(/^\[|\]$/g, '');
  return host.endsWith('.localhost') || isLoopback({ kind: 'tcp', host, port: 0 });
};

function plainPublicUrl({ publicUrl, listen }: Config): Finding[] {
  const { protocol, hostname } = new URL(publicUrl);
  if (protocol === 'https:') return [];
  const path = ['publicUrl'];
  const secure = listen.findIndex(({ tls }) => tls !== null);
  if (secure !== -1)
    return [{ path, message: `is plain http, but listen[${secure}] has tls, expected https as browsers see it there` }];
  if (isLocal(hostname)) return [];
  return [{ path, message: 'is plain http off localhost, expected https: cookies and tokens cross in the clear' }];
}

/** Every list of paths that the config writes, and where. */
function injectedPaths({ inject }: Config): { readonly paths: readonly string[]; readonly path: Path }[] {
  const data = inject.data.map(({ header, paths }) => ({ paths, path: ['inject', 'data', header, 'paths'] }));
  return [
    { paths: inject.user?.paths ?? null, path: ['inject', 'user', 'paths'] },
    { paths: inject.mount?.paths ?? null, path: ['inject', 'mount', 'paths'] },
    ...data,
  ].flatMap(({ paths, path }) => (paths === null ? [] : [{ paths, path }]));
}

function injectedEverywhere(config: Config): Finding[] {
  const message = "covers every path, servers of users included, expected exact paths: users' code will see the header";
  return injectedPaths(config).flatMap(({ paths, path }) => (paths.includes('/**') ? [{ path, message }] : []));
}

function injectedForUsers(config: Config): Finding[] {
  const message = "is below /user/ or /services/, expected a path of the hub: users' code reads the header there";
  return injectedPaths(config).flatMap(({ paths, path }) =>
    paths.flatMap((one, index) => (/^\/(user|services)\//.test(one) ? [{ path: [...path, index], message }] : [])),
  );
}

function everythingPublic(config: Config): Finding[] {
  const index = config.public.indexOf('/**');
  return index < 0 ? [] : [{ path: ['public', index], message: 'asks nobody for a proof, expected narrower paths' }];
}

const covers = (entry: string, path: string): boolean =>
  entry.endsWith('/**') ? path.startsWith(entry.slice(0, -2)) : path === entry;

function logoutPublic(config: Config): Finding[] {
  const message =
    'covers /hub/logout, which has to know who logs out, expected narrower paths (with session it is never public; else it ends no WebSocket)';
  return config.public.flatMap((entry, index) =>
    entry !== '/**' && covers(entry, '/hub/logout') ? [{ path: ['public', index], message }] : [],
  );
}

function identityPublic(config: Config): Finding[] {
  const paths = config.inject.user?.paths ?? LOGIN;
  return config.public.flatMap((entry, index) => {
    const covered = entry === '/**' ? undefined : paths.find(path => path !== '/**' && covers(entry, path));
    if (covered === undefined) return [];
    const message = `covers ${covered}, where the identity is injected, expected narrower paths: a login there never gets a proof`;
    return [{ path: ['public', index], message }];
  });
}

function nobodyTrusted({ trust }: Config): Finding[] {
  if (trust.proxies.length > 0 || trust.others === 'bearerOnly' || trust.unixPeers) return [];
  return [{ path: ['trust', 'proxies'], message: 'is empty, expected a CIDR: nobody may talk to the gate' }];
}

/** Addresses that no network routes: a wide range of them is still one's own (RFC 4193). */
const ownIpv6 = parseCidr('fc00::/7');

function widelyTrusted(config: Config): Finding[] {
  return trustedRanges(config).flatMap(({ range, path }) => {
    const wide = range.prefix < (range.network.kind === 'ipv4' ? 8 : 16);
    if (!wide || (ownIpv6.ok && cidrWithin(range, ownIpv6.cidr))) return [];
    return [{ path, message: 'is wider than any network of your own, expected the ranges of your proxies' }];
  });
}

function isUsualIssuer(url: string): boolean {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isLocal(hostname);
}

function oddIssuers({ jwt }: Config): Finding[] {
  const message =
    'is no https URL, as most issuers are: it is compared to `iss` as a string, expected the very same one';
  return jwt.flatMap(({ issuer }, index) =>
    issuer.kind === 'absent' || isUsualIssuer(issuer.url) ? [] : [{ path: ['jwt', index, 'issuer', 'url'], message }],
  );
}

/** Presets whose plugin reads the user's name on the login and nothing else. */
const NAME_ALONE: ReadonlySet<PresetName> = new Set<PresetName>([
  'jhub_remote_auth_mount.RemoteUserAuthenticator',
  'jhub_remote_auth_mount.RemoteUserLocalAuthenticator',
  'jhub_remote_login.RemoteUserAuthenticator@0.2.10',
  'jhub_remote_login.RemoteUserLocalAuthenticator',
  'jhub_remote_login.RemoteUserAuthenticator',
  'jhub_remote_login.DummyAuthenticator',
  'jhub_remote_user_authenticator.RemoteUserAuthenticator',
]);

/** Presets whose plugin reads one of mount and data besides. */
const ONE_BESIDE: ReadonlyMap<PresetName, 'mount' | 'data'> = new Map<PresetName, 'mount' | 'data'>([
  ['jhub_remote_auth_mount.MountRemoteUserAuthenticator', 'mount'],
  ['jhub_remote_login.DataRemoteUserAuthenticator', 'data'],
  ['jhub_authenticators.DataRemoteUserAuthenticator', 'data'],
]);

function injectedUnread({ hub: { authenticator }, inject }: Config): Finding[] {
  const beside = ONE_BESIDE.get(authenticator.preset);
  if (beside === undefined && !NAME_ALONE.has(authenticator.preset)) return [];
  const message = 'is set, but no plugin of this preset reads it, expected another authenticator, or none of it';
  const parts = [
    { part: 'user', isSet: inject.user !== null && authenticator.preset === FORM_ALONE },
    { part: 'mount', isSet: inject.mount !== null && beside !== 'mount' },
    { part: 'data', isSet: inject.data.length > 0 && beside !== 'data' },
  ];
  return parts.flatMap(({ part, isSet }) => (isSet ? [{ path: ['inject', part], message }] : []));
}

/** Its login is a form, which the gate reads. */
const FORM_ALONE: PresetName = 'jhub_remote_login.DummyAuthenticator';

/** Classes that a release has and whose `authenticate` it does not implement: the hub answers 500 to every login. */
const UNFINISHED: ReadonlySet<PresetName> = new Set<PresetName>([
  'jhub_remote_login.RemoteUserAuthenticator@0.2.10',
  'jhub_remote_login.RemoteUserLocalAuthenticator',
]);

function unfinishedPlugin({ hub: { authenticator } }: Config): Finding[] {
  const message =
    "logs nobody in by itself: its authenticate is not implemented, expected DataRemoteUserAuthenticator, or a subclass in the hub's configuration that implements it as that one does (hubgate init prints one)";
  return UNFINISHED.has(authenticator.preset) ? [{ path: ['hub', 'authenticator'], message }] : [];
}

function clientsUnasked({ listen }: Config): Finding[] {
  const message = 'is set, but clientCertificate is none, expected request or require there: nobody is asked for one';
  return listen.flatMap(({ tls }, index) =>
    tls?.clientCertificate === 'none' && tls.clientCaFile !== null
      ? [{ path: ['listen', index, 'tls', 'clientCaFile'], message }]
      : [],
  );
}

function addressesUncounted({ listen, limits }: Config): Finding[] {
  const socket = listen.findIndex(({ address, proxyProtocol }) => address.kind === 'unix' && proxyProtocol === 'none');
  if (limits.connectionsPerAddress === 0 || socket === -1) return [];
  const message = `does not hold on listen[${socket}], a Unix socket, expected 0, or TCP listeners alone: connections there have no address`;
  return [{ path: ['limits', 'connectionsPerAddress'], message }];
}

/** Limits of a part that the limit of the whole comes before; 0 is no limit. */
function neverReached({ limits }: Config): Finding[] {
  const { connections } = limits;
  const parts = ['connectionsPerAddress', 'webSocketsPerUser'] as const;
  return parts.flatMap(name =>
    connections > 0 && limits[name] > connections
      ? [{ path: ['limits', name], message: `is never reached, expected at most limits.connections (${connections})` }]
      : [],
  );
}

function openForEver({ webSocket }: Config): Finding[] {
  if (webSocket.closeOnExpiry) return [];
  const message = 'is false, expected true: who has a kernel open keeps it, however long ago the proof ended';
  return [{ path: ['webSocket', 'closeOnExpiry'], message }];
}

/** A session begins with a token, from a site that hands over or where the login leads; else its keys bind the hub's cookies alone. */
function hasSessions({ session, jwt, introspection }: Config): boolean {
  if (session === null || jwt.length + introspection.length === 0) return false;
  return session.handoffOrigins.length > 0 || session.loginUrl !== null;
}

/** What replicas share is in memory so far. */
function logoutUnshared(config: Config): Finding[] {
  if (!hasSessions(config)) return [];
  const message =
    'has no store beside it, so that a logout is known to this process alone, and not after a restart: there a copied cookie lives on as long as it is used, expected user.deny or revocation.file for whom a logout is not enough';
  return [{ path: ['session'], message }];
}

const longSessionMs = 24 * 60 * 60_000;

function sessionsLong({ session }: Config): Finding[] {
  if (session === null || session.maxAgeMs <= longSessionMs) return [];
  const message =
    'is longer than a day, expected some hours: who has the cookie is the user that long, and it is renewed with each use';
  return [{ path: ['session', 'maxAge'], message }];
}

const WARNINGS: readonly ((config: Config) => Finding[])[] = [
  plainPublicUrl,
  injectedEverywhere,
  injectedForUsers,
  everythingPublic,
  identityPublic,
  logoutPublic,
  nobodyTrusted,
  widelyTrusted,
  oddIssuers,
  injectedUnread,
  unfinishedPlugin,
  clientsUnasked,
  addressesUncounted,
  neverReached,
  openForEver,
  logoutUnshared,
  sessionsLong,
  cookiesUnbound,
  headersOfNobody,
  othersNowhere,
  assertionsOfNobody,
  carriersOfNobody,
  othersUnproved,
  groupsMeet,
  capitalsLost,
  charactersLost,
  namesUnfit,
  unicodeUnmatched,
  unicodeLost,
  userUnread,
];

/** Every warning about a config that holds. */
export function warningsOf(config: Config): Finding[] {
  return WARNINGS.flatMap(rule => rule(config));
}
