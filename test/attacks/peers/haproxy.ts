/** HAProxy: HTTP basic authentication against a userlist, the header deleted and set from the user. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionFrom } from '../../../bench/peers/probe.ts';
import { type AttackPeer, type PeerSeat, password } from './peer.ts';

/** `http-request auth`, `del-header` and `set-header` of its configuration manual. */
export const haproxy: AttackPeer = {
  name: 'haproxy',
  title: 'HAProxy, http-request auth, del-header and set-header Remote-User',
  packages: ['haproxy'],
  version: () => versionFrom(['haproxy', '-v'], /version (\S+)/),
  launch: seat => {
    const file = join(seat.folder, 'haproxy.cfg');
    writeFileSync(file, configOf(seat));
    return { command: ['haproxy', '-db', '-f', file] };
  },
};

function configOf({ port, backendPort }: PeerSeat): string {
  return `
global
  nbthread 1
  maxconn 500
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel 60s
userlist people
  user alice insecure-password "${password}"
frontend browsers
  bind 127.0.0.1:${port}
  option forwardfor
  http-request auth realm hub unless { http_auth(people) }
  http-request del-header Remote-User
  http-request set-header Remote-User %[http_auth_user]
  http-request del-header Authorization
  default_backend hub
backend hub
  server hub 127.0.0.1:${backendPort}
`;
}
