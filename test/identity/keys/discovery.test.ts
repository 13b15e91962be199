/** Where an issuer's keys are by its own word, what of that word is believed, and when it is asked again (J12). */
import { mock } from 'node:test';
import t from 'tap';
import { discoveryUrlOf } from '../../../src/config/discovery.ts';
import type { FetchConfig } from '../../../src/config/sections/keys.ts';
import type { KeySource } from '../../../src/identity/keys/key-sources.ts';
import { jwksBytes, makeKey, mintToken, publicJwk } from '../token-maker.ts';
import { fetching } from './key-fetching.ts';
import { openKeyWorld, settled } from './key-world.ts';

const issuer = 'https://sso.example.org/realms/lab';
const document = `${issuer}/.well-known/openid-configuration`;
const jwks = 'https://keys.example.org/lab';
const minute = 60_000;

const es = makeKey('ES256', 'one');
const token = mintToken(es, { iss: issuer, sub: 'alice' });
const keysPage = { body: jwksBytes(publicJwk(es)) };

const source = (how: Partial<FetchConfig> = {}, more: Partial<KeySource> = {}): KeySource => ({
  issuer,
  keys: { kind: 'discovery', ...fetching, ...how },
  algorithms: new Set(['ES256']),
  discoveryUrl: document,
  ...more,
});

const says = (more: Readonly<Record<string, unknown>> = {}): { body: string } => ({
  body: JSON.stringify({ issuer, jwks_uri: jwks, ...more }),
});

t.beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_800_000_000_000 }));
t.afterEach(() => mock.timers.reset());

t.test('the document is below the issuer, or where the config says (OpenID Connect Discovery 1.0 §4.1)', async t => {
  t.equal(discoveryUrlOf('https://i.example', null), 'https://i.example/.well-known/openid-configuration');
  t.equal(discoveryUrlOf('https://i.example/', null), 'https://i.example/.well-known/openid-configuration');
  t.equal(discoveryUrlOf(issuer, null), document);
  t.equal(discoveryUrlOf(issuer, 'https://d.example/x'), 'https://d.example/x');
});

t.test('keys are fetched where the document says, within the same bounds', async t => {
  const world = await openKeyWorld(source({}, { ca: 'pem' }), { [document]: says(), [jwks]: keysPage });
  t.equal(await world.verdict(token), 'signature');
  const bounds = { maxBytes: 524_288, timeoutMs: 5_000, ca: 'pem' };
  t.strictSame(world.asked, [
    { url: document, ...bounds },
    { url: jwks, ...bounds },
  ]);
  t.strictSame(world.ring.status(), [{ issuer, ready: true, keys: 1 }]);
  t.strictSame(world.events, [{ kind: 'keys-fetched', issuer, keys: 1 }]);
});

t.test('document and keys share their time', async t => {
  const world = await openKeyWorld(source(), { [document]: new Error('nothing is there') });
  world.pages.set(jwks, keysPage);
  const slow = { ...says() };
  Object.defineProperty(slow, 'body', {
    get: () => {
      mock.timers.setTime(Date.now() + 4_000);
      return says().body;
    },
  });
  world.pages.set(document, slow);
  mock.timers.tick(30_000);
  await settled();
  t.strictSame(
    world.asked.slice(1).map(({ timeoutMs }) => timeoutMs),
    [5_000, 1_000],
  );
});

t.test('J12 documents that are not believed', async t => {
  const rows: readonly [rule: string, page: { status?: number; body?: string }, error: RegExp][] = [
    ['of another issuer', says({ issuer: 'https://evil.example' }), /is of another issuer$/],
    ['of the same issuer with a slash behind', says({ issuer: `${issuer}/` }), /is of another issuer, by the slash/],
    ['of an issuer in capitals', says({ issuer: issuer.toUpperCase() }), /is of another issuer/],
    ['of an issuer that is a map', says({ issuer: {} }), /is of another issuer$/],
    ['of a list of issuers', says({ issuer: [issuer] }), /is of another issuer/],
    ['without an issuer', says({ issuer: undefined }), /is of another issuer/],
    ['with two issuers', { body: `{"issuer":"x","issuer":"${issuer}","jwks_uri":"${jwks}"}` }, /no JSON object/],
    ['no JSON', { body: '<html>' }, /no JSON object/],
    ['a list', { body: '[]' }, /no JSON object/],
    ['without jwks_uri', says({ jwks_uri: undefined }), /no jwks_uri/],
    ['with a jwks_uri that is no text', says({ jwks_uri: [jwks] }), /no jwks_uri/],
    ['with a jwks_uri that is no URL', says({ jwks_uri: '/keys' }), /no jwks_uri/],
    ['with a file for a jwks_uri', says({ jwks_uri: 'file:///etc/passwd' }), /no jwks_uri/],
    ['with a user in its jwks_uri', says({ jwks_uri: 'https://u:p@keys.example.org/lab' }), /no jwks_uri/],
    ['with keys in plain http', says({ jwks_uri: 'http://keys.example.org/lab' }), /jwks_uri in plain http/],
    ['with keys on this machine', says({ jwks_uri: 'http://127.0.0.1:9090/' }), /jwks_uri in plain http/],
    ['with keys in the cloud’s own machine', says({ jwks_uri: 'http://169.254.169.254/' }), /jwks_uri in plain http/],
    ['a redirect', { status: 302 }, /discovery document: answered with status 302/],
    ['an error', { status: 500, ...says() }, /discovery document: answered with status 500/],
    ['too large', { body: `${' '.repeat(524_288)}{}` }, /discovery document: is larger than 524288 bytes/],
  ];
  for (const [rule, page, error] of rows) {
    const world = await openKeyWorld(source(), { [document]: page, [jwks]: keysPage });
    t.equal(await world.verdict(token), 'keys-unavailable', rule);
    t.match(world.ring.status(), [{ ready: false, keys: 0, error }], `${rule}: says so`);
    t.strictSame(
      world.asked.map(({ url }) => url),
      [document],
      `${rule}: nothing else is asked`,
    );
  }
});

