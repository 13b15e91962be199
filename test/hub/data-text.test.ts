/** Data headers: as plain text, and as Python literals that every Python reads back to the same values. */
import fc from 'fast-check';
import t from 'tap';
import { dataText } from '../../src/hub/data-text.ts';
import { findPythons } from '../clients/pythons.ts';

const pythons = findPythons();

/** What JSON can say, as claims, files and providers bring it. */
const { value } = fc.letrec<{ value: unknown; leaf: unknown }>(tie => ({
  leaf: fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noDefaultInfinity: true, noNaN: true }),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom("'", '"', '\\', '\n', '\0', '{', '\u2028', '😀', 'None', '__import__("os")'),
  ),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'binary', maxLength: 8 }), tie('value'), { maxKeys: 4 }),
  ),
}));

/** JSON tells it to Python beside the literal; whole numbers are ints there, as they are in the literal. */
const readBack = `
import ast, json, sys
def same(one, other):
    if type(one) is not type(other): return False
    if type(one) is dict: return list(one) == list(other) and all(same(one[k], other[k]) for k in one)
    if type(one) is list: return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other))
    return one == other
rows = json.load(sys.stdin)
print(json.dumps([at for at, (source, wanted) in enumerate(rows) if not same(ast.literal_eval(source), wanted)]))
`;

const nested = (levels: number): unknown => {
  let made: unknown = 1;
  for (let level = 0; level < levels; level += 1) made = level % 2 === 0 ? [made] : { a: made };
  return made;
};

const literal = (given: unknown): ReturnType<typeof dataText> => dataText(given, 'State', 'python');

t.test('Python literals read back to the same values, in ASCII, on one line', async t => {
  const fixed = [
    0,
    -1,
    2 ** 53 - 1,
    1 - 2 ** 53,
    0.1,
    -2.5e-7,
    5e-324,
    1.7e308,
    1e21,
    'active',
    [],
    {},
    [[]],
    true,
    nested(16),
  ];
  const numbers = [...fixed, ...fc.sample(value, 800)].filter(one => one !== null);
  const rows = numbers.map(one => [literal(one), one]);
  t.same(
    rows.filter(([source]) => typeof source !== 'string' || !/^[\x20-\x7e]*$/.test(source)),
    [],
  );
  for (const python of pythons)
    t.equal(python.run(readBack, JSON.stringify(rows)).trim(), '[]', `Python ${python.version}`);
});

t.test('texts stand in quotes, so that a plugin never sees a bare word', async t => {
  t.equal(literal('active'), "'active'");
  t.equal(literal('1'), "'1'");
  t.equal(literal({ a: [1, 2.5, null, true] }), "{'a': [1, 2.5, None, True]}");
  t.equal(literal(-0), '0');
});

t.test('what has no literal is refused, and never shown', async t => {
  const rows: readonly (readonly [rule: string, value: unknown])[] = [
    ['17 levels', nested(17)],
    ['levels without end', nested(10_000)],
    ['infinity', Number.POSITIVE_INFINITY],
    ['no number', [Number.NaN]],
    ['a lone surrogate', { a: 'secret\ud800' }],
    ['a lone surrogate in a key', { 'secret\udc00': 1 }],
    ['a function', () => 'secret'],
    ['a bigint', 1n],
  ];
  for (const [rule, one] of rows) {
    const refusal = literal(one);
    t.match(refusal, { reason: 'data-invalid' }, rule);
    t.notMatch(JSON.stringify(refusal), 'secret');
  }
});

t.test('plain: texts as they are, anything else as JSON, and nothing that a header can not hold', async t => {
  const rows: readonly (readonly [value: unknown, text: string | null])[] = [
    ['active', 'active'],
    ['café', 'caf\xe9'],
    [7, '7'],
    [{ a: ['é'] }, '{"a":["\\u00e9"]}'],
    [undefined, null],
    [null, null],
  ];
  for (const [one, text] of rows) t.equal(dataText(one, 'State', 'plain'), text);
  for (const one of ['a\r\nRemote-User: root', ' a', 'a ', '\0', '\x85', '日本'])
    t.match(dataText(one, 'State', 'plain'), { reason: 'data-invalid' }, JSON.stringify(one));
});
