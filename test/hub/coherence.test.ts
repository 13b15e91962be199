/** One browser, several users, real hubs with real packages: nobody meets the hub or the server of who was there before. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { WebSocket } from 'ws';
import type { HubRelease } from '../../scripts/python-environments.ts';
import { reservePort } from '../../scripts/reserved-ports.ts';
import { type BrowserResponse, BrowserSession } from '../clients/browser-session.ts';
import { openKernel } from '../clients/kernel-client.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { type GateHere, startGateHere } from '../gates/gate-here.ts';
import { assertedUserHeader, type Lab, labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { spyExtension } from './setup/field-spy.ts';
import { type HubFixture, startHub } from './setup/hub.ts';
import { startServer } from './setup/user-server.ts';

const origin = `http://${publicHost}`;
const site = 'https://www.test';

/** What the gate posts itself with a login. */
const fromFile = { mount: { from: { file: 'mounts/{user}.json' } } };
const mountOf = (user: string): object => ({
  HOST: 'files.test',
  USERNAME: user,
  PATH: `/home/${user}`,
  MOUNTSSHPRIVATEKEY: 'none',
});

type World = { readonly lab: Lab; readonly gate: GateHere; readonly browser: () => BrowserSession };

async function openWorld(t: Test, url: string, authenticator: string): Promise<World> {
  const lab = makeLab(t);
  mkdirSync(join(lab.folder, 'mounts'));
  for (const user of ['alice', 'bob']) lab.write(`mounts/${user}.json`, mountOf(user));
  lab.write('session-key', randomBytes(32).toString('hex'));
  const session = { keyFiles: ['session-key'], handoff: { origins: [site] }, dangerouslyInsecureCookies: true };
  const inject = authenticator.endsWith('.MountRemoteUserAuthenticator') ? { inject: fromFile } : {};
  const config = labConfig({ url, authenticator }, { sso: [], session, ...inject });
  const gate = await startGateHere(t, lab.write('proxy.yaml', config));
  return { lab, gate, browser: () => new BrowserSession({ port: gate.port, origin }) };
}

/** Comes from the primary site, into whatever this browser has been. */
async function enter({ lab }: World, browser: BrowserSession, user: string, next = '/hub/home'): Promise<string> {
  const body = new URLSearchParams({ token: lab.token(user), next }).toString();
  const headers = { Origin: site, 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'cross-site' };
  const entered = await browser.open('/hubgate/session', { method: 'POST', headers, body });
  for (const value of browser.cookies.values()) lab.secrets.add(value);
  return `${entered.status} ${entered.path}`;
}

async function whoIs(browser: BrowserSession): Promise<unknown> {
  // Hub 0.9.6 asks every call of its API for the page that it comes from.
  const { status, body } = await browser.open('/hub/api/user', { headers: { Referer: `${origin}/hub/home` } });
  return status === 200 ? (JSON.parse(body) as { name: unknown }).name : status;
}

type Package = readonly [fixture: HubFixture, release: HubRelease, authenticator: string, alice: string, bob: string];

const codes = ['MFWGSY3F', 'MJXWE'] as const;
const packages: readonly Package[] = [
  ['header', '6.1.1', 'jhubauthenticators.HeaderAuthenticator', 'alice', 'bob'],
  ['remote-user-authenticator', '6.1.1', 'jhub_remote_user_authenticator.RemoteUserAuthenticator', 'alice', 'bob'],
  ['mount-remote-user', '6.1.1', 'jhub_remote_auth_mount.RemoteUserAuthenticator', ...codes],
  ['mount-modern-hub', '6.1.1', 'jhub_remote_auth_mount.MountRemoteUserAuthenticator', ...codes],
  ['mount-remote-user', '4.1.6', 'jhub_remote_auth_mount.RemoteUserAuthenticator', ...codes],
  ['mount-modern-hub', '4.1.6', 'jhub_remote_auth_mount.MountRemoteUserAuthenticator', ...codes],
  ['mount', '0.9.6', 'jhub_remote_auth_mount.MountRemoteUserAuthenticator', ...codes],
];

const xsrfOf = (browser: BrowserSession): string | undefined => browser.cookies.value('_xsrf', '/hub/');

const isDone = (status: number): boolean => status === 200 || status === 201;

/** What a page of the hub's gets that changes something of its user. */
async function change(browser: BrowserSession, user: string, token = xsrfOf(browser)): Promise<number> {
  const shown = token === undefined ? {} : { 'X-XSRFToken': token };
  const headers = { 'Content-Type': 'application/json', ...shown };
  return (await browser.post(`/hub/api/users/${user}/tokens`, '{"note": "of the page"}', headers)).status;
}

/** What some server could take for a logout: the hub takes the first two, and its proxy those with dots as well. */
const logouts = [
  ...['/hub/logout', '/hub/logout?x=1', '/hub/./logout', '/hub/x/../logout', '/hub/logout/', '/hub//logout'],
  ...['/hub/log%6fut', '/hub/logout%3F', '/hub/logout;x', '/hub/LOGOUT', '/logout', '/logout/', '/%68ub/logout'],
];

