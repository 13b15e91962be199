/** Proves a user by a signed token, in Authorization (RFC 6750, RFC 7519) or in the carriers that its issuer's entry lists. */

import type { Lookup, SignatureLookup } from '../../gate/lookups.ts';
import { findingOf, type Look, type ProvedAgain, type Prover } from '../../gate/policy.ts';
import type { Proof, ProofCarrier } from '../../gate/proof.ts';
import { type Refusal, refuse, refuseWithAudit } from '../../gate/reasons.ts';
import { parseAuthorization } from '../../http/authorization.ts';
import { derived } from '../../http/derived.ts';
import { ownText, RecentTexts } from '../../http/recent-texts.ts';
import { weightOf } from '../../http/weight.ts';
import { bindingOf, checkBinding } from '../holders/token-binding.ts';
import { balancerToken, issuerInHeader } from './balancer-token.ts';
import { type CompactToken, readCompactToken, readPaddedToken, weightOfToken } from './compact-token.ts';
import type { IssuerRules } from './issuer-rules.ts';
import {
  authorizationSchemes,
  bearerInAuthorization,
  type Carrying,
  carrierId,
  carrierNames,
  compileCarriers,
  type ShownToken,
  tokensDiffer,
} from './token-carriers.ts';
import { checkTimes, isForUs, readTimes, type TokenTimes } from './token-claims.ts';
import { checkHeader } from './token-header.ts';
import { userProved, weightOfUser } from './token-user.ts';

export type { IssuerRules } from './issuer-rules.ts';

interface Issuer {
  readonly rules: IssuerRules;
  /** As the config has it: `jwt[0] https://…`. The token's own word for it is never said. */
  readonly entry: string;
  /** Where its tokens may stand. */
  readonly carriers: ReadonlySet<string>;
}

/** Issuers by `iss`; null is the issuer of tokens without one. */
type Issuers = ReadonlyMap<string | null, Issuer>;

/** Asks for a token; looks only where the issuers' carriers say. */
export interface BearerTokenProver extends Prover {
  prove(request: Carrying, look: Look): Proof | null | Refusal | Lookup;
}

interface Carried {
  /** Lower-case; '' outside Authorization. */
  readonly scheme: string;
  readonly token: string;
  readonly carrier: ProofCarrier;
}

/** Schemes in which a token of ours may come, with the carrier that each stands for. */
type Schemes = ReturnType<typeof authorizationSchemes>;

const partsOf = (token: string): number => token.split('.').length;
const encrypted = refuse('token-malformed', 'encrypted tokens are not taken');

/** Three parts are a signed token, five an encrypted one; anything else is opaque, and may be the hub's. */
function carriedToken(authorization: string, schemes: Schemes): Carried | null | Refusal {
  const parsed = parseAuthorization(authorization);
  if (parsed === null || !schemes.has(parsed.scheme)) return null;
  const parts = partsOf(parsed.credentials);
  if (parts === 5) return encrypted;
  return parts === 3 ? { scheme: parsed.scheme, token: parsed.credentials, carrier: 'authorization' } : null;
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

function checkCarriers(ids: readonly string[], { carriers, entry }: Issuer): Refusal | null {
  const fits = ids.every(id => carriers.has(id));
  return fits ? null : refuseWithAudit('token-issuer', `${entry} does not take tokens where this one stood`);
}

/** A proof, but for where its token stood. */
type Unplaced = Omit<Proof, 'carrier' | 'token'>;

function proofOf({ claims }: CompactToken, rules: IssuerRules, times: TokenTimes): Unplaced | Refusal {
  const user = userProved(claims, rules);
  if ('reason' in user) return user;
  return {
    prover: 'jwt',
    credential: 'bearer',
    issuer: rules.url ?? '',
    ...user,
    claims,
    asserted: new Map(),
    expiresAt: times.expiresAt,
    holdsUntil: times.holdsUntil,
  };
}

function once<Made extends object>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => (made ??= make());
}

/** Everything about a token in which neither the clock nor the issuer's keys have a say. */
interface TokenReading {
  readonly issuer: Issuer;
  readonly times: TokenTimes;
  readonly lookup: SignatureLookup;
  /** What the token proves while it holds. Worked out when its signature has held, and not before: rules may be long. */
  readonly proof: () => Proof | Refusal;
  /** Bytes of what is kept of the token, but for its proof. */
  readonly weight: number;
}

