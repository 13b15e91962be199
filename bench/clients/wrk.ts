/** wrk as a client: how a file of requests is played, what it counted, and whether all of it went well. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Program, startProgram } from '../machine/programs.ts';

/** What is played to whom. */
export type WrkPlan = {
  readonly core: number;
  readonly port: number;
  /** As `requestFile` writes it. */
  readonly file: string;
  readonly mode: 'plain' | 'turns' | 'once' | 'checked';
  readonly connections: number;
  readonly durationMs: number;
  /** Bytes of every body; looked at one by one in mode `checked`. */
  readonly bodyBytes: number;
};

/** What wrk counted; latencies in microseconds. */
export type WrkCount = {
  readonly requests: number;
  readonly bytes: number;
  readonly micros: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly connect: number;
  readonly read: number;
  readonly write: number;
  /** Answers of 400 and more. */
  readonly status: number;
  readonly timeout: number;
  readonly wrongBodies: number;
};

/** Beyond the planned time; for a wrk that nobody interrupts. */
const graceSeconds = 5;

/** The file's text: each request after a line with its length. */
export function requestFile(requests: readonly string[]): string {
  return requests.map(request => `${Buffer.byteLength(request)}\n${request}`).join('');
}

/** How often a client that a busy machine starved of its core begins again, each time with four times as long. */
const mostAttempts = 4;

/** Plays until the time is over, or in mode `once` until all was sent. */
export async function runWrk(plan: WrkPlan): Promise<WrkCount> {
  let count = await played(plan);
  for (let attempt = 1; attempt < mostAttempts && sawNothing(count); attempt += 1) {
    count = await played({ ...plan, durationMs: plan.durationMs * 4 ** attempt });
  }
  return count;
}

function sawNothing({ requests, connect, read, write, timeout }: WrkCount): boolean {
  return requests + connect + read + write + timeout === 0;
}

async function played(plan: WrkPlan): Promise<WrkCount> {
  const { file, mode, bodyBytes, connections, port, durationMs } = plan;
  const seconds = Math.ceil(durationMs / 1000) + graceSeconds;
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '--latency'];
  const script = join(import.meta.dirname, 'wrk.lua');
  const target = `http://127.0.0.1:${port}/`;
  const program = startProgram(plan.core, [
    'wrk',
    ...options,
    '-s',
    script,
    target,
    '--',
    file,
    mode,
    String(bodyBytes),
  ]);
  await Promise.race([says(program, 'begins'), program.ended]);
  const waiting = new AbortController();
  const timeOver = delay(durationMs, undefined, { signal: waiting.signal }).catch(() => undefined);
  await Promise.race([timeOver, says(program, 'all sent'), program.ended]);
  waiting.abort();
  // wrk prints what it has so far when interrupted; its own option knows whole seconds only.
  if (!program.hasEnded()) program.child.kill('SIGINT');
  const code = await program.ended;
  const counted = /^\{.*\}$/m.exec(program.output())?.[0];
  if (code !== 0 || counted === undefined) throw new Error(`wrk ended with ${code}:\n${program.output()}`);
  return JSON.parse(counted) as WrkCount;
}

/** What must hold of the answers. */
export type Expected = {
  readonly answers: 'good' | 'refused';
  /** Bytes of one answer on the wire, if all are of one size. */
  readonly wireBytes: number | null;
  readonly connections: number;
};

/** Everything that went wrong. */
export function faultsOf(count: WrkCount, { answers, wireBytes, connections }: Expected): string[] {
  const faults: string[] = [];
  for (const kind of ['connect', 'read', 'write', 'timeout', 'wrongBodies'] as const) {
    if (count[kind] > 0) faults.push(`${count[kind]} errors of kind ${kind}`);
  }
  if (count.requests === 0) faults.push('no answer at all');
  if (answers === 'good' && count.status > 0) faults.push(`${count.status} refused`);
  if (answers === 'refused' && count.status < count.requests) faults.push(`${count.requests - count.status} passed`);
  if (wireBytes !== null) {
    // What was on its way when time was over is counted in bytes, not in requests.
    const over = count.bytes - count.requests * wireBytes;
    if (over < 0 || over > connections * wireBytes) {
      faults.push(`${count.bytes} bytes in ${count.requests} answers of ${wireBytes}`);
    }
  }
  return faults;
}

function says(program: Program, text: string): Promise<void> {
  return new Promise(resolve => {
    const look = (): void => {
      if (program.output().includes(text)) resolve();
    };
    program.child.stderr?.on('data', look);
    look();
  });
}
