/** Where the gate is, whom it lets near, and which of the hub's places need no proof. */
import type { Config } from '../config/config.ts';
import type { PlaceRules } from '../gate/place.ts';
import type { TrustRules, UserHosts } from '../gate/policy.ts';
import { hostKey } from '../http/host.ts';
import type { Site } from '../identity/holders/token-holder.ts';
import { rangesOf } from './ranges.ts';

export function hostsOf(config: Config, publicUrl: URL): ReadonlySet<string> | 'any' {
  if (config.publicAliases.includes('*')) return 'any';
  const defaultPort = publicUrl.protocol === 'https:' ? 443 : 80;
  const keys = [publicUrl.host, ...config.publicAliases].map(host => hostKey(host, defaultPort));
  return new Set(keys.filter(key => key !== null));
}

/** At publicUrl's port, unless the config says another. */
export function userHostsOf({ userHosts }: Config, publicPort: number): UserHosts | null {
  if (userHosts === null) return null;
  const [suffix = '', port] = userHosts.split(':');
  return { suffix, port: port === undefined ? publicPort : Number(port) };
}

export function placesOf(config: Config, general: boolean): PlaceRules {
  const everythingBelow = config.public.filter(path => path.endsWith('/**'));
  return {
    baseUrl: config.hub.baseUrl,
    publicExact: new Set(config.public.filter(path => !path.endsWith('/**'))),
    publicPrefixes: everythingBelow.map(path => path.slice(0, -'**'.length)),
    // A logout ends a session, and so has to know whose it is.
    ...(config.session === null ? {} : { neverPublic: new Set(['/hub/logout']) }),
    general,
  };
}

export function trustOf(config: Config): TrustRules {
  const { others, clientAddress, unixPeers } = config.trust;
  const signInProxies = rangesOf(config.sso.flatMap(({ proxies }) => proxies));
  return { proxies: rangesOf(config.trust.proxies), others, clientAddress, unixPeers, signInProxies };
}

/** Any host is served with `'*'`, and then none of them is known to be ours. */
export function siteOf(config: Config): Site {
  const { protocol, host } = new URL(config.publicUrl);
  const scheme = protocol === 'https:' ? 'https' : 'http';
  const keyOf = (name: string): string => hostKey(name, scheme === 'https' ? 443 : 80) ?? '';
  const aliases = config.publicAliases.includes('*') ? [] : config.publicAliases;
  return { scheme, authority: keyOf(host), aliases: new Set(aliases.map(keyOf)) };
}
