/** Fuzzes one target, prints what was done, and saves what was found: `node test/fuzz/run.ts TARGET SECONDS SEED [--keep]`. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { addFinding, replaceReached } from './corpus-files.ts';
import type { FuzzFinding, FuzzResult } from './engine.ts';
import { makeInputBoard, readInput } from './input-board.ts';
import type { FuzzNews, FuzzOrder } from './worker.ts';

/** Even a busy machine comes to an end with one input in that time. */
const patienceMs = 30_000;
const mostShown = 4096;

const [target = '', seconds = '', seed = '', keep] = process.argv.slice(2);
const order: FuzzOrder = { target, seconds: Number(seconds), seed: Number(seed), board: makeInputBoard() };

function show({ input, breach }: FuzzFinding): void {
  const base64 = Buffer.from(input, 'latin1').toString('base64');
  const shown = base64.length > mostShown ? `${base64.slice(0, mostShown)}… (cut; the file has it whole)` : base64;
  process.stdout.write(
    [
      `\nFOUND in ${target}: ${breach.rule} ${breach.kind}`,
      `  ${breach.detail.slice(0, mostShown)}`,
      `  input (base64): ${shown}`,
      `  saved: ${addFinding(target, input)}\n\n`,
    ].join('\n'),
  );
}

/** Ends the thread where one input takes for ever, and gives that input. */
function watch(worker: Worker): { readonly hung: () => string | null; readonly stop: () => void } {
  let count = -1;
  let hung: string | null = null;
  const timer = setInterval(() => {
    const now = readInput(order.board);
    if (now.count === count) {
      hung = now.input;
      void worker.terminate();
    }
    count = now.count;
  }, patienceMs);
  return { hung: () => hung, stop: () => clearInterval(timer) };
}

function report(result: FuzzResult | undefined, found: number): void {
  if (result === undefined) return;
  const { runs, reached, kept } = result;
  if (keep === '--keep') replaceReached(target, kept);
  process.stdout.write(
    `${target}: seed ${seed}, ${seconds} s, ${runs} runs, ${reached} characters of code reached by ${kept.length} inputs, ${found} found\n`,
  );
}

const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: order });
const { hung, stop } = watch(worker);
let found = 0;
let result: FuzzResult | undefined;
worker.on('message', (news: FuzzNews) => {
  if ('result' in news) result = news.result;
  else {
    found += 1;
    show(news.finding);
  }
});
await once(worker, 'exit');
stop();
const endless = hung();
if (endless !== null) {
  found += 1;
  const detail = `no end within ${patienceMs / 1000} s`;
  show({ input: endless, breach: { rule: 'every input comes to an end', kind: '', detail } });
}
report(result, found);
process.exitCode = found === 0 && result !== undefined ? 0 : 1;