t.test('plain http for keys: where the document came so from this machine, or at one’s own risk', async t => {
  const local = 'http://127.0.0.1:7/.well-known/openid-configuration';
  const plain = 'http://127.0.0.1:7/jwks';
  const far = 'http://keys.example.org/lab';
  const rows: readonly [rule: string, url: string, keys: string, danger: boolean, verdict: string][] = [
    ['both on loopback', local, plain, false, 'signature'],
    ['from loopback to https', local, jwks, false, 'signature'],
    ['from loopback away', local, far, false, 'keys-unavailable'],
    ['dangerouslyAllowHttp', document, far, true, 'signature'],
  ];
  for (const [rule, url, keys, dangerouslyAllowHttp, verdict] of rows) {
    const pages = { [url]: says({ jwks_uri: keys }), [keys]: keysPage };
    const world = await openKeyWorld(source({ dangerouslyAllowHttp }, { discoveryUrl: url }), pages);
    t.equal(await world.verdict(token), verdict, rule);
  }
});

t.test('the document is asked for again after an hour, or once the keys can not be had', async t => {
  const world = await openKeyWorld(source(), { [document]: says(), [jwks]: keysPage });
  const pass = async (minutes: number): Promise<void> => {
    for (let at = 0; at < minutes; at += 1) {
      mock.timers.tick(minute);
      await settled();
    }
  };
  await pass(59);
  t.equal(world.times(jwks), 6, 'keys every ten minutes');
  t.equal(world.times(document), 1);
  await pass(2);
  t.equal(world.times(document), 2, 'after an hour');
  const moved = 'https://keys.example.org/moved';
  world.pages.set(jwks, { status: 410 });
  world.pages.set(moved, keysPage);
  world.pages.set(document, says({ jwks_uri: moved }));
  await pass(11);
  t.equal(world.times(moved), 1, 'keys that are no longer there are looked for');
  t.equal(await world.verdict(token), 'signature');
  t.match(world.ring.status(), [{ ready: true, keys: 1 }]);
  world.pages.set(document, says({ issuer: 'https://evil.example' }));
  await pass(70);
  t.match(world.ring.status(), [{ ready: true, error: /of another issuer/ }], 'the last good keys stay');
});

t.test('keys that moved while the old ones stay where they were are found for a new kid', async t => {
  const world = await openKeyWorld(source(), { [document]: says(), [jwks]: keysPage });
  const moved = 'https://keys.example.org/moved';
  const next = makeKey('ES256', 'two');
  world.pages.set(moved, { body: jwksBytes(publicJwk(next)) });
  world.pages.set(document, says({ jwks_uri: moved }));
  const fresh = mintToken(next, { iss: issuer, sub: 'alice' });
  t.equal(await world.verdict(fresh), 'token-key-unknown', 'looked for where they were said to be');
  t.equal(world.times(document), 1);
  mock.timers.tick(minute);
  t.equal(await world.verdict(fresh), 'signature', 'and then where they are said to be now');
  t.equal(world.times(document), 2);
  t.equal(world.times(moved), 1);
});

t.test('a new kid while the document can not be had: the keys are looked for where they were', async t => {
  const world = await openKeyWorld(source(), { [document]: says(), [jwks]: keysPage });
  const [stray, next] = [makeKey('ES256', 'stray'), makeKey('ES256', 'two')];
  t.equal(await world.verdict(mintToken(stray, { iss: issuer })), 'token-key-unknown');
  world.pages.set(document, new Error('down'));
  world.pages.set(jwks, { body: jwksBytes(publicJwk(es), publicJwk(next)) });
  mock.timers.tick(30_000);
  t.equal(await world.verdict(mintToken(next, { iss: issuer, sub: 'alice' })), 'signature');
  t.equal(world.times(document), 2, 'the document was asked for');
});

t.test('each kind of source is another', async t => {
  const world = await openKeyWorld(source(), { [document]: says(), [jwks]: keysPage, 'https://d/': says() });
  const again = await world.reload(source());
  t.equal(world.asked.length, 2, 'the same source goes on');
  const others: readonly [rule: string, source: KeySource, asks: number][] = [
    ['another document', source({}, { discoveryUrl: 'https://d/' }), 2],
    ['another CA', source({}, { ca: 'pem' }), 2],
    ['the same URL as a key set', source({}, { keys: { kind: 'jwksUrl', url: document, ...fetching } }), 1],
    ['plain http', source({ dangerouslyAllowHttp: true }), 2],
  ];
  let now = again;
  for (const [rule, other, asks] of others) {
    const before = now.asked.length;
    now = await now.reload(other);
    t.equal(now.asked.length - before, asks, rule);
  }
});
