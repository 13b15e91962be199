/** Plays every spelling of every row of the attack catalogue through every door that can receive it. */
import t from 'tap';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { secrets } from '../contract/tokens.ts';
import { openArena } from './arena.ts';
import { doorsOf } from './attack.ts';
import { attackRows } from './rows/all.ts';

const arena = await openArena();
t.teardown(() => arena.close());

for (const row of attackRows) {
  t.test(row.id, async t => {
    for (const spelling of row.spellings) {
      for (const door of doorsOf(spelling)) {
        const { got, wanted } = await arena.play(spelling, door);
        t.same(got, wanted, `${spelling.name}, by ${door}`);
      }
    }
  });
}

t.test('no credential stands in any audit line', async t => {
  assertNothingLeaked(t, arena.audit().join('\n'), secrets);
});
