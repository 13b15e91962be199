/** Whatever a hub answers, a client gets it whole, or a refusal, or a cut connection; and nobody gets what was not theirs. */
import t from 'tap';
import { type AnswerCase, answerCases } from './answer-cases.ts';
import { meaningOf } from './answer-law.ts';
import { honestAnswer, tryAnswers } from './answer-trial.ts';
import { type Campaign, extentOf, findBreaches, longestMs } from './campaign.ts';
import { seedAnswers } from './corpus/answers.ts';
import { openWorld } from './world.ts';

const world = await openWorld(t, honestAnswer);

t.test('the seed corpus', async t => {
  const trials = await tryAnswers(
    world,
    seedAnswers.map(({ said }) => said),
  );
  seedAnswers.forEach(({ title, fates }, at) => {
    const trial = trials[at];
    if (trial === undefined) throw new Error('no trial');
    t.ok(fates.includes(trial.fate), `${title}: ${trial.fate}, of ${fates.join(' or ')}`);
    t.strictSame(trial.breaches, [], `the law holds for ${title}`);
  });
});

/** A hub that stays silent in the middle of an answer is the deadlines' business. */
function ending(said: AnswerCase): AnswerCase {
  const meaning = meaningOf(said);
  const waits = meaning === null || !meaning.answer.whole;
  return waits && said.behind === 'stay' ? { ...said, behind: 'close' } : said;
}

t.test('generated answers', { timeout: longestMs }, async t => {
  const extent = extentOf(800);
  const sum = { relayed: 0, refused: 0, cut: 0 };
  const campaign: Campaign<AnswerCase> = {
    cases: answerCases.map(ending),
    bytesOf: ({ pieces }) => pieces.join(''),
    withBytes: (said, bytes) => ending({ ...said, pieces: [bytes] }),
    async attempt(cases) {
      const trials = await tryAnswers(world, cases);
      for (const { fate } of trials) sum[fate] += 1;
      return trials.map(({ breaches }) => breaches);
    },
  };
  const findings = await findBreaches(campaign, extent);
  t.comment(`seed ${extent.seed}, ${extent.runs} runs: ${JSON.stringify(sum)}`);
  for (const { shown, breaches } of findings) t.fail(shown, { breaches });
  t.equal(findings.length, 0, 'no case breaches the law');
  t.ok(sum.relayed > extent.runs / 20, 'enough of them are relayed');
  t.ok(sum.refused > extent.runs / 20, 'enough of them are refused');
});
