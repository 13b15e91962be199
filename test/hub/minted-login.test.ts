/** jhub_remote_login 0.2.119 on its real hub: the token that it wants is minted for one login, and is nowhere afterwards. */
import { test } from 'tap';
import { BrowserSession } from '../clients/browser-session.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { labConfig, makeLab, publicHost, type WrittenConfig } from '../gates/lab.ts';
import { startHub } from './setup/hub.ts';
import { hubUsers, tokenNotes } from './setup/hub-users.ts';
import { startServer } from './setup/user-server.ts';

const origin = `http://${publicHost}`;
const serviceToken = 'lab-gateway-token-0123456789';

test('jhub_remote_login.RemoteUserAuthenticator', async t => {
  const hub = await startHub(t, 'remote-login-token');
  const lab = makeLab(t);
  lab.write('service', serviceToken);
  lab.secrets.add(serviceToken);
  const authenticator = 'jhub_remote_login.RemoteUserAuthenticator';
  const gateWith = (exchange: WrittenConfig) =>
    startGateHere(
      t,
      lab.write('proxy.yaml', labConfig({ url: hub.url, authenticator, tokenFile: 'service' }, { exchange })),
    );
  const gate = await gateWith({});
  const browserOf = (user: string): BrowserSession =>
    new BrowserSession({
      port: gate.port,
      origin,
      headers: { Authorization: `Bearer ${lab.token(user)}`, Accept: 'text/html' },
    });

  await t.test('logs in whom the gate has proved', async t => {
    const browser = browserOf('alice');
    const login = await browser.open('/hub/login', { follow: false });
    t.equal(login.status, 302, login.body.slice(0, 400));
    t.ok(browser.cookies.names().includes('jupyterhub-hub-login'));
    t.notOk(browser.cookies.names().includes('token'), 'the cookies of the plugin stay here');
    t.notOk(browser.cookies.names().includes('username'));
    await startServer(browser, 'alice');
    t.same(await hubUsers(hub), ['alice']);
  });

  await t.test('and takes the token back', async t => {
    const deadline = performance.now() + 10_000;
    let notes = await tokenNotes(hub, 'alice');
    while (notes.some(note => note.startsWith('hubgate')) && performance.now() < deadline)
      notes = await tokenNotes(hub, 'alice');
    t.same(
      notes.filter(note => note.startsWith('hubgate')),
      [],
    );
  });

  await t.test("several at once do not take one another's away", async t => {
    const logins = await Promise.all([1, 2, 3, 4].map(() => browserOf('alice').open('/hub/login', { follow: false })));
    t.same(
      logins.map(({ status }) => status),
      [302, 302, 302, 302],
    );
  });

  await t.test('no header and no cookie of a client counts', async t => {
    for (const headers of [
      { username: 'bob', token: serviceToken },
      { Username: 'bob' },
      { Cookie: `username=bob; token=${serviceToken}` },
    ]) {
      const browser = browserOf('alice');
      const answer = await browser.open('/hub/login', { follow: false, headers });
      t.equal(answer.status, 302);
    }
    t.same(await hubUsers(hub), ['alice'], 'nobody else has come in');
  });

  await t.test('a user that the hub does not know', async t => {
    const refused = await browserOf('bob').open('/hub/login', { follow: false });
    t.equal(refused.status, 403);
    t.match(refused.body, /hub-user-unknown/);
    t.same(await hubUsers(hub), ['alice']);
    const making = await gateWith({ createUsers: true });
    const headers = { Authorization: `Bearer ${lab.token('bob')}` };
    const login = await new BrowserSession({ port: making.port, origin, headers }).open('/hub/login', {
      follow: false,
    });
    t.equal(login.status, 302, 'who is made is on the list of the plugin, too');
    t.same(await hubUsers(hub), ['alice', 'bob']);
  });
  assertNothingLeaked(t, gate.output(), lab.secrets);
});
