/** What sessions stand on, and the tags that bind the hub's cookies to whom they belong to. */
import type { Config } from '../config/config.ts';
import type { CookieTags } from '../gate/hub/cookie-tags.ts';
import type { SessionRules } from '../gate/policy.ts';
import { type Directories, openCookieTags } from '../hub/cookie-tags.ts';
import { claimsKept, sessionCookieNames, sessionProver } from '../identity/sessions/session-cookie.ts';
import { keysFor, type SessionKeys } from '../identity/sessions/session-key.ts';
import type { TokenProvers } from './tokens.ts';

export function sessionOf(
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
    hasEnded: prover.hasEnded,
    claimsKept: claimsKept(issuers, inject),
    loginUrl,
    logoutUrl,
  };
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
export function tagsOf(config: Config, session: SessionRules | undefined, keys: SessionKeys): CookieTags | null {
  if (session === undefined) return null;
  return openCookieTags(keysFor(keys, `cookie tags ${session.cookieName}`), directoriesOf(config));
}
