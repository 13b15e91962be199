/** The config as the rest of the gate sees it: checked, defaults filled in, durations in milliseconds, sizes in bytes, files absolute. */

import type { Expression } from '../expression/compile.ts';
import type { WorkaroundId } from './workaround-ids.ts';

/** Everything that the config file says. Absent options are `null`, limits of 0 mean no limit. */
export interface Config {
  /** Origin that browsers see, as the URL standard writes it: lower case, without the default port or a trailing slash. */
  readonly publicUrl: string;
  /** Other `Host` values that are served, lower case; `*` alone serves any. */
  readonly publicAliases: readonly string[];
  /** What the hosts of users end with, as `.hub.example.org:8443`; lower-case. Null: they have none. */
  readonly userHosts: string | null;
  /** Where browsers come in; at least one. */
  readonly listen: readonly ListenConfig[];
  readonly health: HealthConfig;
  /** `null`: no admin listener. */
  readonly admin: AdminConfig | null;
  readonly hub: HubConfig;
  readonly trust: TrustConfig;
  /** Paths below baseUrl that need no proof: exact (`/hub/logo`) or with everything below (`/hub/static/**`). */
  readonly public: readonly string[];
  /** In the order of the file; `jwt[i]` is entry i. */
  readonly jwt: readonly JwtConfig[];
  /** In the order of the file; `sso[i]` is entry i. At least one entry in `jwt` and `sso` together. */
  readonly sso: readonly SsoConfig[];
  /** In the order of the file; `introspection[i]` is entry i, asked after those before it. At least one entry in the three lists together. */
  readonly introspection: readonly IntrospectionConfig[];
  readonly revocation: RevocationConfig;
  readonly exchange: ExchangeConfig;
  readonly user: UserConfig;
  readonly inject: InjectConfig;
  /** `null`: a browser keeps nothing of the gate, and nobody is handed over. */
  readonly session: SessionConfig | null;
  readonly limits: LimitsConfig;
  readonly webSocket: WebSocketConfig;
  readonly log: LogConfig;
}

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

/** Whose word counts. */
export interface TrustConfig {
  /** CIDRs in strict notation, as written. */
  readonly proxies: readonly string[];
  /** What a peer outside `proxies` may do. */
  readonly others: 'refuse' | 'bearerOnly';
  readonly clientAddress: 'X-Forwarded-For' | 'Forwarded' | 'peer';
  /** Whoever may open the Unix socket is a trusted proxy. */
  readonly unixPeers: boolean;
}

/** One issuer of tokens. */
export interface JwtConfig {
  /** `url` is compared to `iss` as a string; `absent` takes tokens without `iss`, at most one entry, local keys only. */
  readonly issuer: { readonly kind: 'url'; readonly url: string } | { readonly kind: 'absent' };
  /** Empty only with `dangerouslyAnyAudience`. */
  readonly audiences: readonly string[];
  readonly dangerouslyAnyAudience: boolean;
  /** Where the discovery document is; `null`: below the issuer's url. */
  readonly discoveryUrl: string | null;
  /** Who signs the certificates of where keys are fetched, as PEM text; `null`: see `keys.caFile`, then the roots of Node. */
  readonly certificateAuthority: string | null;
  /** `null`: a directory of its own. */
  readonly namespace: string | null;
  readonly keys: KeysConfig;
  /** Not empty; HS* if and only if `keys` is a secret. */
  readonly algorithms: readonly Algorithm[];
  /** Not empty, none twice. */
  readonly carriers: readonly CarrierConfig[];
  /** Wanted `typ`; `any` checks nothing. */
  readonly type: string;
  readonly clockToleranceMs: number;
  /** Longest age by `iat`; `null`: not checked. */
  readonly maxAgeMs: number | null;
  /** A claim `email` counts without `email_verified: true`. */
  readonly dangerouslyUnverifiedEmail: boolean;
  /** In the order of the file. */
  readonly claimValidationRules: readonly ClaimRule[];
  readonly claimMappings: ClaimMappings;
  /** In the order of the file. */
  readonly userValidationRules: readonly ExpressionRule[];
}

