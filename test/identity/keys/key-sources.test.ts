/** Which key checks which token, what of a key set is believed, and how often an issuer is asked (J2, J6, J7, J12). */

import { createSecretKey, sign } from 'node:crypto';
import { join } from 'node:path';
import { mock } from 'node:test';
import t from 'tap';
import { readRegularFile } from '../../../src/config/regular-file.ts';
import type { Ask, KeyEvent } from '../../../src/identity/keys/key-questions.ts';
import { type KeyRing, type KeySource, openKeySources } from '../../../src/identity/keys/key-sources.ts';
import { clockBy } from '../../clock/settable-clock.ts';
import {
  certificatePem,
  encodePart,
  jwksBytes,
  makeKey,
  mintToken,
  publicJwk,
  publicPem,
  type SigningKey,
  signInput,
} from '../token-maker.ts';
import { fetching } from './key-fetching.ts';

const issuer = 'https://sso.example.org';
const claims = { iss: issuer, sub: 'alice' };
const start = 1_800_000_000_000;
const minute = 60_000;

const rs = makeKey('RS256');
const es = makeKey('ES256');
const es384 = makeKey('ES384');
const es512 = makeKey('ES512');
const ed = makeKey('EdDSA');
const hs = makeKey('HS256');

function sourceOf(keys: KeySource['keys'], algorithms: readonly string[]): KeySource {
  return { issuer, keys, algorithms: new Set(algorithms) };
}

const jwksUrl = { kind: 'jwksUrl', url: `${issuer}/jwks`, ...fetching } as const;

/** An issuer's key endpoint that the test speaks for. */
class FakeIssuer {
  answer: Ask;
  asked = 0;

  constructor(...keys: readonly unknown[]) {
    this.answer = async () => ({ status: 200, body: jwksBytes(...keys) });
  }

  publish(...keys: readonly unknown[]): void {
    this.answer = async () => ({ status: 200, body: jwksBytes(...keys) });
  }

  readonly ask: Ask = (url, bounds) => {
    this.asked += 1;
    return this.answer(url, bounds);
  };
}

interface Opened {
  readonly ring: KeyRing;
  readonly events: readonly KeyEvent[];
  reason(token: string): Promise<string>;
}

async function open(sources: readonly KeySource[], ask: Ask): Promise<Opened> {
  const events: KeyEvent[] = [];
  const opening = await openKeySources(sources, {
    ask,
    readFile: readRegularFile,
    clock: clockBy(() => Date.now()),
    onEvent: event => events.push(event),
  });
  if (!opening.ok) throw new Error(JSON.stringify(opening.problems));
  const { ring } = opening;
  const reason = async (token: string): Promise<string> => {
    const finding = await ring.findSignature(issuer, token);
    return 'reason' in finding ? finding.reason : finding.what;
  };
  return { ring, events, reason };
}

async function openFetched(server: FakeIssuer, algorithms: readonly string[]): Promise<Opened> {
  return open([sourceOf(jwksUrl, algorithms)], server.ask);
}

/** All that needs no timer has happened. */
const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

const noAsk: Ask = async () => {
  throw new Error('nothing is to be fetched');
};

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: start }));
t.afterEach(() => mock.timers.reset());

t.test('every algorithm, from a JWKS', async t => {
  const keys = { RS: rs, PS: rs, ES: es, Ed: ed } as const;
  const server = new FakeIssuer(...[rs, es, es384, es512, ed].map(key => publicJwk(key)));
  const names = [
    'RS256',
    'RS384',
    'RS512',
    'PS256',
    'PS384',
    'PS512',
    'ES256',
    'ES384',
    'ES512',
    'EdDSA',
    'Ed25519',
  ] as const;
  const { reason, ring, events } = await openFetched(server, names);
  for (const algorithm of names) {
    const exact = [es384, es512].find(key => key.algorithm === algorithm);
    const key = exact ?? keys[algorithm.slice(0, 2) as keyof typeof keys];
    const token = mintToken({ ...key, algorithm }, claims);
    t.equal(await reason(token), 'signature', algorithm);
    t.equal(await reason(`${token.slice(0, -8)}AAAAAAAA`), 'token-signature', `${algorithm}, changed`);
  }
  t.strictSame(ring.status(), [{ issuer, ready: true, keys: 5 }]);
  t.strictSame(events, [{ kind: 'keys-fetched', issuer, keys: 5 }]);
});

