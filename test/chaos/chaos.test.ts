/** Everything around the gate fails, from a seed: every request has one answer or one failure that shows, nobody gets another's, and nothing stays behind. */
import { test } from 'tap';
import { growthOf } from '../soak/rest.ts';
import { chaos, crowd, type Extent } from './chaos-run.ts';

const mebibyte = 1024 * 1024;

/** Between spells at rest: what is remembered of heads and tokens, up to its bounds of bytes, and machine code. */
const mostGrowth = { heap: 16 * mebibyte, resident: 64 * mebibyte };

const spellMs = 25_000;

/** `npm run chaos` says how long; the suite plays two short spells. */
function extentOf(): Extent {
  const { HUBGATE_CHAOS_SECONDS: seconds, HUBGATE_CHAOS_SEED: seed } = process.env;
  const troubleMs = seconds === undefined ? 6000 : Number(seconds) * 1000;
  const spells = Math.max(2, Math.round(troubleMs / spellMs));
  return {
    spellsMs: Array.from({ length: spells }, () => troubleMs / spells),
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
  const heap = growthOf(holdings, each => each.heap + each.buffers);
  t.ok(heap < mostGrowth.heap, `heap and buffers grew by ${heap} bytes`);
  const resident = growthOf(holdings, each => each.resident);
  t.ok(resident < mostGrowth.resident, `resident memory grew by ${resident} bytes`);
  t.ok((counts.get('one: answered') ?? 0) > crowd / 4, 'clients were served in the midst of it');
  for (const trouble of ['the hub restarts', 'the issuer goes away, and comes back with other keys']) {
    t.ok((counts.get(`trouble: ${trouble}`) ?? 0) > 0, trouble);
  }
  t.equal(exit.code, 0);
  t.notMatch(output, /unhandled|uncaught|Warning:|"level":"fatal"/i);
});
