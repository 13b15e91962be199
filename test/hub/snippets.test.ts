/** What `hubgate init` prints, run by a real hub as it stands there: with it a login works through the gate that it was printed for. */
import { type Test, test } from 'tap';
import { reservePort } from '../../scripts/reserved-ports.ts';
import type { PresetName } from '../../src/config/sections/hub.ts';
import { hubSides } from '../../src/hub/hub-sides.ts';
import { main } from '../../src/main.ts';
import { hear } from '../cli/run-command.ts';
import { BrowserSession } from '../clients/browser-session.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { type Lab, labConfig, makeLab, publicHost, type WrittenConfig } from '../gates/lab.ts';
import { contracts, linesFor, playFact } from './setup/contract-play.ts';
import { type LoginWay, throughTheGate } from './setup/gate-logins.ts';
import { type HubFixture, type HubOptions, startHub } from './setup/hub.ts';

type Row = {
  preset: Exclude<PresetName, 'custom'>;
  fixture: HubFixture;
  release: NonNullable<HubOptions['release']>;
  way?: LoginWay;
  /** What the config says of the headers. */
  inject?: WrittenConfig;
  /** Printed by the preset's name alone, as without a config. */
  bare?: boolean;
  /** Where the machine of the test is another than an operator's. */
  extraConfig?: string;
  /** The gate has the hub make tokens: programs come in by them, and logins where the plugin wants one. */
  minted?: boolean;
};

const secretName = 'Xk3v9QmT7rB2nW8cL5yD4hJ6pF1sG0aZ';

const serviceSecret = 'Hn8sW2kQ5tYv9xB3mC7dF1gJ4lP6rZ0a';

function bare(preset: Row['preset'], fixture: HubFixture, releases: readonly Row['release'][], way?: LoginWay): Row[] {
  return releases.map(release => ({ preset, fixture, release, bare: true, ...(way === undefined ? {} : { way }) }));
}

const rows: Row[] = [
  {
    preset: 'jhub_remote_auth_mount.RemoteUserAuthenticator',
    fixture: 'mount-remote-user',
    release: '6.1.1',
    inject: { user: { headerFile: 'header-name' } },
  },
  ...bare('jhub_remote_auth_mount.RemoteUserAuthenticator', 'mount-remote-user', ['0.9.6', '4.1.6', '5.5.4']),
  {
    preset: 'jhub_remote_auth_mount.RemoteUserLocalAuthenticator',
    fixture: 'mount-remote-user-local',
    release: '6.1.1',
  },
  ...bare('jhub_remote_auth_mount.RemoteUserLocalAuthenticator', 'mount-remote-user-local', [
    '0.9.6',
    '4.1.6',
    '5.5.4',
  ]),
  { preset: 'jhub_remote_auth_mount.MountRemoteUserAuthenticator', fixture: 'mount', release: '0.9.6' },
  { preset: 'jhub_remote_auth_mount.MountRemoteUserAuthenticator', fixture: 'mount', release: '6.1.1' },
  ...bare('jhub_remote_auth_mount.MountRemoteUserAuthenticator', 'mount', ['4.1.6', '5.5.4']),
  { preset: 'jhub_remote_login.DataRemoteUserAuthenticator', fixture: 'remote-login-data', release: '0.9.6' },
  { preset: 'jhub_authenticators.DataRemoteUserAuthenticator', fixture: 'jhub-authenticators-data', release: '0.9.6' },
  { preset: 'jhub_remote_login.RemoteUserAuthenticator@0.2.10', fixture: 'remote-login-data', release: '0.9.6' },
  {
    preset: 'jhub_remote_login.RemoteUserLocalAuthenticator',
    fixture: 'remote-login-data',
    release: '0.9.6',
    extraConfig: 'c.LocalAuthenticator.add_user_cmd = ["true"]',
  },
  {
    preset: 'jhub_remote_login.RemoteUserAuthenticator',
    fixture: 'remote-login-token',
    release: '0.9.6',
    extraConfig: 'c.RemoteUserAuthenticator.url_hub_api = "http://127.0.0.1:%d/hub/api/" % c.JupyterHub.hub_port',
    minted: true,
  },
  { preset: 'jhub_remote_login.DummyAuthenticator', fixture: 'remote-login-dummy', release: '6.1.1', way: 'form' },
  ...bare('jhub_remote_login.DummyAuthenticator', 'remote-login-dummy', ['0.9.6'], 'form'),
  {
    preset: 'jhubauthenticators.HeaderAuthenticator',
    fixture: 'header',
    release: '6.1.1',
    inject: { user: { header: 'X-Lab-Name' }, data: { 'X-Lab-Group': { claim: 'team' } } },
    minted: true,
  },
  ...bare('jhubauthenticators.HeaderAuthenticator', 'header', ['5.5.4']),
  {
    preset: 'jhub_remote_user_authenticator.RemoteUserAuthenticator',
    fixture: 'remote-user-authenticator',
    release: '6.1.1',
    inject: { user: { header: 'X-Lab-Name' } },
  },
  ...bare('jhub_remote_user_authenticator.RemoteUserAuthenticator', 'remote-user-authenticator', ['5.5.4']),
];

