/** Proves a user by an opaque bearer token that an introspection endpoint knows as active (RFC 7662). */

import type { Introspected, Lookup } from '../../gate/lookups.ts';
import { findingOf, type Look, type ProvedAgain, type Prover } from '../../gate/policy.ts';
import type { Proof } from '../../gate/proof.ts';
import { type Refusal, refuse, refuseWithAudit } from '../../gate/reasons.ts';
import type { SanitisedRequest } from '../../gate/stages.ts';
import { parseAuthorization } from '../../http/authorization.ts';
import { derivedWithin } from '../../http/derived.ts';
import { checkClaimRules } from './claim-expressions.ts';
import type { IssuerRules } from './issuer-rules.ts';
import type { JsonObject, JsonValue } from './strict-json.ts';
import { checkRequiredClaims, checkTimes, isForUs, readTimes, type TokenTimes } from './token-claims.ts';
import { tokenUser, weightOfUser } from './token-user.ts';

/** What the policy demands of the tokens that one endpoint answers for. */
export interface IntrospectionRules {
  /** `url` null: the answer's `iss` is not looked at. `algorithms`, `type` and `maxAgeMs` mean nothing here. */
  readonly rules: IssuerRules;
  /** Who vouches: the issuer's url, or else the endpoint's. */
  readonly issuer: string;
  /** As the audit line names it: `introspection[0]`. */
  readonly entry: string;
  /** Whether the answer has to say `token_type: Bearer`. */
  readonly typed: boolean;
}

/** Asks for an opaque token; looks at Authorization alone. */
export interface OpaqueTokenProver extends Prover {
  prove(request: Pick<SanitisedRequest, 'authorization'>, look: Look): Proof | null | Refusal | Lookup;
}

/** Parts of a signed token and of an encrypted one, which are never asked about. */
const partsOfJwts: ReadonlySet<number> = new Set([3, 5]);

/** Beyond this nobody is asked, and nobody is told either: it could still be a proof, which must not go up. */
const mostCharacters = 4096;

/** Other schemes are no bearer's; `token` is the hub's own word for its own tokens. */
function carriedToken(authorization: string): string | null | Refusal {
  const parsed = parseAuthorization(authorization);
  if (parsed === null || parsed.scheme !== 'bearer') return null;
  const { credentials } = parsed;
  if (partsOfJwts.has(credentials.split('.').length)) return null;
  return credentials.length > mostCharacters
    ? refuse('token-malformed', `an opaque token of more than ${mostCharacters} characters`)
    : credentials;
}

type Answered = NonNullable<Introspected['answer']>;

/** What Keycloak's `typ` says of tokens that are for the issuer alone. */
const issuersOwn: ReadonlySet<JsonValue | undefined> = new Set(['refresh', 'offline', 'id', 'logout']);

const lower = (value: JsonValue | undefined): JsonValue | undefined =>
  typeof value === 'string' ? value.toLowerCase() : value;

/** Endpoints know refresh tokens as active too (RFC 7662 §2.1), and these are no proof to anybody but their issuer. */
function checkKind(claims: JsonObject, typed: boolean): Refusal | null {
  const { token_type, token_use, typ } = claims as {
    readonly [name in 'token_type' | 'token_use' | 'typ']?: JsonValue;
  };
  const type = lower(token_type);
  if (type === 'dpop' || 'cnf' in claims) return refuse('token-bound', type === 'dpop' ? 'token_type' : 'cnf');
  if (type === undefined ? typed : type !== 'bearer') return refuse('token-type', 'token_type');
  if (token_use !== undefined && lower(token_use) !== 'access_token') return refuse('token-type', 'token_use');
  return issuersOwn.has(lower(typ)) ? refuse('token-type', 'typ') : null;
}

/** What an answer proves while it is believed. */
type AnswerReading = { readonly times: TokenTimes; readonly proof: Proof } | Refusal;

/** A proof, but for its token and until when it holds. */
type Untimed = Omit<Proof, 'token' | 'expiresAt' | 'holdsUntil'>;

