/** Where an injected value comes from. */

import type { Expression } from '../../expression/compile.ts';

/** What the proof itself gives: a claim, an expression, or a header that one of `sso[].headers` names. */
export type ProofSource = ClaimSource | { readonly kind: 'header'; readonly header: string };

/** What a token's claims give. */
export type ClaimSource =
  | { readonly kind: 'claim'; readonly claim: string }
  | { readonly kind: 'expression'; readonly expression: Expression };

/** What somebody else keeps of each user: a file whose absolute path has `{user}` for the name, or an HTTP provider. */
export type UserSource = { readonly kind: 'file'; readonly file: string } | ({ readonly kind: 'url' } & ProviderConfig);

/** One HTTP provider. */
export interface ProviderConfig {
  /** As `normalTemplate` writes it; https, or http to a loopback address, or as `dangerouslyAllowHttp` lets it. */
  readonly url: string;
  /** File with the bearer token that the gate shows there, of one line; `null`: none. */
  readonly tokenFile: string | null;
  /** Who signs the provider's certificate; `null`: the roots that Node comes with. */
  readonly caFile: string | null;
  readonly timeoutMs: number;
  /** How long an answer is kept at most; 0: not at all. */
  readonly cacheForMs: number;
}