/** Where an issuer's keys are. */
export type KeysConfig = FiledKeysConfig | FetchedKeysConfig;

/** Keys in a file. */
export interface FiledKeysConfig {
  readonly kind: 'jwksFile' | 'pemFile' | 'secretFile';
  readonly file: string;
}

/** Keys that are fetched: from a URL, from where the issuer's discovery document says, or one by one from AWS. */
export type FetchedKeysConfig = FetchConfig &
  (
    | { readonly kind: 'jwksUrl'; readonly url: string }
    | { readonly kind: 'discovery' }
    | ({ readonly kind: 'alb' } & BalancerConfig)
  );

/** How keys are fetched. */
export interface FetchConfig {
  /** Who signs the certificate of where they are (PEM); `null`: see `certificateAuthority`. */
  readonly caFile: string | null;
  /** How long the last ones count once they should have been fetched again. */
  readonly staleForMs: number;
  /** They may come over plain http off loopback. */
  readonly dangerouslyAllowHttp: boolean;
}

/** An AWS Application Load Balancer. */
export interface BalancerConfig {
  readonly region: string;
  /** Its ARN, in that region. */
  readonly signer: string;
}

/** Where a token stands in a request; names as written. */
export type CarrierConfig =
  | {
      readonly kind: 'header';
      readonly header: string;
      /** What stands before the token; `null`: nothing, and never `null` with Authorization. */
      readonly scheme: string | null;
    }
  | { readonly kind: 'cookie'; readonly cookie: string }
  /** A subprotocol that begins with `prefix` and a dot; the token in base64url stands behind it. */
  | { readonly kind: 'webSocketProtocol'; readonly prefix: string };

/** The closed list of signature algorithms. */
export type Algorithm = (typeof ALGORITHMS)[number];

/** What `algorithms` may name (RFC 7518 §3.1, RFC 8037, RFC 9864). */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'HS256',
  'HS384',
  'HS512',
] as const;

/** What must hold of a token. */
export type ClaimRule = RequiredClaim | ExpressionRule;

/** A claim that must have this very value. */
export interface RequiredClaim {
  readonly claim: string;
  readonly requiredValue: string;
}

/** An expression that must be true. */
export interface ExpressionRule {
  readonly expression: Expression;
  /** What the refused user is told besides; `null`: nothing. */
  readonly message: string | null;
}

/** What makes the user of a token. */
export interface ClaimMappings {
  readonly username: ValueMapping;
  readonly groups: ValueMapping;
  /** Seen by expressions alone; `null`: empty. */
  readonly uid: ValueMapping | null;
  readonly extra: readonly ExtraMapping[];
}

/** Where a part of the user comes from. */
export type ValueMapping = ClaimMapping | ExpressionMapping;

/** A claim's name, and what is put before each of its values. */
export interface ClaimMapping {
  readonly claim: string;
  readonly prefix: string;
}

/** What an expression gives. */
export interface ExpressionMapping {
  readonly expression: Expression;
  /** What every name begins with, as far as the expression shows; it is in the value already. */
  readonly prefix: string;
}

/** One of `user.extra`. */
export interface ExtraMapping {
  /** Lower case, `example.org/team`. */
  readonly key: string;
  readonly expression: Expression;
}

/** One SSO proxy that asserts who the user is. */
export interface SsoConfig {
  readonly name: string;
  /** `null`: a directory of its own. */
  readonly namespace: string | null;
  /** CIDRs, each inside `trust.proxies`. */
  readonly proxies: readonly string[];
  readonly headers: SsoHeaders;
  /** Put before the user name. */
  readonly prefix: string;
  /** What stands between two groups; one character or more. */
  readonly separator: string;
  readonly encoding: 'utf-8' | 'latin-1';
  /** An assertion's life: how long a socket, or a token of the hub, lives that was got with it. */
  readonly maxAgeMs: number;
  /** What a proxy shows beside its address; `null`: the address alone is trusted. */
  readonly require: SsoRequire | null;
  readonly dangerouslyTrustAddressOnly: boolean;
}

