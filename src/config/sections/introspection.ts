/** Tokens whose issuer has to be asked, and tokens that are taken back. */

import type { ClaimMappings, ClaimRule, ExpressionRule } from './claims.ts';

/** One endpoint that knows opaque tokens (RFC 7662). */
export interface IntrospectionConfig {
  /** https, or http to a loopback address, or as `dangerouslyAllowHttp` lets it. */
  readonly url: string;
  readonly clientId: string;
  /** One newline at its end is cut. */
  readonly clientSecretFile: string;
  /** Who signs the endpoint's certificate; `null`: the roots that Node comes with. */
  readonly caFile: string | null;
  readonly timeoutMs: number;
  /** How long an answer is believed at most. */
  readonly cacheForMs: number;
  /** Wanted `iss`, as a string; `null`: not looked at. */
  readonly issuer: string | null;
  /** Empty only with `dangerouslyAnyAudience`. */
  readonly audiences: readonly string[];
  readonly dangerouslyAnyAudience: boolean;
  /** `Bearer`: the answer has to say so; `any`: it may say nothing of the type. */
  readonly type: 'Bearer' | 'any';
  /** `null`: a directory of its own. */
  readonly namespace: string | null;
  readonly clockToleranceMs: number;
  /** A claim `email` counts without `email_verified: true`. */
  readonly dangerouslyUnverifiedEmail: boolean;
  readonly claimValidationRules: readonly ClaimRule[];
  readonly claimMappings: ClaimMappings;
  readonly userValidationRules: readonly ExpressionRule[];
}

/** Tokens that no longer count. */
export interface RevocationConfig {
  /** `null`: none is revoked. */
  readonly file: string | null;
}
