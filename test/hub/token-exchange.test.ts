/** Programs with a JWT at the API of a real hub and at a real single-user server: what the hub mints for them, and no more. */
import { createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'tap';
import { BrowserSession } from '../clients/browser-session.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { type GateHere, startGateHere } from '../gates/gate-here.ts';
import { jwtEntry, labConfig, makeLab, publicHost, type WrittenConfig } from '../gates/lab.ts';
import { makeKey } from '../identity/token-maker.ts';
import { spyExtension } from './setup/field-spy.ts';
import { startHub } from './setup/hub.ts';
import { hubUsers, makeUserToken, tokenEnds, tokenNotes } from './setup/hub-users.ts';
import { startServer } from './setup/user-server.ts';

const origin = `http://${publicHost}`;
const note = 'hubgate: exchanged for a proof';

/** Services with no more than what docs/recipes/programs.md says for each. */
const services = {
  plain: 'plain-service-0123456789',
  making: 'making-service-0123456789',
};
const roles = `
c.Authenticator.admin_users = {"root2"}
c.JupyterHub.allow_named_servers = True
c.JupyterHub.services += [
    {"name": "plain", "api_token": "${services.plain}"},
    {"name": "making", "api_token": "${services.making}"},
]
c.JupyterHub.load_roles += [
    {"name": "plain", "services": ["plain"], "scopes": ["tokens", "read:users"]},
    {"name": "making", "services": ["making"], "scopes": ["tokens", "read:users", "admin:users"]},
]
`;

test('tokens of a real hub for JWTs', async t => {
  const hub = await startHub(t, 'header', { singleuser: 'real', extraConfig: `${spyExtension}${roles}` });
  const lab = makeLab(t);
  for (const [name, token] of Object.entries(services)) lab.write(name, `${token}\n`);
  const authenticator = 'jhubauthenticators.HeaderAuthenticator';
  const gateWith = async (exchange: object, tokenFile = 'plain', more: WrittenConfig = {}): Promise<GateHere> => {
    const config = labConfig({ url: hub.url, authenticator, tokenFile, apiTokens: 'forward' }, { exchange, ...more });
    return startGateHere(
      t,
      lab.write(`${JSON.stringify([exchange, Object.keys(more)]).replace(/\W/g, '')}.yaml`, config),
    );
  };
  const gate = await gateWith({});
  const bearer = (user: string): { Authorization: string } => ({ Authorization: `Bearer ${lab.token(user)}` });
  const curl = async (
    { port }: GateHere,
    path: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ status: number; body: string }> =>
    new BrowserSession({ port, origin }).open(path, {
      headers: { Accept: 'application/json', ...headers },
      follow: false,
    });

  await t.test('a user that the hub does not know', async t => {
    const answer = await curl(gate, '/hub/api/user', bearer('alice'));
    t.equal(answer.status, 403);
    t.match(answer.body, /hub-user-unknown/);
    t.same(await hubUsers(hub), ['root2'], 'and nobody is made');
  });

  const browser = new BrowserSession({ port: gate.port, origin, headers: bearer('alice') });
  await t.test('a user that has logged in', async t => {
    await browser.open('/hub/login');
    const self = await curl(gate, '/hub/api/user', bearer('alice'));
    t.equal(self.status, 200, self.body);
    t.match(JSON.parse(self.body), { kind: 'user', name: 'alice' });
    const others = await curl(gate, '/hub/api/users', bearer('alice'));
    t.equal(others.status, 403, 'as the hub says');
    t.notMatch(others.body, /hub-user-unknown|not-allowed/);
  });

  await t.test('one token for many requests', async t => {
    const headers = bearer('alice');
    const before = await tokenNotes(hub, 'alice');
    const answers = await Promise.all(Array.from({ length: 20 }, () => curl(gate, '/hub/api/user', headers)));
    t.ok(answers.every(({ status }) => status === 200));
    t.same(await tokenNotes(hub, 'alice'), before, 'the one of before');
    t.equal(before.filter(text => text === note).length, 1);
    const [end = Number.NaN] = await tokenEnds(hub, 'alice', note);
    t.ok(end > Date.now() && end <= Date.now() + 5 * 60_000, `and it ends by itself: ${new Date(end).toISOString()}`);
  });

  await t.test('no proof, no token', async t => {
    t.equal((await curl(gate, '/hub/api/user', {})).status, 401);
    t.equal((await curl(gate, '/hub/api/user', { Authorization: `${bearer('alice').Authorization}x` })).status, 401);
    const expired = lab.token('alice', { exp: 1 });
    t.equal((await curl(gate, '/hub/api/user', { Authorization: `Bearer ${expired}` })).status, 401);
  });

  await t.test('an admin', async t => {
    await new BrowserSession({ port: gate.port, origin, headers: bearer('root2') }).open('/hub/login');
    t.equal((await curl(gate, '/hub/api/user', bearer('root2'))).status, 200);
    t.equal((await curl(gate, '/hub/api/users', bearer('root2'))).status, 403, 'no more than other users');
    const wider = await new BrowserSession({ port: gate.port, origin, headers: bearer('root2') }).open(
      '/hub/api/users/root2/tokens',
      { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"note":"wider"}' },
    );
    t.equal(wider.status, 403, `nor makes the token one that can do more: ${wider.body}`);
    const admins = await gateWith({ admins: true });
    const users = await curl(admins, '/hub/api/users', bearer('root2'));
    t.equal(users.status, 200, users.body);
    t.match(users.body, /"alice"/);
    t.equal((await curl(admins, '/hub/api/users', bearer('alice'))).status, 403, 'others are none by that');
    t.equal((await curl(admins, '/hub/api/users', {})).status, 401);
  });

  await t.test('HS256 tokens, without iss too, at /hub/api/users', async t => {
    const secret = randomBytes(32).toString('hex');
    lab.write('hmac', secret);
    lab.secrets.add(secret);
    const shared = { ...makeKey('HS256'), key: createSecretKey(Buffer.from(secret)) };
    const entry = {
      ...jwtEntry({ secretFile: 'hmac' }, ['HS256']),
      issuer: { absent: true, audiences: ['jupyterhub'] },
      carriers: [{ header: 'Authorization', scheme: 'Bearer' }],
    };
    const admins = await gateWith({ admins: true }, 'plain', { jwt: [entry] });
    const users = async (token?: string): Promise<number> =>
      (await curl(admins, '/hub/api/users', token === undefined ? {} : { Authorization: `Bearer ${token}` })).status;
    const absent = { iss: undefined };
    t.equal(await users(lab.token('root2', absent, shared)), 200, 'an admin');
    t.equal(await users(lab.token('alice', absent, shared)), 403, 'somebody else, as the hub says');
    t.equal(await users(), 401, 'nobody');
    t.equal(await users(lab.token('root2', absent, makeKey('HS256'))), 401, 'by another secret');
    t.equal(await users(lab.token('root2', absent)), 401, 'by another algorithm');
    t.equal(await users(lab.token('root2', { iss: 'https://issuer.test/lab' }, shared)), 401, 'with an iss');
    t.equal(await users(lab.token('root2', { ...absent, exp: 1 }, shared)), 401, 'too old');
  });

  await t.test('users that are made on first sight', async t => {
    const making = await gateWith({ createUsers: true }, 'making');
    const answers = await Promise.all([1, 2, 3].map(() => curl(making, '/hub/api/user', bearer('carol'))));
    t.same(
      answers.map(({ status }) => status),
      [200, 200, 200],
    );
    t.ok((await hubUsers(hub)).includes('carol'));
    t.equal((await curl(making, '/services/nothing/', bearer('dave'))).status, 302, 'as the hub says');
    t.equal(
      (await curl(making, '/hub/api/user', { Authorization: 'Bearer nobody' })).status,
      403,
      'a hub token of nobody',
    );
    t.notOk((await hubUsers(hub)).includes('nobody'));
  });

  await t.test('scopes that the operator chose', async t => {
    const narrow = await gateWith({ scopes: ['read:users:name!user'] });
    t.equal((await curl(narrow, '/hub/api/user', bearer('alice'))).status, 200);
    t.equal((await curl(narrow, '/hub/api/users/alice/tokens', bearer('alice'))).status, 403, 'nothing else');
    const wide = await gateWith({ scopes: ['admin:users'] });
    const refused = await curl(wide, '/hub/api/user', bearer('alice'));
    t.equal(refused.status, 403);
    t.match(refused.body, /not-allowed/);
  });

  await t.test('a server gets a token that is for it alone', async t => {
    await startServer(browser, 'alice');
    const seen = await curl(gate, '/user/alice/field-spy', bearer('alice'));
    t.equal(seen.status, 200, seen.body);
    const { headers } = JSON.parse(seen.body) as { headers: [string, string][] };
    const [, authorization = ''] = headers.find(([name]) => name === 'Authorization') ?? [];
    t.match(authorization, /^token [0-9a-f]{32}$/);
    lab.secrets.add(authorization.slice('token '.length));
    const asked = await fetch(`${hub.apiUrl}/user`, { headers: { authorization, connection: 'close' } });
    const { name, scopes } = (await asked.json()) as { name: string; scopes: string[] };
    t.equal(name, 'alice');
    t.same(
      scopes.filter(scope => !scope.startsWith('read:users:')),
      ['access:servers!server=alice/'],
    );
    const started = await fetch(`${hub.apiUrl}/users/alice/server`, {
      method: 'DELETE',
      headers: { authorization, connection: 'close' },
    });
    t.ok(started.status >= 400, 'it stops no server');
    const contents = await curl(gate, '/user/alice/api/contents', bearer('alice'));
    t.equal(contents.status, 200);
  });

  await t.test("somebody else's server", async t => {
    await new BrowserSession({ port: gate.port, origin, headers: bearer('mallory') }).open('/hub/login');
    const answer = await curl(gate, '/user/alice/api/contents', bearer('mallory'));
    t.equal(answer.status, 403, 'the server says so, to a request without any token');
    t.notMatch(answer.body, /not-allowed/);
  });

  await t.test("the hub's own tokens beside JWTs", async t => {
    const own = await makeUserToken(hub, 'alice');
    lab.secrets.add(own);
    t.equal((await curl(gate, '/hub/api/user', { Authorization: `token ${own}` })).status, 200);
    t.equal((await curl(gate, '/user/alice/api/contents', { Authorization: `Bearer ${own}` })).status, 200);
  });

  await t.test('a logout takes the minted tokens back', async t => {
    const minted = async (): Promise<number> => (await tokenNotes(hub, 'alice')).filter(text => text === note).length;
    const before = await minted();
    await browser.open('/hub/logout', { follow: false });
    let left = await minted();
    for (let asked = 0; left === before && asked < 100; asked += 1) left = await minted();
    t.ok(left < before, `${left} of ${before} are left, other gates'`);
    const again = await curl(gate, '/hub/api/user', bearer('alice'));
    t.equal(again.status, 200, `whoever has a proof gets another: ${again.body}`);
  });

  for (const token of Object.values(services)) lab.secrets.add(token);
  assertNothingLeaked(t, gate.output(), lab.secrets);
});