/** Second factors; all that are set have to hold, and one is set at least. */
export interface SsoRequire {
  /** A field whose value is that of one of the files; several are for rotation. */
  readonly sharedSecret: { readonly header: string; readonly files: readonly string[] } | null;
  /** A name of the proxy's verified certificate, as `PeerCertificate.subjectAltNames` spells it. */
  readonly clientCertificate: { readonly subjectAltName: string } | null;
}

/** One endpoint that knows opaque tokens (RFC 7662). */
export interface IntrospectionConfig {
  /** https, or http to a loopback address, or as `dangerouslyAllowHttp` lets it. */
  readonly url: string;
  readonly clientId: string;
  /** One newline at its end is cut. */
  readonly clientSecretFile: string;
  /** Who signs the endpoint's certificate; `null`: the roots that Node comes with. */
  readonly caFile: string | null;
  readonly timeoutMs: number;
  /** How long an answer is believed at most. */
  readonly cacheForMs: number;
  /** Wanted `iss`, as a string; `null`: not looked at. */
  readonly issuer: string | null;
  /** Empty only with `dangerouslyAnyAudience`. */
  readonly audiences: readonly string[];
  readonly dangerouslyAnyAudience: boolean;
  /** `Bearer`: the answer has to say so; `any`: it may say nothing of the type. */
  readonly type: 'Bearer' | 'any';
  /** `null`: a directory of its own. */
  readonly namespace: string | null;
  readonly clockToleranceMs: number;
  /** A claim `email` counts without `email_verified: true`. */
  readonly dangerouslyUnverifiedEmail: boolean;
  readonly claimValidationRules: readonly ClaimRule[];
  readonly claimMappings: ClaimMappings;
  readonly userValidationRules: readonly ExpressionRule[];
}

/** Tokens of the hub for bearer proofs; none without hub.tokenFile. */
export interface ExchangeConfig {
  /** The hub's admins get tokens with all their rights. */
  readonly admins: boolean;
  readonly createUsers: boolean;
  /** For the hub's API; empty: what the user's own things need, or with `admins` all that the user may. */
  readonly scopes: readonly string[];
  readonly lifetimeMs: number;
}

/** Tokens that no longer count. */
export interface RevocationConfig {
  /** `null`: none is revoked. */
  readonly file: string | null;
}

/** Fields in which a proxy asserts, by name as written. */
export interface SsoHeaders {
  readonly username: string;
  readonly groups: string | null;
  /** Every other header named under `sso[].headers`: what data injections may read. */
  readonly others: readonly string[];
}

/** How a proved name becomes the hub's user name. Names are in NFC. */
export interface UserConfig {
  readonly lowercase: boolean;
  /** Names beyond ASCII are taken. */
  readonly unicode: boolean;
  readonly map: ReadonlyMap<string, string>;
  /** Source of a regular expression, anchored at both ends, for the `u` flag. */
  readonly pattern: string;
  readonly reserved: readonly string[];
  /** Both lists empty: everyone that is proved. */
  readonly allow: UserList;
  readonly deny: UserList;
}

