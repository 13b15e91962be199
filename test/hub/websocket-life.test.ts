/** A kernel's WebSocket on a real hub ends with its proof, while the kernel runs; whoever comes again with a fresh one finds it as it was. */
import { once } from 'node:events';
import { type Test, test } from 'tap';
import { BrowserSession } from '../clients/browser-session.ts';
import { type KernelChannel, openKernel } from '../clients/kernel-client.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { jwtEntry, type Lab, labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { startOpaqueIssuer } from '../identity/tokens/opaque-issuer.ts';
import { startHub } from './setup/hub.ts';
import { startServer } from './setup/user-server.ts';

const alice = 'MFWGSY3F';
const origin = `http://${publicHost}`;
const base = `/user/${alice}`;
const mostMs = 1000;

/** Short enough to wait for. */
const shortestLifeMs = 4000;
/** Longer than the busiest machine takes to open a WebSocket and to run a cell. */
const longestLifeMs = 64_000;

/** Opens a WebSocket to one kernel with a proof. */
type OpenWith = (proof: { readonly Authorization: string }) => Promise<KernelChannel>;

/** Starts alice's server and a kernel on it, as the browser's user. */
async function startKernel(
  t: Test,
  { browser, port, lab }: { readonly browser: BrowserSession; readonly port: number; readonly lab: Lab },
): Promise<OpenWith> {
  await browser.open('/hub/login');
  await startServer(browser, alice);
  await browser.open(`${base}/files/none`);
  const started = await browser.post(`${base}/api/kernels`, JSON.stringify({ name: 'python3' }));
  t.equal(started.status, 201, started.body);
  const { id } = JSON.parse(started.body) as { id: string };
  const path = `${base}/api/kernels/${id}/channels`;
  const cookies = { Host: publicHost, Origin: origin, Cookie: browser.cookies.header(path) };
  for (const value of browser.cookies.values()) lab.secrets.add(value);
  return proof => openKernel({ port: port, path, headers: { ...cookies, ...proof } });
}

test('a kernel outlives the WebSocket whose proof has ended', async t => {
  const hub = await startHub(t, 'mount-remote-user', { singleuser: 'real' });
  const lab = makeLab(t);
  const authenticator = 'jhub_remote_auth_mount.RemoteUserAuthenticator';
  const entries = { jwt: [{ ...jwtEntry(), clockTolerance: '0s' }], webSocket: { pingInterval: '500ms' } };
  const gate = await startGateHere(t, lab.write('proxy.yaml', labConfig({ url: hub.url, authenticator }, entries)));
  const bearer = (claims = {}): { Authorization: string } => ({
    Authorization: `Bearer ${lab.token('alice', claims)}`,
  });
  const browser = new BrowserSession({ port: gate.port, origin, headers: bearer() });
  const open = await startKernel(t, { browser, port: gate.port, lab });

  const steady = await open(bearer());
  t.match(await steady.execute('kept = 41; kept'), { status: 'ok', result: '41' });
  await steady.close();

  /** As long-lived as it takes to run a cell within half of it. */
  const openShort = async (lifeMs: number): Promise<{ short: KernelChannel; exp: number; lifeMs: number }> => {
    const exp = Date.now() + lifeMs;
    const short = await open(bearer({ exp: exp / 1000 })).catch(() => null);
    const said = await short?.execute("print('before')").catch(String);
    if ((short === null || Date.now() > exp - lifeMs / 2) && lifeMs < longestLifeMs) {
      short?.socket.terminate();
      return openShort(lifeMs * 2);
    }
    if (short === null) throw new Error('no WebSocket in time');
    t.match(said, { status: 'ok', printed: 'before\n' });
    return { short, exp, lifeMs };
  };
  const { short, exp, lifeMs } = await openShort(shortestLifeMs);
  const closed = once(short.socket, 'close').then(([code, reason]) => [code, String(reason), Date.now()]);
  const running = short.execute(`import time; time.sleep(${lifeMs / 1000}); kept += 1`);
  await t.rejects(running, /closed with 1008/, 'a cell is under way');
  const [code, reason, at] = await closed;
  t.same([code, reason], [1008, 'token-expired']);
  const late = Number(at) - exp;
  t.comment(`the kernel's WebSocket was closed ${late} ms after its token had expired`);
  t.ok(late >= 0 && late <= mostMs, `${late} ms`);

  await t.rejects(open(bearer({ exp: exp / 1000 })), /401/, 'not again with the old token');
  const again = await open(bearer());
  t.match(await again.execute('kept'), { status: 'ok', result: '42' }, 'the cell went on to its end');
  await again.close();

  const prolonged = await open(bearer({ exp: (Date.now() + lifeMs) / 1000 }));
  t.equal((await browser.open(`${base}/api/status`)).status, 200, 'a request with a fresh token');
  const beyond = `time.sleep(${(lifeMs + mostMs) / 1000}); kept`;
  t.match(await prolonged.execute(beyond), { status: 'ok', result: '42' }, 'prolongs what is open');
  await prolonged.close();
  await gate.stop();
  t.match(gate.output(), /"door":"websocket"[^\n]*"reason":"token-expired"/, 'the audit trail says why');
  assertNothingLeaked(t, gate.output(), lab.secrets);
});

test('a kernel outlives the WebSocket whose opaque token its issuer has revoked', async t => {
  const hub = await startHub(t, 'mount-remote-user', { singleuser: 'real' });
  const lab = makeLab(t);
  const issuer = await startOpaqueIssuer(t, lab);
  const authenticator = 'jhub_remote_auth_mount.RemoteUserAuthenticator';
  const entries = { introspection: [{ ...issuer.entry, cacheFor: '1s', timeout: '1m' }] };
  const gate = await startGateHere(t, lab.write('proxy.yaml', labConfig({ url: hub.url, authenticator }, entries)));
  const bearer = (token: string): { Authorization: string } => ({ Authorization: `Bearer ${token}` });
  const [revoked, lasting] = [await issuer.token('alice'), await issuer.token('alice')];
  const browser = new BrowserSession({ port: gate.port, origin, headers: bearer(lasting) });
  const openAs = await startKernel(t, { browser, port: gate.port, lab });
  const open = (token: string): ReturnType<OpenWith> => openAs(bearer(token));

  const [ending, staying] = [await open(revoked), await open(lasting)];
  t.match(await ending.execute('kept = 41; kept'), { status: 'ok', result: '41' });
  const closed = once(ending.socket, 'close').then(([code, reason]) => [code, String(reason)]);
  await issuer.revoke(revoked);
  t.same(await closed, [1008, 'token-revoked'], "although the user's other token is good");
  await t.rejects(open(revoked), /401/, 'not again with that token');
  t.equal(staying.socket.readyState, 1);
  t.match(await staying.execute('kept + 1'), { status: 'ok', result: '42' }, 'the kernel is as it was');
  await staying.close();
  await gate.stop();
  t.match(gate.output(), /"door":"websocket"[^\n]*"reason":"token-revoked"/, 'the audit trail says why');
  assertNothingLeaked(t, gate.output(), lab.secrets);
});
