/** What expressions give, what they can not reach, and what is refused before any token comes. */
import fc from 'fast-check';
import t from 'tap';
import { compileExpression, type Expression, type ExpressionUse, type UserInfo } from '../../src/expression/compile.ts';
import { toJson } from '../../src/expression/values.ts';

function compiled(source: string, use: ExpressionUse = 'data'): Expression {
  const expression = compileExpression(source, use);
  if ('fault' in expression) throw new Error(`${source}: ${expression.fault}`);
  return expression;
}

/** As the strict reader gives it: no object has a prototype. */
function json(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(json);
  if (typeof value !== 'object' || value === null) return value;
  return Object.assign(
    Object.create(null),
    Object.fromEntries(Object.entries(value).map(([name, one]) => [name, json(one)])),
  );
}

const claims = json({
  sub: 's-1',
  email: 'alice@lab.example',
  email_verified: true,
  roles: 'user,admin',
  groups: ['staff', 'gpu'],
  level: 3,
  share: 0.5,
  nothing: null,
  exp: 1_800_086_400,
  nbf: 1_800_000_000,
  address: { city: { name: 'Basel' } },
  'https://lab.example/team': 'blue',
}) as Readonly<Record<string, unknown>>;

const user: UserInfo = {
  username: 'alice',
  groups: ['staff', 'gpu'],
  uid: 'u-1',
  extra: new Map([['lab.example/team', ['blue', 'green']]]),
};

function evaluated(source: string, use: ExpressionUse = 'data'): unknown {
  const evaluation = compiled(source, use).evaluate({ claims, user });
  return 'fault' in evaluation ? evaluation : toJson(evaluation.value);
}

const given: readonly [source: string, value: unknown][] = [
  ['claims.sub', 's-1'],
  ['claims["https://lab.example/team"]', 'blue'],
  ['claims.address.city.name', 'Basel'],
  ['claims.roles.split(",")', ['user', 'admin']],
  ['claims.email.split("@")[0]', 'alice'],
  ['"\u{1f600}x".substring(1)', undefined],
  ['"a,b,c".split(",", 2)', ['a', 'b,c']],
  ['"a,b".split(",", 0)', []],
  ['"a,b".split(",", -1)', ['a', 'b']],
  ['"a,b".split(",", 9)', ['a', 'b']],
  ['claims.groups.join()', 'staffgpu'],
  ['claims.groups.join("+")', 'staff+gpu'],
  ['claims.sub + ":external-user"', 's-1:external-user'],
  ['claims.exp - claims.nbf <= 86400', true],
  ['claims.exp - claims.nbf', 86_400],
  ['claims.level == 3', true],
  ['claims.level * 2', 6],
  ['claims.level > 2.5', true],
  ['claims.share * 2.0', 1],
  ['claims.share == 0.5', true],
  ['type(claims.level) == int', true],
  ['type(claims.share) == double', true],
  ['claims.nothing == null', true],
  ['claims.nothing', null],
  ['"staff" in claims.groups', true],
  ['"sub" in claims', true],
  ['"nobody" in claims', false],
  ['has(claims.sub)', true],
  ['has(claims.nobody)', false],
  ['has(claims.address.city)', true],
  ['claims.?nobody.orValue("x")', 'x'],
  ['claims.?email_verified.orValue(true) == true', true],
  ['claims.?nobody', null],
  ['claims.?sub', 's-1'],
  ['claims.groups.all(g, g != "root")', true],
  ['claims.groups.exists(g, g == "gpu")', true],
  ['claims.groups.exists_one(g, g.startsWith("g"))', true],
  ['claims.groups.filter(g, g.endsWith("u"))', ['gpu']],
  ['claims.groups.map(g, "lab:" + g)', ['lab:staff', 'lab:gpu']],
  ['["a", "b"].exists(p, claims.groups.exists(g, g.startsWith(p)))', false],
  ['claims.groups.size() == 2 && size(claims.roles) == 10', true],
  ['claims.groups.join("|")', 'staff|gpu'],
  ['claims.email.lowerAscii().contains("LAB".lowerAscii())', true],
  ['claims.email.matches("^[a-z]+@lab[.]example$")', true],
  ['claims.email.matches("(?i)^ALICE@")', true],
  ['claims.email.matches("lab")', true],
  ['claims.email.matches("^lab")', false],
  ['user.username + "/" + user.uid', 'alice/u-1'],
  ['user.groups', ['staff', 'gpu']],
  ['user.extra["lab.example/team"]', ['blue', 'green']],
  ['user.extra["lab.example/team"][0]', 'blue'],
  ['"lab.example/team" in user.extra', true],
  [
    '{"name": user.username, "groups": user.groups, "level": claims.level, "of": {"a": claims.nothing}}',
    { name: 'alice', groups: ['staff', 'gpu'], level: 3, of: { a: null } },
  ],
  ['[claims.level, claims.sub, true]', [3, 's-1', true]],
];

