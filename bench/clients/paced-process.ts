/**
 * `node paced-process.ts PLAN`: an open loop. Requests are due at fixed times whatever the answers do, and each latency is
 * counted from when its request was due, so that a stall shows in all requests that it held up.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/** What is sent. */
export type PacedPlan = {
  readonly port: number;
  /** A JSON list of requests, sent in turn. */
  readonly file: string;
  readonly perSecond: number;
  readonly durationMs: number;
  readonly connections: number;
  /** Bytes of one whole answer. */
  readonly wireBytes: number;
};

/** What came back; what never did counts as long as it was waited for. */
export type PacedCount = {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly p999Micros: number;
};

/** The longest sleep between two looks at the clock: timers of the event loop know whole milliseconds only. */
const napMs = 0.05;
/** How much longer than planned answers are waited for. */
const drainMs = 2000;

const plan = JSON.parse(process.argv[2] ?? '{}') as PacedPlan;
const requests = JSON.parse(readFileSync(plan.file, 'utf8')) as string[];
const total = Math.floor((plan.durationMs / 1000) * plan.perSecond);
const micros: number[] = [];
const idle: Socket[] = [];
const waiting: number[] = [];
const dueOf = new Map<Socket, number>();
const nap = new Int32Array(new SharedArrayBuffer(4));

let next = 0;
for (let opened = 0; opened < plan.connections; opened += 1) idle.push(await open());
const started = performance.now();
let due = 0;
await play();
const answered = micros.length;
const seconds = (performance.now() - started) / 1000;
for (const dueAt of [...dueOf.values(), ...waiting]) micros.push((performance.now() - dueAt) * 1000);

const sorted = micros.toSorted((a, b) => a - b);
const share = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? 0;
const count: PacedCount = {
  requests: answered,
  perSecond: answered / seconds,
  p50Micros: share(0.5),
  p99Micros: share(0.99),
  p999Micros: share(0.999),
};
process.stdout.write(`${JSON.stringify(count)}\n`, () => process.exit(0));

async function play(): Promise<void> {
  while (micros.length < total) {
    const now = performance.now() - started;
    while (due < total && due * (1000 / plan.perSecond) <= now) {
      waiting.push(started + due * (1000 / plan.perSecond));
      due += 1;
    }
    while (waiting.length > 0 && idle.length > 0) send();
    if (now > plan.durationMs + drainMs) return;
    Atomics.wait(nap, 0, 0, napMs);
    await new Promise(setImmediate);
  }
}

function send(): void {
  const socket = idle.pop();
  const dueAt = waiting.shift();
  if (socket === undefined || dueAt === undefined) return;
  dueOf.set(socket, dueAt);
  socket.write(requests[next % requests.length] ?? '', 'latin1');
  next += 1;
}

async function open(): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: plan.port, noDelay: true });
  await once(socket, 'connect');
  let received = 0;
  socket.on('close', () => fail('a connection was closed'));
  socket.on('data', (chunk: Buffer) => {
    if (received === 0 && chunk.toString('latin1', 9, 12) !== '200')
      fail(`answered ${chunk.toString('latin1', 0, 40)}`);
    received += chunk.length;
    if (received > plan.wireBytes) fail(`${received} bytes instead of ${plan.wireBytes}`);
    if (received < plan.wireBytes) return;
    received = 0;
    micros.push((performance.now() - (dueOf.get(socket) ?? 0)) * 1000);
    dueOf.delete(socket);
    idle.push(socket);
  });
  return socket;
}

function fail(what: string): never {
  throw new Error(what);
}
