/** Envoy with `jwt_authn`: verifying every token, and with its cache of verified ones. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { envoyEnvironment } from '../../scripts/python-environments.ts';
import { audience } from '../lab/issuer.ts';
import type { Peer, Seat } from './peer.ts';
import { versionFrom } from './probe.ts';

/** Verifies every token of every request. */
export const envoyJwt: Peer = envoy('envoy-jwt', 'Envoy with jwt_authn', {});

/** The same with room for every token of the loads; its own default is 100. */
export const envoyJwtCache: Peer = envoy('envoy-jwt-cache', 'Envoy with jwt_authn and its cache', {
  jwt_cache_config: { jwt_cache_size: 10_000 },
});

const manyConnections = 20_000;

function envoy(name: string, title: string, cache: object): Peer {
  return {
    name,
    title,
    does: 'everything',
    algorithms: ['RS256', 'ES256'],
    mandatory: false,
    install: 'python3 and its venv: the run makes .venv/envoy from scripts/requirements/envoy.txt by itself',
    version: () => versionFrom([binary(), '--version'], /\/(\d+\.\d+\.\d+)\//),
    launch: async seat => {
      const file = seat.lab.write(`${seat.folder}/envoy.json`, JSON.stringify(configOf(seat, cache), null, 1));
      const options = ['--concurrency', '1', '--disable-hot-restart', '--log-level', 'error'];
      return { command: [binary(), '--config-path', file, ...options] };
    },
  };
}

/** The wheel's own command starts it through Python, which would count as start-up. */
function binary(): string {
  const [found] = globSync('lib/python3*/site-packages/envoy/_bin/envoy', { cwd: envoyEnvironment.folder });
  return join(envoyEnvironment.folder, found ?? 'envoy');
}

function configOf(seat: Seat, cache: object): object {
  return {
    static_resources: {
      listeners: [
        {
          address: address(seat.port),
          filter_chains: [{ filters: [typed('envoy.filters.network.http_connection_manager', manager(seat, cache))] }],
        },
      ],
      clusters: [
        {
          name: 'hub',
          type: 'STATIC',
          circuit_breakers: {
            thresholds: [
              {
                max_connections: manyConnections,
                max_pending_requests: manyConnections,
                max_requests: manyConnections,
              },
            ],
          },
          load_assignment: {
            cluster_name: 'hub',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address(seat.backendPort) } }] }],
          },
        },
      ],
    },
  };
}

function manager(seat: Seat, cache: object): object {
  return {
    '@type': filterType('network.http_connection_manager', 'HttpConnectionManager'),
    stat_prefix: 'browsers',
    server_header_transformation: 'PASS_THROUGH',
    generate_request_id: false,
    stream_idle_timeout: '0s',
    upgrade_configs: [{ upgrade_type: 'websocket' }],
    common_http_protocol_options: { headers_with_underscores_action: 'DROP_HEADER' },
    route_config: {
      request_headers_to_remove: ['mount'],
      virtual_hosts: [
        { name: 'hub', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'hub', timeout: '0s' } }] },
      ],
    },
    http_filters: [
      typed('envoy.filters.http.jwt_authn', {
        '@type': filterType('http.jwt_authn', 'JwtAuthentication'),
        providers: { lab: provider(seat, cache) },
        rules: [{ match: { prefix: '/' }, requires: { provider_name: 'lab' } }],
      }),
      typed('envoy.filters.http.router', {
        '@type': filterType('http.router', 'Router'),
        suppress_envoy_headers: true,
      }),
    ],
  };
}

function provider({ lab }: Seat, cache: object): object {
  return {
    issuer: lab.issuer.url,
    audiences: [audience],
    local_jwks: { inline_string: JSON.stringify(lab.issuer.jwks) },
    claim_to_headers: [{ header_name: 'Remote-User', claim_name: 'sub' }],
    ...cache,
  };
}

function typed(name: string, config: object): object {
  return { name, typed_config: config };
}

function filterType(filter: string, message: string): string {
  return `type.googleapis.com/envoy.extensions.filters.${filter}.v3.${message}`;
}

function address(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}
