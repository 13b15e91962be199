/** Checks of a token's registered claims: when it holds and for whom it was made (RFC 7519 §4.1). */
import { type Refusal, refuse } from '../../gate/reasons.ts';
import type { IssuerRules } from './issuer-rules.ts';
import type { JsonObject, JsonValue } from './strict-json.ts';

/** The furthest that a Date can say, in milliseconds either way (ECMA-262 §21.4.1.1). */
const furthest = 8.64e15;

/** A NumericDate in milliseconds, undefined where it is absent, null where it is no date. */
export function dateOf(value: JsonValue | undefined): number | undefined | null {
  if (value === undefined) return undefined;
  if (typeof value !== 'number') return null;
  const ms = Math.floor(value * 1000);
  return Math.abs(ms) <= furthest ? ms : null;
}

/** When a token holds, in milliseconds since the epoch. */
export interface TokenTimes {
  /** Without tolerance, and no later than maxAge lets it. */
  readonly expiresAt: number;
  /** With tolerance: from here on, and before there. */
  readonly holdsFrom: number;
  readonly holdsUntil: number;
}

const always = Number.NEGATIVE_INFINITY;

/** Works out when the token holds; a refusal where a date is none, or one is missing. */
export function readTimes(claims: JsonObject, rules: IssuerRules): TokenTimes | Refusal {
  const { clockToleranceMs, maxAgeMs } = rules;
  const exp = dateOf(claims['exp']);
  if (exp === undefined || exp === null) return refuse('token-malformed', 'exp is absent or no date');
  const nbf = dateOf(claims['nbf']);
  if (nbf === null) return refuse('token-malformed', 'nbf is no date');
  const iat = dateOf(claims['iat']);
  if (iat === null) return refuse('token-malformed', 'iat is no date');
  if (maxAgeMs > 0 && iat === undefined) return refuse('token-malformed', 'iat is absent, and maxAge needs it');
  const expiresAt = maxAgeMs > 0 && iat !== undefined ? Math.min(exp, iat + maxAgeMs) : exp;
  return {
    expiresAt,
    holdsFrom: Math.max(nbf ?? always, iat ?? always) - clockToleranceMs,
    holdsUntil: expiresAt + clockToleranceMs,
  };
}

/** Null when the token holds now. */
export function checkTimes({ holdsFrom, holdsUntil }: TokenTimes, now: number): Refusal | null {
  if (now >= holdsUntil) return refuse('token-expired');
  return now < holdsFrom ? refuse('token-not-yet-valid') : null;
}

/** Whether the token was made for this gate. */
export function isForUs(claims: JsonObject, rules: IssuerRules): boolean {
  if (rules.anyAudience) return true;
  const { aud } = claims as { readonly aud?: JsonValue };
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return named.every(name => typeof name === 'string') && named.some(name => rules.audiences.has(name));
}

/** Null when every required claim has its very value; an absent claim has none (Kubernetes' claimValidationRules). */
export function checkRequiredClaims(claims: JsonObject, rules: IssuerRules): Refusal | null {
  const broken = rules.requiredClaims.find(rule => claims[rule.claim] !== rule.requiredValue);
  return broken === undefined ? null : refuse('claim-invalid', `claim ${broken.claim} has not its requiredValue`);
}
