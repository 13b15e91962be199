/** Mixed traffic, good and bad, from a seed: everything answered once and rightly or seen to fail, and nothing left behind. */
import { test } from 'tap';
import { type Extent, soak } from './mixed-run.ts';
import { judge } from './report.ts';

const spellMs = 10_000;

/** `npm run soak` says how long; the suite plays three short spells. */
function extentOf(): Extent {
  const { HUBGATE_SOAK_MINUTES: minutes, HUBGATE_SOAK_SEED: seed } = process.env;
  return {
    ...(minutes === undefined
      ? { spells: 3, spellMs: 1000 }
      : { spells: Math.max(3, Math.round((Number(minutes) * 60_000) / spellMs)), spellMs }),
    seed: seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(seed),
  };
}

test('mixed traffic', async t => {
  const extent = extentOf();
  t.comment(`seed ${extent.seed}`);
  judge(t, extent.seed, await soak(t, extent, line => t.comment(line)));
});
