/** What a DPoP proof must be by itself (RFC 9449 §4.2, §4.3), with the examples of the RFCs. */
import t from 'tap';
import { dpopAlgorithms, readDpopProof } from '../../../src/identity/holders/dpop-proof.ts';
import { jwkThumbprint } from '../../../src/identity/keys/jwk-thumbprint.ts';
import type { JsonObject } from '../../../src/identity/tokens/strict-json.ts';
import { encodePart, makeKey, type SigningKey, signParts, type TokenAlgorithm } from '../token-maker.ts';
import { makeProof, proofJwk, resourceProof, thumbprintOf } from './proof-maker.ts';

const seconds = 1_800_000_000;
const key = makeKey('ES256');
const wish = { token: 'a.b.c', url: 'https://hub.example/hub/login', at: seconds } as const;

type Members = Readonly<Record<string, unknown>>;

const proof = (claims: Members = {}, header: Members = {}): string => makeProof(key, { ...wish, claims, header });

function faultOf(text: string): unknown {
  const reading = readDpopProof(text);
  return 'fault' in reading ? reading.fault : reading;
}

t.test("RFC 9449's example", async t => {
  t.match(readDpopProof(resourceProof), {
    algorithm: 'ES256',
    thumbprint: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
    jti: 'e1j3V_bKic8-LAEB',
    htm: 'GET',
    htu: { scheme: 'https', authority: 'resource.example.org:443', path: '/protectedresource' },
    ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo',
    holdsFrom: 1_562_262_618_000,
    holdsUntil: 1_562_262_678_000,
  });
});

t.test("RFC 9449's example for the token endpoint is none for a resource: it names no token", async t => {
  const [head = ''] = resourceProof.split('.');
  const claims = encodePart({ jti: '-BwC3ESc6acc2lTc', htm: 'POST', htu: 'https://server.example.com/token', iat: 1 });
  t.equal(faultOf(`${head}.${claims}.AAAA`), 'ath');
});

