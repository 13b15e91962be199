/** Whoever sets the machine's clock, by an hour or a day and either way: nothing lasts longer, counts twice, or is kept out for it. */
import { mock } from 'node:test';
import t, { type Test } from 'tap';
import {
  isSurelyPast,
  later,
  longAgo,
  mayBePast,
  momentAt,
  momentIn,
  movedTo,
  never,
  remaining,
} from '../../src/clock.ts';
import { OpenSockets } from '../../src/doors/open-sockets.ts';
import type { DpopProofLookup } from '../../src/gate/lookups.ts';
import type { Policy } from '../../src/gate/policy.ts';
import type { Proof } from '../../src/gate/proof.ts';
import type { Forward } from '../../src/gate/review.ts';
import type { Peer } from '../../src/gate/stages.ts';
import { Deliveries } from '../../src/hub/deliveries.ts';
import { MintedTokens } from '../../src/hub/minted-tokens.ts';
import { OutstandingTokens } from '../../src/hub/outstanding-tokens.ts';
import { type AskHub, HubApi } from '../../src/hub/rest-api.ts';
import { openTokenOwners } from '../../src/hub/token-owner.ts';
import { askHubVersion } from '../../src/hub/version.ts';
import { ShownProofs } from '../../src/identity/holders/shown-proofs.ts';
import { BalancerKeys, balancerKeyUrl } from '../../src/identity/keys/balancer-keys.ts';
import { FetchedKeys } from '../../src/identity/keys/fetched-keys.ts';
import { MemoryStore } from '../../src/identity/sessions/shared-store.ts';
import { Introspection } from '../../src/identity/tokens/introspection.ts';
import { makeProof } from '../identity/holders/proof-maker.ts';
import { settled } from '../identity/keys/key-world.ts';
import { jwksBytes, makeKey, publicJwk, publicPem } from '../identity/token-maker.ts';
import { type SettableClock, settableClock } from './settable-clock.ts';

const start = 1_800_000_000_000;
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

type Check = (t: Test, clock: SettableClock, step: number) => Promise<void>;

/** The same for a clock that is set by little and by much, either way. */
function afterEach(name: string, check: Check, steps: readonly number[] = [-day, -hour, hour, day]): void {
  for (const step of steps)
    t.test(`${name}; set by ${step / hour} h`, t => check(t, settableClock(start + step / 2), step));
}

t.test('a moment that nobody can work out is past, and nothing is forgotten by it', async t => {
  const clock = settableClock(start);
  const moment = movedTo(start, never);
  t.equal(mayBePast(moment, clock), true);
  t.equal(isSurelyPast(moment, clock), false);
});

t.test('moments', async t => {
  const clock = settableClock(start);
  const moment = momentIn(minute, clock);
  t.strictSame(moment, { wall: start + minute, steady: minute });
  t.strictSame(momentAt(start + minute, clock), moment);
  t.strictSame(later(moment, second), { wall: start + minute + second, steady: minute + second });
  const seen = (): unknown => [mayBePast(moment, clock), isSurelyPast(moment, clock), remaining(moment, clock)];
  t.strictSame(seen(), [false, false, minute]);
  clock.step(hour);
  t.strictSame(seen(), [true, false, minute - hour], 'by the wall alone');
  clock.step(-2 * hour);
  t.strictSame(seen(), [false, false, minute]);
  clock.pass(minute);
  t.strictSame(seen(), [true, false, 0], 'by the steady clock alone');
  clock.step(hour);
  t.strictSame(seen(), [true, true, 0]);
  t.strictSame(movedTo(start + second, moment), { wall: start + second, steady: second }, 'whatever was set meanwhile');
  t.strictSame([movedTo(moment.wall, moment), movedTo(never.wall, never)], [moment, never]);
  t.strictSame([mayBePast(never, clock), isSurelyPast(longAgo, clock)], [false, true]);
});

