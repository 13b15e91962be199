/** Tokens that the hub mints for proofs, against a stand-in for its API that says what hubs of several versions say. */

import { test } from 'tap';
import { momentAt } from '../../src/clock.ts';
import type { MintedTokenLookup, TokenPurpose } from '../../src/gate/lookups.ts';
import { type ExchangeRules, MintedTokens } from '../../src/hub/minted-tokens.ts';
import { OutstandingTokens } from '../../src/hub/outstanding-tokens.ts';
import { type AskHub, HubApi } from '../../src/hub/rest-api.ts';
import { askHubVersion } from '../../src/hub/version.ts';
import { clockBy } from '../clock/settable-clock.ts';

type Answer = { readonly status: number; readonly json?: unknown } | Error;
type Answers = Readonly<Record<string, Answer | ((json: unknown) => Answer)>>;

const start = 1_000_000;

/** Answers by `METHOD path`; what stands nowhere is 404. */
function worldOf(answers: Answers, rules: Partial<ExchangeRules> = {}) {
  const asked: string[] = [];
  const world = { now: start, asked };
  const ask: AskHub = async (path, { method = 'GET', headers, json }) => {
    const { Authorization: shown = 'token service' } = headers;
    const token = shown === 'token service' ? '' : ` as ${shown}`;
    asked.push(`${method} ${path}${token}${json === undefined ? '' : ` ${JSON.stringify(json)}`}`);
    const found = answers[`${method} ${path}`] ?? { status: 404 };
    const answer = typeof found === 'function' ? found(json) : found;
    if (answer instanceof Error) throw answer;
    return { status: answer.status, body: Buffer.from(JSON.stringify(answer.json ?? null)) };
  };
  const api = new HubApi({ ask, baseUrl: '/jh/', token: 'service' });
  const all = { admins: false, createUsers: false, scopes: [], lifetimeMs: 300_000, ...rules };
  const version = () => askHubVersion(ask, '/jh/');
  const clock = clockBy(() => world.now);
  const outstanding = new OutstandingTokens(clock);
  const anew = (): MintedTokens => new MintedTokens({ api, version, rules: all, outstanding, clock });
  const minted = anew();
  const move = (ms: number): void => {
    world.now += ms;
  };
  return { asked, minted, outstanding, anew, move };
}

function lookup(purpose: TokenPurpose = { kind: 'api' }, until = start + 3_600_000): MintedTokenLookup {
  const key = JSON.stringify(purpose);
  return { kind: 'lookup', key, what: 'minted-token', hubUser: 'alice', purpose, until };
}

const modern: Answers = {
  'GET /jh/hub/api': { status: 200, json: { version: '5.5.4' } },
  'POST /jh/hub/api/users/alice/tokens': { status: 201, json: { token: 'secret', id: 'a1' } },
  'GET /jh/hub/api/user': { status: 200, json: { kind: 'user', name: 'alice' } },
};
const note = 'hubgate: exchanged for a proof';
const mint = (seconds: number, scopes: readonly string[]): string =>
  `POST /jh/hub/api/users/alice/tokens ${JSON.stringify({ expires_in: seconds, note, scopes })}`;

/** Each one another. */
function severalTokens(): Answers {
  let made = 0;
  const numbered = (): Answer => {
    made += 1;
    return { status: 201, json: { token: `secret${made}`, id: `a${made}` } };
  };
  return { ...modern, 'POST /jh/hub/api/users/alice/tokens': numbered };
}

/** `self` of JupyterHub 5, without `tokens`: a token that may make tokens makes some that can do more. */
const shares = ['users:shares!user', 'read:shares!user'];
const own = [
  'read:users!user',
  'read:tokens!user',
  'users:activity!user',
  'servers!user',
  'access:servers!user',
  ...shares,
];

