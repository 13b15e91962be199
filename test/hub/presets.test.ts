/** Keys, names, data and mounts up to a real hub: the one that is proved is the one that the hub logs in. Every preset's login is in contracts.test.ts. */
import { createSecretKey, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { type Test, test } from 'tap';
import { presets } from '../../src/hub/presets.ts';
import { BrowserSession } from '../clients/browser-session.ts';
import { makeAuthority, makeCertificate } from '../clients/certificates.ts';
import { type ServerTls, serveHere } from '../clients/loopback-server.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { type GateHere, startGateHere } from '../gates/gate-here.ts';
import {
  assertedUserHeader,
  jwtEntry,
  type Lab,
  labConfig,
  makeLab,
  publicHost,
  type WrittenConfig,
} from '../gates/lab.ts';
import { jwksBytes, makeKey, publicJwk } from '../identity/token-maker.ts';
import { type Hub, startHub } from './setup/hub.ts';
import { authState, hubUsers, readableAuthState, spawnRecord } from './setup/hub-users.ts';

type PresetId = Exclude<keyof typeof presets, 'custom'>;

/** Its hub users are called as they are. */
const plainNames: PresetId = 'jhub_remote_user_authenticator.RemoteUserAuthenticator';

test('keys: HS256 with a secret, and a JWKS that is fetched; names as they are; custom', async t => {
  const hub = await startHub(t, 'remote-user-authenticator');
  const lab = makeLab(t);

  const shared = makeKey('HS256');
  const secret = shared.key.export().toString('base64');
  const secretFile = lab.write('hmac', `${secret}\n`);
  lab.secrets.add(secret);
  const signing = { ...shared, key: createSecretKey(Buffer.from(secret)) };
  const hmac = await gateFor(t, lab, hub, plainNames, { jwt: [jwtEntry({ secretFile }, ['HS256'])] });
  await logsIn(t, hmac, { Authorization: `Bearer ${lab.token('hal', {}, signing)}` }, 'hal');
  await refuses(t, hmac, { Authorization: `Bearer ${lab.token('mallory')}` });

  const fetched = makeKey('RS256', 'fetched');
  const jwksUrl = await servingKeys(t, jwksBytes(publicJwk(fetched)));
  const remote = await gateFor(t, lab, hub, plainNames, { jwt: [jwtEntry({ jwksUrl })] });
  await logsIn(t, remote, { Authorization: `Bearer ${lab.token('rita', {}, fetched)}` }, 'rita');
  await refuses(t, remote, { Authorization: `Bearer ${lab.token('mallory')}` });

  const user = { lowercase: false, pattern: '^[A-Za-z]+$', map: { m: 'Malvin' } };
  const mapped = await gateFor(t, lab, hub, plainNames, { user });
  await logsIn(t, mapped, { [assertedUserHeader]: 'm' }, presets[plainNames].hubName('Malvin').name);

  const byHand = await gateFor(t, lab, hub, 'custom', { inject: { user: { header: 'Remote-User' } } });
  await logsIn(t, byHand, tokenOf(lab, 'cora'), 'cora');
  await refuses(t, byHand, { 'Remote-User': 'mallory' });

  t.strictSame(await hubUsers(hub), ['Malvin', 'cora', 'hal', 'rita'], 'this plugin leaves capital letters alone');
  const output = [hmac, remote, mapped, byHand].map(gate => gate.output()).join('');
  assertNothingLeaked(t, output, lab.secrets);
});

const privateKey =
  '-----BEGIN OPENSSH PRIVATE KEY-----\nzoë "quoted" \\ 日本 \u{1f511}\n-----END OPENSSH PRIVATE KEY-----\n';

/** Strings that would end a literal, a header line or an ASCII encoding if they were not written with care. */
const mount = { HOST: 'h\'os"t', USERNAME: 'al\tice', PATH: '/home/{alice}\\n', MOUNTSSHPRIVATEKEY: privateKey };

test('jhubauthenticators.HeaderAuthenticator: user, data and mount on the login', async t => {
  const preset = 'jhubauthenticators.HeaderAuthenticator';
  const hub = await startHub(t, 'header', { extraConfig: readableAuthState });
  const lab = makeLab(t);
  lab.secrets.add(privateKey);
  lab.write('bob.json', mount);
  const byClaim = await gateFor(t, lab, hub, preset, {
    inject: { data: { State: { claim: 'lab_state' } }, mount: { from: { claim: 'lab_mount' } } },
  });
  const byFile = await gateFor(t, lab, hub, preset, {
    inject: { data: { State: { header: 'X-Lab-State' } }, mount: { from: { file: '{user}.json' }, optional: true } },
  });
  await nobodyReachesTheHub(t, hub, byClaim);

  const claimed = { lab_state: 'state of alice', lab_mount: mount };

  await t.test('from claims', async t => {
    const proof = tokenOf(lab, 'Alice', claimed);
    const browser = await logsIn(t, byClaim, proof, 'alice');
    t.strictSame(await authState(hub, 'alice'), { State: 'state of alice', Mount: mount });
    await browser.post('/hub/api/users/alice/server', '');
    await browser.open('/hub/api/users/alice/server/progress');
    const echoed = JSON.parse((await browser.open('/user/alice/x')).body) as { env: string[] };
    t.ok(echoed.env.includes('State'), "the server's environment has the state");
    t.match(spawnRecord(hub, 'alice'), { auth_state: { State: 'state of alice', Mount: mount } });
  });

  await t.test('nobody writes his own state, which the bare hub would take', async t => {
    const alice = new BrowserSession({ port: byClaim.port, origin, headers: tokenOf(lab, 'alice', claimed) });
    await alice.open('/hub/login');
    for (const path of ['/hub/set-user-data', '/hub/set-user%2Ddata']) {
      const refused = await alice.post(path, '{"data": {"State": "forged"}}');
      t.equal(refused.status, 403, path);
      t.match(refused.body, /endpoint-refused/);
    }
    t.strictSame(await authState(hub, 'alice'), { State: 'state of alice', Mount: mount });
  });

  await t.test('from the sign-in proxy and a file per user', async t => {
    await logsIn(t, byFile, { [assertedUserHeader]: 'bob', 'X-Lab-State': 'state of bob' }, 'bob');
    t.strictSame(await authState(hub, 'bob'), { State: 'state of bob', Mount: mount });
  });

  await t.test('a user without state and mount takes nobody else’s', async t => {
    await logsIn(t, byFile, { [assertedUserHeader]: 'carol', State: 'forged', Mount: '{}' }, 'carol');
    t.equal(await authState(hub, 'carol'), null);
  });

  await t.test('a mount that is not four strings is no login', async t => {
    const proof = tokenOf(lab, 'dave', { lab_state: 's', lab_mount: { ...mount, PATH: 1 } });
    const answer = await new BrowserSession({ port: byClaim.port, origin, headers: proof }).open('/hub/login');
    t.equal(answer.status, 403);
    t.match(answer.body, /data-invalid/);
    t.notMatch(answer.body, /OPENSSH|quoted/, 'and the page shows nothing of it');
  });

  const authority = makeAuthority();
  const token = randomBytes(24).toString('base64url');
  lab.secrets.add(token);
  const provider = await mountProvider(t, `Bearer ${token}`, makeCertificate({ issuer: authority }));
  const shown = { tokenFile: lab.write('token', token), caFile: lab.write('ca.crt', authority.cert), timeout: '1s' };
  const byProvider = await gateFor(t, lab, hub, preset, {
    inject: {
      data: { State: { url: `${provider}/state/{user}`, ...shown } },
      mount: { from: { url: `${provider}/mounts/{user}`, ...shown } },
    },
  });

  await t.test('from a provider, by https', async t => {
    await logsIn(t, byProvider, { [assertedUserHeader]: 'Erin' }, 'erin');
    t.strictSame(await authState(hub, 'erin'), { State: '{"course":"x","done":[1,2.5,null]}', Mount: mount });
  });

  await t.test('a provider that does not answer, or knows no mount, is no login', async t => {
    const status = async (user: string): Promise<number> => {
      const headers = { [assertedUserHeader]: user };
      return (await new BrowserSession({ port: byProvider.port, origin, headers }).open('/hub/login')).status;
    };
    t.equal(await status('slow'), 503);
    t.equal(await status('broken'), 503);
    t.equal(await status('expired'), 503);
    t.equal(await status('nobody'), 403);
  });

  t.strictSame(await hubUsers(hub), ['alice', 'bob', 'carol', 'erin']);
  assertNothingLeaked(t, byClaim.output() + byFile.output() + byProvider.output(), lab.secrets);
  t.match(byProvider.output(), '"fault":"Mount: answered with status 500"', 'the log says what there is to mend');
});

/** Tells of users what their names say, to who shows the token. */
function mountProvider(t: Test, authorization: string, tls: ServerTls): Promise<string> {
  const json = { 'Content-Type': 'application/json' };
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  const mounts: Readonly<Record<string, unknown>> = {
    erin: { ...mount, expiresAt: inAnHour },
    expired: { ...mount, expiresAt: 1_700_000_000 },
  };
  return serveHere(
    t,
    ({ url = '', headers }, response) => {
      const [, kind, user = ''] = url.split('/');
      if (headers.authorization !== authorization) response.writeHead(401).end();
      else if (kind === 'state') response.writeHead(200, json).end('{"course":"x","done":[1,2.5,null]}');
      else if (user === 'broken') response.writeHead(500).end(privateKey);
      else if (user === 'slow') return;
      else if (mounts[user] === undefined) response.writeHead(404).end();
      else response.writeHead(200, json).end(JSON.stringify(mounts[user]));
    },
    tls,
  );
}

const origin = `http://${publicHost}`;
let gates = 0;

function gateFor(t: Test, lab: Lab, hub: Hub, authenticator: string, more: WrittenConfig = {}): Promise<GateHere> {
  gates += 1;
  return startGateHere(t, lab.write(`proxy-${gates}.yaml`, labConfig({ url: hub.url, authenticator }, more)));
}

function tokenOf(lab: Lab, user: string, claims: WrittenConfig = {}): Record<string, string> {
  return { Authorization: `Bearer ${lab.token(user, claims)}` };
}

/** Without a proof, or with a broken one, whatever is claimed beside it. */
async function nobodyReachesTheHub(t: Test, hub: Hub, gate: GateHere): Promise<void> {
  await refuses(t, gate, {});
  await refuses(t, gate, { 'Remote-User': 'mallory', REMOTE_USER: 'mallory' });
  await refuses(t, gate, { Authorization: 'Bearer a.b.c', 'Remote-User': 'mallory' });
  t.strictSame(await hubUsers(hub), [], 'the hub knows nobody');
  t.notMatch(hub.log(), /\/hub\/login/, 'and was not asked to log anybody in');
}

async function refuses(t: Test, gate: GateHere, headers: Readonly<Record<string, string>>): Promise<void> {
  const answer = await new BrowserSession({ port: gate.port, origin, headers }).open('/hub/login');
  t.equal(answer.status, 401, `${Object.keys(headers).join(', ') || 'no proof'}: 401`);
  t.match(answer.headers['www-authenticate'], /^Bearer/);
  t.equal(answer.headers['set-cookie'], undefined);
}

async function logsIn(
  t: Test,
  gate: GateHere,
  headers: Readonly<Record<string, string>>,
  hubUser: string,
): Promise<BrowserSession> {
  const browser = new BrowserSession({ port: gate.port, origin, headers });
  const login = await browser.open('/hub/login', { follow: false });
  t.equal(login.status, 302, `${hubUser} logs in`);
  const self = JSON.parse((await browser.open('/hub/api/user')).body) as { name?: string };
  t.equal(self.name, hubUser, `and is ${hubUser} at the hub`);
  return browser;
}

async function servingKeys(t: Test, keys: Uint8Array): Promise<string> {
  const server = createServer((_request, answer) => answer.setHeader('Content-Type', 'application/json').end(keys));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the key server listens on no port');
  return `http://127.0.0.1:${address.port}/keys`;
}
