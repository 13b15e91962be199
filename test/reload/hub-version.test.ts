/** The hub's version is asked for off the way of requests, and what is in force follows it without a restart. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import type { HubConfig } from '../../src/config/sections/hub.ts';
import type { InForce } from '../../src/doors/judge.ts';
import { refuse } from '../../src/gate/reasons.ts';
import { type HubVersion, parseHubVersion } from '../../src/hub/version.ts';
import { wantedWorkarounds } from '../../src/hub/workarounds.ts';
import { HubVersionWatch, inForceForHub } from '../../src/reload/hub-version.ts';
import { rawRequest } from '../clients/raw-client.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { until } from './stand/stand.ts';

/** A hub whose answers the test gives, and a clock whose hands it moves. */
class World {
  readonly told: (string | null)[] = [];
  readonly watch: HubVersionWatch;
  asked = 0;
  /** What is put off, the newest alone. */
  due: { readonly run: () => void; readonly ms: number } | null = null;
  #answer: (version: HubVersion | null) => void = () => undefined;

  constructor() {
    this.watch = new HubVersionWatch({
      ask: () => {
        this.asked += 1;
        return new Promise(resolve => {
          this.#answer = resolve;
        });
      },
      onChange: version => this.told.push(version?.text ?? null),
      later: (run, ms) => {
        const due = { run, ms };
        this.due = due;
        return () => {
          if (this.due === due) this.due = null;
        };
      },
    });
  }

  async answer(text: string | null): Promise<void> {
    this.#answer(text === null ? null : parseHubVersion(text));
    await new Promise(setImmediate);
  }

  /** When the next question is due, which is then asked. */
  pass(): number | null {
    const { due } = this;
    this.due = null;
    due?.run();
    return due?.ms ?? null;
  }
}

const gone = { refusal: refuse('hub-unreachable'), status: 502, placeClass: 'hub' } as const;
const failing = { refusal: undefined, status: 503, placeClass: 'hub' } as const;

t.test('asks at the start, and again once a minute', async t => {
  const world = new World();
  t.equal(world.watch.current, null);
  world.watch.start();
  await world.answer('6.1.1');
  t.equal(world.watch.current?.text, '6.1.1');
  t.equal(world.pass(), 60_000);
  await world.answer('6.1.1');
  t.equal(world.pass(), 60_000);
  await world.answer('4.1.6');
  t.strictSame(world.told, ['6.1.1', '4.1.6'], 'and tells of what is news');
});

t.test('asks sooner while it does not know', async t => {
  const world = new World();
  world.watch.start();
  await world.answer(null);
  t.equal(world.pass(), 5_000);
  await world.answer('6.1.1');
  t.equal(world.pass(), 60_000);
  await world.answer(null);
  t.equal(world.watch.current, null, 'a hub that says it no more is not known any more');
  t.equal(world.due?.ms, 5_000);
});

t.test('a hub that could not be reached may be another', async t => {
  const world = new World();
  world.watch.start();
  await world.answer('6.1.1');
  world.watch.noticed(gone);
  t.equal(world.watch.current, null, 'at once');
  t.equal(world.due?.ms, 1_000);
  for (let times = 0; times < 5; times += 1) world.watch.noticed(gone);
  t.equal(world.asked, 1, 'however many requests fail');
  world.pass();
  t.equal(world.asked, 2);
  world.watch.noticed(gone);
  await world.answer('6.1.1');
  t.equal(world.watch.current, null, 'an answer from before the last doubt is worth nothing');
  t.equal(world.pass(), 1_000);
  await world.answer('0.9.6');
  t.equal(world.watch.current?.text, '0.9.6');
  t.strictSame(world.told, ['6.1.1', null, '0.9.6']);
});

t.test("the hub's proxy says that the hub is gone", async t => {
  const world = new World();
  world.watch.start();
  await world.answer('6.1.1');
  world.watch.noticed(failing);
  world.watch.noticed(failing);
  t.equal(world.watch.current?.text, '6.1.1', 'which it says of servers as well');
  t.equal(world.pass(), 1_000);
  await world.answer(null);
  t.equal(world.watch.current, null);
});

