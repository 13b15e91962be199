/** Runs another program, such as a proxy, beside a test. */
import { once } from 'node:events';
import { connect, type NetConnectOpts } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { sendSignal } from '../../scripts/leftover-processes.ts';
import type { Teardown } from '../gates/lab.ts';
import { spawnOutsideTap } from './spawn-outside-tap.ts';

async function listens(where: NetConnectOpts): Promise<boolean> {
  const probe = connect(where);
  const answer = new Promise<boolean>(resolve => {
    probe.on('connect', () => resolve(true)).on('error', () => resolve(false));
  });
  return answer.finally(() => probe.destroy());
}

/** Starts it, and waits until it listens; rejects where it ends before. The test's end, or the process's, ends it with SIGTERM. */
export async function runProgram(
  t: Teardown,
  [program, ...args]: readonly [string, ...string[]],
  where: NetConnectOpts,
): Promise<void> {
  const child = spawnOutsideTap(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  let gone = false;
  const ended = once(child, 'exit').then(() => {
    gone = true;
  });
  const end = (): void => sendSignal(child.pid ?? 0, 'SIGTERM');
  process.once('exit', end);
  t.teardown(async () => {
    process.removeListener('exit', end);
    end();
    await ended;
  });
  while (!(await listens(where))) {
    if (gone) throw new Error(`${program} has ended`);
    await delay(20);
  }
}
