/** Finds processes by a folder that only they know of, whatever session or parent they ended up with (Linux: /proc). */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A running process. */
export type RunningProcess = { readonly pid: number; readonly commandLine: string };

/** Processes whose command line or environment names the folder; this process itself is left out. */
export function processesNaming(folder: string): RunningProcess[] {
  return readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .map(entry => ({
      pid: Number(entry),
      commandLine: procFile(entry, 'cmdline'),
      environment: procFile(entry, 'environ'),
    }))
    .filter(({ commandLine, environment }) => commandLine.includes(folder) || environment.includes(folder))
    .map(({ pid, commandLine }) => ({ pid, commandLine: commandLine.replaceAll('\0', ' ').trim() }));
}

/** Waits until no process names the folder any more; `false` when some still do after `patienceMs`. */
export async function processesGone(folder: string, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  while (processesNaming(folder).length > 0) {
    if (performance.now() > deadline) return false;
    await delay(25);
  }
  return true;
}

/** Kills, each by its own pid, every process that names the folder; returns those it found. */
export function killProcessesNaming(folder: string): RunningProcess[] {
  const found = processesNaming(folder);
  for (const { pid } of found) sendSignal(pid, 'SIGKILL');
  return found;
}

/** Signals a process, or its whole group when the number is negative; one that has ended already is no fault. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Empty when the process has ended meanwhile, is a zombie, or belongs to someone else. */
function procFile(entry: string, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${entry}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
