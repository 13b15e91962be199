/**
 * Every preset on every release of the hub that it claims, each hub started once: first through the gate, where the proved one logs
 * in under the name that the preset says and nobody else does; then directly, where the package does what contracts.json says.
 */
import { type Test, test } from 'tap';
import type { HubRelease } from '../../scripts/python-environments.ts';
import { hubSides } from '../../src/hub/hub-sides.ts';
import { contracts, type Fact, linesFor, playFact } from './setup/contract-play.ts';
import { type LoginWay, throughTheGate } from './setup/gate-logins.ts';
import { type Hub, type HubFixture, startHub } from './setup/hub.ts';
import { makeUserToken, readableAuthState } from './setup/hub-users.ts';

type Row = {
  fixture: HubFixture;
  releases: readonly HubRelease[];
  /** In contracts.json. */
  facts: string;
  /** Null: behind the gate it is shown elsewhere, by minted-login.test.ts and snippets.test.ts. */
  preset: string | null;
  way?: LoginWay;
  extraConfig?: string;
  /** The hub's name for alice, where facts need a token of hers. */
  tokenOf?: string;
};

const all = ['0.9.6', '4.1.6', '5.5.4', '6.1.1'] as const;

const rows: Row[] = [
  {
    fixture: 'mount-remote-user',
    releases: all,
    facts: 'jhub_remote_auth_mount.RemoteUserAuthenticator',
    preset: 'jhub_remote_auth_mount.RemoteUserAuthenticator',
    tokenOf: 'MFWGSY3F',
  },
  {
    fixture: 'mount-remote-user-local',
    releases: all,
    facts: 'jhub_remote_auth_mount.RemoteUserLocalAuthenticator',
    preset: 'jhub_remote_auth_mount.RemoteUserLocalAuthenticator',
  },
  {
    fixture: 'mount',
    releases: ['0.9.6'],
    facts: 'jhub_remote_auth_mount.MountRemoteUserAuthenticator',
    preset: 'jhub_remote_auth_mount.MountRemoteUserAuthenticator',
  },
  {
    fixture: 'mount-modern-hub',
    releases: ['4.1.6', '5.5.4', '6.1.1'],
    facts: 'jhub_remote_auth_mount.MountRemoteUserAuthenticator',
    preset: 'jhub_remote_auth_mount.MountRemoteUserAuthenticator',
  },
  {
    fixture: 'mount',
    releases: ['6.1.1'],
    facts: 'jhub_remote_auth_mount.MountRemoteUserAuthenticator, not adapted',
    preset: null,
  },
  {
    fixture: 'remote-login-data',
    releases: ['0.9.6'],
    facts: 'jhub_remote_login.DataRemoteUserAuthenticator',
    preset: 'jhub_remote_login.DataRemoteUserAuthenticator',
  },
  {
    fixture: 'jhub-authenticators-data',
    releases: ['0.9.6'],
    facts: 'jhubauthenticators.DataRemoteUserAuthenticator',
    preset: 'jhub_authenticators.DataRemoteUserAuthenticator',
  },
  {
    fixture: 'remote-login-token',
    releases: ['0.9.6'],
    facts: 'jhub_remote_login.RemoteUserAuthenticator',
    preset: null,
    tokenOf: 'alice',
  },
  {
    fixture: 'remote-login-dummy',
    releases: ['0.9.6', '6.1.1'],
    facts: 'jhub_remote_login.DummyAuthenticator',
    preset: 'jhub_remote_login.DummyAuthenticator',
    way: 'form',
  },
  {
    fixture: 'header',
    releases: ['5.5.4', '6.1.1'],
    facts: 'jhubauthenticators.HeaderAuthenticator',
    preset: 'jhubauthenticators.HeaderAuthenticator',
    extraConfig: readableAuthState,
  },
  {
    fixture: 'remote-user-authenticator',
    releases: ['5.5.4', '6.1.1'],
    facts: 'jhub_remote_user_authenticator.remote_user_auth.RemoteUserAuthenticator',
    preset: 'jhub_remote_user_authenticator.RemoteUserAuthenticator',
  },
];

/** Hubs that run at a time: a start is much work, and then they wait. */
const sideBySide = 3;

const factsOf = (name: string): readonly Fact[] => contracts.authenticators[name]?.facts ?? [];

test('every authenticator of contracts.json has its hub, and every fact is played or shown by a test', async t => {
  t.strictSame([...new Set(rows.map(({ facts }) => facts))].sort(), Object.keys(contracts.authenticators).sort());
  for (const [name, { facts }] of Object.entries({
    ...contracts.authenticators,
    hub: { facts: contracts.hub_6_1_1 },
  })) {
    for (const fact of facts) {
      const releases = name === 'hub' ? all : rows.filter(row => row.facts === name).flatMap(row => row.releases);
      const played = releases.some(release => linesFor(fact, release).length > 0);
      t.ok(played || fact.shown_by !== undefined, `${name}: ${fact.request}`);
    }
  }
});

/** These classes log nobody in without a subclass, which `hubgate init` prints: test/hub/snippets.test.ts plays them. */
const bySubclass = [
  'jhub_remote_login.RemoteUserAuthenticator@0.2.10',
  'jhub_remote_login.RemoteUserLocalAuthenticator',
];

test('every hub that a preset claims is played', async t => {
  for (const [name, { hubs }] of Object.entries(hubSides)) {
    if (bySubclass.includes(name)) continue;
    const played = rows.filter(({ preset, facts }) => (preset ?? facts) === name).flatMap(({ releases }) => releases);
    t.strictSame(played, hubs, name);
  }
});

async function tokenFor(hub: Hub, user: string | undefined): Promise<{ token?: string }> {
  return user === undefined ? {} : { token: await makeUserToken(hub, user) };
}

async function playRow(t: Test, release: HubRelease, row: Row): Promise<void> {
  const { fixture, facts, preset, way = 'header', extraConfig = '', tokenOf } = row;
  const hub = await startHub(t, fixture, { release, extraConfig });
  if (preset !== null) await t.test('through the gate', t => throughTheGate(t, { hub, preset, release, way }));
  const stage = { hub, release, ...(await tokenFor(hub, tokenOf)) };
  const isHubsOwn = fixture === 'mount-remote-user' && release === '6.1.1';
  for (const fact of [...factsOf(facts), ...(isHubsOwn ? contracts.hub_6_1_1 : [])]) {
    if (linesFor(fact, release).length > 0) await t.test(fact.request, t => playFact(t, stage, fact));
  }
}

test('on real hubs', { jobs: sideBySide }, async t => {
  const played = rows.flatMap(row =>
    row.releases.map(release =>
      t.test(`${row.facts} on hub ${release}`, { buffered: true }, t => playRow(t, release, row)),
    ),
  );
  await Promise.all(played);
});
