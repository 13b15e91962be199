/** The reference of every ratio: nginx that passes everything on and checks nothing. */
import { join } from 'node:path';
import { nginxCommand, nginxConfig } from '../lab/nginx-program.ts';
import type { Peer, Seat } from './peer.ts';
import { versionFrom } from './probe.ts';

/** `proxy_pass` on kept connections, no access log. */
export const nginx: Peer = {
  name: 'nginx',
  title: 'nginx proxy_pass, no auth',
  does: 'nothing',
  algorithms: [],
  mandatory: true,
  install: 'apt-get install -y --no-install-recommends nginx',
  version: () => versionFrom(['nginx', '-v'], /nginx\/(\S+)/),
  launch: async seat => {
    const folder = join(seat.lab.folder, seat.folder);
    const file = seat.lab.write(`${seat.folder}/nginx.conf`, nginxConfig(folder, serverBlock(seat)));
    return { command: nginxCommand(folder, file) };
  },
};

function serverBlock({ port, backendPort }: Seat): string {
  return `
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream hub { server 127.0.0.1:${backendPort}; keepalive 1024; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    client_max_body_size 0;
    location / {
      proxy_pass http://hub;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_read_timeout 600s;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }
  }`;
}
