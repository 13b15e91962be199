/** `npm run differential [-- --runs N --seed S]`: the differential tests for long, N generated requests and N answers; prints seed and runs. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkoutRoot } from './checkout.ts';
import { setUp } from './setup.ts';

const fewest = 1000;
const longestSeconds = '86400';

function wanted(): { runs: string; seed: string } | null {
  try {
    const { values } = parseArgs({ options: { runs: { type: 'string' }, seed: { type: 'string' } } });
    const { runs = '20000', seed = String(Math.floor(Math.random() * 2 ** 31)) } = values;
    return /^\d+$/.test(runs) && Number(runs) >= fewest && /^\d+$/.test(seed) ? { runs, seed } : null;
  } catch {
    return null;
  }
}

function run(file: string, { runs, seed }: { runs: string; seed: string }): boolean {
  const { status } = spawnSync(process.execPath, [join(checkoutRoot, 'test/differential', file)], {
    cwd: checkoutRoot,
    stdio: 'inherit',
    // A long run is bounded by its runs; tap would end it after half a minute.
    env: {
      ...process.env,
      TAP_TIMEOUT: longestSeconds,
      HUBGATE_DIFFERENTIAL_RUNS: runs,
      HUBGATE_DIFFERENTIAL_SEED: seed,
    },
  });
  return status === 0;
}

const extent = wanted();
if (extent === null) {
  process.stderr.write(`usage: npm run differential [-- --runs N --seed S], with ${fewest} runs or more\n`);
  process.exitCode = 64;
} else {
  await setUp();
  const held = ['requests.test.ts', 'answers.test.ts'].map(file => run(file, extent));
  process.exitCode = held.every(each => each) ? 0 : 1;
}
