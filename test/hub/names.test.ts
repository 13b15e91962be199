/** Users called by their address, and named servers, on a real hub: whatever the hub escapes, its cookies and paths find their owner. */
import { test } from 'tap';
import { BrowserSession } from '../clients/browser-session.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { startHub } from './setup/hub.ts';
import { hubUsers } from './setup/hub-users.ts';

const user = "zoe.o'hara+lab@example.org";
/** As the hub escapes it. */
const escaped = encodeURIComponent(user).replaceAll("'", '%27').replaceAll('%40', '@');
const origin = `http://${publicHost}`;

/** The second has a dash, as the default server of another user could have. */
const servers = ['', 'gpu-2'];

test('addresses as names, and named servers', async t => {
  const hub = await startHub(t, 'header', {
    singleuser: 'real',
    extraConfig: 'c.JupyterHub.allow_named_servers = True',
  });
  const lab = makeLab(t);
  const config = labConfig(
    { url: hub.url, authenticator: 'jhubauthenticators.HeaderAuthenticator' },
    { user: { pattern: "^[a-z0-9@.+_'-]+$" } },
  );
  const gate = await startGateHere(t, lab.write('proxy.yaml', config));
  const headers = { Authorization: `Bearer ${lab.token(user)}` };
  const browser = new BrowserSession({ port: gate.port, origin, headers });
  await browser.open('/hub/login');
  t.strictSame(await hubUsers(hub), [user]);

  for (const server of servers) {
    await t.test(`server '${server}'`, async t => {
      const resource = server === '' ? 'server' : `servers/${server}`;
      const started = await browser.post(`/hub/api/users/${escaped}/${resource}`, '');
      t.match(String(started.status), /^20[12]$/, started.body);
      const progress = await browser.open(`/hub/api/users/${escaped}/${resource}/progress`);
      t.match(progress.body, '"ready": true');

      const base = `/user/${escaped}/${server === '' ? '' : `${server}/`}`;
      const page = await browser.open(`${base}files/none`);
      t.ok(
        page.journey.some(step => step.includes('/hub/api/oauth2/authorize')),
        page.journey.join(', '),
      );
      t.equal(page.status, 404, 'the server knows who asks, and has no such file');
      const status = await browser.open(`${base}api/status`);
      t.equal(status.status, 200, status.body);
      const kernel = await browser.post(`${base}api/kernels`, '{"name": "python3"}');
      t.equal(kernel.status, 201, kernel.body);
    });
  }

  await t.test('a named server is stopped and removed with a body on DELETE', async t => {
    const token = browser.cookies.value('_xsrf', '/hub/') ?? '';
    const removed = await browser.open(`/hub/api/users/${escaped}/servers/gpu-2`, {
      method: 'DELETE',
      body: '{"remove": true}',
      headers: { Origin: origin, 'X-XSRFToken': token, 'Content-Type': 'application/json' },
    });
    t.match(String(removed.status), /^20[24]$/, removed.body);
    const model = await browser.open(`/hub/api/users/${escaped}`);
    t.equal(model.status, 200);
  });

  for (const value of browser.cookies.values()) lab.secrets.add(value);
  assertNothingLeaked(t, gate.output(), lab.secrets);
});
