/** A real identity provider (oidc-provider) with its own login form: whoever types a name is that user. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Teardown } from '../gates/lab.ts';
import { Provider } from '../identity/keys/quiet-provider.ts';

/** Who may send users to it. */
export interface Client {
  readonly id: string;
  readonly secret: string;
  readonly redirectUri: string;
}

/** Users' groups; the name of a user is its `sub` and `preferred_username`. */
export type Groups = Readonly<Record<string, readonly string[]>>;

/** Listens on 127.0.0.1 until the test's end; resolves with its issuer. */
export async function startIdentityProvider(t: Teardown, client: Client, groups: Groups): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [client.redirectUri] }],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
    findAccount: (_context: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId, preferred_username: accountId, groups: groups[accountId] ?? [] }),
    }),
    cookies: { keys: [client.secret] },
    ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  });
  server.on('request', provider.callback());
  return issuer;
}
