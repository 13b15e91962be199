/** Apache with mod_auth_openidc as an OAuth 2.0 resource server: bearer tokens verified with local keys. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { audience } from '../lab/issuer.ts';
import type { Peer, Seat } from './peer.ts';
import { versionFrom } from './probe.ts';

const moduleFolder = '/usr/lib/apache2/modules';
const modules = [
  'mpm_event',
  'authn_core',
  'authz_core',
  'authz_user',
  'auth_openidc',
  'headers',
  'proxy',
  'proxy_http',
  'proxy_wstunnel',
];

/** One process with threads. */
export const apacheOpenidc: Peer = {
  name: 'apache-openidc',
  title: 'Apache with mod_auth_openidc (bearer)',
  does: 'everything',
  // mod_auth_openidc 2.4.12 crashes at an EC key in OIDCOAuthVerifyCertFiles.
  algorithms: ['RS256'],
  mandatory: false,
  install: 'apt-get install -y --no-install-recommends apache2 libapache2-mod-auth-openidc',
  version: () =>
    existsSync(join(moduleFolder, 'mod_auth_openidc.so')) ? versionFrom(['apache2', '-v'], /Apache\/(\S+)/) : null,
  launch: async seat => {
    const file = seat.lab.write(`${seat.folder}/httpd.conf`, configOf(seat));
    return { command: ['apache2', '-f', file, '-D', 'FOREGROUND'] };
  },
};

function configOf({ lab, port, backendPort, folder }: Seat): string {
  const own = join(lab.folder, folder);
  const loaded = modules.map(name => `LoadModule ${name}_module ${join(moduleFolder, `mod_${name}.so`)}`);
  const key = `${lab.issuer.kid('RS256')}#${join(lab.folder, 'keys', 'RS256.pem')}`;
  return `
ServerRoot ${own}
DefaultRuntimeDir ${own}
ServerName bench.test
PidFile ${join(own, 'httpd.pid')}
ErrorLog ${join(own, 'error.log')}
LogLevel error
Mutex posixsem default
${loaded.join('\n')}
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
Listen 127.0.0.1:${port}
ListenBacklog 4096
StartServers 1
ServerLimit 1
ThreadLimit 256
ThreadsPerChild 256
MaxRequestWorkers 256
KeepAlive On
KeepAliveTimeout 600
MaxKeepAliveRequests 0
OIDCCryptoPassphrase bench
OIDCOAuthVerifyCertFiles ${key}
OIDCOAuthRemoteUserClaim sub
OIDCPassClaimsAs none
ProxyPreserveHost On
<Location />
  AuthType oauth20
  <RequireAll>
    Require claim iss:${lab.issuer.url}
    Require claim aud:${audience}
  </RequireAll>
  RequestHeader unset Remote_User
  RequestHeader unset Mount
  RequestHeader set Remote-User "expr=%{REMOTE_USER}"
  ProxyPass http://127.0.0.1:${backendPort}/ keepalive=On
</Location>
`;
}
