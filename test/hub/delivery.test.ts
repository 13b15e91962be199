/** Mount and data that the gate posts itself, on the real, unmodified plugins of several hubs: the first spawn already sees them. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Test, test } from 'tap';
import type { HubRelease } from '../../scripts/python-environments.ts';
import { BrowserSession } from '../clients/browser-session.ts';
import { serveHere } from '../clients/loopback-server.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { type GateHere, startGateHere } from '../gates/gate-here.ts';
import { type Lab, labConfig, makeLab, publicHost, type WrittenConfig } from '../gates/lab.ts';
import { type Hub, type HubFixture, type HubOptions, startHub } from './setup/hub.ts';
import { serviceToken, spawnRecord } from './setup/hub-users.ts';
import { startServer } from './setup/user-server.ts';

const origin = `http://${publicHost}`;
const privateKey = '-----BEGIN OPENSSH PRIVATE KEY-----\nzoë "quoted" \\ 日本 \u{1f511}\n-----END-----\n';
const mountOf = (user: string) => ({
  HOST: 'h\'os"t',
  USERNAME: user,
  PATH: `/home/${user}`,
  MOUNTSSHPRIVATEKEY: `${privateKey}${user}`,
});

type World = { readonly hub: Hub; readonly lab: Lab; readonly gate: GateHere };

async function worldOf(
  t: Test,
  fixture: HubFixture,
  preset: string,
  inject: WrittenConfig,
  options: HubOptions = {},
): Promise<World> {
  const hub = await startHub(t, fixture, options);
  const lab = makeLab(t);
  mkdirSync(join(lab.folder, 'mounts'));
  lab.write('service', serviceToken);
  lab.secrets.add(serviceToken);
  const written = { url: hub.url, authenticator: preset, tokenFile: 'service' };
  const config = labConfig(written, { inject, exchange: { createUsers: true } });
  const gate = await startGateHere(t, lab.write('proxy.yaml', config));
  return { hub, lab, gate };
}

function browserOf({ gate, lab }: World, user: string, claims: Readonly<Record<string, unknown>> = {}): BrowserSession {
  const headers = {
    Authorization: `Bearer ${lab.token(user, claims)}`,
    'User-Agent': 'Mozilla/5.0 (a browser)',
    Accept: 'text/html',
  };
  return new BrowserSession({ port: gate.port, origin, headers });
}

function programOf({ gate, lab }: World, user: string): BrowserSession {
  const headers = { Authorization: `Bearer ${lab.token(user)}`, Accept: 'application/json' };
  return new BrowserSession({ port: gate.port, origin, headers });
}

/** Long enough for a login on a busy machine, and each hub waits for half of it. */
const lastsSeconds = 12;
const frankName = 'MZZGC3TL';

const mountPreset = 'jhub_remote_auth_mount.MountRemoteUserAuthenticator';
const fromFile = { mount: { from: { file: 'mounts/{user}.json' } } };
const hubs: readonly (readonly [fixture: HubFixture, release: HubRelease])[] = [
  ['mount', '0.9.6'],
  ['mount-modern-hub', '4.1.6'],
  ['mount-modern-hub', '5.5.4'],
  ['mount-modern-hub', '6.1.1'],
];