t.test('which key a token gets (J2, J6)', async t => {
  const other = makeKey('ES256', 'other');
  const twin = makeKey('ES256', 'other');
  const server = new FakeIssuer(publicJwk(rs), publicJwk(es), publicJwk(other), publicJwk(twin));
  const { reason, ring } = await openFetched(server, ['RS256', 'ES256']);
  const by = (key: SigningKey, header: Readonly<Record<string, unknown>> = {}): Promise<string> =>
    reason(mintToken(key, claims, header));
  const afterTheFloor: typeof by = (...token) => {
    mock.timers.tick(30_000);
    return by(...token);
  };
  t.equal(await by(es), 'signature', 'by kid');
  t.equal(await by(rs, { kid: undefined }), 'signature', 'without kid the only one that fits');
  t.equal(await by(es, { kid: undefined }), 'token-key-unknown', 'without kid none of several');
  t.equal(await by(other), 'token-key-unknown', 'J6 a kid that two keys have');
  t.equal(await afterTheFloor(es, { kid: 'RS256' }), 'token-key-unknown', 'J2 a kid whose key is of another kind');
  t.equal(await afterTheFloor(rs, { kid: 'ES256' }), 'token-key-unknown', 'J2 and the other way round');
  t.equal(await by({ ...makeKey('ES256'), kid: 'ES256' }), 'token-signature', 'J7 signed by somebody else');
  const ownCertificate = { x5c: ['MIIB'], x5t: 'y', 'x5t#S256': 'y' };
  t.equal(await by(es, ownCertificate), 'signature', 'J5 a certificate in the head changes nothing');
  t.equal(await by({ ...makeKey('ES256'), kid: 'ES256' }, ownCertificate), 'token-signature', 'J5 nor is it a key');
  for (const kid of ['__proto__', 'constructor', 'toString', '../../dev/null', "' or 1=1", '0', '']) {
    t.equal(await afterTheFloor(es, { kid }), 'token-key-unknown', `J6 kid ${kid}`);
  }
  t.equal(await by(es, { kid: 'x' }), 'token-key-awaited', 'J6 nor is there one for a kid that can not be asked for');
  t.equal(await by(es, { kid: 1 }), 'token-malformed', 'a kid of another type');
  t.equal(await by({ ...rs, algorithm: 'PS256' }), 'token-algorithm', "an algorithm that is not the issuer's");
  t.equal(await by(es, { alg: 'none' }), 'token-algorithm', 'J1 none');
  t.equal(await reason('a.b.c'), 'token-malformed', 'no token');
  t.match(
    await ring.findSignature('https://evil.example', mintToken(es, claims)),
    { reason: 'token-issuer' },
    'an unknown issuer',
  );
});

t.test('a key that stands in a set more than once is one key (J6)', async t => {
  // As Microsoft's endpoint for all tenants has it: one entry for each issuer that signs with the key.
  const [one, other] = [publicJwk(rs, { issuer: 'a', alg: 'RS256' }), publicJwk(rs, { issuer: 'b', alg: 'RS512' })];
  const twice = [one, publicJwk(es), publicJwk(es, { issuer: 'b' }), other];
  const server = new FakeIssuer(...twice, publicJwk(es, { kid: 'renamed' }), publicJwk(es, { use: 'enc' }));
  const { reason, ring } = await openFetched(server, ['RS256', 'RS512', 'ES256']);
  t.equal(await reason(mintToken(rs, claims)), 'signature', 'for what the one entry says');
  t.match(ring.status(), [{ keys: 3 }], 'under another name it is another');
  t.equal(await reason(mintToken({ ...rs, algorithm: 'RS512' }, claims)), 'signature', 'and the other');
  t.equal(await reason(mintToken(es, claims)), 'signature');
  t.equal(await reason(mintToken({ ...es, kid: 'renamed' }, claims)), 'signature');
  const bound = new FakeIssuer(publicJwk(rs, { alg: 'RS512' }), publicJwk(rs, { alg: 'RS512' }));
  const narrow = await openFetched(bound, ['RS256', 'RS512']);
  t.equal(await narrow.reason(mintToken(rs, claims)), 'token-key-unknown', 'for nothing that neither says');
});

