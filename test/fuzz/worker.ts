/** Fuzzes one target in a thread of its own, so that whoever started it can tell when an input does not end. */
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { checkoutRoot } from '../../scripts/checkout.ts';
import type { FuzzFinding, FuzzResult } from './engine.ts';
import { type InputBoard, writeInput } from './input-board.ts';

/** What the thread is told. */
export interface FuzzOrder {
  readonly target: string;
  readonly seconds: number;
  readonly seed: number;
  readonly board: InputBoard;
}

/** What the thread tells. */
export type FuzzNews = { readonly finding: FuzzFinding } | { readonly result: FuzzResult };

const order: FuzzOrder = workerData;
const source = pathToFileURL(join(checkoutRoot, 'src')).href;
const remembering = `${source}/http/recent-texts.ts`;
const forgetful = new URL('forgetful-texts.ts', import.meta.url).href;

// Before anything of the gate is loaded.
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const replaced = resolved.url === remembering && context.parentURL !== forgetful;
    return replaced ? { ...resolved, url: forgetful } : resolved;
  },
});

const { startCoverage } = await import('./coverage.ts');
const coverage = startCoverage(`${source}/`);
const { fuzz } = await import('./engine.ts');
const { targetOf } = await import('./targets.ts');
const { readCorpus } = await import('./corpus-files.ts');

const tell = (news: FuzzNews): void => parentPort?.postMessage(news);
const result = await fuzz(targetOf(order.target), {
  seconds: order.seconds,
  seed: order.seed,
  seeds: readCorpus(order.target).map(({ input }) => input),
  coverage,
  onInput: input => writeInput(order.board, input),
  onFinding: finding => tell({ finding }),
});
tell({ result });
