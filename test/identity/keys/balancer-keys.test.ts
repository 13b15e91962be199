/** Keys of AWS load balancers: where each is, how often AWS is asked, and when one is gone (H10, J12). */
import { randomUUID } from 'node:crypto';
import { mock } from 'node:test';
import t from 'tap';
import { balancerKeyUrl } from '../../../src/identity/keys/balancer-keys.ts';
import type { KeySource } from '../../../src/identity/keys/key-sources.ts';
import { encodePart, makeKey, mintToken, publicPem, type SigningKey, signInput } from '../token-maker.ts';
import { fetching } from './key-fetching.ts';
import { openKeyWorld, settled } from './key-world.ts';

const issuer = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x';
const region = 'eu-west-1';
const signer = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/lab/50dc6c495c0c9188';
const minute = 60_000;

const source = (staleForMs: number = fetching.staleForMs): KeySource => ({
  issuer,
  keys: { kind: 'alb', region, signer, ...fetching, staleForMs },
  algorithms: new Set(['RS256', 'ES256']),
});

const newKey = (): SigningKey => makeKey('ES256', randomUUID());
const urlOf = ({ kid }: SigningKey): string => balancerKeyUrl(region, kid);
const signed = (key: SigningKey): string => mintToken(key, { iss: issuer, sub: 'alice' });
const stray = (): string => signed({ ...one, kid: randomUUID() });

const one = newKey();

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_800_000_000_000 }));
t.afterEach(() => mock.timers.reset());

t.test('where keys are', async t => {
  const kid = '12345678-1234-1234-1234-123456789012';
  const rows: readonly [region: string, url: string][] = [
    ['eu-central-1', `https://public-keys.auth.elb.eu-central-1.amazonaws.com/${kid}`],
    ['us-gov-west-1', `https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1/${kid}`],
    ['us-gov-east-1', `https://s3-us-gov-east-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-east-1/${kid}`],
    ['cn-north-1', `https://public-keys.auth.elb.cn-north-1.amazonaws.com.cn/${kid}`],
  ];
  for (const [region, url] of rows) t.equal(balancerKeyUrl(region, kid), url, region);
});

t.test('a key is asked for by its kid, once', async t => {
  const world = await openKeyWorld({ ...source(), ca: 'pem' }, { [urlOf(one)]: { body: publicPem(one) } });
  t.strictSame(world.ring.status(), [{ issuer, ready: true, keys: 0 }], 'ready before the first token');
  t.strictSame(world.asked, []);
  t.strictSame(await Promise.all([world.verdict(signed(one)), world.verdict(signed(one))]), ['signature', 'signature']);
  t.strictSame(world.asked, [{ url: urlOf(one), maxBytes: 524_288, timeoutMs: 5_000, ca: 'pem' }]);
  t.equal(await world.verdict(signed({ ...newKey(), kid: one.kid })), 'token-signature', 'signed by somebody else');
  t.match(world.ring.knownSignature(issuer, signed(one)), undefined, 'another signature of the same key');
  t.equal(world.asked.length, 1);
  t.strictSame(world.ring.status(), [{ issuer, ready: true, keys: 1 }]);
  t.strictSame(world.events, [{ kind: 'keys-fetched', issuer, keys: 1 }]);
});

t.test('J6 a kid that is no UUID as AWS writes it goes into no URL', async t => {
  const world = await openKeyWorld(source(), {});
  const { kid } = one;
  const kids = [
    ...['', 'k1', '../../latest/meta-data', kid.toUpperCase(), `${kid}/`, `${kid}?x`, `${kid}#`, ` ${kid}`, `${kid}\n`],
    ...[
      `${kid}0`,
      kid.slice(1),
      kid.replaceAll('-', ''),
      `{${kid}}`,
      `urn:uuid:${kid}`,
      kid.replace('-', '–'),
      '__proto__',
    ],
  ];
  for (const odd of kids) t.equal(await world.verdict(signed({ ...one, kid: odd })), 'token-key-unknown', odd);
  t.equal(await world.verdict(mintToken(one, { iss: issuer }, { kid: undefined })), 'token-key-unknown', 'no kid');
  t.strictSame(world.asked, []);
});

