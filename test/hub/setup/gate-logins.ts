/** Logins at a real hub through the gate: who is proved gets in under the preset's name, and what is claimed beside it counts nowhere. */
import type { Test } from 'tap';
import type { HubRelease } from '../../../scripts/python-environments.ts';
import type { PresetName } from '../../../src/config/sections/hub.ts';
import { presets } from '../../../src/hub/presets.ts';
import { BrowserSession } from '../../clients/browser-session.ts';
import { assertNothingLeaked } from '../../clients/nothing-leaked.ts';
import { type GateHere, startGateHere } from '../../gates/gate-here.ts';
import { assertedUserHeader, type Lab, labConfig, makeLab, publicHost, type WrittenConfig } from '../../gates/lab.ts';
import type { Hub } from './hub.ts';
import { hubUsers } from './hub-users.ts';

/** How a browser logs in: by opening the page, or by a form with the hub's one password. */
export type LoginWay = 'header' | 'form';

/** A hub, and the gate in front of it. */
export type GateCase = {
  readonly hub: Hub;
  readonly preset: string;
  readonly release: HubRelease;
  readonly way: LoginWay;
  /** Top-level keys of the config, added or replaced. */
  readonly more?: WrittenConfig;
};

const origin = `http://${publicHost}`;
const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

/** Names that a plugin could fold, pad or cut in its own way. */
const names = ['erin', 'bob.smith', 'c_d-e', 'x', '0123456789012345678901234567890123456789'];

const forged: Readonly<Record<string, string>> = Object.fromEntries(
  ['Remote-User', 'REMOTE_USER', 'Remote_User', 'username', 'token', 'X-Remote-User', 'Mount', 'State'].map(name => [
    name,
    'mallory',
  ]),
);

function session(gate: GateHere, headers: Readonly<Record<string, string>>): BrowserSession {
  return new BrowserSession({ port: gate.port, origin, headers });
}

async function login(browser: BrowserSession, way: LoginWay, user: string): Promise<number> {
  const page = await browser.open('/hub/login', { follow: false });
  if (way === 'header' || page.status !== 200) return page.status;
  const token = browser.cookies.value('_xsrf', '/hub/') ?? '';
  const body = `_xsrf=${encodeURIComponent(token)}&username=${encodeURIComponent(user)}&password=password`;
  const sent = { method: 'POST', body, headers: { ...form, Origin: origin }, follow: false };
  return (await browser.open('/hub/login', sent)).status;
}

/** What the hub calls the one whom its cookies name. */
async function whoAmI(browser: BrowserSession, release: HubRelease): Promise<unknown> {
  if (release !== '0.9.6') return (JSON.parse((await browser.open('/hub/api/user')).body) as { name?: string }).name;
  return /user: "([^"]*)"/.exec((await browser.open('/hub/home')).body)?.[1];
}

async function nobodyReaches(t: Test, gate: GateHere, hub: Hub): Promise<void> {
  for (const headers of [{}, forged, { Authorization: 'Bearer a.b.c', ...forged }]) {
    const answer = await session(gate, headers).open('/hub/login');
    t.equal(answer.status, 401, `${Object.keys(headers)[0] ?? 'no proof'}: 401`);
    t.equal(answer.headers['set-cookie'], undefined);
  }
  t.notMatch(hub.log(), /\/hub\/login/, 'the hub was not asked to log anybody in');
}

async function logsIn(
  t: Test,
  { preset, release, way }: GateCase,
  gate: GateHere,
  { user, proof }: { user: string; proof: Readonly<Record<string, string>> },
): Promise<string> {
  const { name, exact } = presets[preset as PresetName].hubName(user);
  const browser = session(gate, { ...forged, ...proof });
  const status = await login(browser, way, user);
  if (!exact) {
    t.equal(status, 403, `${user} would share ${name} with others, and is refused`);
    return '';
  }
  t.equal(status, 302, `${user} logs in`);
  t.equal(await whoAmI(browser, release), name, `and is ${name} at the hub`);
  return name;
}

/** What plugins would take for alice's credentials, in requests for a token of hers. */
const claims = ['{"auth":{"Remote-User":"alice"}}', '{"auth":{"username":"alice","password":"password"}}'];

async function nobodyByBody(t: Test, gate: GateHere, alice: string): Promise<void> {
  const mallory = session(gate, { [assertedUserHeader]: 'mallory' });
  for (const path of [`/hub/api/users/${alice}/tokens`, '/hub/api/authorizations/token']) {
    for (const body of claims) {
      const headers = { 'Content-Type': 'application/json', Origin: origin };
      const answer = await mallory.open(path, { method: 'POST', body, headers, follow: false });
      t.ok(answer.status >= 400, `${body} on ${path}: ${answer.status}`);
      t.equal(answer.headers['set-cookie'], undefined);
    }
  }
}

/** On a hub that knows nobody yet. */
export async function throughTheGate(t: Test, given: GateCase, lab: Lab = makeLab(t)): Promise<void> {
  const { hub, preset, more = {} } = given;
  const config = labConfig({ url: hub.url, authenticator: preset }, more);
  const gate = await startGateHere(t, lab.write('proxy.yaml', config));
  const before = await hubUsers(hub);
  await nobodyReaches(t, gate, hub);
  const token = { Authorization: `Bearer ${lab.token('alice')}` };
  const made = [await logsIn(t, given, gate, { user: 'alice', proof: token })];
  for (const user of names) made.push(await logsIn(t, given, gate, { user, proof: { [assertedUserHeader]: user } }));
  await nobodyByBody(t, gate, made[0] ?? '');
  const expected = [...new Set([...before, ...made.filter(name => name !== '')])].sort();
  t.strictSame(await hubUsers(hub), expected, 'and the hub knows nobody else');
  assertNothingLeaked(t, gate.output(), lab.secrets);
}