afterEach('what an endpoint said of a token', async (t, clock, step) => {
  const asked: unknown[] = [];
  const post = async () => {
    asked.push(clock.wall());
    return { status: 200, contentType: 'application/json', body: Buffer.from('{"active":true,"sub":"alice"}') };
  };
  const entry = { entry: 'introspection[0]', url: 'https://i/', authorization: 'x', ca: null, timeoutMs: 1 };
  const introspection = new Introspection([{ ...entry, cacheForMs: 30 * second }], {
    post,
    clock,
    onFault: () => undefined,
  });
  await introspection.find('opaque');
  clock.step(step);
  clock.pass(30 * second - 1);
  t.equal(introspection.known('opaque') !== undefined, step < 0, 'believed no longer than before');
  clock.pass(1);
  t.equal(introspection.known('opaque'), undefined, 'over when it was to be');
  await introspection.find('opaque');
  t.equal(asked.length, 2);
  t.ok(introspection.known('opaque'), 'and the next answer is believed as long');
});

const one = makeKey('ES256', 'one');
const two = makeKey('ES256', 'two');
const algorithms = new Set(['ES256']);
const wanted = (kid: string) => ({ kid, algorithm: 'ES256' });

/** An issuer whose page a test turns. */
function issuerAt(clock: SettableClock, staleForMs: number) {
  const page: { body: Uint8Array | null } = { body: jwksBytes(publicJwk(one)) };
  const asked: string[] = [];
  const ask = async (url: string) => {
    asked.push(url);
    if (page.body === null) throw new Error('down');
    return { status: 200, body: page.body, cacheControl: '' };
  };
  const url = 'https://i.example/jwks';
  const source = { kind: 'jwksUrl', issuer: 'https://i.example', url, algorithms, ca: null } as const;
  const io = { ask, clock, onEvent: () => undefined };
  const keys = new FetchedKeys({ ...source, dangerouslyAllowHttp: false }, staleForMs, io);
  return { page, asked, keys };
}

afterEach('a key set of an issuer that is down', async (t, clock, step) => {
  const { page, keys } = issuerAt(clock, hour);
  await settled();
  page.body = null;
  t.equal(keys.set?.keys.length, 1);
  clock.step(step);
  clock.pass(10 * minute + hour - 1);
  t.equal(keys.set !== undefined, step < 0, 'believed no longer than staleFor');
  clock.pass(1);
  t.equal(keys.set, undefined);
  keys.close();
});

afterEach('an unknown kid', async (t, clock, step) => {
  const { page, asked, keys } = issuerAt(clock, day * 3);
  t.match(await keys.find(wanted('nobody')), { reason: 'token-key-unknown' });
  const before = asked.length;
  page.body = jwksBytes(publicJwk(one), publicJwk(two));
  clock.step(step);
  clock.pass(30 * second - 1);
  t.match(await keys.find(wanted('two')), { reason: 'token-key-awaited' }, 'asked for no sooner');
  t.equal(asked.length, before);
  clock.pass(1);
  t.match(await keys.find(wanted('two')), { kid: 'two' }, 'and no later');
  page.body = jwksBytes(publicJwk(makeKey('ES256', 'nobody')));
  clock.pass(30 * second);
  t.match(await keys.find(wanted('nobody')), { kid: 'nobody' }, 'the kid that was not there as well');
  keys.close();
});

