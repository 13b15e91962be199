/** Whose word counts. */
export interface TrustConfig {
  /** CIDRs in strict notation, as written. */
  readonly proxies: readonly string[];
  /** What a peer outside `proxies` may do. */
  readonly others: 'refuse' | 'bearerOnly';
  readonly clientAddress: 'X-Forwarded-For' | 'Forwarded' | 'peer';
  /** Whoever may open the Unix socket is a trusted proxy. */
  readonly unixPeers: boolean;
}
