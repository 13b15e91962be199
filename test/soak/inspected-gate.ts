/** A gate in a process of its own that can be looked into: what it holds once its garbage is gone. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { WebSocket } from 'ws';
import { type GateProcess, gateCommand, startGateProcess } from '../gates/gate-process.ts';
import type { Teardown } from '../gates/lab.ts';

/** What a gate holds, garbage not counted. */
export type Holdings = {
  /** Bytes of JavaScript objects, and of the buffers behind them. */
  readonly heap: number;
  readonly buffers: number;
  readonly resident: number;
  /** Open file descriptors. */
  readonly files: number;
  /** How many of each kind keep the event loop alive: sockets, timers. */
  readonly resources: Readonly<Record<string, number>>;
};

/** Such a gate. */
export type InspectedGate = GateProcess & { readonly holdings: () => Promise<Holdings>; readonly files: () => number };

const look = `JSON.stringify({
  memory: process.memoryUsage(),
  resources: process.getActiveResourcesInfo(),
})`;

type Seen = {
  readonly memory: { readonly heapUsed: number; readonly external: number; readonly rss: number };
  readonly resources: readonly string[];
};

type Reply = { readonly result: { readonly result?: { readonly value?: string } } };

/** Starts it with V8's inspector on a free port of 127.0.0.1. */
export async function startInspectedGate(t: Teardown, configPath: string): Promise<InspectedGate> {
  const [program = '', ...args] = gateCommand(configPath);
  const gate = startGateProcess(t, [program, '--inspect=127.0.0.1:0', ...args]);
  const [, url = ''] = await gate.says(/Debugger listening on (ws:\/\/\S+)/);
  await gate.address('browsers');
  const files = (): number => readdirSync(`/proc/${gate.pid}/fd`).length;
  return {
    ...gate,
    files,
    async holdings() {
      const { memory, resources } = await inspect(url);
      const { heapUsed: heap, external: buffers, rss: resident } = memory;
      return { heap, buffers, resident, files: files(), resources: countsOf(resources) };
    },
  };
}

/** A process does not end while its inspector is connected, so it is for this one look only. */
async function inspect(url: string): Promise<Seen> {
  const inspector = new WebSocket(url);
  await once(inspector, 'open');
  const call = async (id: number, method: string, params = {}): Promise<Reply['result']> => {
    const replied = once(inspector, 'message') as Promise<[Buffer]>;
    inspector.send(JSON.stringify({ id, method, params }));
    return (JSON.parse((await replied)[0].toString()) as Reply).result;
  };
  // The first round lets finalizers run whose objects only the second one can take.
  await call(1, 'HeapProfiler.collectGarbage');
  await call(2, 'HeapProfiler.collectGarbage');
  const { result } = await call(3, 'Runtime.evaluate', { expression: look });
  const closed = once(inspector, 'close');
  inspector.close();
  await closed;
  return JSON.parse(result?.value ?? '{}') as Seen;
}

/** The gate looks at its files once a second: a look that is under way is nothing that it holds. */
const passing = /^FSReq/;

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) if (!passing.test(name)) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