afterEach("a balancer's keys", async (t, clock, step) => {
  const kid = (n: number): string => `12345678-1234-1234-1234-${String(n).padStart(12, '0')}`;
  const pages = new Map([[balancerKeyUrl('eu-central-1', kid(0)), publicPem(one)]]);
  const ask = async (url: string) => ({ status: pages.has(url) ? 200 : 404, body: Buffer.from(pages.get(url) ?? '') });
  const source = { kind: 'alb', issuer: 'https://alb', region: 'eu-central-1', algorithms, ca: null } as const;
  const keys = new BalancerKeys(source, 2 * day, { ask, clock, onEvent: () => undefined });
  t.match(await keys.find(wanted(kid(0))), { kid: kid(0) });
  for (let n = 1; n < 10; n += 1) t.match(await keys.find(wanted(kid(n))), { reason: 'token-key-unknown' });
  pages.set(balancerKeyUrl('eu-central-1', kid(10)), publicPem(two));
  pages.set(balancerKeyUrl('eu-central-1', kid(1)), publicPem(two));
  t.match(await keys.find(wanted(kid(10))), { reason: 'keys-unavailable' });
  clock.step(step);
  clock.pass(30 * second - 1);
  t.match(await keys.find(wanted(kid(10))), { reason: 'keys-unavailable' }, 'asked for no sooner');
  clock.pass(1);
  t.match(await keys.find(wanted(kid(10))), { kid: kid(10) }, 'and no later');
  t.match(await keys.find(wanted(kid(1))), { reason: 'token-key-unknown' });
  clock.pass(30 * second);
  t.match(await keys.find(wanted(kid(1))), { kid: kid(1) }, 'the kid that was not there as well');
  clock.pass(2 * day + 9 * minute);
  t.equal(keys.set.keys.length, 2, 'all but the first, which has ended');
  clock.pass(minute);
  t.equal(keys.set.keys.length, 0, 'believed no longer than staleFor');
  keys.close();
});

const shownBy = makeKey('ES256');

/** A proof that was made by the wall's clock. */
function proofAt(clock: SettableClock): DpopProofLookup {
  const at = Math.floor(clock.wall() / second);
  const proof = makeProof(shownBy, { token: 'a.b.c', url: 'https://hub.example/', at });
  const key = `dpop-proof:${proof}`;
  const holdsUntil = at * second + 60 * second;
  return { kind: 'lookup', what: 'dpop-proof', key, proof, holder: 'lab alice', holdsUntil, arrival: {} };
}

const replayed = { reason: 'dpop-replayed' };

afterEach('a DPoP proof', async (t, clock, step) => {
  const shown = new ShownProofs(clock);
  const lookup = proofAt(clock);
  t.match(await shown.find(lookup), { what: 'dpop-proof' });
  clock.step(step);
  t.match(await shown.find(proofAt(clock)), { what: 'dpop-proof' }, "another's, which has all forgotten that can be");
  t.match(await shown.find({ ...lookup, arrival: {} }), step < 0 ? replayed : { reason: 'dpop-invalid' });
  clock.pass(30 * second);
  clock.step(-step);
  t.match(await shown.find({ ...lookup, arrival: {} }), replayed, 'and set right again');
  clock.pass(30 * second);
  t.match(await shown.find({ ...lookup, arrival: {} }), { reason: 'dpop-invalid' }, 'too old at last');
});

t.test('DPoP proofs end once they can not be shown by either clock', async t => {
  const clock = settableClock(start);
  const shown = new ShownProofs(clock);
  await shown.find(proofAt(clock));
  clock.step(-hour);
  await shown.find(proofAt(clock));
  clock.pass(2 * minute);
  await shown.find(proofAt(clock));
  t.equal(shown.size, 2, 'what could still be shown by the wall, and the last');
  clock.pass(hour);
  await shown.find(proofAt(clock));
  t.equal(shown.size, 1);
});

t.test('DPoP proofs that end at the same time by the wall end with the last of them', async t => {
  const clock = settableClock(start);
  const shown = new ShownProofs(clock);
  await shown.find(proofAt(clock));
  clock.pass(hour);
  clock.step(-hour);
  const lookup = proofAt(clock);
  t.match(await shown.find(lookup), { what: 'dpop-proof' });
  clock.step(day);
  await shown.find(proofAt(clock));
  clock.step(-day);
  t.match(await shown.find({ ...lookup, arrival: {} }), replayed);
});

