/** Config → Policy: everything that a request does not change is worked out here, once. */
import type { ClaimRule, Config, IntrospectionConfig, JwtConfig, SsoConfig, UserConfig } from './config/config.ts';
import { namePattern } from './config/pattern.ts';
import { compileCookieRules } from './gate/hub/cookie-rules.ts';
import type { CookieTags } from './gate/hub/cookie-tags.ts';
import { compileHubFields } from './gate/hub/hub-fields.ts';
import type { PlaceRules } from './gate/place.ts';
import type {
  DeliveryRules,
  Injection,
  Policy,
  Prover,
  SessionRules,
  TrustRules,
  UnicodeRules,
  UserHosts,
  UserRules,
} from './gate/policy.ts';
import { compileReserved } from './gate/request/reserved.ts';
import { skeleton } from './gate/user/skeleton.ts';
import { lowerCaseName } from './gate/user/unicode-name.ts';
import { type AddressSet, addressSet, parseCidr } from './http/address.ts';
import { hostKey } from './http/host.ts';
import { type Directories, openCookieTags } from './hub/cookie-tags.ts';
import { compileInjections, noSecretHeaders, type SecretHeaders } from './hub/injections.ts';
import { carriesName, presets, refusedPathsOf } from './hub/presets.ts';
import { wantedWorkarounds } from './hub/workarounds.ts';
import type { SecondFactor } from './identity/assertions/second-factor.ts';
import { type SsoRules, ssoProver } from './identity/assertions/sso-assertion.ts';
import { heldTokens, type Site } from './identity/holders/token-holder.ts';
import {
  claimsKept,
  type SessionIssuer,
  sessionCookieNames,
  sessionProver,
} from './identity/sessions/session-cookie.ts';
import { keysFor, type SessionKeys } from './identity/sessions/session-key.ts';
import { userFilePath } from './identity/sources/user-file.ts';
import { bearerTokenProver, type IssuerRules } from './identity/tokens/bearer-token.ts';
import type { PlacedRule } from './identity/tokens/issuer-rules.ts';
import { type IntrospectionRules, opaqueTokenProver } from './identity/tokens/opaque-token.ts';
import { type Revocations, revokedOf } from './identity/tokens/revocations.ts';
import { readJson } from './identity/tokens/strict-json.ts';
import { carrierNames } from './identity/tokens/token-carriers.ts';

/** The config's own check has refused what does not parse, so a fault here is ours. */
function rangesOf(texts: readonly string[]): AddressSet {
  const cidrs = texts.map(text => {
    const parsed = parseCidr(text);
    if (!parsed.ok) throw new TypeError(`unchecked CIDR: ${parsed.fault}`);
    return parsed.cidr;
  });
  return addressSet(cidrs);
}

function hostsOf(config: Config, publicUrl: URL): ReadonlySet<string> | 'any' {
  if (config.publicAliases.includes('*')) return 'any';
  const defaultPort = publicUrl.protocol === 'https:' ? 443 : 80;
  const keys = [publicUrl.host, ...config.publicAliases].map(host => hostKey(host, defaultPort));
  return new Set(keys.filter(key => key !== null));
}

/** At publicUrl's port, unless the config says another. */
function userHostsOf({ userHosts }: Config, publicPort: number): UserHosts | null {
  if (userHosts === null) return null;
  const [suffix = '', port] = userHosts.split(':');
  return { suffix, port: port === undefined ? publicPort : Number(port) };
}

function placesOf(config: Config, general: boolean): PlaceRules {
  const everythingBelow = config.public.filter(path => path.endsWith('/**'));
  return {
    baseUrl: config.hub.baseUrl,
    publicExact: new Set(config.public.filter(path => !path.endsWith('/**'))),
    publicPrefixes: everythingBelow.map(path => path.slice(0, -'**'.length)),
    // A logout ends a session, and so has to know whose it is.
    ...(config.session === null ? {} : { neverPublic: new Set(['/hub/logout']) }),
    general,
  };
}

function trustOf(config: Config): TrustRules {
  const { others, clientAddress, unixPeers } = config.trust;
  const signInProxies = rangesOf(config.sso.flatMap(({ proxies }) => proxies));
  return { proxies: rangesOf(config.trust.proxies), others, clientAddress, unixPeers, signInProxies };
}

