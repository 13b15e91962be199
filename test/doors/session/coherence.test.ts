/** One browser, two users: what was the one's is nothing to the other, and a logout anywhere is one everywhere. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type Test, test } from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { type BrowserRequest, BrowserSession } from '../../clients/browser-session.ts';
import { openSocketHub } from '../door-house.ts';
import { type Answer, navigation, openSessionWorld, type SessionWorld, sessionOf, site } from './session-world.ts';

const authenticator = 'jhub_remote_user_authenticator.RemoteUserAuthenticator';
const loginCookie = 'jupyterhub-hub-login="2|1:0|abc"';
const hubLogin = `Set-Cookie: ${loginCookie}; HttpOnly; Path=/hub/`;

async function openWorld(t: Test, session = {}): Promise<SessionWorld> {
  return openSessionWorld(t, session);
}

async function signedIn(world: SessionWorld, user: string, more: readonly string[] = []): Promise<string> {
  const answer = await world.post('/hubgate/session', { token: world.lab.token(user) }, [...navigation, ...more]);
  return sessionOf(answer);
}

function hubSays({ hub }: SessionWorld, ...lines: readonly string[]): void {
  hub.answerWith(['HTTP/1.1 302 Found', 'Location: /hub/', ...lines, 'Content-Length: 2', '', 'ok'].join('\r\n'));
}

/** The hub's login cookie as the browser has it once the hub has logged a user in. */
async function hubCookie(world: SessionWorld, session: string): Promise<string> {
  hubSays(world, hubLogin);
  const answer = await world.send('/hub/login', { headers: [`Cookie: ${session}`] });
  return answer.values('set-cookie')[0]?.split(';', 1)[0] ?? 'none';
}

/** The Cookie line that the hub gets of these. */
async function atHub(world: SessionWorld, ...cookies: readonly string[]): Promise<string | undefined> {
  world.hub.take();
  await world.send('/hub/home', { headers: [`Cookie: ${cookies.join('; ')}`] });
  return world.hub
    .take()
    .flatMap(({ head }) => head)
    .find(line => line.startsWith('Cookie: '))
    ?.slice('Cookie: '.length);
}

const expired = (answer: Answer): string[] =>
  answer.values('set-cookie').flatMap(line => (line.includes('Max-Age=0') ? [line.split('=', 1)[0] ?? ''] : []));

test('a hub cookie is worth nothing beside the proof of another user, and everything beside its own', async t => {
  const world = await openWorld(t);
  const alice = await signedIn(world, 'alice');
  const login = await hubCookie(world, alice);
  t.match(login, /^jupyterhub-hub-login="2\|1:0\|abc"~[A-Za-z0-9_-]{22}$/);
  t.equal(await atHub(world, alice, login), loginCookie);
  const again = await signedIn(world, 'alice');
  t.equal(await atHub(world, again, login), loginCookie, 'in a later session too');
  const bob = await signedIn(world, 'bob');
  t.equal(await atHub(world, bob, login), undefined);
  t.equal(await atHub(world, bob, loginCookie), undefined, 'nor without its tag');
  t.equal(await atHub(world, bob, login, 'jupyterhub-session-id=a', '_xsrf=x'), '_xsrf=x');
  hubSays(world);
  const told = await world.send('/hub/home', { headers: [`Cookie: ${bob}; ${login}`] });
  t.same(expired(told), ['jupyterhub-hub-login', 'jupyterhub-session-id']);
  t.equal(
    await atHub(world, bob, login, await hubCookie(world, bob)),
    loginCookie,
    "of repeats the proved user's counts",
  );
});

test('keys rotate without a login at the hub, and with the last of them tags end', async t => {
  const world = await openWorld(t);
  const token = `Authorization: Bearer ${world.lab.token('alice')}`;
  const login = await hubCookie(world, await signedIn(world, 'alice'));
  const up = async (): Promise<string | undefined> => {
    world.hub.take();
    await world.send('/hub/home', { headers: [token, `Cookie: ${login}`] });
    const lines = world.hub.take().flatMap(({ head }) => head);
    return lines.find(line => line.startsWith('Cookie: '))?.slice('Cookie: '.length);
  };
  world.lab.write('next-key', randomBytes(32).toString('hex'));
  await world.reload({ session: { keyFiles: ['next-key', 'session-key'] } });
  t.equal(await up(), loginCookie);
  await world.reload({ session: { keyFiles: ['next-key'] } });
  t.equal(await up(), undefined);
});

