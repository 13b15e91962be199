/** The gate as a process: how it starts, reloads, drains and ends. */
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Test, test } from 'tap';
import { WebSocket } from 'ws';
import { assertNothingLeaked } from './clients/nothing-leaked.ts';
import { type RawRequest, rawRequest } from './clients/raw-client.ts';
import type { RawResponse } from './clients/response-reader.ts';
import { makeFifo } from './config/irregular-files.ts';
import { type GateProcess, gateCommand, startGateProcess } from './gates/gate-process.ts';
import {
  assertedUserHeader,
  jwtEntry,
  type Lab,
  labConfig,
  makeLab,
  publicHost,
  type WrittenConfig,
} from './gates/lab.ts';
import { slowAnswer, startSlowHub } from './gates/slow-hub.ts';
import { jwksBytes, makeKey, publicJwk } from './identity/token-maker.ts';

const preset = 'jhub_remote_user_authenticator.RemoteUserAuthenticator';
const admin = { address: '127.0.0.1:0' };
const patienceMs = 20_000;

function request(path: string, token: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${publicHost}\r\nAuthorization: Bearer ${token}\r\n\r\n`;
}

async function ask(to: Pick<RawRequest, 'port' | 'path'>, path: string, token: string): Promise<RawResponse> {
  const [response] = await rawRequest({ ...to, bytes: request(path, token) });
  if (response === undefined) throw new Error(`no answer to ${path}`);
  return response;
}

/** Asks again until the answer is as wanted; the last answer when it never is. */
async function until<T>(look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (holds(seen) || performance.now() > deadline) return seen;
    await delay(20);
  }
}

type Readiness = { status: number; generation: number; draining: boolean; configProblems: string[] };

async function readiness(gate: GateProcess): Promise<Readiness> {
  const answer = await fetch(`http://${await gate.address('admin')}/readyz`, { headers: { Connection: 'close' } });
  return { ...((await answer.json()) as Omit<Readiness, 'status'>), status: answer.status };
}

/** A gate on a free port, with `drainTimeout` and an admin door, once it listens. */
async function startedGate(t: Test, lab: Lab, hubUrl: string, drainTimeout = '10m'): Promise<GateProcess> {
  const config = labConfig({ url: hubUrl, authenticator: preset }, { admin, limits: { drainTimeout } });
  const gate = startGateProcess(t, gateCommand(lab.write('proxy.yaml', config)));
  await gate.address('browsers');
  return gate;
}

