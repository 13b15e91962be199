/** One browser, several users, and what single-user servers and services set in it, on real hubs: each serves the visitor who is there now. */
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { WebSocket } from 'ws';
import type { HubRelease } from '../../scripts/python-environments.ts';
import { reservePort } from '../../scripts/reserved-ports.ts';
import type { BrowserResponse, BrowserSession } from '../clients/browser-session.ts';
import { openKernel } from '../clients/kernel-client.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { publicHost } from '../gates/lab.ts';
import { spyExtension } from './setup/field-spy.ts';
import { type HubFixture, startHub } from './setup/hub.ts';
import { oauthServers } from './setup/oauth-servers.ts';
import { enter, openWorld, origin, type World, whoIs } from './setup/one-browser.ts';
import { startServer } from './setup/user-server.ts';

/** What the browser holds for that server or service alone, as it sends it. */
function cookiesOfPath({ cookies }: BrowserSession, path: string): string[] {
  return cookies
    .header(path)
    .split('; ')
    .filter(cookie => /^(?:jupyterhub-user|service)-[^=]*=.*~/.test(cookie));
}

/** Whom a server or a service shows its page to, or the status where it shows none. */
async function shownTo(browser: BrowserSession, path: string): Promise<unknown> {
  const { status, body } = await browser.open(path);
  return status === 200 ? (JSON.parse(body) as { user: unknown }).user : status;
}

/** The hub's for the two users. */
type Names = readonly [alice: string, bob: string];

/** Alice's browser, with servers of hers and a service; then bob's. */
async function visitServers(t: Test, world: World, browser: BrowserSession, [alice, bob]: Names): Promise<void> {
  const places = [`/user/${alice}/`, `/user/${alice}/gpu/`, '/services/Grader/'];
  await startServer(browser, alice);
  await startServer(browser, alice, 'gpu');
  for (const path of places) t.equal(await shownTo(browser, path), alice, path);
  const held = places.map(path => cookiesOfPath(browser, path));
  t.equal(new Set(held.flat()).size, places.length, 'by a cookie each, with a tag');

  const thief = world.browser();
  await enter(world, thief, 'bob', '/hubgate/session');
  for (const [place, path] of places.entries())
    for (const copied of held[place] ?? [])
      for (const cookie of [copied, copied.replace(/~[^~]*$/, '')]) {
        const Cookie = `${thief.cookies.header(path)}; ${cookie}`;
        t.equal((await thief.open(path, { headers: { Cookie }, follow: false })).status, 302, `a copy at ${path}`);
      }

  t.equal(await enter(world, browser, 'bob'), '200 /hub/home', 'bob comes into that browser');
  for (const path of places.slice(0, 2)) t.match(String(await shownTo(browser, path)), /^40[34]$/, path);
  t.equal(await shownTo(browser, '/services/Grader/'), bob);
  t.equal(await enter(world, browser, 'alice'), '200 /hub/home');
  for (const path of places) t.equal(await shownTo(browser, path), alice, `${path}, alice's again`);
  await browser.open('/hub/logout');
  for (const path of places) t.equal(await shownTo(browser, path), 401, `${path} after the logout`);
}

const hubs: readonly (readonly [fixture: HubFixture, release: HubRelease])[] = [
  ['mount-remote-user', '0.9.6'],
  ['mount-remote-user', '4.1.6'],
  ['mount-remote-user', '5.5.4'],
];

for (const [fixture, release] of hubs)
  test(`servers, named ones and a service on hub ${release}`, async t => {
    const hub = await startHub(t, fixture, { release, extraConfig: oauthServers(await reservePort()) });
    const world = await openWorld(t, hub.url, 'jhub_remote_auth_mount.RemoteUserAuthenticator');
    const browser = world.browser();
    t.equal(await enter(world, browser, 'alice'), '200 /hub/home');
    await visitServers(t, world, browser, ['MFWGSY3F', 'MJXWE']);
    assertNothingLeaked(t, world.gate.output(), world.lab.secrets);
  });

/** Opens a page of alice's server as another user, whom the hub asks whether the server may know. */
async function openShared(browser: BrowserSession): Promise<BrowserResponse> {
  const asked = await browser.open('/user/alice/field-spy');
  if (!asked.path.startsWith('/hub/api/oauth2/authorize')) return asked;
  const scopes = Array.from(asked.body.matchAll(/name="scopes"[^>]*?value="([^"]*)"/gs), ([, scope = '']) => scope);
  const body = new URLSearchParams([
    ['_xsrf', browser.cookies.value('_xsrf', '/hub/') ?? ''],
    ...scopes.map(scope => ['scopes', scope]),
  ]);
  return browser.post(asked.path, body.toString(), { 'Content-Type': 'application/x-www-form-urlencoded' });
}

const serviceProgram = join(import.meta.dirname, 'fixtures', 'oauth_service.py');

/** Python: a service for everybody, named servers, and a teacher who is an admin. */
function schoolConfig(port: number): string {
  return `
import sys
c.JupyterHub.services += [{
    "name": "Grader", "url": "http://127.0.0.1:${port}", "oauth_no_confirm": True,
    "command": [sys.executable, ${JSON.stringify(serviceProgram)}],
}]
c.JupyterHub.load_roles[1]["scopes"] += ["access:services!service=Grader", "shares!user", "read:users:name"]
c.JupyterHub.allow_named_servers = True
c.Authenticator.admin_users = {"teacher"}
`;
}

