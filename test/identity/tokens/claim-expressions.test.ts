/** Expressions on tokens, as an operator writes them: Kubernetes' documented examples pasted, and what a refusal says. */
import t from 'tap';
import { parseConfig } from '../../../src/config/load.ts';
import { formatProblem } from '../../../src/config/problems.ts';
import type { Expression } from '../../../src/expression/compile.ts';
import type { Finding } from '../../../src/gate/lookups.ts';
import type { Look, Prover } from '../../../src/gate/policy.ts';
import { refuse } from '../../../src/gate/reasons.ts';
import { type BearerTokenProver, bearerTokenProver } from '../../../src/identity/tokens/bearer-token.ts';
import { compilePolicy } from '../../../src/policy.ts';
import { makeKey, mintToken } from '../token-maker.ts';

const now = 1_800_000_000_000;
const seconds = now / 1000;
const key = makeKey('ES256', 'k1');

/** A prover for `jwt`, as YAML lists it; `keys` is the gate's own and stands in every entry. `user`: what stands in that block. */
function proverFor(jwt: string, user = ''): Prover {
  const withKeys = jwt.replaceAll(/^- issuer:$/gm, '- keys: { jwksFile: k }\n  issuer:');
  const text = `publicUrl: https://hub.example
listen: [{ address: '127.0.0.1:0' }]
hub: { url: 'http://127.0.0.1:1', authenticator: jhub_remote_auth_mount.RemoteUserAuthenticator }
trust: { proxies: [127.0.0.1/32] }
user: { ${user} }
jwt:
${withKeys}`;
  const parsed = parseConfig(text, 'f', {});
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  const [prover] = compilePolicy(parsed.config, 'test').provers;
  if (prover === undefined) throw new Error('no prover');
  return prover;
}

type More = Readonly<Record<string, unknown>>;

function tokenWith(more: More): string {
  return mintToken(key, { iss: 'https://example.com', aud: 'my-app', exp: seconds + 600, ...more });
}

function prove(prover: Prover, more: More, finding: Finding | null = { what: 'signature' }): unknown {
  const token = tokenWith(more);
  const findings = new Map<string, Finding>(finding === null ? [] : [[`signature:${token}`, finding]]);
  const look: Look = { now, findings };
  return prover.prove({ authorization: `Bearer ${token}` } as Parameters<Prover['prove']>[0], look);
}

// The configurations of kubernetes.io/docs/reference/access-authn-authz/authentication (CC BY 4.0), as they stand there.
const mappings = `  claimMappings:
    username:
      expression: 'claims.username + ":external-user"'
    groups:
      expression: 'claims.roles.split(",")'
    uid:
      expression: 'claims.sub'
    extra:
    - key: 'example.com/tenant'
      valueExpression: 'claims.tenant'
  userValidationRules:
  - expression: "!user.username.startsWith('system:')" # the expression will evaluate to true, so validation will succeed.
    message: 'username cannot used reserved system: prefix'
`;
const issuer = `- issuer:
    url: https://example.com
    audiences:
    - my-app
`;
const hosted = `  claimValidationRules:
  - expression: 'claims.hd == "example.com"' # the token below does not have this claim, so validation will fail.
    message: the hd claim must be set to example.com
`;
const systemUser = mappings.replace(
  `'claims.username + ":external-user"'`,
  `'"system:" + claims.username' # this will prefix the username with "system:" and will fail user validation.`,
);
const complete = `- issuer:
    url: https://example.com
    audiences:
    - my-app
    - my-other-app
    audienceMatchPolicy: MatchAny
  claimValidationRules:
  - claim: hd
    requiredValue: example.com
  - expression: 'claims.hd == "example.com"'
    message: the hd claim must be set to example.com
  - expression: 'claims.exp - claims.nbf <= 86400'
    message: total token lifetime must not exceed 24 hours
${mappings}  - expression: "user.groups.all(group, !group.startsWith('system:'))"
    message: 'groups cannot used reserved system: prefix'
`;

const payload = {
  exp: seconds + 600,
  iat: seconds - 600,
  jti: '7c337942807e73caa2c30c868ac0ce910bce02ddcbfebe8c23b8b5f27ad62873',
  nbf: seconds - 600,
  roles: 'user,admin',
  sub: 'auth',
  tenant: '72f988bf-86f1-41af-91ab-2d7cd011db4a',
  username: 'foo',
};

