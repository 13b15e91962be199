/** The hub's cookies through the gate: each to its owner, Secure behind https, and the XSRF check holds. */
import { join } from 'node:path';
import { test } from 'tap';
import { reservePort } from '../../scripts/reserved-ports.ts';
import { BrowserSession } from '../clients/browser-session.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { type GateHere, startGateHere } from '../gates/gate-here.ts';
import { assertedUserHeader, labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { startHub } from './setup/hub.ts';
import { receivedFields, receivedValues, startServer, userServerConfig } from './setup/user-server.ts';

type Shown = { readonly name: string; readonly path: string; readonly secure: boolean; readonly httpOnly: boolean };

function shownCookies(lines: readonly string[] | undefined): Shown[] {
  const cookies = (lines ?? []).map(line => {
    const [pair = '', ...attributes] = line.split(/; */);
    const has = (name: string): boolean => attributes.some(attribute => attribute.toLowerCase() === name);
    const path = attributes.find(attribute => /^path=/i.test(attribute))?.slice('path='.length) ?? '';
    return { name: pair.split('=')[0] ?? '', path, secure: has('secure'), httpOnly: has('httponly') };
  });
  return cookies.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** What a login sets, on a scheme; `_xsrf` is never Secure, pages read it. */
function loginCookies(secure: boolean): Shown[] {
  return [
    { name: '_xsrf', path: '/hub/', secure: false, httpOnly: false },
    { name: 'jupyterhub-hub-login', path: '/hub/', secure, httpOnly: true },
    { name: 'jupyterhub-session-id', path: '/', secure, httpOnly: true },
  ];
}

const serviceProgram = join(import.meta.dirname, 'fixtures', 'oauth_service.py');

/** Python for `extraConfig`: a service that every user may open. */
function serviceConfig(port: number): string {
  return `
import sys
c.JupyterHub.services += [{
    "name": "Grader", "url": "http://127.0.0.1:${port}", "oauth_no_confirm": True,
    "command": [sys.executable, ${JSON.stringify(serviceProgram)}],
}]
c.JupyterHub.load_roles[1]["scopes"] += ["access:services!service=Grader"]
`;
}

test('cookies of a real hub', async t => {
  const servicePort = await reservePort();
  const extraConfig = `${userServerConfig}\n${serviceConfig(servicePort)}`;
  const hub = await startHub(t, 'remote-user-authenticator', { extraConfig });
  const lab = makeLab(t);
  const target = { url: hub.url, authenticator: 'jhub_remote_user_authenticator.RemoteUserAuthenticator' };
  const gate = await startGateHere(t, lab.write('plain.yaml', labConfig(target)));
  const publicUrl = `https://${publicHost}`;
  const secured = await startGateHere(t, lab.write('secured.yaml', labConfig(target, { publicUrl })));
  const session = ({ port }: GateHere, scheme: string, user: string): BrowserSession =>
    new BrowserSession({ port, origin: `${scheme}://${publicHost}`, headers: { [assertedUserHeader]: user } });
  const alice = session(gate, 'http', 'alice');

  await t.test('over http the login cookies are not Secure', async t => {
    const login = await alice.open('/hub/login', { follow: false });
    t.strictSame(shownCookies(login.headers['set-cookie']), loginCookies(false));
    t.equal(login.headers['cache-control'], 'no-store', 'and the answer is kept nowhere');
  });

  await t.test('over https they are, although the gate speaks http to the hub', async t => {
    const login = await session(secured, 'https', 'alice').open('/hub/login', { follow: false });
    t.strictSame(shownCookies(login.headers['set-cookie']), loginCookies(true));
  });

  await t.test("a page's POST needs its XSRF token", async t => {
    await alice.open('/hub/home');
    const path = '/hub/api/users/alice/server';
    const without = await alice.open(path, { method: 'POST', body: '', headers: { Origin: `http://${publicHost}` } });
    t.equal(without.status, 403, 'without it: the hub refuses');
    const foreign = await alice.post(path, '', { 'X-XSRFToken': 'forged' });
    t.equal(foreign.status, 403, "with somebody else's: too");
    await t.resolves(startServer(alice, 'alice'), 'with it: the server starts');
  });

  await t.test("the hub's cookie is what the session is", async t => {
    const home = await alice.open('/hub/home', { follow: false });
    t.equal(home.status, 200);
    t.match(home.body, /alice/);
    const proofAlone = await session(gate, 'http', 'alice').open('/hub/home', { follow: false });
    t.equal(proofAlone.status, 302, 'a proof without it leads to the login');
    t.match(proofAlone.headers.location, /^\/hub\/login/);
    const stolen = await new BrowserSession({ port: gate.port, origin: `http://${publicHost}` }).open('/hub/home', {
      follow: false,
      headers: { Cookie: alice.cookies.header('/hub/home') },
    });
    t.equal(stolen.status, 401, 'and it without a proof is nothing');
  });

  await t.test('a server gets the cookies of the origin and its own', async t => {
    const page = await alice.open('/user/alice/');
    t.equal(page.status, 200);
    t.strictSame(
      receivedValues(page.body, 'cookie').map(cookie => cookie.replace(/=.*/, '')),
      ['jupyterhub-session-id'],
    );
  });

  await t.test('a service logs its users in by OAuth, and gets its own cookies', async t => {
    const page = await alice.open('/services/Grader/');
    t.equal(page.status, 200, page.journey.join(', '));
    t.match(JSON.parse(page.body), { user: 'alice' });
    const held = alice.cookies.header('/services/Grader/');
    const shown = await session(gate, 'http', 'alice').open('/services/Grader/', {
      headers: { 'Remote-User': 'mallory', Cookie: `${held}; service-Other=1; jupyterhub-hub-login=1` },
      follow: false,
    });
    t.equal(shown.status, 200);
    t.strictSame(
      receivedValues(shown.body, 'cookie').flatMap(cookie => cookie.split('; ').map(pair => pair.replace(/=.*/, ''))),
      held.split('; ').map(pair => pair.replace(/=.*/, '')),
    );
    t.match(held, /service-Grader=/);
    t.strictSame(receivedValues(shown.body, 'remote-user'), []);
  });

  await t.test('a server sets cookies below its own path only', async t => {
    const set = [
      'own=1; Path=/user/alice/',
      'deeper=1; Path=/user/alice/files/; HttpOnly',
      'jupyterhub-user-alice=1; Path=/user/alice/',
      'wide=1; Path=/',
      'hub=1; Path=/hub/',
      'other=1; Path=/user/bob/',
      'domain=1; Path=/user/alice/; Domain=hub.test',
      'jupyterhub-hub-login=1; Path=/user/alice/',
      'jupyterhub-user-bob=1; Path=/user/alice/',
      '__Host-hubgate-0123abcd=1; Path=/; Secure',
    ];
    const query = set.map(line => `cookie=${encodeURIComponent(line)}`).join('&');
    const page = await alice.open(`/user/alice/set?${query}`);
    t.strictSame(page.headers['set-cookie'], set.slice(0, 3));
  });

  await t.test('behind https a server is told so', async t => {
    const page = await session(secured, 'https', 'alice').open('/user/alice/x');
    const values = new Map(receivedFields(page.body).map(([name, value]) => [name.toLowerCase(), value]));
    t.equal(values.get('x-scheme'), 'https');
    t.match(values.get('x-forwarded-proto'), /^https\b/);
    t.match(values.get('x-forwarded-port'), /^443\b/);
    t.equal(values.get('host'), publicHost);
  });

  for (const value of alice.cookies.values()) lab.secrets.add(value);
  await t.test('logout takes the cookies back', async t => {
    const logout = await alice.open('/hub/logout', { follow: false });
    t.equal(logout.status, 302);
    const cleared = shownCookies(logout.headers['set-cookie']).map(({ name, path }) => `${name} ${path}`);
    for (const { name, path } of loginCookies(false)) {
      if (name !== '_xsrf') t.ok(cleared.includes(`${name} ${path}`), `${name} is cleared on ${path}`);
    }
    t.notOk(alice.cookies.names().includes('jupyterhub-hub-login'));
    const home = await alice.open('/hub/home', { follow: false });
    t.equal(home.status, 302, 'and the session is over');
  });

  assertNothingLeaked(t, gate.output() + secured.output(), lab.secrets);
});
