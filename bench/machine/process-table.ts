/** Looks at processes from outside, by /proc: who descends from whom, the CPU time they took, the memory they hold. */
import { readdirSync, readFileSync } from 'node:fs';

/** One process, told from a later one of the same number by its start. */
export type ProcessIdentity = { readonly pid: number; readonly startedAt: string };

/** The process and all its descendants; empty when it has ended. */
export function processTree(pid: number): ProcessIdentity[] {
  const entries = readdirSync('/proc').flatMap(entry => (/^\d+$/.test(entry) ? (statOf(Number(entry)) ?? []) : []));
  const tree = entries.filter(entry => entry.pid === pid);
  for (const parent of tree) tree.push(...entries.filter(entry => entry.parent === parent.pid));
  return tree;
}

/** Whether this very process still runs. */
export function isRunning({ pid, startedAt }: ProcessIdentity): boolean {
  return statOf(pid)?.startedAt === startedAt;
}

/** Nanoseconds on a CPU so far, by thread. */
export type CpuTimes = ReadonlyMap<string, number>;

/** What every thread of the tree took so far (`schedstat`, kept by the kernel's scheduler, not sampled). */
export function cpuTimes(pid: number): CpuTimes {
  const times = new Map<string, number>();
  for (const member of processTree(pid)) {
    for (const thread of listed(`/proc/${member.pid}/task`)) {
      const [running = ''] = read(`/proc/${member.pid}/task/${thread}/schedstat`).split(' ');
      if (running !== '') times.set(`${thread}@${member.startedAt}`, Number(running));
    }
  }
  return times;
}

/** Microseconds between two looks; a thread that is new took all of its time in between. */
export function cpuMicrosBetween(before: CpuTimes, after: CpuTimes): number {
  let nanos = 0;
  for (const [thread, time] of after) nanos += time - (before.get(thread) ?? 0);
  return nanos / 1000;
}

/** Bytes of resident memory, summed over the tree: pages that processes share count for each. */
export function residentBytes(pid: number): number {
  return processTree(pid).reduce((sum, member) => {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${member.pid}/status`))?.[1] ?? '0';
    return sum + Number(kibibytes) * 1024;
  }, 0);
}

/** The name in parentheses may hold anything, so fields are counted from behind it (proc(5)). */
function statOf(pid: number): (ProcessIdentity & { readonly parent: number }) | null {
  const stat = read(`/proc/${pid}/stat`);
  const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === undefined || state === '' || state === 'Z') return null;
  return { pid, parent: Number(parent), startedAt: rest[17] ?? '' };
}

/** Empty when the process has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
