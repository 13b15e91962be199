/** The hub behind the gate, and its tokens. */

import type { WorkaroundId } from '../workaround-ids.ts';
import type { Address } from './listen.ts';

/** The hub behind the gate. */
export interface HubConfig {
  /** The hub's public proxy. */
  readonly address: Address;
  /** `null`: plain http. */
  readonly tls: HubTlsConfig | null;
  /** The hub's own port, past its proxy, with TLS as `tls` has it or without; `null`: not told. */
  readonly internal: { readonly address: Address; readonly secure: boolean } | null;
  /** JupyterHub's base_url: begins and ends with `/`. */
  readonly baseUrl: string;
  readonly authenticator: AuthenticatorConfig;
  /** Holds the token of a service of the hub's, with which the gate mints tokens; `null`: it mints none. */
  readonly tokenFile: string | null;
  readonly apiTokens: 'refuse' | 'forward';
  /** Who makes the POST to an endpoint that no browser speaks to by itself: the gate after a login, or the client. */
  readonly deliver: 'onLogin' | 'never';
  /** Bytes of the outbound head, request line included. */
  readonly headerBudget: number;
  /** Field names added to the closed list of hub paths, as written. */
  readonly extraHeaders: readonly string[];
  /** Those that the operator does not want. */
  readonly skipWorkarounds: readonly WorkaroundId[];
  /** Mount may go over plain http to a hub off loopback. */
  readonly dangerouslyPlainHub: boolean;
}

/** TLS to the hub, in PEM files; its certificate is verified in any case. */
export interface HubTlsConfig {
  /** `null`: the roots that Node comes with. */
  readonly caFile: string | null;
  /** The gate's own certificate, `null` together with `keyFile`. */
  readonly certFile: string | null;
  readonly keyFile: string | null;
  /** The name that the certificate must have; `null`: the host of hub.url. */
  readonly serverName: string | null;
}

/** Which hub plugin reads the headers. */
export interface AuthenticatorConfig {
  readonly preset: PresetName;
  /** What stood behind `@`; `null`: the release that the preset names. */
  readonly release: string | null;
}

/** The presets; a release stands in the name where two releases are different plugins. */
export type PresetName =
  | 'jhub_remote_auth_mount.RemoteUserAuthenticator'
  | 'jhub_remote_auth_mount.RemoteUserLocalAuthenticator'
  | 'jhub_remote_auth_mount.MountRemoteUserAuthenticator'
  | 'jhub_remote_login.DataRemoteUserAuthenticator'
  | 'jhub_remote_login.RemoteUserAuthenticator'
  | 'jhub_remote_login.RemoteUserAuthenticator@0.2.10'
  | 'jhub_remote_login.RemoteUserLocalAuthenticator'
  | 'jhub_remote_login.DummyAuthenticator'
  | 'jhub_authenticators.DataRemoteUserAuthenticator'
  | 'jhubauthenticators.HeaderAuthenticator'
  | 'jhub_remote_user_authenticator.RemoteUserAuthenticator'
  | 'custom';

/** Tokens of the hub for bearer proofs; none without hub.tokenFile. */
export interface ExchangeConfig {
  /** The hub's admins get tokens with all their rights. */
  readonly admins: boolean;
  readonly createUsers: boolean;
  /** For the hub's API; empty: what the user's own things need, or with `admins` all that the user may. */
  readonly scopes: readonly string[];
  readonly lifetimeMs: number;
}
