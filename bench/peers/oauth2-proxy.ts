/** oauth2-proxy that takes bearer tokens; built from its Go module, since no other registry has it. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { checkoutRoot } from '../../scripts/checkout.ts';
import { audience } from '../lab/issuer.ts';
import type { Peer, Seat } from './peer.ts';
import { versionFrom } from './probe.ts';

const release = 'v7.15.6';
const folder = join(checkoutRoot, '.cache', 'bench');

/** Verifies every token of every request. */
export const oauth2Proxy: Peer = {
  name: 'oauth2-proxy',
  title: 'oauth2-proxy (bearer)',
  does: 'everything',
  algorithms: ['RS256'],
  mandatory: false,
  install: `GOBIN=$PWD/${relative(checkoutRoot, folder)} go install github.com/oauth2-proxy/oauth2-proxy/v7@${release}`,
  version: () => (versionFrom([program(), '--version'], /(oauth2-proxy)/) === null ? null : release.slice(1)),
  launch: async seat => {
    const options = seat.lab.write(`${seat.folder}/alpha.yaml`, JSON.stringify(alphaConfig(seat), null, 1));
    const rest = seat.lab.write(`${seat.folder}/oauth2-proxy.cfg`, plainConfig);
    return { command: [program(), '--config', rest, '--alpha-config', options] };
  },
};

const plainConfig = `
cookie_secret = "0123456789abcdef0123456789abcdef"
email_domains = ["*"]
skip_jwt_bearer_tokens = true
request_logging = false
auth_logging = false
standard_logging = false
`;

function program(): string {
  const own = join(folder, 'oauth2-proxy');
  return existsSync(own) ? own : 'oauth2-proxy';
}

function alphaConfig({ lab, port, backendPort }: Seat): object {
  return {
    server: { bindAddress: `127.0.0.1:${port}` },
    upstreamConfig: {
      upstreams: [{ id: 'hub', path: '/', uri: `http://127.0.0.1:${backendPort}`, passHostHeader: true }],
    },
    injectRequestHeaders: [
      { name: 'Remote-User', values: [{ claimSource: { claim: 'user' } }] },
      { name: 'Mount', values: [] },
    ],
    providers: [
      {
        id: 'lab',
        provider: 'oidc',
        clientID: audience,
        clientSecret: 'unused',
        loginURL: `${lab.issuer.url}/auth`,
        redeemURL: `${lab.issuer.url}/token`,
        oidcConfig: {
          issuerURL: lab.issuer.url,
          skipDiscovery: true,
          jwksURL: `http://127.0.0.1:${lab.origin.port}/jwks.json`,
          audienceClaims: ['aud'],
          emailClaim: 'email',
          userIDClaim: 'sub',
        },
      },
    ],
  };
}