t.test('J2 a public key is no secret', async t => {
  const pem = publicPem(rs);
  const folder = t.testdir({ 'key.pem': pem });

  for (const secret of [pem, pem.trim(), JSON.stringify(publicJwk(rs))]) {
    const forged = mintToken({ algorithm: 'HS256', kid: rs.kid, key: createSecretKey(Buffer.from(secret)) }, claims);
    for (const keys of [jwksUrl, { kind: 'pemFile', file: join(folder, 'key.pem') } as const]) {
      const { reason } = await open([sourceOf(keys, ['RS256', 'HS256'])], new FakeIssuer(publicJwk(rs)).ask);
      t.equal(await reason(forged), 'token-key-unknown', `${keys.kind}, HS256 allowed by mistake`);
    }
  }
});

t.test('J7 signatures of another shape', async t => {
  const { reason } = await openFetched(new FakeIssuer(publicJwk(es)), ['ES256']);
  const input = `${encodePart({ alg: 'ES256', kid: 'ES256' })}.${encodePart(claims)}`;

  const shapes: readonly [rule: string, signature: Uint8Array][] = [
    ['r and s zero (CVE-2022-21449)', new Uint8Array(64)],
    ['DER', sign('sha256', Buffer.from(input), es.key)],
    ['one byte', new Uint8Array(1)],
    ['one byte too many', Buffer.concat([signInput(input, es.key, 'ES256'), Buffer.of(0)])],
  ];
  for (const [rule, signature] of shapes)
    t.equal(await reason(`${input}.${encodePart(signature)}`), 'token-signature', rule);
  t.equal(await reason(`${input}.${encodePart(signInput(input, es.key, 'ES256'))}`), 'signature', 'the right shape');
});

t.test('entries of a JWKS that are left out, one by one', async t => {
  const weak = makeKey('RS256', 'weak', 1024);
  const rows: readonly [rule: string, entry: unknown, key?: SigningKey][] = [
    ['null', null],
    ['a string', 'key'],
    ['a list', []],
    ['an empty object', {}],
    ['an unknown kty', publicJwk(es, { kty: 'XX' }), es],
    ['a point that is not on the curve', publicJwk(es, { x: 'AAAA' }), es],
    ['members of another type', publicJwk(es, { x: 1 }), es],
    ['RSA of 1024 bits', publicJwk(weak), weak],
    ['RSA with exponent 1', publicJwk(rs, { e: 'AQ' }), rs],
    ['a secret', publicJwk(hs, { alg: 'HS256' }), hs],
    ['a private key', { ...es.key.export({ format: 'jwk' }), kid: es.kid }, es],
    ['a part of a private RSA key', { ...publicJwk(rs), p: 'AAAA' }, rs],
    ['use enc', publicJwk(es, { use: 'enc' }), es],
    ['use of another type', publicJwk(es, { use: ['sig'] }), es],
    ['key_ops without verify', publicJwk(es, { key_ops: ['sign'] }), es],
    ['key_ops of another type', publicJwk(es, { key_ops: 'verify' }), es],
    ["alg outside the issuer's list", publicJwk(rs, { alg: 'PS256' }), rs],
    ['alg of another kind of key', publicJwk(rs, { alg: 'ES256' }), rs],
    ['alg of another type', publicJwk(es, { alg: 1 }), es],
    ['kid of another type', publicJwk(es, { kid: 1 }), es],
    ['a curve outside the list', publicJwk(es384), es384],
  ];
  for (const [rule, entry, key] of rows) {
    const server = new FakeIssuer(entry, publicJwk(es, { kid: 'good', use: 'sig', alg: 'ES256', key_ops: ['verify'] }));
    const { reason, ring } = await openFetched(server, ['RS256', 'ES256', 'HS256']);
    t.equal(await reason(mintToken({ ...es, kid: 'good' }, claims)), 'signature', `beside ${rule}, a good key stays`);
    t.match(ring.status(), [{ keys: 1 }], rule);
    if (key !== undefined) t.not(await reason(mintToken(key, claims)), 'signature', `${rule}: its token does not hold`);
  }
});

