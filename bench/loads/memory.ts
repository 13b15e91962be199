/** Resident memory of a new process at rest, and the most it takes under load. */
import { setTimeout as delay } from 'node:timers/promises';
import { pageRequest } from '../lab/requests.ts';
import { manyTokens } from '../lab/tokens.ts';
import { residentBytes } from '../machine/process-table.ts';
import { plainSeating } from '../seating.ts';
import type { Load } from './load.ts';
import { contestants, pageRound, writeRequests } from './pages.ts';

const megabyte = 1e6;

/** All peers. */
export const memory: Load = {
  name: 'memory',
  about:
    'resident memory of the process tree: at rest after its first answers, and the most while 2 000 tokens come in turn',
  judgedBy: ['idleMB'],
  prepare: async bench => {
    const tokens = await manyTokens(bench.lab.issuer, bench.scale.tokens);
    const file = writeRequests(bench, 'memory', tokens.map(pageRequest));
    return {
      contestants: contestants(bench.peers),
      seating: plainSeating,
      fresh: true,
      warmUp: async () => undefined,
      measure: async seated => {
        await delay(bench.scale.settleMs);
        const idle = residentBytes(seated.pid);
        const most = await mostResident(seated.pid, pageRound(bench, seated, { file, mode: 'turns' }));
        return { idleMB: idle / megabyte, loadMB: most / megabyte };
      },
    };
  },
};

/** The most bytes that were seen until the work was done. */
export async function mostResident(pid: number, work: Promise<unknown>): Promise<number> {
  const watching = new AbortController();
  const done = work.finally(() => watching.abort());
  let most = residentBytes(pid);
  while (!watching.signal.aborted) {
    await Promise.race([done, delay(50, undefined, { signal: watching.signal }).catch(() => undefined)]);
    most = Math.max(most, residentBytes(pid));
  }
  await done;
  return most;
}
