/** Advisories on real hubs that they are about: what works on the bare hub does not through the gate, and a sound hub is left alone (P11, M5). */
import { type Test, test } from 'tap';
import type { HubRelease } from '../../scripts/python-environments.ts';
import { type BrowserRequest, type BrowserResponse, BrowserSession } from '../clients/browser-session.ts';
import { type GateHere, startGateHere } from '../gates/gate-here.ts';
import { assertedUserHeader, labConfig, makeLab, publicHost, type WrittenConfig } from '../gates/lab.ts';
import { until } from '../reload/stand/stand.ts';
import { startHub } from './setup/hub.ts';

const formType = { 'Content-Type': 'application/x-www-form-urlencoded' };
const evil = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };

/** A form on another site's page, and one that a script there sends. */
const spawnBy = (mode: string): BrowserRequest => ({
  method: 'POST',
  body: 'a=b',
  headers: { ...formType, ...evil, 'Sec-Fetch-Mode': mode },
});

/** A page of the attacker, behind the hub's own name. */
const astray = (origin: string): string => `/hub/?next=${encodeURIComponent(`${origin}///evil.example/x`)}`;

/** Both sides of one hub: past the gate, and through it with an ingress' word for the user. */
interface Sides {
  readonly hubUrl: string;
  readonly bare: BrowserSession;
  readonly gated: BrowserSession;
  readonly gate: GateHere;
  readonly log: () => string;
}

/** The gate says what it has found out in its log. */
async function versionKnown(gate: GateHere, release: HubRelease): Promise<void> {
  await until(
    async () => gate.output(),
    output => output.includes(`"version":"${release}"`),
  );
}

interface Setting {
  readonly release: HubRelease;
  readonly extraConfig?: string;
  readonly hub?: WrittenConfig;
  readonly more?: WrittenConfig;
}

async function openSides(t: Test, { release, extraConfig = '', hub: told, more }: Setting): Promise<Sides> {
  const hub = await startHub(t, 'mount-remote-user', { release, extraConfig });
  const lab = makeLab(t);
  const preset = { authenticator: 'jhub_remote_auth_mount.RemoteUserAuthenticator' };
  const config = labConfig({ url: hub.url, ...preset, ...told }, more);
  const gate = await startGateHere(t, lab.write('gate.yaml', config));
  await versionKnown(gate, release);
  const origin = `http://${publicHost}`;
  return {
    hubUrl: hub.url,
    bare: new BrowserSession({ port: Number(new URL(hub.url).port), headers: { 'Remote-User': 'alice' } }),
    gated: new BrowserSession({ port: gate.port, origin, headers: { [assertedUserHeader]: 'alice' } }),
    gate,
    log: hub.log,
  };
}

const once: BrowserRequest = { follow: false };

function at(browser: BrowserSession, path: string, options: BrowserRequest): Promise<BrowserResponse> {
  return browser.open(path, { ...options, ...once });
}

/** The gate's own refusals are told by their form. */
function refusedWith(t: Test, { status, body }: BrowserResponse, reason: string, message: string): void {
  t.match({ status, body }, { status: reason === 'origin-refused' ? 403 : 413, body: reason }, message);
}

test('P11 on 0.9.6: forms have no XSRF token, and cookies of a name are one', async t => {
  const { bare, gated } = await openSides(t, { release: '0.9.6' });
  await bare.open('/hub/login');
  await gated.open('/hub/login');

  const spawned = await at(bare, '/hub/spawn', spawnBy('navigate'));
  t.equal(spawned.status, 302, 'CVE-2020-36191 on the bare hub: another site starts a server');
  refusedWith(t, await at(gated, '/hub/spawn', spawnBy('navigate')), 'origin-refused', 'and not through the gate');
  const old = { method: 'POST', body: 'a=b', headers: { ...formType, Referer: 'https://evil.example/' } };
  refusedWith(t, await at(gated, '/hub/spawn', old), 'origin-refused', "nor an old browser's form");

  const mallory = new BrowserSession({ port: bare.port, headers: { 'Remote-User': 'mallory' } });
  await mallory.open('/hub/login');
  const name = 'jupyterhub-hub-login';
  const tossed = `${name}=${mallory.cookies.value(name, '/hub/home')}`;
  const both = (victim: BrowserSession): BrowserRequest => ({
    headers: { Cookie: `${name}=${victim.cookies.value(name, '/hub/home')}; ${tossed}` },
  });
  const asMallory = await at(new BrowserSession({ port: bare.port }), '/hub/home', both(bare));
  t.match(asMallory, { status: 200, body: 'NVQWY3DPOJ4Q' }, "CVE-2024-28233 on the bare hub: the tossed cookie's user");
  const proved = new BrowserSession({
    port: gated.port,
    origin: `http://${publicHost}`,
    headers: { [assertedUserHeader]: 'alice' },
  });
  const held = await at(proved, '/hub/home', both(gated));
  t.match(held, { status: 302, headers: { location: /^\/hub\/login/ } }, 'through the gate: a login');
  const alone = await at(gated, '/hub/home', {});
  t.match(alone, { status: 200, body: 'MFWGSY3F' }, 'and a cookie alone is the user');

  const own = await gated.post('/hub/spawn', 'a=b', formType);
  t.ok(own.status < 400, `our own page's form starts a server: ${own.status}`);
});

