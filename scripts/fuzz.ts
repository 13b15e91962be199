/** `npm run fuzz [-- --seconds N --target NAME --seed S --keep]`: a minute for each target when nothing is said; fails where something is found. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkoutRoot } from './checkout.ts';

interface Extent {
  readonly targets: readonly string[];
  readonly seconds: string;
  readonly seed: string;
  /** The corpus becomes the inputs that together reach most. */
  readonly keep: boolean;
}

const folder = join(checkoutRoot, 'test/fuzz');
/** Each target has a folder of its own in the corpus. */
const known = readdirSync(join(folder, 'corpus')).toSorted();

function wanted(): Extent | null {
  try {
    const { values } = parseArgs({
      options: {
        seconds: { type: 'string', default: '60' },
        target: { type: 'string', multiple: true, default: known },
        seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
        keep: { type: 'boolean', default: false },
      },
    });
    const { seconds, target: targets, seed, keep } = values;
    const fits = /^[1-9]\d*$/.test(seconds) && /^\d+$/.test(seed) && targets.every(target => known.includes(target));
    return fits ? { targets, seconds, seed, keep } : null;
  } catch {
    return null;
  }
}

function run(target: string, { seconds, seed, keep }: Extent): boolean {
  const more = keep ? ['--keep'] : [];
  const { status } = spawnSync(process.execPath, [join(folder, 'run.ts'), target, seconds, seed, ...more], {
    cwd: checkoutRoot,
    stdio: 'inherit',
  });
  return status === 0;
}

const extent = wanted();
if (extent === null) {
  process.stderr.write(
    `usage: npm run fuzz [-- --seconds N --target NAME --seed S --keep], with a target of ${known.join(', ')}\n`,
  );
  process.exitCode = 64;
} else {
  const held = extent.targets.map(target => run(target, extent));
  process.exitCode = held.every(each => each) ? 0 : 1;
}
