/** `npm run soak [-- --minutes N --seed S]`: mixed traffic for so long, one minute when nothing is said; prints what was done, and what broke. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkoutRoot } from './checkout.ts';

const mostMinutes = 1440;
const longestSeconds = '100000';

function wanted(): { minutes: string; seed: string } | null {
  try {
    const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } });
    const { minutes = '1', seed = String(Math.floor(Math.random() * 2 ** 31)) } = values;
    const fits = /^\d+$/.test(minutes) && Number(minutes) >= 1 && Number(minutes) <= mostMinutes && /^\d+$/.test(seed);
    return fits ? { minutes, seed } : null;
  } catch {
    return null;
  }
}

const extent = wanted();
if (extent === null) {
  process.stderr.write(`usage: npm run soak [-- --minutes N --seed S], with 1 to ${mostMinutes} minutes\n`);
  process.exitCode = 64;
} else {
  const { status } = spawnSync(process.execPath, [join(checkoutRoot, 'test/soak/mixed.test.ts')], {
    cwd: checkoutRoot,
    stdio: 'inherit',
    // A long run is bounded by its minutes; tap would end it after half a minute.
    env: {
      ...process.env,
      TAP_TIMEOUT: longestSeconds,
      HUBGATE_SOAK_MINUTES: extent.minutes,
      HUBGATE_SOAK_SEED: extent.seed,
    },
  });
  process.exitCode = status ?? 1;
}
