/** Browsers without a session are sent to sign in, programs are not; a circle ends on a page that says what is wrong. */
import { test } from 'tap';
import { type Answer, cookiesOf, navigation, openSessionWorld, type SessionWorld, site } from './session-world.ts';

const located = (answer: Answer): URL => new URL(answer.values('location')[0] ?? 'none:');

test('a page that is opened leads to the sign-in, and tells it where to come back to', async t => {
  const world = await openSessionWorld(t);
  const answer = await world.send('/user/alice/lab?reset&x=%2F%C3%A4', { headers: navigation });
  t.equal(answer.status, 302);
  t.same(
    [located(answer).origin, located(answer).searchParams.get('next')],
    [site, 'https://hub.test/user/alice/lab?reset&x=%2F%C3%A4'],
  );
  t.same(answer.values('cache-control'), ['no-store']);
  t.match(answer.values('set-cookie'), [
    /^hubgate-[0-9a-f]{8}-tries=1\.\d+\.[0-9a-f]{8}; Max-Age=60; Path=\/; HttpOnly; SameSite=Lax$/,
  ]);
});

test('nothing that is secret goes along', async t => {
  const world = await openSessionWorld(t);
  for (const query of [
    'token=abc',
    'x=1&code=abc&state=d',
    '_xsrf=2%7C',
    'to%6ben=abc',
    'Token=abc',
    '+token=abc',
    'token%20=abc',
    'access_token=abc',
    'id_token=abc',
    'refresh_token=abc',
    '%2574oken=abc',
    '?token=abc',
    'x=1%26token=abc',
    'next=%2Fuser%2Falice%2Flab%3Ftoken%3Dabc',
    'next=%2Fhub%2Flogin%3Fnext%3D%252Fuser%252Falice%252Flab%253Fx%253D1%2526+Token%253Dabc',
    'next=%2Fuser%2Falice%2Flab%23token%3Dabc',
    'next=%2Fuser%2Falice%2Flab%3Fto%09ken%3Dabc',
  ]) {
    const answer = await world.send(`/user/alice/lab?${query}`, { headers: navigation });
    t.equal(located(answer).searchParams.get('next'), 'https://hub.test/user/alice/lab', query);
  }
  for (const query of ['code_of=a', 'x=token', 'tokens=1', 'next=%2Fhub%2Ftoken%3Fx%3Dcode']) {
    const answer = await world.send(`/user/alice/lab?${query}`, { headers: navigation });
    t.equal(located(answer).searchParams.get('next'), `https://hub.test/user/alice/lab?${query}`, 'others do');
  }
  const begun = await world.send('/hubgate/start?next=%2Fuser%2Falice%2Flab%3Ftoken%3Dabc', { headers: navigation });
  t.equal(
    located(begun).searchParams.get('next'),
    'https://hub.test/user/alice/lab',
    'nor where a sign-in is begun by a link',
  );
  const long = await world.send(`/hub/${'a'.repeat(3000)}`, { headers: navigation });
  t.equal(located(long).searchParams.get('next'), 'https://hub.test/');
});

test('programs, scripts, sockets and forms get their 401', async t => {
  const world = await openSessionWorld(t);
  const html = 'Accept: text/html';
  const asked: readonly [what: string, answer: Promise<Answer>][] = [
    ['a program', world.send('/hub/home')],
    ['a program that takes anything', world.send('/hub/home', { headers: ['Accept: */*'] })],
    ['a script', world.send('/hub/api/user', { headers: [html, 'Sec-Fetch-Mode: cors'] })],
    ['an image', world.send('/hub/logo', { headers: [html, 'Sec-Fetch-Dest: image'] })],
    ['a form', world.send('/hub/spawn', { method: 'POST', headers: [html], body: '' })],
    ['who am I', world.send('/hubgate/session', { headers: navigation })],
  ];
  for (const [what, answer] of asked)
    t.same([(await answer).status, (await answer).values('location')], [401, []], what);
  const wrong = await world.send('/hub/home', { headers: [...navigation, 'Authorization: Bearer a.b.c'] });
  t.equal(wrong.status, 401, 'nor does a token that is no good');
});

test('without loginUrl it is a 401 page', async t => {
  const world = await openSessionWorld(t, { loginUrl: '' });
  const answer = await world.send('/hub/home', { headers: navigation });
  t.equal(answer.status, 401);
  t.match(answer.body, /<h1>Please sign in</);
  t.equal((await world.send('/hubgate/start')).reason, 'path-reserved');
});

