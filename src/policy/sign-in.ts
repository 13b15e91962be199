/** What a sign-in proxy may assert: `sso`. */
import type { Config } from '../config/config.ts';
import type { SsoConfig } from '../config/sections/sso.ts';
import type { SecondFactor } from '../identity/assertions/second-factor.ts';
import type { SsoRules } from '../identity/assertions/sso-assertion.ts';
import { rangesOf } from './ranges.ts';

/** Digests of the shared secrets, by the entry of `sso` that asks for them; an entry without any is met by nothing. */
export type SsoSecrets = ReadonlyMap<number, readonly Uint8Array[]>;

function secondFactorOf({ require }: SsoConfig, digests: readonly Uint8Array[] = []): SecondFactor | null {
  if (require === null) return null;
  const { sharedSecret, clientCertificate } = require;
  return {
    sharedSecret: sharedSecret && { header: sharedSecret.header.toLowerCase(), digests },
    subjectAltName: clientCertificate?.subjectAltName ?? null,
  };
}

export function ssoRules(entry: SsoConfig, config: Config, digests: readonly Uint8Array[] | undefined): SsoRules {
  return {
    name: entry.name,
    proxies: rangesOf(entry.proxies),
    unixPeers: config.trust.unixPeers,
    headers: entry.headers,
    prefix: entry.prefix,
    separator: entry.separator,
    encoding: entry.encoding,
    maxAgeMs: entry.maxAgeMs,
    secondFactor: secondFactorOf(entry, digests),
  };
}

export function assertedHeaders(config: Config): string[] {
  return config.sso.flatMap(({ headers, require }) => {
    const groups = headers.groups === null ? [] : [headers.groups];
    const secret = require?.sharedSecret ? [require.sharedSecret.header] : [];
    return [headers.username, ...groups, ...headers.others, ...secret];
  });
}
