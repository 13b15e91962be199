/** A real hub with subdomain_host behind the gate: login at publicUrl, the server and its kernel on the user's own host, nothing on another's. */
import { randomBytes } from 'node:crypto';
import { test } from 'tap';
import { type BrowserRequest, type BrowserResponse, BrowserSession } from '../clients/browser-session.ts';
import { openKernel } from '../clients/kernel-client.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { labConfig, makeLab } from '../gates/lab.ts';
import { makeProof, thumbprintOf } from '../identity/holders/proof-maker.ts';
import { makeKey } from '../identity/token-maker.ts';
import { spyExtension } from './setup/field-spy.ts';
import { startHub } from './setup/hub.ts';
import { startServer } from './setup/user-server.ts';

const origin = 'http://hub.test';
const aliceOrigin = 'http://alice.hub.test';
const bobOrigin = 'http://bob.hub.test';
const site = 'https://www.test';

const serviceToken = 'minting-service-0123456789';

/** What docs/recipes/programs.md says that token exchange needs. */
const minting = `
c.JupyterHub.services += [{"name": "minting", "api_token": "${serviceToken}"}]
c.JupyterHub.load_roles += [{"name": "minting", "services": ["minting"], "scopes": ["tokens", "read:users"]}]
`;

const holder = makeKey('ES256');

interface Arrival extends BrowserResponse {
  readonly url: string;
  /** Every redirect on the way. */
  readonly way: readonly string[];
}

/** One browser on several hosts, each with cookies of its own, but for those that the hub sets for all of them. */
class ManyHosts {
  readonly tabs: ReadonlyMap<string, BrowserSession>;

  constructor(port: number, origins: readonly string[]) {
    this.tabs = new Map(origins.map(each => [each, new BrowserSession({ port, origin: each })]));
  }

  at(where: string): BrowserSession {
    const tab = this.tabs.get(where);
    if (tab === undefined) throw new Error(`led to ${where}`);
    return tab;
  }

  #share({ headers, path }: BrowserResponse, from: BrowserSession): void {
    const shared = (headers['set-cookie'] ?? []).filter(line => /;\s*domain=\.?hub\.test(?:;|$)/i.test(line));
    for (const tab of this.tabs.values()) if (tab !== from) tab.cookies.store(shared, path);
  }

  /** Follows redirects from host to host. */
  async open(url: string, options: BrowserRequest = {}): Promise<Arrival> {
    const way: string[] = [];
    let next = { url: new URL(url), options };
    while (way.length < 20) {
      const tab = this.at(next.url.origin);
      const answer = await tab.open(next.url.pathname + next.url.search, { ...next.options, follow: false });
      this.#share(answer, tab);
      way.push(`${answer.status} ${next.url.origin}${next.url.pathname}`);
      const { location } = answer.headers;
      if (location === undefined) return { ...answer, url: next.url.href, way };
      next = { url: new URL(location, next.url), options: {} };
    }
    throw new Error(`too many redirects: ${way.join(', ')}`);
  }
}