/** Goes where it is sent, until it is not sent any more; `back` is what the site does each time. */
async function around(
  world: SessionWorld,
  way: { readonly headers?: readonly string[]; readonly host?: string },
  back: () => Promise<string[]> = async () => [],
): Promise<{ turns: number; page: string }> {
  let kept: string[] = [];
  for (let turns = 0; turns < 10; turns += 1) {
    const cookies = kept.length === 0 ? [] : [`Cookie: ${kept.join('; ')}`];
    const answer = await world.send('/hub/home', {
      ...way,
      headers: [...navigation, ...(way.headers ?? []), ...cookies],
    });
    if (answer.status !== 302) return { turns, page: answer.body };
    kept = [...cookiesOf(answer), ...(await back())];
  }
  throw new Error('round and round');
}

test('the same redirect three times ends on a page that says what is wrong', async t => {
  const world = await openSessionWorld(t, {}, { publicAliases: ['other.test'] });
  const handOver = async (): Promise<Answer> => world.post('/hubgate/session', { token: world.lab.token('alice') });
  const plain = (answer: Answer): string[] => cookiesOf(answer).filter(cookie => !cookie.startsWith('__Host-'));
  const causes: readonly [
    what: string,
    way: Parameters<typeof around>[1],
    says: RegExp,
    back?: () => Promise<string[]>,
  ][] = [
    ['a site that only sends back', {}, /cookie: the site at session\.loginUrl sent the browser back/],
    [
      'a browser that keeps no cookie of ours',
      {},
      /cookie: the user was handed over, but the browser keeps no cookie/,
      async () => plain(await handOver()),
    ],
    [
      'a cookie that does not hold',
      {},
      /clock: the cookie came back/,
      async () => cookiesOf(await handOver()).map(cookie => cookie.replace(/^(__Host-[^=]*)=.*/, '$1=x')),
    ],
    ['a proxy that speaks http', { headers: ['X-Forwarded-Proto: http'] }, /scheme: the proxy in front says/],
    ['another name of the same place', { host: 'other.test' }, /host: the address is not that of publicUrl/],
  ];
  for (const [what, way, says, back] of causes) {
    const { turns, page } = await around(world, way, back);
    t.equal(turns, 3, what);
    t.match(page, says, what);
    t.match(page, /<h1>Signing in goes round in circles</, what);
  }
});

test('other pages, and the same one later, begin to count anew', async t => {
  const world = await openSessionWorld(t);
  const first = await world.send('/hub/home', { headers: navigation });
  const [tries = ''] = cookiesOf(first);
  const third = tries.replace(/=1/, '=3');
  const ask = async (path: string, cookie: string): Promise<number> =>
    (await world.send(path, { headers: [...navigation, `Cookie: ${cookie}`] })).status;
  t.equal(await ask('/hub/home', third), 401);
  t.equal(await ask('/hub/spawn', third), 302);
  t.equal(await ask('/hub/home', third.replace(/\.\d+\./, `.${Date.now() - 61_000}.`)), 302);
  t.equal(
    await ask('/hub/home', third.replace(/\.\d+\./, `.${Date.now() + 61_000}.`)),
    302,
    'a clock that was set back',
  );
  t.equal(await ask('/hub/home', third.replace(/=.*/, '=9999')), 302, 'no count at all');
});

test("a page's script that looks for its kernel is told to come again, and nobody else", async t => {
  const world = await openSessionWorld(t);
  const kernel = '/user/alice/api/kernels/0f7f9d5e-4c4b-4c49-9f0d-3f1a2b3c4d5e';
  const ask = async (path: string, headers: readonly string[], method = 'GET'): Promise<string> => {
    const { status, reason } = await world.send(path, { method, headers: ['Accept: application/json', ...headers] });
    return `${status} ${reason}`;
  };
  const script = 'Sec-Fetch-Mode: cors';
  t.equal(await ask(kernel, [script]), '503 session-awaited');
  t.equal(await ask(`${kernel}?1764000000`, ['Sec-Fetch-Mode: same-origin']), '503 session-awaited');
  t.equal(await ask(kernel, [script, 'Authorization: token 0123456789abcdef']), '503 session-awaited');
  t.equal(await ask(kernel, []), '401 credential-missing', 'a program');
  t.equal(await ask(kernel, ['Sec-Fetch-Mode: navigate']), '401 credential-missing', 'a page itself');
  t.equal(await ask(kernel, [script, 'Sec-Fetch-Mode: navigate']), '401 credential-missing');
  t.equal(await ask(kernel, [script], 'DELETE'), '401 credential-missing');
  t.equal(await ask(`${kernel}/interrupt`, [script]), '401 credential-missing');
  t.equal(await ask('/user/alice/api/kernels', [script]), '401 credential-missing');
  t.equal(await ask(`/hub/api/x?${kernel}`, [script]), '401 credential-missing');
  t.match(
    await ask(kernel, [script, 'Authorization: Bearer a.b.c']),
    /^401 token-malformed/,
    'a bad token is a bad token',
  );
  t.same(world.hub.take(), [], 'nothing goes up');
});
