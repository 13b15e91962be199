/** What is allowed of listeners with PROXY headers, but seldom meant. */
import { cidrIsSingle, parseCidr } from '../../http/address.ts';
import type { Config } from '../config.ts';
import type { Finding } from '../problems.ts';
import type { ListenConfig } from '../sections/listen.ts';

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

/** Whom the header names must be among the proxies too, beside the balancer that writes it. */
export function assertionsOfNobody({ listen, sso }: Config): Finding[] {
  if (!listen.every(takesHeaders)) return [];
  const message =
    'asserts nobody where each connection has a PROXY header that names somebody else, expected the balancer and the sign-in proxy behind it, or a listener with proxyProtocol: none';
  return sso.flatMap(({ proxies }, index) => {
    const [first, ...more] = proxies.map(parseCidr);
    const isOne = first?.ok === true && cidrIsSingle(first.cidr) && more.length === 0;
    return isOne ? [{ path: ['sso', index, 'proxies'], message }] : [];
  });
}