test('a token is asked for once, and its owner looked at', async t => {
  const { minted, asked, move } = worldOf(modern);
  t.equal(minted.known(lookup()), undefined);
  const found = await Promise.all([minted.find(lookup()), minted.find(lookup()), minted.find(lookup())]);
  t.same(found, Array(3).fill({ what: 'minted-token', token: 'secret' }));
  t.same(minted.known(lookup()), { what: 'minted-token', token: 'secret' });
  t.same(asked, ['GET /jh/hub/api', mint(300, own), 'GET /jh/hub/api/user as token secret']);
  move(294_000);
  t.ok(minted.known(lookup()));
  move(1_500);
  t.equal(minted.known(lookup()), undefined, 'not so close to its end');
  await minted.find(lookup());
  t.equal(asked.filter(line => line.startsWith('POST')).length, 2);
});

test('it does not outlive the proof', async t => {
  for (const [rest, seconds] of [
    [3_600_000, 300],
    [42_900, 42],
    [400, 1],
  ] as const) {
    const { minted, asked, move } = worldOf(modern);
    await minted.find(lookup({ kind: 'api' }, start + rest));
    t.equal(asked[1], mint(seconds, own));
    move(seconds * 1000);
    t.equal(minted.known(lookup()), undefined);
  }
});

const purposes: readonly (readonly [
  title: string,
  purpose: TokenPurpose,
  rules: Partial<ExchangeRules>,
  scopes: string[],
])[] = [
  ['an admin', { kind: 'api' }, { admins: true }, ['inherit']],
  [
    'chosen scopes',
    { kind: 'api' },
    { admins: true, scopes: ['read:users', 'servers!user'] },
    ['read:users', 'servers!user'],
  ],
  ['a service', { kind: 'service', owner: 'who' }, { scopes: ['read:users'] }, ['access:services!service=who']],
  ['the default server', { kind: 'server', owner: 'bob', segment: '' }, {}, ['access:servers!server=bob/']],
  ['a path of it', { kind: 'server', owner: 'bob', segment: 'tree' }, {}, ['access:servers!server=bob/']],
  [
    'a named server',
    { kind: 'server', owner: 'bob', segment: 'lab' },
    { admins: true },
    ['access:servers!server=bob/lab'],
  ],
  [
    'a path that no server has as its name',
    { kind: 'server', owner: 'bob', segment: 'a!b' },
    {},
    ['access:servers!server=bob/'],
  ],
];

test('scopes by purpose', async t => {
  const bob = { 'GET /jh/hub/api/users/bob': { status: 200, json: { admin: false, servers: { '': {}, lab: {} } } } };
  for (const [title, purpose, rules, scopes] of purposes) {
    const { minted, asked } = worldOf({ ...modern, ...bob }, rules);
    t.match(await minted.find(lookup(purpose)), { token: 'secret' }, title);
    t.ok(asked.includes(mint(300, scopes)), title);
  }
  for (const owner of ['a!user', 'a=b', 'a,b', 'a/b', 'a b', 'a%2fb', '']) {
    const { minted, asked } = worldOf(modern);
    t.match(await minted.find(lookup({ kind: 'service', owner })), { reason: 'not-allowed' }, JSON.stringify(owner));
    t.notOk(
      asked.some(line => line.startsWith('POST')),
      'nothing is minted',
    );
  }
});

test('a hub without shares', async t => {
  const { minted, asked } = worldOf({ ...modern, 'GET /jh/hub/api': { status: 200, json: { version: '4.1.6' } } });
  t.match(await minted.find(lookup()), { token: 'secret' });
  t.ok(
    asked.includes(
      mint(
        300,
        own.filter(scope => !shares.includes(scope)),
      ),
    ),
  );
});

for (const version of ['0.9.6', '2.3.1'])
  test(`hub ${version}, which takes no scopes with a request for a token`, async t => {
    const old = { ...modern, 'GET /jh/hub/api': { status: 200, json: { version } } };
    const model = (admin: boolean): Answers => ({
      ...old,
      'GET /jh/hub/api/users/alice': { status: 200, json: { admin } },
    });
    const plain = worldOf(model(false));
    t.match(await plain.minted.find(lookup()), { token: 'secret' });
    t.ok(plain.asked.includes(`POST /jh/hub/api/users/alice/tokens ${JSON.stringify({ expires_in: 300, note })}`));
    t.match(await worldOf(model(true)).minted.find(lookup()), { reason: 'not-allowed' }, 'an admin would get all');
    t.match(
      await worldOf(model(true), { admins: true }).minted.find(lookup()),
      { token: 'secret' },
      'unless that is meant',
    );
    for (const purpose of [
      { kind: 'service', owner: 'who' },
      { kind: 'server', owner: 'alice', segment: '' },
    ] as const) {
      const { minted, asked } = worldOf(model(false), { admins: true });
      t.match(await minted.find(lookup(purpose)), { reason: 'not-allowed' }, 'user code must not hold it');
      t.notOk(asked.some(line => line.startsWith('POST')));
    }
  });