test("the hub's logout ends the session, and leads to where nothing logs in again", async t => {
  const world = await openWorld(t);
  const session = await signedIn(world, 'alice');
  const login = await hubCookie(world, session);
  world.hub.take();
  hubSays(world, 'Set-Cookie: jupyterhub-hub-login=""; expires=Mon, 01 Jan 2024 00:00:00 GMT; Path=/hub/');
  const headers = [`Cookie: ${session}; ${login}`, 'Sec-Fetch-Site: same-origin', ...navigation];
  const out = await world.send('/hub/logout', { headers });
  t.same([out.status, out.values('location'), out.body], [303, ['/hubgate/logged-out'], '']);
  t.same(out.values('cache-control'), ['no-store']);
  const lines = out.values('set-cookie');
  t.match(lines[0], /^__Host-hubgate-[0-9a-f]{8}=; Max-Age=0/);
  t.equal(lines.filter(line => line.startsWith('jupyterhub-hub-login=')).length, 1, "the hub's own word stands alone");
  t.ok(
    world.hub
      .take()
      .flatMap(({ head }) => head)
      .includes(`Cookie: ${loginCookie}`),
    'the hub is told',
  );
  t.equal(await atHub(world, session, login), undefined, 'a copy of the cookies is worth nothing');
  const page = await world.send('/hubgate/logged-out', { headers: navigation });
  t.equal(page.status, 200);
  const twice = await world.send('/hub/logout', { headers });
  t.same([twice.status, twice.values('location')], [303, ['/hubgate/logged-out']], 'who is out already is out');
});

for (const path of ['/hub/logout', '/hub/**'])
  test(`a logout ends the session where ${path} is public, too`, async t => {
    const world = await openSessionWorld(t, {}, { public: [path] });
    const session = await signedIn(world, 'alice');
    const login = await hubCookie(world, session);
    world.hub.take();
    const headers = [`Cookie: ${session}; ${login}`, 'Sec-Fetch-Site: same-origin', ...navigation];
    const out = await world.send('/hub/logout?next=x', { headers });
    t.same([out.status, out.values('location')], [303, ['/hubgate/logged-out']]);
    t.match(out.values('set-cookie')[0], /^__Host-hubgate-[0-9a-f]{8}=; Max-Age=0/);
    const { status } = await world.send('/hubgate/session', { headers: [`Cookie: ${session}`] });
    t.equal(status, 401, 'a copy of the cookie is worth nothing');
    const nobody = await world.send('/hub/logout', { headers: navigation });
    t.same([nobody.status, nobody.values('location')], [303, ['/hubgate/logged-out']], 'who has none is out');
    t.not((await world.send('/hub/l%6fgout', { headers: [`Cookie: ${session}`] })).status, 200);
  });

const asserted = {
  jwt: [],
  sso: [
    {
      name: 'sign-in',
      proxies: ['127.0.0.1/32'],
      headers: { username: 'X-Lab-User' },
      dangerouslyTrustAddressOnly: true,
    },
  ],
};

test('behind a sign-in proxy the hub\u2019s cookies are bound to who is asserted, without any session', async t => {
  const world = await openSessionWorld(t, { handoff: {}, loginUrl: '' }, asserted);
  const [alice, bob] = ['X-Lab-User: alice', 'X-Lab-User: bob'];
  const ask = async (user: string, cookie: string, path = '/hub/home'): Promise<[Answer, string | undefined]> => {
    world.hub.take();
    const answer = await world.send(path, { headers: [user, `Cookie: ${cookie}`] });
    const lines = world.hub.take().flatMap(({ head }) => head);
    return [answer, lines.find(line => line.startsWith('Cookie: '))?.slice('Cookie: '.length)];
  };
  hubSays(world, hubLogin);
  const [login] = await ask(alice, 'a=b', '/hub/login');
  const cookie = login.values('set-cookie')[0]?.split(';', 1)[0] ?? 'none';
  t.match(cookie, /~[A-Za-z0-9_-]{22}$/);
  hubSays(world);
  t.equal((await ask(alice, cookie))[1], loginCookie);
  const [told, up] = await ask(bob, `${cookie}; jupyterhub-session-id=a`);
  t.equal(up, undefined);
  t.same(expired(told), ['jupyterhub-hub-login', 'jupyterhub-session-id']);
  t.equal((await ask(bob, loginCookie))[1], undefined, 'nor without its tag');
  const [out] = await ask(alice, cookie, '/hub/logout');
  t.same([out.status, out.values('location')], [303, ['/hubgate/logged-out']]);
});