t.test('alg in a JWK binds the key to it', async t => {
  const { reason } = await openFetched(new FakeIssuer(publicJwk(rs, { alg: 'RS512' })), ['RS256', 'RS512']);
  t.equal(await reason(mintToken(rs, claims)), 'token-key-unknown', 'RS256 with a key for RS512');
  t.equal(await reason(mintToken({ ...rs, algorithm: 'RS512' }, claims)), 'signature', 'RS512');
});

t.test('J12 answers that are no key set', async t => {
  const good = jwksBytes(publicJwk(es));
  const respond =
    (body: Uint8Array | string, status = 200): Ask =>
    async () => ({ status, body: Buffer.from(body) });
  const rows: readonly [rule: string, answer: Ask, error: RegExp][] = [
    ['a redirect', respond('', 302), /status 302/],
    ['an error', respond(good, 500), /status 500/],
    ['no JSON', respond('<html>'), /JSON/],
    ['a list', respond('[]'), /list of keys/],
    ['keys that are no list', respond('{"keys":{}}'), /list of keys/],
    ['duplicate members', respond('{"keys":[],"keys":[]}'), /JSON/],
    ['more than 100 keys', respond(jwksBytes(...Array.from({ length: 101 }, () => null))), /100 keys/],
    ['more than 512 KiB', respond(new Uint8Array(512 * 1024 + 1)), /524288/],
    ['no key that can be used', respond('{"keys":[null]}'), /no key for ES256/],
    [
      'a connection refused',
      async () => {
        throw Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
      },
      /ECONNREFUSED/,
    ],
    [
      'a rejection without an error',
      async () => {
        throw null;
      },
      /failed/,
    ],
  ];
  for (const [rule, answer, error] of rows) {
    const server = new FakeIssuer();
    server.answer = answer;
    const { reason, ring } = await openFetched(server, ['ES256']);
    t.equal(await reason(mintToken(es, claims)), 'keys-unavailable', `${rule}: nothing to check with`);
    t.match(ring.status(), [{ ready: false, keys: 0, error }], `${rule}: says so`);
    server.publish(publicJwk(es));
    mock.timers.tick(30_000);
    t.equal(await reason(mintToken(es, claims)), 'signature', `${rule}: asked again after 30 s`);
    t.equal(server.asked, 2, `${rule}: once`);
    t.strictSame(ring.status(), [{ issuer, ready: true, keys: 1 }], `${rule}: forgotten`);
  }
});

t.test('the bounds are told to who fetches', async t => {
  const server = new FakeIssuer();
  let told: unknown;
  server.answer = async (url, bounds) => {
    told = { url, ...bounds };
    return { status: 200, body: jwksBytes(publicJwk(es)) };
  };
  await openFetched(server, ['ES256']);
  t.strictSame(told, { url: jwksUrl.url, maxBytes: 524_288, timeoutMs: 5_000 });
});

t.test('J12 rotation and the unknown-kid storm', async t => {
  const next = makeKey('ES256', 'next');
  const server = new FakeIssuer(publicJwk(es));
  const { reason } = await openFetched(server, ['ES256']);
  t.equal(await reason(mintToken(es, claims)), 'signature');
  const storm = (count: number): Promise<string[]> =>
    Promise.all(Array.from({ length: count }, (_, at) => reason(mintToken({ ...next, kid: `kid-${at}` }, claims))));
  await storm(200);
  t.equal(server.asked, 2, 'a storm asks once, whenever the last fetch was');
  mock.timers.tick(29_999);
  await storm(200);
  t.equal(server.asked, 2, 'and within 30 s of that nothing');
  mock.timers.tick(1);
  const answers = await storm(200);
  t.equal(server.asked, 3, 'after them it asks once');
  t.strictSame(new Set(answers), new Set(['token-key-unknown', 'token-key-awaited']));
  t.ok(answers.filter(one => one === 'token-key-unknown').length <= server.asked, 'only of kids that were asked for');
  server.publish(publicJwk(es), publicJwk(next));
  t.equal(await reason(mintToken(next, claims)), 'token-key-awaited', 'a rotated key waits for the floor');
  mock.timers.tick(30_000);
  const both = await Promise.all([reason(mintToken(next, claims)), reason(mintToken(next, claims))]);
  t.strictSame(both, ['signature', 'signature'], 'then all who wait get it from one fetch');
  t.equal(server.asked, 4);
  mock.timers.tick(30_000);
  t.equal(await reason(mintToken(next, claims)), 'signature');
  t.equal(server.asked, 4, 'a known kid asks nothing');
});

