/** nginx: HTTP basic authentication, and the header set from `$remote_user`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nginxCommand, nginxConfig } from '../../../bench/lab/nginx-program.ts';
import { versionFrom } from '../../../bench/peers/probe.ts';
import { type AttackPeer, type PeerSeat, password } from './peer.ts';

/** ngx_http_auth_basic_module, ngx_http_proxy_module and "WebSocket proxying" on nginx.org. */
export const nginx: AttackPeer = {
  name: 'nginx',
  title: 'nginx, auth_basic, proxy_set_header Remote-User $remote_user',
  packages: ['nginx'],
  version: () => versionFrom(['nginx', '-v'], /nginx\/(\S+)/),
  launch: seat => {
    const { folder } = seat;
    const users = join(folder, 'users');
    writeFileSync(users, `alice:{PLAIN}${password}\n`);
    const file = join(folder, 'nginx.conf');
    writeFileSync(file, nginxConfig(folder, serverBlock(seat, users)));
    return { command: nginxCommand(folder, file) };
  },
};

function serverBlock({ port, backendPort }: PeerSeat, users: string): string {
  return `
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  server {
    listen 127.0.0.1:${port};
    server_name hub.example;
    auth_basic "hub";
    auth_basic_user_file ${users};
    location / {
      proxy_pass http://127.0.0.1:${backendPort};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header Remote-User $remote_user;
      proxy_set_header Authorization "";
    }
  }`;
}
