/** A real single-user server that knows the hub by the gate's door for servers alone, and what code on it can do there. */
import { test } from 'tap';
import { reservePort } from '../../scripts/reserved-ports.ts';
import { BrowserSession } from '../clients/browser-session.ts';
import { openKernel } from '../clients/kernel-client.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { spyExtension } from './setup/field-spy.ts';
import { startHub } from './setup/hub.ts';
import { makeUserToken, userModel } from './setup/hub-users.ts';
import { startServer } from './setup/user-server.ts';

const alice = 'MFWGSY3F';
const origin = `http://${publicHost}`;

/** Who it is, by the server's own token, asked as the server itself asks. */
const askAsServer = `
import json, os, urllib.request
def ask(path, **headers):
    request = urllib.request.Request(os.environ["JUPYTERHUB_API_URL"] + path, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
token = {"Authorization": "token " + os.environ["JUPYTERHUB_API_TOKEN"]}
json.dumps([
    ask("/user", **token),
    ask("/user"),
    ask("/../login", **{"Remote-User": "admin"}),
    ask("/../login", **token, **{"Remote-User": "admin"}),
    ask("", **{"Remote-User": "admin"}),
])
`;

test("the servers' door in front of a real hub", async t => {
  const serversPort = await reservePort();
  const hub = await startHub(t, 'mount-remote-user', {
    singleuser: 'real',
    extraConfig: `${spyExtension}
c.Spawner.hub_connect_url = "http://127.0.0.1:${serversPort}"
c.Spawner.environment["JUPYTERHUB_ACTIVITY_INTERVAL"] = "1"
`,
  });
  const lab = makeLab(t);
  const internalUrl = new URL(hub.apiUrl).origin;
  const authenticator = 'jhub_remote_auth_mount.RemoteUserAuthenticator';
  const listen = [{ address: '127.0.0.1:0' }, { address: `127.0.0.1:${serversPort}`, for: 'servers' }];
  const config = labConfig({ url: hub.url, internalUrl, authenticator }, { listen });
  const gate = await startGateHere(t, lab.write('proxy.yaml', config));
  const proof = { Authorization: `Bearer ${lab.token('alice')}` };
  const browser = new BrowserSession({ port: gate.port, origin, headers: proof });
  const base = `/user/${alice}`;
  const throughServersDoor = (): { method: string; status: number }[] =>
    gate
      .output()
      .split('\n')
      .filter(line => line.includes('"door":"servers"'))
      .map(line => JSON.parse(line) as { method: string; status: number });

  await t.test('login, spawn and OAuth, the token endpoint being asked through the door', async t => {
    await browser.open('/hub/login');
    await startServer(browser, alice);
    const page = await browser.open(`${base}/field-spy`);
    t.equal(page.status, 200, page.body);
    t.ok(browser.cookies.names().includes(`jupyterhub-user-${alice}`), 'logged in at the server');
    t.match(throughServersDoor(), [{ method: 'GET', status: 200 }], 'the version is asked first');
    t.ok(
      throughServersDoor().some(({ method, status }) => method === 'POST' && status === 200),
      'and a code was changed for a token',
    );
    for (const value of browser.cookies.values()) lab.secrets.add(value);
  });

  await t.test('activity arrives at the hub', async t => {
    const reported = async (): Promise<string | undefined> => (await userModel(hub, alice)).servers['']?.last_activity;
    const posts = (): number =>
      throughServersDoor().filter(({ method, status }) => method === 'POST' && status === 200).length;
    const before = { at: await reported(), posts: posts() };
    const arrived = async (): Promise<boolean> => (await reported()) !== before.at && posts() > before.posts;
    const deadline = performance.now() + 30_000;
    while (!(await arrived()) && performance.now() < deadline) await browser.open(`${base}/api/contents`);
    t.ok(posts() > before.posts, 'it is posted through the door');
    t.not(await reported(), before.at, 'and the hub takes it');
  });

  await t.test('code in a notebook', async t => {
    const started = await browser.post(`${base}/api/kernels`, JSON.stringify({ name: 'python3' }));
    const { id } = JSON.parse(started.body) as { id: string };
    const path = `${base}/api/kernels/${id}/channels`;
    const headers = { Host: publicHost, Origin: origin, Cookie: browser.cookies.header(path), ...proof };
    const kernel = await openKernel({ port: gate.port, path, headers });
    const { result } = await kernel.execute(askAsServer);
    t.equal(result, "'[200, 401, 400, 400, 200]'", 'its own token counts, and no header does');
    const known = await kernel.execute("import os; os.environ['JUPYTERHUB_API_URL']");
    t.equal(known.result, `'http://127.0.0.1:${serversPort}/hub/api'`, "it is told of the gate's door");
    const environment = await kernel.execute("import os; ' '.join(os.environ.values())");
    t.notMatch(environment.result, internalUrl, "and not of the hub's port");
    await kernel.close();
  });

  await t.test('no name but the API', async t => {
    const own = await makeUserToken(hub, alice);
    lab.secrets.add(own);
    const ask = async (path: string, headers: Record<string, string>): Promise<number> => {
      const answer = await fetch(`http://127.0.0.1:${serversPort}${path}`, {
        headers: { ...headers, Connection: 'close' },
        redirect: 'manual',
      });
      await answer.body?.cancel();
      return answer.status;
    };
    t.equal(await ask('/hub/api/user', { Authorization: `token ${own}` }), 200);
    t.equal(await ask('/hub/login', { 'Remote-User': 'admin' }), 403);
    t.equal(await ask('/hub/login', { Authorization: `token ${own}`, 'Remote-User': 'admin' }), 403);
    t.equal(await ask(`${base}/api/status`, { Authorization: `token ${own}` }), 403);
    t.equal(await ask('/hub/api/user', { Cookie: browser.cookies.header('/hub/') }), 401);
    t.equal(await ask('/hub/api/user', proof), 401, "a proof for the browsers' door is none here");
  });
});
