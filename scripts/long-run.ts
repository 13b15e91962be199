/** A test file played for longer than in the suite, from a seed. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkoutRoot } from './checkout.ts';

/** Which file, and how it is told. */
export type LongRun = {
  /** As in `npm run NAME`. */
  readonly name: string;
  readonly file: string;
  /** `minutes` or `seconds`. */
  readonly unit: string;
  readonly standard: number;
  readonly most: number;
  /** Begins the names of the two variables by which it is told. */
  readonly variables: string;
};

const longestSeconds = '100000';

function wanted({ unit, standard, most }: LongRun): { length: string; seed: string } | null {
  try {
    const { values } = parseArgs({ options: { [unit]: { type: 'string' }, seed: { type: 'string' } } });
    const length = String(values[unit] ?? standard);
    const seed = String(values['seed'] ?? Math.floor(Math.random() * 2 ** 31));
    const fits = /^\d+$/.test(length) && Number(length) >= 1 && Number(length) <= most && /^\d+$/.test(seed);
    return fits ? { length, seed } : null;
  } catch {
    return null;
  }
}

/** Plays it as the command line says, and ends with its exit code. */
export function playLong(run: LongRun): void {
  const extent = wanted(run);
  if (extent === null) {
    const { name, unit, most } = run;
    process.stderr.write(`usage: npm run ${name} [-- --${unit} N --seed S], with 1 to ${most} ${unit}\n`);
    process.exitCode = 64;
    return;
  }
  const { status } = spawnSync(process.execPath, [join(checkoutRoot, run.file)], {
    cwd: checkoutRoot,
    stdio: 'inherit',
    // A long run is bounded by its own time; tap would end it after half a minute.
    env: {
      ...process.env,
      TAP_TIMEOUT: longestSeconds,
      [`${run.variables}_${run.unit.toUpperCase()}`]: extent.length,
      [`${run.variables}_SEED`]: extent.seed,
    },
  });
  process.exitCode = status ?? 1;
}