/** Bytes of what stands around a token: its places in memories, its proof, and the identity that is made of it. */
const around = 1024;

function readToken(carried: Carried, issuers: Issuers): TokenReading | Refusal {
  const read = readNamed(carried.token, issuers);
  if ('reason' in read) return read;
  const { token, named } = read;
  const { rules } = named;
  const unfit =
    checkHeader(token.header, rules) ?? checkBinding(token.claims, carried.scheme) ?? checkAudience(token, named);
  if (unfit !== null) return unfit;
  const times = readTimes(token.claims, rules);
  if ('reason' in times) return times;
  const issuer = rules.url ?? '';
  const key = `signature:${carried.token}`;
  const binding = bindingOf(token.claims, carried.token, rules.clockToleranceMs);
  const bound = binding === undefined ? {} : { binding };
  return {
    issuer: named,
    times,
    lookup: { kind: 'lookup', key, what: 'signature', issuer, token: carried.token },
    weight: around + weightOf(key) + weightOfToken(token),
    proof: once(() => {
      const proof = proofOf(token, rules, times);
      return 'reason' in proof ? proof : { ...proof, ...bound, carrier: carried.carrier, token: carried.token };
    }),
  };
}

/** Reads a token in Authorization; null where there is none of ours. */
function readAuthorization(authorization: string, schemes: Schemes, issuers: Issuers): TokenReading | null | Refusal {
  const carried = carriedToken(authorization, schemes);
  if (carried === null || 'reason' in carried) return carried;
  const reading = readToken(carried, issuers);
  if ('reason' in reading) return reading;
  return checkCarriers([schemes.get(carried.scheme) ?? ''], reading.issuer) ?? reading;
}

/** Reads a token in a carrier that carries nothing else, so that anything but a token is refused. */
function readAside(token: string, carrier: ShownToken['carrier'], issuers: Issuers): TokenReading | Refusal {
  return partsOf(token) === 5 ? encrypted : readToken({ scheme: '', token, carrier }, issuers);
}

/** How much is remembered, of what held and of the rest: as many tokens of a usual size, or bytes of all that is kept of them. */
const bounds = {
  held: { entries: 8192, bytes: 48 * 1024 * 1024 },
  others: { entries: 2048, bytes: 8 * 1024 * 1024 },
};

function memory<Reading>({ entries, bytes }: (typeof bounds)['held'], memories: number): RecentTexts<Reading> {
  return new RecentTexts({ entries, characters: bytes / memories });
}

/** Reads each text once, and remembers those that held apart, so that a flood of others can not push them out. */
class TokenReadings {
  readonly #read: (text: string) => TokenReading | null | Refusal;
  readonly #held: RecentTexts<TokenReading>;
  readonly #others: RecentTexts<TokenReading | Refusal>;

  /** `memories`: how many of these share the bytes. */
  constructor(read: (text: string) => TokenReading | null | Refusal, memories: number) {
    this.#read = read;
    this.#held = memory(bounds.held, memories);
    this.#others = memory(bounds.others, memories);
  }

  of(text: string): TokenReading | null | Refusal {
    const known = this.#held.get(text) ?? this.#others.get(text);
    if (known !== undefined) return known;
    const own = ownText(text);
    const reading = this.#read(own);
    if (reading !== null) this.#others.set(own, reading, 'reason' in reading ? around : reading.weight);
    return reading;
  }