t.test('what an expression gives', async t => {
  for (const [source, value] of given) t.strictSame(evaluated(source), value, source);
});

const faults: readonly [source: string, fault: string][] = [
  ['claims.nobody', 'missing'],
  ['claims.nobody == "x"', 'missing'],
  ['claims.address.street', 'missing'],
  ['user.extra["other.example/team"]', 'missing'],
  ['claims.groups[7]', 'missing'],
  ['claims.sub.name', 'missing'],
  ['claims.sub + 1', 'failed'],
  ['claims.level + "x"', 'failed'],
  ['claims.level / 0', 'failed'],
  ['claims.level && true', 'failed'],
  ['claims.sub.all(c, true)', 'failed'],
  ['9223372036854775807 + claims.level', 'failed'],
];

t.test('an expression that can not be evaluated has no value, and does not throw', async t => {
  for (const [source, fault] of faults) t.strictSame(evaluated(source), { fault }, source);
});

t.test('what JSON can not say is no value for a header', async t => {
  for (const source of ['[type(claims.level)]', '9007199254740993', '[claims.?nobody]', '[1e308 * 10.0]']) {
    const evaluation = compiled(source).evaluate({ claims, user });
    t.ok('value' in evaluation && toJson(evaluation.value) === undefined, source);
  }
});

t.test('no name of the language reaches anything', async t => {
  const names = [
    'constructor',
    '__proto__',
    'prototype',
    'toString',
    'hasOwnProperty',
    'then',
    'valueOf',
    'size',
    'get',
  ];
  for (const name of names) {
    t.strictSame(evaluated(`claims["${name}"]`), { fault: 'missing' }, `claims has no ${name} of its own`);
    t.strictSame(evaluated(`claims.address["${name}"]`), { fault: 'missing' }, `nor has a claim within`);
    t.strictSame(evaluated(`claims.sub["${name}"]`), { fault: 'missing' }, 'nor a text');
    t.equal(evaluated(`"${name}" in claims`), false);
    t.equal(evaluated(`claims.?address[?"${name}"].hasValue()`), false);
    const named = json({ [name]: 'x', within: { [name]: { deep: 'y' } } }) as Readonly<Record<string, unknown>>;
    const own = Object.create(null, { [name]: { value: 'x', enumerable: true } }) as Readonly<Record<string, unknown>>;
    t.strictSame(
      compiled(`claims["${name}"]`).evaluate({ claims: own }),
      { value: 'x' },
      `a claim called ${name} is read`,
    );
    t.strictSame(compiled(`claims.?none.orValue("z")`).evaluate({ claims: named }), { value: 'z' });
  }
  t.match(compileExpression('user.constructor', 'userRule'), { fault: /No such key: constructor/ });
  t.match(compileExpression('constructor', 'data'), { fault: /Unknown variable/ });
  t.match(compileExpression('__proto__', 'data'), { fault: /\S/ });
  t.match(compileExpression('this', 'data'), { fault: /Unknown variable/ });
  t.match(compileExpression('globalThis', 'data'), { fault: /Unknown variable/ });
});

const loop = (depth: number): string =>
  Array.from({ length: depth }).reduce<string>((inner, _, at) => `claims.groups.exists(x${at}, ${inner})`, 'true');

/** What a fault says was expected instead. */
const wanted: Partial<Record<ExpressionUse, string>> = {
  claimRule: 'claims that gives true or false',
  userRule: 'user that gives true or false',
  claimText: 'claims that gives a text',
  claimTexts: 'claims that gives a text or a list of texts',
  mount: 'claims and user that gives a map',
  data: 'claims and user that gives what JSON can say',
};

