/** The config as the rest of the gate sees it: checked, defaults filled in, durations in milliseconds, sizes in bytes, files absolute. */

import type { ExchangeConfig, HubConfig } from './sections/hub.ts';
import type { InjectConfig } from './sections/inject.ts';
import type { IntrospectionConfig, RevocationConfig } from './sections/introspection.ts';
import type { JwtConfig } from './sections/jwt.ts';
import type { LimitsConfig } from './sections/limits.ts';
import type { AdminConfig, HealthConfig, ListenConfig } from './sections/listen.ts';
import type { LogConfig } from './sections/log.ts';
import type { SessionConfig, WebSocketConfig } from './sections/session.ts';
import type { SsoConfig } from './sections/sso.ts';
import type { TrustConfig } from './sections/trust.ts';
import type { UserConfig } from './sections/user.ts';

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
