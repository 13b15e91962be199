/** `listen`, `health` and `admin`: the addresses of the gate. */

import { filePath, listenAddress } from '../formats.ts';
import type { Parts } from '../readable.ts';
import type { AdminConfig, HealthConfig, ListenConfig, ListenTlsConfig } from '../sections/listen.ts';
import { choice, group, key, keyOr, keyOrNull, list, literalOr, readKeys, type Shape, shaped } from '../shape.ts';

const tlsFields = group({
  certFile: key('Certificate chain (PEM)', filePath()),
  keyFile: key('Private key (PEM)', filePath()),
  clientCaFile: keyOrNull('Who signs client certificates (PEM)', filePath()),
  clientCertificate: keyOr(
    'Whether clients show a certificate; request: they may have none, but no bad one',
    choice(['none', 'request', 'require']),
    'none',
  ),
});

const tlsShape: Shape<ListenTlsConfig> = shaped(tlsFields, (written, report) => {
  const asks = written.clientCertificate !== 'none';
  if (asks && written.clientCaFile === null)
    report('needs to know who signs them, expected clientCaFile beside it, or none', 'clientCertificate');
  return written;
});

const listener = group({
  address: key('host:port, [IPv6]:port or unix:/path', listenAddress()),
  for: keyOr(
    "Who comes in here; servers: single-user servers, which get the hub's API at hub.internalUrl and nothing else",
    choice(['browsers', 'servers']),
    'browsers',
  ),
  proxyProtocol: keyOr(
    'Whether a PROXY protocol header (v1 or v2) has to come first, from trusted proxies only',
    choice(['none', 'required']),
    'none',
  ),
  tls: keyOrNull('TLS on this listener; its files are read again when they change', tlsShape),
});

/** Listeners for browsers and for servers. */
export const listenShape: Shape<ListenConfig[]> = list(
  'a list with one listener or more',
  shaped(listener, ({ for: audience, ...written }) => ({ ...written, audience })),
  1,
);

/** What holds of one listener. */
export function listenParts(written: unknown): Parts<ListenConfig> {
  const { for: audience, ...parts } = readKeys(listener, written);
  return { ...parts, audience };
}

/** The kubelet's door. */
export const healthShape: Shape<HealthConfig> = group({
  address: keyOr(
    'Where /healthz and /readyz answer too; empty: only on admin',
    literalOr('', null, listenAddress()),
    '',
  ),
});

/** The operator's door. */
export const adminShape: Shape<AdminConfig> = group({
  address: keyOr('Where /healthz and /readyz answer', listenAddress(), '127.0.0.1:9090'),
  tokenFile: keyOrNull('File with the bearer token that admin asks for', filePath()),
});
