/** The proxies that Debian ships, for `npm run attacks`. */
import { apache, apacheOpenidc } from './apache.ts';
import { caddyBasic, caddyForwardAuth } from './caddy.ts';
import { haproxy } from './haproxy.ts';
import { nginx } from './nginx.ts';
import type { AttackPeer } from './peer.ts';

/** In the order of the report. */
export const attackPeers: readonly AttackPeer[] = [nginx, haproxy, apache, apacheOpenidc, caddyBasic, caddyForwardAuth];