t.test("Kubernetes' documented examples, pasted", async t => {
  t.match(prove(proverFor(issuer + mappings), payload), {
    username: 'foo:external-user',
    uid: 'auth',
    groups: ['user', 'admin'],
    extra: new Map([['example.com/tenant', ['72f988bf-86f1-41af-91ab-2d7cd011db4a']]]),
  });
  t.match(prove(proverFor(issuer + hosted + mappings), payload), {
    reason: 'claim-invalid',
    detail: 'the hd claim must be set to example.com',
    inAudit: 'claimValidationRules[0] names a claim that the token has not',
  });
  const withHost = { ...payload, hd: 'example.com' };
  t.match(prove(proverFor(issuer + hosted + systemUser), withHost), {
    reason: 'not-allowed',
    detail: 'username cannot used reserved system: prefix',
    inAudit: 'userValidationRules[0] is not true',
  });
  const all = proverFor(complete);
  t.match(prove(all, withHost), { username: 'foo:external-user', groups: ['user', 'admin'] });
  t.match(prove(all, payload), { reason: 'claim-invalid', detail: 'claim hd has not its requiredValue' });
  t.match(prove(all, { ...withHost, nbf: seconds - 86_400 }), {
    reason: 'claim-invalid',
    detail: 'total token lifetime must not exceed 24 hours',
    inAudit: 'claimValidationRules[2] is not true',
  });
  t.match(prove(all, { ...withHost, roles: 'user,system:masters' }), {
    reason: 'not-allowed',
    detail: 'groups cannot used reserved system: prefix',
  });
});

t.test('an e-mail address as the name, as Kubernetes has it (J11)', async t => {
  const rule = `  claimValidationRules: [{ expression: 'claims.?email_verified.orValue(true) == true' }]\n`;
  const byAddress = proverFor(`${issuer}${rule}  claimMappings: { username: { expression: claims.email } }`);
  t.match(prove(byAddress, { email: 'a@b.example', email_verified: true }), { username: 'a@b.example' });
  t.match(
    prove(byAddress, { email: 'a@b.example' }),
    { username: 'a@b.example' },
    'the rule lets an absent claim pass',
  );
  for (const email_verified of [false, 'true', 1, null, {}])
    t.match(
      prove(byAddress, { email: 'a@b.example', email_verified }),
      { reason: 'claim-invalid' },
      String(email_verified),
    );
  const cut = proverFor(
    `${issuer}  claimMappings: { username: { expression: 'claims.email_verified ? claims.email.split("@")[0] : claims.sub' } }`,
  );
  t.match(prove(cut, { email: 'alice@b.example', email_verified: true }), { username: 'alice' });
  const odd = [
    'root@evil@b.example',
    'root',
    'ro ot@b.example',
    '"root"@b.example',
    'root@b.example\r\n',
    ['root@b.example'],
    7,
    null,
  ];
  for (const email of odd)
    t.strictSame(
      prove(cut, { email, email_verified: true }),
      { kind: 'refuse', reason: 'claim-invalid', detail: 'email is not one plain address' },
      `J11 ${String(email)}`,
    );
});

const plain = `${issuer}  claimMappings: { username: { claim: sub } `;

t.test('what mappings give', async t => {
  const groups = proverFor(`${plain}, groups: { expression: claims.roles } }`);
  const rows: readonly [roles: unknown, groups: unknown][] = [
    ['a', ['a']],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [
      ['a', '', 'b'],
      ['a', 'b'],
    ],
    ['', []],
    [[], []],
    [null, []],
    [['a', 7], undefined],
    [[['a']], undefined],
    [7, undefined],
    [true, undefined],
    [{ a: 'b' }, undefined],
  ];
  for (const [roles, expected] of rows) {
    const outcome = prove(groups, { sub: 'alice', roles });
    const detail = 'claimMappings.groups.expression gives no text and no list of texts';
    t.match(
      outcome,
      expected === undefined ? { reason: 'claim-invalid', detail } : { groups: expected },
      JSON.stringify(roles),
    );
  }
  t.match(prove(groups, { sub: 'alice' }), {
    reason: 'claim-invalid',
    detail: 'claimMappings.groups.expression names a claim that the token has not',
  });
  const extra = proverFor(
    `${plain}, extra: [{ key: a.b/team, valueExpression: claims.team }, { key: a.b/always, valueExpression: '["x", "y"]' }] }`,
  );
  t.match(prove(extra, { sub: 'alice', team: ['p', '', 'q'] }), {
    extra: new Map([
      ['a.b/team', ['p', 'q']],
      ['a.b/always', ['x', 'y']],
    ]),
  });
  for (const team of ['', [], null, ['']])
    t.strictSame(
      (prove(extra, { sub: 'alice', team }) as { extra: unknown }).extra,
      new Map([['a.b/always', ['x', 'y']]]),
      JSON.stringify(team),
    );
  t.match(prove(extra, { sub: 'alice', team: 7 }), {
    reason: 'claim-invalid',
    detail: 'claimMappings.extra[0].valueExpression gives no text and no list of texts',
  });
  const names = proverFor(`${issuer}  claimMappings: { username: { expression: claims.name }, uid: { claim: id } }`);
  t.match(prove(names, { name: 'alice', id: 'u-1' }), { username: 'alice', uid: 'u-1' });
  t.match(prove(names, { name: 'alice' }), { reason: 'claim-invalid', detail: 'claim id is not a non-empty string' });
  t.match(prove(names, { name: '', id: 'x' }), {
    reason: 'claim-invalid',
    detail: 'claimMappings.username.expression gives an empty text',
  });
  for (const name of [7, null, ['alice'], { toString: 'alice' }, true])
    t.match(prove(names, { name, id: 'x' }), {
      reason: 'claim-invalid',
      detail: 'claimMappings.username.expression gives no text',
    });
});

