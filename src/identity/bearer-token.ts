/** Proves a user by a signed token in Authorization (RFC 6750, RFC 7519). */
import { findingOf, type Look, type Prover } from '../gate/policy.ts';
import { type Refusal, refuse, refuseWithAudit } from '../gate/reasons.ts';
import type { Lookup, Proof, SanitisedRequest, SignatureLookup } from '../gate/stages.ts';
import { parseAuthorization } from '../http/authorization.ts';
import { ownText, RecentTexts } from '../http/recent-texts.ts';
import { balancerToken, issuerInHeader } from './balancer-token.ts';
import { type CompactToken, readCompactToken, readPaddedToken } from './compact-token.ts';
import type { IssuerRules } from './issuer-rules.ts';
import { checkRequiredClaims, checkTimes, isForUs, readTimes, type TokenTimes } from './token-claims.ts';
import { checkHeader } from './token-header.ts';
import { tokenUser } from './token-user.ts';

export type { IssuerRules } from './issuer-rules.ts';

interface Issuer {
  readonly rules: IssuerRules;
  /** As the config has it: `jwt[0] https://…`. The token's own word for it is never said. */
  readonly entry: string;
}

/** Issuers by `iss`; null is the issuer of tokens without one. */
type Issuers = ReadonlyMap<string | null, Issuer>;

/** Asks for a token; looks at Authorization alone. */
export interface BearerTokenProver extends Prover {
  prove(request: Pick<SanitisedRequest, 'authorization'>, look: Look): Proof | null | Refusal | Lookup;
}

interface Carried {
  readonly scheme: string;
  readonly token: string;
}

/** Schemes in which a token of ours may come; DPoP is read only to be refused in words (RFC 9449 §7.1). */
const schemes: ReadonlySet<string> = new Set(['bearer', 'dpop']);

/** Three parts are a signed token, five an encrypted one; anything else is opaque, and may be the hub's. */
function carriedToken(authorization: string): Carried | null | Refusal {
  const parsed = parseAuthorization(authorization);
  if (parsed === null || !schemes.has(parsed.scheme)) return null;
  const parts = parsed.credentials.split('.').length;
  if (parts === 5) return refuse('token-malformed', 'encrypted tokens are not taken');
  return parts === 3 ? { scheme: parsed.scheme, token: parsed.credentials } : null;
}

function issuerOf({ header, claims }: CompactToken, issuers: Issuers): Issuer | undefined {
  if ('iss' in claims) {
    const iss = claims['iss'];
    return typeof iss === 'string' ? issuers.get(iss) : undefined;
  }
  const iss = issuerInHeader(header);
  const named = typeof iss === 'string' ? issuers.get(iss) : undefined;
  return named?.rules.signer === undefined ? issuers.get(null) : named;
}

/** A token, and its issuer as far as its own word goes. */
interface NamedToken {
  readonly token: CompactToken;
  readonly named: Issuer;
}

/** The strict form; or where load balancers sign, and by one of them, the padded form as well. */
function readNamed(text: string, issuers: Issuers): NamedToken | Refusal {
  const strict = readCompactToken(text);
  const token = strict ?? (hasBalancer(issuers) ? readPaddedToken(text) : null);
  if (token === null) return refuse('token-malformed');
  const named = issuerOf(token, issuers);
  if (named === undefined) return unknownIssuer(issuers);
  const { signer } = named.rules;
  if (signer === undefined) return strict === null ? refuse('token-malformed') : { token, named };
  const meant = balancerToken(token, signer);
  return 'reason' in meant ? meant : { token: meant, named };
}

function hasBalancer(issuers: Issuers): boolean {
  return issuers.values().some(({ rules }) => rules.signer !== undefined);
}

function unknownIssuer(issuers: Issuers): Refusal {
  const entries = Array.from(issuers.values(), ({ entry }) => entry);
  return refuseWithAudit('token-issuer', `tried ${entries.join(', ')}`);
}

function checkAudience({ claims }: CompactToken, { rules, entry }: Issuer): Refusal | null {
  return isForUs(claims, rules) ? null : refuseWithAudit('token-audience', entry);
}

