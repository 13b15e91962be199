/** A JWT issuer for the demo: a key of its own, its JWKS on loopback, tokens on demand. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { listenOnLoopback } from './loopback.ts';

/** A running issuer. */
export interface DemoIssuer {
  /** `iss` of its tokens. */
  readonly url: string;
  readonly jwksUrl: string;
  /** A token about this user, whose life ends that many seconds from now; negative: it has ended. */
  mint(user: string, lifetimeSeconds: number): string;
  close(): Promise<void>;
}

/** Audience of the tokens. */
export const demoAudience = 'hubgate-demo';

const keyId = 'demo';

/** Makes the key and starts to serve it. */
export async function startIssuer(): Promise<DemoIssuer> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: 'RS256', use: 'sig' };
  const server = createServer((request, response) => {
    const found = request.url === '/jwks';
    response.writeHead(found ? 200 : 404, { 'Content-Type': 'application/json' });
    response.end(found ? JSON.stringify({ keys: [jwk] }) : '{}');
  });
  const url = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  return {
    url,
    jwksUrl: `${url}/jwks`,
    mint: (user, lifetimeSeconds) => signed(claimsOf(url, user, lifetimeSeconds), privateKey),
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function claimsOf(issuer: string, user: string, lifetimeSeconds: number): object {
  const exp = Math.floor(Date.now() / 1000) + lifetimeSeconds;
  const iat = Math.min(exp, Math.floor(Date.now() / 1000)) - 1;
  return { iss: issuer, aud: demoAudience, sub: user, preferred_username: user, iat, exp };
}

/** JWS compact serialisation with RS256 (RFC 7515 §3.1, RFC 7518 §3.3). */
function signed(claims: object, key: KeyObject): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg: 'RS256', typ: 'JWT', kid: keyId })}.${part(claims)}`;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}
