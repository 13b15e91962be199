/** Which core carries the proxy and which the client and the backend: they must not take each other's time. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Numbers of two cores; the same one twice where the machine grants only one. */
export type Cores = { readonly proxy: number; readonly client: number };

/** The first two cores that this process may use. */
export function chooseCores(): Cores {
  const [proxy = 0, client = proxy] = allowedCores();
  return { proxy, client };
}

/** Cores that this process may use, in order. */
function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return list.split(',').flatMap(range => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** Keeps this process, and what it starts without saying otherwise, on one core. */
export function stayOn(core: number): void {
  spawnSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)], { stdio: 'ignore' });
}
