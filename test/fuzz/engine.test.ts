/** The fuzzer finds what is there to be found: a rule that is broken in a corner, a crash, a cost that grows too fast. */
import fc from 'fast-check';
import t from 'tap';
import type { Coverage } from './coverage.ts';
import { type FuzzFinding, type FuzzPlan, fuzz } from './engine.ts';
import { makeInputBoard, readInput, writeInput } from './input-board.ts';
import { demand, type FuzzTarget } from './target.ts';

/** News for each input of another length: lengths stand for code. */
function coverageOf(lengthOf: () => number): Coverage {
  const known = new Set<number>();
  return {
    isNews: () => !known.has(lengthOf()),
    learn: () => known.size < known.add(lengthOf()).size,
    forget: () => known.clear(),
    get size() {
      return known.size;
    },
  };
}

function targetThat(check: (input: string) => void, mostMs = 1000): FuzzTarget {
  return { name: 'made', grammar: fc.constant('abc'), words: ['Q', 'ZZ'], mostBytes: 64, mostMs, check };
}

async function findings(target: FuzzTarget, seconds = 2): Promise<FuzzFinding[]> {
  const found: FuzzFinding[] = [];
  let length = 0;
  const plan: FuzzPlan = {
    seconds,
    seed: 7,
    seeds: ['abcdef'],
    coverage: coverageOf(() => length),
    onInput: input => {
      length = input.length;
    },
    onFinding: finding => found.push(finding),
  };
  await fuzz(target, plan);
  return found;
}

t.test('a rule that does not hold is found, and its input made small', async t => {
  const found = await findings(targetThat(input => demand(!input.includes('ZZ'), 'no ZZ', input)));
  t.match(found, [{ input: 'ZZ', breach: { rule: 'no ZZ', detail: '["ZZ"]' } }]);
  t.equal(found.length, 1, 'each rule once');
});

t.test('a crash is found, and named by where it is', async t => {
  const found = await findings(
    targetThat(input => {
      if (input.includes('Q')) throw new TypeError('no Q');
    }),
  );
  t.match(found, [{ input: 'Q', breach: { rule: 'never throws', kind: 'TypeError in the oracle', detail: 'no Q' } }]);
});

t.test('what takes too long is found', async t => {
  const workedMs = (): number => process.threadCpuUsage().user / 1000;
  const slow = (input: string): void => {
    const end = workedMs() + (input.includes('Q') ? 30 : 0);
    while (workedMs() < end);
  };
  const [finding] = await findings(targetThat(slow, 10), 4);
  t.match(finding?.breach, { rule: 'takes its time by the size of the input' });
});

t.test('a target whose rules hold has no finding', async t => {
  t.same(
    await findings(
      targetThat(input => demand(input.length <= 64, 'is cut')),
      1,
    ),
    [],
  );
});

t.test('another thread can read which input it is', async t => {
  const board = makeInputBoard();
  writeInput(board, 'one');
  writeInput(board, 'tw\xff');
  t.same(readInput(board), { count: 2, input: 'tw\xff' });
});