t.test('J12 every ten minutes, and while the issuer is down', async t => {
  const server = new FakeIssuer(publicJwk(es));
  const { reason, ring, events } = await openFetched(server, ['ES256']);
  const token = mintToken(es, claims);
  t.equal(await reason(token), 'signature');
  mock.timers.tick(10 * minute - 1);
  await settled();
  t.equal(server.asked, 1);
  mock.timers.tick(1);
  await settled();
  t.equal(server.asked, 2, 'fetched again after ten minutes, whether or not anybody asks');
  server.answer = noAsk;
  await reason(mintToken({ ...es, kid: 'x' }, claims));
  mock.timers.tick(10 * minute);
  await settled();
  t.match(ring.status(), [{ ready: true, keys: 1, error: 'nothing is to be fetched' }], 'the last good set stays');
  t.match(events.at(-1), { kind: 'keys-failed', issuer });
  t.equal(await reason(token), 'signature');
  const asked = server.asked;
  mock.timers.tick(60_000);
  await settled();
  t.equal(server.asked, asked + 1, 'what failed twice is asked again after 60 s');
  await settled();
  mock.timers.setTime(start + 24 * 60 * minute + 20 * minute);
  t.equal(await reason(token), 'keys-unavailable', 'but not believed for longer than a day');
  server.publish();
  mock.timers.tick(120_000);
  await settled();
  t.equal(await reason(token), 'keys-unavailable');
});

t.test('a key that the issuer took back is gone', async t => {
  const server = new FakeIssuer(publicJwk(es), publicJwk(rs));
  const { reason } = await openFetched(server, ['ES256', 'RS256']);
  t.equal(await reason(mintToken(es, claims)), 'signature');
  server.publish(publicJwk(rs));
  mock.timers.tick(10 * minute);
  await settled();
  t.equal(await reason(mintToken(es, claims)), 'token-key-unknown');
});

t.test('a slow issuer', async t => {
  const server = new FakeIssuer();
  const { promise, resolve } = Promise.withResolvers<{ status: number; body: Uint8Array }>();
  server.answer = () => promise;
  const { reason, ring } = await openFetched(server, ['ES256']);
  t.strictSame(ring.status(), [{ issuer, ready: false, keys: 0 }], 'does not hold up the start');
  const waiting = Promise.all([reason(mintToken(es, claims)), reason(mintToken(es, claims))]);
  resolve({ status: 200, body: jwksBytes(publicJwk(es)) });
  t.strictSame(await waiting, ['signature', 'signature'], 'tokens wait for the running fetch');
  t.equal(server.asked, 1, 'and start none of their own');
});

t.test('a closed ring fetches no more', async t => {
  const server = new FakeIssuer();
  const { promise, resolve } = Promise.withResolvers<{ status: number; body: Uint8Array }>();
  server.answer = () => promise;
  const { reason, ring, events } = await openFetched(server, ['ES256']);
  ring.close();
  resolve({ status: 200, body: jwksBytes(publicJwk(es)) });
  t.equal(await reason(mintToken(es, claims)), 'keys-unavailable', 'what was running is not taken');
  mock.timers.tick(60 * minute);
  t.equal(await reason(mintToken(es, claims)), 'keys-unavailable', 'nothing is started');
  t.equal(server.asked, 1);
  t.strictSame(events, [], 'nothing is said');
});

