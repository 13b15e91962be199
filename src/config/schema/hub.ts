/** `hub`: where the hub is, and which plugin reads what the gate writes. */
import { authenticator } from '../authenticators.ts';
import type { HubConfig } from '../config.ts';
import { baseUrl, hubUrl } from '../formats.ts';
import { passedHeader } from '../header-names.ts';
import type { Parts } from '../readable.ts';
import { choice, flag, group, key, keyOr, later, laterKey, list, readKeys, type Shape, shaped } from '../shape.ts';
import { size } from '../units.ts';

const fields = group({
  url: key("The hub's public proxy: http://host:port or unix:/path", hubUrl()),
  internalUrl: later("The hub's own port", ''),
  baseUrl: keyOr("JupyterHub's base_url", baseUrl(), '/'),
  authenticator: key(
    "The hub's authenticator, with @release or without; custom: only what inject says",
    authenticator(),
  ),
  tls: laterKey('TLS to the hub', {
    caFile: "Who signs the hub's certificate (PEM)",
    certFile: 'Client certificate (PEM)',
    keyFile: "The client certificate's key (PEM)",
    serverName: "The name in the hub's certificate",
  }),
  tokenFile: laterKey('File with a hub service token'),
  apiTokens: keyOr('Requests whose only credential is a token of the hub', choice(['refuse', 'forward']), 'refuse'),
  deliver: later('Who posts mounts and data to the hub: onLogin (the gate) or never', 'onLogin'),
  headerBudget: keyOr('Longest head that goes to the hub, request line included', size('1KiB', '1MiB'), '15KiB'),
  extraHeaders: keyOr(
    'Fields that hub paths get beside the closed list',
    list('a list of header names', passedHeader()),
    [],
  ),
  skipWorkarounds: later('Ids of hub CVE work-arounds that are not wanted', []),
  dangerouslyPlainHub: keyOr('Mounts may go over plain http to a hub off loopback', flag(), false),
});

/** The hub behind the gate. */
export const hubShape: Shape<HubConfig> = shaped(fields, written => ({
  address: written.url,
  baseUrl: written.baseUrl,
  authenticator: written.authenticator,
  apiTokens: written.apiTokens,
  headerBudget: written.headerBudget,
  extraHeaders: written.extraHeaders,
  dangerouslyPlainHub: written.dangerouslyPlainHub,
}));

/** What holds of `hub`, as far as rules look at it. */
export function hubParts(written: unknown): Parts<HubConfig> {
  const { url, authenticator: named, extraHeaders, dangerouslyPlainHub } = readKeys(fields, written);
  return { address: url, authenticator: named, extraHeaders, dangerouslyPlainHub };
}
