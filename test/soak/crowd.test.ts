/** Crowds that are just there: ten thousand kept connections and five thousand WebSockets, what each costs, and that nobody else waits for them. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { type Test, test } from 'tap';
import { WebSocket } from 'ws';
import { ResponseReader } from '../clients/response-reader.ts';
import { labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { startCrowdHub } from './crowd-hub.ts';
import { type Holdings, type InspectedGate, startInspectedGate } from './inspected-gate.ts';

const wanted = { connections: 10_000, webSockets: 5000 };
const atOnce = 200;

/** Descriptors of this process and of the gate beside those of the crowd. */
const spareFiles = 500;

const kibibyte = 1024;

/** Of the gate's heap and buffers, for each of a crowd; twice as much resident, where garbage is counted too. */
const mostBytes = { connection: 4 * kibibyte, webSocket: 8 * kibibyte };

/** The hard limit, to which node raises its own and which its children inherit. */
function mostFiles(): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard);
}

/** As many as planned where descriptors allow it: a WebSocket takes two, here as in the gate. */
function fitting(t: Test, count: number, filesEach: number): number {
  const most = Math.floor((mostFiles() - spareFiles) / filesEach);
  if (most < count) t.comment(`ONLY ${most} INSTEAD OF ${count}: a process may have ${mostFiles()} files open here`);
  return Math.min(count, most);
}

type Lobby = {
  readonly gate: InspectedGate;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
};

async function openLobby(t: Test): Promise<Lobby> {
  const lab = makeLab(t);
  const config = labConfig(
    { url: await startCrowdHub(t), authenticator: 'jhub_remote_user_authenticator.RemoteUserAuthenticator' },
    { limits: { connections: 0, idleTimeout: '1h', drainTimeout: '1m' }, webSocket: { pingInterval: '20s' } },
  );
  const gate = await startInspectedGate(t, lab.write('proxy.yaml', config));
  const headers = { Host: publicHost, Authorization: `Bearer ${lab.token('alice')}` };
  return { gate, port: await gate.port(), headers };
}

async function inTurns<T>(count: number, make: (at: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let at = 0; at < count; at += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, count - at) }, (_, each) => make(at + each));
    made.push(...(await Promise.all(some)));
  }
  return made;
}

/** One request on a connection; resolves with the body when the answer is whole, and the connection stays. */
function ask(socket: Socket, target: string, { headers }: Lobby): Promise<string> {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const reader = new ResponseReader(false);
  return new Promise((resolve, reject) => {
    const over = (): void => reject(new Error(`the gate closed instead of answering ${target}`));
    socket.once('close', over);
    const take = (chunk: Buffer): void => {
      reader.push(chunk);
      if (reader.finalCount() === 0) return;
      socket.off('data', take).off('close', over);
      resolve(reader.finish(false)[0]?.body.toString() ?? '');
    };
    socket.on('data', take);
    socket.write(`GET ${target} HTTP/1.1\r\n${fields.join('')}\r\n`);
  });
}

async function arrive(at: number, lobby: Lobby): Promise<Socket> {
  const socket = connect(lobby.port, '127.0.0.1');
  await once(socket, 'connect');
  const target = `/user/alice/${at}`;
  const body = await ask(socket, target, lobby);
  if (body !== target) throw new Error(`${target} was answered with ${body}`);
  return socket;
}

async function open({ port, headers }: Lobby): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/user/alice/channels`, { headers, perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
}

async function echo(socket: WebSocket, text: string): Promise<string> {
  const answered = once(socket, 'message') as Promise<[Buffer]>;
  socket.send(text);
  return (await answered)[0].toString();
}

type Growth = { readonly before: Holdings; readonly after: Holdings };

/** Says what each of so many takes of the gate's memory, and holds it to the bound. */
function holdsItsCost(t: Test, what: string, count: number, mostEach: number, { before, after }: Growth): void {
  const heap = (after.heap + after.buffers - before.heap - before.buffers) / count;
  const resident = (after.resident - before.resident) / count;
  const shown = (bytes: number): string => `${(bytes / kibibyte).toFixed(2)} KiB`;
  t.comment(`${count} ${what}: ${shown(heap)} of heap and buffers each, ${shown(resident)} resident`);
  t.ok(heap < mostEach, `${shown(heap)} of heap and buffers each`);
  t.ok(resident < 2 * mostEach, `${shown(resident)} resident each`);
}

/** Other clients come and go meanwhile, each asks a few times. */
async function servesOthers(t: Test, lobby: Lobby): Promise<void> {
  const newcomers = await inTurns(100, at => arrive(at, lobby));
  for (const round of [1, 2, 3]) {
    const answers = await Promise.all(newcomers.map((socket, at) => ask(socket, `/user/alice/${round}/${at}`, lobby)));
    t.ok(answers.every((body, at) => body === `/user/alice/${round}/${at}`));
  }
  for (const socket of newcomers) socket.destroy();
}

test('10 000 kept connections: little memory each, nobody waits for them, and a drain closes them', async t => {
  const lobby = await openLobby(t);
  const { gate } = lobby;
  await servesOthers(t, lobby);
  const before = await gate.holdings();
  const count = fitting(t, wanted.connections, 1);
  const crowd = await inTurns(count, at => arrive(at, lobby));
  const after = await gate.holdings();
  t.ok(gate.files() >= count, 'all of them are open');
  holdsItsCost(t, 'idle connections', count, mostBytes.connection, { before, after });
  await servesOthers(t, lobby);
  for (const at of [0, Math.floor(count / 2), count - 1]) {
    const socket = crowd[at];
    if (socket !== undefined) t.equal(await ask(socket, `/user/alice/again/${at}`, lobby), `/user/alice/again/${at}`);
  }
  const gone = crowd.map(socket => once(socket.resume(), 'close'));
  gate.signal('SIGTERM');
  await Promise.all(gone);
  t.strictSame(await gate.ended, { code: 0, signal: null });
});

/** Resolves when so many pings have come. */
function pinged(socket: WebSocket, times: number): Promise<void> {
  return new Promise(resolve => {
    let left = times;
    socket.on('ping', () => {
      left -= 1;
      if (left === 0) resolve();
    });
  });
}

test('5 000 WebSockets at rest for a minute: little memory each, all are pinged and told at a drain, some speak', async t => {
  const lobby = await openLobby(t);
  const { gate } = lobby;
  const early = await Promise.all([1, 2, 3].map(() => open(lobby)));
  const before = await gate.holdings();
  const count = fitting(t, wanted.webSockets, 2);
  const crowd = await inTurns(count, () => open(lobby));
  holdsItsCost(t, 'new WebSockets', count, mostBytes.webSocket, { before, after: await gate.holdings() });
  await Promise.all(crowd.map(socket => pinged(socket, 3)));
  const after = await gate.holdings();
  t.ok(gate.files() >= 2 * count, 'all of them are open');
  holdsItsCost(t, 'WebSockets after a minute at rest', count, mostBytes.webSocket, { before, after });
  const some = crowd.filter((_, at) => at % 50 === 0);
  const heard = await Promise.all(some.map((socket, at) => echo(socket, `message ${at}`)));
  t.strictSame(
    heard,
    some.map((_, at) => `message ${at}`),
  );
  await servesOthers(t, lobby);
  const codes = [...early, ...crowd].map(async socket => (await once(socket, 'close'))[0] as number);
  gate.signal('SIGTERM');
  t.strictSame(new Set(await Promise.all(codes)), new Set([1001]));
  t.strictSame(await gate.ended, { code: 0, signal: null });
});
