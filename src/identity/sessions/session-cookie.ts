/** Proves a user by the gate's own cookie: what it holds of a token is held against the rules that hold now. */
import { createHash } from 'node:crypto';
import type { Config } from '../../config/config.ts';
import type { ClaimMappings } from '../../config/sections/claims.ts';
import type { Lookup, SessionLookup } from '../../gate/lookups.ts';
import { findingOf, type Look, type Prover, type SessionRules } from '../../gate/policy.ts';
import type { Proof, Session } from '../../gate/proof.ts';
import type { SanitisedRequest } from '../../gate/stages.ts';
import type { CookiePair } from '../../http/cookies.ts';
import { derived } from '../../http/derived.ts';
import type { IssuerRules } from '../tokens/issuer-rules.ts';
import type { JsonObject } from '../tokens/strict-json.ts';
import { isForUs } from '../tokens/token-claims.ts';
import { userProved } from '../tokens/token-user.ts';
import { mostSealedCharacters } from './sealed-sessions.ts';

const suffixCharacters = 8;

/** Names of all cookies of one gate: gates on one host can differ by port or by path alone, and cookies know neither. */
export function sessionCookieNames(
  publicUrl: string,
  baseUrl: string,
): Pick<SessionRules, 'cookieName' | 'nonceName' | 'guestName' | 'triesName' | 'handedName'> {
  const digest = createHash('sha256')
    .update(publicUrl + baseUrl)
    .digest('hex');
  const name = `hubgate-${digest.slice(0, suffixCharacters)}`;
  const plain = { triesName: `${name}-tries`, handedName: `${name}-handed` };
  if (!publicUrl.startsWith('https:'))
    return { cookieName: name, nonceName: `${name}-nonce`, guestName: `${name}-guest`, ...plain };
  // Where a browser knows the longer prefix, no script of a user's can write the cookie (RFC 6265bis §4.1.3).
  const unscripted = { nonceName: `__Host-Http-${name}-nonce`, guestName: `__Host-Http-${name}-guest` };
  return { cookieName: `__Host-${name}`, ...unscripted, ...plain };
}

/** What sessions of one prover's one issuer are held against. */
export interface SessionIssuer {
  /** As the proofs of its tokens name it. */
  readonly prover: string;
  readonly issuer: string;
  readonly rules: IssuerRules;
}

/** What no token is taken without, and what tells tokens apart in a revocation list. */
const registered = ['iss', 'aud', 'sub', 'jti'];

type Injected = Pick<Config['inject'], 'data'>;

/** Claims by name, or whether all of them may matter. */
interface NamedClaims {
  readonly names: ReadonlySet<string>;
  readonly all: boolean;
}

function mappings({
  username,
  groups,
  uid,
  extra = [],
}: IssuerRules): readonly ({ claim: string } | { expression: ClaimMappings['extra'][number]['expression'] })[] {
  return [username, groups, uid, ...extra].filter(mapping => mapping !== undefined && mapping !== null);
}

/** What of an issuer's tokens rules, mappings and injections look at. */
function claimsNamed(rules: IssuerRules, { data }: Injected): NamedClaims {
  const sources = [
    ...rules.requiredClaims,
    ...(rules.claimRules ?? []),
    ...mappings(rules),
    ...data.map(({ from }) => from).filter(from => from.kind !== 'header'),
  ];
  const expressions = sources.flatMap(source => ('expression' in source ? [source.expression] : []));
  const plain = sources.flatMap(source => ('claim' in source ? [source.claim] : []));
  const names = new Set([...registered, ...plain, ...expressions.flatMap(({ claims }) => [...claims])]);
  if (names.has('email')) names.add('email_verified');
  return { names, all: expressions.some(({ anyClaim }) => anyClaim) };
}

function without(
  claims: Readonly<Record<string, unknown>>,
  { names, all }: NamedClaims,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => all || names.has(name)));
}

const keyOf = ({ prover, issuer }: Pick<Session, 'prover' | 'issuer'>): string => `${prover} ${issuer}`;

