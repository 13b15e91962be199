/** How many files a process may have open here. */
import { readFileSync } from 'node:fs';

/** The hard limit, to which node raises its own and which its children inherit. */
export function mostOpenFiles(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1] ?? '';
  return hard === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(hard);
}
