/** Apache with mod_auth_openidc as an OAuth 2.0 resource server: bearer tokens verified with local keys. */
import { join } from 'node:path';
import { apacheCommand, apacheConfig, apacheVersionWith } from '../lab/apache-program.ts';
import { audience } from '../lab/issuer.ts';
import type { Peer, Seat } from './peer.ts';

/** One process with threads. */
export const apacheOpenidc: Peer = {
  name: 'apache-openidc',
  title: 'Apache with mod_auth_openidc (bearer)',
  does: 'everything',
  // mod_auth_openidc 2.4.12 crashes at an EC key in OIDCOAuthVerifyCertFiles.
  algorithms: ['RS256'],
  mandatory: false,
  install: 'apt-get install -y --no-install-recommends apache2 libapache2-mod-auth-openidc',
  version: () => apacheVersionWith('auth_openidc'),
  launch: async seat => ({ command: apacheCommand(seat.lab.write(`${seat.folder}/httpd.conf`, configOf(seat))) }),
};

function configOf({ lab, port, backendPort, folder }: Seat): string {
  const key = `${lab.issuer.kid('RS256')}#${join(lab.folder, 'keys', 'RS256.pem')}`;
  const modules = ['auth_openidc', 'proxy_wstunnel'];
  return apacheConfig(
    { folder: join(lab.folder, folder), port, serverName: 'bench.test', threads: 256, modules },
    {
      global: [
        'ListenBacklog 4096',
        'KeepAlive On',
        'KeepAliveTimeout 600',
        'MaxKeepAliveRequests 0',
        'OIDCCryptoPassphrase bench',
        `OIDCOAuthVerifyCertFiles ${key}`,
        'OIDCOAuthRemoteUserClaim sub',
        'OIDCPassClaimsAs none',
      ],
      location: [
        'AuthType oauth20',
        '<RequireAll>',
        `  Require claim iss:${lab.issuer.url}`,
        `  Require claim aud:${audience}`,
        '</RequireAll>',
        'RequestHeader unset Remote_User',
        'RequestHeader unset Mount',
        'RequestHeader set Remote-User "expr=%{REMOTE_USER}"',
        `ProxyPass http://127.0.0.1:${backendPort}/ keepalive=On`,
      ],
    },
  );
}
