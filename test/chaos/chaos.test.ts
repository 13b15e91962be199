/** Everything around the gate fails, from a seed: every request has one answer or one failure that shows, nobody gets another's, and nothing stays behind. */
import { test } from 'tap';
import { judge } from '../soak/report.ts';
import { chaos, crowd, type Extent } from './chaos-run.ts';

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
  const report = await chaos(t, extent, line => t.comment(line));
  judge(t, extent.seed, report);
  const { counts } = report;
  t.ok((counts.get('one: answered') ?? 0) > crowd / 4, 'clients were served in the midst of it');
  for (const trouble of ['the hub restarts', 'the issuer goes away, and comes back with other keys']) {
    t.ok((counts.get(`trouble: ${trouble}`) ?? 0) > 0, trouble);
  }
});
