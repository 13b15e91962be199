/** A user's day through the gate with a real single-user server: login, spawn, OAuth, a kernel, files, tokens. */
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'tap';
import { BrowserSession } from '../clients/browser-session.ts';
import { type KernelChannel, openKernel } from '../clients/kernel-client.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { assertedUserHeader, labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { spyExtension } from './setup/field-spy.ts';
import { startHub } from './setup/hub.ts';
import { makeUserToken } from './setup/hub-users.ts';
import { startServer } from './setup/user-server.ts';

const alice = 'MFWGSY3F';
const bob = 'MJXWE';
const origin = `http://${publicHost}`;

test('a notebook through the gate', async t => {
  const hub = await startHub(t, 'mount-remote-user', { singleuser: 'real', extraConfig: spyExtension });
  const lab = makeLab(t);
  const authenticator = 'jhub_remote_auth_mount.RemoteUserAuthenticator';
  const config = labConfig({ url: hub.url, authenticator, apiTokens: 'forward' });
  const gate = await startGateHere(t, lab.write('proxy.yaml', config));
  const proof = { Authorization: `Bearer ${lab.token('alice')}` };
  const browser = new BrowserSession({ port: gate.port, origin, headers: proof });
  const remember = (): void => {
    for (const value of browser.cookies.values()) lab.secrets.add(value);
  };
  const base = `/user/${alice}`;

  await t.test('login, spawn, and the OAuth round trip', async t => {
    await browser.open('/hub/login');
    await startServer(browser, alice);
    const page = await browser.open(`${base}/field-spy`);
    t.equal(page.status, 200, 'a page');
    t.ok(
      page.journey.some(step => step.includes('/hub/api/oauth2/authorize')),
      'the hub was asked',
    );
    t.ok(
      page.journey.some(step => step.includes(`${base}/oauth_callback`)),
      'and sent the browser back',
    );
    t.match(browser.cookies.names(), ['_xsrf', '_xsrf', 'jupyterhub-hub-login', 'jupyterhub-session-id']);
    t.ok(browser.cookies.names().includes(`jupyterhub-user-${alice}`));
    remember();
  });

  await t.test('a kernel over the WebSocket', async t => {
    const started = await browser.post(`${base}/api/kernels`, JSON.stringify({ name: 'python3' }));
    t.equal(started.status, 201);
    const { id } = JSON.parse(started.body) as { id: string };
    const path = `${base}/api/kernels/${id}/channels`;
    const opening = { port: gate.port, path };
    const cookies = { Host: publicHost, Origin: origin, Cookie: browser.cookies.header(path) };

    await t.rejects(openKernel({ ...opening, headers: cookies }), /401/, 'not with the cookies alone');
    const elsewhere = { ...cookies, ...proof, Origin: 'http://evil.test' };
    await t.rejects(openKernel({ ...opening, headers: elsewhere }), /403/, 'not from a page of another origin');
    const { Origin: _origin, ...nowhere } = { ...cookies, [assertedUserHeader]: 'alice' };
    await t.rejects(openKernel({ ...opening, headers: nowhere }), /403/, 'not from nowhere, with an assertion');

    const kernel: KernelChannel = await openKernel({ ...opening, headers: { ...cookies, ...proof } });
    t.match(await kernel.execute('1+1'), { status: 'ok', result: '2' });
    const printed = await kernel.execute("print('x' * 300_000)");
    t.equal(printed.printed.length, 300_001, 'a large message comes whole');
    const environment = await kernel.execute("import os; ' '.join(os.environ.values())");
    t.notOk(environment.result?.includes(proof.Authorization.slice(7)), 'no token in the environment');
    await kernel.close();
    const deleted = await browser.open(`${base}/api/kernels/${id}`, {
      method: 'DELETE',
      headers: { Origin: origin, 'X-XSRFToken': browser.cookies.value('_xsrf', `${base}/`) ?? '' },
    });
    t.equal(deleted.status, 204);
  });

  await t.test('a file up and down', async t => {
    const content = randomBytes(3_000_000);
    const model = { type: 'file', format: 'base64', content: content.toString('base64') };
    const saved = await browser.open(`${base}/api/contents/a%20b%2Bc.bin`, {
      method: 'PUT',
      body: JSON.stringify(model),
      headers: { Origin: origin, 'X-XSRFToken': browser.cookies.value('_xsrf', `${base}/`) ?? '' },
    });
    t.equal(saved.status, 201);
    const listed = await browser.open(`${base}/api/contents/a%20b%2Bc.bin?content=1&format=base64&hash=1`);
    const { content: held, hash } = JSON.parse(listed.body) as { content: string; hash: string };
    t.equal(hash, createHash('sha256').update(content).digest('hex'));
    t.ok(Buffer.from(held, 'base64').equals(content), 'every byte');
  });

  await t.test('code of the server sees nothing of the proof', async t => {
    for (const headers of [proof, { [assertedUserHeader]: 'alice' }]) {
      const session = new BrowserSession({ port: gate.port, origin, headers });
      const spied = await session.open(`${base}/field-spy?q=query-secret-0123456789`, {
        headers: { 'Remote-User': 'mallory', Mount: 'mallory', Cookie: browser.cookies.header(`${base}/`) },
      });
      t.equal(spied.status, 200, spied.body);
      const { headers: fields } = JSON.parse(spied.body) as { headers: [string, string][] };
      const names = fields.map(([name]) => name.toLowerCase());
      t.ok(names.includes('x-forwarded-for'), 'it sees fields');
      const known = /^(?:accept|connection|cookie|forwarded|host|user-agent|x-forwarded-.*|x-real-ip|x-scheme)$/;
      t.strictSame(
        names.filter(name => !known.test(name)),
        [],
      );
      t.notMatch(JSON.stringify(fields), /mallory|hub-login|Bearer/);
    }
    lab.secrets.add('query-secret-0123456789');
  });

  await t.test("the page's own token beside a proof", async t => {
    await new BrowserSession({ port: gate.port, origin, headers: { [assertedUserHeader]: 'bob' } }).open('/hub/login');
    const own = await makeUserToken(hub, alice);
    const foreign = await makeUserToken(hub, bob);
    for (const token of [own, foreign]) lab.secrets.add(token);
    const asserted = new BrowserSession({ port: gate.port, origin, headers: { [assertedUserHeader]: 'alice' } });
    const status = async (token: string): Promise<{ status: number; body: string }> =>
      asserted.open(`${base}/api/status`, {
        headers: { Authorization: `token ${token}`, Accept: 'application/json' },
      });
    t.equal((await status(own)).status, 200, "the user's own goes up, and the server takes it");
    const refused = await status(foreign);
    t.equal(refused.status, 400);
    t.match(refused.body, /credentials-disagree/, "another user's is a contradiction");
    const unknown = await status('0123456789abcdef0123456789abcdef');
    t.equal(unknown.status, 403, "nobody's is taken off, and no login at the server stands beside it");
    t.notMatch(unknown.body, /credentials-disagree/);
  });

  await t.test('a hub token alone', async t => {
    const own = await makeUserToken(hub, alice);
    lab.secrets.add(own);
    const alone = new BrowserSession({ port: gate.port, origin });
    const ask = async (path: string, token: string): Promise<number> => {
      const headers = { Authorization: `token ${token}`, Cookie: browser.cookies.header(path) };
      return (await alone.open(path, { headers, follow: false })).status;
    };
    t.equal(await ask(`${base}/api/status`, own), 200, 'is taken by the server');
    t.equal(await ask('/hub/api/user', own), 200, 'and by the API');
    const bad = '0123456789abcdef0123456789abcdef';
    t.equal(await ask(`${base}/api/status`, bad), 403, 'a bad one is not saved by the cookies beside it');
    t.equal(await ask('/hub/api/user', bad), 403);
    t.equal(await ask('/hub/home', own), 401, 'pages are not for it');
  });

  remember();
  assertNothingLeaked(t, gate.output(), lab.secrets);
});