t.test("what servers of users do is no word on the hub, nor are the gate's refusals", async t => {
  const world = new World();
  world.watch.start();
  await world.answer('6.1.1');
  world.watch.noticed({ ...gone, placeClass: 'user' });
  world.watch.noticed({ ...failing, placeClass: 'services' });
  world.watch.noticed({ ...gone, placeClass: undefined });
  world.watch.noticed({ refusal: refuse('keys-unavailable'), status: 503, placeClass: 'hub' });
  world.watch.noticed({ refusal: undefined, status: 200, placeClass: 'hub' });
  t.equal(world.watch.current?.text, '6.1.1');
  t.equal(world.due?.ms, 60_000);
});

t.test('a reload that names another hub asks that one', async t => {
  const world = new World();
  world.watch.start();
  await world.answer('6.1.1');
  const hub = { address: { kind: 'tcp', host: 'a', port: 1 }, tls: null, baseUrl: '/' } as unknown as HubConfig;
  world.watch.follow({ ...hub, apiTokens: 'forward' }, hub);
  t.equal(world.watch.current?.text, '6.1.1', 'the same hub');
  world.watch.follow({ ...hub, baseUrl: '/jh/' }, hub);
  t.equal(world.watch.current, null);
  t.equal(world.due?.ms, 1_000);
});

t.test('asks no more once it is closed', async t => {
  const world = new World();
  world.watch.start();
  world.watch.close();
  await world.answer('6.1.1');
  t.equal(world.due, null);
  world.watch.noticed(gone);
  t.equal(world.due, null);
  t.strictSame(world.told, []);
});

t.test('what is in force is one object as long as nothing changes', async t => {
  const whole = (): InForce => ({ policy: { workarounds: wantedWorkarounds([]) } }) as unknown as InForce;
  let base = whole();
  const watch: { current: HubVersion | null } = { current: null };
  const inForce = inForceForHub(() => base, watch);
  t.equal(inForce(), base);
  watch.current = parseHubVersion('6.1.1');
  const fitted = inForce();
  t.equal(fitted.policy.workarounds.noCors, false);
  t.equal(inForce(), fitted);
  watch.current = parseHubVersion('5.5.4');
  t.equal(inForce(), fitted, 'another version that needs the same is no news to doors');
  base = whole();
  t.not(inForce(), fitted, 'another generation is');
  watch.current = null;
  t.equal(inForce(), base);
});

/** Says its version, and that it is here. */
async function openHub(version: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    response.end(request.url === '/hub/api' ? JSON.stringify({ version }) : 'here');
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

t.test('a hub that comes back older is protected, without a restart', async t => {
  const lab = makeLab(t);
  let hub = await openHub('6.1.1', 0);
  t.teardown(() => hub.close());
  const { port } = hub.address() as AddressInfo;
  const target = { url: `http://127.0.0.1:${port}`, authenticator: 'jhub_remote_auth_mount.RemoteUserAuthenticator' };
  const gate = await startGateHere(t, lab.write('gate.yaml', labConfig(target)));
  const ask = async (): Promise<number | undefined> => {
    const lines = [
      'POST /hub/spawn HTTP/1.1',
      `Host: ${publicHost}`,
      `Authorization: Bearer ${lab.token('alice')}`,
      'Origin: https://evil.example',
      'Content-Length: 0',
      'Connection: close',
    ];
    const [answer] = await rawRequest({ port: gate.port, bytes: `${lines.join('\r\n')}\r\n\r\n`, untilClosed: true });
    return answer?.status;
  };
  t.equal(await until(ask, status => status === 200), 200, 'a sound hub judges itself');
  hub.closeAllConnections();
  hub.close();
  await once(hub, 'close');
  t.equal(await ask(), 502);
  t.equal(await ask(), 403, 'nobody knows what comes next');
  const said = await until(
    async () => gate.output(),
    output => output.includes('could not be read'),
  );
  t.match(said, /"fault":"GET \/hub\/api got no answer: .*ECONNREFUSED/, 'and the log says why');
  hub = await openHub('0.9.6', port);
  await until(
    async () => gate.output(),
    output => output.includes('"version":"0.9.6"'),
  );
  t.equal(await ask(), 403);
  t.match(gate.output(), /"version":"6\.1\.1".*"version":"not known".*"version":"0\.9\.6"/s);
});
