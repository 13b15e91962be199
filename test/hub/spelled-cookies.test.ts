/** What the attack rows write into a Cookie line, on old hubs whose parsers are lax: the hub answers the user who is proved, or nobody (S6, H15, P11). */
import { type Test, test } from 'tap';
import { repeatedLogins, strangersLogins } from '../attacks/rows/tagged-cookies.ts';
import { rawRequest } from '../clients/raw-client.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { assertedUserHeader, labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { startHub } from './setup/hub.ts';
import { enter, openWorld, origin } from './setup/one-browser.ts';

const authenticator = 'jhub_remote_auth_mount.RemoteUserAuthenticator';
const codes = { alice: 'MFWGSY3F', bob: 'MJXWE' } as const;
const name = 'jupyterhub-hub-login';
const patienceMs = 60_000;

/** Whom the hub takes a request with these lines for, by its API and by its page; `none` where for nobody. */
async function answered(port: number, lines: readonly string[]): Promise<string[]> {
  const ask = async (path: string): Promise<string> => {
    const head = [`GET ${path} HTTP/1.1`, `Host: ${publicHost}`, `Referer: ${origin}/hub/home`, ...lines, '', ''];
    const [answer] = await rawRequest({ port, bytes: head.join('\r\n'), deadlineMs: patienceMs });
    const body = answer?.body.toString('latin1') ?? '';
    const named = Object.values(codes).filter(code => body.includes(code));
    return named.length === 0 ? 'none' : named.join(' and ');
  };
  return [await ask('/hub/api/user'), await ask('/hub/home')];
}

/** Of two users with browsers of their own, every spelling of the one's cookie beside the other's proof. */
async function playTags(t: Test, url: string): Promise<void> {
  const world = await openWorld(t, url, authenticator);
  const [alice, bob] = [world.browser(), world.browser()];
  await enter(world, alice, 'alice');
  await enter(world, bob, 'bob');
  const held = (browser: typeof alice): string => `${name}=${browser.cookies.value(name, '/hub/')}`;
  const { port } = world.gate;
  const session = `Cookie: ${bob.cookies
    .header('/hub/home')
    .split('; ')
    .filter(cookie => !cookie.startsWith('jupyterhub-'))
    .join('; ')}`;
  const bearer = `Authorization: Bearer ${world.lab.token('bob')}`;
  const [theirs, own] = [held(alice), held(bob)];
  for (const proof of [session, bearer]) {
    const who = (cookies: readonly string[]): Promise<string[]> =>
      answered(port, [proof, ...cookies.map(cookie => `Cookie: ${cookie}`)]);
    t.strictSame(await who([own]), [codes.bob, codes.bob], 'the own one, as it is');
    for (const cookie of strangersLogins(theirs, own))
      t.notMatch((await who([cookie])).join(), codes.alice, `${cookie.replace(/[\w-]{16,}/g, '…')} alone`);
    for (const cookies of repeatedLogins(theirs, own))
      t.strictSame(await who(cookies), [codes.bob, codes.bob], 'of repeats the own one counts');
    for (const cookie of strangersLogins(theirs, own))
      for (const cookies of [
        [cookie, own],
        [own, cookie],
      ])
        t.notMatch((await who(cookies)).join(), codes.alice, 'nor beside the own one');
  }
}

/** Without a session nothing binds a cookie, but what another site plants beside it is refused with it. */
async function playRepeats(t: Test, url: string): Promise<void> {
  const lab = makeLab(t);
  const gate = await startGateHere(t, lab.write('proxy.yaml', labConfig({ url, authenticator })));
  const loginOf = async (user: string): Promise<string> => {
    const head = ['GET /hub/login HTTP/1.1', `Host: ${publicHost}`, `${assertedUserHeader}: ${user}`, '', ''];
    const bytes = head.join('\r\n');
    const [answer] = await rawRequest({ port: gate.port, bytes, deadlineMs: patienceMs });
    const value = new RegExp(`${name}=("[^"]*")`).exec(answer?.raw.toString('latin1') ?? '')?.[1];
    if (value === undefined) throw new Error(`no login of ${user}`);
    return `${name}=${value}`;
  };
  const [theirs, own] = [await loginOf('alice'), await loginOf('bob')];
  const who = (lines: readonly string[]): Promise<string[]> =>
    answered(gate.port, [`${assertedUserHeader}: bob`, ...lines.map(line => `Cookie: ${line}`)]);
  t.strictSame(await who([own]), [codes.bob, codes.bob]);
  for (const lines of [
    [`${own}; ${theirs}`],
    [`${theirs}; ${own}`],
    [own, theirs],
    [theirs, own],
    [`${own}; x="1 ${theirs}"; y=2`],
    [`${own}; ${theirs}; ${own}`],
    [`${own};${theirs}`],
    [`${own}; ${theirs.replace('=', ' = ')}`],
    [`${own}, ${theirs}`],
  ])
    t.notMatch((await who(lines)).join(), codes.alice, lines.join(' | ').replace(/"[^"]*"/g, '"…"'));
}

for (const release of ['0.9.6', '4.1.6'] as const)
  test(`on hub ${release}`, async t => {
    const hub = await startHub(t, 'mount-remote-user', { release });
    await t.test('by tags', t => playTags(t, hub.url));
    // From 4.1 on repeats are left to the hub (CVE-2024-28233), and there a session alone binds its cookies.
    if (release === '0.9.6') await t.test('repeats without a session', t => playRepeats(t, hub.url));
  });
