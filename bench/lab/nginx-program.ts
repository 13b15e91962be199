/** How an nginx is started without touching anything of the system's own. */
import { mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Command } from '../machine/programs.ts';

/** One worker in the foreground, its files in `folder`; `http` is what stands inside the http block. */
export function nginxConfig(folder: string, http: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    kind => `${kind}_temp_path ${join(folder, 'temporary')};`,
  );
  mkdirSync(folder, { recursive: true });
  return `
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? `user ${userInfo().username};` : ''}
pid ${join(folder, 'nginx.pid')};
error_log ${join(folder, 'error.log')} warn;
events { worker_connections 16384; }
http {
  ${temporary.join('\n  ')}
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  ${http}
}
`;
}

/** Runs it with that config file. */
export function nginxCommand(folder: string, configFile: string): Command {
  return ['nginx', '-p', folder, '-e', join(folder, 'start.log'), '-c', configFile];
}