function proofOf(claims: JsonObject, { rules, issuer }: IntrospectionRules): Untimed | Refusal {
  const broken = rules.revoked?.(claims) ?? checkRequiredClaims(claims, rules) ?? checkClaimRules(claims, rules);
  if (broken !== null) return broken;
  const user = tokenUser(claims, rules);
  if ('reason' in user) return user;
  return {
    prover: 'introspection',
    credential: 'bearer',
    carrier: 'authorization',
    issuer,
    ...user,
    claims,
    asserted: new Map(),
  };
}

function readAnswer({ token, claims, until }: Answered, entry: IntrospectionRules): AnswerReading {
  // The finding's claims come from strict JSON: gate/ only does not know that word.
  const members = claims as JsonObject;
  const { rules } = entry;
  const unfit = checkKind(members, entry.typed);
  if (unfit !== null) return unfit;
  if (rules.url !== null && members['iss'] !== rules.url) return refuseWithAudit('token-issuer', entry.entry);
  if (!isForUs(members, rules)) return refuseWithAudit('token-audience', entry.entry);
  // `exp` is the endpoint's to leave out: then the token holds as long as the answer is believed.
  const times = readTimes('exp' in members ? members : { ...members, exp: until / 1000 }, rules);
  if ('reason' in times) return times;
  const proof = proofOf(members, entry);
  return 'reason' in proof
    ? proof
    : { times, proof: { ...proof, token, expiresAt: times.expiresAt, holdsUntil: times.holdsUntil } };
}

/** What the endpoint said stands; the rules that it is held against may be others. */
function again(
  { prover, issuer, claims, expiresAt, holdsUntil, token }: Proof,
  entries: readonly IntrospectionRules[],
): ProvedAgain | null | Refusal {
  if (prover !== 'introspection' || token === undefined) return null;
  const members = claims as JsonObject;
  const named = entries.filter(one => one.issuer === issuer);
  const [first] = named;
  if (first === undefined) return refuse('token-issuer');
  // Which of its issuer's entries answered for it is not kept: so each that could have must take it.
  let proved: Untimed | undefined;
  for (const entry of named.filter(({ rules }) => isForUs(members, rules))) {
    const proof = proofOf(members, entry);
    if ('reason' in proof) return proof;
    proved ??= proof;
  }
  if (proved === undefined) return refuseWithAudit('token-audience', first.entry);
  return { proof: { ...proved, token, expiresAt, holdsUntil: holdsUntil ?? expiresAt } };
}

/** Of what is made of answers; they themselves are counted where they are remembered. */
const mostBytes = 16 * 1024 * 1024;

/** Of what stands around what a mapping gave, and of the identity that is made of it. */
const around = 1024;

/** One prover for all endpoints; a look-up says what they answer. */
export function opaqueTokenProver(entries: readonly IntrospectionRules[]): OpaqueTokenProver {
  const readings = derivedWithin(
    (answer: Answered): AnswerReading => {
      const entry = entries[answer.entry];
      return entry === undefined ? refuse('internal-error', 'an answer of nobody') : readAnswer(answer, entry);
    },
    { bytes: mostBytes, weigh: reading => around + ('reason' in reading ? 0 : weightOfUser(reading.proof)) },
  );
  return {
    name: 'introspection',
    again: proof => again(proof, entries),
    prove({ authorization }, look) {
      const token = authorization === undefined ? null : carriedToken(authorization);
      if (typeof token !== 'string') return token;
      const lookup = { kind: 'lookup', key: `introspection:${token}`, what: 'introspection', token } as const;
      const finding = findingOf(look, lookup);
      if (finding === undefined) return lookup;
      if ('reason' in finding) return finding;
      if (finding.answer === undefined) return null;
      const reading = readings(finding.answer);
      if ('reason' in reading) return reading;
      return checkTimes(reading.times, look.now) ?? reading.proof;
    },
  };
}