async function openSocket(port: number, fields: Readonly<Record<string, string>>): Promise<WebSocket> {
  const headers = { Host: publicHost, ...fields };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/user/alice/channels`, { headers });
  await once(socket, 'open');
  return socket;
}

test('SIGTERM: what is running ends, WebSockets are told, nobody new comes in', async t => {
  const hub = await startSlowHub(t);
  const lab = makeLab(t);
  const token = lab.token('alice');
  const gate = await startedGate(t, lab, hub.url);
  const port = await gate.port();
  const socket = await openSocket(port, { Authorization: `Bearer ${token}` });
  const running = ask({ port }, '/user/alice/slow', token);
  await hub.arrived();

  const closed = once(socket, 'close');
  gate.signal('SIGTERM');
  const [code] = await closed;
  t.equal(code, 1001, 'going away');
  const refused = await until(
    () =>
      rawRequest({ port, bytes: request('/user/alice/x', token) }).then(
        () => '',
        (error: NodeJS.ErrnoException) => error.code,
      ),
    seen => seen === 'ECONNREFUSED',
  );
  t.equal(refused, 'ECONNREFUSED');
  t.match(await readiness(gate), { status: 503, draining: true });

  hub.release();
  const answer = await running;
  t.equal(answer.status, 200);
  t.equal(answer.body.toString(), slowAnswer);
  t.strictSame(await gate.ended, { code: 0, signal: null });
  t.match(gate.output(), /"msg":"draining".*"msg":"stopped"/s);
  assertNothingLeaked(t, gate.output(), lab.secrets);
});

test('a second SIGTERM ends at once', async t => {
  const hub = await startSlowHub(t);
  const lab = makeLab(t);
  const gate = await startedGate(t, lab, hub.url);
  const running = rawRequest({ port: await gate.port(), bytes: request('/user/alice/slow', lab.token('alice')) });
  await hub.arrived();
  gate.signal('SIGTERM');
  await gate.says(/"msg":"draining"/);
  gate.signal('SIGTERM');
  t.strictSame(await gate.ended, { code: 0, signal: null });
  t.strictSame(await running, [], 'what was running is cut');
  assertNothingLeaked(t, gate.output(), lab.secrets);
});

test('the drain is bounded', async t => {
  const hub = await startSlowHub(t);
  const lab = makeLab(t);
  const gate = await startedGate(t, lab, hub.url, '300ms');
  const running = rawRequest({ port: await gate.port(), bytes: request('/user/alice/slow', lab.token('alice')) });
  await hub.arrived();
  gate.signal('SIGTERM');
  t.strictSame(await gate.ended, { code: 0, signal: null });
  t.strictSame(await running, []);
});

test('npm run hubgate: SIGTERM to npm drains the gate', async t => {
  const hub = await startSlowHub(t);
  const lab = makeLab(t);
  const token = lab.token('alice');
  const config = lab.write('proxy.yaml', labConfig({ url: hub.url, authenticator: preset }));
  const npm = startGateProcess(t, ['npm', 'run', '--silent', 'hubgate', '--', '--config', config]);
  const running = ask({ port: await npm.port() }, '/user/alice/slow', token);
  await hub.arrived();
  npm.signal('SIGTERM');
  await npm.says(/"msg":"draining"/);
  hub.release();
  t.equal((await running).body.toString(), slowAnswer);
  await npm.says(/"msg":"stopped"/);
  t.strictSame(await npm.ended, { code: 0, signal: null });
  assertNothingLeaked(t, npm.output(), lab.secrets);
});

test('SIGHUP lets go of a rotated audit file, also where the config has gone bad', async t => {
  const hub = await startSlowHub(t);
  const lab = makeLab(t);
  const audit = join(lab.folder, 'audit.log');
  const config = labConfig({ url: hub.url, authenticator: preset }, { log: { audit } });
  const gate = startGateProcess(t, gateCommand(lab.write('proxy.yaml', config)));
  const port = await gate.port();
  t.equal((await ask({ port }, '/hub/login', lab.token('alice'))).status, 200);
  lab.write('proxy.yaml', { ...config, colour: 'red' });
  await gate.says(/"msg":"config refused/);
  renameSync(audit, `${audit}.1`);
  gate.signal('SIGHUP');
  await until(async () => existsSync(audit), Boolean);
  t.equal((await ask({ port }, '/hub/login', lab.token('bob'))).status, 200);
  await until(
    async () => readFileSync(audit, 'utf8'),
    text => text.includes('"user":"bob"'),
  );
  t.notMatch(readFileSync(`${audit}.1`, 'utf8'), /"user":"bob"/);
  assertNothingLeaked(t, readFileSync(audit, 'utf8') + readFileSync(`${audit}.1`, 'utf8'), lab.secrets);
});

test('reload', async t => {
  const hub = await startSlowHub(t);
  const next = await startSlowHub(t);
  const lab = makeLab(t);
  const alice = lab.token('alice');
  const other = makeKey('RS256', 'other');
  const config = (more: WrittenConfig): WrittenConfig =>
    labConfig({ url: hub.url, authenticator: preset }, { admin, ...more });
  const path = lab.write('proxy.yaml', config({}));
  const gate = startGateProcess(t, gateCommand(path));
  const port = await gate.port();
  const generation = (wanted: number): Promise<Readiness> =>
    until(
      () => readiness(gate),
      seen => seen.generation >= wanted,
    );
  t.equal((await ask({ port }, '/hub/login', alice)).status, 200);
  const deniedLater = await openSocket(port, { Authorization: `Bearer ${alice}` });
  const closed = once(deniedLater, 'close');
  const socket = await openSocket(port, { [assertedUserHeader]: 'bob', Origin: `http://${publicHost}` });

  await t.test('SIGHUP reads all of it again', async t => {
    t.equal((await readiness(gate)).generation, 1);
    gate.signal('SIGHUP');
    t.match(await generation(2), { status: 200, generation: 2, configProblems: [] });
  });

  await t.test('a changed file is seen without a signal', async t => {
    lab.write('proxy.yaml', config({ user: { deny: { users: ['alice'], groups: [] } } }));
    t.match(await generation(3), { status: 200, generation: 3 });
    t.equal((await ask({ port }, '/hub/login', alice)).status, 403, 'and in force');
    const [code, reason] = await closed;
    t.strictSame([code, String(reason)], [1008, 'not-allowed'], 'for the WebSocket too');
  });

  await t.test('a bad config changes nothing, and is told of', async t => {
    lab.write('proxy.yaml', config({ trust: { proxies: ['10.0.0.1/8'] }, colour: 'red' }));
    const told = await until(
      () => readiness(gate),
      seen => seen.configProblems.length > 0,
    );
    t.equal(told.status, 200, 'the old policy works');
    t.equal(told.generation, 3);
    t.match(told.configProblems, [/^.*proxy\.yaml:\d+:\d+ .*10\.0\.0\.1\/8/s, /proxy\.yaml:\d+:\d+ .*colour/]);
    await gate.says(/"msg":"config refused, the one before stays in force"/);
    t.equal((await ask({ port }, '/hub/login', alice)).status, 403, 'the old policy is in force');
  });

  await t.test('a key file that goes away changes nothing; new keys take the place of the old', async t => {
    lab.write('proxy.yaml', config({}));
    t.match(await generation(4), { status: 200, generation: 4, configProblems: [] });
    t.equal((await ask({ port }, '/hub/login', alice)).status, 200);
    const renewed = lab.token('alice', {}, other);
    t.equal((await ask({ port }, '/hub/login', renewed)).status, 401, 'not yet');
    lab.write('keys.json', 'this is no key set');
    const told = await until(
      () => readiness(gate),
      seen => seen.configProblems.length > 0,
    );
    t.equal(told.generation, 4);
    t.equal((await ask({ port }, '/hub/login', alice)).status, 200, 'the old keys still hold');
    lab.write('keys.json', Buffer.from(jwksBytes(publicJwk(other))).toString());
    t.match(await generation(5), { status: 200, generation: 5, configProblems: [] });
    t.equal((await ask({ port }, '/hub/login', renewed)).status, 200);
    t.equal((await ask({ port }, '/hub/login', alice)).status, 401, 'the old key no longer');
  });

  await t.test('a FIFO in the place of a key file holds nobody up', async t => {
    const { generation: before } = await readiness(gate);
    const keys = readFileSync(join(lab.folder, 'keys.json'), 'utf8');
    rmSync(join(lab.folder, 'keys.json'));
    makeFifo(join(lab.folder, 'keys.json'));
    gate.signal('SIGHUP');
    const told = await until(
      () => readiness(gate),
      seen => seen.configProblems.some(problem => problem.includes('regular')),
    );
    t.equal(told.generation, before);
    t.match(told.configProblems, [/proxy\.yaml:\d+:\d+ jwt\[0\]\.keys\.jwksFile: ".*" is no regular file, expected/]);
    lab.write('keys.json', keys);
    t.match(await generation(before + 1), { status: 200, configProblems: [] });
  });

  await t.test('a key file that comes after the config that names it is noticed', async t => {
    const { generation: before } = await readiness(gate);
    const later = { jwt: [jwtEntry({ jwksFile: 'later.json' })] };
    lab.write('proxy.yaml', config(later));
    await until(
      () => readiness(gate),
      seen => seen.configProblems.length > 0,
    );
    lab.write('later.json', Buffer.from(jwksBytes(publicJwk(other))).toString());
    t.match(await generation(before + 1), { generation: before + 1, configProblems: [] });
  });

  await t.test('a listener that changes waits for a restart, and says so', async t => {
    lab.write('proxy.yaml', config({ listen: [{ address: '127.0.0.2:0' }] }));
    const [said] = await gate.says(/.*"msg":"these keys take effect with a restart only".*/);
    t.match(said, '"keys":["listen"]');
    t.equal((await ask({ port }, '/healthz', lab.token('alice'))).status, 401, 'it still listens where it did');
  });

  await t.test('another hub takes over, while the one before finishes what it has', async t => {
    const token = lab.token('alice', {}, other);
    const running = ask({ port }, '/user/alice/slow', token);
    await hub.arrived();
    const { generation: before } = await readiness(gate);
    lab.write('proxy.yaml', labConfig({ url: next.url, authenticator: preset }, { admin }));
    await generation(before + 1);
    t.equal((await ask({ port }, '/hub/login', token)).status, 200);
    t.strictSame(next.logins, ['alice']);
    hub.release();
    t.equal((await running).body.toString(), slowAnswer);
  });

  await t.test('no request is lost while it reloads', async t => {
    const token = lab.token('alice', {}, other);
    const statuses: number[] = [];
    const visitor = async (): Promise<void> => {
      for (let visit = 0; visit < 25; visit += 1) statuses.push((await ask({ port }, '/hub/login', token)).status);
    };
    const { generation: before } = await readiness(gate);
    const visitors = Promise.all(Array.from({ length: 8 }, visitor));
    for (let reload = 1; reload <= 4; reload += 1) {
      gate.signal('SIGHUP');
      await generation(before + reload);
    }
    await visitors;
    t.strictSame(
      statuses,
      Array.from({ length: 200 }, () => 200),
    );
  });

  await t.test('the WebSocket of another user lives through all that', async t => {
    const echoed = once(socket, 'message');
    socket.send('still here');
    t.equal(String((await echoed)[0]), 'still here');
    socket.terminate();
  });

  gate.signal('SIGTERM');
  t.strictSame(await gate.ended, { code: 0, signal: null });
  assertNothingLeaked(t, gate.output(), lab.secrets);
});

