/** Users called beyond ASCII (`user.unicode`) on real hubs: the plugin reads what was meant, and cookies and paths find their owner (M2). */
import { type Test, test } from 'tap';
import { presets } from '../../src/hub/presets.ts';
import { BrowserSession } from '../clients/browser-session.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { type GateHere, startGateHere } from '../gates/gate-here.ts';
import { assertedUserHeader, type Lab, labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { type Hub, type HubFixture, startHub } from './setup/hub.ts';
import { hubUsers, spawnRecord } from './setup/hub-users.ts';

type Row = {
  readonly fixture: HubFixture;
  readonly preset: keyof typeof presets;
  /** Proved names, and the hub's for each. */
  readonly names: Readonly<Record<string, string>>;
  readonly refused: readonly string[];
};

/** à and Å end in bytes that are white space in latin-1 once they are UTF-8. */
const latin1 = { Jürgen: 'jürgen', andreà: 'andreà', 'bjÖrn-Å': 'björn-å', 'cafe\u0301': 'café' };

const rows: readonly Row[] = [
  {
    fixture: 'mount-remote-user',
    preset: 'jhub_remote_auth_mount.RemoteUserAuthenticator',
    names: {
      Jürgen: 'NLBYHQV4OJTWK3Q',
      andreà: 'MFXGI4TFYOB4FIA',
      Иван: 'YOIMFOGDSDBLFQ4QYKYMHEGCXU',
      李小龍: 'YOTMFHOCR3B2LQVQYKH4HKOCX3BI2',
    },
    refused: ['аlice', 'СОСО', 'a\u200blice', '\u212Aate'],
  },
  {
    fixture: 'header',
    preset: 'jhubauthenticators.HeaderAuthenticator',
    names: latin1,
    refused: ['Иван', '李小龍', 'łukasz'],
  },
  {
    fixture: 'remote-user-authenticator',
    preset: 'jhub_remote_user_authenticator.RemoteUserAuthenticator',
    names: latin1,
    refused: ['Иван', '李小龍', 'łukasz'],
  },
];

const origin = `http://${publicHost}`;

for (const { fixture, preset, names, refused } of rows) {
  test(`${preset}: names beyond ASCII`, async t => {
    const { hub, lab, gate } = await labFor(t, fixture, preset);
    const hubNames = Object.values(names);
    for (const [name, hubName] of Object.entries(names)) {
      await logsIn(t, gate, { Authorization: `Bearer ${lab.token(name)}` }, hubName);
      await logsIn(t, gate, { [assertedUserHeader]: Buffer.from(name).toString('latin1') }, hubName);
      t.equal(presets[preset].hubName(name.normalize('NFC').toLowerCase()).name, hubName, 'as the preset says');
    }
    for (const name of refused) {
      const headers = { Authorization: `Bearer ${lab.token(name)}` };
      const answer = await new BrowserSession({ port: gate.port, origin, headers }).open('/hub/login');
      t.equal(answer.status, 403, `${name} is refused`);
    }
    t.strictSame(await hubUsers(hub), hubNames.sort(), 'and the hub knows nobody else');
    assertNothingLeaked(t, gate.output(), lab.secrets);
  });
}

/** Whose server is visited, in the hub's own spelling. */
const owners: readonly (readonly [fixture: HubFixture, preset: keyof typeof presets, hubName: string])[] = [
  ['header', 'jhubauthenticators.HeaderAuthenticator', 'jürgen'],
  ['mount-remote-user', 'jhub_remote_auth_mount.RemoteUserAuthenticator', 'NLBYHQV4OJTWK3Q'],
];

for (const [fixture, preset, hubName] of owners) {
  test(`${preset}: jürgen's own server`, async t => {
    const { hub, lab, gate } = await labFor(t, fixture, preset, { singleuser: 'real' });
    const escaped = encodeURIComponent(hubName);
    const browser = await logsIn(t, gate, { Authorization: `Bearer ${lab.token('jürgen')}` }, hubName);
    const started = await browser.post(`/hub/api/users/${escaped}/server`, '');
    t.match(String(started.status), /^20[12]$/, started.body);
    t.match((await browser.open(`/hub/api/users/${escaped}/server/progress`)).body, '"ready": true');
    t.match(spawnRecord(hub, hubName), { name: hubName });

    const page = await browser.open(`/user/${escaped}/files/none`);
    t.equal(page.status, 404, 'the server knows who asks, and has no such file');
    t.ok(page.journey.some(step => step.includes('/hub/api/oauth2/authorize')));
    const cookie = browser.cookies.value(`jupyterhub-user-${escaped}`, `/user/${escaped}/`);
    t.ok(cookie, "the server's cookie is kept under the hub's name");
    const again = await browser.open(`/user/${escaped}/api/status`);
    t.equal(again.status, 200, again.body);
    t.strictSame(again.journey, [`200 /user/${escaped}/api/status`], 'and it goes up: nobody is asked again');
    const kernel = await browser.post(`/user/${escaped}/api/kernels`, '{"name": "python3"}');
    t.equal(kernel.status, 201, kernel.body);

    for (const value of browser.cookies.values()) lab.secrets.add(value);
    assertNothingLeaked(t, gate.output(), lab.secrets);
  });
}

async function labFor(
  t: Test,
  fixture: HubFixture,
  authenticator: string,
  options: Parameters<typeof startHub>[2] = {},
): Promise<{ hub: Hub; lab: Lab; gate: GateHere }> {
  const hub = await startHub(t, fixture, options);
  const lab = makeLab(t);
  const config = labConfig({ url: hub.url, authenticator }, { user: { unicode: true } });
  return { hub, lab, gate: await startGateHere(t, lab.write('proxy.yaml', config)) };
}

async function logsIn(
  t: Test,
  gate: GateHere,
  headers: Readonly<Record<string, string>>,
  hubName: string,
): Promise<BrowserSession> {
  const browser = new BrowserSession({ port: gate.port, origin, headers });
  const login = await browser.open('/hub/login', { follow: false });
  t.equal(login.status, 302, `${hubName} logs in`);
  const self = JSON.parse((await browser.open('/hub/api/user')).body) as { name?: string };
  t.equal(self.name, hubName, `and is ${hubName} at the hub`);
  return browser;
}