test('with subdomain_host', async t => {
  const hub = await startHub(t, 'remote-user-authenticator', {
    singleuser: 'real',
    extraConfig: `${spyExtension}${minting}c.JupyterHub.subdomain_host = ${JSON.stringify(origin)}`,
  });
  const lab = makeLab(t);
  const key = randomBytes(32).toString('hex');
  lab.secrets.add(key);
  lab.write('session-key', key);
  const session = {
    keyFiles: ['session-key'],
    handoff: { origins: [site] },
    loginUrl: `${site}/login?next={url}`,
    dangerouslyInsecureCookies: true,
  };
  const authenticator = 'jhub_remote_user_authenticator.RemoteUserAuthenticator';
  lab.write('service', serviceToken);
  lab.secrets.add(serviceToken);
  const config = labConfig(
    { url: hub.url, authenticator, tokenFile: 'service' },
    { sso: [], session, userHosts: '*.hub.test' },
  );
  const gate = await startGateHere(t, lab.write('proxy.yaml', config));
  const openBrowser = async (user: string): Promise<ManyHosts> => {
    const browser = new ManyHosts(gate.port, [origin, aliceOrigin, bobOrigin]);
    const body = new URLSearchParams({ token: lab.token(user), next: '/hub/home' }).toString();
    const headers = { Origin: site, 'Content-Type': 'application/x-www-form-urlencoded' };
    const home = await browser.open(`${origin}/hubgate/session`, { method: 'POST', headers, body });
    t.strictSame([home.status, home.url], [200, `${origin}/hub/home`], `${user} is in`);
    return browser;
  };
  const alice = await openBrowser('alice');
  const remember = (browser: ManyHosts): void => {
    for (const tab of browser.tabs.values())
      for (const value of tab.cookies.values()) if (value.length > 8) lab.secrets.add(value);
  };

  await t.test('the server is on the host of its user', async t => {
    await startServer(alice.at(origin), 'alice');
    const page = await alice.open(`${origin}/user/alice/field-spy`);
    t.strictSame([page.status, page.url.split('?')[0]], [200, `${aliceOrigin}/user/alice/field-spy`]);
    const { headers: seen } = JSON.parse(page.body) as { headers: [string, string][] };
    const said = new Map(seen.map(([name, value]) => [name.toLowerCase(), value]));
    for (const name of ['host', 'x-forwarded-host']) t.equal(said.get(name), 'alice.hub.test', name);
    t.notMatch(page.body, /remote-user|hubgate-/i, 'users\u2019 code is told nothing more');
    const order = [
      `302 ${origin}/hubgate/start`,
      `303 ${aliceOrigin}/hubgate/enter`,
      `302 ${origin}/hub/api/oauth2/authorize`,
    ];
    t.strictSame(
      page.way.filter(step => order.includes(step)),
      order,
      'by a code for that host, and the hub\u2019s own OAuth across hosts',
    );
    const again = await alice.open(`${aliceOrigin}/user/alice/field-spy`);
    t.strictSame(again.way, [`200 ${aliceOrigin}/user/alice/field-spy`], 'once');
    const hubPage = await alice.open(`${aliceOrigin}/hub/home`);
    t.strictSame(hubPage.way, [`302 ${aliceOrigin}/hub/home`, `200 ${origin}/hub/home`]);
    remember(alice);
  });

  await t.test('a kernel over the WebSocket, from that host\u2019s own page alone', async t => {
    const tab = alice.at(aliceOrigin);
    const base = '/user/alice';
    const started = await tab.open(`${base}/api/kernels`, {
      method: 'POST',
      body: JSON.stringify({ name: 'python3' }),
      headers: { Origin: aliceOrigin, 'X-XSRFToken': tab.cookies.value('_xsrf', `${base}/`) ?? '' },
    });
    t.equal(started.status, 201, started.body);
    const { id } = JSON.parse(started.body) as { id: string };
    const path = `${base}/api/kernels/${id}/channels`;
    const headers = { Host: 'alice.hub.test', Origin: aliceOrigin, Cookie: tab.cookies.header(path) };
    const opening = { port: gate.port, path };
    for (const other of [origin, bobOrigin])
      await t.rejects(openKernel({ ...opening, headers: { ...headers, Origin: other } }), /403/, other);
    const elsewhere = { ...headers, Host: 'bob.hub.test', Origin: bobOrigin };
    await t.rejects(openKernel({ ...opening, headers: elsewhere }), /401/, 'the cookies are none on another host');
    const kernel = await openKernel({ ...opening, headers });
    t.match(await kernel.execute('6*7'), { status: 'ok', result: '42' });
    await kernel.close();
  });

  await t.test('a program gets a token for the server there, and proves by DPoP that it holds its own', async t => {
    const path = '/user/alice/field-spy';
    const ask = async (
      tab: string,
      headers: Readonly<Record<string, string>>,
      target = path,
    ): Promise<BrowserResponse> =>
      new BrowserSession({ port: gate.port, origin: tab }).open(target, {
        headers: { Accept: 'application/json', ...headers },
        follow: false,
      });
    const seen = await ask(aliceOrigin, { Authorization: `Bearer ${lab.token('alice')}` });
    t.equal(seen.status, 200, seen.body);
    t.match(
      JSON.parse(seen.body).headers.find(([name]: string[]) => name === 'Authorization')?.[1],
      /^token [0-9a-f]+$/,
    );
    const others = await ask(aliceOrigin, { Authorization: `Bearer ${lab.token('bob')}` }, '/user/alice/api/contents');
    t.equal(others.status, 403, 'another user gets none for it');
    const token = lab.token('alice', { cnf: { jkt: thumbprintOf(holder) } });
    const shown = (from: string): Readonly<Record<string, string>> => {
      const proof = makeProof(holder, { token, url: from + path, at: Math.floor(Date.now() / 1000) });
      lab.secrets.add(proof);
      return { Authorization: `DPoP ${token}`, DPoP: proof };
    };
    const held = await ask(aliceOrigin, shown(aliceOrigin));
    t.equal(held.status, 200, held.body);
    t.notMatch(held.body, /dpop|eyJ/i, 'neither token nor proof goes up');
    t.equal((await ask(aliceOrigin, shown(origin))).status, 401, 'a proof for another host is none');
  });

  await t.test('another user gets nothing of it', async t => {
    const bob = await openBrowser('bob');
    const there = await bob.open(`${aliceOrigin}/user/alice/field-spy`);
    t.equal(there.status, 403, 'bob is bob on every host, and the server is not his');
    t.notMatch(there.body, /"headers"/);
    const stolen = new BrowserSession({ port: gate.port, origin: bobOrigin });
    stolen.cookies.store(
      [alice.at(aliceOrigin).cookies.header('/user/alice/')].flatMap(line =>
        line.split('; ').map(pair => `${pair}; Path=/`),
      ),
      '/',
    );
    const headers = { Accept: 'application/json' };
    t.equal((await stolen.open('/user/alice/api/status', { headers })).status, 401, 'on another host');
    remember(bob);
  });

  await t.test('JupyterLab\u2019s Log Out ends it on every host', async t => {
    const out = await alice.open(`${aliceOrigin}/user/alice/logout`, {
      headers: { 'Sec-Fetch-Site': 'same-origin', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
    });
    t.strictSame([out.status, out.url], [200, `${origin}/hubgate/logged-out`]);
    const headers = { Accept: 'application/json' };
    for (const [where, path] of [
      [aliceOrigin, '/user/alice/api/status'],
      [origin, '/hub/home'],
    ] as const)
      t.equal((await alice.open(where + path, { headers })).status, 401, where);
  });

  assertNothingLeaked(t, gate.output(), lab.secrets);
});
