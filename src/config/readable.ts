/** A config as far as it could be read: what is bad is left out, so that rules can look at the rest. */
import type { Config } from './config.ts';
import type { HubConfig } from './sections/hub.ts';
import type { IntrospectionConfig } from './sections/introspection.ts';
import type { JwtConfig } from './sections/jwt.ts';
import type { ListenConfig } from './sections/listen.ts';
import type { SsoConfig } from './sections/sso.ts';

/** The keys of a map that hold; a bad one is `undefined`. */
export type Parts<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** A part that could not be read is `undefined` and has been reported; every whole config is one of these too. */
export interface ReadableConfig extends Partial<Omit<Config, 'listen' | 'hub' | 'jwt' | 'sso' | 'introspection'>> {
  readonly listen?: readonly Parts<ListenConfig>[];
  readonly hub?: Parts<HubConfig>;
  readonly jwt?: readonly Parts<JwtConfig>[];
  readonly sso?: readonly Parts<SsoConfig>[];
  readonly introspection?: readonly Parts<IntrospectionConfig>[];
}