t.test('a refusal never says what a claim holds', async t => {
  const secret = 's3cret-value';
  const prover = proverFor(
    `${issuer}  claimValidationRules: [{ expression: 'int(claims.a) == 1' }, { expression: 'claims.b > 1' }]
  claimMappings: { username: { expression: 'claims.c + claims.d' }, groups: { expression: 'claims.e.map(x, x.f)' } }
  userValidationRules: [{ expression: 'int(user.username) == 1' }]`,
  );
  const fine = { a: '1', b: 2, c: '1', d: '', e: [{ f: 'g' }] };
  t.match(prove(prover, fine), { username: '1', groups: ['g'] });
  for (const [name, value] of Object.entries({ a: secret, b: secret, c: { [secret]: secret }, d: secret, e: secret })) {
    const outcome = prove(prover, { ...fine, [name]: value });
    t.match(outcome, { reason: 'claim-invalid' }, name);
    t.notMatch(JSON.stringify(outcome), /s3cret/, name);
  }
  t.match(prove(prover, { ...fine, d: secret }), {
    detail: 'userValidationRules[0] can not be evaluated on this token',
    reason: 'claim-invalid',
  });
  t.match(prove(prover, { ...fine, z: 'x'.repeat(9000) }), {
    reason: 'claim-invalid',
    detail: 'claimValidationRules[0] can not be evaluated on claims as large as these',
  });
});

/** A prover whose rules and mapping are one expression each, which gives whatever `evaluate` does. */
function proverWith(evaluate: Expression['evaluate'], where: 'claimRules' | 'userRules' | 'both'): BearerTokenProver {
  const rule = {
    expression: { source: '', leadingText: '', claims: new Set<string>(), anyClaim: false, evaluate },
    message: null,
    place: 'it',
  };
  return bearerTokenProver([
    {
      url: 'https://example.com',
      audiences: new Set(['my-app']),
      anyAudience: false,
      algorithms: new Set(['ES256']),
      type: 'any',
      clockToleranceMs: 0,
      maxAgeMs: 0,
      requiredClaims: [],
      claimRules: where === 'userRules' ? [] : [rule],
      username: { claim: 'sub', prefix: '' },
      unverifiedEmail: false,
      userRules: where === 'claimRules' ? [] : [rule],
    },
  ]);
}

t.test('nothing but true lets a token through', async t => {
  const token = tokenWith({ sub: 'alice' });
  const look: Look = { now, findings: new Map([[`signature:${token}`, { what: 'signature' }]]) };
  const reasonOf = (value: unknown, where: 'claimRules' | 'userRules'): unknown =>
    proverWith(() => ({ value }), where).prove({ authorization: `Bearer ${token}` }, look);
  for (const value of [false, null, undefined, 1, 1n, 'true', [], {}, Promise.resolve(true)]) {
    t.match(reasonOf(value, 'claimRules'), { reason: 'claim-invalid', detail: 'it is not true' }, String(value));
    t.match(reasonOf(value, 'userRules'), { reason: 'not-allowed', detail: 'it is not true' }, String(value));
  }
  t.match(reasonOf(true, 'claimRules'), { username: 'alice' });
  t.match(reasonOf(true, 'userRules'), { username: 'alice' });
});

