/** A signature is looked up once, and what was found holds no longer than the key it was found with. */

import { createSecretKey } from 'node:crypto';
import { mock } from 'node:test';
import t from 'tap';
import type { Finding } from '../../../src/gate/lookups.ts';
import { type KeyRing, openKeySources } from '../../../src/identity/keys/key-sources.ts';
import { KnownSignatures } from '../../../src/identity/keys/known-signatures.ts';
import { clockBy } from '../../clock/settable-clock.ts';
import { jwksBytes, makeKey, mintToken, publicJwk, type SigningKey } from '../token-maker.ts';
import { fetching } from './key-fetching.ts';

const issuer = 'https://sso.example.org';
const other = 'https://other.example.org';
const start = 1_800_000_000_000;
const minute = 60_000;
const es = makeKey('ES256', 'one');
const rs = makeKey('RS256', 'two');
const token = mintToken(es, { iss: issuer, sub: 'alice' });

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: start }));
t.afterEach(() => mock.timers.reset());

interface World {
  readonly ring: KeyRing;
  publish(...keys: readonly unknown[]): Promise<void>;
  reload(): Promise<KeyRing>;
}

async function openWorld(...keys: readonly SigningKey[]): Promise<World> {
  let published: readonly unknown[] = keys.map(key => publicJwk(key));
  const io = {
    ask: async () => ({ status: 200, body: jwksBytes(...published) }),
    readFile: async () => jwksBytes(publicJwk(es)),
    clock: clockBy(() => Date.now()),
    onEvent: () => undefined,
  };
  const algorithms = new Set(['ES256', 'RS256']);
  const sources = [
    { issuer, keys: { kind: 'jwksUrl', url: `${issuer}/jwks`, ...fetching } as const, algorithms },
    { issuer: other, keys: { kind: 'jwksFile', file: 'keys.json' } as const, algorithms },
  ];
  const open = async (previous?: KeyRing): Promise<KeyRing> => {
    const opened = await openKeySources(sources, io, previous);
    if (!opened.ok) throw new Error('did not open');
    return opened.ring;
  };
  const ring = await open();
  return {
    ring,
    publish: async (...next) => {
      published = next;
      mock.timers.tick(10 * minute);
      await new Promise(resolve => setImmediate(resolve));
    },
    reload: () => open(ring),
  };
}

const holds: Finding = { what: 'signature' };

t.test('what was found is known, to its issuer alone', async t => {
  const { ring } = await openWorld(es);
  t.equal(ring.knownSignature(issuer, token), undefined, 'nothing is known before it was found out');
  t.strictSame(await ring.findSignature(issuer, token), holds);
  t.strictSame(ring.knownSignature(issuer, token), holds);
  t.equal(ring.knownSignature(issuer, `${token.slice(0, -4)}AAAA`), undefined, 'by its whole text');
  t.equal(ring.knownSignature(other, token), undefined, "not under another issuer's keys");
  t.equal(ring.knownSignature('https://evil.example', token), undefined);
});

t.test('a bad signature is known as bad', async t => {
  const { ring } = await openWorld(es);
  const forged = `${token.slice(0, -8)}AAAAAAAA`;
  t.match(await ring.findSignature(issuer, forged), { reason: 'token-signature' });
  t.match(ring.knownSignature(issuer, forged), { reason: 'token-signature' });
});

t.test('what says nothing of the signature is not kept', async t => {
  const { ring } = await openWorld(es);
  const unknown = mintToken({ ...es, kid: 'three' }, { iss: issuer });
  t.match(await ring.findSignature(issuer, unknown), { reason: 'token-key-unknown' });
  t.equal(ring.knownSignature(issuer, unknown), undefined, 'the key may come');
  t.match(await ring.findSignature(issuer, 'a.b.c'), { reason: 'token-malformed' });
  t.equal(ring.knownSignature(issuer, 'a.b.c'), undefined);
});