async function deliverMounts(t: Test, fixture: HubFixture, release: HubRelease): Promise<void> {
  const world = await worldOf(t, fixture, mountPreset, fromFile, { release });
  const { hub, lab, gate } = world;
  lab.write('mounts/alice.json', mountOf('alice'));
  lab.secrets.add(privateKey.split('\n')[1] ?? '');
  const alice = 'MFWGSY3F';
  const browser = browserOf(world, 'alice');

  await t.test('the login brings it, and the first spawn sees it', async t => {
    const page = await browser.open('/hub/login');
    t.equal(page.status, 200, page.body.slice(0, 300));
    t.ok(browser.cookies.names().includes('jupyterhub-hub-login'));
    await startServer(browser, alice);
    t.match(spawnRecord(hub, alice), { mount: mountOf('alice'), real_name: 'alice' });
    const seen = await browser.open(`/user/${alice}/`);
    t.match(seen.body, /"user-agent"/i, 'the server says what it got');
    t.notMatch(seen.body, /OPENSSH|"mount"|remote-user/i, 'and that is nothing of it');
  });

  await t.test('a user without one is not logged in half-way', async t => {
    const bob = browserOf(world, 'bob');
    const refused = await bob.open('/hub/login', { follow: false });
    t.equal(refused.status, 403);
    t.match(refused.body, /data-invalid/);
    t.same(bob.cookies.names(), []);
  });

  await t.test('a hub that does not take it logs nobody in', async t => {
    lab.write('mounts/carol.json', mountOf('carol'));
    const carol = browserOf(world, 'carol');
    const before = hub.log().length;
    await carol.open('/hub/login');
    t.ok(carol.cookies.names().includes('jupyterhub-hub-login'), 'as it is, it takes it');
    t.notMatch(hub.log().slice(before), /Traceback/);
  });

  await t.test('no client posts there (M1)', async t => {
    const forged = await browser.post('/hub/mount', '');
    t.equal(forged.status, 403);
    t.match(forged.body, /endpoint-refused/);
  });

  await t.test('it is brought again before another start', async t => {
    lab.write('mounts/alice.json', { ...mountOf('alice'), PATH: '/moved' });
    const stopped = await browser.open(`/hub/api/users/${alice}/server`, {
      method: 'DELETE',
      headers: {
        Origin: origin,
        Referer: `${origin}/hub/home`,
        'X-XSRFToken': browser.cookies.value('_xsrf', '/hub/') ?? '',
      },
    });
    t.ok(stopped.status === 204 || stopped.status === 202, stopped.body);
    await startServer(browser, alice);
    t.match(spawnRecord(hub, alice), { mount: { PATH: '/moved' } });
  });

  await t.test('it is brought again past half of its expiresAt, and never past its end', async t => {
    const frank = browserOf(world, 'frank');
    const inSeconds = (left: number): string => new Date(Date.now() + left * 1000).toISOString();
    const begun = Date.now();
    const expiresAt = inSeconds(lastsSeconds);
    lab.write('mounts/frank.json', { ...mountOf('frank'), expiresAt });
    const posts = (): number => hub.log().split(/302 POST \/hub\/mount/).length - 1;
    const look = async (): Promise<number> => (await frank.open(`/hub/spawn-pending/${frankName}`)).status;
    const before = posts();
    await frank.open('/hub/login');
    while (posts() === before) await delay(20);
    lab.write('mounts/frank.json', { ...mountOf('frank'), PATH: '/second', expiresAt: inSeconds(3600) });
    while (posts() === before + 1) await look();
    t.ok(Date.now() >= (begun + Date.parse(expiresAt)) / 2, 'not before');
    t.ok(Date.now() < Date.parse(expiresAt), 'nor when it is too late');
    t.equal(posts(), before + 2, 'once');
    await startServer(frank, frankName);
    t.match(spawnRecord(hub, frankName), { mount: { PATH: '/second' }, real_name: 'frank' });
    t.notMatch(
      readFileSync(join(hub.dataFolder, `spawn-${frankName}.json`), 'utf8'),
      'expiresAt',
      'the hub never sees it',
    );
    lab.write('mounts/frank.json', { ...mountOf('frank'), expiresAt: inSeconds(-1) });
    const refused = await frank.open('/hub/spawn', { follow: false });
    t.equal(refused.status, 503);
    t.match(refused.body, /data-unavailable/);
    t.notMatch(refused.body, /OPENSSH|files|frank\.json/);
  });

  await t.test('a hub that has restarted unseen is told anew', async t => {
    await hub.restart();
    rmSync(join(hub.dataFolder, `spawn-${alice}.json`));
    await startServer(browser, alice);
    t.match(spawnRecord(hub, alice), { mount: { ...mountOf('alice'), PATH: '/moved' } }, 'before a start');
    await hub.restart();
    rmSync(join(hub.dataFolder, `spawn-${alice}.json`));
    await browser.open(`/user/${alice}/`);
    const isStarted = existsSync(join(hub.dataFolder, `spawn-${alice}.json`));
    t.equal(isStarted, release === '0.9.6', 'the old one alone starts a server that somebody looks at');
    if (!isStarted) await startServer(browser, alice);
    t.match(spawnRecord(hub, alice), { mount: { PATH: '/moved' }, real_name: 'alice' }, 'before a look');
  });

  await t.test('a program that starts a server brings it, too', async t => {
    lab.write('mounts/erin.json', mountOf('erin'));
    const erin = 'MVZGS3Q';
    await programOf(world, 'erin').open(`/hub/api/users/${erin}/server`, { method: 'POST', body: '{}' });
    const record = (): boolean => existsSync(join(hub.dataFolder, `spawn-${erin}.json`));
    for (let tries = 0; tries < 100 && !record(); tries += 1) await delay(100);
    t.match(spawnRecord(hub, erin), { mount: mountOf('erin'), real_name: 'erin' });
  });

  t.notMatch(hub.log(), /OPENSSH/, 'the key is in no log of the hub');
  assertNothingLeaked(t, gate.output(), lab.secrets);
}

