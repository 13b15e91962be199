/** How long keys live: by their issuer's word, by the config's, and how often one kid is asked for (J12). */
import { mock } from 'node:test';
import t from 'tap';
import type { KeySource } from '../../../src/identity/keys/key-sources.ts';
import { jwksBytes, makeKey, mintToken, publicJwk } from '../token-maker.ts';
import { fetching } from './key-fetching.ts';
import { openKeyWorld, settled } from './key-world.ts';

const issuer = 'https://sso.example.org';
const url = `${issuer}/jwks`;
const start = 1_800_000_000_000;
const [second, minute, hour] = [1_000, 60_000, 3_600_000];

const es = makeKey('ES256', 'one');
const next = makeKey('ES256', 'next');
const token = mintToken(es, { iss: issuer, sub: 'alice' });
const body = jwksBytes(publicJwk(es));

const source = (staleForMs: number = fetching.staleForMs): KeySource => ({
  issuer,
  keys: { kind: 'jwksUrl', url, ...fetching, staleForMs },
  algorithms: new Set(['ES256']),
});

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: start }));
t.afterEach(() => mock.timers.reset());

t.test('keys are fetched again ahead of the end that their issuer sets', async t => {
  const rows: readonly [cacheControl: string, againMs: number][] = [
    ['', 10 * minute],
    ['max-age=1200', 18 * minute],
    ['public, max-age=1200, must-revalidate', 18 * minute],
    ['Max-Age=1200', 18 * minute],
    ['public,max-age=1200', 18 * minute],
    ['max-age=0', minute],
    ['max-age=5', minute],
    ['max-age=86400', hour],
    ['max-age=999999999', hour],
    ['no-store', 10 * minute],
    ['s-maxage=1200', 10 * minute],
    ['max-age=-1', 10 * minute],
    ['max-age=1e9', 10 * minute],
    ['max-age="1200"', 10 * minute],
    ['x-max-age=1200', 10 * minute],
  ];
  for (const [cacheControl, againMs] of rows) {
    mock.timers.setTime(start);
    const world = await openKeyWorld(source(), { [url]: { body, cacheControl } });
    mock.timers.tick(againMs - 1);
    await settled();
    t.equal(world.times(url), 1, `${cacheControl}: not before`);
    mock.timers.tick(1);
    await settled();
    t.equal(world.times(url), 2, cacheControl);
    world.ring.close();
  }
});

t.test('J12 what fails is asked again later each time, and at once again as usual when it is back', async t => {
  const world = await openKeyWorld(source(), { [url]: new Error('down') });
  let asked = 1;
  for (const pause of [30, 60, 120, 240, 300, 300]) {
    mock.timers.tick(pause * second - 1);
    await settled();
    t.equal(world.times(url), asked, `not before ${pause} s`);
    mock.timers.tick(1);
    await settled();
    asked += 1;
    t.equal(world.times(url), asked, `after ${pause} s`);
  }
  world.pages.set(url, { body });
  mock.timers.tick(30 * second);
  t.equal(await world.verdict(token), 'signature', 'a token asks sooner, but not before 30 s');
  t.strictSame(world.ring.status(), [{ issuer, ready: true, keys: 1 }]);
  world.pages.set(url, new Error('down'));
  mock.timers.tick(10 * minute);
  await settled();
  const before = world.times(url);
  mock.timers.tick(30 * second);
  await settled();
  t.equal(world.times(url), before + 1, 'the first pause is the shortest again');
});

t.test('staleFor begins where the keys should have been fetched again', async t => {
  for (const staleForMs of [0, hour]) {
    mock.timers.setTime(start);
    const world = await openKeyWorld(source(staleForMs), { [url]: { body, cacheControl: 'max-age=1200' } });
    world.pages.set(url, new Error('down'));
    mock.timers.setTime(start + 18 * minute + staleForMs - 1);
    t.equal(await world.verdict(token), 'signature', `${staleForMs}: to its end`);
    t.match(world.ring.knownSignature(issuer, token), { what: 'signature' });
    mock.timers.setTime(start + 18 * minute + staleForMs);
    t.equal(world.ring.knownSignature(issuer, token), undefined, `${staleForMs}: what was known ends as well`);
    t.equal(await world.verdict(token), 'keys-unavailable', `${staleForMs}: and not beyond`);
    t.match(world.ring.status(), [{ ready: false, keys: 0 }]);
    world.ring.close();
  }
});

