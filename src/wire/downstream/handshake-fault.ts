/** Says in a few fixed words why a client's TLS did not come about. */
import type { TLSSocket } from 'node:tls';

/** By Node's and OpenSSL's codes; alerts, which are a client's words, without the version that stands before them. */
const faults: ReadonlyMap<string, string> = new Map([
  ['ERR_SSL_HTTP_REQUEST', 'a client spoke plain HTTP'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'a client did not speak TLS'],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', 'a client did not shake hands within limits.headerTimeout'],
  ['ERR_SSL_NO_APPLICATION_PROTOCOL', 'a client did not offer HTTP/1.1 (ALPN)'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'a client speaks neither TLS 1.2 nor 1.3'],
  ['ERR_SSL_NO_SHARED_CIPHER', 'a client knows none of the cipher suites'],
  ['ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', 'a client showed no certificate'],
  ['ALERT_UNKNOWN_CA', "a client does not know who signed the listener's certificate"],
  ['ALERT_BAD_CERTIFICATE', "a client did not take the listener's certificate"],
  ['ALERT_CERTIFICATE_UNKNOWN', "a client did not take the listener's certificate"],
  ['ALERT_CERTIFICATE_EXPIRED', "a client says that the listener's certificate has expired"],
]);

const alert = /^ERR_SSL_(?:SSLV3|SSL\/TLS|TLSV1|TLSV13)_(?=ALERT_)/;

/** What is wrong with a client's certificate, by the fault's code. */
export function certificateFault(code: string): string {
  return `a client's certificate does not hold: ${code}`;
}

/** Null for a client that merely went, as probes of ports do. */
export function handshakeFault(error: Error, socket: TLSSocket): string | null {
  const code = 'code' in error ? String(error.code).replace(alert, '') : 'unknown fault';
  if (code !== 'ECONNRESET') return faults.get(code) ?? code;
  return socket.authorizationError ? certificateFault(String(socket.authorizationError)) : null;
}
