/** Proxies that assert who the user is. */

/** One SSO proxy that asserts who the user is. */
export interface SsoConfig {
  readonly name: string;
  /** `null`: a directory of its own. */
  readonly namespace: string | null;
  /** CIDRs, each inside `trust.proxies`. */
  readonly proxies: readonly string[];
  readonly headers: SsoHeaders;
  /** Put before the user name. */
  readonly prefix: string;
  /** What stands between two groups; one character or more. */
  readonly separator: string;
  readonly encoding: 'utf-8' | 'latin-1';
  /** An assertion's life: how long a socket, or a token of the hub, lives that was got with it. */
  readonly maxAgeMs: number;
  /** What a proxy shows beside its address; `null`: the address alone is trusted. */
  readonly require: SsoRequire | null;
  readonly dangerouslyTrustAddressOnly: boolean;
}

/** Second factors; all that are set have to hold, and one is set at least. */
export interface SsoRequire {
  /** A field whose value is that of one of the files; several are for rotation. */
  readonly sharedSecret: { readonly header: string; readonly files: readonly string[] } | null;
  /** A name of the proxy's verified certificate, as `PeerCertificate.subjectAltNames` spells it. */
  readonly clientCertificate: { readonly subjectAltName: string } | null;
}

/** Fields in which a proxy asserts, by name as written. */
export interface SsoHeaders {
  readonly username: string;
  readonly groups: string | null;
  /** Every other header named under `sso[].headers`: what data injections may read. */
  readonly others: readonly string[];
}
