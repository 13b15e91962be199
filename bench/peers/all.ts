/** All peers, the gate last. */
import { haproxyHeaders, haproxyJwt } from './haproxy.ts';
import { hubgate } from './hubgate.ts';
import { nginx } from './nginx.ts';
import type { Peer } from './peer.ts';

/** The peers. */
export const allPeers: readonly Peer[] = [nginx, haproxyHeaders, haproxyJwt, hubgate];
