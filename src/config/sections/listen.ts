/** Where the gate listens. */

/** A place to listen on or to connect to. IPv6 hosts stand without brackets; a Unix path is absolute; port 0 lets the system choose. */
export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** One listener of the proxy door, or of the servers' door. */
export interface ListenConfig {
  readonly address: Address;
  /** Who comes in: `servers` get the hub's API at `hub.internal` and nothing else. */
  readonly audience: 'browsers' | 'servers';
  /** `null`: plain HTTP. */
  readonly tls: ListenTlsConfig | null;
  /** Whether every connection has to begin with a PROXY protocol header. */
  readonly proxyProtocol: 'none' | 'required';
}

/** TLS of a listener, in PEM files. */
export interface ListenTlsConfig {
  /** The chain, the listener's own certificate first. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Who signs client certificates; never `null` where they are asked for. */
  readonly clientCaFile: string | null;
  /** `request`: a client may have none, but not a bad one. */
  readonly clientCertificate: 'none' | 'request' | 'require';
}

/** The kubelet's door. */
export interface HealthConfig {
  /** `null`: probes are answered on admin only. */
  readonly address: Address | null;
}

/** The operator's door. */
export interface AdminConfig {
  readonly address: Address;
  /** File with the bearer token that admin asks for; never `null` off loopback. */
  readonly tokenFile: string | null;
}