/** The names that the config speaks of, by what they look like. */
function lookalikesOf({ map, reserved, allow, deny }: UserConfig): UnicodeRules['lookalikes'] {
  const lookalikes = new Map<string, Set<string>>();
  for (const written of [...map.values(), ...reserved, ...allow.users, ...deny.users]) {
    const name = lowerCaseName(written);
    const looks = skeleton(name);
    lookalikes.set(looks, (lookalikes.get(looks) ?? new Set()).add(name));
  }
  return lookalikes;
}

function unicodeOf(config: Config): UnicodeRules | null {
  if (!config.user.unicode) return null;
  const preset = presets[config.hub.authenticator.preset];
  return { lookalikes: lookalikesOf(config.user), carries: user => carriesName(preset, user) };
}

function usersOf(config: Config): UserRules {
  const { lowercase, map, pattern, reserved, allow, deny } = config.user;
  const { hubName } = presets[config.hub.authenticator.preset];
  const hubNames = (names: Iterable<string>): Set<string> => new Set(Array.from(names, name => hubName(name).name));
  const lists = (list: typeof allow): UserRules['allow'] => ({
    users: new Set(list.users),
    groups: new Set(list.groups),
  });
  return {
    lowercase,
    map,
    mapTargets: hubNames(map.values()),
    pattern: namePattern(pattern),
    reserved: new Set(reserved.map(name => name.toLowerCase())),
    allow: lists(allow),
    deny: lists(deny),
    deniedHubUsers: hubNames(deny.users),
    hubName,
    unicode: unicodeOf(config),
  };
}

/** Rules that are expressions, each with its place in the entry. */
function placedRules(list: string, rules: readonly ClaimRule[]): readonly PlacedRule[] {
  return rules.flatMap((rule, index) => ('expression' in rule ? [{ ...rule, place: `${list}[${index}]` }] : []));
}

function issuerRules(
  entry: Omit<JwtConfig, 'keys' | 'namespace' | 'discoveryUrl' | 'certificateAuthority'>,
): IssuerRules {
  return {
    url: entry.issuer.kind === 'url' ? entry.issuer.url : null,
    audiences: new Set(entry.audiences),
    anyAudience: entry.dangerouslyAnyAudience,
    algorithms: new Set<string>(entry.algorithms),
    carriers: entry.carriers,
    type: entry.type,
    clockToleranceMs: entry.clockToleranceMs,
    maxAgeMs: entry.maxAgeMs ?? 0,
    requiredClaims: entry.claimValidationRules.filter(rule => 'claim' in rule),
    claimRules: placedRules('claimValidationRules', entry.claimValidationRules),
    ...entry.claimMappings,
    userRules: placedRules('userValidationRules', entry.userValidationRules),
    unverifiedEmail: entry.dangerouslyUnverifiedEmail,
  };
}

/** Of one entry of `jwt`; a load balancer's tokens are its own alone. */
function tokenRules(entry: JwtConfig): IssuerRules {
  const rules = issuerRules(entry);
  return entry.keys.kind === 'alb' ? { ...rules, signer: entry.keys.signer } : rules;
}

/** With an empty list nobody is asked. */
function withRevoked(rules: IssuerRules, revoked: Revocations, issuer: string | null = rules.url): IssuerRules {
  return revoked.size === 0 ? rules : { ...rules, revoked: revokedOf(revoked, issuer) };
}

/** What an endpoint says of a token is held against the rules that a token of its own would be. */
function introspectionRules(entry: IntrospectionConfig, index: number, revoked: Revocations): IntrospectionRules {
  const { issuer: url } = entry;
  const issuer = url ?? entry.url;
  const named = url === null ? ({ kind: 'absent' } as const) : ({ kind: 'url', url } as const);
  const rules = issuerRules({ ...entry, issuer: named, algorithms: [], carriers: [], type: 'any', maxAgeMs: null });
  return {
    rules: withRevoked(rules, revoked, issuer),
    issuer,
    entry: introspectionEntry(index),
    typed: entry.type === 'Bearer',
  };
}

/** As the log and the audit line name an endpoint: its URL may hold a secret of the environment. */
export function introspectionEntry(index: number): string {
  return `introspection[${index}]`;
}

/** The issuers that a revocation list can name; null: tokens without `iss`. */
export function revocableIssuers({ jwt, introspection }: Pick<Config, 'jwt' | 'introspection'>): (string | null)[] {
  return [
    ...jwt.map(({ issuer }) => (issuer.kind === 'url' ? issuer.url : null)),
    ...introspection.map(({ issuer, url }) => issuer ?? url),
  ];
}

