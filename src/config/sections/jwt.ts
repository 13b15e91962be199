/** Issuers of tokens. */

import type { ClaimMappings, ClaimRule, ExpressionRule } from './claims.ts';
import type { KeysConfig } from './keys.ts';

/** One issuer of tokens. */
export interface JwtConfig {
  /** `url` is compared to `iss` as a string; `absent` takes tokens without `iss`, at most one entry, local keys only. */
  readonly issuer: { readonly kind: 'url'; readonly url: string } | { readonly kind: 'absent' };
  /** Empty only with `dangerouslyAnyAudience`. */
  readonly audiences: readonly string[];
  readonly dangerouslyAnyAudience: boolean;
  /** Where the discovery document is; `null`: below the issuer's url. */
  readonly discoveryUrl: string | null;
  /** Who signs the certificates of where keys are fetched, as PEM text; `null`: see `keys.caFile`, then the roots of Node. */
  readonly certificateAuthority: string | null;
  /** `null`: a directory of its own. */
  readonly namespace: string | null;
  readonly keys: KeysConfig;
  /** Not empty; HS* if and only if `keys` is a secret. */
  readonly algorithms: readonly Algorithm[];
  /** Not empty, none twice. */
  readonly carriers: readonly CarrierConfig[];
  /** Wanted `typ`; `any` checks nothing. */
  readonly type: string;
  readonly clockToleranceMs: number;
  /** Longest age by `iat`; `null`: not checked. */
  readonly maxAgeMs: number | null;
  /** A claim `email` counts without `email_verified: true`. */
  readonly dangerouslyUnverifiedEmail: boolean;
  /** In the order of the file. */
  readonly claimValidationRules: readonly ClaimRule[];
  readonly claimMappings: ClaimMappings;
  /** In the order of the file. */
  readonly userValidationRules: readonly ExpressionRule[];
}

/** Where a token stands in a request; names as written. */
export type CarrierConfig =
  | {
      readonly kind: 'header';
      readonly header: string;
      /** What stands before the token; `null`: nothing, and never `null` with Authorization. */
      readonly scheme: string | null;
    }
  | { readonly kind: 'cookie'; readonly cookie: string }
  /** A subprotocol that begins with `prefix` and a dot; the token in base64url stands behind it. */
  | { readonly kind: 'webSocketProtocol'; readonly prefix: string };

/** The closed list of signature algorithms. */
export type Algorithm = (typeof ALGORITHMS)[number];

/** What `algorithms` may name (RFC 7518 §3.1, RFC 8037, RFC 9864). */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'HS256',
  'HS384',
  'HS512',
] as const;
