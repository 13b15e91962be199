/** A real OpenID Connect provider over TLS, whose keys a test can turn, and which counts what it is asked. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:https';
import { reservePort } from '../../../scripts/reserved-ports.ts';
import { makeAuthority, makeCertificate } from '../../clients/certificates.ts';
import type { Teardown } from '../../gates/lab.ts';
import type { SigningKey } from '../token-maker.ts';
import { Provider } from './quiet-provider.ts';

/** Such a provider. */
export interface RealIssuer {
  /** `iss` of its tokens. */
  readonly url: string;
  /** Who signs its certificate (PEM). */
  readonly ca: string;
  /** It has a port, but nobody is there before this. */
  start(): Promise<void>;
  /** These keys from now on; of each algorithm the first one signs. */
  publish(...keys: readonly SigningKey[]): void;
  /** How often its key set was asked for. */
  timesAsked(): number;
  /** An access token for itself, by the client credentials grant (RFC 6749 §4.4, RFC 9068). */
  token(client: string, algorithm: string): Promise<string>;
}

export const realAudience = 'jupyterhub';

const clientSecret = 'a secret of the client with the provider';
const lifetimeSeconds = 3600;

function privateJwk({ key, kid }: SigningKey): Record<string, unknown> {
  return { ...key.export({ format: 'jwk' }), kid, use: 'sig' };
}

/** Every client is a user; the resource names the algorithm. */
function providerOf(url: string, clients: readonly string[], keys: readonly SigningKey[]): Provider {
  return new Provider(url, {
    clients: clients.map(client => ({
      client_id: client,
      client_secret: clientSecret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: keys[0]?.algorithm,
    })),
    jwks: { keys: keys.map(privateJwk) },
    cookies: { keys: ['a key for cookies that nobody gets'] },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context: unknown, resource: string) => ({
          scope: '',
          audience: realAudience,
          accessTokenTTL: lifetimeSeconds,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: resource.split(':').at(-1) } },
        }),
      },
    },
  });
}

/** Reserves a port; the test's end closes all. */
export async function makeRealIssuer(
  t: Teardown,
  clients: readonly string[],
  ...first: readonly SigningKey[]
): Promise<RealIssuer> {
  const authority = makeAuthority();
  const port = await reservePort();
  const url = `https://127.0.0.1:${port}`;
  let asked = 0;
  let answer = providerOf(url, clients, first).callback();
  const server = createServer(
    makeCertificate({ issuer: authority }),
    (incoming: IncomingMessage, response: ServerResponse) => {
      if (incoming.url === '/jwks') asked += 1;
      answer(incoming, response);
    },
  );
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url,
    ca: authority.cert,
    async start() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    publish(...keys) {
      answer = providerOf(url, clients, keys).callback();
    },
    timesAsked: () => asked,
    async token(client, algorithm) {
      const outgoing = request(`${url}/token`, {
        method: 'POST',
        ca: authority.cert,
        auth: `${client}:${encodeURIComponent(clientSecret)}`,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      });
      outgoing.end(`grant_type=client_credentials&resource=urn:lab:${algorithm}`);
      const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
      let text = '';
      for await (const part of incoming) text += part;
      const { access_token: token } = JSON.parse(text);
      if (typeof token !== 'string') throw new Error(`no token: ${text}`);
      return token;
    },
  };
}
