/** An issuer that publishes its key, takes it back for another, and is not always there. */
import { createServer } from 'node:http';
import type { Teardown } from '../gates/lab.ts';
import { jwksBytes, makeKey, mintToken, publicJwk, type SigningKey } from '../identity/token-maker.ts';
import { listenStopping, type Stopping } from '../soak/stopping.ts';

/** Such an issuer. */
export type KeyServer = {
  /** `iss` of its tokens. */
  readonly issuer: string;
  /** Where its keys are, by a name that each turn changes, so that a gate asks at once. */
  readonly keysUrl: () => string;
  readonly stopping: Stopping;
  /** Publishes another key instead. */
  readonly turn: () => void;
  /** A token by the key of the last turn; `iat` is now where it is left out. */
  readonly token: (user: string, iat?: number) => string;
};

const lifetimeSeconds = 14 * 24 * 3600;

/** Listens until the test's end. */
export async function startKeyServer(t: Teardown): Promise<KeyServer> {
  const issuer = 'https://keys.test';
  let turns = 0;
  let key: SigningKey = makeKey('ES256', 'turn-0');
  const server = createServer({ keepAliveTimeout: 0 }, (_request, response) => {
    response.end(jwksBytes(publicJwk(key)));
  });
  const stopping = await listenStopping(t, server);
  return {
    issuer,
    stopping,
    keysUrl: () => `http://${stopping.place}/keys?turn=${turns}`,
    turn() {
      turns += 1;
      key = makeKey('ES256', `turn-${turns}`);
    },
    token(user, iat = Math.floor(Date.now() / 1000)) {
      const exp = iat + lifetimeSeconds;
      return mintToken(key, { iss: issuer, aud: 'jupyterhub', preferred_username: user, iat, exp });
    },
  };
}
