/** Expressions in a config: what is taken, and each that is not told at its place. */
import { test } from 'tap';
import type { Config } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problems.ts';
import { written } from './written.ts';

const variable = (name: string): string => `$\{${name}}`;

function problemsOf(text: string, env: Record<string, string> = {}): string[] {
  const result = parseConfig(text, 'f', env);
  return result.ok ? result.warnings.map(formatProblem) : result.problems.map(formatProblem);
}

function good(text: string): Config {
  const result = parseConfig(text, 'f', {});
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result.config;
}

/** One issuer from line 5, whose further keys begin at line 8. */
function issuer(...lines: readonly string[]): string {
  const head = [
    "- issuer: { url: 'https://i', audiences: [a] }",
    '  keys: { jwksFile: k }',
    ...lines.map(line => `  ${line}`),
  ];
  return written({ jwt: `\n${head.join('\n')}` });
}

const RULE = 'expected an expression on claims that gives true or false';
const TEXT = 'expected an expression on claims that gives a text';
const TEXTS = `${TEXT} or a list of texts`;
const KEY = 'expected a key such as example.org/team: a domain, / and a path, in lower case';

const rows: readonly (readonly [rule: string, text: string, ...problems: string[]])[] = [
  [
    'a rule that can not be read',
    issuer("claimValidationRules: [{ expression: 'claims.a ==' }]"),
    `f:8:40 jwt[0].claimValidationRules[0].expression: is not taken at its character 12 ("Unexpected token: EOF"), ${RULE}`,
  ],
  [
    'each rule that is bad, in one go, beside what else is',
    issuer(
      'claimValidationRules:',
      "- { expression: 'claims.a' }",
      "- { expression: 'claims.b == 1', message: m }",
      '- expression: >-',
      '    claims.c == 1 &&',
      '    clams.d == 1',
      "claimMappings: { username: { expression: '1' }, groups: { expression: 'clams' } }",
      "userValidationRules: [{ expression: user.nam == 'x' }]",
      'clockTolerance: 3',
    ),
    `f:9:19 jwt[0].claimValidationRules[0].expression: is not taken ("It gives dyn, which may be anything: compare it, as == true does"), ${RULE}`,
    `f:11:17 jwt[0].claimValidationRules[2].expression: is not taken at its character 18 ("Unknown variable: clams"), ${RULE}`,
    `f:14:44 jwt[0].claimMappings.username.expression: is not taken ("It gives int"), ${TEXT}`,
    `f:14:73 jwt[0].claimMappings.groups.expression: is not taken at its character 1 ("Unknown variable: clams"), ${TEXTS}`,
    'f:15:39 jwt[0].userValidationRules[0].expression: is not taken at its character 6 ("No such key: nam"), expected an expression on user that gives true or false',
    'f:16:19 jwt[0].clockTolerance: is a number, expected a duration such as 500ms, 30s, 5m, 8h or 1d',
  ],
  [
    'a rule is one of two kinds',
    issuer("claimValidationRules: [{ claim: a, requiredValue: b, expression: 'true' }]"),
    'f:8:35 jwt[0].claimValidationRules[0].claim: stands beside expression, expected one of both',
    'f:8:53 jwt[0].claimValidationRules[0].requiredValue: stands beside expression, expected one of both',
  ],
  [
    'a message goes with an expression',
    issuer('claimValidationRules: [{ claim: a, requiredValue: b, message: c }]'),
    'f:8:65 jwt[0].claimValidationRules[0].message: stands beside claim, expected it with expression',
  ],
  [
    'a message beside an expression that is not taken',
    issuer("claimValidationRules: [{ expression: 'clams.a == 1', message: c }]"),
    `f:8:40 jwt[0].claimValidationRules[0].expression: is not taken at its character 1 ("Unknown variable: clams"), ${RULE}`,
  ],
  [
    'a rule of neither kind',
    issuer('claimValidationRules: [{ message: c }]', 'userValidationRules: [{ message: c }]'),
    'f:8:26 jwt[0].claimValidationRules[0]: is incomplete, expected claim and requiredValue, or expression',
    'f:9:25 jwt[0].userValidationRules[0].expression: missing, expected an expression in CEL',
  ],
  [
    'a message is short',
    issuer(`claimValidationRules: [{ expression: 'true', message: ${'m'.repeat(401)} }]`),
    'f:8:57 jwt[0].claimValidationRules[0].message: is too long, expected a text of 400 characters or fewer',
  ],
  [
    'a mapping is a claim or an expression',
    issuer(
      "claimMappings: { username: { claim: a, prefix: '', expression: claims.a }, groups: { prefix: b, expression: claims.b } }",
    ),
    'f:8:39 jwt[0].claimMappings.username.claim: stands beside expression, expected one of both',
    `f:8:50 jwt[0].claimMappings.username.prefix: stands beside expression, expected it in there: '"lab:" + claims.sub'`,
    `f:8:96 jwt[0].claimMappings.groups.prefix: stands beside expression, expected it in there: '"lab:" + claims.sub'`,
  ],
  [
    'a uid is a claim or an expression',
    issuer('claimMappings: { uid: {} }'),
    'f:8:20 jwt[0].claimMappings.uid: has neither, expected claim or expression',
  ],
  [
    'a uid is not both',
    issuer('claimMappings: { uid: { claim: sub, expression: claims.sub } }'),
    'f:8:20 jwt[0].claimMappings.uid: has both, expected claim or expression',
  ],
  ...[
    'team',
    'example.org/',
    '/team',
    'Example.org/team',
    'example.org/Team',
    'example.org/a b',
    'example..org/a',
    '-a.org/b',
    'a_b.org/c',
  ].map((key): readonly [string, string, string] => [
    `no key: ${key}`,
    issuer(`claimMappings: { extra: [{ key: '${key}', valueExpression: claims.a }] }`),
    `f:8:35 jwt[0].claimMappings.extra[0].key: is no such key, ${KEY}`,
  ]),
  ...['k8s.io/a', 'kubernetes.io/a', 'x.k8s.io/a', 'x.y.kubernetes.io/a'].map(
    (key): readonly [string, string, string] => [
      `a key of Kubernetes' own: ${key}`,
      issuer(`claimMappings: { extra: [{ key: ${key}, valueExpression: claims.a }] }`),
      `f:8:35 jwt[0].claimMappings.extra[0].key: is Kubernetes' own, ${KEY}`,
    ],
  ),
  [
    'keys stand once',
    issuer(
      'claimMappings: { extra: [{ key: a.b/c, valueExpression: claims.a }, { key: a.b/c, valueExpression: claims.b }] }',
    ),
    'f:8:78 jwt[0].claimMappings.extra[1].key: stands in an earlier entry too, expected another',
  ],
  [
    'extra is a text or texts',
    issuer('claimMappings: { extra: [{ key: a.b/c, valueExpression: claims.a == 1 }] }'),
    `f:8:59 jwt[0].claimMappings.extra[0].valueExpression: is not taken ("It gives bool"), ${TEXTS}`,
  ],
  [
    'a name of claims.email, and no word of email_verified (J11)',
    issuer("claimMappings: { username: { expression: 'claims.email' } }"),
    'f:8:44 jwt[0].claimMappings.username.expression: makes a name of claims.email, expected claims.email_verified in it, in claimValidationRules[].expression or in extra[].valueExpression, or dangerouslyUnverifiedEmail: true',
  ],
  [
    'nor by another spelling of it',
    issuer(`claimMappings: { username: { expression: 'claims[?"email"].orValue(claims.sub)' } }`),
    'f:8:44 jwt[0].claimMappings.username.expression: makes a name of claims.email, expected claims.email_verified in it, in claimValidationRules[].expression or in extra[].valueExpression, or dangerouslyUnverifiedEmail: true',
  ],
  [
    'a source of data, and of a mount',
    written({
      inject:
        "{ data: { A: { expression: 'claims.' }, B: { expression: 'type(1)' } }, mount: { from: { expression: '1' } } }",
    }),
    'f:6:36 inject.data.A.expression: is not taken at its character 8 ("Expected IDENTIFIER, got EOF"), expected an expression on claims and user that gives what JSON can say',
    'f:6:66 inject.data.B.expression: is not taken ("It gives type"), expected an expression on claims and user that gives what JSON can say',
    'f:6:110 inject.mount.from.expression: is not taken ("It gives int"), expected an expression on claims and user that gives a map',
  ],
  [
    'data has one source',
    written({ inject: '{ data: { A: { expression: claims.a, claim: a } } }' }),
    'f:6:19 inject.data.A: has more than one source, expected claim, expression, header, file or url',
  ],
  [
    'provers of two directories, and names that an expression makes',
    written({
      jwt: "[{ issuer: { url: i, audiences: [a] }, keys: { jwksFile: k }, claimMappings: { username: { expression: 'claims.sub' } } }]",
      sso: "[{ name: p, proxies: [10.0.0.1], headers: { username: X-U }, dangerouslyTrustAddressOnly: true, prefix: 'sso-' }]",
    }),
    'f:5:7 jwt[0]: can give a name that sso[0] gives another user, expected a claimMappings.username.prefix of its own, whatever its capitals, or the same namespace in both where they have the same users',
  ],
];