  /** `proof`: what the reading proves, in which mappings may have made much of little. */
  keepHeld(text: string, reading: TokenReading, proof: Proof | Refusal): void {
    if (this.#held.get(text) !== undefined) return;
    this.#others.delete(text);
    const made = 'reason' in proof ? 0 : weightOfUser(proof);
    this.#held.set(ownText(text), reading, reading.weight + made);
  }
}

type Outcome = Proof | null | Refusal | Lookup;

/** Time and audience come before the signature, so that a storm of stale tokens costs nothing; user claims come after it. */
function prove(text: string, look: Look, readings: TokenReadings, beside?: ShownToken): Outcome {
  const reading = readings.of(text);
  if (reading === null || 'reason' in reading) return reading;
  const misplaced = beside === undefined ? null : checkCarriers(beside.ids, reading.issuer);
  if (misplaced !== null) return misplaced;
  const untimely = checkTimes(reading.times, look.now);
  if (untimely !== null) return untimely;
  const finding = findingOf(look, reading.lookup);
  if (finding === undefined) return reading.lookup;
  if ('reason' in finding) return finding;
  const proof = reading.proof();
  readings.keepHeld(text, reading, proof);
  return proof;
}

function idsOf({ carriers }: IssuerRules): ReadonlySet<string> {
  return new Set(carriers === undefined ? [bearerInAuthorization] : carriers.map(carrierId));
}

function compileIssuers(issuers: readonly IssuerRules[]): Issuers {
  return new Map(
    issuers.map((rules, index) => [
      rules.url,
      { rules, entry: `jwt[${index}] ${rules.url ?? '(tokens without iss)'}`, carriers: idsOf(rules) },
    ]),
  );
}

type Prove = BearerTokenProver['prove'];

/** Reads the very token again. Where it may stand is asked when it is shown. */
function rereading(issuers: Issuers): (proof: Proof) => TokenReading | Refusal {
  return derived(({ token = '', carrier, binding }: Proof) => {
    const scheme = binding?.by === 'key' ? 'dpop' : '';
    return readToken({ scheme, token, carrier }, issuers);
  });
}

/** Its signature held; it is still to be asked whether it does under the keys of now. */
function again(proof: Proof, reread: ReturnType<typeof rereading>): ProvedAgain | null | Refusal {
  if (proof.prover !== 'jwt') return null;
  const reading = reread(proof);
  if ('reason' in reading) return reading;
  const read = reading.proof();
  return 'reason' in read ? read : { proof: read, signature: reading.lookup };
}

function inAuthorization(issuers: Issuers, schemes: Schemes, memories: number): Prove {
  const readings = new TokenReadings(text => readAuthorization(text, schemes, issuers), memories);
  return ({ authorization }, look) => (authorization === undefined ? null : prove(authorization, look, readings));
}

/** The token in Authorization, where it is the same, proves what the others do, and that who made the request has it. */
function inAnyCarrier(
  issuers: Issuers,
  schemes: Schemes,
  shownIn: NonNullable<ReturnType<typeof compileCarriers>>,
  memories: number,
): Prove {
  const proveAuthorization = inAuthorization(issuers, schemes, memories);
  const readings = (carrier: ShownToken['carrier']): TokenReadings =>
    new TokenReadings(token => readAside(token, carrier, issuers), memories);
  const aside = { subprotocol: readings('subprotocol'), header: readings('header'), cookie: readings('cookie') };
  return (request, look) => {
    const shown = shownIn(request);
    if (shown === null) return proveAuthorization(request, look);
    if ('reason' in shown) return shown;
    const carried = request.authorization === undefined ? null : carriedToken(request.authorization, schemes);
    if (carried !== null && 'reason' in carried) return carried;
    if (carried !== null && carried.token !== shown.token) return tokensDiffer;
    const outcome = prove(shown.token, look, aside[shown.carrier], shown);
    const isProof = outcome !== null && !('kind' in outcome);
    return isProof && carried !== null ? proveAuthorization(request, look) : outcome;
  };
}

/** One prover for all issuers, in the order of the config; `look` must say of each token whether its signature holds. */
export function bearerTokenProver(issuers: readonly IssuerRules[]): BearerTokenProver {
  const compiled = compileIssuers(issuers);
  const ids = [...compiled.values()].flatMap(({ carriers }) => [...carriers]);
  const schemes = authorizationSchemes(ids);
  const carriers = issuers.flatMap(rules => rules.carriers ?? []);
  const shownIn = compileCarriers(carriers);
  const kindsAside = Object.values(carrierNames(carriers)).filter(names => names.length > 0).length;
  const memories = 1 + kindsAside;
  const proves =
    shownIn === null
      ? inAuthorization(compiled, schemes, memories)
      : inAnyCarrier(compiled, schemes, shownIn, memories);
  const reread = rereading(compiled);
  return { name: 'jwt', prove: proves, again: proof => again(proof, reread) };
}