t.test('J12 tokens of ten thousand kids cause ten questions in half a minute', async t => {
  const world = await openKeyWorld(source(), { [urlOf(one)]: { body: publicPem(one) } });
  t.equal(await world.verdict(signed(one)), 'signature');
  const verdicts = await Promise.all(Array.from({ length: 10_000 }, () => world.verdict(stray())));
  t.equal(world.asked.length, 10);
  t.strictSame(new Set(verdicts), new Set(['token-key-unknown', 'keys-unavailable']));
  t.equal(await world.verdict(signed(one)), 'signature', 'a key that is held is not asked for');
  mock.timers.tick(29_999);
  await world.verdict(stray());
  t.equal(world.asked.length, 10);
  mock.timers.tick(1);
  t.equal(await world.verdict(stray()), 'token-key-unknown');
  t.equal(world.asked.length, 11);
});

t.test('J12 a kid that AWS does not know is not asked for again for a minute', async t => {
  for (const status of [403, 404]) {
    const world = await openKeyWorld(source(), { [urlOf(one)]: { status } });
    t.equal(await world.verdict(signed(one)), 'token-key-unknown', `${status}`);
    world.pages.set(urlOf(one), { body: publicPem(one) });
    mock.timers.tick(minute - 1);
    t.equal(await world.verdict(signed(one)), 'token-key-unknown');
    t.equal(world.asked.length, 1);
    mock.timers.tick(1);
    t.equal(await world.verdict(signed(one)), 'signature');
    t.strictSame(world.events, [{ kind: 'keys-fetched', issuer, keys: 1 }], 'and is no fault');
  }
});

t.test('answers that are no key', async t => {
  const rsa = makeKey('RS256', one.kid);
  const rows: readonly [rule: string, page: { status?: number; body?: string } | Error, error: RegExp][] = [
    ['a redirect', { status: 301 }, /status 301/],
    ['an error', { status: 500, body: publicPem(one) }, /status 500/],
    ['nobody there', Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), /ECONNREFUSED/],
    ['no PEM', { body: '<xml>' }, /no PEM block/],
    ['two keys', { body: publicPem(one) + publicPem(newKey()) }, /several keys for ES256/],
    ['a key of another curve', { body: publicPem(makeKey('ES384')) }, /no key for/],
    ['a private key', { body: one.key.export({ type: 'pkcs8', format: 'pem' }).toString() }, /only PUBLIC KEY/],
    ['too large', { body: ' '.repeat(524_289) }, /524288/],
  ];
  for (const [rule, page, error] of rows) {
    const world = await openKeyWorld(source(), { [urlOf(one)]: page });
    t.equal(await world.verdict(signed(one)), 'keys-unavailable', rule);
    t.match(world.ring.status(), [{ ready: false, keys: 0, error }], `${rule}: says so`);
    t.match(world.events, [{ kind: 'keys-failed', issuer, error }]);
    world.pages.set(urlOf(one), { body: publicPem(one) });
    mock.timers.tick(29_999);
    t.equal(await world.verdict(signed(one)), 'keys-unavailable', `${rule}: not asked again for 30 s`);
    mock.timers.tick(1);
    t.equal(await world.verdict(signed(one)), 'signature', `${rule}: and then`);
    t.strictSame(world.ring.status(), [{ issuer, ready: true, keys: 1 }]);
  }
  const world = await openKeyWorld(source(), { [urlOf(rsa)]: { body: publicPem(rsa) } });
  t.equal(await world.verdict(signed(one)), 'token-key-unknown', 'a key of another kind');
});

