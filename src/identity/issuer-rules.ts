/** What the policy demands of one issuer's tokens, compiled. */
import type { CarrierConfig, ClaimMapping, ClaimRule } from '../config/config.ts';

/** One issuer of tokens; durations in milliseconds. */
export interface IssuerRules {
  /** Compared with `iss` as a string; null takes the tokens that have no `iss`. */
  readonly url: string | null;
  readonly audiences: ReadonlySet<string>;
  /** True: `aud` is not looked at. */
  readonly anyAudience: boolean;
  readonly algorithms: ReadonlySet<string>;
  /** Where its tokens may stand; absent: in Authorization, behind Bearer. */
  readonly carriers?: readonly CarrierConfig[];
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
