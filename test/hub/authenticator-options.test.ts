/** JupyterHub's authenticator options one by one, set on real hubs behind the gate: which of them a login of each kind of plugin gets to. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Test, test } from 'tap';
import { optionRows, type PluginKind, type Reached } from '../../scripts/authenticator-options.ts';
import type { HubRelease } from '../../scripts/python-environments.ts';
import type { PresetName } from '../../src/config/sections/hub.ts';
import { usualSide } from '../../src/hub/hub-sides.ts';
import { hubSnippet } from '../../src/hub/hub-snippet.ts';
import { presets } from '../../src/hub/presets.ts';
import { BrowserSession } from '../clients/browser-session.ts';
import { type GateHere, startGateHere } from '../gates/gate-here.ts';
import { assertedUserHeader, labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { type Hub, type HubFixture, startHub } from './setup/hub.ts';
import { addUser, authState, hubUsers, isAdmin, readableAuthState } from './setup/hub-users.ts';

type Plugin = {
  readonly fixture: HubFixture;
  readonly preset: Exclude<PresetName, 'custom'>;
  readonly release: HubRelease;
  readonly kind: PluginKind;
  readonly local?: boolean;
  /** Local accounts are chosen by their group, and no list stands beside it. */
  readonly byGroup?: boolean;
};

const plugins: Plugin[] = [
  {
    fixture: 'remote-user-authenticator',
    preset: 'jhub_remote_user_authenticator.RemoteUserAuthenticator',
    release: '6.1.1',
    kind: 'own',
  },
  {
    fixture: 'mount-remote-user-local',
    preset: 'jhub_remote_auth_mount.RemoteUserLocalAuthenticator',
    release: '6.1.1',
    kind: 'own',
    local: true,
  },
  {
    fixture: 'mount-remote-user-local',
    preset: 'jhub_remote_auth_mount.RemoteUserLocalAuthenticator',
    release: '0.9.6',
    kind: 'own',
    local: true,
  },
  { fixture: 'header', preset: 'jhubauthenticators.HeaderAuthenticator', release: '6.1.1', kind: 'login' },
  {
    fixture: 'remote-login-data',
    preset: 'jhub_remote_login.DataRemoteUserAuthenticator',
    release: '0.9.6',
    kind: 'login',
  },
  {
    fixture: 'remote-login-data',
    preset: 'jhub_remote_login.RemoteUserLocalAuthenticator',
    release: '0.9.6',
    kind: 'login',
    local: true,
    byGroup: true,
  },
];

const pam = [
  'service = "nowhere"',
  'encoding = "ascii"',
  'open_sessions = False',
  'check_account = True',
  'admin_groups = {"hubusers"}',
  'pam_normalize_username = True',
];

/** A user whom an earlier run of the hub is to have left in its database. */
const leftOver = (name: string): string => `
from jupyterhub import orm
left = orm.new_session_factory(c.JupyterHub.db_url)()
if left.query(orm.User).filter(orm.User.name == ${JSON.stringify(name)}).first() is None:
    left.add(orm.User(name=${JSON.stringify(name)}))
    left.commit()
left.close()
`;

function optionsFor({ preset, release, local = false, byGroup = false }: Plugin): string {
  const named = (user: string): string => JSON.stringify(presets[preset].hubName(user).name);
  const isOld = release === '0.9.6';
  const [allowed, blocked, groups] = isOld
    ? ['whitelist', 'blacklist', 'group_whitelist']
    : ['allowed_users', 'blocked_users', 'allowed_groups'];
  const lists = [
    `c.Authenticator.${allowed} = {${['alice', 'boss', 'target', 'barred'].map(named).join(', ')}}`,
    `c.Authenticator.${blocked} = {${named('barred')}}`,
    `c.Authenticator.admin_users = {${named('boss')}, ${named('chief')}}`,
  ];
  return `
import os
data = os.environ["HUB_DATA"]
c.JupyterHub.log_level = "DEBUG"
c.Authenticator.auto_login = True
c.Authenticator.allow_all = False
c.Authenticator.enable_auth_state = True
${byGroup ? '' : lists.join('\n')}
c.Authenticator.username_map = {${named('mapped')}: ${named('target')}, ${named('boss').toLowerCase()}: ${named('boss')}}
c.Authenticator.username_pattern = "^(?!odd|${presets[preset].hubName('odd').name.slice(0, 4)}).*$"
c.Authenticator.delete_invalid_users = True
c.Authenticator.auth_refresh_age = ${preset.includes('HeaderAuthenticator') ? 1 : 3600}
c.Authenticator.refresh_pre_spawn = True
def hook(authenticator, handler, authentication):
    with open(os.path.join(data, "hooked"), "a") as out:
        out.write(authentication["name"] + "\\n")
    return authentication
c.Authenticator.post_auth_hook = hook
${pam.map(line => `c.PAMAuthenticator.${line}`).join('\n')}
${local ? localOptions(groups ?? '', named) : ''}
${leftOver('odd one')}
${isOld ? '' : readableAuthState}
`;
}

