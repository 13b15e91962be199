/** What a gate still holds when nobody asks it anything, and how it ends. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Holdings, InspectedGate } from './inspected-gate.ts';
import type { Ledger } from './ledger.ts';
import type { SoakHub } from './soak-hub.ts';

/** Who is looked at, and where it is written down. */
export type Parties = { readonly gate: InspectedGate; readonly hub: SoakHub; readonly ledger: Ledger };

/** How it ended. */
export type Exit = { readonly code: number | null; readonly milliseconds: number };

const restPatienceMs = 20_000;
const exitSlackMs = 2000;

/** Looks again and again, for so long. */
async function until(holds: () => boolean): Promise<boolean> {
  const deadline = performance.now() + restPatienceMs;
  while (!holds() && performance.now() < deadline) await pause(20);
  return holds();
}

/** Nobody asks any more: looks until the gate holds no more files, sockets and timers than before, or for long enough. */
export async function holdingsAtRest({ gate, hub, ledger }: Parties, before: Holdings): Promise<Holdings> {
  ledger.expect(await until(() => hub.busy() === 0), `${hub.busy()} requests without a client are still at the hub`);
  ledger.expect(await until(() => hub.webSockets() === 0), `${hub.webSockets()} WebSockets without a client are open`);
  const kinds = (of: Holdings): string => JSON.stringify(of.resources);
  const hasFewFiles = await until(() => {
    hub.dropIdle();
    return gate.files() <= before.files;
  });
  ledger.expect(hasFewFiles, `${gate.files()} files are open at rest, ${before.files} were before the first request`);
  const deadline = performance.now() + restPatienceMs;
  for (;;) {
    const now = await gate.holdings();
    if (kinds(now) === kinds(before)) return now;
    if (performance.now() > deadline) {
      ledger.breach(`at rest there are ${kinds(now)}, before the first request there were ${kinds(before)}`);
      return now;
    }
  }
}

/** SIGTERM: the process is gone within the drain time. */
export async function endGate(gate: InspectedGate, drainMs: number, ledger: Ledger): Promise<Exit> {
  const begin = performance.now();
  gate.signal('SIGTERM');
  const { code, signal } = await gate.ended;
  const milliseconds = performance.now() - begin;
  ledger.expect(code === 0, `the gate ended with ${code ?? signal}`);
  ledger.expect(milliseconds < drainMs + exitSlackMs, `the gate took ${milliseconds} ms to end`);
  return { code, milliseconds };
}

/** In words. */
export function shownHoldings({ heap, buffers, resident, files }: Holdings): string {
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(2)} MiB`;
  return `heap ${mebibytes(heap)}, buffers ${mebibytes(buffers)}, resident ${mebibytes(resident)}, ${files} files`;
}

/** From the first third to the last one, at the lowest of each; the first look does not count where there are more, the code is cold. */
export function growthOf(holdings: readonly Holdings[], of: (each: Holdings) => number): number {
  const warm = (holdings.length > 2 ? holdings.slice(1) : holdings).map(of);
  const third = Math.ceil(warm.length / 3);
  return Math.min(...warm.slice(-third)) - Math.min(...warm.slice(0, third));
}
