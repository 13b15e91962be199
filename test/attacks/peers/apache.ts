/** Apache: the header unset, and set from `REMOTE_USER`; by HTTP basic authentication, and by bearer tokens. */
import { createPublicKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apacheCommand, apacheConfig, apacheVersionWith } from '../../../bench/lab/apache-program.ts';
import type { Command } from '../../../bench/machine/programs.ts';
import { versionFrom } from '../../../bench/peers/probe.ts';
import { makeKey, mintToken } from '../../identity/token-maker.ts';
import { type AttackPeer, type PeerSeat, password } from './peer.ts';

/** mod_auth_basic, mod_headers and mod_proxy of its manual; `upgrade=websocket` as the manual has it since 2.4.47. */
export const apache: AttackPeer = {
  name: 'apache',
  title: 'Apache, mod_auth_basic, RequestHeader unset and set Remote-User',
  packages: ['apache2', 'apache2-utils'],
  version: () => apacheVersionWith('proxy'),
  launch: seat => {
    const users = join(seat.folder, 'users');
    writeFileSync(users, `alice:${hashOf(password)}\n`);
    const location = ['AuthType Basic', 'AuthName hub', 'AuthBasicProvider file', `AuthUserFile ${users}`];
    return { command: commandOf(seat, ['authn_file', 'auth_basic'], [], [...location, 'Require valid-user']) };
  },
};

/** mod_auth_openidc as an OAuth 2.0 resource server, with the issuer's key in a file. */
export const apacheOpenidc: AttackPeer = {
  name: 'apache-openidc',
  title: 'Apache, mod_auth_openidc (bearer), RequestHeader unset and set Remote-User',
  packages: ['apache2', 'libapache2-mod-auth-openidc'],
  version: () => apacheVersionWith('auth_openidc'),
  launch: seat => {
    const key = makeKey('RS256');
    const keyFile = join(seat.folder, 'key.pem');
    writeFileSync(keyFile, createPublicKey(key.key).export({ format: 'pem', type: 'spki' }));
    const global = [
      'OIDCCryptoPassphrase attacks',
      `OIDCOAuthVerifyCertFiles ${key.kid}#${keyFile}`,
      'OIDCOAuthRemoteUserClaim sub',
      'OIDCPassClaimsAs none',
    ];
    const seconds = Math.floor(Date.now() / 1000);
    const token = mintToken(key, {
      iss: 'https://sso.example',
      aud: 'jupyterhub',
      sub: 'alice',
      iat: seconds,
      exp: seconds + 3600,
    });
    const location = ['AuthType oauth20', 'Require claim aud:jupyterhub'];
    return { command: commandOf(seat, ['auth_openidc'], global, location), proof: `Bearer ${token}` };
  },
};

function hashOf(text: string): string {
  const hash = versionFrom(['htpasswd', '-nbB', '-C', '4', 'alice', text], /^alice:(\S+)/);
  if (hash === null) throw new Error('htpasswd (apache2-utils) made no hash');
  return hash;
}

function commandOf(
  { port, backendPort, folder }: PeerSeat,
  more: readonly string[],
  global: readonly string[],
  location: readonly string[],
): Command {
  const file = join(folder, 'httpd.conf');
  const seat = { folder, port, serverName: 'hub.example', threads: 32, modules: ['proxy_wstunnel', ...more] };
  const believed = [
    'RequestHeader unset Remote-User',
    'RequestHeader set Remote-User "expr=%{REMOTE_USER}"',
    'RequestHeader unset Authorization',
    `ProxyPass http://127.0.0.1:${backendPort}/ upgrade=websocket disablereuse=on`,
  ];
  writeFileSync(file, apacheConfig(seat, { global, location: [...location, ...believed] }));
  return apacheCommand(file);
}