afterEach('a code that counts once', async (t, clock, step) => {
  const store = new MemoryStore(clock);
  const putAll = async (): Promise<void> => {
    for (const key of ['a', 'b', 'c']) await store.put(key, key, clock.wall() + 30 * second, 'alice');
  };
  await putAll();
  t.equal(await store.take('a'), 'a');
  clock.step(step);
  clock.pass(30 * second - 1);
  t.equal(await store.take('a'), null, 'spent');
  t.equal(await store.take('b'), step < 0 ? 'b' : null, 'given out no longer than before');
  clock.pass(1);
  t.equal(await store.take('c'), null, 'over when it was to be');
});

afterEach('codes that nobody takes', async (t, clock, step) => {
  const store = new MemoryStore(clock);
  const put = (n: number) => store.put(`code ${n}`, 'sealed', clock.wall() + 30 * second, 'alice');
  for (let n = 0; n < 128; n += 1) await put(n);
  t.equal(await put(128), 'full');
  clock.step(step);
  clock.pass(30 * second);
  t.equal(await put(129), null, 'take nobody his room for longer');
});

afterEach('a token that hands over once', async (t, clock, step) => {
  const store = new MemoryStore(clock);
  const until = clock.wall() + 10 * minute;
  t.equal(await store.spend('token', until, 'alice'), null);
  clock.step(step);
  for (let n = 1; n < 128; n += 1) await store.spend(`token ${n}`, clock.wall() + minute, 'alice');
  t.equal(await store.spend('more', clock.wall() + minute, 'alice'), 'full', 'which has all forgotten that can be');
  t.equal(await store.spend('token', until, 'alice'), 'known');
  clock.pass(9 * minute);
  clock.step(-step);
  t.equal(await store.spend('token', until, 'alice'), 'known', 'and set right again');
  t.equal(await store.take('token'), null, 'nothing is to be had for it');
  t.equal(await store.spend('token', until, 'alice'), 'known');
  clock.pass(minute);
  t.equal(await store.spend('token', clock.wall() + minute, 'alice'), null);
});

afterEach('a session that was ended', async (t, clock, step) => {
  const store = new MemoryStore(clock);
  await store.end('session');
  clock.step(step);
  clock.pass(day);
  await store.end('another');
  clock.step(-step);
  t.ok(store.hasEnded('session'));
});

afterEach("a hub token's owner, and what was delivered", async (t, clock, step) => {
  let asked = 0;
  const ask = async () => {
    asked += 1;
    return { status: 200, body: Buffer.from('{"kind":"user","name":"alice"}') };
  };
  const ownerOf = openTokenOwners({ ask, baseUrl: '/', clock });
  const book = new Deliveries(clock);
  await ownerOf('secret');
  await ownerOf('secret');
  book.note('alice', clock.wall() + hour);
  t.strictSame([asked, book.isDue('alice')], [1, false]);
  clock.step(step);
  clock.pass(30 * second);
  await ownerOf('secret');
  t.equal(asked, 2, 'asked again');
  clock.pass(30 * second);
  t.ok(book.isDue('alice'), 'due again');
});

/** The hub's answers to who mints, and what was asked of it. */
function mintingHub() {
  const asked: string[] = [];
  const ask: AskHub = async (path, { method = 'GET' }) => {
    asked.push(`${method} ${path}`);
    const made = { token: 'secret', id: 'a1', version: '5.5.4', kind: 'user', name: 'alice' };
    return { status: method === 'POST' ? 201 : 200, body: Buffer.from(JSON.stringify(made)) };
  };
  return { ask, asked, times: (line: string) => asked.filter(each => each === line).length };
}