t.test('keys are asked for again, are gone when AWS has them no more, and stay a while when it is away', async t => {
  const two = newKey();
  const world = await openKeyWorld(source(60 * minute), {
    [urlOf(one)]: { body: publicPem(one) },
    [urlOf(two)]: { body: publicPem(two) },
  });
  const [first, second] = [signed(one), signed(two)];
  t.strictSame([await world.verdict(first), await world.verdict(second)], ['signature', 'signature']);
  mock.timers.tick(10 * minute);
  await settled();
  t.strictSame([world.times(urlOf(one)), world.times(urlOf(two))], [2, 2]);
  t.match(world.ring.knownSignature(issuer, first), { what: 'signature' }, 'the same key is the same');
  world.pages.set(urlOf(two), { status: 403 });
  mock.timers.tick(10 * minute);
  await settled();
  t.equal(world.ring.knownSignature(issuer, second), undefined, 'what was known of a key that is gone is forgotten');
  t.equal(await world.verdict(second), 'token-key-unknown');
  t.match(world.ring.knownSignature(issuer, first), { what: 'signature' });
  world.pages.set(urlOf(one), new Error('away'));
  for (let at = 0; at < 69; at += 1) {
    mock.timers.tick(minute);
    await settled();
  }
  t.equal(await world.verdict(first), 'signature', 'the last key counts');
  t.match(world.ring.status(), [{ ready: true, keys: 1, error: 'away' }]);
  mock.timers.tick(minute);
  await settled();
  t.equal(world.ring.knownSignature(issuer, first), undefined);
  t.equal(await world.verdict(first), 'keys-unavailable', 'and no longer');
});

t.test('no more than sixteen keys are held, those that were asked for last', async t => {
  const keys = Array.from({ length: 20 }, newKey);
  const world = await openKeyWorld(
    source(),
    Object.fromEntries(keys.map(key => [urlOf(key), { body: publicPem(key) }])),
  );
  for (const key of keys) {
    mock.timers.tick(4_000);
    t.equal(await world.verdict(signed(key)), 'signature');
    t.equal(await world.verdict(signed(keys[0] ?? key)), 'signature');
  }
  t.match(world.ring.status(), [{ keys: 16 }]);
  t.equal(world.times(urlOf(keys[0] ?? one)), 1, 'one in use stays');
});

t.test('a reload goes on with the keys that are held; a closed ring asks nobody', async t => {
  const world = await openKeyWorld(source(), { [urlOf(one)]: { body: publicPem(one) } });
  t.equal(await world.verdict(signed(one)), 'signature');
  const again = await world.reload(source(0));
  t.equal(await again.verdict(signed(one)), 'signature');
  t.equal(again.asked.length, 1);
  again.ring.close();
  mock.timers.tick(60 * minute);
  await settled();
  t.equal(await again.verdict(stray()), 'keys-unavailable');
  t.equal(again.asked.length, 1);
});

t.test('a token is padded as AWS pads it, under its own issuer alone', async t => {
  const pad = (part: string): string => part.padEnd(Math.ceil(part.length / 4) * 4, '=');
  const padded = (header: object, claims: object): string => {
    const input = `${pad(encodePart(header))}.${pad(encodePart(claims))}`;
    return `${input}.${pad(encodePart(signInput(input, one.key, 'ES256')))}`;
  };
  const header = { alg: 'ES256', kid: one.kid, client: 'c' };
  const world = await openKeyWorld(source(), { [urlOf(one)]: { body: publicPem(one) } });
  const token = padded(header, { iss: issuer, n: 1 });
  t.match(token, /=\..*=\..*==$/s, 'every part is padded');
  t.equal(await world.verdict(token), 'signature');
  for (const odd of [token.slice(0, -1), `${token}=`, token.replace('=.', '.'), token.replace(/=+/g, '')])
    t.not(await world.verdict(odd), 'signature', odd.slice(-8));
  const plain = {
    issuer,
    keys: { kind: 'jwksUrl', url: 'https://k/', ...fetching },
    algorithms: new Set(['ES256']),
  } as const;
  const other = await openKeyWorld(plain, { 'https://k/': { body: JSON.stringify({ keys: [] }) } });
  t.equal(await other.verdict(token), 'token-malformed');
});
