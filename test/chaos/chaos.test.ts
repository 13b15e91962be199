/** Everything around the gate fails, from a seed: every request has one answer or one failure that shows, nobody gets another's, and nothing stays behind. */
import { test } from 'tap';
import { chaos, crowd, type Extent } from './chaos-run.ts';

const mebibyte = 1024 * 1024;

/** From the rest after the first part to the rest at the end: what is remembered of clients, up to its bounds, and machine code. */
const mostGrowth = { heap: 6 * mebibyte, resident: 64 * mebibyte };

/** `npm run chaos` says how long; the suite plays it short. */
function extentOf(): Extent {
  const { HUBGATE_CHAOS_SECONDS: seconds, HUBGATE_CHAOS_SEED: seed } = process.env;
  const troubleMs = seconds === undefined ? 4000 : Number(seconds) * 1000;
  return {
    troubleMs,
    warmUpMs: Math.min(10_000, troubleMs / 2),
    seed: seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(seed),
  };
}

test('chaos', async t => {
  const extent = extentOf();
  t.comment(`seed ${extent.seed}`);
  const { broken, brokenCount, counts, holdings, exit, output } = await chaos(t, extent, line => t.comment(line));
  for (const [what, count] of [...counts].sort(([one], [other]) => one.localeCompare(other))) {
    t.comment(`${String(count).padStart(9)}  ${what}`);
  }
  t.strictSame(broken, [], `${brokenCount} promises were broken (seed ${extent.seed})`);
  const [early, late] = holdings;
  const heap = late.heap + late.buffers - early.heap - early.buffers;
  t.ok(heap < mostGrowth.heap, `heap and buffers grew by ${heap} bytes`);
  const resident = late.resident - early.resident;
  t.ok(resident < mostGrowth.resident, `resident memory grew by ${resident} bytes`);
  t.ok((counts.get('one: answered') ?? 0) > crowd, 'clients were served');
  for (const trouble of ['the hub restarts', 'the issuer goes away, and comes back with other keys']) {
    t.ok((counts.get(`trouble: ${trouble}`) ?? 0) > 0, trouble);
  }
  t.equal(exit.code, 0);
  t.notMatch(output, /unhandled|uncaught|Warning:|"level":"fatal"/i);
});
