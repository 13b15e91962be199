/** What is allowed of listeners with PROXY headers, but seldom meant. */
import type { Config, ListenConfig } from '../config.ts';
import type { Finding } from '../problems.ts';

const takesHeaders = ({ proxyProtocol }: ListenConfig): boolean => proxyProtocol === 'required';

/** Nobody whose header would be taken can come in. */
export function headersOfNobody({ listen, trust }: Config): Finding[] {
  return listen.flatMap((listener, index) => {
    const isUnix = listener.address.kind === 'unix';
    if (!takesHeaders(listener) || (isUnix ? trust.unixPeers : trust.proxies.length > 0)) return [];
    const wanted = isUnix ? 'trust.unixPeers: true' : 'a CIDR in trust.proxies';
    const message = `lets nobody in, for PROXY headers are taken from trusted proxies alone, expected ${wanted}, or none`;
    return [{ path: ['listen', index, 'proxyProtocol'], message }];
  });
}

/** Other peers may come in, but nowhere. */
export function othersNowhere({ listen, trust }: Config): Finding[] {
  if (trust.others !== 'bearerOnly' || !listen.every(takesHeaders)) return [];
  const message =
    'lets other peers in, but every listener takes PROXY headers from trusted proxies alone, expected a listener with proxyProtocol: none for them';
  return [{ path: ['trust', 'others'], message }];
}

/** Who sends such headers may be a balancer that knows nothing of HTTP, and passes on whatever a client asserts. */
export function balancerAsserts({ listen, sso }: Config): Finding[] {
  if (!listen.some(takesHeaders)) return [];
  const message =
    'may assert users through a listener with proxyProtocol, expected proxies that write these headers themselves and no balancer that passes bytes on, and dangerouslyTrustAddressOnly: true';
  return sso.flatMap((entry, index) =>
    entry.dangerouslyTrustAddressOnly ? [] : [{ path: ['sso', index, 'proxies'], message }],
  );
}
