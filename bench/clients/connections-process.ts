/** `node connections-process.ts PLAN`: opens connections, has one answer on each, and holds them at rest until it is stopped. */
import { once } from 'node:events';
import { connect } from 'node:net';

/** What is opened. */
export type ConnectionsPlan = {
  readonly port: number;
  readonly connections: number;
  /** The request that each makes once. */
  readonly request: string;
};

const openAtOnce = 50;

const plan = JSON.parse(process.argv[2] ?? '{}') as ConnectionsPlan;
for (let opened = 0; opened < plan.connections; opened += openAtOnce) {
  const batch = Math.min(openAtOnce, plan.connections - opened);
  await Promise.all(Array.from({ length: batch }, open));
}
process.stdout.write('held\n');

async function open(): Promise<void> {
  const socket = connect(plan.port, '127.0.0.1');
  socket.on('close', () => {
    throw new Error('a connection at rest was closed');
  });
  await once(socket, 'connect');
  socket.write(plan.request);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (answer.toString('latin1', 9, 12) !== '200') throw new Error(`answered ${answer.toString('latin1', 0, 40)}`);
  socket.resume();
}
