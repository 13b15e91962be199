/** Starts programs on a chosen core, and sees to it that none of them outlives the yardstick. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, type ProcessIdentity, processTree } from './process-table.ts';

/** A command line. */
export type Command = readonly [program: string, ...args: string[]];

/** A program that was started. */
export type Program = {
  readonly pid: number;
  /** The end of what it wrote, stdout and stderr. */
  readonly output: () => string;
  /** What it wrote to stdout, chunk by chunk. */
  readonly child: ChildProcess;
  readonly hasEnded: () => boolean;
  /** Resolves with the exit code when it has ended by itself or otherwise. */
  readonly ended: Promise<number | null>;
  /** Asks it to end, kills it and its descendants when it does not. */
  readonly stop: () => Promise<void>;
};

/** How long a program may take to end when asked. */
const patienceMs = 1500;
const longestOutput = 64 * 1024;

const running = new Set<number>();

/** Starts a program pinned to a core. */
export function startProgram(core: number, command: Command, env: NodeJS.ProcessEnv = {}): Program {
  const child = spawn('taskset', ['-c', String(core), ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let output = '';
  let over = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(-longestOutput);
    });
  }
  child.stdin.on('error', () => undefined);
  const { pid = 0 } = child;
  running.add(pid);
  const ended = once(child, 'close').then(([code]: (number | null)[]) => {
    over = true;
    running.delete(pid);
    return code ?? null;
  });
  ended.catch(() => running.delete(pid));
  return {
    pid,
    child,
    ended,
    output: () => output,
    hasEnded: () => over,
    stop: () => stopTree(pid),
  };
}

/** Runs a program to its end and gives its stdout and stderr; throws with them when it fails. */
export async function runProgram(core: number, command: Command): Promise<string> {
  const program = startProgram(core, command);
  const code = await program.ended;
  if (code !== 0) throw new Error(`${command.slice(0, 2).join(' ')} ended with ${code}:\n${program.output()}`);
  return program.output();
}

/** Kills what still runs, each process by its own number; for the moment before this process ends. */
export function killAllPrograms(): void {
  for (const pid of running) {
    for (const member of processTree(pid)) signal(member, 'SIGKILL');
  }
}

async function stopTree(pid: number): Promise<void> {
  const tree = processTree(pid);
  const [root] = tree;
  if (root !== undefined) signal(root, 'SIGTERM');
  const deadline = performance.now() + patienceMs;
  while (tree.some(isRunning)) {
    if (performance.now() > deadline) for (const member of tree) signal(member, 'SIGKILL');
    await delay(10);
  }
}

function signal(identity: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
