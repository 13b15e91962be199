/** TLS as the wire speaks it, on both sides: 1.2 or newer, forward secret, and HTTP/1.1 inside. */
import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';

/** RFC 9325 §4.2: forward secret and authenticated, as all of TLS 1.3 is. */
const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** What no connection of either side goes below. */
interface Terms {
  readonly minVersion: 'TLSv1.2';
  readonly ciphers: string;
  readonly secureOptions: number;
}

const terms: Terms = { minVersion: 'TLSv1.2', ciphers, secureOptions: constants.SSL_OP_NO_RENEGOTIATION };

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
export interface ServerCredentials extends Certificate, Terms {
  readonly ca?: string;
}

/** A listener's certificate and whom it believes. */
export function serverCredentials({ cert, key, clientCa }: ListenerTls): ServerCredentials {
  return { cert, key, ...terms, ...(clientCa === null ? {} : { ca: clientCa }) };
}

/** The gate as a client; throws where OpenSSL takes none of it. */
export function clientContext({ ca, own }: HubTls): SecureContext {
  return createSecureContext({ ...terms, ...(ca === null ? {} : { ca }), ...(own ?? {}) });
}