test('each expression that is not taken is told at its place', async t => {
  for (const [rule, text, ...problems] of rows) t.strictSame(problemsOf(text), problems, rule);
});

test('what comes from the environment is not said', async t => {
  const text = issuer(
    `claimValidationRules: [{ expression: 'claims.a == "${variable('SECRET')}" && ${variable('SECRET')}' }]`,
  );
  t.strictSame(problemsOf(text, { SECRET: 's3cret' }), [
    `f:8:40 jwt[0].claimValidationRules[0].expression: is not taken at its character 25 ("…"), ${RULE}`,
  ]);
});

test('what is taken', async t => {
  const verified: readonly string[] = [
    "claimMappings: { username: { expression: 'claims.?email_verified.orValue(false) ? claims.email : claims.sub' } }",
    `claimMappings: { username: { expression: claims.email }, extra: [{ key: a.b/c, valueExpression: 'string(claims["email_verified"])' }] }`,
    "claimValidationRules: [{ expression: 'claims.email_verified == true' }]\n  claimMappings: { username: { expression: claims.email } }",
    'dangerouslyUnverifiedEmail: true\n  claimMappings: { username: { expression: claims.email } }',
  ];
  const pattern = "user: { pattern: '^[a-z@.]+$' }\n";
  for (const lines of verified) t.strictSame(problemsOf(issuer(lines) + pattern), [], lines);
  const prefixed = written({
    jwt: `[{ issuer: { url: 'https://i', audiences: [a] }, keys: { jwksFile: k }, claimMappings: { username: { expression: '"jwt-" + claims.sub' } } }]`,
    sso: "[{ name: p, proxies: [10.0.0.1], headers: { username: X-U }, dangerouslyTrustAddressOnly: true, prefix: 'sso-' }]",
    session: '{ keyFiles: [session.key] }',
  });
  t.strictSame(problemsOf(prefixed), [], 'a text that a sum begins with is a prefix');
  const mappings = good(
    issuer(
      "claimMappings: { username: { claim: sub }, uid: { expression: claims.sub }, extra: [{ key: a.b/c/D, valueExpression: 'null' }] }".replace(
        '/D',
        '/d',
      ),
    ),
  ).jwt[0]?.claimMappings;
  t.match(mappings, {
    username: { claim: 'sub', prefix: '' },
    uid: { expression: { source: 'claims.sub' } },
    extra: [{ key: 'a.b/c/d' }],
  });
});

test('an e-mail address as the name is worth a warning where the pattern has none', async t => {
  const text = issuer('dangerouslyUnverifiedEmail: true', 'claimMappings: { username: { expression: claims.email } }');
  t.strictSame(problemsOf(text), [
    'f:9:20 jwt[0].claimMappings.username: gives names that user.pattern refuses, expected a pattern for them, or names in user.map',
  ]);
});
