/** Three issuers, each with its keys in another kind of file. */
import { mintToken, type SigningKey, type TokenAlgorithm } from '../../identity/token-maker.ts';

/** An issuer. */
export type Issuer = {
  readonly url: string;
  /** `jwt[].keys`. */
  readonly keys: Readonly<Record<string, string>>;
  /** Of the key that turns, and of another that stays where there are two: of those without names one may fit a token. */
  readonly algorithms: readonly [TokenAlgorithm, ...TokenAlgorithm[]];
};

/** All of them, by the kind of file. */
export const issuers = {
  jwks: { url: 'https://jwks.test', keys: { jwksFile: 'keys.json' }, algorithms: ['ES256'] },
  pem: { url: 'https://pem.test', keys: { pemFile: 'keys.pem' }, algorithms: ['ES256', 'ES384'] },
  secret: { url: 'https://secret.test', keys: { secretFile: 'secret' }, algorithms: ['HS256'] },
} as const satisfies Record<string, Issuer>;

const lifetimeSeconds = 3600;

/** Its entry in the config. */
export function jwtEntryOf({ url, keys, algorithms }: Issuer): unknown {
  return {
    issuer: { url, audiences: ['jupyterhub'] },
    namespace: 'lab',
    keys,
    algorithms,
    claimMappings: { username: { claim: 'preferred_username', prefix: '' } },
  };
}

/** Every token that was made. */
export const tokens: Set<string> = new Set();

/** A token of that user. */
export function tokenOf({ url }: Issuer, key: SigningKey, user: string): string {
  const iat = Math.floor(Date.now() / 1000);
  const own = { iss: url, aud: 'jupyterhub', sub: user, preferred_username: user, iat, exp: iat + lifetimeSeconds };
  const token = mintToken(key, own);
  tokens.add(token);
  return token;
}