/** A token that only its holder may show must not pass as one that anybody may (RFC 7800 §3, RFC 8705, RFC 9449). */
function checkBinding({ claims }: CompactToken, scheme: string): Refusal | null {
  if (scheme === 'dpop') return refuse('token-bound', 'the DPoP scheme');
  return 'cnf' in claims ? refuse('token-bound', 'cnf') : null;
}

function proofOf({ claims }: CompactToken, rules: IssuerRules, expiresAt: number): Proof | Refusal {
  const broken = checkRequiredClaims(claims, rules);
  if (broken !== null) return broken;
  const user = tokenUser(claims, rules);
  if ('reason' in user) return user;
  return {
    prover: 'jwt',
    credential: 'bearer',
    issuer: rules.url ?? '',
    ...user,
    claims,
    asserted: new Map(),
    expiresAt,
  };
}

/** Everything about a token in which neither the clock nor the issuer's keys have a say. */
interface TokenReading {
  readonly times: TokenTimes;
  readonly lookup: SignatureLookup;
  /** What the token proves while it holds. */
  readonly proof: Proof | Refusal;
}

function readToken(authorization: string, issuers: Issuers): TokenReading | null | Refusal {
  const carried = carriedToken(authorization);
  if (carried === null || 'reason' in carried) return carried;
  const read = readNamed(carried.token, issuers);
  if ('reason' in read) return read;
  const { token, named } = read;
  const { rules } = named;
  const unfit = checkHeader(token.header, rules) ?? checkBinding(token, carried.scheme) ?? checkAudience(token, named);
  if (unfit !== null) return unfit;
  const times = readTimes(token.claims, rules);
  if ('reason' in times) return times;
  const issuer = rules.url ?? '';
  const key = `signature:${carried.token}`;
  return {
    times,
    lookup: { kind: 'lookup', key, what: 'signature', issuer, token: carried.token },
    proof: proofOf(token, rules, times.expiresAt),
  };
}

/** Reads each token once, and remembers those that held apart, so that a flood of others can not push them out. */
class TokenReadings {
  readonly #issuers: Issuers;
  readonly #held = new RecentTexts<TokenReading>({ entries: 8192, characters: 8 * 1024 * 1024 });
  readonly #others = new RecentTexts<TokenReading | Refusal>({ entries: 2048, characters: 2 * 1024 * 1024 });

  constructor(issuers: Issuers) {
    this.#issuers = issuers;
  }

  of(authorization: string): TokenReading | null | Refusal {
    const known = this.#held.get(authorization) ?? this.#others.get(authorization);
    if (known !== undefined) return known;
    const own = ownText(authorization);
    const reading = readToken(own, this.#issuers);
    if (reading !== null) this.#others.set(own, reading);
    return reading;
  }

  keepHeld(authorization: string, reading: TokenReading): void {
    if (this.#held.get(authorization) !== undefined) return;
    this.#others.delete(authorization);
    this.#held.set(ownText(authorization), reading);
  }
}

/** Time and audience come before the signature, so that a storm of stale tokens costs nothing; user claims come after it. */
function prove(authorization: string, look: Look, readings: TokenReadings): Proof | null | Refusal | Lookup {
  const reading = readings.of(authorization);
  if (reading === null || 'reason' in reading) return reading;
  const untimely = checkTimes(reading.times, look.now);
  if (untimely !== null) return untimely;
  const finding = findingOf(look, reading.lookup);
  if (finding === undefined) return reading.lookup;
  if ('reason' in finding) return finding;
  readings.keepHeld(authorization, reading);
  return reading.proof;
}

function compileIssuers(issuers: readonly IssuerRules[]): Issuers {
  return new Map(
    issuers.map((rules, index) => [
      rules.url,
      { rules, entry: `jwt[${index}] ${rules.url ?? '(tokens without iss)'}` },
    ]),
  );
}

/** One prover for all issuers, in the order of the config; `look` must say of each token whether its signature holds. */
export function bearerTokenProver(issuers: readonly IssuerRules[]): BearerTokenProver {
  const readings = new TokenReadings(compileIssuers(issuers));
  return {
    name: 'jwt',
    prove: ({ authorization }, look) => (authorization === undefined ? null : prove(authorization, look, readings)),
  };
}
