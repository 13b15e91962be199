/** What the check of the threat model finds, rule by rule. */
import t from 'tap';
import { type ThreatModel, threatModelFaults, threatModelPage } from '../../scripts/threat-model.ts';
import type { Spelling } from './attack.ts';

const spellings = ['a', 'b', 'c', 'd'].map((name): Spelling => ({ name, config: '', problemAt: 'x' }));
const row = (id: string): ThreatModel['catalogue'][number] => ({ id, title: 'a | title', behaviour: 'refused' });
const good: ThreatModel = {
  catalogue: [row('H1'), row('P1')],
  later: [{ row: 'P1', spelling: 'all', waitsFor: 'a feature' }],
  families: { H: [{ id: 'H1', spellings }] },
};

const faults: readonly (readonly [rule: string, model: Partial<ThreatModel>, page: string, fault: string])[] = [
  ['a row has a test or waits whole', { later: [] }, '', 'P1 has no test, and no entry for all of it in later.json'],
  [
    'an entry for a part is no test',
    { later: [{ row: 'P1', spelling: 'a part', waitsFor: 'x' }] },
    '',
    'P1 has no test, and no entry for all of it in later.json',
  ],
  [
    'a row has several spellings',
    { families: { H: [{ id: 'H1', spellings: spellings.slice(1) }] } },
    '',
    'H1 has fewer than 4 spellings',
  ],
  [
    'spellings have names of their own',
    { families: { H: [{ id: 'H1', spellings: [...spellings, ...spellings.slice(3)] }] } },
    '',
    'H1 has two spellings called d, by config',
  ],
  [
    'what is tested is a row',
    {
      families: {
        H: [
          { id: 'H1', spellings },
          { id: 'H99', spellings },
        ],
      },
    },
    '',
    'H99 is tested, and no row',
  ],
  [
    'rows are tested in one place',
    { families: { H: [{ id: 'H1', spellings }], P: [{ id: 'H1', spellings }] } },
    '',
    'H1 is tested in two places',
  ],
  ['rows stand once', { catalogue: [row('H1'), row('H1'), row('P1')] }, '', 'H1 stands twice in the catalogue'],
  [
    'what waits is a row',
    { later: [...good.later, { row: 'S9', spelling: 'x', waitsFor: 'x' }] },
    '',
    'later.json names S9, which is no row',
  ],
  ['what a page names is a row', {}, 'held (H1, H7), by RS256', 'page names H7, which is no row'],
];

t.test('finds what is missing', async t => {
  t.strictSame(threatModelFaults(good, { page: 'H1 and P1' }), []);
  for (const [rule, change, page, fault] of faults) {
    t.strictSame(threatModelFaults({ ...good, ...change }, { page }), [fault], rule);
  }
});

t.test('the page says of a row what it is, how often it is held and what it waits for', async t => {
  const page = threatModelPage(good);
  t.match(page, '| H1 | a \\| title | refused | 4 config |  |');
  t.match(page, '| P1 | a \\| title | refused |  | all (a feature) |');
});
