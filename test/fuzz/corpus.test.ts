/** Every input of the corpus keeps the rules of its target: what fuzzing has found once, and what reaches each corner. */
import t from 'tap';
import { readCorpus } from './corpus-files.ts';
import { attempt } from './target.ts';
import { targets } from './targets.ts';

for (const target of targets) {
  t.test(target.name, async t => {
    const entries = readCorpus(target.name);
    t.ok(entries.length > 0, 'there are entries');
    for (const { name, input } of entries) t.equal(await attempt(target, input), null, name);
  });
}