/** Digests of the shared secrets, by the entry of `sso` that asks for them; an entry without any is met by nothing. */
export type SsoSecrets = ReadonlyMap<number, readonly Uint8Array[]>;

function secondFactorOf({ require }: SsoConfig, digests: readonly Uint8Array[] = []): SecondFactor | null {
  if (require === null) return null;
  const { sharedSecret, clientCertificate } = require;
  return {
    sharedSecret: sharedSecret && { header: sharedSecret.header.toLowerCase(), digests },
    subjectAltName: clientCertificate?.subjectAltName ?? null,
  };
}

function ssoRules(entry: SsoConfig, config: Config, digests: readonly Uint8Array[] | undefined): SsoRules {
  return {
    name: entry.name,
    proxies: rangesOf(entry.proxies),
    unixPeers: config.trust.unixPeers,
    headers: entry.headers,
    prefix: entry.prefix,
    separator: entry.separator,
    encoding: entry.encoding,
    maxAgeMs: entry.maxAgeMs,
    secondFactor: secondFactorOf(entry, digests),
  };
}

/** Any host is served with `'*'`, and then none of them is known to be ours. */
function siteOf(config: Config): Site {
  const { protocol, host } = new URL(config.publicUrl);
  const scheme = protocol === 'https:' ? 'https' : 'http';
  const keyOf = (name: string): string => hostKey(name, scheme === 'https' ? 443 : 80) ?? '';
  const aliases = config.publicAliases.includes('*') ? [] : config.publicAliases;
  return { scheme, authority: keyOf(host), aliases: new Set(aliases.map(keyOf)) };
}

/** Those of tokens in the order in which they are asked, and what sessions that begin with one are held against. */
interface TokenProvers {
  readonly provers: readonly Prover[];
  readonly issuers: readonly SessionIssuer[];
}

function tokenProversOf(config: Config, revoked: Revocations): TokenProvers {
  const { jwt, introspection } = config;
  const signed = jwt.map(entry => withRevoked(tokenRules(entry), revoked));
  const tokens = signed.length === 0 ? [] : [heldTokens(bearerTokenProver(signed), siteOf(config))];
  const endpoints = introspection.map((entry, index) => introspectionRules(entry, index, revoked));
  const opaque = endpoints.length === 0 ? [] : [opaqueTokenProver(endpoints)];
  const issuers = [
    ...signed.map(rules => ({ prover: 'jwt', issuer: rules.url ?? '', rules })),
    ...endpoints.map(({ issuer, rules }) => ({ prover: 'introspection', issuer, rules })),
  ];
  return { provers: [...tokens, ...opaque], issuers };
}

function sessionOf(
  { publicUrl, hub, inject, session }: Config,
  { provers, issuers }: TokenProvers,
): SessionRules | undefined {
  if (session === null) return undefined;
  const secure = publicUrl.startsWith('https:');
  const names = sessionCookieNames(publicUrl, hub.baseUrl);
  const { maxAgeMs, handoffOrigins, loginUrl, logoutUrl, embed } = session;
  const prover = sessionProver(names.cookieName, maxAgeMs, issuers);
  return {
    ...names,
    secure,
    frames: embed ? handoffOrigins : null,
    maxAgeMs,
    handoffOrigins: new Set(handoffOrigins),
    tokens: provers,
    prover,
    claimsKept: claimsKept(issuers, inject),
    loginUrl,
    logoutUrl,
  };
}

/** In the order in which they are asked: tokens, the session cookie, assertions. */
function proversOf(
  { provers }: TokenProvers,
  session: SessionRules | undefined,
  config: Config,
  secrets: SsoSecrets,
): readonly Prover[] {
  const sessions = session === undefined ? [] : [session.prover];
  return [
    ...provers,
    ...sessions,
    ...config.sso.map((entry, at) => ssoProver(ssoRules(entry, config, secrets.get(at)))),
  ];
}

function assertedHeaders(config: Config): string[] {
  return config.sso.flatMap(({ headers, require }) => {
    const groups = headers.groups === null ? [] : [headers.groups];
    const secret = require?.sharedSecret ? [require.sharedSecret.header] : [];
    return [headers.username, ...groups, ...headers.others, ...secret];
  });
}

const noSecrets: SsoSecrets = new Map();
const nobodyRevoked: Revocations = new Map();

