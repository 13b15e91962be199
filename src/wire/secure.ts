/** TLS as the wire speaks it, on both sides: 1.2 or newer, and HTTP/1.1 inside. */
import { createSecureContext, type SecureContext } from 'node:tls';

const minVersion = 'TLSv1.2';

/** All that is ever spoken inside (RFC 7301). */
export const applicationProtocols: string[] = ['http/1.1'];

/** A certificate with its chain, and its key (PEM). */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** TLS of a listener. */
export interface ListenerTls extends Certificate {
  /** Who signs client certificates (PEM); `null` where none are asked for. */
  readonly clientCa: string | null;
  /** `request`: a client may have none, but not a bad one. */
  readonly clientCertificate: 'none' | 'request' | 'require';
}

/** TLS to the hub, whose certificate is verified in any case. */
export interface HubTls {
  /** Who signs the hub's certificate (PEM); `null`: the roots that Node comes with. */
  readonly ca: string | null;
  /** What the gate shows the hub. */
  readonly own: Certificate | null;
  /** The name that the certificate must have; `null`: the host that is connected to. */
  readonly serverName: string | null;
}

/** What a TLS server is made of, at the start as on a renewal. */
export interface ServerCredentials extends Certificate {
  readonly minVersion: typeof minVersion;
  readonly ca?: string;
}

/** A listener's certificate and whom it believes. */
export function serverCredentials({ cert, key, clientCa }: ListenerTls): ServerCredentials {
  return { cert, key, minVersion, ...(clientCa === null ? {} : { ca: clientCa }) };
}

/** The gate as a client; throws where OpenSSL takes none of it. */
export function clientContext({ ca, own }: HubTls): SecureContext {
  return createSecureContext({ minVersion, ...(ca === null ? {} : { ca }), ...(own ?? {}) });
}
