/** Apache: HTTP basic authentication, the header unset and set from `REMOTE_USER`. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionFrom } from '../../../bench/peers/probe.ts';
import { type AttackPeer, type PeerSeat, password } from './peer.ts';

const moduleFolder = '/usr/lib/apache2/modules';
const modules = [
  'mpm_event',
  'authn_core',
  'authn_file',
  'authz_core',
  'authz_user',
  'auth_basic',
  'headers',
  'proxy',
  'proxy_http',
  'proxy_wstunnel',
];

/** mod_auth_basic, mod_headers and mod_proxy of its manual; `upgrade=websocket` as the manual has it since 2.4.47. */
export const apache: AttackPeer = {
  name: 'apache',
  title: 'Apache, mod_auth_basic, RequestHeader unset and set Remote-User',
  packages: ['apache2', 'apache2-utils'],
  version: () =>
    existsSync(join(moduleFolder, 'mod_proxy.so')) ? versionFrom(['apache2', '-v'], /Apache\/(\S+)/) : null,
  launch: seat => {
    const file = join(seat.folder, 'httpd.conf');
    const users = join(seat.folder, 'users');
    writeFileSync(users, `alice:${hashOf(password)}\n`);
    writeFileSync(file, configOf(seat, users));
    return { command: ['apache2', '-f', file, '-D', 'FOREGROUND'] };
  },
};

function hashOf(text: string): string {
  const hash = versionFrom(['htpasswd', '-nbB', '-C', '4', 'alice', text], /^alice:(\S+)/);
  if (hash === null) throw new Error('htpasswd (apache2-utils) made no hash');
  return hash;
}

function configOf({ port, backendPort, folder }: PeerSeat, users: string): string {
  return `
ServerRoot ${folder}
DefaultRuntimeDir ${folder}
ServerName hub.example
PidFile ${join(folder, 'httpd.pid')}
ErrorLog ${join(folder, 'error.log')}
LogLevel error
Mutex posixsem default
${modules.map(name => `LoadModule ${name}_module ${join(moduleFolder, `mod_${name}.so`)}`).join('\n')}
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
Listen 127.0.0.1:${port}
StartServers 1
ServerLimit 1
ThreadLimit 32
ThreadsPerChild 32
MaxRequestWorkers 32
ProxyPreserveHost On
<Location />
  AuthType Basic
  AuthName hub
  AuthBasicProvider file
  AuthUserFile ${users}
  Require valid-user
  RequestHeader unset Remote-User
  RequestHeader set Remote-User "expr=%{REMOTE_USER}"
  RequestHeader unset Authorization
  ProxyPass http://127.0.0.1:${backendPort}/ upgrade=websocket disablereuse=on
</Location>
`;
}