function localOptions(groups: string, named: (user: string) => string): string {
  return `
import types
import jupyterhub.auth
members = types.SimpleNamespace(gr_mem=[${named('alice')}], gr_gid=1)
jupyterhub.auth.getgrnam = lambda name: members
jupyterhub.auth.LocalAuthenticator._getgrnam = staticmethod(lambda name: members)
c.LocalAuthenticator.create_system_users = True
c.LocalAuthenticator.add_user_cmd = ["sh", "-c", 'echo "$@" >> ' + data + '/added', "add"]
c.LocalAuthenticator.uids = {"erin": 4242}
c.LocalAuthenticator.${groups} = {"hubusers"}
`;
}

const origin = `http://${publicHost}`;

type Scene = { readonly t: Test; readonly hub: Hub; readonly gate: GateHere; readonly plugin: Plugin };

const nameOf = ({ plugin }: Scene, user: string): string => presets[plugin.preset].hubName(user).name;

async function login({ gate }: Scene, user: string): Promise<{ browser: BrowserSession; isIn: boolean }> {
  const browser = new BrowserSession({
    port: gate.port,
    origin,
    headers: { [assertedUserHeader]: user, 'X-Lab-State': 's' },
  });
  const { status } = await browser.open('/hub/login', { follow: false });
  return { browser, isIn: status === 302 && browser.cookies.names().includes('jupyterhub-hub-login') };
}

/** What the user is called by the hub, as far as there is one of that name. */
async function isKnown({ hub }: Scene, name: string): Promise<boolean> {
  return (await hubUsers(hub)).includes(name);
}