/** What may go into a session of that proof; undefined where its token's issuer makes none. */
export type ClaimsKept = (proof: Proof) => Session['claims'] | undefined;

/** What of a proof's claims a session has to keep. */
export function claimsKept(issuers: readonly SessionIssuer[], inject: Injected): ClaimsKept {
  const named = new Map(issuers.map(issuer => [keyOf(issuer), claimsNamed(issuer.rules, inject)]));
  return proof => {
    const kept = named.get(keyOf(proof));
    return kept && without(proof.claims, kept);
  };
}

/** Of an earlier time, and of whom the policy no longer knows, nothing is left. */
function proofOf(session: Session, rules: IssuerRules): Proof | null {
  // Opened sessions come from strict JSON: gate/ only does not know that word.
  const claims = session.claims as JsonObject;
  if (!isForUs(claims, rules)) return null;
  const user = userProved(claims, rules);
  if ('reason' in user) return null;
  return {
    prover: 'session',
    credential: 'session',
    carrier: 'cookie',
    issuer: session.issuer,
    ...user,
    claims,
    asserted: new Map(),
    expiresAt: session.expiresAt,
    session,
  };
}

/** Another's clock may be ahead. */
const clockToleranceMs = 60_000;

/** A life that a reload has shortened is short for those that began before it. */
function isLive({ sealedAt, expiresAt }: Session, now: number, maxAgeMs: number): boolean {
  return now < Math.min(expiresAt, sealedAt + maxAgeMs) && sealedAt <= now + clockToleranceMs;
}

/** The one cookie of that name; a repeat counts as none, whichever a browser would have meant (H15). */
function sealedIn(cookies: readonly CookiePair[], name: string): string | null {
  const [crumb, ...more] = cookies.filter(pair => pair.name === name);
  if (crumb === undefined || more.length > 0) return null;
  const sealed = crumb.text.slice(name.length + 1);
  return sealed.length > mostSealedCharacters ? null : sealed;
}

/** Asks for the gate's cookie; one that proves nothing is as none. */
export interface SessionProver extends Prover {
  prove(request: Pick<SanitisedRequest, 'cookies' | 'standing' | 'userHost'>, look: Look): Proof | null | Lookup;
  /** Whether it found a session that somebody has ended. */
  readonly hasEnded: SessionRules['hasEnded'];
}

/** One prover for the sessions of all issuers; what a peer outside shows is not looked at. */
export function sessionProver(cookieName: string, maxAgeMs: number, issuers: readonly SessionIssuer[]): SessionProver {
  const rulesOf = new Map(issuers.map(issuer => [keyOf(issuer), issuer.rules]));
  const lookups = derived((cookies: readonly CookiePair[]): { readonly lookup: SessionLookup | null } => {
    const sealed = sealedIn(cookies, cookieName);
    return { lookup: sealed === null ? null : { kind: 'lookup', key: `session:${sealed}`, what: 'session', sealed } };
  });
  const proofs = derived((session: Session): { readonly proof: Proof | null } => {
    const rules = rulesOf.get(keyOf(session));
    return { proof: rules === undefined ? null : proofOf(session, rules) };
  });
  return {
    name: 'session',
    prove({ cookies, standing, userHost }, look) {
      if (cookies.length === 0 || standing !== 'proxy') return null;
      const { lookup } = lookups(cookies);
      if (lookup === null) return null;
      const finding = findingOf(look, lookup);
      if (finding === undefined) return lookup;
      if ('reason' in finding || finding.session === undefined) return null;
      const { session } = finding;
      return session.host === userHost && isLive(session, look.now, maxAgeMs) ? proofs(session).proof : null;
    },
    hasEnded(cookies, look) {
      const { lookup } = lookups(cookies);
      const finding = lookup === null ? undefined : findingOf(look, lookup);
      return finding !== undefined && 'what' in finding && finding.ended === true;
    },
    again({ session }) {
      const proof = session === undefined ? null : proofs(session).proof;
      if (session === undefined || proof === null) return null;
      return { proof: { ...proof, expiresAt: Math.min(session.expiresAt, session.sealedAt + maxAgeMs) } };
    },
  };
}