/** `at` of 0: no place in it is to blame. */
const refusals: readonly [rule: string, source: string, use: ExpressionUse, at: number, why: string][] = [
  ['a syntax error, with its place', 'claims.', 'claimRule', 8, 'Expected IDENTIFIER, got EOF'],
  ['nothing but a comment', '// x', 'claimRule', 5, 'Unexpected token: EOF'],
  ['an unknown variable', 'claim.sub == "x"', 'claimRule', 1, 'Unknown variable: claim'],
  ['user in a rule on claims', 'user.username == "x"', 'claimRule', 1, 'Unknown variable: user'],
  ['claims in a rule on the user', 'claims.sub == "x"', 'userRule', 1, 'Unknown variable: claims'],
  ['a part that no user has', 'user.name == "x"', 'userRule', 6, 'No such key: name'],
  ['a rule that gives a text', '"true"', 'claimRule', 0, 'It gives string'],
  [
    'a rule of any type',
    'claims.email_verified',
    'claimRule',
    0,
    'It gives dyn, which may be anything: compare it, as == true does',
  ],
  ['a name that is a number', 'size(claims)', 'claimText', 0, 'It gives int'],
  ['a name that is a list', 'claims.sub.split("")', 'claimText', 0, 'It gives list<string>'],
  ['a name that may be none', 'claims.?sub', 'claimText', 0, 'It gives optional<dyn>'],
  ['groups that are a map', '{"a": "b"}', 'claimTexts', 0, 'It gives map<string, string>'],
  ['a mount that is a text', '"x"', 'mount', 0, 'It gives string'],
  ['data of a type without JSON', 'type(1)', 'data', 0, 'It gives type'],
  ['types that do not go together', '"a" + 1', 'data', 1, 'no such overload: string + int'],
  ['a function that is not there', 'claims.sub.shout()', 'claimText', 1, 'There is no function shout here'],
  [
    'lengths of time, read by a pattern that backtracks',
    'duration(claims.sub) == duration("1s")',
    'claimRule',
    1,
    'There is no function duration here',
  ],
  ['JSON within a text', 'b"{}".json().size() == 0', 'claimRule', 1, 'There is no function json here'],
  ['a pattern out of a claim', 'claims.sub.matches(claims.email)', 'claimRule', 1, 'A pattern must be written out'],
  ['a pattern that looks around', 'claims.sub.matches("(?=a)")', 'claimRule', 1, 'The pattern is none of RE2'],
  ['a pattern with a backreference', 'claims.sub.matches("(a)\\\\1")', 'claimRule', 1, 'The pattern is none of RE2'],
  [
    'a pattern with a thousand times a thousand',
    'claims.sub.matches("((a{1000}){1000}){1000}")',
    'claimRule',
    1,
    'The pattern is none of RE2',
  ],
  ['loops three deep', loop(3), 'claimRule', 0, 'More than 2 loops stand inside one another'],
  ['nine loops', Array.from({ length: 9 }, () => loop(1)).join(' && '), 'claimRule', 0, 'There are more than 8 loops'],
];

t.test('what is refused before any token comes', async t => {
  for (const [rule, source, use, at, why] of refusals) {
    const place = at === 0 ? '' : ` at its character ${at}`;
    const fault = `is not taken${place} ("${why}"), expected an expression on ${wanted[use]}`;
    t.strictSame(compileExpression(source, use), { fault }, rule);
  }
  t.strictSame(
    compileExpression(`"${'x'.repeat(4096)}" == claims.sub`, 'claimRule'),
    { fault: 'is too long, expected 4096 characters or fewer' },
    'too long a text',
  );
  const bounds = [
    Array.from({ length: 300 }, () => 'claims.sub').join(' + '),
    `${'('.repeat(60)}true${')'.repeat(60)}`,
    `"a" in [${'"x",'.repeat(201)}]`,
    `${'!'.repeat(2000)}true`,
    `claims${'.a'.repeat(60)} == 1`,
  ];
  for (const source of bounds)
    t.match(compileExpression(source, 'claimRule'), { fault: /^is not taken/ }, source.slice(0, 40));
  t.notOk(
    'fault' in compileExpression(`claims.groups.filter(g, g != "").map(g, g + "x").exists(g, g == "x")`, 'claimRule'),
    'a loop over what a loop gave',
  );
});

t.test('what is seen of an expression', async t => {
  t.strictSame(
    [...compiled('claims.email + claims.?a.orValue(claims["b"]) + claims[?"c"].orValue("")').claims],
    ['email', 'a', 'b', 'c'],
  );
  t.strictSame([...compiled('has(claims.d) && claims.e.exists(x, claims.f == x)').claims], ['d', 'e', 'f']);
  const leading: readonly [source: string, text: string][] = [
    ['"lab:" + claims.sub', 'lab:'],
    ['("lab:" + claims.sub) + claims.sub', 'lab:'],
    ['"lab" + ":" + claims.sub', 'lab'],
    ['claims.sub + "x"', ''],
    ['"root"', 'root'],
    ['claims.level > 2 ? "a" : "b"', ''],
    ['"a".replace("a", claims.sub)', ''],
  ];
  for (const [source, text] of leading) t.equal(compiled(source).leadingText, text, source);
});

