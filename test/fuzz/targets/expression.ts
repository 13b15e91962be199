/** Expressions on hostile claims: whatever is compiled comes to an end with any token, and says the truth about what it looks at. */
import fc from 'fast-check';
import {
  compileExpression,
  type Evaluation,
  type Expression,
  type ExpressionUse,
} from '../../../src/expression/compile.ts';
import { toJson } from '../../../src/expression/values.ts';
import { isJsonObject, type JsonObject, readJson } from '../../../src/identity/tokens/strict-json.ts';
import { demand, demandSame, type FuzzTarget } from '../target.ts';

const uses: readonly ExpressionUse[] = ['claimRule', 'claimText', 'claimTexts', 'userRule', 'data', 'mount'];

const user = { username: 'alice', groups: ['staff', 'gpu'], uid: 'u-1', extra: new Map([['team', ['blue']]]) };

const mostGiven = 64 * 1024;
const faults: ReadonlySet<string> = new Set(['missing', 'failed', 'large']);

/** What a name of the language could reach. */
const untouched: readonly object[] = [
  Object.prototype,
  Array.prototype,
  String.prototype,
  Function.prototype,
  globalThis,
];
const namesOf = (): number => untouched.reduce<number>((sum, one) => sum + Reflect.ownKeys(one).length, 0);

/** In a form that is equal for equal outcomes. */
function outcomeOf(evaluation: Evaluation): string {
  if ('fault' in evaluation) return evaluation.fault;
  return JSON.stringify({ json: toJson(evaluation.value), type: typeof evaluation.value });
}

function demandValue({ source, leadingText }: Expression, use: ExpressionUse, value: unknown): void {
  if (use === 'claimRule' || use === 'userRule')
    demand(typeof value === 'boolean', 'a rule gives true or false', value);
  if (typeof value === 'string')
    demand(value.startsWith(leadingText), 'texts begin as they are said to', source, value);
  const text = JSON.stringify(toJson(value)) ?? '';
  // In JSON a character takes six at the most, and a number of one member twenty-odd.
  demand(text.length <= mostGiven * 24, 'what is given is bounded', text.length);
}

/** Claims that an expression does not look at: a session's cookie leaves them out. */
function withoutOthers(claims: JsonObject, looked: ReadonlySet<string>): JsonObject {
  const kept = Object.entries(claims).filter(([name]) => looked.has(name));
  return Object.assign(Object.create(null), Object.fromEntries(kept));
}

function demandExpression(expression: Expression, use: ExpressionUse, claims: JsonObject): void {
  const before = JSON.stringify(claims);
  const names = namesOf();
  const evaluation = expression.evaluate({ claims, user });
  if ('fault' in evaluation) demand(faults.has(evaluation.fault), 'a fault is one of three', evaluation);
  else demandValue(expression, use, evaluation.value);
  const outcome = outcomeOf(evaluation);
  demandSame(JSON.stringify(claims), before, 'claims stay as they are');
  demandSame(namesOf(), names, 'nothing beside the claims is reached');
  expression.evaluate({ claims: Object.create(null), user: { ...user, username: 'bob' } });
  demandSame(outcomeOf(expression.evaluate({ claims, user })), outcome, 'the same is given again');
  if (expression.anyClaim || outcome === 'large') return;
  const fewer = withoutOthers(claims, expression.claims);
  demandSame(
    outcomeOf(expression.evaluate({ claims: fewer, user })),
    outcome,
    'claims without a name in it do not matter',
  );
}

