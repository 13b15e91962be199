/** A hub inside a frame of the primary site: cookies that browsers take there, and pages that may be shown there. */
import { test } from 'tap';
import { cookiesOf, navigation, openSessionWorld, sessionOf, site } from './session-world.ts';

const attributes = 'Path=/; HttpOnly; Secure; SameSite=None; Partitioned';

test('cookies are for frames, each site its own', async t => {
  const world = await openSessionWorld(t, { embed: true });
  const entered = await world.post('/hubgate/session', { token: world.lab.token('alice') });
  const [earlier = '', ...lines] = entered.values('set-cookie');
  t.match(earlier, /^__Host-hubgate-[0-9a-f]{8}=; Max-Age=0; .*; SameSite=Lax$/, 'one from before is forgotten');
  t.match(lines, [/^__Host-hubgate-[0-9a-f]{8}=[^;]{100,}; /, /-handed=1; Max-Age=60; /]);
  const sent = await world.send('/hub/home', { headers: navigation });
  const started = await world.send('/hubgate/start', { headers: navigation });
  t.match(started.values('set-cookie'), [/-nonce=/]);
  const session = sessionOf(entered);
  const out = await world.post('/hubgate/logout', {}, [...navigation, `Cookie: ${session}`]);
  const gone = out.values('set-cookie').filter(line => line.startsWith('__Host-hubgate-'));
  t.match(gone, [/=; Max-Age=0; /], 'and they are taken back as they were given');
  const all = [...lines, ...sent.values('set-cookie'), ...started.values('set-cookie'), ...gone];
  t.equal(all.length, 5);
  for (const line of all) t.ok(line.endsWith(`; ${attributes}`), line);
  t.notSame(cookiesOf(entered), []);
});

test("the hub's cookies are, and are taken back so", async t => {
  const world = await openSessionWorld(t, { embed: true });
  const session = sessionOf(await world.post('/hubgate/session', { token: world.lab.token('alice') }));
  const headers = [...navigation, `Cookie: ${session}; jupyterhub-hub-login=a~b; jupyterhub-session-id=c`];
  const lines = (await world.send('/hub/home', { headers })).values('set-cookie');
  t.equal(lines.length, 2);
  for (const line of lines) {
    t.match(line, /^jupyterhub-[a-z-]+=; Max-Age=0; /);
    t.ok(line.endsWith('; HttpOnly; Secure; SameSite=None; Partitioned'), line);
  }
});

test("the gate's own pages may be shown in frames of the listed sites alone", async t => {
  for (const [embed, ancestors] of [
    [true, site],
    [false, "'none'"],
  ] as const) {
    const world = await openSessionWorld(t, { embed, loginUrl: '' });
    for (const path of ['/hub/home', '/hubgate/logged-out', '/hubgate/nowhere']) {
      const policies = (await world.send(path, { headers: navigation })).values('content-security-policy');
      t.equal(policies.length, 1);
      t.match(
        policies[0],
        /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors /,
      );
      t.equal(policies[0]?.split('frame-ancestors ')[1], ancestors, path);
    }
  }
});

test("a frame gets a code for a user's host only where the hub is for frames", async t => {
  for (const embed of [true, false]) {
    const world = await openSessionWorld(t, { embed }, { userHosts: '*.hub.test' });
    const session = sessionOf(await world.post('/hubgate/session', { token: world.lab.token('alice') }));
    const sent = await world.send('/user/alice/lab', { host: 'alice.hub.test', headers: navigation });
    const start = new URL(sent.values('location')[0] ?? '');
    const headers = [...navigation, `Cookie: ${session}`, 'Sec-Fetch-Dest: iframe'];
    t.equal((await world.send(start.pathname + start.search, { headers })).status, embed ? 302 : 403);
  }
});

test("a page on an alias changes what is its own there, and nothing at publicUrl's", async t => {
  const world = await openSessionWorld(t, { embed: true }, { publicAliases: ['other.test'] });
  const session = sessionOf(await world.post('/hubgate/session', { token: world.lab.token('alice') }));
  const change = async (host: string, origin: string): Promise<number> => {
    const headers = [`Cookie: ${session}`, `Origin: ${origin}`];
    return (await world.send('/user/alice/api/x', { method: 'POST', body: 'x', host, headers })).status;
  };
  t.equal(await change('other.test', 'https://other.test'), 200);
  t.equal(await change('hub.test', 'https://hub.test'), 200);
  t.equal(await change('hub.test', 'https://other.test'), 403);
  t.equal(await change('other.test', 'https://third.test'), 403);
});
