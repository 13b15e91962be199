/** Mixed traffic, good and bad, from a seed: everything answered once and rightly or seen to fail, and nothing left behind. */
import { test } from 'tap';
import { type Extent, soak } from './mixed-run.ts';
import { growthOf } from './rest.ts';

const mebibyte = 1024 * 1024;

/** Between spells at rest: what is remembered of heads and tokens, up to its bounds of bytes, and machine code. */
const mostGrowth = { heap: 16 * mebibyte, resident: 64 * mebibyte };

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
  const { broken, brokenCount, counts, holdings, exit, output } = await soak(t, extent, line => t.comment(line));
  for (const [what, count] of [...counts].sort(([one], [other]) => one.localeCompare(other))) {
    t.comment(`${String(count).padStart(9)}  ${what}`);
  }
  t.strictSame(broken, [], `${brokenCount} promises were broken (seed ${extent.seed})`);
  const heap = growthOf(holdings, each => each.heap + each.buffers);
  t.ok(heap < mostGrowth.heap, `heap and buffers grew by ${heap} bytes`);
  const resident = growthOf(holdings, each => each.resident);
  t.ok(resident < mostGrowth.resident, `resident memory grew by ${resident} bytes`);
  t.equal(exit.code, 0);
  t.notMatch(output, /unhandled|uncaught|Warning:|"level":"fatal"/i);
});
