/** All peers, the gate last. */
import { apacheOpenidc } from './apache.ts';
import { caddy } from './caddy.ts';
import { configurableHttpProxy } from './configurable-http-proxy.ts';
import { envoyJwt, envoyJwtCache } from './envoy.ts';
import { haproxyHeaders, haproxyJwt } from './haproxy.ts';
import { hubgate } from './hubgate.ts';
import { nginx } from './nginx.ts';
import { oauth2Proxy } from './oauth2-proxy.ts';
import type { Peer } from './peer.ts';

/** The peers. */
export const allPeers: readonly Peer[] = [
  nginx,
  haproxyHeaders,
  haproxyJwt,
  envoyJwt,
  envoyJwtCache,
  apacheOpenidc,
  caddy,
  configurableHttpProxy,
  oauth2Proxy,
  hubgate,
];