test('a hub that does not say its version is asked again by the next, and makes no token meanwhile', async t => {
  for (const silent of [{ status: 200, json: {} }, { status: 500 }, new Error('gone')]) {
    let said: Answer = silent;
    const { minted, asked } = worldOf({ ...modern, 'GET /jh/hub/api': () => said });
    t.match(await minted.find(lookup()), { reason: 'hub-unreachable' });
    t.notOk(asked.some(line => line.startsWith('POST')));
    said = { status: 200, json: { version: '6.1.1' } };
    t.match(await minted.find(lookup()), { token: 'secret' });
  }
});

test('users that the hub does not know', async t => {
  for (const status of [403, 404]) {
    const unknown = { ...modern, 'POST /jh/hub/api/users/alice/tokens': { status } };
    t.match(await worldOf(unknown).minted.find(lookup()), { reason: 'hub-user-unknown' });
    const login = await worldOf(unknown).minted.find(lookup({ kind: 'login' }));
    t.match(login, { reason: 'hub-user-unknown', detail: /^this authenticator wants one of the first login, too: / });
    const known = { ...unknown, 'GET /jh/hub/api/users/alice': { status: 200, json: { admin: false } } };
    t.match(
      await worldOf(known).minted.find(lookup()),
      { reason: 'exchange-failed', detail: /403|404/ },
      'the service may not',
    );
  }
  let users = 0;
  const making: Answers = {
    ...modern,
    'POST /jh/hub/api/users/alice/tokens': () => ({
      status: users === 0 ? 403 : 201,
      json: { token: 'secret', id: 'a1' },
    }),
    'POST /jh/hub/api/users/alice': () => {
      users += 1;
      return { status: 201 };
    },
  };
  t.match(await worldOf(making, { createUsers: true }).minted.find(lookup()), { token: 'secret' });
  const { minted } = worldOf({ ...making, 'POST /jh/hub/api/users/alice': { status: 403 } }, { createUsers: true });
  users = 0;
  t.match(await minted.find(lookup()), { reason: 'exchange-failed' });
});

test('a refusal is remembered for a moment, unless it may be over at once', async t => {
  const cases: readonly (readonly [answers: Answers, reason: string, questions: number])[] = [
    [{ 'POST /jh/hub/api/users/alice/tokens': { status: 400 } }, 'not-allowed', 1],
    [{ 'POST /jh/hub/api/users/alice/tokens': { status: 500 } }, 'exchange-failed', 1],
    [{ 'POST /jh/hub/api/users/alice/tokens': { status: 201, json: { id: 'a1' } } }, 'exchange-failed', 1],
    [{ 'POST /jh/hub/api/users/alice/tokens': { status: 404 } }, 'hub-user-unknown', 2],
    [{ 'POST /jh/hub/api/users/alice/tokens': new Error('refused') }, 'hub-unreachable', 2],
  ];
  for (const [answers, reason, questions] of cases) {
    const { minted, asked, move } = worldOf({ ...modern, ...answers });
    t.match(await minted.find(lookup()), { reason });
    t.match(await minted.find(lookup()), { reason });
    const posts = (): number => asked.filter(line => line.startsWith('POST')).length;
    t.equal(posts(), questions, reason);
    move(5_000);
    await minted.find(lookup());
    t.equal(posts(), questions + 1, `${reason}, later`);
  }
});