/** A plugin that is told a token of the user's takes cookies of the names of its two headers before them. */
function cookiesRead({ hub, inject }: Config): string[] {
  const { userHeader, mintedTokenHeader } = presets[hub.authenticator.preset];
  if (mintedTokenHeader === null) return [];
  const written = inject.user?.header ?? userHeader;
  return written === null ? [mintedTokenHeader] : [written, mintedTokenHeader];
}

/** What of the injections the gate has to post itself. The first one is the user's, which alone is nothing to post. */
function deliveryRules({ hub }: Config, [user, ...others]: readonly Injection[]): DeliveryRules | null {
  const { delivery } = presets[hub.authenticator.preset];
  if (delivery === null || hub.deliver !== 'onLogin') return null;
  const { path, method } = delivery;
  const there = others.filter(one => one.method === method && one.paths !== 'everywhere' && one.paths.has(path));
  const carries = new Set(there.map(({ header }) => header).filter(header => header !== user?.header));
  return carries.size === 0 ? null : { path, carries };
}

/** The directory of each prover that declares one, by the issuer that its proofs name. */
function directoriesOf({ jwt, introspection, sso }: Config): Directories {
  const named = [
    ...jwt.map(({ issuer, namespace }) => [issuer.kind === 'url' ? issuer.url : '', namespace] as const),
    ...introspection.map(({ issuer, url, namespace }) => [issuer ?? url, namespace] as const),
    ...sso.map(({ name, namespace }) => [name, namespace] as const),
  ];
  return new Map(named.flatMap(([issuer, namespace]) => (namespace === null ? [] : [[issuer, namespace] as const])));
}

/** Without sessions there is nobody whose browser the gate could tell from another's. */
function tagsOf(config: Config, session: SessionRules | undefined, keys: SessionKeys): CookieTags | null {
  if (session === undefined) return null;
  return openCookieTags(keysFor(keys, `cookie tags ${session.cookieName}`), directoriesOf(config));
}

/** Compiles a checked config. `digest` names it, in hex; `revoked` is what its revocation list says. */
export function compilePolicy(
  config: Config,
  digest: string,
  secrets: SsoSecrets = noSecrets,
  revoked: Revocations = nobodyRevoked,
  secretHeaders: SecretHeaders = noSecretHeaders,
  sessionKeys: SessionKeys = [],
): Policy {
  const publicUrl = new URL(config.publicUrl);
  const preset = config.hub.authenticator.preset;
  const injections = compileInjections(config, { filePath: userFilePath, readJson }, secretHeaders);
  const scheme = publicUrl.protocol === 'https:' ? 'https' : 'http';
  const tokens = tokenProversOf(config, revoked);
  const session = sessionOf(config, tokens);
  const carriers = carrierNames(config.jwt.flatMap(entry => entry.carriers));
  const publicPort = Number(publicUrl.port) || (scheme === 'https' ? 443 : 80);
  return {
    digest,
    publicOrigin: publicUrl.origin,
    publicHost: publicUrl.host,
    publicScheme: scheme,
    publicPort,
    hosts: hostsOf(config, publicUrl),
    userHosts: userHostsOf(config, publicPort),
    places: placesOf(config, preset === 'custom' && injections.some(({ paths }) => paths === 'everywhere')),
    trust: trustOf(config),
    limits: config.limits,
    reserved: compileReserved(
      injections.map(({ header }) => header),
      assertedHeaders(config),
      carriers.headers,
    ),
    cookies: compileCookieRules([...carriers.cookies, ...cookiesRead(config)], tagsOf(config, session, sessionKeys)),
    onSpoof: config.inject.onSpoof,
    tokenProtocols: carriers.protocols,
    hubFields: compileHubFields(config.hub.extraHeaders),
    provers: proversOf(tokens, session, config, secrets),
    apiTokens: config.hub.apiTokens,
    exchange: config.hub.tokenFile !== null,
    user: usersOf(config),
    injections,
    delivery: deliveryRules(config, injections),
    reach: 'everything',
    refusedPaths: refusedPathsOf(presets[preset], config.hub.deliver),
    namedInBodies: presets[preset].namedInBodies,
    workarounds: wantedWorkarounds(config.hub.skipWorkarounds),
    headerBudget: config.hub.headerBudget,
    webSocketOrigins: new Set(config.webSocket.origins),
    ...(session === undefined ? {} : { session }),
    webSocketLife: config.webSocket,
  };
}