test('SIGTERM ends a gate whose key file and config have become FIFOs', async t => {
  const hub = await startSlowHub(t);
  const lab = makeLab(t);
  const gate = await startedGate(t, lab, hub.url, '5s');
  for (const name of ['keys.json', 'proxy.yaml']) {
    rmSync(join(lab.folder, name));
    makeFifo(join(lab.folder, name));
    gate.signal('SIGHUP');
    await gate.says(new RegExp(`${name}.* is no regular file`));
  }
  gate.signal('SIGTERM');
  t.strictSame(await gate.ended, { code: 0, signal: null });
});

test('a thread that never comes back does not keep the process', async t => {
  const hub = await startSlowHub(t);
  const lab = makeLab(t);
  const fifo = join(lab.folder, 'fifo');
  makeFifo(fifo);
  const hang = `import { open } from 'node:fs'; open(${JSON.stringify(fifo)}, 'r', () => undefined);`;
  const [node = '', ...command] = gateCommand(
    lab.write('proxy.yaml', labConfig({ url: hub.url, authenticator: preset })),
  );
  const gate = startGateProcess(t, [node, '--import', `data:text/javascript,${encodeURIComponent(hang)}`, ...command]);
  await gate.address('browsers');
  gate.signal('SIGTERM');
  t.strictSame(await gate.ended, { code: null, signal: 'SIGTERM' });
  t.match(gate.output(), /"msg":"stopped".*a file does not answer/s);
});