function written({ hub }: Scene, file: string): string {
  const path = join(hub.dataFolder, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function refreshes({ hub }: Scene, name: string): number {
  return hub.log().split(`Refreshing auth for ${name}`).length - 1;
}

/** A login was not refused for a list's sake, but for the reason that the log gives. */
function isRefusedFor({ hub }: Scene, name: string, why: RegExp): boolean {
  return hub
    .log()
    .split('\n')
    .some(line => line.includes(`'${name}'`) && why.test(line));
}

type Seen = Map<string, boolean>;

async function seeLists(scene: Scene, seen: Seen): Promise<void> {
  const stranger = await login(scene, 'stranger');
  const notAllowed = isRefusedFor(scene, nameOf(scene, 'stranger'), /not allowed|not in whitelist/);
  scene.t.equal(stranger.isIn, !notAllowed, 'the stranger');
  seen.set('allowed_users', notAllowed);
  if (scene.plugin.release !== '0.9.6') seen.set('allow_all', notAllowed);

  const barred = await login(scene, 'barred');
  const blocked = isRefusedFor(scene, nameOf(scene, 'barred'), /blocked|in blacklist/);
  scene.t.equal(barred.isIn, !blocked, 'the barred one');
  seen.set('blocked_users', blocked);

  const odd = await login(scene, 'odd2');
  const invalid = isRefusedFor(scene, nameOf(scene, 'odd2'), /Disallowing invalid username/);
  scene.t.equal(odd.isIn, !invalid, 'the odd one');
  seen.set('username_pattern', invalid);

  await login(scene, 'mapped');
  seen.set('username_map', !(await isKnown(scene, nameOf(scene, 'mapped'))));

  await login(scene, 'boss');
  await login(scene, 'chief');
  seen.set('admin_users', await isAdmin(scene.hub, nameOf(scene, 'boss')));
  const isUpperCase = nameOf(scene, 'chief') !== nameOf(scene, 'chief').toLowerCase();
  const chiefIsIn = await isKnown(scene, nameOf(scene, 'chief'));
  scene.t.equal(
    chiefIsIn && (await isAdmin(scene.hub, nameOf(scene, 'chief'))),
    !isUpperCase,
    'upper case, and no map',
  );
}

async function seeRefresh(scene: Scene, browser: BrowserSession, seen: Seen): Promise<void> {
  const alice = nameOf(scene, 'alice');
  for (let tries = 0; tries < 50 && refreshes(scene, alice) === 0; tries += 1) {
    await browser.open('/hub/home');
    await delay(scene.plugin.kind === 'login' ? 100 : 0);
  }
  const before = refreshes(scene, alice);
  seen.set('auth_refresh_age', before > 0);
  scene.t.equal((await browser.open('/hub/home')).status, 200, 'all is well, the plugin says');
  await browser.post(`/hub/api/users/${alice}/server`, '');
  seen.set('refresh_pre_spawn', refreshes(scene, alice) > before);
}

async function seeDoors(scene: Scene, browser: BrowserSession, seen: Seen): Promise<void> {
  const fresh = new BrowserSession({ port: scene.gate.port, origin, headers: { [assertedUserHeader]: 'alice' } });
  const { journey } = await fresh.open('/hub/home');
  seen.set('login_url', journey[1]?.startsWith('302 /hub/login?next=') === true);
  const logout = await browser.open('/hub/logout', { follow: false });
  seen.set('auto_login', logout.status === 200);
  seen.set('logout_url', !browser.cookies.names().includes('jupyterhub-hub-login'));
}

async function seeAlice(scene: Scene, seen: Seen): Promise<void> {
  const { hub, plugin, t } = scene;
  const alice = nameOf(scene, 'alice');
  const { browser, isIn } = await login(scene, 'alice');
  t.ok(isIn, 'alice is in, whatever PAM would say');
  const isAnAdmin = await isAdmin(hub, alice);
  for (const line of pam) seen.set(`PAMAuthenticator.${line.split(' ')[0]}`, !isIn || isAnAdmin);
  if (plugin.byGroup === true) return;
  if (plugin.release !== '0.9.6') {
    seen.set('enable_auth_state', JSON.stringify(await authState(hub, alice)) !== 'null');
    seen.set('post_auth_hook', written(scene, 'hooked').includes(alice));
    await seeRefresh(scene, browser, seen);
  } else {
    await browser.open('/hub/spawn');
    const record = (): string => written(scene, `spawn-${alice}.json`);
    for (let tries = 0; tries < 100 && record() === ''; tries += 1) await delay(100);
    seen.set('enable_auth_state', /"auth_state": \{/.test(record()));
  }
  await seeDoors(scene, browser, seen);
}

async function seeLocal(scene: Scene, seen: Seen): Promise<void> {
  const { hub, plugin, t } = scene;
  const who = plugin.byGroup === true ? 'alice' : 'stranger';
  await login(scene, 'stranger');
  const made = written(scene, 'added').includes(nameOf(scene, who));
  seen.set('LocalAuthenticator.create_system_users', made);
  seen.set('LocalAuthenticator.add_user_cmd', made);
  seen.set('LocalAuthenticator.allowed_groups', !(await isKnown(scene, nameOf(scene, 'stranger'))));
  if (plugin.kind !== 'own') return;
  await addUser(hub, 'erin');
  const isOld = plugin.release === '0.9.6';
  t.match(written(scene, 'added'), isOld ? /^erin$/m : /^--uid 4242 erin$/m, 'the API gets there');
  if (!isOld) seen.set('LocalAuthenticator.uids', made);
}

const shown = new Set<string>();

async function seePlugin(t: Test, plugin: Plugin): Promise<void> {
  const { fixture, preset, release, kind } = plugin;
  const snippet = hubSnippet(preset, usualSide(preset));
  const hub = await startHub(t, fixture, {
    release,
    ...(preset === 'jhub_remote_login.RemoteUserLocalAuthenticator' ? { snippet } : {}),
    extraConfig: optionsFor(plugin),
  });
  const lab = makeLab(t);
  const data = { inject: { data: { State: { header: 'X-Lab-State' } } } };
  const more = preset === 'jhubauthenticators.HeaderAuthenticator' ? data : {};
  const gate = await startGateHere(
    t,
    lab.write('proxy.yaml', labConfig({ url: hub.url, authenticator: preset }, more)),
  );
  const scene: Scene = { t, hub, gate, plugin };
  const seen: Seen = new Map();
  const isOddGone = !(await isKnown(scene, 'odd one'));
  if (release !== '0.9.6') seen.set('delete_invalid_users', isOddGone);
  else t.notOk(isOddGone, 'no configuration can have it deleted there');
  await seeAlice(scene, seen);
  if (plugin.byGroup !== true) await seeLists(scene, seen);
  if (plugin.local === true) await seeLocal(scene, seen);

  const at = release === '0.9.6' ? 1 : 0;
  for (const row of optionRows) {
    const reached = seen.get(row.option);
    if (reached === undefined) continue;
    const verdict: Reached = reached ? 'hub' : 'no';
    t.equal(verdict, row[kind][at], row.option);
    shown.add(`${row.option} ${kind} ${at}`);
  }
}

test('on real hubs', { jobs: 3 }, async t => {
  const played = plugins.map(plugin =>
    t.test(`${plugin.preset} on hub ${plugin.release}`, { buffered: true }, t => seePlugin(t, plugin)),
  );
  await Promise.all(played);
});

test('every line of the page was seen', async t => {
  const claimed = optionRows.flatMap(({ option, own, login }) =>
    (['own', 'login'] as const).flatMap(kind =>
      [0, 1].filter(at => (kind === 'own' ? own : login)[at] !== '-').map(at => `${option} ${kind} ${at}`),
    ),
  );
  t.strictSame(
    claimed.filter(each => !shown.has(each)),
    [],
  );
});
