/** A browser on hosts of users: each has a session of its own, which publicUrl's gives it and which ends with that one. */
import { type Test, test } from 'tap';
import {
  type Answer,
  cookiesOf,
  navigation,
  openSessionWorld,
  type SessionWorld,
  sessionOf,
  site,
} from './session-world.ts';

const host = 'alice.hub.test';
const page = '/user/alice/lab?reset';

const locationOf = (answer: Answer): URL => new URL(answer.values('location')[0] ?? 'about:blank');
const openWorld = (t: Parameters<typeof openSessionWorld>[0], session = {}): Promise<SessionWorld> =>
  openSessionWorld(t, session, { userHosts: '*.hub.test' });

/** Hands a user over at publicUrl and gives the cookie. */
async function handOver(world: SessionWorld, user: string, next = '/hub/home'): Promise<string> {
  return sessionOf(await world.post('/hubgate/session', { token: world.lab.token(user), next }));
}

const get = (world: SessionWorld, at: string, path: string, ...cookies: readonly string[]): Promise<Answer> =>
  world.send(path, {
    host: at,
    headers: [...navigation, ...(cookies.length > 0 ? [`Cookie: ${cookies.join('; ')}`] : [])],
  });

interface Visit {
  /** What the host gave the browser when it sent it away. */
  readonly cookies: readonly string[];
  readonly code: URL;
}

/** From the host to publicUrl and to where it leads. */
async function beginVisit(world: SessionWorld, session: string, at = host, path = page): Promise<Visit> {
  const sent = await get(world, at, path);
  const start = locationOf(sent);
  const answer = await get(world, start.host, start.pathname + start.search, session);
  return { cookies: cookiesOf(sent), code: locationOf(answer) };
}

const enter = (world: SessionWorld, { code, cookies }: Visit, at = code.host): Promise<Answer> =>
  get(world, at, code.pathname + code.search, ...cookies);

async function visit(world: SessionWorld, session: string, at = host, path = page): Promise<string> {
  return sessionOf(await enter(world, await beginVisit(world, session, at, path)));
}

