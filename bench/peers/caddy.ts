/** Caddy as a plain reverse proxy that takes the identity headers out; it verifies no tokens by itself. */
import { join } from 'node:path';
import type { Peer, Seat } from './peer.ts';
import { versionFrom } from './probe.ts';

/** No auth. */
export const caddy: Peer = {
  name: 'caddy',
  title: 'Caddy, headers only, no auth',
  does: 'headers',
  algorithms: [],
  mandatory: false,
  install: 'apt-get install -y --no-install-recommends caddy',
  version: () => versionFrom(['caddy', 'version'], /(\d+\.\d+\.\d+)/),
  launch: async seat => {
    const file = seat.lab.write(`${seat.folder}/Caddyfile`, configOf(seat));
    const home = join(seat.lab.folder, seat.folder);
    return {
      command: ['caddy', 'run', '--config', file, '--adapter', 'caddyfile'],
      env: { HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home },
    };
  },
};

function configOf({ port, backendPort }: Seat): string {
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
	reverse_proxy 127.0.0.1:${backendPort} {
		header_up -Remote-User
		header_up -Remote_User
		header_up -Mount
		transport http {
			keepalive_idle_conns_per_host 1024
		}
	}
}
`;
}
