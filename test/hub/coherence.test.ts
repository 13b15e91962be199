/** One browser, several users, real hubs with real packages: nobody meets the hub or the server of who was there before. */
import { randomBytes } from 'node:crypto';
import { test } from 'tap';
import type { HubRelease } from '../../scripts/python-environments.ts';
import { BrowserSession } from '../clients/browser-session.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { assertedUserHeader, labConfig, makeLab } from '../gates/lab.ts';
import { type HubFixture, startHub } from './setup/hub.ts';
import { enter, openWorld, origin, whoIs } from './setup/one-browser.ts';

type Package = readonly [fixture: HubFixture, release: HubRelease, authenticator: string, alice: string, bob: string];

const codes = ['MFWGSY3F', 'MJXWE'] as const;
const packages: readonly Package[] = [
  ['header', '6.1.1', 'jhubauthenticators.HeaderAuthenticator', 'alice', 'bob'],
  ['remote-user-authenticator', '6.1.1', 'jhub_remote_user_authenticator.RemoteUserAuthenticator', 'alice', 'bob'],
  ['mount-remote-user', '6.1.1', 'jhub_remote_auth_mount.RemoteUserAuthenticator', ...codes],
  ['mount-modern-hub', '6.1.1', 'jhub_remote_auth_mount.MountRemoteUserAuthenticator', ...codes],
  ['header', '5.5.4', 'jhubauthenticators.HeaderAuthenticator', 'alice', 'bob'],
  ['mount-modern-hub', '5.5.4', 'jhub_remote_auth_mount.MountRemoteUserAuthenticator', ...codes],
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