t.test('letters are those of ASCII, and no other becomes one (M3)', async t => {
  const odd = json({ name: '\u212aate\u0130\u017f' }) as Readonly<Record<string, unknown>>;
  const lower = compiled('claims.name.lowerAscii()', 'claimText').evaluate({ claims: odd });
  t.strictSame(lower, { value: '\u212aate\u0130\u017f' });
  t.strictSame(compiled('"\u00df\u0131az".upperAscii()', 'claimText').evaluate({ claims: odd }), {
    value: '\u00df\u0131AZ',
  });
});

function tooLong(started: bigint): boolean {
  return process.hrtime.bigint() - started > 5_000_000_000n;
}

t.test('hostile claims cost no more than a moment', async t => {
  const [a, b] = [Array(1000).fill(1), [...Array(999).fill(1), 2]];
  const large = { a, b, s: 'a'.repeat(8000), t: `${'a'.repeat(2000)}b${'a'.repeat(2000)}` };
  const hostile: readonly [rule: string, claims: unknown, source: string, outcome: unknown][] = [
    ['a pattern that backtracks', { a: `${'a'.repeat(8000)}!` }, 'claims.a.matches("^(a+)+$")', { value: false }],
    ['and with alternatives', { a: `${'a'.repeat(8000)}!` }, 'claims.a.matches("^(a|a|aa)*b$")', { value: false }],
    ['a text as long as they get', { a: 'a'.repeat(8192) }, 'claims.a.size() == 8192', { value: true }],
    ['a longer text', { a: 'a'.repeat(8193) }, 'true', { fault: 'large' }],
    ['a longer text, deep down', { a: [{ b: 'a'.repeat(8193) }] }, 'true', { fault: 'large' }],
    [
      'as many members as there may be',
      { a: Array.from({ length: 1000 }, () => 'x') },
      'claims.a.all(x, claims.a.all(y, x == y))',
      { value: true },
    ],
    [
      'and the names of real groups',
      {
        a: Array.from(
          { length: 1000 },
          (_, at) => `cn=group-${at + 1000},ou=groups,dc=physics,dc=university,dc=example`,
        ),
      },
      'claims.a.all(x, claims.a.exists(y, x == y))',
      { value: true },
    ],
    ['one more', { a: Array.from({ length: 1001 }, () => 'x') }, 'true', { fault: 'large' }],
    [
      'a map of more',
      { a: Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`m${at}`, at])) },
      'true',
      { fault: 'large' },
    ],
    [
      'texts joined once more for each of them',
      { a: Array(950).fill(''), s: 'y'.repeat(7900) },
      'claims.a.map(x, claims.a.join(claims.s)).exists(t, t.contains("!"))',
      { fault: 'failed' },
    ],
    [
      'a text in very many parts',
      { scope: 'a'.repeat(8192) },
      'claims.scope.split("").exists(s, claims.scope.split("").exists(o, o == s + "x"))',
      { fault: 'failed' },
    ],
    [
      'a text split for each part of another',
      { groups: 'g,'.repeat(900), scope: 's '.repeat(900) },
      'claims.groups.split(",").exists(g, claims.scope.split(" ").exists(s, s.endsWith(g + "!")))',
      { fault: 'failed' },
    ],
    [
      'a fault in each step, which another part passes over',
      { a: Array.from({ length: 1000 }, (_, at) => `g${at}`) },
      'claims.a.all(x, claims.a.all(y, x.matches("g+1?") || true))',
      { fault: 'failed' },
    ],
    [
      'a fault in the end, which another part passes over',
      { a: Array(200).fill('g'.repeat(8000)) },
      'claims.a.exists(x, x.matches("h")) || true',
      { fault: 'failed' },
    ],
    [
      'a pattern that many states of are open at once',
      { a: Array(100).fill(1), s: 'ab'.repeat(4000) },
      'claims.a.exists(x, claims.s.matches("(?i)^.*a.{0,100}b.{0,100}c.{0,100}x$"))',
      { fault: 'failed' },
    ],
    [
      'the names of a thousand groups held against a pattern of machine names',
      { a: Array.from({ length: 1000 }, (_, at) => `group-${at}.lab.example`) },
      'claims.a.all(x, x.matches("^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?[.]?){1,4}$"))',
      { value: true },
    ],
    [
      'many loops over a list, one after another',
      { a: Array(1000).fill('x') },
      'claims.a.all(x, claims.a.all(y, x == y)) && claims.a.all(x, claims.a.all(y, x == y))',
      { fault: 'failed' },
    ],
    ['a text that grows', { a: 'x'.repeat(8192) }, 'claims.a.replace("x", claims.a) == ""', { fault: 'failed' }],
    [
      'an empty text that is looked for',
      { a: 'x'.repeat(8192) },
      'claims.a.replace("", claims.a) == ""',
      { fault: 'failed' },
    ],
    ...[
      'size(claims.s) > 0',
      'claims.s.size() > 0',
      'string(claims.s) == claims.s',
      'claims.s.trim() != ""',
      'claims.s + claims.s != ""',
      'claims.s >= claims.s',
      'claims.s.lastIndexOf(claims.t) < 0',
      '!claims.s.contains(claims.t)',
      '!(2 in claims.a)',
      'claims.a != claims.b',
      '(claims.a + claims.b).size() > 0',
      '[claims.a] != [claims.b]',
      'claims.nothing || y == 1',
      'x / 0 > 1 || y == 1',
    ].map((each): (typeof hostile)[number] => [
      `a million times ${each}`,
      large,
      `claims.a.all(x, claims.a.all(y, ${each}))`,
      { fault: 'failed' },
    ]),
    [
      'an end that hides that it was too much',
      large,
      'claims.a.exists(x, claims.a.exists(y, claims.s.size() < 0)) || true',
      { fault: 'failed' },
    ],
    [
      'a text that doubles with each loop',
      { s: 's'.repeat(8000) },
      `[claims.s]${`.map(a, ${Array(32).fill('a').join('+')})`.repeat(4)}.all(a, a.size() > 0)`,
      { fault: 'failed' },
    ],
  ];
  for (const [rule, value, source, outcome] of hostile) {
    const started = process.hrtime.bigint();
    const evaluation = compiled(source, 'claimRule').evaluate({
      claims: json(value) as Readonly<Record<string, unknown>>,
    });
    t.strictSame(evaluation, outcome, rule);
    t.notOk(tooLong(started), `${rule}: soon`);
  }
  const crowd = { ...user, groups: Array.from({ length: 1001 }, () => 'x') };
  const many = json({ groups: Array(1000).fill('g'), s: 'y'.repeat(8000) }) as Readonly<Record<string, unknown>>;
  const grown = compiled('claims.groups.map(g, claims.s + g)', 'claimTexts').evaluate({ claims: many });
  t.strictSame(grown, { fault: 'large' }, 'too much is given');
  const blanks = compiled('claims.groups.map(g, claims.groups.map(h, ""))', 'data').evaluate({ claims: many });
  t.strictSame(blanks, { fault: 'large' }, 'too many empty texts are given');
  t.strictSame(compiled('true', 'userRule').evaluate({ user: crowd }), { fault: 'large' }, 'too many groups');
});

