/** Plugins that believe a body about who the user is: what they do with it, and that behind the gate nobody is somebody else (attack S7). */
import { type Test, test } from 'tap';
import { BrowserSession } from '../clients/browser-session.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { type Hub, type HubFixture, type HubOptions, startHub } from './setup/hub.ts';
import { hubUsers } from './setup/hub-users.ts';

const origin = `http://${publicHost}`;
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const oldRequest = '/hub/api/authorizations/token';

type Row = {
  fixture: HubFixture;
  options?: HubOptions;
  preset: string;
  /** Of mallory's choice, with the path and the body that the hub takes for a login as admin. */
  forged: { path: string; body: string; type: Record<string, string> }[];
  admin: string;
};

const password = 'username=admin&password=password';
const json = { 'Content-Type': 'application/json' };
const byForm = { path: '/hub/login', body: password, type: form };
const byOldRequest = { path: oldRequest, body: '{"username":"admin","password":"password"}', type: json };
const byRequest = {
  path: '/hub/api/users/admin/tokens',
  body: '{"auth":{"username":"admin","password":"password"}}',
  type: json,
};
const dummy = 'jhub_remote_login.DummyAuthenticator';

const rows: Row[] = [
  { fixture: 'remote-login-dummy', preset: dummy, forged: [byForm, byRequest], admin: 'admin' },
  {
    fixture: 'remote-login-dummy',
    options: { release: '0.9.6' },
    preset: dummy,
    forged: [byForm, byOldRequest],
    admin: 'admin',
  },
  ...(
    [
      ['remote-login-data', 'jhub_remote_login.DataRemoteUserAuthenticator'],
      ['jhub-authenticators-data', 'jhub_authenticators.DataRemoteUserAuthenticator'],
    ] as const
  ).map(
    ([fixture, preset]): Row => ({
      fixture,
      preset,
      forged: [{ path: oldRequest, body: '{"Remote-User":"admin"}', type: json }],
      admin: 'mfsg22lo',
    }),
  ),
];

/** What the hub makes of it where nothing stands in front. */
async function believed(t: Test, hub: Hub, { forged, admin }: Row): Promise<void> {
  for (const { path, body, type } of forged) {
    const browser = new BrowserSession({ port: Number(new URL(hub.url).port) });
    await browser.open('/hub/login', { follow: false });
    const answer = await browser.open(path, {
      method: 'POST',
      body: path === '/hub/login' ? withToken(browser, body) : body,
      headers: { ...type, Origin: hub.url, ...xsrf(browser) },
      follow: false,
    });
    t.ok([200, 201, 302].includes(answer.status), `the hub believes ${body} on ${path}: ${answer.status}`);
  }
  t.strictSame(await hubUsers(hub), [admin], 'and has an admin now');
}

function xsrf(browser: BrowserSession): Record<string, string> {
  const token = browser.cookies.value('_xsrf', '/hub/');
  return token === undefined ? {} : { 'X-XSRFToken': token };
}

function withToken(browser: BrowserSession, body: string): string {
  const token = browser.cookies.value('_xsrf', '/hub/');
  return token === undefined ? body : `_xsrf=${encodeURIComponent(token)}&${body}`;
}

for (const row of rows) {
  const { fixture, preset, forged, admin, options = {} } = row;
  test(`${preset} on ${options.release ?? 'its own release'}`, async t => {
    const open = await startHub(t, fixture, options);
    await believed(t, open, row);
    await open.stop();

    const hub = await startHub(t, fixture, options);
    const lab = makeLab(t);
    const gate = await startGateHere(t, lab.write('proxy.yaml', labConfig({ url: hub.url, authenticator: preset })));
    const mallory = new BrowserSession({
      port: gate.port,
      origin,
      headers: { Authorization: `Bearer ${lab.token('mallory')}` },
    });
    if (preset === dummy) await mallory.open('/hub/login', { follow: false });
    for (const { path, body, type } of forged) {
      const answer = await mallory.open(path, {
        method: 'POST',
        body: path === '/hub/login' ? withToken(mallory, body) : body,
        headers: { ...type, Origin: origin, ...xsrf(mallory) },
        follow: false,
      });
      t.equal(answer.status, 403, `behind the gate ${body} on ${path} is refused`);
      t.match(answer.body, path === oldRequest ? 'endpoint-refused' : 'user-mismatch');
    }
    t.strictSame(await hubUsers(hub), [], `and there is no ${admin}`);

    if (preset === dummy) {
      const login = await mallory.open('/hub/login', {
        method: 'POST',
        body: withToken(mallory, 'username=mallory&password=password'),
        headers: { ...form, Origin: origin },
        follow: false,
      });
      t.equal(login.status, 302, 'under their own name they log in');
      t.strictSame(await hubUsers(hub), ['mallory']);
    }
    assertNothingLeaked(t, gate.output(), lab.secrets);
  });
}
