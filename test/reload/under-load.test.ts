/** Every named file changes under load, well and badly: what is good takes effect, what is bad changes nothing, and nobody notices. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Test, test } from 'tap';
import { makeAuthority, makeCertificate } from '../clients/certificates.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { type GateProcess, gateCommand, startGateProcess } from '../gates/gate-process.ts';
import { publicHost } from '../gates/lab.ts';
import { makeKey, publicPem } from '../identity/token-maker.ts';
import { issuers, tokenOf, tokens } from './stand/issuers.ts';
import { configText, jwksText, type Kind, kindsOf, type SteadyKeys, secretBytes, type Turn } from './stand/kinds.ts';
import { openPlacedFiles, type Way, ways } from './stand/placed-files.ts';
import { portsOf, Stand, until } from './stand/stand.ts';
import { echo, openWebSocket, startLoad, type Visitor } from './stand/steady-load.ts';
import { startTlsHub } from './stand/tls-hub.ts';

/** In a second. */
const hangups = 200;
/** One for so many of them, among good files and bad ones. */
const hangupsAChange = 4;

type Scene = {
  readonly gate: GateProcess;
  readonly stand: Stand;
  readonly kinds: readonly Kind[];
  readonly visitors: readonly Visitor[];
};

/** A gate whose files all have their first content, and visitors whose tokens hold all the time. */
async function setScene(t: Test, way: Way): Promise<Scene> {
  const steady: SteadyKeys = { jwks: makeKey('ES256', 'steady'), pem: makeKey('ES384', 'steady') };
  const [authority, hubSigner] = [makeAuthority(), makeAuthority('hub CA')];
  const hub = await startTlsHub(t, makeCertificate({ issuer: hubSigner }));
  const files = openPlacedFiles(t, way);
  const { cert, key } = makeCertificate({ names: [publicHost, '127.0.0.1'], issuer: authority });
  files.place({
    'proxy.yaml': configText(hub.url),
    'keys.json': jwksText(steady.jwks),
    'keys.pem': publicPem(steady.pem),
    secret: secretBytes(makeKey('HS256')),
    revoked: '',
    'admin-token': 'first-admin-token',
    'gate.crt': cert,
    'gate.key': key,
    'client-ca.crt': makeAuthority('clients').cert,
    'hub-ca.crt': hubSigner.cert,
  });
  const gate = startGateProcess(t, gateCommand(join(files.folder, 'proxy.yaml')));
  const ports = await portsOf(gate);
  const stand = new Stand({ files, hub, ports, authority, adminTokens: ['first-admin-token'] });
  const entrances = [{ port: ports.plain }, { port: ports.secure, ca: authority.cert }];
  const visitors = entrances.flatMap((entrance, at) =>
    (['jwks', 'pem'] as const).map(from => {
      const user = `${from}${at}`;
      return { user, token: tokenOf(issuers[from], steady[from], user), entrance };
    }),
  );
  return { gate, stand, kinds: kindsOf(stand, steady, hubSigner), visitors };
}

/** Good content, bad content, good content again; gives what is in force then. */
async function changeOne(t: Test, { stand, kinds }: Scene, { name, bad, next }: Kind): Promise<void> {
  const takesEffect = async (turn: Turn, what: string): Promise<void> => {
    const { generation: before } = await stand.readiness();
    stand.files.place(turn.contents);
    const seen = await until(
      () => stand.readiness(),
      ({ generation, configProblems }) => generation > before && configProblems.length === 0,
    );
    t.match(seen, { status: 200, configProblems: [] }, `${what}: in force`);
    t.equal(await until(turn.fault, fault => fault === ''), '', `${what}: shows`);
  };
  t.ok(kinds.length > 0);
  const good = next();
  await takesEffect(good, name);
  const { generation: before } = await stand.readiness();
  stand.files.place(bad);
  const told = await until(
    () => stand.readiness(),
    ({ configProblems }) => configProblems.length > 0,
  );
  t.match(told.configProblems, [/proxy\.yaml:\d+:\d+ /], `${name}, bad: told of`);
  t.match(told, { status: 200, generation: before }, `${name}, bad: the generation stays`);
  t.equal(await good.fault(), '', `${name}, bad: what was in force is`);
  await takesEffect(next(), `${name}, mended`);
}

/** Signals and changes, good and bad ones, all at once; the last change of each file is a good one. */
async function storm(t: Test, { gate, stand, kinds }: Scene): Promise<void> {
  for (let sent = 0; sent < hangups; sent += 1) {
    gate.signal('SIGHUP');
    const turn = Math.floor(sent / hangupsAChange);
    const kind = kinds[turn % kinds.length];
    if (sent % hangupsAChange === 0 && kind !== undefined)
      stand.files.place(turn % 3 === 0 ? kind.bad : kind.next().contents);
    await pause(1000 / hangups);
  }
  const last = kinds.map(kind => ({ name: kind.name, ...kind.next() }));
  stand.files.place(Object.assign({}, ...last.map(({ contents }) => contents)));
  for (const { name, fault } of last)
    t.equal(
      await until(
        () => fault().catch(String),
        seen => seen === '',
      ),
      '',
      `${name}: the last change is in force`,
    );
  const settled = await until(
    () => stand.readiness(),
    ({ configProblems }) => configProblems.length === 0,
  );
  t.match(settled, { status: 200, configProblems: [] });
}

async function play(t: Test, way: Way): Promise<void> {
  const scene = await setScene(t, way);
  const { gate, visitors } = scene;
  const sockets = await Promise.all(visitors.map(openWebSocket));
  const echoes = async (text: string): Promise<void> => {
    const heard = await Promise.all(sockets.map(socket => echo(socket, text)));
    t.strictSame(
      heard,
      sockets.map(() => text),
      `WebSockets echo: ${text}`,
    );
  };
  const load = startLoad(visitors);
  t.teardown(async () => {
    for (const socket of sockets) socket.terminate();
    await load.end();
  });
  for (const kind of scene.kinds) {
    await changeOne(t, scene, kind);
    await echoes(kind.name);
  }
  await storm(t, scene);
  await echoes('after the storm');
  const { right, wrong, connections } = await load.end();
  t.comment(`${way}: ${right} answers`);
  t.strictSame(wrong.slice(0, 10), [], 'every answer came, and to whom it belongs');
  t.ok(right > 100 * visitors.length, `${right} answers`);
  t.equal(connections, visitors.length, 'nobody had to connect again');
  for (const socket of sockets) socket.terminate();
  gate.signal('SIGTERM');
  t.strictSame(await gate.ended, { code: 0, signal: null });
  assertNothingLeaked(t, gate.output(), [...tokens, ...scene.stand.adminTokens]);
}

// Each gate looks at its files once a second, so that all of it is mostly waiting.
test('files change under load', { jobs: ways.length }, t => {
  for (const way of ways) void t.test(way, { buffered: true }, each => play(each, way));
  t.end();
});
