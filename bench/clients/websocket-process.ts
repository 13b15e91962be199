/** `node websocket-process.ts PLAN`: opens WebSockets, and plays ping-pong on them for a while or holds them at rest. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';

/** What is opened and done. */
export type WebSocketPlan = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sockets: number;
  /** 0: they are held until the process is stopped, and `held` is printed when all are open. */
  readonly echoMs: number;
};

/** What the ping-pong came to. */
export type EchoCount = {
  readonly messages: number;
  readonly seconds: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
};

const openAtOnce = 50;
const message = 'x'.repeat(64);

const plan = JSON.parse(process.argv[2] ?? '{}') as WebSocketPlan;
const sockets: WebSocket[] = [];
while (sockets.length < plan.sockets) {
  const batch = Math.min(openAtOnce, plan.sockets - sockets.length);
  sockets.push(...(await Promise.all(Array.from({ length: batch }, open))));
}
if (plan.echoMs === 0) process.stdout.write('held\n');
else await playEcho();

async function open(): Promise<WebSocket> {
  const socket = new WebSocket(plan.url, { headers: plan.headers, perMessageDeflate: false });
  await once(socket, 'open');
  socket.on('close', code => {
    throw new Error(`closed early with ${code}`);
  });
  return socket;
}

async function playEcho(): Promise<void> {
  const micros: number[] = [];
  let over = false;
  for (const socket of sockets) {
    let sentAt = 0;
    const send = (): void => {
      sentAt = performance.now();
      socket.send(message);
    };
    socket.on('message', (data: Buffer) => {
      if (data.length !== message.length) throw new Error(`${data.length} bytes came back`);
      micros.push((performance.now() - sentAt) * 1000);
      if (!over) send();
    });
    send();
  }
  const started = performance.now();
  await delay(plan.echoMs);
  over = true;
  const seconds = (performance.now() - started) / 1000;
  const sorted = micros.toSorted((a, b) => a - b);
  const share = (part: number): number => sorted[Math.floor(sorted.length * part)] ?? 0;
  const count: EchoCount = { messages: micros.length, seconds, p50Micros: share(0.5), p99Micros: share(0.99) };
  process.stdout.write(`${JSON.stringify(count)}\n`, () => process.exit(0));
}