test('a browser goes to a host and comes back with a session for that host alone', async t => {
  const world = await openWorld(t);
  const session = await handOver(world, 'alice');
  const sent = await get(world, host, page);
  t.equal(sent.status, 302);
  const start = locationOf(sent);
  t.strictSame(
    [start.origin, start.pathname, start.searchParams.get('host')],
    ['https://hub.test', '/hubgate/start', host],
  );
  t.match(sent.values('set-cookie'), [
    /^__Host-Http-hubgate-.*-nonce=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    /-tries=1/,
  ]);
  const given = await get(world, 'hub.test', start.pathname + start.search, session);
  const code = locationOf(given);
  t.strictSame([given.status, code.origin, code.pathname], [302, `https://${host}`, '/hubgate/enter']);
  t.strictSame(given.values('set-cookie'), [], 'publicUrl sets no cookie for it');
  const entered = await enter(world, { code, cookies: cookiesOf(sent) });
  t.strictSame([entered.status, entered.values('location')], [303, [page]]);
  t.match(entered.values('set-cookie')[0], /^__Host-hubgate-[0-9a-f]{8}=\S+; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  const own = sessionOf(entered);
  world.hub.take();
  t.equal((await get(world, host, page, own)).status, 200);
  const head = world.hub.take().flatMap(request => request.head);
  t.match(head, [`GET ${page} HTTP/1.1`, `Host: ${host}`]);
  t.notOk(
    head.some(line => /^(?:Cookie|Remote-User):/i.test(line)),
    'users\u2019 code gets neither the cookie nor the user\u2019s name',
  );
  for (const [at, cookie] of [
    [host, session],
    ['bob.hub.test', own],
    ['hub.test', own],
  ] as const)
    t.equal((await world.send('/user/alice/x', { host: at, headers: [`Cookie: ${cookie}`] })).status, 401, at);
  await assertRefused(t, await enter(world, { code, cookies: cookiesOf(sent) }), 'a code counts once');
});

/** Refused, at an address without the code. */
async function assertRefused(t: Test, answer: Answer, what: string): Promise<void> {
  t.same([answer.status, answer.values('location')], [303, ['/hubgate/enter']], what);
  t.notOk(
    answer.values('set-cookie').some(line => line.startsWith('__Host-')),
    what,
  );
}

test('a code is for one host and one browser', async t => {
  const world = await openWorld(t);
  const session = await handOver(world, 'alice');
  const stolen = await beginVisit(world, session);
  await assertRefused(t, await enter(world, { ...stolen, cookies: [] }), 'another browser');
  await assertRefused(t, await enter(world, stolen), 'which has used it up for whoever reads it there (S4)');
  const page = await get(world, host, '/hubgate/enter');
  t.match([page.status, page.body], [403, /Please sign in again/]);
  const first = await beginVisit(world, session);
  await assertRefused(t, await enter(world, first, 'bob.hub.test'), 'another host, and the code is used up');
  await assertRefused(t, await enter(world, first), 'as here');
  const second = await beginVisit(world, session);
  await assertRefused(t, await enter(world, second, 'hub.test'), 'publicUrl');
  const token = world.lab.token('alice');
  const { body } = await world.send('/hubgate/code', { method: 'POST', headers: [`Authorization: Bearer ${token}`] });
  const { code } = JSON.parse(body) as { code: string };
  const third = await beginVisit(world, session);
  third.code.searchParams.set('code', code);
  await assertRefused(t, await enter(world, third), "nor is a server's code for publicUrl good here");
});

test('it leads nowhere else', async t => {
  const world = await openWorld(t);
  const session = await handOver(world, 'alice');
  const sent = await get(world, host, page);
  const [proper = ''] = (locationOf(sent).searchParams.get('state') ?? '').split('.');
  for (const [next, target] of [
    ['//evil', 'https://hub.test/'],
    ['https://evil/x', 'https://hub.test/'],
    ['https://bob.hub.test/x', 'https://hub.test/'],
    ['/user/alice/lab', '/user/alice/lab'],
  ] as const) {
    const state = `${proper}.${Buffer.from(next).toString('base64url')}`;
    const given = await get(world, 'hub.test', `/hubgate/start?host=${host}&state=${state}`, session);
    const entered = await enter(world, { code: locationOf(given), cookies: cookiesOf(sent) });
    t.strictSame(entered.values('location'), [target], next);
    const unknown = await get(
      world,
      'hub.test',
      `/hubgate/start?host=${host}&state=${proper}.${Buffer.from(`@${next}`).toString('base64url')}`,
    );
    t.equal(locationOf(unknown).searchParams.get('next'), 'https://hub.test/', `without a session: @${next}`);
  }
  for (const path of ['/hub/home?x=1', '/hub/logout', '/hub/login?next=%2Fhub%2Fhome'])
    t.strictSame((await get(world, host, path)).values('location'), [`https://hub.test${path}`], path);
  t.strictSame((await get(world, host, '/hub/login?next=//evil')).values('location'), [
    'https://hub.test/hub/login?next=%2Fhub%2Fhome',
  ]);
  t.strictSame(world.hub.take(), [], 'and nothing of it reaches the hub');
});

test('who has no session signs in first, and comes to the host from there', async t => {
  const world = await openWorld(t);
  const { code: login } = await beginVisit(world, 'nothing=1');
  t.strictSame([login.origin, login.searchParams.get('next')], [site, `https://${host}${page}`]);
  const entered = await world.post('/hubgate/session', {
    token: world.lab.token('alice'),
    next: login.searchParams.get('next') ?? '',
  });
  t.strictSame([entered.status, entered.values('location')], [303, [`https://${host}${page}`]]);
  const without = await openWorld(t, { loginUrl: '' });
  const refused = await beginVisit(without, 'nothing=1');
  t.equal(refused.code.href, 'about:blank', 'without a place to sign in that ends on a page');
});

test('programs and scripts on a host are told 401', async t => {
  const world = await openWorld(t);
  for (const headers of [[], ['Accept: */*'], [...navigation.slice(0, 1), 'Sec-Fetch-Mode: cors']])
    t.equal((await world.send(page, { host, headers })).status, 401);
});

test('it ends with the session at publicUrl', async t => {
  const world = await openWorld(t);
  const session = await handOver(world, 'alice');
  const own = await visit(world, session);
  const other = await visit(world, session, 'bob.hub.test', '/user/bob/lab');
  const status = async (at: string, cookie: string): Promise<number> =>
    (await world.send('/user/alice/x', { host: at, headers: [`Cookie: ${cookie}`] })).status;
  t.strictSame([await status(host, own), await status('bob.hub.test', other)], [200, 200]);
  const out = await world.post('/hubgate/logout', {}, [`Cookie: ${session}`]);
  t.ok(
    out.values('set-cookie').some(line => /^jupyterhub-session-id=; .*; Domain=hub\.test$/.test(line)),
    'and what the hub has set for every host goes',
  );
  t.strictSame([await status(host, own), await status('bob.hub.test', other)], [401, 401]);
  const again = await visit(world, await handOver(world, 'alice'));
  t.equal(await status(host, again), 200);
  const replaced = await handOver(world, 'alice');
  const before = await visit(world, replaced);
  await world.post('/hubgate/session', { token: world.lab.token('bob') }, [...navigation, `Cookie: ${replaced}`]);
  t.equal(await status(host, before), 401, 'another user of the same browser');
});

test('two tabs that come at the same time end nothing', async t => {
  const world = await openWorld(t);
  const session = await handOver(world, 'alice');
  const first = await beginVisit(world, session);
  const second = await beginVisit(world, session);
  const own = sessionOf(await enter(world, first));
  const entered = await enter(world, { ...second, cookies: [...second.cookies, own] });
  t.equal(entered.status, 303);
  t.equal((await get(world, host, page, sessionOf(entered))).status, 200);
  t.equal((await get(world, 'hub.test', '/hub/home', session)).status, 200);
});

test('a browser that keeps no cookie there is told so', async t => {
  const world = await openWorld(t);
  const session = await handOver(world, 'alice');
  let tries: readonly string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const sent = await get(world, host, page, ...tries);
    t.equal(sent.status, 302);
    tries = cookiesOf(sent).filter(cookie => cookie.includes('-tries='));
    const code = locationOf(await get(world, 'hub.test', locationOf(sent).pathname + locationOf(sent).search, session));
    tries = [
      ...tries,
      ...cookiesOf(await enter(world, { code, cookies: cookiesOf(sent) })).filter(each => each.includes('-handed=')),
    ];
  }
  const ended = await get(world, host, page, ...tries);
  t.equal(ended.status, 401);
  t.match(ended.body, /cookie: the user was handed over, but the browser keeps no cookie/);
});

test("the start page that a page names is publicUrl's: users' hosts have none", async t => {
  const named = async (world: SessionWorld, at: string, path: string): Promise<string[]> => {
    const { status, body } = await get(world, at, path);
    t.equal(status, 404);
    return [...body.matchAll(/<a href="([^"]*)">start page<\/a>/g)].map(([, href = '']) => href);
  };
  const world = await openWorld(t);
  t.strictSame(await named(world, host, '/nowhere'), ['https://hub.test/']);
  t.strictSame(await named(world, 'hub.test', '/hubgate/nowhere'), ['https://hub.test/']);
  const plain = await openSessionWorld(t, {}, { publicAliases: ['intern.test'] });
  t.strictSame(await named(plain, 'intern.test', '/hubgate/nowhere'), ['/'], 'an alias keeps its name');
});