afterEach('a minted token', async (t, clock, step) => {
  const { ask, times } = mintingHub();
  const outstanding = new OutstandingTokens(clock);
  const minted = new MintedTokens({
    api: new HubApi({ ask, baseUrl: '/', token: 'service' }),
    version: () => askHubVersion(ask, '/'),
    rules: { admins: false, createUsers: false, scopes: [], lifetimeMs: 5 * minute },
    outstanding,
    clock,
  });
  const until = clock.wall() + 3 * day;
  const purpose = { kind: 'api' } as const;
  const lookup = { kind: 'lookup', key: 'k', what: 'minted-token', hubUser: 'alice', purpose, until } as const;
  t.match(await minted.find(lookup), { token: 'secret' });
  t.match(minted.known(lookup), { token: 'secret' });
  clock.step(step);
  clock.pass(5 * minute - 5 * second);
  t.equal(minted.known(lookup), undefined, 'given out no longer than it lives');
  await minted.find(lookup);
  t.equal(times('POST /hub/api/users/alice/tokens'), 2);
  t.equal(times('GET /hub/api'), 2, "the hub's version is asked for again");
});

afterEach('a token that is to be taken back', async (t, clock, step) => {
  let takenBack = 0;
  const takeBack = async (): Promise<void> => {
    takenBack += 1;
  };
  const outstanding = new OutstandingTokens(clock);
  const until = momentIn(minute, clock);
  outstanding.note('one', { hubUser: 'alice', once: false, until, takeBack });
  outstanding.note('two', { hubUser: 'alice', once: false, until, takeBack });
  clock.step(step);
  clock.pass(minute - 1);
  await outstanding.takeBack('one');
  t.equal(takenBack, 1, 'while it may count at the hub');
  clock.pass(1);
  await outstanding.takeBack('two');
  t.equal(takenBack, step < 0 ? 2 : 1);
});

/** One WebSocket of alice's, of which only the end is looked at. */
function socketAt(t: Test, clock: SettableClock, graceMs = 0) {
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  const proofUntil = (expiresAt: number) => ({ credential: 'bearer', issuer: 'lab', expiresAt }) as Proof;
  const inForce = { policy: { webSocketLife: { closeOnExpiry: true, graceMs, pingIntervalMs: 0 } } as Policy };
  const sockets = new OpenSockets({
    inForce: () => ({ ...inForce, findOut: () => Promise.reject(new Error()) }),
    clock,
  });
  const closed: string[] = [];
  const pair = { close: (_code: number, reason: string) => void closed.push(reason), ping: () => 0, unanswered: 0 };
  const peer: Peer = { kind: 'unix' } as Peer;
  const open = (expiresAt: number): void => {
    const admission = { proofs: [proofUntil(expiresAt)], peer, visitor: 'alice', publicPath: null };
    const streams = { ...pair, bytesUp: 0, bytesDown: 0, closed: new Promise<void>(() => undefined) };
    sockets.add(streams, admission, { refusal: undefined });
  };
  const request = (expiresAt: number): void => {
    const place = { public: false, below: '' };
    sockets.prolong(
      { proofs: [proofUntil(expiresAt)], request: { visitor: 'alice', place } } as unknown as Forward,
      peer,
    );
  };
  const look = (): number => {
    mock.timers.tick(250);
    return closed.length;
  };
  return { open, request, look, closed };
}

afterEach('a WebSocket', async (t, clock, step) => {
  const { open, look, closed } = socketAt(t, clock, second);
  open(clock.wall() + minute);
  clock.step(step);
  clock.pass(minute + second - 1);
  t.equal(look(), step < 0 ? 0 : 1, 'open no longer than its proof and the grace');
  clock.pass(1);
  look();
  t.equal(closed[0], 'token-expired');
});

t.test('a WebSocket of a proof that was shown while the clock was ahead is prolonged by the same proof', async t => {
  const clock = settableClock(start + hour);
  const { open, request, look } = socketAt(t, clock);
  const expiresAt = start + hour + 10 * minute;
  open(expiresAt);
  request(expiresAt);
  clock.step(-hour);
  clock.pass(5 * minute);
  request(expiresAt);
  clock.pass(30 * minute);
  t.equal(look(), 0);
  clock.pass(35 * minute);
  t.equal(look(), 1);
});
