/** Patterns for user names: users choose the names, so that none of them may hold up the gate, whatever the pattern (M4). */
import t from 'tap';
import { parseConfig } from '../../src/config/load.ts';
import { namePattern, patternFault } from '../../src/config/pattern.ts';
import { compilePolicy } from '../../src/policy.ts';
import { written } from './written.ts';

/** Longer than a name may be that a pattern is asked about. */
const lengthy = 'a'.repeat(254);

/** JavaScript's own takes twice as long with each letter of a name that does not fit. */
const explosive = ['^(?:a|aa)+$', '^([a-z0-9]+[._-]?)+$', '^[a-z0-9]+([._-]?[a-z0-9]+)*$', '^((a?){20}b?)*$'];

t.test('a name that does not fit is told so at once', async t => {
  for (const source of explosive) t.notOk(namePattern(source).test(`${lengthy}!`), source);
});

t.test('a name that fits', async t => {
  for (const source of explosive) t.ok(namePattern(source).test(lengthy), source);
});

t.test('the policy asks it so', async t => {
  for (const source of explosive) {
    const parsed = parseConfig(written({ user: `{ pattern: '${source}' }` }), 'f', {});
    t.notOk(parsed.ok && compilePolicy(parsed.config, 'digest').user.pattern.test(`${lengthy}!`), source);
    t.ok(parsed.ok);
  }
});

const rows: readonly (readonly [source: string, fits: readonly string[], others: readonly string[]])[] = [
  ['^[a-z0-9][a-z0-9._-]{0,62}$', ['a', '0._-', 'a'.repeat(63)], ['', '.a', 'A', 'a\n', '\na', 'a'.repeat(64)]],
  ['^(?:[a-z]+\\.)+[a-z]+$', ['a.b', 'alice.b.smith'], ['a', 'a.', '.a', 'a..b', 'a.b\n', 'x a.b']],
  ['^(?<name>[a-z]+)(?:-\\d{2})?$', ['a', 'a-12'], ['a-1', 'a-123', 'a-١٢']],
  ['^(?:\\u00e9|\\u{1d41a}|\\x61)+$', ['é', 'a', '\u{1d41a}', 'éa'], ['e', '\u{1d41b}', 'u00e9']],
  ['^(?:\\\\u0061)+$', ['\\u0061'], ['a', '\\a']],
  ['^(?:[\\u0061-\\u0063]|\\p{Script=Greek}|\\p{gc=Nd}|\\p{Lo})+$', ['abc', 'αβ', '7', '本'], ['d', 'д', '-']],
  ['^(?:\\P{sc=Latin})+$', ['αβ'], ['a', 'αa']],
];

t.test('what fits, with all that RE2 writes otherwise', async t => {
  for (const [source, fits, others] of rows) {
    const pattern = namePattern(source);
    const own = new RegExp(source, 'u');
    for (const name of [...fits, ...others]) {
      t.equal(pattern.test(name), fits.includes(name), `${source} of ${JSON.stringify(name)}`);
      t.equal(own.test(name), fits.includes(name), 'as JavaScript has it');
    }
    t.equal(patternFault(source), null, source);
  }
});

t.test('what RE2 does not have is no pattern', async t => {
  const long = `^${'[a-z]+-?'.repeat(64)}$`;
  for (const source of [
    '^(?!admin)[a-z]+$',
    '^([a-z])\\1$',
    '^(?:a{1,2000})+$',
    '^\\p{sc=Grek}+-\\p{sc=Grek}+$',
    long,
  ]) {
    t.match(patternFault(source), /RE2/, source);
    t.throws(() => namePattern(source), /unchecked/, source);
  }
});
