/** Config → Policy: everything that a request does not change is worked out here, once. */
import type { Config } from './config/config.ts';
import { compileCookieRules } from './gate/hub/cookie-rules.ts';
import { compileHubFields } from './gate/hub/hub-fields.ts';
import type { Policy, Prover, SessionRules } from './gate/policy.ts';
import { compileReserved } from './gate/request/reserved.ts';
import { compileInjections, noSecretHeaders, type SecretHeaders } from './hub/injections.ts';
import { presets, refusedPathsOf } from './hub/presets.ts';
import { wantedWorkarounds } from './hub/workarounds.ts';
import { ssoProver } from './identity/assertions/sso-assertion.ts';
import type { SessionKeys } from './identity/sessions/session-key.ts';
import { userFilePath } from './identity/sources/user-file.ts';
import type { Revocations } from './identity/tokens/revocations.ts';
import { readJson } from './identity/tokens/strict-json.ts';
import { carrierNames } from './identity/tokens/token-carriers.ts';
import { cookiesRead, deliveryRules } from './policy/hub.ts';
import { hostsOf, placesOf, trustOf, userHostsOf } from './policy/places.ts';
import { sessionOf, tagsOf } from './policy/sessions.ts';
import { assertedHeaders, type SsoSecrets, ssoRules } from './policy/sign-in.ts';
import { type TokenProvers, tokenProversOf } from './policy/tokens.ts';
import { usersOf } from './policy/users.ts';

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

const noSecrets: SsoSecrets = new Map();
const nobodyRevoked: Revocations = new Map();

/** What stands in the files that a config names; without one, nothing. */
export interface NamedFiles {
  readonly ssoSecrets?: SsoSecrets;
  readonly revoked?: Revocations;
  readonly secretHeaders?: SecretHeaders;
  readonly sessionKeys?: SessionKeys;
}

/** Compiles a checked config. `digest` names it, in hex. */
export function compilePolicy(config: Config, digest: string, files: NamedFiles = {}): Policy {
  const { ssoSecrets = noSecrets, revoked = nobodyRevoked, secretHeaders = noSecretHeaders, sessionKeys = [] } = files;
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
    cookies: compileCookieRules(
      [...carriers.cookies, ...cookiesRead(config, injections)],
      tagsOf(config, session, sessionKeys),
    ),
    onSpoof: config.inject.onSpoof,
    tokenProtocols: carriers.protocols,
    hubFields: compileHubFields(config.hub.extraHeaders),
    provers: proversOf(tokens, session, config, ssoSecrets),
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
