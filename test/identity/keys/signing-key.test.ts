/** Keys that sign for tests: what files hold them, what they may sign with, and that the gate takes what they sign. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { test } from 'tap';
import { ALGORITHMS } from '../../../src/config/sections/jwt.ts';
import { signatureHolds, signClaims } from '../../../src/identity/keys/signature.ts';
import { makeSigningKey, readSigningKey } from '../../../src/identity/keys/signing-key.ts';
import { keyOfSecret, keysOfJwks } from '../../../src/identity/keys/verifying-keys.ts';
import { certificatePem, makeKey, publicJwk, publicPem } from '../token-maker.ts';

const pemOf = (key: KeyObject, type: 'pkcs8' | 'sec1'): string => key.export({ type, format: 'pem' }).toString();
const ec = makeKey('ES256').key;
const rsa = makeKey('RS256').key;
const privateJwk = (key: KeyObject, more: object = {}): string =>
  JSON.stringify({ ...key.export({ format: 'jwk' }), ...more });

const good: readonly (readonly [rule: string, text: string, kid: string | undefined, algorithms: readonly string[]])[] =
  [
    ['PKCS #8', pemOf(ec, 'pkcs8'), undefined, ['ES256']],
    ['SEC 1', pemOf(ec, 'sec1'), undefined, ['ES256']],
    ['a JWK', privateJwk(ec, { kid: 'k' }), 'k', ['ES256']],
    ['the only one of a set', JSON.stringify({ keys: [JSON.parse(privateJwk(ec))] }), undefined, ['ES256']],
    [
      'RSA, the usual algorithm first',
      privateJwk(rsa),
      undefined,
      ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
    ],
    ['the JWK says which', privateJwk(rsa, { alg: 'PS384' }), undefined, ['PS384']],
    ['Ed25519', privateJwk(makeKey('EdDSA').key), undefined, ['EdDSA', 'Ed25519']],
    ['a secret', `${'s'.repeat(32)}\n`, undefined, ['HS256', 'HS384', 'HS512']],
    ['a secret that looks like JSON', `{${'s'.repeat(32)}`, undefined, ['HS256', 'HS384', 'HS512']],
    [
      'a secret in a JWK',
      JSON.stringify({ kty: 'oct', k: 'c'.repeat(64), kid: 's' }),
      's',
      ['HS256', 'HS384', 'HS512'],
    ],
  ];

test('reads private keys and secrets', async t => {
  for (const [rule, text, kid, algorithms] of good) {
    const read = readSigningKey(Buffer.from(text));
    t.same('fault' in read ? read : { kid: read.kid, algorithms: read.algorithms }, { kid, algorithms }, rule);
  }
});

const bad: readonly (readonly [rule: string, text: string, fault: string])[] = [
  ['a public key is no HMAC secret', publicPem(makeKey('RS256')), 'holds a public key, expected the private one'],
  ['nor is a certificate', certificatePem(makeKey('ES256')), 'holds a public key, expected the private one'],
  ['a public JWK', JSON.stringify(publicJwk(makeKey('ES256'))), 'holds a public key, expected the private one'],
  ['several keys', JSON.stringify({ keys: [1, 2] }), 'holds a set of keys, expected one private key'],
  ['no key at all', JSON.stringify({ keys: [] }), 'holds a set of keys, expected one private key'],
  ['a short secret', 's'.repeat(31), 'holds a secret shorter than 32 bytes'],
  [
    'an encrypted key',
    '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----\n',
    'holds a key that can not be read (is it encrypted?)',
  ],
  [
    'a broken JWK',
    JSON.stringify({ kty: 'EC', crv: 'P-256', x: 'A', y: 'A', d: 'A' }),
    'holds a key that can not be read (is it encrypted?)',
  ],
  ['an algorithm for another kind', privateJwk(ec, { alg: 'RS256' }), 'holds a key that no algorithm is for'],
  ['a small RSA key', privateJwk(makeKey('RS256', 'x', 1024).key), 'holds a key that no algorithm is for'],
  ['a kid that is no text', privateJwk(ec, { kid: 5 }), 'holds a key whose kid is no text'],
];

test('says what keeps a file from being a signing key', async t => {
  for (const [rule, text, fault] of bad) t.same(readSigningKey(Buffer.from(text)), { fault }, rule);
});

test('a made key signs what its public half verifies, with every algorithm', async t => {
  for (const algorithm of ALGORITHMS) {
    const made = makeSigningKey(algorithm);
    const read = readSigningKey(Buffer.from(made.secretText));
    if ('fault' in read) throw new Error(read.fault);
    const algorithms = new Set([algorithm]);
    const publics =
      made.publicText === null
        ? keyOfSecret(Buffer.from(made.secretText), algorithms)
        : keysOfJwks(Buffer.from(made.publicText), algorithms);
    const [key] = 'keys' in publics ? publics.keys : [];
    if (key === undefined) throw new Error(`${algorithm}: no public key`);
    const token = await signClaims({ sub: 'a' }, { alg: algorithm }, read.key);
    t.equal(await signatureHolds(token, algorithm, key.key), true, algorithm);
    t.equal(key.kid, read.kid, 'one kid');
    if (made.publicText !== null) t.notMatch(made.publicText, /"d"/, 'the public half is public');
  }
});

test('the kid is the thumbprint of RFC 7638, unless one is given', async t => {
  t.equal(JSON.parse(makeSigningKey('ES256', 'mine').secretText).kid, 'mine');
  const { secretText } = makeSigningKey('ES256');
  const { kid, ...jwk } = JSON.parse(secretText);
  const { x, y } = createPublicKey(createPrivateKey({ format: 'jwk', key: jwk })).export({ format: 'jwk' });
  const digest = await crypto.subtle.digest('SHA-256', Buffer.from(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`));
  t.equal(kid, Buffer.from(digest).toString('base64url'));
});
