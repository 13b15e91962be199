/** What the gate forwards, llhttp, Tornado and nginx read as it did; what one of them reads otherwise, it refuses. */
import t from 'tap';
import { type Campaign, extentOf, findBreaches, longestMs } from './campaign.ts';
import { type SeedRequest, seedRequests } from './corpus/requests.ts';
import { type Pieces, requestCases } from './request-cases.ts';
import { numberedAnswer, openOracles, type Trial, tryRequests } from './request-trial.ts';
import { openWorld } from './world.ts';

const oracles = await openOracles(t);
const world = await openWorld(t, numberedAnswer);

/** The gate's word on a seed, in the words of the corpus. */
function outcome({ tally }: Trial): Pick<SeedRequest, 'forwards' | 'refuses'> {
  return { forwards: tally.forwarded, refuses: tally.refused };
}

t.test('the seed corpus', async t => {
  const trials = await tryRequests(
    world,
    oracles,
    seedRequests.map(({ bytes }) => [bytes]),
  );
  seedRequests.forEach(({ title, forwards, refuses }, at) => {
    const trial = trials[at];
    if (trial === undefined) throw new Error('no trial');
    const wanted = { forwards, refuses: refuses ?? trial.tally.refused };
    t.strictSame(outcome(trial), wanted, `${refuses === true ? 'refuses' : 'forwards'} ${title}`);
    t.strictSame(trial.breaches, [], `the law holds for ${title}`);
  });
  t.ok(trials.filter(({ tally }) => tally.disputed).length > 20, 'the servers dispute many of the seeds');
});

t.test('generated requests', { timeout: longestMs }, async t => {
  const extent = extentOf(800);
  const sum = { forwarded: 0, refused: 0, disputed: 0 };
  const campaign: Campaign<Pieces> = {
    cases: requestCases,
    bytesOf: pieces => pieces.join(''),
    withBytes: (_, bytes) => [bytes],
    async attempt(cases) {
      const trials = await tryRequests(world, oracles, cases);
      for (const { tally } of trials) {
        sum.forwarded += Number(tally.forwarded > 0);
        sum.refused += Number(tally.refused);
        sum.disputed += Number(tally.disputed);
      }
      return trials.map(({ breaches }) => breaches);
    },
  };
  const findings = await findBreaches(campaign, extent);
  t.comment(`seed ${extent.seed}, ${extent.runs} runs: ${JSON.stringify(sum)}`);
  for (const { shown, breaches } of findings) t.fail(shown, { breaches });
  t.equal(findings.length, 0, 'no case breaches the law');
  t.ok(sum.forwarded > extent.runs / 10, 'enough of them go on');
  t.ok(sum.refused > extent.runs / 10, 'enough of them are refused');
  t.ok(sum.disputed > extent.runs / 50, 'the servers dispute enough of them');
});
