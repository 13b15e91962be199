/** Caddy: with its own basic authentication, and with an authorization server that it asks. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionFrom } from '../../../bench/peers/probe.ts';
import { type AttackPeer, type PeerSeat, password } from './peer.ts';

/** `basicauth`, and `header_up` of `reverse_proxy`. */
export const caddyBasic: AttackPeer = caddy('caddy', 'Caddy, basicauth, header_up Remote-User', seat => [
  'basicauth {',
  `  alice ${hashOf(password)}`,
  '}',
  `reverse_proxy 127.0.0.1:${seat.backendPort} {`,
  '  header_up Remote-User {http.auth.user.id}',
  '  header_up -Authorization',
  '}',
]);

/**
 * `forward_auth` with `copy_headers`, as its documentation has it for Authelia; of one header, because Debian's Caddy writes a
 * placeholder's name for each that the answer lacks.
 */
export const caddyForwardAuth: AttackPeer = caddy('caddy-forward', 'Caddy, forward_auth, copy_headers', seat => [
  `forward_auth 127.0.0.1:${seat.authorizationPort} {`,
  '  uri /api/verify',
  '  copy_headers Remote-User',
  '}',
  `reverse_proxy 127.0.0.1:${seat.backendPort}`,
]);

function hashOf(text: string): string {
  const { stdout } = spawnSync('caddy', ['hash-password', '--plaintext', text], { encoding: 'utf8' });
  return stdout.trim();
}

function caddy(name: string, title: string, siteOf: (seat: PeerSeat) => readonly string[]): AttackPeer {
  return {
    name,
    title,
    packages: ['caddy'],
    version: () => versionFrom(['caddy', 'version'], /(\d+\.\d+\.\d+)/),
    launch: seat => {
      const { folder, port } = seat;
      const file = join(folder, 'Caddyfile');
      writeFileSync(file, configOf(port, siteOf(seat)));
      return {
        command: ['caddy', 'run', '--config', file, '--adapter', 'caddyfile'],
        env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
      };
    },
  };
}

function configOf(port: number, site: readonly string[]): string {
  return `
{
  admin off
  auto_https off
  log {
    level ERROR
  }
}
http://:${port} {
  bind 127.0.0.1
  ${site.join('\n  ')}
}
`;
}