t.test("RFC 7638's example, and every kind of key", async t => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
  const example = { kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' };
  t.equal(jwkThumbprint(example), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  for (const algorithm of ['ES256', 'ES384', 'ES512', 'Ed25519', 'PS256'] as const) {
    const one = makeKey(algorithm);
    t.equal(jwkThumbprint(proofJwk(one) as JsonObject), thumbprintOf(one), algorithm);
  }
  const odd: readonly JsonObject[] = [
    {},
    { kty: 'oct', k: 'AAAA' },
    { kty: '__proto__' },
    { kty: 'RSA', n },
    { kty: 'RSA', n: [n], e: 'AQAB' },
    { kty: 'RSA', n: '', e: 'AQAB' },
    { kty: 'RSA', n: `${n}=`, e: 'AQAB' },
    { kty: 'EC', crv: 'P-256', x: 'a"b', y: 'AAAA' },
  ];
  for (const jwk of odd) t.equal(jwkThumbprint(jwk), null, JSON.stringify(jwk).slice(0, 60));
});

t.test('every algorithm that has a public half, and no other', async t => {
  for (const algorithm of dpopAlgorithms as readonly TokenAlgorithm[]) {
    t.match(readDpopProof(makeProof(makeKey(algorithm), wish)), { algorithm }, algorithm);
  }
  for (const alg of [
    'HS256',
    'none',
    'None',
    'es256',
    'ES256K',
    '',
    ' ES256',
    '__proto__',
    null,
    ['ES256'],
    undefined,
  ]) {
    t.equal(faultOf(proof({}, { alg })), 'alg', `alg ${JSON.stringify(alg)}`);
  }
});

const secret: SigningKey = makeKey('HS256');
const privateJwk = key.key.export({ format: 'jwk' });
const rsa = (modulus: number): unknown => ({
  kty: 'RSA',
  e: 'AQAB',
  n: Buffer.alloc(modulus, 0xff).toString('base64url'),
});

const faults: readonly (readonly [rule: string, fault: string, text: string])[] = [
  ['nothing', 'not a compact JWS', ''],
  ['two proofs joined', 'not a compact JWS', `${proof()}, ${proof()}`],
  ['a space behind it', 'not a compact JWS', `${proof()} `],
  ['padding', 'not a compact JWS', `${proof()}=`],
  ['no signature', 'not a compact JWS', proof().replace(/[^.]*$/, '')],
  ['the JSON form', 'not a compact JWS', JSON.stringify({ payload: '', signatures: [] })],
  ['a member twice', 'not a compact JWS', signParts('{"typ":"dpop+jwt","typ":"dpop+jwt"}', {}, key)],
  ['no typ', 'typ', proof({}, { typ: undefined })],
  ['typ JWT', 'typ', proof({}, { typ: 'JWT' })],
  ['typ in another case', 'typ', proof({}, { typ: 'DPoP+JWT' })],
  ['typ as a media type', 'typ', proof({}, { typ: 'application/dpop+jwt' })],
  ['typ of an access token', 'typ', proof({}, { typ: 'at+jwt' })],
  ['crit', 'crit', proof({}, { crit: ['b64'] })],
  ['b64', 'b64', proof({}, { b64: false })],
  ['jku', 'jku', proof({}, { jku: 'http://169.254.169.254' })],
  ['x5u', 'x5u', proof({}, { x5u: 'https://evil.example' })],
  ['x5c', 'x5c', proof({}, { x5c: [] })],
  ['no jwk', 'jwk', proof({}, { jwk: undefined })],
  ['jwk null', 'jwk', proof({}, { jwk: null })],
  ['jwk as text', 'jwk', proof({}, { jwk: JSON.stringify(proofJwk(key)) })],
  ['jwk a list', 'jwk', proof({}, { jwk: [proofJwk(key)] })],
  ['a private key', 'jwk', proof({}, { jwk: privateJwk })],
  ['a private key of null', 'jwk', proof({}, { jwk: proofJwk(key, { d: null }) })],
  ['a part of a private RSA key', 'jwk', proof({}, { jwk: proofJwk(makeKey('RS256'), { qi: 'AAAA' }) })],
  ['a secret', 'jwk', makeProof(key, { ...wish, header: { jwk: { kty: 'oct', k: 'AAAA' } } })],
  ['a secret beside a key', 'jwk', proof({}, { jwk: proofJwk(key, { k: secret.key.export().toString('base64url') }) })],
  ['a modulus of more than 4096 bits', 'jwk', proof({}, { jwk: rsa(513) })],
  ['an exponent of 5 bytes', 'jwk', proof({}, { jwk: proofJwk(makeKey('RS256'), { e: 'AQAAAAE' }) })],
  ['no jti', 'jti', proof({ jti: undefined })],
  ['an empty jti', 'jti', proof({ jti: '' })],
  ['jti a number', 'jti', proof({ jti: 7 })],
  ['a jti too long', 'jti', proof({ jti: 'j'.repeat(257) })],
  ['no htm', 'htm', proof({ htm: undefined })],
  ['htm a list', 'htm', proof({ htm: ['GET'] })],
  ['no htu', 'htu', proof({ htu: undefined })],
  ['htu no URL', 'htu', proof({ htu: '/hub/login' })],
  ['htu a list', 'htu', proof({ htu: ['https://hub.example/hub/login'] })],
  ['no ath', 'ath', proof({ ath: undefined })],
  ['an empty ath', 'ath', proof({ ath: '' })],
  ['no iat', 'iat', proof({ iat: undefined })],
  ['iat as text', 'iat', proof({ iat: String(seconds) })],
  ['iat null', 'iat', proof({ iat: null })],
  ['iat beyond all dates', 'iat', proof({ iat: 9e12 })],
  ['exp as text', 'iat', proof({ exp: String(seconds) })],
  ['nbf as text', 'iat', proof({ nbf: String(seconds) })],
];

t.test('what is at fault', async t => {
  for (const [rule, fault, text] of faults) t.equal(faultOf(text), fault, rule);
});

t.test('what may stand beside', async t => {
  t.match(readDpopProof(proof({ nonce: 'n', jti: 'j'.repeat(256), iat: seconds + 0.5 }, { kid: 'k', x5t: 'y' })), {
    holdsFrom: seconds * 1000 + 500,
    holdsUntil: seconds * 1000 + 60_500,
  });
  t.match(readDpopProof(proof({ exp: seconds + 5, nbf: seconds + 1 })), {
    holdsFrom: seconds * 1000 + 1000,
    holdsUntil: seconds * 1000 + 5000,
  });
  t.match(readDpopProof(proof({ exp: seconds + 500, nbf: seconds - 1 })), {
    holdsFrom: seconds * 1000,
    holdsUntil: seconds * 1000 + 60_000,
  });
  t.match(readDpopProof(proof({}, { jwk: rsa(512) })), { algorithm: 'ES256' }, 'a modulus of 4096 bits');
});