t.test('keys that are fetched again', async t => {
  const { ring, publish } = await openWorld(es);
  await ring.findSignature(issuer, token);
  await publish(publicJwk(rs), publicJwk(es));
  t.strictSame(ring.knownSignature(issuer, token), holds, 'with the same key among them change nothing');
  await publish(publicJwk(rs));
  t.equal(ring.knownSignature(issuer, token), undefined, 'without the key nothing is known any more');
  t.match(await ring.findSignature(issuer, token), { reason: 'token-key-unknown' });
  await publish(publicJwk(es));
  t.equal(ring.knownSignature(issuer, token), undefined, 'nor once it is back: it is verified anew');
  t.strictSame(await ring.findSignature(issuer, token), holds);
});

t.test('another key under the same name', async t => {
  const { ring, publish } = await openWorld(es);
  await ring.findSignature(issuer, token);
  const impostor = makeKey('ES256', es.kid);
  await publish(publicJwk(impostor));
  t.equal(ring.knownSignature(issuer, token), undefined);
  t.match(await ring.findSignature(issuer, token), { reason: 'token-signature' });
  await publish(publicJwk(es));
  t.equal(ring.knownSignature(issuer, token), undefined, 'and a refusal ends with its key, too');
});

t.test('a second key under the same name', async t => {
  const { ring, publish } = await openWorld(es);
  await ring.findSignature(issuer, token);
  await publish(publicJwk(es), publicJwk(makeKey('ES256', es.kid)));
  t.equal(ring.knownSignature(issuer, token), undefined, 'J6 two that fit are none');
});

t.test('a key that is gone before its verification ends', async t => {
  const { ring, publish } = await openWorld(es);
  await ring.findSignature(issuer, token);
  const late = mintToken(es, { iss: issuer, sub: 'late' });
  const finding = ring.findSignature(issuer, late);
  await publish(publicJwk(rs));
  await finding;
  t.equal(ring.knownSignature(issuer, late), undefined);
});

t.test('keys too old to be believed', async t => {
  const { ring } = await openWorld(es);
  await ring.findSignature(issuer, token);
  mock.timers.setTime(start + 24 * 60 * minute - 1);
  t.strictSame(ring.knownSignature(issuer, token), holds);
  mock.timers.setTime(start + 24 * 60 * minute + 10 * minute);
  t.equal(ring.knownSignature(issuer, token), undefined);
  t.equal(ring.knownSignature(issuer, token), undefined, 'asked twice');
});

t.test('keys too old to be believed, before anybody asked', async t => {
  const { ring } = await openWorld(es);
  await ring.findSignature(issuer, token);
  mock.timers.setTime(start + 24 * 60 * minute + 10 * minute);
  t.equal(ring.knownSignature(issuer, token), undefined);
});

t.test('a reload knows nothing', async t => {
  const { ring, reload } = await openWorld(es);
  await ring.findSignature(issuer, token);
  const next = await reload();
  t.equal(next.knownSignature(issuer, token), undefined);
  t.strictSame(await next.findSignature(issuer, token), holds);
  t.strictSame(next.knownSignature(issuer, token), holds);
});

/** Tokens with signatures that nobody made. */
function forgedTokens(count: number, body = token.split('.')[1] ?? ''): string[] {
  const [head] = token.split('.');
  const signature = (at: number): string => Buffer.alloc(64, `${at} `).toString('base64url');
  return Array.from({ length: count }, (_, at) => `${head}.${body}.${signature(at)}`);
}

t.test('a flood of bad tokens pushes out no good one', async t => {
  const { ring } = await openWorld(es);
  await ring.findSignature(issuer, token);
  const forged = forgedTokens(3000);
  for (const each of forged) await ring.findSignature(issuer, each);
  t.strictSame(ring.knownSignature(issuer, token), holds);
  t.equal(ring.knownSignature(issuer, forged[0] ?? ''), undefined, 'of the bad ones few are remembered');
  t.match(ring.knownSignature(issuer, forged.at(-1) ?? ''), { reason: 'token-signature' });
});