t.test('rules look at a token once, and not before its signature holds', async t => {
  let looked = 0;
  const prover = proverWith(() => {
    looked += 1;
    return { value: true };
  }, 'both');
  const token = tokenWith({ sub: 'alice' });
  const request = { authorization: `Bearer ${token}` };
  t.match(prover.prove(request, { now, findings: new Map() }), { kind: 'lookup' });
  const unheld = new Map<string, Finding>([[`signature:${token}`, refuse('token-signature')]]);
  t.match(prover.prove(request, { now, findings: unheld }), { reason: 'token-signature' });
  t.equal(looked, 0, 'nothing is evaluated for who has no signature');
  const held = new Map<string, Finding>([[`signature:${token}`, { what: 'signature' }]]);
  const first = prover.prove(request, { now, findings: held });
  t.match(first, { username: 'alice' });
  t.equal(prover.prove(request, { now: now + 1, findings: held }), first, 'the very same proof');
  t.equal(looked, 2, 'one look at each rule');
});

/** Some 60 % of what the expressions of a token may do together, with as many members as there may be. */
const heavy = 'claims.a.all(x, claims.a.all(y, x == y))';

function proverRuledBy(claimRules: readonly string[], userRules: readonly string[] = []): Prover {
  const listed = (rules: readonly string[]): string => JSON.stringify(rules.map(expression => ({ expression })));
  return proverFor(`- issuer:
    url: https://example.com
    audiences: [my-app]
  claimValidationRules: ${listed(claimRules)}
  userValidationRules: ${listed(userRules)}
  claimMappings:
    username: { expression: claims.username }
    groups: { expression: claims.a }
`);
}

t.test('all expressions on a token share what they may do', async t => {
  const claims = { username: 'alice', a: Array(1000).fill('x') };
  const good = { username: 'alice' };
  const tooMuch = (inAudit: string): unknown => ({ reason: 'claim-invalid', inAudit });
  t.match(prove(proverRuledBy([heavy]), claims), good);
  const twice = proverRuledBy([heavy, heavy]);
  t.match(prove(twice, claims), tooMuch('claimValidationRules[1] can not be evaluated on this token'));
  t.match(prove(twice, { ...claims, a: ['x'] }), good, 'of a token that is no bother');
  for (const more of [1, 2, 3])
    t.match(prove(proverRuledBy([heavy]), { ...claims, more }), good, `another token begins anew (${more})`);
  const onUser = proverRuledBy([heavy], ['user.groups.all(x, user.groups.all(y, x == y))']);
  t.match(prove(onUser, claims), tooMuch('userValidationRules[0] can not be evaluated on this token'));
  const hidden = proverRuledBy([heavy, `${heavy} || true`]);
  t.match(prove(hidden, claims), tooMuch('claimValidationRules[1] can not be evaluated on this token'));
  const many = proverRuledBy(Array.from({ length: 60 }, () => `${heavy} || true`));
  t.match(prove(many, claims), tooMuch('claimValidationRules[1] can not be evaluated on this token'), 'sixty of them');
});

const names = (rule: string): string => `${issuer}  claimMappings: { username: { claim: name, prefix: '' } }
  userValidationRules: [{ expression: '${rule}', message: not you }]
`;

const spellings: readonly (readonly [what: string, rule: string, name: string, user: string, isTaken: boolean])[] = [
  ['as it is', 'user.username != "mallory"', 'mallory', '', false],
  ['in capitals', 'user.username != "mallory"', 'Mallory', '', false],
  ['in capitals, that stay', 'user.username != "mallory"', 'Mallory', 'lowercase: false', true],
  ['in capitals, and the rule is on what is not there', 'user.username == "mallory"', 'Mallory', '', false],
  ['by its beginning', '!user.username.startsWith("system:")', 'SYSTEM:x', '', false],
  ['decomposed', 'user.username != "günther"', 'gu\u0308nther', 'unicode: true', false],
  ['decomposed, in capitals', 'user.username != "günther"', 'GU\u0308NTHER', 'unicode: true', false],
  [
    'decomposed, and capitals stay',
    'user.username != "Günther"',
    'Gu\u0308nther',
    'unicode: true, lowercase: false',
    false,
  ],
  ['another', 'user.username != "mallory"', 'Alice', '', true],
];

t.test('a rule on a name holds for every spelling that is this user', async t => {
  for (const [what, rule, name, user, isTaken] of spellings) {
    const outcome = prove(proverFor(names(rule), user), { name });
    t.match(outcome, isTaken ? { username: name } : { reason: 'not-allowed', detail: 'not you' }, `${what}: ${rule}`);
  }
});
