/** The config: any text is read to its end, what is wrong with it has a place in it, and what loads can be compiled and decides. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { checkoutRoot } from '../../../scripts/checkout.ts';
import { type LoadResult, loadConfig } from '../../../src/config/load.ts';
import { formatProblem, type Problem } from '../../../src/config/problems.ts';
import { decide } from '../../../src/gate/gate.ts';
import { compilePolicy } from '../../../src/policy.ts';
import { configTexts } from '../../contract/configs.ts';
import { asAlice } from '../../contract/rows/lines.ts';
import { contractNow } from '../../contract/tokens.ts';
import { inboundRequest } from '../../contract/world.ts';
import { demand, demandSame, type FuzzTarget } from '../target.ts';

const file = '/etc/hubgate/proxy.yaml';
const secret = 'fuzz-secret-of-the-environment';
const env = { HUB: 'http://127.0.0.1:8000', EMPTY: '', SECRET: secret, QUOTES: `"${secret}": [` };

const example = readFileSync(join(checkoutRoot, 'proxy.example.yaml'), 'utf8');
const texts = [...Object.values(configTexts), example];
const lines = [...new Set(texts.flatMap(text => text.split('\n')))];
/** Every word that stands before a colon is a key somewhere. */
const keys = [...new Set(lines.flatMap(line => [...line.matchAll(/([A-Za-z]+):/g)].map(([, key = '']) => key)))];
const scalars = [
  '',
  'null',
  '~',
  'true',
  'no',
  '0',
  '-1',
  '1e400',
  '.nan',
  '10s',
  '1KiB',
  '99999999999999999999',
  "''",
  '"\\u0000"',
  '{}',
  '[]',
  '[[]]',
  '{a: b}',
  '&a [*a]',
  '*a',
  '!!binary aGk=',
  '!x y',
  '|',
  '>-\n  x',
  ...['HUB', 'SECRET', 'QUOTES', 'EMPTY', 'NONE'].map(name => `$\{${name}}`),
  `$$\{HUB}`,
  '${',
  '0x10',
  '2026-11-25',
  '"/**"',
  '../x',
  'https://[',
  '10.0.0.0/33',
  "'(a+)+$'",
  '\u{1f600}',
  '__proto__',
];

/** The place is one that an editor can jump to. */
function demandPlace(problem: Problem, rows: readonly string[]): void {
  const { line, column, message } = problem;
  const row = rows[line - 1];
  demand(row !== undefined && column >= 1 && column <= row.length + 1, 'a problem has a place in the file', {
    line,
    column,
    message,
  });
  const told = formatProblem(problem);
  demand(!/[\p{Cc}\p{Zl}\p{Zp}]/u.test(told), 'a problem is told on one line', told);
  demand(!told.includes(secret), 'no problem tells what stood in the environment', told);
}

/** Node prints warnings of the parser's where nobody expects them. */
function loadedQuietly(text: string): { readonly loaded: LoadResult; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error) => void warnings.push(String(warning));
  try {
    return { loaded: loadConfig(file, env, () => text), warnings };
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Texts of configs that hold, with lines of others in them. */
export const config: FuzzTarget = {
  name: 'config',
  grammar: fc
    .tuple(
      fc.constantFrom(...texts),
      fc.array(
        fc.tuple(
          fc.nat(1000),
          fc.constantFrom(...lines, ...keys.map(key => `${key}: `)),
          fc.constantFrom(...scalars),
          fc.nat(3),
        ),
        { maxLength: 3 },
      ),
    )
    .map(([text, changes]) => {
      const rows = text.split('\n');
      for (const [at, line, scalar, how] of changes) {
        const place = at % rows.length;
        if (how === 0) rows.splice(place, 0, line);
        else if (how === 1) rows.splice(place, 1, line);
        else rows[place] = (rows[place] ?? '').replace(/: .*$/, `: ${scalar}`);
      }
      return Buffer.from(rows.join('\n'), 'utf8').toString('latin1');
    }),
  words: [
    ...keys.map(key => `\n${key}: `),
    ...keys,
    ...scalars,
    ': ',
    '- ',
    '\n',
    '\n  ',
    '\n---\n',
    '\n...\n',
    '%YAML 1.1\n',
    '# ',
    '? ',
    '<<: ',
    '\xef\xbb\xbf',
    '\u2028',
  ].map(word => Buffer.from(word, 'utf8').toString('latin1')),
  mostBytes: 8192,
  mostMs: 500,
  check(input) {
    const text = Buffer.from(input, 'latin1').toString('utf8');
    const { loaded, warnings } = loadedQuietly(text);
    demandSame(warnings, [], 'nothing is said on the side');
    const rows = text.replace(/^\ufeff/, '').split('\n');
    if (!loaded.ok) {
      demand(loaded.problems.length > 0, 'a config that is refused says why');
      for (const problem of loaded.problems) demandPlace(problem, rows);
      return;
    }
    for (const warning of loaded.warnings) demandPlace(warning, rows);
    const policy = compilePolicy(loaded.config, loaded.digest);
    const decision = decide(inboundRequest(asAlice('GET /hub/login'), '127.0.0.1'), policy, {
      now: contractNow,
      findings: new Map(),
    });
    demand(['forward', 'refuse', 'lookup'].includes(decision.kind), 'a config that loads decides', decision.kind);
  },
};