test('what keeps the gate from starting', async t => {
  const lab = makeLab(t);
  const occupied = createServer();
  await new Promise<void>(resolve => occupied.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void occupied.close());
  const address = occupied.address();
  if (address === null || typeof address === 'string') throw new Error('the port is not taken');
  const taken = `127.0.0.1:${address.port}`;
  const hub = { url: 'http://127.0.0.1:1', authenticator: preset };
  const lineOf = (path: string, key: string): number =>
    readFileSync(path, 'utf8')
      .split('\n')
      .findIndex(line => line.includes(key)) + 1;

  const rows: { title: string; config: WrittenConfig; code: number; said: (path: string) => string }[] = [
    {
      title: 'an address that is taken',
      config: labConfig(hub, { listen: [{ address: taken }] }),
      code: 1,
      said: () => `hubgate: can not listen on ${taken}: EADDRINUSE`,
    },
    {
      title: "admin's address that is taken",
      config: labConfig(hub, { admin: { address: taken } }),
      code: 1,
      said: () => taken,
    },
    {
      title: 'an address that is not here',
      config: labConfig(hub, { listen: [{ address: '192.0.2.1:8080' }] }),
      code: 1,
      said: () => 'hubgate: can not listen on 192.0.2.1:8080: EADDRNOTAVAIL',
    },
    {
      title: 'a key file that is missing',
      config: labConfig(hub, { jwt: [jwtEntry({ jwksFile: 'nowhere.json' })] }),
      code: 78,
      said: path => `${path}:${lineOf(path, 'nowhere.json')}:`,
    },
    {
      title: 'a config that is wrong',
      config: labConfig({ ...hub, authenticator: 'jhubauthenticators.HeaderAuthenticato' }),
      code: 78,
      said: path => `${path}:${lineOf(path, 'authenticator')}:`,
    },
  ];
  for (const { title, config, code, said } of rows) {
    await t.test(title, async t => {
      const path = lab.write('proxy.yaml', config);
      const gate = startGateProcess(t, gateCommand(path));
      t.strictSame(await gate.ended, { code, signal: null });
      t.ok(gate.output().includes(said(path)), gate.output());
      t.notMatch(gate.output(), /\n\s+at /, 'no stack');
    });
  }
});