/** A way to the hub on which it restarts, once, between a login's answer and the POST that follows. */
async function restartingWay(t: Test, hub: Hub): Promise<{ url: string; restarts: () => number }> {
  let restarts = 0;
  const url = await serveHere(t, (incoming, response) => {
    const goOn = (): void => {
      const { method, url: path, rawHeaders: headers } = incoming;
      const asked = request(new URL(path ?? '/', hub.url), { method, headers, setHost: false }, answer => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(response);
      });
      asked.once('error', () => response.destroy());
      incoming.pipe(asked);
    };
    if (incoming.method !== 'POST' || incoming.url !== '/hub/mount' || restarts > 0) return goOn();
    restarts += 1;
    void hub.restart().then(goOn, () => response.destroy());
  });
  return { url, restarts: () => restarts };
}

test('a hub that restarts between the login and its mount logs nobody in, and is asked no second time', async t => {
  const world = await worldOf(t, 'mount-modern-hub', mountPreset, fromFile);
  const { hub, lab } = world;
  lab.write('mounts/alice.json', mountOf('alice'));
  lab.secrets.add(privateKey.split('\n')[1] ?? '');
  const way = await restartingWay(t, hub);
  const config = labConfig({ url: way.url, authenticator: mountPreset }, { inject: fromFile });
  const gate = await startGateHere(t, lab.write('restarting.yaml', config));
  const browser = browserOf({ ...world, gate }, 'alice');
  const refused = await browser.open('/hub/login', { follow: false });
  t.equal(way.restarts(), 1);
  t.equal(refused.status, 502);
  t.match(refused.body, /delivery-failed/);
  t.same(browser.cookies.names(), [], 'no half login');
  const posts = hub.log().split('POST /hub/mount').length - 1;
  t.equal(hub.log().match(/ 500 POST \/hub\/mount/g)?.length, 1, `of ${posts} lines`);
  t.equal((await browser.open('/hub/login')).status, 200, 'the next login brings it');
  t.ok(browser.cookies.names().includes('jupyterhub-hub-login'));
  await startServer(browser, 'MFWGSY3F');
  t.match(spawnRecord(hub, 'MFWGSY3F'), { mount: mountOf('alice'), real_name: 'alice' });
  assertNothingLeaked(t, gate.output(), lab.secrets);
});

/** A start is much work, and then they wait. */
const sideBySide = 2;

test('a mount', { jobs: sideBySide }, async t => {
  const delivered = hubs.map(([fixture, release]) =>
    t.test(`on hub ${release}`, { buffered: true }, t => deliverMounts(t, fixture, release)),
  );
  await Promise.all(delivered);
});

const dataHubs: readonly (readonly [fixture: HubFixture, preset: string])[] = [
  ['remote-login-data', 'jhub_remote_login.DataRemoteUserAuthenticator'],
  ['jhub-authenticators-data', 'jhub_authenticators.DataRemoteUserAuthenticator'],
];

for (const [fixture, preset] of dataHubs) {
  test(`data for ${preset}`, async t => {
    const grades = await serveHere(t, ({ url }, response) => {
      if (url === '/alice') response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"maths": 1.5}');
      else response.writeHead(404).end();
    });
    const data = {
      State: { claim: 'lab_state' },
      Course: { file: 'mounts/{user}.json' },
      Team: { expression: 'claims.?lab_team.orValue(null)' },
      Grade: { url: `${grades}/{user}` },
    };
    const extraConfig = 'c.DataRemoteUserAuthenticator.data_headers = ["State", "Course", "Team", "Grade"]';
    const world = await worldOf(t, fixture, preset, { data }, { extraConfig });
    const { hub, lab, gate } = world;
    lab.write('mounts/alice.json', ['algebra', { "it's": null }]);
    const alice = 'mfwgsy3f';
    for (const state of ["it's", 'zoë \\ "x"', { a: [1, true, null] }]) {
      const browser = browserOf(world, 'alice', { lab_state: state, lab_team: 'blue' });
      await browser.open('/hub/login');
      await startServer(browser, alice);
      const others = { Course: ['algebra', { "it's": null }], Team: 'blue', Grade: { maths: 1.5 } };
      t.match(
        spawnRecord(hub, alice),
        { real_name: 'alice', data: { State: state, ...others } },
        'several in one POST',
      );
      const stopped = await browser.open(`/hub/api/users/${alice}/server`, {
        method: 'DELETE',
        headers: { Origin: origin, Referer: `${origin}/hub/home` },
      });
      t.ok(stopped.status < 300, stopped.body);
    }
    await hub.restart();
    rmSync(join(hub.dataFolder, `spawn-${alice}.json`));
    const again = browserOf(world, 'alice', { lab_state: 'again' });
    await again.open('/hub/login');
    await hub.restart();
    await startServer(again, alice);
    t.match(spawnRecord(hub, alice), { real_name: 'alice', data: { State: 'again' } }, 'in a hub that has restarted');
    const without = browserOf(world, 'bob');
    await without.open('/hub/login');
    t.ok(without.cookies.names().includes('jupyterhub-hub-login'), 'a user without data logs in without');
    assertNothingLeaked(t, gate.output(), lab.secrets);
  });
}
