/** What is allowed of carriers, but can carry nothing: all but Authorization is taken from trusted proxies alone. */

import type { Config } from '../config.ts';
import type { Finding } from '../problems.ts';
import type { CarrierConfig } from '../sections/jwt.ts';

const isAuthorization = (carrier: CarrierConfig): boolean =>
  carrier.kind === 'header' && carrier.header.toLowerCase() === 'authorization';

const anybodyTrusted = ({ trust }: Config): boolean => trust.proxies.length > 0 || trust.unixPeers;

/** Where nobody at all may come in, that is told of `trust.proxies`. */
export function carriersOfNobody(config: Config): Finding[] {
  const { jwt, trust } = config;
  if (anybodyTrusted(config) || trust.others !== 'bearerOnly') return [];
  const message =
    'lets nobody show a token, for all but Authorization is taken from trusted proxies alone, and trust.proxies is empty, expected a CIDR there, or { header: Authorization, scheme: Bearer } here';
  return jwt.flatMap(({ carriers }, index) =>
    carriers.some(isAuthorization) ? [] : [{ path: ['jwt', index, 'carriers'], message }],
  );
}

/** Hub tokens that are forwarded, and opaque ones, stand in Authorization whatever the carriers say. */
export function othersUnproved(config: Config): Finding[] {
  const { trust, jwt, introspection, hub } = config;
  const isTold = jwt.length > 0 && !anybodyTrusted(config);
  const takesSome = introspection.length > 0 || hub.apiTokens === 'forward';
  if (trust.others !== 'bearerOnly' || isTold || takesSome) return [];
  if (jwt.some(({ carriers }) => carriers.some(isAuthorization))) return [];
  const message =
    'lets other peers in with a token in Authorization, where no entry takes one, expected refuse, or a carrier { header: Authorization, scheme: Bearer } in jwt';
  return [{ path: ['trust', 'others'], message }];
}