/** Users and groups by name. */
export interface UserList {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** What the gate writes, beyond or instead of what the preset says. Paths stand below baseUrl; the list with `/**` covers every path; `null` leaves it to the preset. */
export interface InjectConfig {
  /** `null`: as the preset has it; never `null` with `custom`. */
  readonly user: InjectUser | null;
  readonly mount: InjectMount | null;
  readonly data: readonly InjectData[];
  readonly onSpoof: 'strip' | 'refuse';
}

/** The identity header. */
export interface InjectUser {
  /** `null`: the one in headerFile, or else the preset's (`Remote-User` with `custom`). */
  readonly header: string | null;
  /** Holds a secret name; `null`: see `header`. */
  readonly headerFile: string | null;
  /** `null`: the preset's (`/hub/login` with `custom`). */
  readonly paths: readonly string[] | null;
}

/** What the proof itself gives: a claim, an expression, or a header that one of `sso[].headers` names. */
export type ProofSource = ClaimSource | { readonly kind: 'header'; readonly header: string };

/** What a token's claims give. */
export type ClaimSource =
  | { readonly kind: 'claim'; readonly claim: string }
  | { readonly kind: 'expression'; readonly expression: Expression };

/** What somebody else keeps of each user: a file whose absolute path has `{user}` for the name, or an HTTP provider. */
export type UserSource = { readonly kind: 'file'; readonly file: string } | ({ readonly kind: 'url' } & ProviderConfig);

/** One HTTP provider. */
export interface ProviderConfig {
  /** As `normalTemplate` writes it; https, or http to a loopback address, or as `dangerouslyAllowHttp` lets it. */
  readonly url: string;
  /** File with the bearer token that the gate shows there, of one line; `null`: none. */
  readonly tokenFile: string | null;
  /** Who signs the provider's certificate; `null`: the roots that Node comes with. */
  readonly caFile: string | null;
  readonly timeoutMs: number;
  /** How long an answer is kept at most; 0: not at all. */
  readonly cacheForMs: number;
}

/** What the plugin looks for in every mount (jhub_remote_auth_mount 0.0.6), in the order in which it is written. */
export const MOUNT_KEYS = ['HOST', 'USERNAME', 'PATH', 'MOUNTSSHPRIVATEKEY'] as const;

/** The mount header. */
export interface InjectMount {
  readonly header: string;
  /** Holds a secret name, which counts in place of `header`; `null`: none. */
  readonly headerFile: string | null;
  readonly from: ClaimSource | UserSource;
  /** Keys that a mount has beside MOUNT_KEYS, in the order in which they are written. */
  readonly keys: readonly string[];
  /** A user whose mount is not there, or can not be had now, logs in without one. */
  readonly optional: boolean;
  readonly paths: readonly string[] | null;
}

/** One data header. */
export interface InjectData {
  readonly header: string;
  readonly from: ProofSource | UserSource;
  readonly paths: readonly string[] | null;
}

/** The browser's cookie, and the hand-off from the primary site. */
export interface SessionConfig {
  /** Not empty, none twice; the first seals, all open. */
  readonly keyFiles: readonly string[];
  /** How long a session lives without being used. */
  readonly maxAgeMs: number;
  /** Sites that hand users over, each an origin in the URL standard's spelling; never publicUrl's own. */
  readonly handoffOrigins: readonly string[];
  /** Where a browser without a credential is sent, with `{url}` for where it wants to go; `null`: it gets a 401 page. */
  readonly loginUrl: string | null;
  /** Where logout ends; `null`: on a page of the gate's. */
  readonly logoutUrl: string | null;
  /** The hub is shown in frames of `handoffOrigins`. */
  readonly embed: boolean;
  /** The cookie may go over plain http off localhost. */
  readonly dangerouslyInsecureCookies: boolean;
}

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

/** Who may open a WebSocket, and how long it lives. */
export interface WebSocketConfig {
  /** At rest for so long, a direction is pinged; 0: never. */
  readonly pingIntervalMs: number;
  /** It ends with the last proof of its user's session. */
  readonly closeOnExpiry: boolean;
  /** How much longer. */
  readonly graceMs: number;
  /** Allowed beside publicUrl's own, each an origin in the URL standard's spelling. */
  readonly origins: readonly string[];
}

/** Where the log goes. */
export interface LogConfig {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  readonly format: 'json' | 'pretty';
  readonly audit: { readonly kind: 'stdout' } | { readonly kind: 'file'; readonly file: string };
}