test("a token that is not the user's is taken back", async t => {
  for (const owner of [{ kind: 'user', name: 'bob' }, { kind: 'service', name: 'alice' }, {}]) {
    const { minted, asked } = worldOf({ ...modern, 'GET /jh/hub/api/user': { status: 200, json: owner } });
    t.match(await minted.find(lookup()), { reason: 'exchange-failed' });
    t.ok(asked.includes('DELETE /jh/hub/api/users/alice/tokens/a1'));
  }
});

test("a user's tokens are taken back together", async t => {
  const { minted, asked } = worldOf(severalTokens());
  await minted.find(lookup());
  await minted.find(lookup({ kind: 'service', owner: 'who' }));
  const others = { ...lookup(), hubUser: 'bob', key: 'bob' };
  t.match(await minted.find(others), { reason: 'hub-user-unknown' });
  await minted.revoke('alice');
  t.same(asked.slice(-2), ['DELETE /jh/hub/api/users/alice/tokens/a1', 'DELETE /jh/hub/api/users/alice/tokens/a2']);
  t.equal(minted.known(lookup()), undefined);
  t.same(await minted.find(lookup()), { what: 'minted-token', token: 'secret3' }, 'a new proof has a new one');
});

test('a login has a token of its own, which is taken back', async t => {
  const login = lookup({ kind: 'login' });
  const { minted, outstanding, asked } = worldOf({
    ...modern,
    'GET /jh/hub/api/users/alice': { status: 200, json: { admin: true } },
  });
  const found = await Promise.all([minted.find(login), minted.find(login)]);
  t.same(found, Array(2).fill({ what: 'minted-token', token: 'secret' }));
  t.equal(asked.filter(line => line === mint(60, ['read:users:name!user'])).length, 2, 'two logins, two tokens');
  t.equal(minted.known(login), undefined, 'none is given out again');
  await minted.revoke('alice');
  t.equal(asked.filter(line => line.startsWith('DELETE')).length, 0, 'a login under way outlives a logout elsewhere');
  await outstanding.takeBack('secret');
  await outstanding.takeBack('secret');
  t.equal(asked.filter(line => line.startsWith('DELETE')).length, 1);
  const old = worldOf({ ...modern, 'GET /jh/hub/api': { status: 200, json: { version: '0.9.6' } } });
  t.match(await old.minted.find(login), { token: 'secret' }, 'also of an admin: it goes to the hub alone');
});

test('after a reload the tokens of before are taken back all the same, and none is given out again', async t => {
  const { minted, anew, asked, move } = worldOf(severalTokens());
  await minted.find(lookup());
  const next = anew();
  t.equal(next.known(lookup()), undefined);
  await next.find(lookup());
  const deleted = (): string[] => asked.filter(line => line.startsWith('DELETE'));
  await next.revoke('bob');
  t.same(deleted(), []);
  await next.revoke('alice');
  t.same(deleted(), ['DELETE /jh/hub/api/users/alice/tokens/a1', 'DELETE /jh/hub/api/users/alice/tokens/a2']);
  await next.find(lookup());
  move(300_000);
  await anew().revoke('alice');
  t.equal(deleted().length, 2, 'what has ended by itself is left alone');
});

test('a token that a logout finds under way is taken back', async t => {
  const answered = Promise.withResolvers<void>();
  const { minted, asked } = worldOf(modern);
  const found = minted.find(lookup());
  const revoked = minted.revoke('alice').then(() => answered.resolve());
  await Promise.all([found, revoked, answered.promise]);
  t.equal(asked.at(-1), 'DELETE /jh/hub/api/users/alice/tokens/a1');
});

test('of the tokens to take back the oldest are forgotten first', async t => {
  const takenBack: number[] = [];
  const clock = clockBy(() => start);
  const outstanding = new OutstandingTokens(clock);
  for (let at = 0; at < 8193; at += 1)
    outstanding.note(`secret${at}`, {
      hubUser: 'alice',
      once: false,
      until: momentAt(start + 1, clock),
      takeBack: async () => void takenBack.push(at),
    });
  await outstanding.takeBack('secret0');
  await outstanding.takeBack('secret1');
  t.same(takenBack, [1]);
  await outstanding.takeBackAll('alice');
  t.equal(takenBack.length, 8192);
});