t.test('bad tokens that come in turn are verified once', async t => {
  const { ring } = await openWorld(es);
  const forged = forgedTokens(700);
  for (const each of forged) await ring.findSignature(issuer, each);
  const known = (): number => forged.filter(each => ring.knownSignature(issuer, each) !== undefined).length;
  t.equal(known(), forged.length);
  t.equal(known(), forged.length, 'asking pushes none out');
});

t.test('bad tokens that are large take no more room than many small ones', async t => {
  const { ring } = await openWorld(es);
  const claims = JSON.stringify({ iss: issuer, sub: 'x'.repeat(11_000) });
  const forged = forgedTokens(300, Buffer.from(claims).toString('base64url'));
  for (const each of forged) await ring.findSignature(issuer, each);
  const known = forged.filter(each => ring.knownSignature(issuer, each) !== undefined);
  t.ok(known.length > 0 && known.join('').length <= 2 * 1024 * 1024, `${known.length} are known`);
});

t.test('what is remembered is counted, in tokens and in bytes', async t => {
  const { ring, reload } = await openWorld(es);
  const { memory } = ring;
  t.strictSame(memory.counts, { hits: 0, refusedHits: 0, misses: 0 });
  const forged = `${token.slice(0, -8)}AAAAAAAA`;
  for (const each of [token, token, forged, forged, forged])
    if (ring.knownSignature(issuer, each) === undefined) await ring.findSignature(issuer, each);
  t.strictSame(memory.counts, { hits: 1, refusedHits: 2, misses: 2 });
  t.strictSame(memory.held, { entries: 1, characters: token.length });
  t.strictSame(memory.others, { entries: 1, characters: forged.length });
  const next = await reload();
  t.strictSame([next.memory.held.entries, next.memory.others.entries], [0, 0], 'a reload knows nothing');
  next.knownSignature(issuer, token);
  t.strictSame(next.memory.counts, { hits: 1, refusedHits: 2, misses: 3 }, 'but goes on counting');
});

t.test('whatever comes, no more is remembered than the bounds say', async t => {
  const { ring } = await openWorld(es);
  for (const each of forgedTokens(5000)) await ring.findSignature(issuer, each);
  const { entries, characters } = ring.memory.others;
  t.ok(entries > 1000 && entries <= 2048, `${entries} tokens`);
  t.ok(characters <= 2 * 1024 * 1024, `${characters} bytes`);
  t.strictSame(ring.memory.held, { entries: 0, characters: 0 });
});

t.test('nor of tokens that hold, however many there are', async t => {
  const known = new KnownSignatures();
  const key = { kid: undefined, algorithms: new Set<string>(), key: createSecretKey(Buffer.alloc(32)) };
  const verdict = { issuer: { set: undefined }, wanted: { algorithm: 'HS256', kid: undefined }, key, finding: holds };
  for (let at = 0; at < 20_000; at += 1) known.remember(`t${at}`, verdict);
  const { entries } = known.held;
  t.ok(entries > 4000 && entries <= 8192, `${entries} tokens`);
});

t.test('when keys were read', async t => {
  const { ring, publish } = await openWorld(es);
  t.equal(ring.keysReadAt(other), start, 'from a file');
  t.equal(ring.keysReadAt('https://evil.example'), undefined);
  await ring.findSignature(issuer, token);
  t.equal(ring.keysReadAt(issuer), start, 'fetched');
  await publish(publicJwk(rs));
  t.equal(ring.keysReadAt(issuer), start + 10 * minute, 'and again');
});

t.test('a bad token is verified again under other keys', async t => {
  const { ring, publish } = await openWorld(es);
  const next = makeKey('ES256', 'one');
  const early = mintToken(next, { iss: issuer, sub: 'alice' });
  t.match(await ring.findSignature(issuer, early), { reason: 'token-signature' });
  t.match(ring.knownSignature(issuer, early), { reason: 'token-signature' });
  await publish(publicJwk(next));
  t.equal(ring.knownSignature(issuer, early), undefined);
  t.strictSame(await ring.findSignature(issuer, early), holds, 'which its issuer has made public meanwhile');
});
