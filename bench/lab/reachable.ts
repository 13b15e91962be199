/** Waits for a server that was just started. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Program } from '../machine/programs.ts';

const patienceMs = 30_000;

/** Resolves when the port takes connections; throws with the program's output when it ends or takes too long. */
export async function untilReachable(port: number, program: Program): Promise<void> {
  await untilTrue(() => accepts(port), program);
}

/** Asks over and over until the answer is yes; throws with the program's output when it ends or takes too long. */
export async function untilTrue(ask: () => Promise<boolean>, program: Program): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await ask())) {
    if (program.hasEnded()) throw new Error(`ended before it served:\n${program.output()}`);
    if (performance.now() > deadline) throw new Error(`does not serve:\n${program.output()}`);
    await delay(2);
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
