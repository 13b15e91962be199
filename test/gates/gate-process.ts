/** Starts a gate as a process of its own, as an operator does. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { checkoutRoot } from '../../scripts/checkout.ts';
import { sendSignal } from '../../scripts/leftover-processes.ts';
import { putAside } from '../clients/nothing-leaked.ts';
import { spawnOutsideTap } from '../clients/spawn-outside-tap.ts';
import type { Teardown } from './lab.ts';

/** How the process ended. */
export type Ending = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A process that is a gate, or wanted to be one. */
export type GateProcess = {
  readonly pid: number;
  /** All that it wrote so far, stdout and stderr. */
  readonly output: () => string;
  /** Where it listens for `browsers`, `admin` or `health`, as its log says; rejects when it ends before that. */
  readonly address: (door: 'browsers' | 'admin' | 'health') => Promise<string>;
  readonly port: (door?: 'browsers' | 'admin' | 'health') => Promise<number>;
  /** Waits until the output matches; rejects when the process ends before that. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ending>;
};

const patienceMs = 30_000;

/** The gate's own command. */
export function gateCommand(configPath: string): readonly string[] {
  return [process.execPath, join(checkoutRoot, 'bin', 'hubgate.ts'), '--config', configPath];
}

/** Starts it and waits for nothing; the test's end kills it. */
export function startGateProcess(t: Teardown, command: readonly string[]): GateProcess {
  const [program = '', ...args] = command;
  const child = spawnOutsideTap(program, args, { cwd: checkoutRoot, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid = 0, stdout, stderr } = child;
  const written: string[] = [];
  let over = false;
  for (const stream of [stdout, stderr]) collect(stream, written);
  const ended = once(child, 'close').then(([code, signal]): Ending => {
    over = true;
    return { code, signal };
  });
  const kill = (): void => sendSignal(pid, 'SIGKILL');
  process.once('exit', kill);
  t.teardown(async () => {
    process.removeListener('exit', kill);
    if (!over) kill();
    await ended;
    putAside(written.join(''), []);
  });

  async function says(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const found = pattern.exec(written.join(''));
      if (found !== null) return found;
      if (over || performance.now() > deadline) throw new Error(`never said ${pattern}; said:\n${written.join('')}`);
      await delay(20);
    }
  }
  const address: GateProcess['address'] = async door => {
    const [, found = ''] = await says(new RegExp(`"for":"${door}","address":"([^"]+)"`));
    return found;
  };
  return {
    pid,
    output: () => written.join(''),
    says,
    address,
    port: async (door = 'browsers') => Number((await address(door)).split(':').at(-1)),
    signal: signal => sendSignal(pid, signal),
    ended,
  };
}

function collect(stream: Readable | null, into: string[]): void {
  stream?.setEncoding('utf8').on('data', (chunk: string) => into.push(chunk));
}

/** Bytes of resident memory: now, and the most there ever was (Linux: /proc). */
export function residentMemory(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kibibytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  return { now: kibibytes('VmRSS') * 1024, peak: kibibytes('VmHWM') * 1024 };
}
