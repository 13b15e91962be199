/** Bounds; 0 means none for `bodyBytes` and for what is counted at a time. */
export interface LimitsConfig {
  readonly headerBytes: number;
  readonly headers: number;
  readonly repeatedFields: number;
  readonly targetBytes: number;
  readonly bodyBytes: number;
  readonly headerTimeoutMs: number;
  /** Between the requests of a kept connection. */
  readonly idleTimeoutMs: number;
  /** Of a request's body on its way. */
  readonly bodyStallTimeoutMs: number;
  readonly hubConnectTimeoutMs: number;
  readonly hubResponseTimeoutMs: number;
  readonly drainTimeoutMs: number;
  readonly connections: number;
  /** Of one peer: an IPv4 address, or an IPv6 /64. */
  readonly connectionsPerAddress: number;
  readonly requestsPerUser: number;
  readonly webSocketsPerUser: number;
}
