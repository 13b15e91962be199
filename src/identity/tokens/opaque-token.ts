/** Proves a user by an opaque bearer token that an introspection endpoint knows as active (RFC 7662). */

import type { Moment } from '../../clock.ts';
import { askAboutToken, type Introspected, type Lookup } from '../../gate/lookups.ts';
import { findingOf, type Look, type ProvedAgain, type Prover } from '../../gate/policy.ts';
import type { Proof, Word } from '../../gate/proof.ts';
import { type Refusal, refuse, refuseWithAudit } from '../../gate/reasons.ts';
import type { SanitisedRequest } from '../../gate/stages.ts';
import { parseAuthorization } from '../../http/authorization.ts';
import { derivedWithin } from '../../http/derived.ts';
import type { IssuerRules } from './issuer-rules.ts';
import type { JsonObject, JsonValue } from './strict-json.ts';
import { checkTimes, dateOf, isForUs, readTimes, type TokenTimes } from './token-claims.ts';
import { userProved, weightOfUser } from './token-user.ts';

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
  /** How long an answer is believed at most, and how long one may take. */
  readonly cacheForMs: number;
  readonly timeoutMs: number;
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
type Untimed = Omit<Proof, 'token' | 'expiresAt' | 'holdsUntil' | 'word'>;

/** Asked for anew at half of its time, so that an endpoint may be away for a moment; an answer that was remembered leaves time for one question. */
function wordOf(givenAt: Moment, { cacheForMs, timeoutMs }: IntrospectionRules): Word {
  return { givenAt, askAgainAfterMs: cacheForMs / 2, countsForMs: cacheForMs + timeoutMs };
}

function proofOf(claims: JsonObject, { rules, issuer }: IntrospectionRules): Untimed | Refusal {
  const user = userProved(claims, rules);
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

function readAnswer({ token, claims, givenAt, until }: Answered, entry: IntrospectionRules): AnswerReading {
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
  if ('reason' in proof) return proof;
  const word = wordOf(givenAt, entry);
  // Without an end of its own it is open-ended for what stays open: then the word is its only end.
  const holdsUntil = 'exp' in members ? times.holdsUntil : Number.POSITIVE_INFINITY;
  return { times, proof: { ...proof, token, expiresAt: times.expiresAt, holdsUntil, word } };
}

/** The one that lasts least. */
function shorter(one: Word | undefined, other: Word): Word {
  return one === undefined || other.countsForMs < one.countsForMs ? other : one;
}

/** What the endpoint said stands; the rules that it is held against may be others. */
function reread(
  { issuer, claims, expiresAt, holdsUntil, word }: Proof,
  token: string,
  entries: readonly IntrospectionRules[],
): ProvedAgain | Refusal {
  const members = claims as JsonObject;
  const named = entries.filter(one => one.issuer === issuer);
  const [first] = named;
  if (first === undefined) return refuse('token-issuer');
  // Which of its issuer's entries answered for it is not kept: so each that could have must take it.
  let proved: Untimed | undefined;
  let lasting: Word | undefined;
  for (const entry of named.filter(({ rules }) => isForUs(members, rules))) {
    const proof = proofOf(members, entry);
    if ('reason' in proof) return proof;
    proved ??= proof;
    if (word !== undefined) lasting = shorter(lasting, wordOf(word.givenAt, entry));
  }
  if (proved === undefined) return refuseWithAudit('token-audience', first.entry);
  const times = { expiresAt, holdsUntil: holdsUntil ?? expiresAt };
  return { proof: { ...proved, token, ...times, ...(lasting && { word: lasting }) } };
}

/** No endpoint knows it as active any more: for the clocks that may differ, a token about its `exp` has come to its end. */
function ended({ claims, issuer }: Proof, entries: readonly IntrospectionRules[], now: number): Refusal {
  const exp = dateOf((claims as JsonObject)['exp']);
  const tolerance = Math.max(
    0,
    ...entries.filter(one => one.issuer === issuer).map(({ rules }) => rules.clockToleranceMs),
  );
  const isPast = typeof exp === 'number' && now >= exp - tolerance;
  return isPast ? refuse('token-expired') : refuse('token-revoked', 'not active any more');
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
  const readNow = (answer: Answered, now: number): Proof | Refusal => {
    const reading = readings(answer);
    return 'reason' in reading ? reading : (checkTimes(reading.times, now) ?? reading.proof);
  };
  return {
    name: 'introspection',
    again(proof, _peer, look) {
      const { prover, token, issuer } = proof;
      if (prover !== 'introspection' || token === undefined) return null;
      const finding = look && findingOf(look, askAboutToken(token));
      if (look === undefined || finding === undefined) return reread(proof, token, entries);
      if ('reason' in finding) return finding;
      if (finding.answer === undefined) return ended(proof, entries, look.now);
      const fresh = readNow(finding.answer, look.now);
      if ('reason' in fresh) return fresh;
      return fresh.issuer === issuer ? { proof: fresh } : refuse('token-issuer', "another issuer's now");
    },
    prove({ authorization }, look) {
      const token = authorization === undefined ? null : carriedToken(authorization);
      if (typeof token !== 'string') return token;
      const lookup = askAboutToken(token);
      const finding = findingOf(look, lookup);
      if (finding === undefined) return lookup;
      if ('reason' in finding) return finding;
      if (finding.answer === undefined) return null;
      return readNow(finding.answer, look.now);
    },
  };
}