async function printed(t: Test, folder: string, args: readonly string[]): Promise<string> {
  const said = await hear(folder, io => main(['init', ...args], io));
  t.equal(said.code, 0, said.stderr);
  return said.stdout;
}

/** One that the hub has never seen. */
async function programComesIn(t: Test, lab: Lab, more: { readonly hub: WrittenConfig }): Promise<void> {
  const gate = await startGateHere(t, lab.write('programs.yaml', labConfig(more.hub, more)));
  const headers = { Authorization: `Bearer ${lab.token('carol')}` };
  const program = new BrowserSession({ port: gate.port, origin: `http://${publicHost}`, headers });
  const answer = await program.open('/hub/api/user', { follow: false });
  t.equal(answer.status, 200, answer.body);
  t.equal((JSON.parse(answer.body) as { name: unknown }).name, 'carol', 'by a token that the printed service made');
}

async function playRow(t: Test, row: Row): Promise<void> {
  const { preset, fixture, release, way = 'header', inject, extraConfig = '', bare: isBare = false } = row;
  const lab = makeLab(t);
  lab.write('header-name', secretName);
  lab.secrets.add(secretName);
  const door = await reservePort();
  const listen = [{ address: '127.0.0.1:0' }, { address: `127.0.0.1:${door}`, for: 'servers' }];
  const exchange = row.minted === true ? { exchange: { createUsers: true } } : {};
  const more = { listen, ...exchange, ...(inject === undefined ? {} : { inject }) };
  const token = row.minted === true ? { tokenFile: lab.write('service', serviceSecret) } : {};
  lab.secrets.add(serviceSecret);
  const hubConfig = { url: 'http://127.0.0.1:1', internalUrl: 'http://127.0.0.1:2', authenticator: preset, ...token };
  const file = lab.write('for-init.yaml', labConfig(hubConfig, more));
  const snippet = await printed(t, '/nowhere', ['--preset', preset, ...(isBare ? [] : ['--config', file])]);
  t.notMatch(snippet, secretName, 'a secret name is not printed');
  t.notMatch(snippet, serviceSecret, 'nor a token');
  if (release !== '0.9.6' && !isBare) t.match(snippet, `\nc.Spawner.hub_connect_url = "http://127.0.0.1:${door}"`);
  const password = 'import os\nos.environ["JUPYTERHUB_PASSWORD"] = "password"\n';
  const hub = await startHub(t, fixture, { release, snippet: password + snippet, extraConfig });
  const gateConfig = {
    hub: { url: hub.url, authenticator: preset, ...token },
    ...exchange,
    ...(inject === undefined ? {} : { inject }),
  };
  await throughTheGate(t, { hub, preset, release, way, more: gateConfig }, lab);
  if (row.minted === true) await programComesIn(t, lab, gateConfig);
  if (fixture !== 'mount') return;
  const isMount = (line: string): boolean => line.startsWith('POST /hub/mount');
  const facts = (contracts.authenticators[preset]?.facts ?? []).filter(fact => linesFor(fact, release).some(isMount));
  for (const fact of facts) await playFact(t, { hub, release }, fact);
  const lines = facts.flatMap(fact => linesFor(fact, release)).filter(isMount);
  t.ok(
    lines.some(line => line.includes(' => 302')),
    'a mount is taken',
  );
}

