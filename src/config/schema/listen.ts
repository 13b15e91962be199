/** `listen`, `health` and `admin`: the addresses of the gate. */
import type { AdminConfig, HealthConfig, ListenConfig } from '../config.ts';
import { filePath, listenAddress } from '../formats.ts';
import type { Parts } from '../readable.ts';
import {
  choice,
  group,
  key,
  keyOr,
  keyOrNull,
  laterKey,
  list,
  literalOr,
  readKeys,
  type Shape,
  shaped,
} from '../shape.ts';

const tls = laterKey('TLS on this listener', {
  certFile: 'Certificate chain (PEM)',
  keyFile: 'Private key (PEM)',
  clientCaFile: 'Who signs client certificates (PEM)',
  clientCertificate: 'none | request | require',
});

const listener = group({
  address: key('host:port, [IPv6]:port or unix:/path', listenAddress()),
  for: keyOr('Who comes in here', choice(['browsers'], ['servers']), 'browsers'),
  proxyProtocol: keyOr('Whether a PROXY protocol header comes first', choice(['none'], ['required']), 'none'),
  tls,
});

/** Listeners of the proxy door. */
export const listenShape: Shape<ListenConfig[]> = list(
  'a list with one listener or more',
  shaped(listener, ({ address }) => ({ address })),
  1,
);

/** What holds of one listener. */
export function listenParts(written: unknown): Parts<ListenConfig> {
  const { address } = readKeys(listener, written);
  return { address };
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
