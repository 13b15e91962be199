/** What the policy demands of one issuer's tokens, compiled. */

import type { ExpressionRule, ExtraMapping, RequiredClaim, ValueMapping } from '../../config/sections/claims.ts';
import type { CarrierConfig } from '../../config/sections/jwt.ts';
import type { Refusal } from '../../gate/reasons.ts';
import type { JsonObject } from './strict-json.ts';

/** An expression that must be true, and where it stands. */
export interface PlacedRule extends ExpressionRule {
  /** Within its entry: `claimValidationRules[1]`. */
  readonly place: string;
}

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
  /** Where its tokens may stand; absent: in Authorization, behind Bearer. */
  readonly carriers?: readonly CarrierConfig[];
  /** Wanted `typ`; `any` checks nothing. */
  readonly type: string;
  readonly clockToleranceMs: number;
  /** Longest age by `iat`, which is then required; 0: not checked. */
  readonly maxAgeMs: number;
  readonly requiredClaims: readonly RequiredClaim[];
  /** What expressions must say of the claims; absent: nothing. */
  readonly claimRules?: readonly PlacedRule[];
  readonly username: ValueMapping;
  /** Absent: the token's groups are not read. */
  readonly groups?: ValueMapping;
  /** Absent: users have no uid. */
  readonly uid?: ValueMapping | null;
  /** Absent: users have nothing extra. */
  readonly extra?: readonly ExtraMapping[];
  /** What expressions must say of the user; absent: nothing. */
  readonly userRules?: readonly PlacedRule[];
  /** How the config's `user` block spells a name, for which rules on the user must hold as well; absent: as the token does. */
  readonly spelled?: (username: string) => string;
  /** True: a username from `email` counts without `email_verified`. */
  readonly unverifiedEmail: boolean;
  /** Looks a token up in the revocation list. Absent: none is revoked. */
  readonly revoked?: (claims: JsonObject) => Refusal | null;
}
