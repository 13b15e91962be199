/** What tokens are held against: `jwt`, `introspection` and the revocation list. */

import type { Config } from '../config/config.ts';
import type { ClaimRule } from '../config/sections/claims.ts';
import type { IntrospectionConfig } from '../config/sections/introspection.ts';
import type { JwtConfig } from '../config/sections/jwt.ts';
import type { UserConfig } from '../config/sections/user.ts';
import type { Prover } from '../gate/policy.ts';
import { lowerCaseName } from '../gate/user/unicode-name.ts';
import { heldTokens } from '../identity/holders/token-holder.ts';
import type { SessionIssuer } from '../identity/sessions/session-cookie.ts';
import { bearerTokenProver, type IssuerRules } from '../identity/tokens/bearer-token.ts';
import type { PlacedRule } from '../identity/tokens/issuer-rules.ts';
import { type IntrospectionRules, opaqueTokenProver } from '../identity/tokens/opaque-token.ts';
import { type Revocations, revokedOf } from '../identity/tokens/revocations.ts';
import { siteOf } from './places.ts';

/** Rules that are expressions, each with its place in the entry. */
function placedRules(list: string, rules: readonly ClaimRule[]): readonly PlacedRule[] {
  return rules.flatMap((rule, index) => ('expression' in rule ? [{ ...rule, place: `${list}[${index}]` }] : []));
}

/** A name as `user` spells it, before its map. What is no name there is refused in any case. */
function spelling({ lowercase, unicode }: Pick<UserConfig, 'lowercase' | 'unicode'>): (name: string) => string {
  const normal = (name: string): string => (unicode ? name.normalize('NFC') : name);
  return lowercase ? name => lowerCaseName(normal(name)) : normal;
}

function issuerRules(
  entry: Omit<JwtConfig, 'keys' | 'namespace' | 'discoveryUrl' | 'certificateAuthority'>,
  user: UserConfig,
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
    spelled: spelling(user),
    unverifiedEmail: entry.dangerouslyUnverifiedEmail,
  };
}

/** Of one entry of `jwt`; a load balancer's tokens are its own alone. */
function tokenRules(entry: JwtConfig, user: UserConfig): IssuerRules {
  const rules = issuerRules(entry, user);
  return entry.keys.kind === 'alb' ? { ...rules, signer: entry.keys.signer } : rules;
}

/** With an empty list nobody is asked. */
function withRevoked(rules: IssuerRules, revoked: Revocations, issuer: string | null = rules.url): IssuerRules {
  return revoked.size === 0 ? rules : { ...rules, revoked: revokedOf(revoked, issuer) };
}

/** What an endpoint says of a token is held against the rules that a token of its own would be. */
function introspectionRules(
  entry: IntrospectionConfig,
  index: number,
  { user, revoked }: { readonly user: UserConfig; readonly revoked: Revocations },
): IntrospectionRules {
  const { issuer: url } = entry;
  const issuer = url ?? entry.url;
  const named = url === null ? ({ kind: 'absent' } as const) : ({ kind: 'url', url } as const);
  const asked = { ...entry, issuer: named, algorithms: [], carriers: [], type: 'any', maxAgeMs: null };
  const rules = issuerRules(asked, user);
  return {
    rules: withRevoked(rules, revoked, issuer),
    issuer,
    entry: introspectionEntry(index),
    typed: entry.type === 'Bearer',
    cacheForMs: entry.cacheForMs,
    timeoutMs: entry.timeoutMs,
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

/** Those of tokens in the order in which they are asked, and what sessions that begin with one are held against. */
export interface TokenProvers {
  readonly provers: readonly Prover[];
  readonly issuers: readonly SessionIssuer[];
}

export function tokenProversOf(config: Config, revoked: Revocations): TokenProvers {
  const { jwt, introspection, user } = config;
  const signed = jwt.map(entry => withRevoked(tokenRules(entry, user), revoked));
  const tokens = signed.length === 0 ? [] : [heldTokens(bearerTokenProver(signed), siteOf(config))];
  const endpoints = introspection.map((entry, index) => introspectionRules(entry, index, { user, revoked }));
  const opaque = endpoints.length === 0 ? [] : [opaqueTokenProver(endpoints)];
  const issuers = [
    ...signed.map(rules => ({ prover: 'jwt', issuer: rules.url ?? '', rules })),
    ...endpoints.map(({ issuer, rules }) => ({ prover: 'introspection', issuer, rules })),
  ];
  return { provers: [...tokens, ...opaque], issuers };
}
