/** What the page about the hub's authenticator options says beside its verdicts, seen on real hubs through the gate. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { presets } from '../../src/hub/presets.ts';
import { BrowserSession } from '../clients/browser-session.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { assertedUserHeader, labConfig, makeLab, publicHost, type WrittenConfig } from '../gates/lab.ts';
import { type Hub, type HubFixture, type HubOptions, startHub } from './setup/hub.ts';
import { addUser, hubUsers, serviceToken } from './setup/hub-users.ts';

const origin = `http://${publicHost}`;

type Scene = { readonly hub: Hub; readonly browserOf: (user: string) => BrowserSession };

async function openScene(
  t: Test,
  fixture: HubFixture,
  authenticator: string,
  options: HubOptions,
  more: WrittenConfig = {},
): Promise<Scene> {
  const hub = await startHub(t, fixture, options);
  const lab = makeLab(t);
  lab.write('service', serviceToken);
  const tokenFile = authenticator === 'jhub_remote_login.RemoteUserAuthenticator' ? { tokenFile: 'service' } : {};
  const config = labConfig({ url: hub.url, authenticator, ...tokenFile }, more);
  const gate = await startGateHere(t, lab.write('proxy.yaml', config));
  const browserOf = (user: string): BrowserSession =>
    new BrowserSession({ port: gate.port, origin, headers: { [assertedUserHeader]: user } });
  return { hub, browserOf };
}

async function login({ browserOf }: Scene, user: string, path = '/hub/login') {
  const browser = browserOf(user);
  const { status } = await browser.open(path, { follow: false });
  const isIn = status === 302 && browser.cookies.names().includes('jupyterhub-hub-login');
  return { browser, status, isIn };
}

const local = 'jhub_remote_auth_mount.RemoteUserLocalAuthenticator';
const [alice, barred] = ['alice', 'barred'].map(user => presets[local].hubName(user).name);

test('a start of the hub makes accounts for all whom it knows, and takes the rights of who is blocked', async t => {
  const scene = await openScene(t, 'mount-remote-user-local', local, {
    extraConfig: `
import os
c.LocalAuthenticator.create_system_users = True
c.LocalAuthenticator.add_user_cmd = ["sh", "-c", 'echo "$@" >> ' + os.environ["HUB_DATA"] + '/added', "add"]
c.Authenticator.blocked_users = {"${barred}"}
`,
  });
  const added = join(scene.hub.dataFolder, 'added');
  const tokens = async (browser: BrowserSession): Promise<number> =>
    (await browser.open(`/hub/api/users/${barred}/tokens`)).status;
  t.ok((await login(scene, 'alice')).isIn);
  const { browser, isIn } = await login(scene, 'barred');
  t.ok(isIn, 'nobody looks at the list');
  t.equal(await tokens(browser), 200);
  t.notOk(existsSync(added), 'a login makes no account');

  await scene.hub.restart();
  t.equal(readFileSync(added, 'utf8'), `${alice}\n`);
  t.equal(await tokens(browser), 403);
  t.ok((await login(scene, 'barred')).isIn, 'and the login, too');
});

test('with delete_invalid_users a start of the hub deletes who has no account', async t => {
  const extraConfig = 'c.Authenticator.delete_invalid_users = True';
  const scene = await openScene(t, 'mount-remote-user-local', local, { extraConfig });
  await login(scene, 'alice');
  t.strictSame(await hubUsers(scene.hub), [alice]);
  await scene.hub.restart();
  t.strictSame(await hubUsers(scene.hub), []);
});

const elsewhere = `
from jhub_remote_user_authenticator.remote_user_auth import RemoteUserAuthenticator, RemoteUserLoginHandler
class Elsewhere(RemoteUserAuthenticator):
    def login_url(self, base_url):
        return base_url + "sso"
    def get_handlers(self, app):
        return [("/sso", RemoteUserLoginHandler)]
c.JupyterHub.authenticator_class = Elsewhere
c.Authenticator.auto_login = True
c.Elsewhere.header_name = "Remote-User"
c.Authenticator.username_pattern = "^b.*$"
c.Authenticator.delete_invalid_users = True
`;

test('another login_url has to be told to the gate; who does not fit a username_pattern is deleted at a start', async t => {
  const preset = 'jhub_remote_user_authenticator.RemoteUserAuthenticator';
  const options: HubOptions = { extraConfig: elsewhere };
  const scene = await openScene(t, 'remote-user-authenticator', preset, options, {
    inject: { user: { header: 'Remote-User', paths: ['/hub/sso'] } },
  });
  const { status, journey } = await scene.browserOf('alice').open('/hub/home');
  t.equal(status, 200, journey.join(', '));
  t.ok(
    journey.some(step => step.startsWith('302 /hub/sso?next=')),
    journey.join(', '),
  );
  await login(scene, 'bob', '/hub/sso');
  t.strictSame(await hubUsers(scene.hub), ['alice', 'bob']);
  await scene.hub.restart();
  t.strictSame(await hubUsers(scene.hub), ['bob']);

  const lab = makeLab(t);
  const untold = labConfig({ url: scene.hub.url, authenticator: preset });
  const gate = await startGateHere(t, lab.write('proxy.yaml', untold));
  const headers = { [assertedUserHeader]: 'bob' };
  const answer = await new BrowserSession({ port: gate.port, origin, headers }).open('/hub/sso', { follow: false });
  t.equal(answer.status, 401, 'a gate that was not told names nobody there');
});

test('HeaderAuthenticator lets nobody in without allow_all on JupyterHub 5', async t => {
  const options: HubOptions = { release: '5.5.4', extraConfig: 'c.Authenticator.allow_all = False' };
  const scene = await openScene(t, 'header', 'jhubauthenticators.HeaderAuthenticator', options);
  t.match(await login(scene, 'alice'), { isIn: false, status: 401 });
  t.strictSame(await hubUsers(scene.hub), []);
});

test('jhub_remote_login 0.2.119 reads the whitelist itself', async t => {
  const preset = 'jhub_remote_login.RemoteUserAuthenticator';
  const options: HubOptions = { extraConfig: 'c.Authenticator.whitelist = set()' };
  const scene = await openScene(t, 'remote-login-token', preset, options);
  await addUser(scene.hub, 'alice');
  t.match(await login(scene, 'alice'), { isIn: false, status: 401 }, 'the hub itself lets everybody in by that');
});

test('jhub-authenticators 0.1.1 has a logout of its own, which leads back in', async t => {
  const preset = 'jhub_authenticators.DataRemoteUserAuthenticator';
  const options: HubOptions = { extraConfig: 'c.Authenticator.auto_login = True' };
  const scene = await openScene(t, 'jhub-authenticators-data', preset, options);
  const { browser } = await login(scene, 'alice');
  const out = await browser.open('/hub/logout', { follow: false });
  t.equal(out.status, 302);
  await browser.open('/hub/logout');
  t.ok(browser.cookies.names().includes('jupyterhub-hub-login'));
});
