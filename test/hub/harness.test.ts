/** The hub fixtures themselves, one a release: each starts, logs in by the header alone, and leaves nothing behind. */
import { existsSync } from 'node:fs';
import { test } from 'tap';
import { processesNaming } from '../../scripts/leftover-processes.ts';
import { BrowserSession } from '../clients/browser-session.ts';
import { fieldValues, rawRequest } from '../clients/raw-client.ts';
import { type HubFixture, type HubOptions, ownReleases, startHub } from './setup/hub.ts';

/** `user` is the hub's name for alice: some authenticators encode it. */
const rows: { fixture: HubFixture; user: string; options: HubOptions }[] = [
  { fixture: 'remote-user-authenticator', user: 'alice', options: { singleuser: 'real' } },
  { fixture: 'mount', user: 'MFWGSY3F', options: {} },
  { fixture: 'mount-modern-hub', user: 'MFWGSY3F', options: { release: '4.1.6' } },
  { fixture: 'header', user: 'alice', options: { release: '5.5.4' } },
];

/** Hub 0.9.6 has no XSRF cookie. */
function loginCookies(release: string | undefined): string[] {
  const held = ['jupyterhub-hub-login', 'jupyterhub-session-id'];
  return release === '0.9.6' ? held : ['_xsrf', ...held];
}

for (const { fixture, user, options } of rows) {
  const release = options.release ?? ownReleases[fixture];
  test(`${fixture} on hub ${release} starts, logs in and ends`, async t => {
    const hub = await startHub(t, fixture, options);
    const port = Number(new URL(hub.url).port);

    const [login] = await rawRequest({
      port,
      bytes: `GET /hub/login HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nRemote-User: alice\r\nConnection: close\r\n\r\n`,
    });
    t.equal(login?.status, 302);
    const names = fieldValues(login ?? { fields: [] }, 'Set-Cookie').map(line => line.split('=')[0]);
    t.strictSame(names.sort(), loginCookies(release));

    const browser = new BrowserSession({ port, headers: { 'Remote-User': 'alice' } });
    const home = await browser.open('/hub/login');
    t.equal(home.status, 200);
    t.match(browser.cookies.names(), loginCookies(release));

    const started = await browser.post(`/hub/api/users/${user}/server`, '', { Referer: `${hub.url}/hub/home` });
    t.ok([201, 202].includes(started.status), `the server starts: ${started.status} ${started.body.slice(0, 200)}`);
    t.ok(processesNaming(hub.dataFolder).length >= 3, 'the hub, its proxy and the server run');

    await hub.stop();
    t.strictSame(processesNaming(hub.dataFolder), []);
    t.notOk(existsSync(hub.dataFolder), 'its folder is gone');
    t.match(hub.log(), /JupyterHub/, 'its log can still be read');
  });
}

test('a hub that can not start says why', async t => {
  const start = startHub(t, 'header', { extraConfig: 'raise ValueError("no such luck")' });
  await t.rejects(start, { message: /ended with 1 before it answered[\s\S]*no such luck/ });
});