for (const [fixture, release, authenticator, alice, bob] of packages)
  test(`users of one browser, with ${authenticator} on hub ${release}`, async t => {
    const hub = await startHub(t, fixture, { release });
    const world = await openWorld(t, hub.url, authenticator);
    const browser = world.browser();
    t.equal(await enter(world, browser, 'alice'), '200 /hub/home');
    t.equal(await whoIs(browser), alice);
    t.match(browser.cookies.value('jupyterhub-hub-login', '/hub/'), /~[A-Za-z0-9_-]{22}$/);
    const tokens = new Map([['alice', xsrfOf(browser)]]);
    t.ok(isDone(await change(browser, alice)));

    await t.test('another user comes in without a logout', async t => {
      t.equal(await enter(world, browser, 'bob'), '200 /hub/home');
      t.equal(await whoIs(browser), bob);
      const home = await browser.open('/hub/home');
      t.match(home.headers['cache-control'], /no-store|no-cache/);
      t.notMatch(home.body, new RegExp(`/user/${alice}`));
    });

    await t.test('the next user\u2019s pages work at once, and with no XSRF token of the one before', async t => {
      t.ok(isDone(await change(browser, bob)), 'after no logout');
      const before = tokens.get('alice');
      t.equal(before === undefined, release === '0.9.6', 'the old one has none');
      if (before !== undefined) {
        t.not(xsrfOf(browser), before);
        t.equal(await change(browser, bob, before), 403, 'a page of the one before, still open, changes nothing');
      }
      t.ok(isDone(await change(browser, bob)), 'nor does that stick');
      for (const [leave, user, name] of [
        ['/hub/logout', 'alice', alice],
        ['/hubgate/logout', 'bob', bob],
      ] as const) {
        const left = xsrfOf(browser);
        await (leave === '/hub/logout' ? browser.open(leave) : browser.post(leave, ''));
        t.equal(await enter(world, browser, user), '200 /hub/home');
        t.ok(isDone(await change(browser, name)), `after ${leave}`);
        if (left !== undefined) t.not(xsrfOf(browser), left);
      }
    });

    await t.test('and the first again, after a logout at the hub', async t => {
      const out = await browser.open('/hub/logout');
      t.strictSame([out.status, out.path], [200, '/hubgate/logged-out']);
      t.equal((await browser.open('/hub/home')).status, 401);
      t.equal(browser.cookies.value('jupyterhub-hub-login', '/hub/'), undefined);
      t.equal(await enter(world, browser, 'alice'), '200 /hub/home');
      t.equal(await whoIs(browser), alice);
    });

    await t.test('in no spelling does another site log anybody out (M6)', async t => {
      for (const path of logouts)
        for (const [method, site] of [
          ['GET', 'cross-site'],
          ['HEAD', 'same-site'],
          ['POST', 'cross-site'],
        ] as const) {
          await browser.open(path, { method, headers: { 'Sec-Fetch-Site': site } });
          t.equal(await whoIs(browser), alice, `${method} ${path}`);
        }
    });

    await t.test('a logout is one at the gate and at the hub, or at none of the two', async t => {
      for (const path of logouts) {
        await browser.open(path);
        const session = await browser.open('/hubgate/session');
        const login = browser.cookies.value('jupyterhub-hub-login', '/hub/');
        t.equal(session.status, login === undefined ? 401 : 200, path);
        if (path.startsWith('/hub/logout?')) t.equal(login, undefined, path);
        if (login === undefined) t.equal(await enter(world, browser, 'alice'), '200 /hub/home');
      }
      t.equal(await whoIs(browser), alice);
    });

    await t.test("a copied cookie is worth nothing beside another's proof", async t => {
      const thief = world.browser();
      await enter(world, thief, 'bob', '/hubgate/session');
      const stolen = browser.cookies.value('jupyterhub-hub-login', '/hub/') ?? '';
      thief.cookies.store([`jupyterhub-hub-login=${stolen}; Path=/hub/`], '/hub/');
      t.equal(await whoIs(thief), 403, 'nobody to the hub');
      thief.cookies.store([`jupyterhub-hub-login=${stolen.replace(/~.*/, '')}; Path=/hub/`], '/hub/');
      t.equal(await whoIs(thief), 403, 'nor without the tag');
      await thief.open('/hub/home');
      t.equal(await whoIs(thief), bob);
    });
    assertNothingLeaked(t, world.gate.output(), world.lab.secrets);
  });

test('users of one browser behind a sign-in proxy, whom nobody hands over', async t => {
  const hub = await startHub(t, 'mount-remote-user', { release: '4.1.6' });
  const authenticator = 'jhub_remote_auth_mount.RemoteUserAuthenticator';
  const lab = makeLab(t);
  lab.write('session-key', randomBytes(32).toString('hex'));
  const session = { keyFiles: ['session-key'], dangerouslyInsecureCookies: true };
  const gate = await startGateHere(
    t,
    lab.write('proxy.yaml', labConfig({ url: hub.url, authenticator }, { jwt: [], session })),
  );
  const browser = new BrowserSession({ port: gate.port, origin });
  const nameFor = async (user: string): Promise<unknown> => {
    const headers = { [assertedUserHeader]: user, Referer: `${origin}/hub/home` };
    await browser.open('/hub/home', { headers: { ...headers, Accept: 'text/html' } });
    return (JSON.parse((await browser.open('/hub/api/user', { headers })).body) as { name?: unknown }).name;
  };
  for (const [user, name] of [
    ['alice', codes[0]],
    ['bob', codes[1]],
    ['alice', codes[0]],
  ] as const)
    t.equal(await nameFor(user), name, user);
  const headers = { [assertedUserHeader]: 'alice' };
  const out = await browser.open('/hub/logout', { headers });
  t.strictSame([out.status, out.path], [200, '/hubgate/logged-out']);
  t.equal(browser.cookies.value('jupyterhub-hub-login', '/hub/'), undefined);
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

/** What the browser holds for that server or service alone, as it sends it. */
function cookiesOfPath({ cookies }: BrowserSession, path: string): string[] {
  return cookies
    .header(path)
    .split('; ')
    .filter(cookie => /^(?:jupyterhub-user|service)-[^=]*=.*~/.test(cookie));
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