test('it does so whatever the hub says, and ends where the config says', async t => {
  const world = await openWorld(t, { logoutUrl: `${site}/bye` });
  for (const answer of ['HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n', 'no answer at all\r\n\r\n']) {
    const session = await signedIn(world, 'alice');
    world.hub.answerWith(answer);
    const out = await world.send('/hub/logout', { headers: [`Cookie: ${session}`] });
    t.same([out.status, out.values('location')], [303, [`${site}/bye`]]);
    world.hub.answerWith('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    t.equal((await world.send('/hub/home', { headers: [`Cookie: ${session}`] })).status, 401);
  }
});

test('another site ends nothing, and what is only loaded ahead does nothing', async t => {
  const world = await openWorld(t);
  const session = await signedIn(world, 'alice');
  const cookie = `Cookie: ${session}`;
  world.hub.take();
  for (const field of ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Site: same-site', 'Sec-Purpose: prefetch'])
    t.equal((await world.send('/hub/logout', { headers: [cookie, field] })).status, 403, field);
  t.equal((await world.send('/hub/login', { headers: [cookie, 'Sec-Purpose: prefetch;prerender'] })).status, 403);
  t.same(world.hub.take(), [], 'the hub hears nothing of it');
  t.equal((await world.send('/hub/home', { headers: [cookie] })).status, 200, 'the session lives');
});

/** A world whose hub takes WebSockets. */
async function openSocketWorld(
  t: Test,
  session = {},
): Promise<{ readonly world: SessionWorld; open(session: string): Promise<WebSocket> }> {
  const server = createServer((_request, response) => response.end('ok'));
  new WebSocketServer({ server });
  const socketHub = await openSocketHub(server);
  t.teardown(() => socketHub.close());
  const world = await openSessionWorld(t, session, {
    hub: { url: `http://127.0.0.1:${socketHub.port}`, authenticator },
  });
  return {
    world,
    async open(session) {
      const headers = { Cookie: session, Host: 'hub.test', Origin: 'https://hub.test' };
      const client = new WebSocket(`ws://127.0.0.1:${world.gate.port}/user/alice/x`, { headers });
      await once(client, 'open');
      return client;
    },
  };
}

const ending = async (client: WebSocket): Promise<string> => {
  const [code, reason] = (await once(client, 'close')) as [number, Buffer];
  return `${code} ${reason.toString()}`;
};

test("a logout, and another user's hand-over in the same browser, close the WebSockets of who was there", async t => {
  const { world, open } = await openSocketWorld(t);
  for (const [method, path] of [
    ['GET', '/hub/logout'],
    ['POST', '/hubgate/logout'],
  ] as const) {
    const session = await signedIn(world, 'alice');
    const bobs = await open(await signedIn(world, 'bob'));
    const closed = ending(await open(session));
    await world.send(path, { method, headers: [`Cookie: ${session}`] });
    t.equal(await closed, '1008 logged-out', path);
    t.equal(bobs.readyState, WebSocket.OPEN, "another's stays");
    bobs.terminate();
  }
  const alice = await signedIn(world, 'alice');
  const client = await open(alice);
  const closed = ending(client);
  await signedIn(world, 'alice', [`Cookie: ${alice}`]);
  t.equal(client.readyState, WebSocket.OPEN, 'the same user again closes nothing');
  const next = await signedIn(world, 'alice');
  await signedIn(world, 'bob', [`Cookie: ${next}`]);
  t.equal(await closed, '1008 logged-out');
});

/** A form of the primary site's: with it the browser keeps the session cookie back. */
function fromSite(body: string): BrowserRequest {
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return {
    method: 'POST',
    body,
    headers: { Origin: site, 'Sec-Fetch-Site': 'cross-site', ...type },
    isCrossSite: true,
  };
}

/** A browser that such forms hand over, and what it then shows the hub. */
function openBrowser(t: Test, world: SessionWorld) {
  const browser = new BrowserSession({ port: world.gate.port, origin: 'https://hub.test' });
  const handOver = async (user: string): Promise<string> => {
    const form = new URLSearchParams({ token: world.lab.token(user), next: '/hub/home' });
    const entered = await browser.open('/hubgate/session', fromSite(form.toString()));
    t.strictSame(entered.journey, ['303 /hubgate/session', '200 /hub/home'], user);
    return browser.cookies.header('/hub/home');
  };
  const status = async (cookies: string): Promise<number> =>
    (await world.send('/hub/home', { headers: [`Cookie: ${cookies}`] })).status;
  return { browser, handOver, status };
}

for (const embed of [false, true]) {
  test(`so does one from another site, with which the browser keeps the session cookie back, where embed is ${embed}`, async t => {
    const { world, open } = await openSocketWorld(t, { embed });
    const { browser, handOver, status } = openBrowser(t, world);
    const alice = await handOver('alice');
    const client = await open(alice);
    const closed = ending(client);
    const again = await handOver('alice');
    t.equal(client.readyState, WebSocket.OPEN, 'the same user again closes nothing');
    t.strictSame([await status(alice), await status(again)], [401, 200], 'but has another session');
    const bob = await handOver('bob');
    t.equal(await closed, '1008 logged-out');
    t.strictSame([await status(again), await status(bob)], [401, 200]);
    const out = await browser.open('/hubgate/logout', { method: 'POST', follow: false });
    t.equal(out.status, 303);
    t.strictSame(
      browser.cookies.names().filter(name => name.startsWith('__Host-')),
      [],
      'a logout leaves nothing of it',
    );
  });

  test(`the primary site's own logout is a form of another site, and ends all of it, where embed is ${embed}`, async t => {
    const { world, open } = await openSocketWorld(t, { embed });
    const { browser, handOver, status } = openBrowser(t, world);
    const alice = await handOver('alice');
    const closed = ending(await open(alice));
    const out = await browser.open('/hubgate/logout', { ...fromSite(''), follow: false });
    t.strictSame([out.status, out.headers.location], [303, '/hubgate/logged-out']);
    t.equal(await status(alice), 401, 'a copy of the cookie is worth nothing');
    t.equal(await closed, '1008 logged-out');
    t.strictSame(
      browser.cookies.names().filter(name => name.startsWith('__Host-')),
      [],
    );
  });
}

test('what only says who was here is no proof, and nobody else can say it', async t => {
  const world = await openWorld(t);
  const entered = await world.post('/hubgate/session', { token: world.lab.token('alice') });
  const lines = entered.values('set-cookie').filter(line => line.includes('-guest='));
  t.match(lines, [/^__Host-Http-hubgate-[0-9a-f]{8}-guest=[\w.-]+; Path=\/; HttpOnly; Secure; SameSite=None$/]);
  const [, guest = ''] = /=([^;]+);/.exec(lines[0] ?? '') ?? [];
  const session = sessionOf(entered);
  const [name = '', sealed = ''] = session.split('=');
  const guestName = lines[0]?.split('=', 1)[0];
  t.equal(await atHub(world, `${name}=${guest}`), undefined);
  t.equal((await world.send('/hub/home', { headers: [`Cookie: ${name}=${guest}`] })).status, 401);
  t.equal(await atHub(world, session, `${guestName}=${guest}`, 'x=1'), 'x=1', 'it does not go up');
  for (const said of [sealed, 'x', '', `${guest}; ${guestName}=${guest}`]) {
    await signedIn(world, 'bob', [`Cookie: ${guestName}=${said}`]);
    t.equal((await world.send('/hub/home', { headers: [`Cookie: ${session}`] })).status, 200, said.slice(0, 10));
  }
  await signedIn(world, 'bob', [`Cookie: ${guestName}=${guest}`]);
  t.equal((await world.send('/hub/home', { headers: [`Cookie: ${session}`] })).status, 401);
});
