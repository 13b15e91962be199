/** `npm run property [-- RUNS [SEED]]`: the non-interference property through the decision, 100 000 runs or more; prints seed and runs. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { checkoutRoot } from './checkout.ts';

const fewest = 100_000;

const [runs = String(fewest), seed] = process.argv.slice(2);
if (!(Number.isInteger(Number(runs)) && Number(runs) >= fewest) || (seed !== undefined && !/^-?\d+$/.test(seed))) {
  process.stderr.write(`usage: npm run property [-- RUNS [SEED]], with ${fewest} runs or more\n`);
  process.exit(64);
}
const { status } = spawnSync(process.execPath, [join(checkoutRoot, 'test/property/decide.test.ts')], {
  cwd: checkoutRoot,
  stdio: 'inherit',
  env: {
    ...process.env,
    HUBGATE_PROPERTY_RUNS: runs,
    ...(seed === undefined ? {} : { HUBGATE_PROPERTY_SEED: seed }),
  },
});
process.exitCode = status ?? 1;
