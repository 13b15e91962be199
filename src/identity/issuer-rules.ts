/** What the policy demands of one issuer's tokens, compiled. */
import type { ClaimMapping, ClaimRule } from '../config/config.ts';

/** One issuer of tokens; durations in milliseconds. */
export interface IssuerRules {
  /** Compared with `iss` as a string; null takes the tokens that have no `iss`. */
  readonly url: string | null;
  readonly audiences: ReadonlySet<string>;
  /** True: `aud` is not looked at. */
  readonly anyAudience: boolean;
  readonly algorithms: ReadonlySet<string>;
  /** The load balancer that signs the tokens, by its ARN; absent: none does. */
  readonly signer?: string;
  /** Wanted `typ`; `any` checks nothing. */
  readonly type: string;
  readonly clockToleranceMs: number;
  /** Longest age by `iat`, which is then required; 0: not checked. */
  readonly maxAgeMs: number;
  readonly requiredClaims: readonly ClaimRule[];
  readonly username: ClaimMapping;
  /** Absent: the token's groups are not read. */
  readonly groups?: ClaimMapping;
  /** True: a username from `email` counts without `email_verified`. */
  readonly unverifiedEmail: boolean;
}
