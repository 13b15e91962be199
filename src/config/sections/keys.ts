/** Where the keys of an issuer are. */

/** Where an issuer's keys are. */
export type KeysConfig = FiledKeysConfig | FetchedKeysConfig;

/** Keys in a file. */
export interface FiledKeysConfig {
  readonly kind: 'jwksFile' | 'pemFile' | 'secretFile';
  readonly file: string;
}

/** Keys that are fetched: from a URL, from where the issuer's discovery document says, or one by one from AWS. */
export type FetchedKeysConfig = FetchConfig &
  (
    | { readonly kind: 'jwksUrl'; readonly url: string }
    | { readonly kind: 'discovery' }
    | ({ readonly kind: 'alb' } & BalancerConfig)
  );

/** How keys are fetched. */
export interface FetchConfig {
  /** Who signs the certificate of where they are (PEM); `null`: see `certificateAuthority`. */
  readonly caFile: string | null;
  /** How long the last ones count once they should have been fetched again. */
  readonly staleForMs: number;
  /** They may come over plain http off loopback. */
  readonly dangerouslyAllowHttp: boolean;
}

/** An AWS Application Load Balancer. */
export interface BalancerConfig {
  readonly region: string;
  /** Its ARN, in that region. */
  readonly signer: string;
}