const sources = [
  'true',
  'claims.sub',
  'claims["sub"] == "alice"',
  'claims.?level.orValue(0) > 2',
  'claims.groups.all(x, claims.groups.exists(y, x == y))',
  'claims.groups.map(g, g != "", "lab:" + g)',
  'claims.groups.filter(g, g.startsWith("a")).join(",")',
  'claims.email.split("@")[0].lowerAscii()',
  'claims.email.matches("^[a-z]+@lab[.]example$")',
  'claims.exp - claims.nbf <= 86400',
  'has(claims.address.city) ? claims.address.city : null',
  '"sub" in claims && claims.sub.size() > 2',
  'claims.groups.exists(x, claims.groups.exists(y, claims.sub.lastIndexOf(claims.email) < 0)) || true',
  '[claims.sub].map(a, a + a + a + a).map(a, a + a + a + a).map(a, a + a + a + a)[0].size()',
  '{"a": claims, "__proto__": 1, "constructor": [claims.sub]}',
  'type(claims.level) == int',
  'string(claims.level) + "" + string(dyn(1.5))',
  '"lab" in user.groups || user.extra["team"].exists(t, t == "blue")',
  'claims.groups.exists_one(g, g == user.username)',
  'claims.sub.replace("", claims.sub).substring(0, 3).trim()',
  '{"HOST": claims.sub, "USERNAME": user.username}',
  '-claims.level * 3 / 0 % 2',
];

const members = [
  '"sub":"alice"',
  '"sub":""',
  '"email":"alice@lab.example"',
  '"email_verified":true',
  '"groups":["staff","gpu"]',
  '"groups":[[],{},null,1,"a"]',
  '"groups":{"a":1,"b":"x"}',
  '"level":3',
  '"level":-0.5',
  '"level":1e300',
  '"exp":1800086400,"nbf":1800000000',
  '"address":{"city":"Basel"}',
  '"__proto__":{"sub":"root"}',
  '"constructor":"x"',
  '"size":1',
  '"sub":"\\ud83d\\ude00"',
  `"groups":[${Array(1000).fill('1').join(',')}]`,
  `"sub":"${'a'.repeat(8000)}"`,
  `"email":"${'a'.repeat(2000)}b${'a'.repeat(2000)}"`,
  '"nothing":null',
];

/** An input is an expression, a line end, and a token's claims. */
export const expression: FuzzTarget = {
  name: 'expression',
  grammar: fc
    .tuple(fc.constantFrom(...sources), fc.subarray(members))
    .map(([source, chosen]) => `${source}\n{${chosen.join(',')}}`),
  words: [
    ...sources,
    ...members,
    ...['.all(x, ', '.exists(y, ', '.map(a, ', '.filter(b, ', '.exists_one(c, ', ')', ' && ', ' || ', ' ? ', ' : '],
    ...[' == ', ' != ', ' in ', ' + ', ' < ', '!', '-', '[', ']', '{', '}', '(', ',', '.', '.?', '[?', '"', "'", 'r"'],
    ...['.size()', '.value()', '.hasValue()', '.or(', '.orValue(', 'dyn(', 'int(', 'double(', 'string(', 'bool('],
    ...['.matches("(a+)+$")', '.matches(claims.sub)', '.split("")', '.join("", ', '.contains(claims.email)', '.trim()'],
    ...[
      '.upperAscii()',
      '.replace("a", "aa")',
      'cel.bind(x, claims, x)',
      'duration(',
      'timestamp(',
      'google',
      'bytes(',
    ],
    ...[
      'claims',
      'user',
      'user.extra',
      '__proto__',
      'constructor',
      'hasOwnProperty',
      '0x7fffffffffffffff',
      '1u',
      '1e400',
    ],
    ...['b"\\xff"', '"""', '// ', '\\u0000', '\xc3\xa9'],
  ],
  mostBytes: 16 * 1024,
  mostMs: 6000,
  check(input) {
    const text = Buffer.from(input, 'latin1').toString('utf8');
    const end = text.indexOf('\n');
    const source = end < 0 ? text : text.slice(0, end);
    const read = readJson(end < 0 ? '{}' : text.slice(end + 1));
    const claims = isJsonObject(read) ? read : Object.create(null);
    for (const use of uses) {
      const compiled = compileExpression(source, use);
      if (!('fault' in compiled)) demandExpression(compiled, use, claims);
      else demand(/, expected /.test(compiled.fault), 'what is refused says what is expected', compiled.fault);
    }
  },
};