test('real servers, named ones, shared ones, a service and an admin', async t => {
  const fixture = 'remote-user-authenticator';
  const hub = await startHub(t, fixture, {
    singleuser: 'real',
    extraConfig: `${spyExtension}\n${schoolConfig(await reservePort())}`,
  });
  const world = await openWorld(t, hub.url, 'jhub_remote_user_authenticator.RemoteUserAuthenticator');
  const browser = world.browser();
  await enter(world, browser, 'alice');
  await startServer(browser, 'alice');
  const opened = await browser.open('/user/alice/field-spy');
  t.equal(opened.status, 200, opened.journey.join(', '));
  t.match(opened.headers['cache-control'], /no-store/, 'no back button shows it');
  t.match(browser.cookies.value('jupyterhub-user-alice', '/user/alice/'), /~[A-Za-z0-9_-]{22}$/);

  await t.test('a service', async t => {
    t.match(JSON.parse((await browser.open('/services/Grader/')).body), { user: 'alice' });
    t.match(browser.cookies.value('service-Grader', '/services/Grader/'), /~[A-Za-z0-9_-]{22}$/);
  });

  await t.test('a named server', async t => {
    const started = await browser.post('/hub/api/users/alice/servers/gpu', '');
    t.ok([201, 202].includes(started.status), `${started.status} ${started.body}`);
    await browser.open('/hub/api/users/alice/servers/gpu/progress');
    const page = await browser.open('/user/alice/gpu/field-spy');
    t.equal(page.status, 200, page.journey.join(', '));
    t.equal((await browser.open('/user/alice/gpu/api/status')).status, 200);
    t.equal((await browser.open('/user/alice/api/status')).status, 200, 'beside the other');
  });

  await t.test("an admin on another's server", async t => {
    const teacher = world.browser();
    await enter(world, teacher, 'teacher');
    const page = await openShared(teacher);
    t.strictSame([page.status, page.path], [200, '/user/alice/field-spy'], page.journey.join(', '));
    t.strictSame(
      (await teacher.open('/user/alice/field-spy')).journey,
      ['200 /user/alice/field-spy'],
      'once and for all',
    );
    t.equal((await teacher.open('/hub/admin')).status, 200);
  });

  await t.test('a server that is shared', async t => {
    const guest = world.browser();
    await enter(world, guest, 'bob');
    t.equal((await guest.open('/user/alice/field-spy')).status, 403, 'not before');
    const shared = await browser.post('/hub/api/shares/alice/', JSON.stringify({ user: 'bob' }));
    t.equal(shared.status, 200, shared.body);
    const page = await openShared(guest);
    t.strictSame([page.status, page.path], [200, '/user/alice/field-spy'], page.journey.join(', '));
    t.strictSame((await guest.open('/user/alice/field-spy')).journey, ['200 /user/alice/field-spy']);
  });

  await t.test("copies of the cookies of servers and services are worth nothing beside another's proof", async t => {
    const thief = world.browser();
    await enter(world, thief, 'mallory', '/hubgate/session');
    for (const path of ['/user/alice/api/status', '/user/alice/gpu/api/status', '/services/Grader/']) {
      const copied = cookiesOfPath(browser, path);
      t.ok(copied.length > 0, `there are cookies for ${path}`);
      t.equal((await browser.open(path, { follow: false })).status, 200);
      const Cookie = [thief.cookies.header(path), ...copied].join('; ');
      const { status } = await thief.open(path, { headers: { Cookie }, follow: false });
      t.match(String(status), /^(?:302|403)$/, path);
    }
  });

  await t.test("JupyterLab's own Log Out ends everything", async t => {
    const started = await browser.post('/user/alice/api/kernels', JSON.stringify({ name: 'python3' }));
    const { id } = JSON.parse(started.body) as { id: string };
    const path = `/user/alice/api/kernels/${id}/channels`;
    const held = { Host: publicHost, Origin: origin, Cookie: browser.cookies.header(path) };
    const socket = new WebSocket(`ws://127.0.0.1:${world.gate.port}${path}`, { headers: held });
    const closed = new Promise<string>(resolve =>
      socket.once('close', (code, reason) => resolve(`${code} ${reason.toString()}`)),
    );
    await new Promise(resolve => socket.once('open', resolve));
    const out = await browser.open('/user/alice/logout');
    t.strictSame([out.status, out.path], [200, '/hubgate/logged-out'], out.journey.join(', '));
    t.equal(await closed, '1008 logged-out');
    t.equal((await browser.open('/user/alice/field-spy')).status, 401);
    await t.rejects(openKernel({ port: world.gate.port, path, headers: held }), /401/, 'nor do copies of the cookies');
  });

  await t.test('and the next user finds nothing', async t => {
    await enter(world, browser, 'bob');
    const told = await browser.open('/user/alice/field-spy', { follow: false });
    t.equal(told.status, 302, "even a guest of alice's logs in there himself");
    t.match((await openShared(browser)).path, '/user/alice/field-spy');
    t.equal(await whoIs(browser), 'bob');
    t.match(JSON.parse((await browser.open('/services/Grader/')).body), { user: 'bob' });
  });
  assertNothingLeaked(t, world.gate.output(), world.lab.secrets);
});
