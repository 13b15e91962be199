/** The hand-off from the primary site through a real gate: form, code, who am I, logout; what a browser or a stranger may not do. */
import { randomBytes } from 'node:crypto';
import { test } from 'tap';
import { makeKey } from '../../identity/token-maker.ts';
import {
  type Answer,
  cookiesOf,
  navigation,
  openSessionWorld,
  type SessionWorld,
  sessionOf,
  site,
} from './session-world.ts';

const cookieForm =
  /^__Host-hubgate-[0-9a-f]{8}=[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/;

let serial = 0;

/** A token that nobody has used. */
function tokenOf(world: SessionWorld, user: string, claims: Readonly<Record<string, unknown>> = {}): string {
  serial += 1;
  return world.lab.token(user, { jti: `t-${serial}`, sub: `s-${user}`, ...claims });
}

/** The Cookie line of a user who has been handed over. */
async function handedOver(world: SessionWorld, user: string, claims = {}): Promise<string> {
  const answer = await world.post('/hubgate/session', { token: tokenOf(world, user, claims) });
  return `Cookie: ${sessionOf(answer)}`;
}

test('a form of the primary site hands a user over, and the browser goes to where it wanted', async t => {
  const world = await openSessionWorld(t);
  const token = tokenOf(world, 'alice');
  const answer = await world.post('/hubgate/session', { token, next: '/hub/spawn?x=1' });
  t.same(
    [answer.status, answer.values('location'), answer.values('cache-control')],
    [303, ['/hub/spawn?x=1'], ['no-store']],
  );
  const [line = '', ...more] = answer.values('set-cookie');
  t.match(line, cookieForm);
  t.match(more, [/^hubgate-[0-9a-f]{8}-handed=1; Max-Age=60; Path=\/; HttpOnly; SameSite=Lax$/]);
  t.notOk(line.includes(token), 'never the token');
  t.same(world.hub.take(), [], 'the hub hears nothing of it');
  t.equal(await world.hubSees([`Cookie: ${sessionOf(answer)}`]), 'alice');
});

test('next leads nowhere else', async t => {
  const world = await openSessionWorld(t, {}, {});
  for (const next of ['https://evil.test/', '//evil.test', '/\\evil.test', 'javascript:alert(1)', '']) {
    const answer = await world.post('/hubgate/session', { token: tokenOf(world, 'alice'), next });
    t.same(answer.values('location'), ['/'], next);
  }
});

test('a program is told in JSON, and a page of the site may read it', async t => {
  const world = await openSessionWorld(t);
  const headers = [`Authorization: Bearer ${tokenOf(world, 'alice')}`, `Origin: ${site}`];
  const answer = await world.send('/hubgate/session', { method: 'POST', headers });
  t.equal(answer.status, 200);
  t.match(JSON.parse(answer.body), { user: 'alice', next: '/' });
  t.same(answer.values('access-control-allow-origin'), [site]);
  t.match(answer.values('set-cookie')[0], cookieForm);
  const asked = await world.send('/hubgate/session', { method: 'OPTIONS', headers: [`Origin: ${site}`] });
  t.same([asked.status, asked.values('access-control-allow-origin')], [204, [site]]);
  const other = await world.send('/hubgate/session', { method: 'OPTIONS', headers: ['Origin: https://evil.test'] });
  t.same([other.status, other.reason], [403, 'handoff-refused']);
});

test('who may hand over', async t => {
  const world = await openSessionWorld(t);
  const origins: readonly [origin: string | null, says: RegExp][] = [
    ['https://evil.test', /not in session\.handoff\.origins/],
    ['https://hub.test', /not in session\.handoff\.origins/],
    ['http://www.test', /not in session\.handoff\.origins/],
    ['null', /sandboxed frame/],
    [null, /no Origin/],
  ];
  for (const [origin, says] of origins) {
    const answer = await world.post('/hubgate/session', { token: tokenOf(world, 'mallory') }, [], origin);
    t.same([answer.status, answer.reason], [403, 'handoff-refused'], String(origin));
    t.match(answer.body, says);
    t.same(answer.values('set-cookie'), []);
  }
});

test('what is no good in a form', async t => {
  const world = await openSessionWorld(t);
  const good = tokenOf(world, 'alice');
  const refusals: readonly [what: string, answer: Promise<Answer>, reason: string][] = [
    ['no token', world.post('/hubgate/session', { next: '/hub/home' }, []), 'credential-missing'],
    ['what is no token', world.post('/hubgate/session', { token: 'a b' }, []), 'token-malformed'],
    ['a line end', world.post('/hubgate/session', { token: 'a\r\nRemote-User: root' }, []), 'token-malformed'],
    [
      'a stranger\u2019s',
      world.post('/hubgate/session', { token: world.lab.token('root', {}, makeKey('RS256')) }, []),
      'token-signature',
    ],
    [
      'one that is over',
      world.post('/hubgate/session', { token: tokenOf(world, 'a', { exp: 1 }) }, []),
      'token-expired',
    ],
    [
      'a bound one',
      world.post('/hubgate/session', { token: tokenOf(world, 'a', { cnf: { 'x5t#S256': 'x' } }) }, []),
      'token-bound',
    ],
    [
      'another than in Authorization',
      world.post('/hubgate/session', { token: good }, [`Authorization: Bearer ${tokenOf(world, 'bob')}`]),
      'credentials-disagree',
    ],
    ['too much', world.post('/hubgate/session', { token: good, note: 'x'.repeat(40_000) }, []), 'body-too-large'],
    [
      'too large for a cookie',
      world.post('/hubgate/session', { token: tokenOf(world, 'a', { sub: 'x'.repeat(2500) }) }, []),
      'session-too-large',
    ],
  ];
  for (const [what, answer, reason] of refusals) {
    const { reason: said, values } = await answer;
    t.same([said, values('set-cookie')], [reason, []], what);
  }
  const json = await world.send('/hubgate/session', {
    method: 'POST',
    headers: [`Origin: ${site}`, 'Content-Type: text/plain'],
    body: `token=${good}`,
  });
  t.equal(json.reason, 'handoff-refused');
  const twice = await world.send('/hubgate/session', {
    method: 'POST',
    headers: [`Origin: ${site}`, 'Content-Type: application/x-www-form-urlencoded'],
    body: `token=${good}&token=${good}`,
  });
  t.equal(twice.reason, 'request-ambiguous');
  t.same(world.hub.take(), []);
});

test('a token hands its user over once (J14)', async t => {
  const world = await openSessionWorld(t);
  const token = tokenOf(world, 'alice');
  const first = await world.post('/hubgate/session', { token }, []);
  const again = await world.post('/hubgate/session', { token }, []);
  t.same([first.status, again.status, again.reason], [200, 401, 'token-replayed']);
  t.same(again.values('set-cookie'), []);
  const code = await world.send('/hubgate/code', { method: 'POST', headers: [`Authorization: Bearer ${token}`] });
  t.equal(code.reason, 'token-replayed');
});

test('a number for a jti counts once as well, as it is looked up in a revocation list (J14)', async t => {
  const world = await openSessionWorld(t);
  const post = async (jti: unknown): Promise<unknown> => {
    const answer = await world.post('/hubgate/session', { token: tokenOf(world, 'alice', { jti }) }, []);
    return answer.reason ?? answer.status;
  };
  for (const jti of [5, 0, 0.5]) t.same([await post(jti), await post(jti)], [200, 'token-replayed'], String(jti));
  for (const jti of ['', null, [5], {}]) t.same([await post(jti), await post(jti)], [200, 200], JSON.stringify(jti));
});

test('each hand-off is another session, and the one in the browser before ends (J14)', async t => {
  const world = await openSessionWorld(t);
  const alice = await handedOver(world, 'alice');
  const answer = await world.post('/hubgate/session', { token: tokenOf(world, 'bob') }, [...navigation, alice]);
  const bob = `Cookie: ${sessionOf(answer)}`;
  t.not(bob, alice);
  t.equal(await world.hubSees([bob]), 'bob');
  t.equal(await world.hubSees([alice]), undefined, 'what was there before is worth nothing');
});

test('who am I', async t => {
  const world = await openSessionWorld(t);
  const alice = await handedOver(world, 'alice');
  const answer = await world.send('/hubgate/session', { headers: [alice] });
  t.match(JSON.parse(answer.body), { user: 'alice', prover: 'session', groups: [] });
  t.equal(answer.status, 200);
  t.same(
    answer.values('content-security-policy'),
    ["default-src 'none'; frame-ancestors 'none'"],
    'in nobody\u2019s frame',
  );
  const nobody = await world.send('/hubgate/session');
  t.same([nobody.status, nobody.reason], [401, 'credential-missing']);
  t.equal((await world.send('/hubgate/session', { method: 'HEAD', headers: [alice] })).body, '');
});

test('a logout ends the session everywhere, and leads to a page that logs nobody in', async t => {
  const world = await openSessionWorld(t);
  const alice = await handedOver(world, 'alice');
  const foreign = await world.send('/hubgate/logout', {
    method: 'POST',
    headers: [alice, 'Sec-Fetch-Site: cross-site'],
  });
  t.same([foreign.status, foreign.reason], [403, 'origin-refused']);
  t.equal(
    (await world.send('/hubgate/logout', { method: 'POST', headers: [alice, 'Origin: https://evil.test'] })).reason,
    'origin-refused',
  );
  t.equal(await world.hubSees([alice]), 'alice');
  const answer = await world.send('/hubgate/logout', { method: 'POST', headers: [alice, ...navigation] });
  t.same([answer.status, answer.values('location')], [303, ['/hubgate/logged-out']]);
  const [own, guest, ...hubs] = answer.values('set-cookie');
  t.match(own, /^__Host-hubgate-[0-9a-f]{8}=; Max-Age=0; .*Path=\/; HttpOnly; Secure/);
  t.match(guest, /^__Host-Http-hubgate-[0-9a-f]{8}-guest=; Max-Age=0; .*Path=\/; HttpOnly; Secure; SameSite=None$/);
  t.match(hubs[0], /^jupyterhub-hub-login=; Max-Age=0; .*Path=\/hub\//, "the hub's go with it");
  t.equal(await world.hubSees([alice]), undefined, 'a copy of the cookie is worth nothing');
  const page = await world.send('/hubgate/logged-out', { headers: navigation });
  t.match(page.body, /<h1>You are logged out</);
  t.match(page.values('content-security-policy'), [/^default-src 'none'/]);
});

test('a one-time code takes a user from the site to the browser that began the sign-in', async t => {
  const world = await openSessionWorld(t);
  const begun = await world.send('/hubgate/start?next=%2Fhub%2Fspawn', { headers: navigation });
  t.equal(begun.status, 302);
  const login = new URL(begun.values('location')[0] ?? '');
  t.same([login.origin, login.searchParams.get('next')], [site, 'https://hub.test/hub/spawn']);
  const state = login.searchParams.get('state') ?? '';
  const nonce = `Cookie: ${cookiesOf(begun).join('; ')}`;
  t.match(begun.values('set-cookie'), [
    /^__Host-Http-hubgate-[0-9a-f]{8}-nonce=[A-Za-z0-9_-]{22}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  ]);
  const code = async (): Promise<string> => {
    const given = await world.send('/hubgate/code', {
      method: 'POST',
      headers: [`Authorization: Bearer ${tokenOf(world, 'alice')}`],
    });
    t.same([given.status, JSON.parse(given.body).expiresIn], [200, 30]);
    return JSON.parse(given.body).code;
  };
  const enter = (one: string, shown: string, headers: readonly string[]): Promise<Answer> =>
    world.send(`/hubgate/enter?code=${one}&state=${shown}`, { headers });
  const stranger = randomBytes(16).toString('base64url');
  for (const [what, shown, headers] of [
    ['without the nonce (S4)', state, []],
    ['with the nonce of another browser', state, [nonce.replace(/=.*/, `=${stranger}`)]],
    ['with two nonces', state, [`${nonce}; ${nonce.slice('Cookie: '.length)}`]],
    ['with another state', `${stranger}${stranger}`, [nonce]],
    ['without a state', '', [nonce]],
  ] as const) {
    const shownOnce = await code();
    const { status, reason, values } = await enter(shownOnce, shown, headers);
    t.same([status, reason, values('set-cookie')], [403, 'code-invalid', []], what);
    t.equal((await enter(shownOnce, state, [nonce])).reason, 'code-invalid', `${what}: and it is spent (S4)`);
  }
  t.equal((await enter(stranger, state, [nonce])).reason, 'code-invalid', 'with another code');
  const one = await code();
  const entered = await enter(one, state, [nonce]);
  t.same([entered.status, entered.values('location')], [303, ['/hub/spawn']]);
  t.equal(await world.hubSees([`Cookie: ${sessionOf(entered)}`]), 'alice');
  t.equal((await enter(one, state, [nonce])).reason, 'code-invalid', 'once');
  t.equal((await enter(await code(), state, [nonce])).status, 303, 'the next one, in the same browser');
});

test('a code that was shown is spent, and leaves the address bar, however it was refused (S4)', async t => {
  const world = await openSessionWorld(t);
  const begun = await world.send('/hubgate/start', { headers: navigation });
  const state = new URL(begun.values('location')[0] ?? '').searchParams.get('state') ?? '';
  const nonce = `Cookie: ${cookiesOf(begun).join('; ')}`;
  const code = async (): Promise<string> => {
    const headers = [`Authorization: Bearer ${tokenOf(world, 'alice')}`];
    return JSON.parse((await world.send('/hubgate/code', { method: 'POST', headers })).body).code;
  };
  const own = async (one: string): Promise<unknown> =>
    (await world.send(`/hubgate/enter?code=${one}&state=${state}`, { headers: [nonce] })).reason;
  const victim = await code();
  const refused = await world.send(`/hubgate/enter?code=${victim}&state=${state}`, { headers: navigation });
  t.same([refused.status, refused.values('location')], [303, ['/hubgate/enter']]);
  const page = await world.send('/hubgate/enter', { headers: navigation });
  t.match([page.status, page.body], [403, /Please sign in again/]);
  t.equal(await own(victim), 'code-invalid', 'worth nothing to whoever read it');
  for (const [what, query, sent] of [
    ['two codes', (one: string) => `code=x&code=${one}&state=${state}`, {}],
    ['two states', (one: string) => `code=${one}&state=${state}&state=x`, {}],
    ['an encoded name', (one: string) => `%63ode=${one}`, {}],
    ['HEAD', (one: string) => `code=${one}&state=${state}`, { method: 'HEAD', headers: [nonce, ...navigation] }],
    ['POST', (one: string) => `code=${one}&state=${state}`, { method: 'POST', headers: [nonce], body: '' }],
  ] as const) {
    const one = await code();
    t.ok((await world.send(`/hubgate/enter?${query(one)}`, sent)).status >= 400, what);
    t.equal(await own(one), 'code-invalid', what);
  }
  t.equal(await own(await code()), undefined);
});

test("no page that opened the window keeps a hold of it, and no other origin loads the gate's answers", async t => {
  const world = await openSessionWorld(t);
  const alice = await handedOver(world, 'alice');
  for (const [path, sent] of [
    ['/hubgate/start', { headers: navigation }],
    ['/hubgate/enter?code=x&state=y', { headers: navigation }],
    ['/hubgate/enter', { headers: navigation }],
    ['/hubgate/enter', {}],
    ['/hubgate/session', { headers: [alice] }],
    ['/hubgate/session', { method: 'POST' }],
    ['/hubgate/logged-out', { headers: navigation }],
    ['/hubgate/nowhere', { headers: navigation }],
    ['/hub/home', { headers: navigation }],
    [`/hub/home?${'x'.repeat(20_000)}`, { headers: navigation }],
    ['/hub/home', { headers: [...navigation, `Cookie: x=${'x'.repeat(20_000)}`] }],
  ] as const) {
    const answer = await world.send(path, sent);
    t.same(
      ['cross-origin-opener-policy', 'cross-origin-resource-policy', 'referrer-policy'].map(answer.values),
      [['same-origin'], ['same-origin'], ['no-referrer']],
      `${answer.status} ${path.slice(0, 40)}`,
    );
  }
  t.same((await world.send('/hub/home', { headers: [alice] })).values('cross-origin-opener-policy'), [], "the hub's");
});

test('a code is for servers alone (S4)', async t => {
  const world = await openSessionWorld(t);
  const alice = await handedOver(world, 'alice');
  const bearer = (): string => `Authorization: Bearer ${tokenOf(world, 'alice')}`;
  const refusals: readonly [headers: string[], reason: string][] = [
    [[alice], 'handoff-refused'],
    [[bearer(), alice], 'handoff-refused'],
    [[bearer(), 'Cookie: x=y'], 'handoff-refused'],
    [[bearer(), `Origin: ${site}`], 'handoff-refused'],
    [[bearer(), 'Origin: null'], 'handoff-refused'],
    [[bearer(), 'Sec-Fetch-Site: same-origin'], 'handoff-refused'],
    [[], 'credential-missing'],
  ];
  for (const [headers, reason] of refusals) {
    const answer = await world.send('/hubgate/code', { method: 'POST', headers });
    t.equal(answer.reason, reason, headers.join().replace(/Bearer .*/, 'Bearer'));
  }
  t.equal((await world.send('/hubgate/code', { headers: [bearer()] })).reason, 'path-reserved', 'by POST');
});

test('a token in a query is never read', async t => {
  const world = await openSessionWorld(t);
  const token = tokenOf(world, 'alice');
  const answer = await world.post(`/hubgate/session?token=${token}`, {}, []);
  t.equal(answer.reason, 'credential-missing');
});

test('without sessions nothing below hubgate/ is anybody\u2019s', async t => {
  const world = await openSessionWorld(t);
  for (const path of [
    '/hubgate/',
    '/hubgate/sessions',
    '/hubgate/session/',
    '/hubgate/session/x',
    '/hubgate%2Fsession',
  ])
    t.match((await world.send(path)).status, /40[04]/, path);
});

test('a hub below a path of its own: endpoints, next and cookie names are of that path', async t => {
  const hubAt = (world: SessionWorld): object => ({
    url: `http://127.0.0.1:${world.hub.port}`,
    authenticator: 'jhub_remote_auth_mount.RemoteUserAuthenticator',
    baseUrl: '/jh/',
  });
  const world = await openSessionWorld(t);
  const atRoot = sessionOf(await world.post('/hubgate/session', { token: tokenOf(world, 'alice') }));
  await world.reload({ hub: hubAt(world) });
  t.equal((await world.post('/hubgate/session', { token: tokenOf(world, 'alice') }, [])).reason, 'credential-missing');
  const answer = await world.post('/jh/hubgate/session', { token: tokenOf(world, 'alice'), next: '/hub/home' });
  t.same(answer.values('location'), ['/jh/'], 'next is below it');
  const alice = sessionOf(answer);
  t.not(alice.split('=')[0], atRoot.split('=')[0]);
  const seen = await world.send('/jh/hub/login', { headers: [`Cookie: ${alice}`] });
  t.equal(seen.status, 200);
  t.ok(world.hub.take().at(-1)?.head.includes('Remote-User: alice'));
  t.equal((await world.send('/jh/hub/login', { headers: [`Cookie: ${atRoot}`] })).status, 401);
  const renamed = `${alice.split('=')[0]}=${atRoot.split('=')[1]}`;
  t.equal(
    (await world.send('/jh/hub/login', { headers: [`Cookie: ${renamed}`] })).status,
    401,
    'its name is sealed into it',
  );
  const out = await world.send('/jh/hubgate/logout', { method: 'POST', headers: [`Cookie: ${alice}`, ...navigation] });
  t.same(out.values('location'), ['/jh/hubgate/logged-out']);
});