test('P11 on 4.1.6: no-cors is taken for the page itself, and next leads elsewhere', async t => {
  const { hubUrl, bare, gated } = await openSides(t, { release: '4.1.6' });
  await bare.open('/hub/login');
  await gated.open('/hub/login');

  const redirected = await at(bare, astray(hubUrl), {});
  t.equal(redirected.headers.location, '///evil.example/x', 'CVE-2026-33709 on the bare hub');
  const kept = await at(gated, astray(`http://${publicHost}`), {});
  t.equal(kept.headers.location, '/hub/home', 'through the gate: home');

  t.equal((await at(bare, '/hub/spawn', spawnBy('navigate'))).status, 403, 'a form is judged by the hub');
  const judged = await at(gated, '/hub/spawn', spawnBy('navigate'));
  t.equal(judged.status, 403);
  t.notMatch(judged.body, /origin-refused/, 'which the gate leaves to it');
  refusedWith(
    t,
    await at(gated, '/hub/spawn', spawnBy('no-cors')),
    'origin-refused',
    'CVE-2026-40864 through the gate',
  );
  const spawned = await at(bare, '/hub/spawn', spawnBy('no-cors'));
  t.match(spawned, { status: 302, headers: { location: /spawn-pending/ } }, 'and on the bare hub: a server starts');
});

test('4.1.6: what is skipped is off', async t => {
  const { gated } = await openSides(t, { release: '4.1.6', hub: { skipWorkarounds: ['CVE-2026-40864'] } });
  await gated.open('/hub/login');
  const spawned = await at(gated, '/hub/spawn', spawnBy('no-cors'));
  t.match(spawned, { status: 302, headers: { location: /spawn-pending/ } });
});

const passwords = `
c.JupyterHub.authenticator_class = "jupyterhub.auth.DummyAuthenticator"
c.DummyAuthenticator.password = "password"
`;

test('M5 on 4.1.6: a name in a login form is written to the log whole', async t => {
  const form = (length: number): string => `username=${'A'.repeat(length)}&password=wrong`;
  const custom = { authenticator: 'custom' };
  const inject = { user: { header: 'X-App-User', paths: ['/hub/nowhere'] } };
  const setting = { release: '4.1.6', extraConfig: passwords, hub: custom, more: { inject } } as const;
  const { bare, gated, log } = await openSides(t, setting);
  const longest = (): number => Math.max(0, ...(log().match(/A+/g) ?? []).map(({ length }) => length));

  await gated.open('/hub/login');
  const long = await gated.post('/hub/login', form(100_000), formType);
  refusedWith(t, long, 'body-too-large', 'CVE-2026-54338 through the gate');
  t.equal((await gated.post('/hub/login', form(1000), formType)).status, 200, "and a short one is the hub's to judge");
  t.ok(longest() <= 8192, `the log has ${longest()} letters of it`);

  await bare.open('/hub/login');
  await bare.post('/hub/login', form(100_000), formType);
  t.equal(longest(), 100_000, 'on the bare hub: all of them');
});

for (const release of ['5.5.4', '6.1.1'] as const) {
  test(`${release}: holds all by itself, and is left to`, async t => {
    const { gated, gate } = await openSides(t, { release });
    t.match(gate.output(), `"version":"${release}","workarounds":[]`);
    await gated.open('/hub/login');
    for (const mode of ['no-cors', 'navigate']) {
      const judged = await at(gated, '/hub/spawn', spawnBy(mode));
      t.equal(judged.status, 403, `${mode}: the hub refuses`);
      t.notMatch(judged.body, /origin-refused/, 'and not the gate');
    }
    const kept = await at(gated, astray(`http://${publicHost}`), {});
    t.equal(kept.headers.location, '/hub/home', 'next is held on every hub');
  });
}