t.test('one expression gives the same again, whoever came between', async t => {
  const expression = compiled('claims.groups.filter(g, g != "gpu").map(g, user.username + g)');
  const other = json({ groups: ['x'] }) as Readonly<Record<string, unknown>>;
  for (let round = 0; round < 3; round += 1) {
    t.strictSame(expression.evaluate({ claims, user }), { value: ['alicestaff'] });
    t.strictSame(expression.evaluate({ claims: other, user: { ...user, username: 'bob' } }), { value: ['bobx'] });
    t.strictSame(expression.evaluate({ claims: json({}) as Readonly<Record<string, unknown>>, user }), {
      fault: 'missing',
    });
  }
});

t.test('no claims make an expression throw', async t => {
  const all = given.map(([source]) => compiled(source));
  const odd = fc.jsonValue({ maxDepth: 3 });
  const named = fc.dictionary(
    fc.constantFrom('sub', 'email', 'roles', 'groups', 'level', 'address', 'exp', 'nbf', '__proto__'),
    odd,
  );
  fc.assert(
    fc.property(named, written => {
      const hostile = json(written) as Readonly<Record<string, unknown>>;
      for (const expression of all) {
        const evaluation = expression.evaluate({ claims: hostile, user });
        if (!('fault' in evaluation)) toJson(evaluation.value);
      }
    }),
    { numRuns: 300 },
  );
  t.pass('300 tokens');
});
