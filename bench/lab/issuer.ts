/** Who signs the tokens of the loads: a key for each algorithm, public halves in every shape that a peer reads, tokens in numbers. */
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';

/** Signature algorithms that loads are made with. */
export type Algorithm = 'RS256' | 'ES256';

/** A signing party. */
export type Issuer = {
  /** `iss` of its tokens. */
  readonly url: string;
  /** Its public keys, one an algorithm. */
  readonly jwks: { readonly keys: readonly object[] };
  /** A key's id. */
  readonly kid: (algorithm: Algorithm) => string;
  /** One public key as PEM (SPKI). */
  readonly pem: (algorithm: Algorithm) => string;
  /** A token about that user, about 1 KB with RS256; no two are alike. */
  readonly mint: (user: string, algorithm?: Algorithm) => Promise<string>;
};

/** Audience of all tokens. */
export const audience = 'jupyterhub';

const lifetimeSeconds = 24 * 3600;
const signInBackground = promisify(sign);

/** Makes the keys; `name` tells one issuer from another. */
export function makeIssuer(name: string): Issuer {
  const url = `https://sso.bench.test/realms/${name}`;
  const keys: Readonly<Record<Algorithm, KeyObject>> = {
    RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  };
  const algorithms = Object.keys(keys) as Algorithm[];
  const kid: Issuer['kid'] = algorithm => `${name}-${algorithm}`;
  return {
    url,
    jwks: {
      keys: algorithms.map(alg => ({
        ...createPublicKey(keys[alg]).export({ format: 'jwk' }),
        kid: kid(alg),
        alg,
        use: 'sig',
      })),
    },
    kid,
    pem: algorithm => createPublicKey(keys[algorithm]).export({ format: 'pem', type: 'spki' }).toString(),
    mint: async (user, algorithm = 'RS256') => {
      const input = `${part({ alg: algorithm, typ: 'JWT', kid: kid(algorithm) })}.${part(claimsOf(url, user))}`;
      const key = { key: keys[algorithm], dsaEncoding: 'ieee-p1363' as const };
      return `${input}.${(await signInBackground('sha256', Buffer.from(input), key)).toString('base64url')}`;
    },
  };
}

/** The token with a signature that nobody made: the same shape, other bytes. */
export function withBadSignature(token: string): string {
  const signatureAt = token.lastIndexOf('.') + 1;
  const bytes = Buffer.from(token.slice(signatureAt), 'base64url').length;
  // The leading zero keeps an RSA signature below the modulus, so that it is really computed with.
  const forged = Buffer.concat([Buffer.alloc(1), randomBytes(bytes - 1)]);
  return token.slice(0, signatureAt) + forged.toString('base64url');
}

function claimsOf(iss: string, user: string): object {
  const iat = Math.floor(Date.now() / 1000) - 1;
  return {
    iss,
    aud: audience,
    sub: user,
    preferred_username: user,
    name: `User ${user}`,
    email: `${user}@bench.test`,
    email_verified: true,
    groups: ['lab', 'students-2026', 'gpu-users', 'course-physics-101'],
    scope: 'openid profile email groups',
    azp: 'jupyterhub-ingress',
    sid: 'c0b9f6f0-52a1-4d59-9a55-9a7f1d0f7c11',
    jti: randomBytes(16).toString('hex'),
    iat,
    exp: iat + lifetimeSeconds,
  };
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
