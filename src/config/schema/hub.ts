/** `hub`: where the hub is, and which plugin reads what the gate writes. */
import { authenticator } from '../authenticators.ts';
import { baseUrl, filePath, type HubUrl, hubUrl, serverName } from '../formats.ts';
import { passedHeader } from '../header-names.ts';
import type { Parts } from '../readable.ts';
import type { HubConfig, HubTlsConfig } from '../sections/hub.ts';
import {
  choice,
  flag,
  group,
  key,
  keyOr,
  keyOrNull,
  list,
  literalOr,
  type Read,
  readKeys,
  type Shape,
  shaped,
} from '../shape.ts';
import { size } from '../units.ts';
import { workaroundIds } from '../workaround-ids.ts';

const tlsFields = group({
  caFile: keyOrNull("Who signs the hub's certificate (PEM); else the roots that Node comes with", filePath()),
  certFile: keyOrNull('Client certificate, with its chain (PEM)', filePath()),
  keyFile: keyOrNull("The client certificate's key (PEM)", filePath()),
  serverName: keyOrNull("The name in the hub's certificate; else the host of hub.url", serverName()),
});

const tlsShape: Shape<HubTlsConfig> = shaped(tlsFields, (written, report) => {
  const { certFile, keyFile } = written;
  if (certFile !== null && keyFile === null) report('needs its key, expected keyFile beside it', 'certFile');
  if (certFile === null && keyFile !== null) report('needs its certificate, expected certFile beside it', 'keyFile');
  return written;
});

const fields = group({
  url: key("The hub's public proxy: http://host:port, https://host:port or unix:/path", hubUrl()),
  internalUrl: keyOr(
    "The hub's own port, as its proxy reaches it: for listeners for servers; https only with an https hub.url, by the same tls",
    literalOr('', null, hubUrl()),
    '',
  ),
  baseUrl: keyOr("JupyterHub's base_url", baseUrl(), '/'),
  authenticator: key(
    "The hub's authenticator, with @release or without; custom: only what inject says",
    authenticator(),
  ),
  tls: keyOrNull('TLS to the hub, for an https hub.url; its files are read again when they change', tlsShape),
  tokenFile: keyOrNull(
    "File with the token of a service of the hub's: bearer proofs are exchanged for tokens of the hub",
    filePath(),
  ),
  apiTokens: keyOr('Requests whose only credential is a token of the hub', choice(['refuse', 'forward']), 'refuse'),
  deliver: keyOr(
    'Who posts mounts and data to the hub: onLogin (the gate, and no client) or never (the client)',
    choice(['onLogin', 'never']),
    'onLogin',
  ),
  headerBudget: keyOr('Longest head that goes to the hub, request line included', size('1KiB', '1MiB'), '15KiB'),
  extraHeaders: keyOr(
    'Fields that hub paths get beside the closed list',
    list('a list of header names', passedHeader()),
    [],
  ),
  skipWorkarounds: keyOr(
    'Work-arounds for advisories of the hub that are not wanted, by their ids',
    list('a list of ids of work-arounds', choice(workaroundIds)),
    [],
  ),
  dangerouslyPlainHub: keyOr('Mounts may go over plain http to a hub off loopback', flag(), false),
});

const defaultTls: HubTlsConfig = { caFile: null, certFile: null, keyFile: null, serverName: null };

function tlsOf({ secure }: HubUrl, written: HubTlsConfig | null): HubTlsConfig | null {
  return secure ? (written ?? defaultTls) : null;
}

function hubOf(written: Read<typeof fields>): HubConfig {
  return {
    address: written.url.address,
    tls: tlsOf(written.url, written.tls),
    internal: written.internalUrl,
    baseUrl: written.baseUrl,
    authenticator: written.authenticator,
    tokenFile: written.tokenFile,
    apiTokens: written.apiTokens,
    deliver: written.deliver,
    headerBudget: written.headerBudget,
    extraHeaders: written.extraHeaders,
    skipWorkarounds: written.skipWorkarounds,
    dangerouslyPlainHub: written.dangerouslyPlainHub,
  };
}

/** The hub behind the gate. */
export const hubShape: Shape<HubConfig> = shaped(fields, (written, report) => {
  if (written.tls !== null && !written.url.secure)
    report('has no use with a plain hub, expected an https hub.url', 'tls');
  if (written.internalUrl?.secure && !written.url.secure)
    report('is https, and hub.url is not, expected both to be: hub.tls is for both', 'internalUrl');
  return hubOf(written);
});

/** What holds of `hub`, as far as rules look at it. */
export function hubParts(written: unknown): Parts<HubConfig> {
  const { url, tls, internalUrl, authenticator: named, ...parts } = readKeys(fields, written);
  const { tokenFile, deliver, extraHeaders, dangerouslyPlainHub } = parts;
  const isKnown = url !== undefined && (tls !== undefined || !url.secure);
  const secured = isKnown ? tlsOf(url, tls ?? null) : undefined;
  return {
    address: url?.address,
    tls: secured,
    internal: internalUrl,
    authenticator: named,
    tokenFile,
    deliver,
    extraHeaders,
    dangerouslyPlainHub,
  };
}
