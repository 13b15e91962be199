/** A real issuer (oidc-provider) of opaque tokens, behind TLS, with its introspection endpoint. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeAuthority, makeCertificate } from '../../clients/certificates.ts';
import type { Lab, Teardown } from '../../gates/lab.ts';
import { Provider } from '../keys/quiet-provider.ts';

/** Such an issuer. */
export interface OpaqueIssuer {
  /** Its `iss`. */
  readonly url: string;
  /** Entry of `introspection` in a config that stands in the lab's folder. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** An opaque token of a user; `aud` is its audience. */
  readonly token: (user: string, aud?: string) => Promise<string>;
  readonly refreshToken: (user: string) => Promise<string>;
  readonly revoke: (token: string) => Promise<void>;
  /** Questions that came to its endpoint. */
  readonly asked: () => number;
}

/** Characters that the client has to form-encode (RFC 6749 §2.3.1). */
const secret = 's e+c:r%t/of-the-gate';

const path = '/token/introspection';

/** Listens until the test's end; writes the gate's secret and its authority into the lab. */
export async function startOpaqueIssuer(t: Teardown, lab: Lab): Promise<OpaqueIssuer> {
  const authority = makeAuthority();
  const server = createServer({ ...makeCertificate({ issuer: authority }) });
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(url, {
    clients: [
      { client_id: 'gate', client_secret: secret, redirect_uris: [], response_types: [], grant_types: [] },
      {
        client_id: 'lab',
        client_secret: 'x',
        redirect_uris: ['https://lab.test/'],
        grant_types: ['authorization_code', 'refresh_token'],
      },
    ],
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
    },
    ttl: { AccessToken: 600, RefreshToken: 600, Grant: 600 },
  });
  let asked = 0;
  server.on('request', request => {
    if (request.url === path) asked += 1;
  });
  server.on('request', provider.callback());
  const client = await provider.Client.find('lab');
  const save = async (kind: 'AccessToken' | 'RefreshToken', accountId: string, aud?: string): Promise<string> => {
    const grantId = await new provider.Grant({ accountId, clientId: 'lab' }).save();
    const token = new provider[kind]({ accountId, client, grantId, gty: 'authorization_code', scope: 'openid' });
    if (aud !== undefined) token.aud = aud;
    const text = await token.save();
    lab.secrets.add(text);
    return text;
  };
  lab.secrets.add(secret);
  lab.write('introspection-secret', `${secret}\n`);
  lab.write('issuer-ca.crt', authority.cert);
  return {
    url,
    entry: {
      url: `${url}${path}`,
      clientId: 'gate',
      clientSecretFile: 'introspection-secret',
      caFile: 'issuer-ca.crt',
      issuer: { url, audiences: ['jupyterhub'] },
      namespace: 'lab',
      claimValidationRules: [{ expression: "claims.client_id == 'lab'", message: 'of another client' }],
      claimMappings: { username: { claim: 'sub', prefix: '' } },
      userValidationRules: [{ expression: "user.username != 'mallory'", message: 'not mallory' }],
    },
    token: (user, aud = 'jupyterhub') => save('AccessToken', user, aud),
    refreshToken: user => save('RefreshToken', user, 'jupyterhub'),
    revoke: async token => void (await (await provider.AccessToken.find(token))?.destroy()),
    asked: () => asked,
  };
}