const brokenCertificate = `-----BEGIN CERTIFICATE-----
MIIBFakeCertificate
-----END CERTIFICATE-----
`;

t.test('key files', async t => {
  const secret = 'x'.repeat(32);

  const secretKey: SigningKey = { algorithm: 'HS256', kid: 'any', key: createSecretKey(Buffer.from(secret)) };
  const folder = t.testdir({
    'certificate.pem': certificatePem(rs),
    'two.pem': `Comment\n${publicPem(es)}\n${publicPem(rs)}`,
    'set.json': Buffer.from(jwksBytes(publicJwk(es), null)),
    secret: `${secret}\n`,
    'secret.crlf': `${secret}\r\n`,
    short: `${'x'.repeat(31)}\n`,
    'two-newlines': `${'x'.repeat(31)}\n\n`,
    'private.pem': es.key.export({ type: 'pkcs8', format: 'pem' }),
    'text.pem': 'hello',
    'broken.pem': brokenCertificate,
    'private.json': Buffer.from(jwksBytes({ ...es.key.export({ format: 'jwk' }), key_ops: ['sign'] }, publicJwk(rs))),
    'ed.pem': publicPem(ed),
    'torn.pem': `${publicPem(es)}${publicPem(rs).slice(0, -30)}`,
    'torn-first.pem': `${publicPem(rs).slice(0, -30)}\n${publicPem(es)}`,
    'rivals.pem': `${publicPem(rs)}${publicPem(makeKey('RS256'))}`,
    'once-more.pem': `${publicPem(rs)}${certificatePem(rs)}${publicPem(rs)}`,
    'key.json': JSON.stringify(publicJwk(rs)),
    'secret.jwk': JSON.stringify({ kty: 'oct', k: Buffer.from(secret).toString('base64url') }),
    'public.pem': publicPem(rs),
    'bom.pem': `\ufeff${publicPem(rs)}`,
    'request.pem': `-----BEGIN X-----\n${secret}\n-----END X-----\n`,
    braces: `{${secret}}`,
    'broken.json': '{"keys":',
    big: 'x'.repeat(512 * 1024 + 1),
  });
  const source = (
    kind: 'jwksFile' | 'pemFile' | 'secretFile',
    file: string,
    algorithms: readonly string[],
  ): KeySource => sourceOf({ kind, file: join(folder, file) }, algorithms);
  const taken: readonly [rule: string, source: KeySource, key: SigningKey][] = [
    ['one key of several in PEM', source('pemFile', 'two.pem', ['ES256', 'RS256']), rs],
    [
      'another key of several in PEM',
      source('pemFile', 'two.pem', ['ES256', 'RS256']),
      { ...es, kid: 'names do not count' },
    ],
    ['a certificate', source('pemFile', 'certificate.pem', ['RS256']), rs],
    ['one key, in PEM several times', source('pemFile', 'once-more.pem', ['RS256', 'PS256']), rs],
    [
      'a secret in braces',
      source('secretFile', 'braces', ['HS256']),
      { ...secretKey, key: createSecretKey(Buffer.from(`{${secret}}`)) },
    ],
    ['a JWKS', source('jwksFile', 'set.json', ['ES256']), es],
    ['a secret, less its newline', source('secretFile', 'secret', ['HS256']), secretKey],
    ['a secret, less its CRLF', source('secretFile', 'secret.crlf', ['HS256']), secretKey],
    [
      'the other lengths of HMAC',
      source('secretFile', 'secret', ['HS384', 'HS512']),
      { ...secretKey, algorithm: 'HS512' },
    ],
    [
      'one newline is cut, not two',
      source('secretFile', 'two-newlines', ['HS256']),
      { ...secretKey, key: createSecretKey(Buffer.from(`${'x'.repeat(31)}\n`)) },
    ],
  ];
  for (const [rule, from, key] of taken) {
    const { reason } = await open([from], noAsk);
    t.equal(await reason(mintToken(key, claims)), 'signature', rule);
  }
  const refused: readonly (readonly [rule: string, source: KeySource, message: RegExp])[] = [
    ['a file that is not there', source('pemFile', 'absent', ['ES256']), /ENOENT/],
    ['a short secret', source('secretFile', 'short', ['HS256']), /shorter than 32 bytes/],
    ['a private key', source('pemFile', 'private.pem', ['ES256']), /only PUBLIC KEY and CERTIFICATE/],
    ['no PEM', source('pemFile', 'text.pem', ['ES256']), /no PEM block/],
    ['a broken block', source('pemFile', 'broken.pem', ['ES256']), /can not be read/],
    ['a key of another kind', source('pemFile', 'ed.pem', ['ES256', 'RS256']), /no key for ES256, RS256/],
    ['broken JSON', source('jwksFile', 'broken.json', ['ES256']), /JSON/],
    ['a JWKS without a fitting key', source('jwksFile', 'set.json', ['RS256']), /no key for RS256/],
    [
      'a JWKS with a private key alone',
      source('jwksFile', 'private.json', ['ES256']),
      /^holds a private key: put only/,
    ],
    [
      'a JWKS whose private key is for another algorithm',
      source('jwksFile', 'private.json', ['ES384']),
      /no key for ES384/,
    ],
    ['a file that is too large', source('secretFile', 'big', ['HS256']), /524288 bytes/],
    ['a block that is torn', source('pemFile', 'torn.pem', ['ES256', 'RS256']), /block that can not be read/],
    ['a torn one before another', source('pemFile', 'torn-first.pem', ['ES256']), /block that can not be read/],
    [
      'keys in PEM that nothing can choose between',
      source('pemFile', 'rivals.pem', ['ES256', 'RS256', 'PS256']),
      /^holds several keys for RS256, and a PEM block has no kid to choose by, expected one, or a jwksFile$/,
    ],
    // The whole world could sign with it (attack J2).
    ...['public.pem', 'certificate.pem', 'bom.pem', 'private.pem', 'request.pem'].map(
      file => [`${file} as a secret`, source('secretFile', file, ['HS256']), /^holds PEM, expected/] as const,
    ),
    ...['key.json', 'set.json', 'private.json', 'secret.jwk'].map(
      file => [`${file} as a secret`, source('secretFile', file, ['HS256']), /^holds JSON, expected/] as const,
    ),
  ];
  const io = { ask: noAsk, readFile: readRegularFile, clock: clockBy(() => Date.now()), onEvent: () => {} };
  for (const [rule, from, message] of refused) {
    const opening = await openKeySources([from], io);
    const file = 'file' in from.keys ? from.keys.file : '';
    t.match(opening, { ok: false, problems: [{ file, message }] }, rule);
    t.notMatch(JSON.stringify(opening), /xxxx|hello|MII/, `${rule}: shows nothing of it`);
  }
  const server = new FakeIssuer();
  const problems = await openKeySources(
    [
      { ...sourceOf(jwksUrl, ['ES256']), issuer: 'a' },
      ...refused.map(([, from], at) => ({ ...from, issuer: `${at}` })),
    ],
    { ...io, ask: server.ask },
  );
  t.match(problems, { ok: false, problems: refused.map(([, , message]) => ({ message })) }, 'all problems at once');
  t.equal(server.asked, 0, 'and nothing was fetched');
});

t.test('a reload goes on with what is fetched from the same source', async t => {
  const server = new FakeIssuer();
  const io = { ask: server.ask, readFile: readRegularFile, clock: clockBy(() => Date.now()), onEvent: () => {} };
  const first = await openKeySources([sourceOf(jwksUrl, ['ES256'])], io);
  if (!first.ok) throw new Error('did not open');
  const again = await openKeySources([sourceOf(jwksUrl, ['ES256'])], io, first.ring);
  if (!again.ok) throw new Error('did not open again');
  t.equal(server.asked, 1, 'nothing is asked anew');
  t.strictSame(again.ring.allFetched(), first.ring.allFetched());
  const other = await openKeySources([sourceOf(jwksUrl, ['ES384'])], io, again.ring);
  t.equal(server.asked, 2, 'other algorithms make another source');
  if (other.ok) other.ring.close();
  again.ring.close();
});
