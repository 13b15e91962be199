/** What the check of the threat model finds, rule by rule. */
import t from 'tap';
import { type ThreatModel, threatModelFaults, threatModelPage } from '../../scripts/threat-model.ts';
import type { Spelling } from './attack.ts';

const spellings = ['a', 'b', 'c', 'd'].map((name): Spelling => ({ name, config: '', problemAt: 'x' }));
const row = (id: string): ThreatModel['catalogue'][number] => ({ id, title: 'a | title', behaviour: 'refused' });
const good: ThreatModel = {
  catalogue: [row('H1'), row('P1')],
  later: [{ row: 'P1', spelling: 'all', waitsFor: 'a feature' }],
  files: { 'h.ts': [{ id: 'H1', spellings }] },
  tests: {},
};

/** P1 waits for nothing: a test with this text holds it. */
function heldBy(text: string | null): Partial<ThreatModel> {
  return {
    catalogue: [row('H1'), { ...row('P1'), heldBy: ['a.test.ts'] }],
    later: [],
    tests: { 'a.test.ts': text },
  };
}

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
    { files: { 'h.ts': [{ id: 'H1', spellings: spellings.slice(1) }] } },
    '',
    'H1 has fewer than 4 spellings',
  ],
  [
    'spellings have names of their own',
    { files: { 'h.ts': [{ id: 'H1', spellings: [...spellings, ...spellings.slice(3)] }] } },
    '',
    'H1 has two spellings called d, by config',
  ],
  [
    'what is tested is a row',
    {
      files: {
        'h.ts': [
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
    { files: { 'h.ts': [{ id: 'H1', spellings }], 'p.ts': [{ id: 'H1', spellings }] } },
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
  ['what holds a row is there', heldBy(null), '', 'P1 is held by a.test.ts, which is not there'],
  ...["/** P1 */ t.test('x', P1)", "t.equal(1, 1, 'P1')", "t.test('P12 x')", "t.test('x', 'P1')"].map(
    text =>
      [
        'a title names what its test holds',
        heldBy(text),
        '',
        "P1 is held by a.test.ts, where no test's title names it",
      ] as const,
  ),
  ['what a page names is a row', {}, 'held (H1, H7), by RS256', 'page names H7, which is no row'],
];

t.test('finds what is missing', async t => {
  t.strictSame(threatModelFaults(good, { page: 'H1 and P1' }), []);
  for (const [rule, change, page, fault] of faults) {
    t.strictSame(threatModelFaults({ ...good, ...change }, { page }), [fault], rule);
  }
});

t.test('a row without spellings is held by a test whose title names it', async t => {
  for (const text of ["t.test('P1 x', async", 'test("x (P1)")', 't.test(\n  \'it is "odd", P1\'']) {
    t.strictSame(threatModelFaults({ ...good, ...heldBy(text) }, {}), [], text);
  }
});

t.test('the page says of a row what it is, how often it is held and what it waits for', async t => {
  const page = threatModelPage(good);
  t.match(page, '| H1 | a \\| title | refused | [4 config](../test/attacks/rows/h.ts) |  |');
  t.match(page, '| P1 | a \\| title | refused |  | all (a feature) |');
  const files = { 'a.ts': [], 'b.ts': good.files['h.ts'] ?? [] };
  const split = threatModelPage({ ...good, files, ...heldBy("t.test('P1')") });
  t.match(split, '| refused | [4 config](../test/attacks/rows/b.ts) |  |', 'the file that holds it');
  t.match(split, '| P1 | a \\| title | refused | [a](../a.test.ts) |  |', 'and the test');
});
