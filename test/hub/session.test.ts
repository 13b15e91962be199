/** A browser that is handed over by a form works with a real hub by its cookie alone, and not after its logout. */
import { randomBytes } from 'node:crypto';
import { test } from 'tap';
import { BrowserSession } from '../clients/browser-session.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { startHub } from './setup/hub.ts';
import { hubUsers } from './setup/hub-users.ts';

const origin = `http://${publicHost}`;
const site = 'https://www.test';

test('from the primary site into the hub, and out again', async t => {
  const hub = await startHub(t, 'remote-user-authenticator');
  const lab = makeLab(t);
  const key = randomBytes(32).toString('hex');
  lab.secrets.add(key);
  lab.write('session-key', key);
  const session = {
    keyFiles: ['session-key'],
    handoff: { origins: [site] },
    dangerouslyInsecureCookies: true,
  };
  const authenticator = 'jhub_remote_user_authenticator.RemoteUserAuthenticator';
  const config = labConfig({ url: hub.url, authenticator }, { sso: [], session });
  const gate = await startGateHere(t, lab.write('proxy.yaml', config));
  const browser = new BrowserSession({ port: gate.port, origin });

  const before = await browser.open('/hub/home');
  t.equal(before.status, 401, 'nobody yet');
  const body = new URLSearchParams({ token: lab.token('alice'), next: '/hub/home' }).toString();
  const headers = { Origin: site, 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'cross-site' };
  const entered = await browser.open('/hubgate/session', { method: 'POST', headers, body });
  t.match(entered.journey[0], '303 /hubgate/session');
  t.match(entered.journey[1], '302 /hub/home', 'the form leads into the hub');
  t.ok(
    entered.journey.some(step => step.startsWith('302 /hub/login')),
    'which logs the user in by the header',
  );
  const home = await browser.open('/hub/home');
  t.equal(home.status, 200);
  t.match(home.headers['cache-control'], /no-store|no-cache|private/);
  t.strictSame(await hubUsers(hub), ['alice']);
  const self = JSON.parse((await browser.open('/hub/api/user')).body) as { name?: string };
  t.equal(self.name, 'alice');

  const stranger = new BrowserSession({ port: gate.port, origin });
  stranger.cookies.store(
    [`jupyterhub-hub-login=${browser.cookies.value('jupyterhub-hub-login', '/hub/') ?? ''}; Path=/hub/`],
    '/',
  );
  t.equal((await stranger.open('/hub/home')).status, 401, "the hub's own cookie is no proof");

  const sealed = browser.cookies.values();
  const out = await browser.post('/hubgate/logout', '');
  t.strictSame([out.status, out.path], [200, '/hubgate/logged-out']);
  t.equal((await browser.open('/hub/home')).status, 401, 'out');
  for (const value of sealed) lab.secrets.add(value);
  assertNothingLeaked(t, gate.output(), lab.secrets);
});