test('Unix sockets in front and behind', async t => {
  const lab = makeLab(t);
  const hub = await startSlowHub(t, join(lab.folder, 'hub.sock'));
  const path = join(lab.folder, 'gate.sock');
  const token = lab.token('alice');
  const listen = [{ address: `unix:${path}` }];
  const gateWith = async (unixPeers: boolean): Promise<GateProcess> => {
    const trust = { proxies: ['127.0.0.1/32'], unixPeers };
    const config = labConfig({ url: hub.url, authenticator: preset }, { listen, trust });
    const gate = startGateProcess(t, gateCommand(lab.write('proxy.yaml', config)));
    await gate.address('browsers');
    return gate;
  };

  const closed = await gateWith(false);
  const refused = await ask({ path }, '/hub/login', token);
  t.equal(refused.status, 403, 'a peer on a socket is trusted where the config says so only');
  t.match(refused.body.toString(), /peer-untrusted/);
  t.strictSame(hub.logins, []);
  closed.signal('SIGKILL');
  await closed.ended;
  t.ok(existsSync(path), 'who is killed leaves the socket behind');

  const open = await gateWith(true);
  t.equal((await ask({ path }, '/hub/login', token)).status, 200, 'and the next gate takes its place');
  t.strictSame(hub.logins, ['alice']);
  open.signal('SIGTERM');
  t.strictSame(await open.ended, { code: 0, signal: null });
  t.notOk(existsSync(path), 'who ends well takes it along');
  assertNothingLeaked(t, closed.output() + open.output(), lab.secrets);
});