test('every preset has a row for each hub that it claims', async t => {
  for (const [name, { hubs }] of Object.entries(hubSides)) {
    const played = rows.filter(({ preset }) => preset === name).map(({ release }) => release);
    t.strictSame(played.sort(), [...hubs].sort(), name);
  }
});

test('a preset of the oldest hub alone is printed the same without a config, but for the token', async t => {
  const lab = makeLab(t);
  for (const { preset, minted = false } of rows.filter(({ preset }) => hubSides[preset].hubs.join() === '0.9.6')) {
    const token = minted ? { tokenFile: lab.write('service', serviceSecret) } : {};
    const config = labConfig({ url: 'http://127.0.0.1:1', authenticator: preset, ...token });
    const whole = await printed(t, '/nowhere', ['--preset', preset, '--config', lab.write('for-init.yaml', config)]);
    const path = '/run/secrets/hub-service-token';
    t.equal(whole.replace(token.tokenFile ?? path, path), await printed(t, '/nowhere', ['--preset', preset]), preset);
  }
});

test('the snippet of a config, on the hub and through its gate', { jobs: 3 }, async t => {
  const played = rows.map(row =>
    t.test(`${row.preset} on hub ${row.release}`, { buffered: true }, t => playRow(t, row)),
  );
  await Promise.all(played);
});

test('a config with a base URL and hosts of users: the hub that is told so says the same addresses as the gate', async t => {
  const preset = 'jhub_remote_user_authenticator.RemoteUserAuthenticator';
  const lab = makeLab(t);
  const door = await reservePort();
  const configFor = (url: string): string =>
    lab.write(
      'proxy.yaml',
      labConfig(
        { url, internalUrl: 'http://127.0.0.1:2', authenticator: preset, baseUrl: '/jh/' },
        {
          publicUrl: 'http://hub.test',
          userHosts: '*.hub.test',
          listen: [{ address: '127.0.0.1:0' }, { address: `127.0.0.1:${door}`, for: 'servers' }],
        },
      ),
    );
  const snippet = await printed(t, '/nowhere', ['--config', configFor('http://127.0.0.1:1')]);
  const [, baseUrl = ''] =
    /^# hub\.baseUrl: the address in c\.JupyterHub\.bind_url ends with (\S+)$/m.exec(snippet) ?? [];
  const hub = await startHub(t, 'remote-user-authenticator', { release: '6.1.1', snippet, baseUrl });
  const gate = await startGateHere(t, configFor(hub.url));
  const headers = { Authorization: `Bearer ${lab.token('alice')}` };
  const alice = new BrowserSession({ port: gate.port, origin: 'http://hub.test', headers });
  const home = await alice.open('/jh/hub/home');
  t.strictSame([home.status, home.path], [200, '/jh/hub/home'], 'logged in, where the hub is');
  const away = await alice.open('/jh/hub/user-redirect/tree', { follow: false });
  const page = 'http://alice.hub.test/jh/user/alice/tree';
  t.strictSame(
    [away.status, away.headers.location],
    [302, `/jh/hub/spawn/alice?next=${encodeURIComponent(page)}`],
    "to the user's host, once the server runs there",
  );
  t.notMatch(hub.log(), /Both bind_url and|deprecat.*(?:base_url|subdomain)/i, 'and nothing of it stands twice');
});