t.test('another staleFor loses no keys, and holds once its config is in force', async t => {
  const world = await openKeyWorld(source(0), { [url]: { body } });
  world.pages.set(url, new Error('down'));
  const longer = await world.reload(source(hour));
  t.equal(world.times(url), 1, 'nothing is asked anew');
  mock.timers.setTime(start + 69 * minute);
  t.equal(await longer.verdict(token), 'signature');
  const shorter = await longer.reload(source(minute));
  t.equal(await shorter.verdict(token), 'keys-unavailable');
});

t.test('a config that is refused changes no staleFor', async t => {
  const world = await openKeyWorld(source(hour), { [url]: { body } });
  const refused = await world.reload(source(0));
  refused.ring.close(world.ring);
  world.pages.set(url, new Error('down'));
  mock.timers.setTime(start + 69 * minute);
  t.equal(await world.verdict(token), 'signature');
});

t.test('a kid that was not there is not asked for again at once, others are', async t => {
  const world = await openKeyWorld(source(), { [url]: { body } });
  const stray = (kid: string): string => mintToken({ ...next, kid }, { iss: issuer });
  t.equal(await world.verdict(stray('gone')), 'token-key-unknown');
  t.equal(world.times(url), 2);
  mock.timers.tick(30 * second);
  t.equal(await world.verdict(stray('gone')), 'token-key-unknown');
  t.equal(world.times(url), 2, 'the same kid after 30 s');
  world.pages.set(url, { body: jwksBytes(publicJwk(es), publicJwk(next)) });
  t.equal(await world.verdict(mintToken(next, { iss: issuer })), 'signature');
  t.equal(world.times(url), 3, 'another kid');
  mock.timers.tick(30 * second);
  t.equal(await world.verdict(stray('gone')), 'token-key-unknown');
  t.equal(world.times(url), 4, 'the same kid after a minute');
});

t.test('a kid is new while an old answer is under way: it is asked for once more', async t => {
  const world = await openKeyWorld(source(), { [url]: { body } });
  mock.timers.tick(10 * minute);
  const waiting = world.verdict(mintToken(next, { iss: issuer }));
  await Promise.resolve();
  world.pages.set(url, { body: jwksBytes(publicJwk(next)) });
  t.equal(await waiting, 'signature');
  t.equal(world.times(url), 3);
});

t.test('J12 who holds the floor with made-up kids makes no good token a bad one, nor keeps its key out', async t => {
  const world = await openKeyWorld(source(), { [url]: { body } });
  let made = 0;
  const madeUp = (): string => {
    made += 1;
    return mintToken({ ...next, kid: `made-up-${made}` }, { iss: issuer });
  };
  t.equal(await world.verdict(madeUp()), 'token-key-unknown', 'the one that was asked for');
  t.equal(world.times(url), 2);
  world.pages.set(url, { body: jwksBytes(publicJwk(es), publicJwk(next)) });
  const turned = mintToken(next, { iss: issuer });
  for (let passed = 1; passed < 30; passed += 1) {
    mock.timers.tick(second);
    t.equal(await world.verdict(madeUp()), 'token-key-awaited');
    t.equal(await world.verdict(turned), 'token-key-awaited', `${passed} s: nobody can tell yet`);
    t.equal(await world.verdict(token), 'signature', 'what is known holds');
  }
  t.equal(world.times(url), 2, 'and nobody asks');
  mock.timers.tick(second);
  t.equal(await world.verdict(madeUp()), 'token-key-unknown', 'the floor is taken again');
  t.equal(await world.verdict(turned), 'signature', 'but the fetch has brought the key');
  t.equal(world.times(url), 3);
});

t.test('an unknown kid of an issuer that does not answer is not called unknown', async t => {
  const world = await openKeyWorld(source(), { [url]: { body } });
  world.pages.set(url, new Error('down'));
  const turned = mintToken(next, { iss: issuer });
  t.equal(await world.verdict(turned), 'token-key-awaited');
  t.equal(world.times(url), 2, 'it was asked');
  t.equal(await world.verdict(turned), 'token-key-awaited');
  t.equal(await world.verdict(token), 'signature', 'what is known holds');
  world.pages.set(url, { body: jwksBytes(publicJwk(next)) });
  mock.timers.tick(30 * second);
  t.equal(await world.verdict(turned), 'signature');
});
