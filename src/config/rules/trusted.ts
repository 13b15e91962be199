/** Rules on whose word counts: trusted proxies, and those of them that assert. */
import { type Cidr, cidrIsLoopback, cidrIsSingle, cidrWithin, parseCidr } from '../../http/address.ts';
import type { Finding, Path } from '../problems.ts';
import type { ReadableConfig } from '../readable.ts';

/** A range, and where the config says it. */
export interface WrittenRange {
  readonly range: Cidr;
  readonly path: Path;
}

function rangesOf(written: readonly string[] | undefined, at: Path): WrittenRange[] {
  return (written ?? []).flatMap((text, index) => {
    const parsed = parseCidr(text);
    return parsed.ok ? [{ range: parsed.cidr, path: [...at, index] }] : [];
  });
}

/** Every range that the config trusts. */
export function trustedRanges({ trust, sso = [] }: ReadableConfig): WrittenRange[] {
  const asserting = sso.flatMap(({ proxies }, entry) => rangesOf(proxies, ['sso', entry, 'proxies']));
  return [...rangesOf(trust?.proxies, ['trust', 'proxies']), ...asserting];
}

/** To trust everybody is to trust the client. */
export function notEverybody(config: ReadableConfig): Finding[] {
  return trustedRanges(config).flatMap(({ range, path }) =>
    range.prefix === 0 ? [{ path, message: 'is everybody, expected the ranges of your proxies' }] : [],
  );
}

/** An SSO proxy is a trusted proxy. */
export function ssoTrusted({ trust, sso = [] }: ReadableConfig): Finding[] {
  if (trust === undefined) return [];
  const trusted = rangesOf(trust.proxies, []).map(({ range }) => range);
  const message = 'is not trusted, expected a range inside trust.proxies';
  return sso.flatMap(({ proxies }, entry) =>
    rangesOf(proxies, ['sso', entry, 'proxies']).flatMap(({ range, path }) =>
      trusted.some(outer => cidrWithin(range, outer)) ? [] : [{ path, message }],
    ),
  );
}

/** A certificate can be shown where somebody asks for one. */
export function certificatesAsked({ listen = [], sso = [] }: ReadableConfig): Finding[] {
  const isAsked = listen.some(({ tls }) => tls === undefined || (tls !== null && tls.clientCertificate !== 'none'));
  if (isAsked) return [];
  const message = 'is asked for by no listener, expected listen[].tls.clientCertificate: request or require';
  return sso.flatMap(({ require }, entry) =>
    require?.clientCertificate ? [{ path: ['sso', entry, 'require', 'clientCertificate'], message }] : [],
  );
}

/** Who trusts the address alone asks for nothing else. */
export function factorsAgree({ sso = [] }: ReadableConfig): Finding[] {
  return sso.flatMap(({ require, dangerouslyTrustAddressOnly }, entry) =>
    require && dangerouslyTrustAddressOnly === true
      ? [
          {
            path: ['sso', entry, 'dangerouslyTrustAddressOnly'],
            message: 'stands beside require, expected one of both',
          },
        ]
      : [],
  );
}

/** An address proves one proxy only where nobody else can have it; a Unix socket has none. */
export function ssoAlone({ listen = [], sso = [], trust }: ReadableConfig): Finding[] {
  const expected = 'expected require or dangerouslyTrustAddressOnly: true';
  const bySocket = trust?.unixPeers === true && listen.some(({ address }) => address?.kind === 'unix');
  return sso.flatMap(({ proxies, require, dangerouslyTrustAddressOnly }, entry) => {
    if (require !== null || dangerouslyTrustAddressOnly !== false) return [];
    if (bySocket)
      return [{ path: ['sso', entry], message: `is whoever opens the Unix socket too (trust.unixPeers), ${expected}` }];
    const path = ['sso', entry, 'proxies'];
    const ranges = rangesOf(proxies, path).map(({ range }) => range);
    if (ranges.length > 1 || ranges.some(range => !cidrIsSingle(range)))
      return [{ path, message: `hold more than one address, ${expected}` }];
    return ranges.some(cidrIsLoopback) ? [{ path, message: `are on loopback, ${expected}` }] : [];
  });
}
