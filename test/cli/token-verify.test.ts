/** hubgate token verify: each check of the gate, in its order, and what is said of the one that fails. */
import { test } from 'tap';
import { makeKey } from '../identity/token-maker.ts';
import { config, type IssuerDesk, makeIssuerDesk, now } from './issuer-desk.ts';
import type { Said } from './run-command.ts';

const order = [
  'form',
  'issuer',
  'header',
  'holder',
  'audience',
  'time',
  'key',
  'signature',
  'claims',
  'user',
  'allowed',
];

function verify(desk: IssuerDesk, token: string, file = '@proxy.yaml'): Promise<Said> {
  return desk.run(['token', 'verify', '--config', file, '--now', now], `${token}\n`);
}

/** The check that failed, and the lines behind the checks. */
function failureIn({ stdout }: Said): { check: string | undefined; reached: string[]; told: string } {
  const lines = stdout.split('\n');
  const rows = lines.slice(0, lines.indexOf('')).map(line => line.split(/\s+/));
  return {
    check: rows.find(([, outcome]) => outcome === 'FAILED')?.[0],
    reached: rows.filter(([, outcome]) => outcome === 'ok').map(([check = '']) => check),
    told: lines.slice(lines.indexOf('') + 1).join('\n'),
  };
}

test('a token that the gate takes: every check says what it looked at', async t => {
  const desk = makeIssuerDesk(t);
  const said = await verify(desk, desk.token());
  t.same(said, {
    code: 0,
    stderr: '',
    stdout: `form      ok
issuer    ok          iss "https://sso.example.org"; jwt[0], proxy.yaml:7:5
header    ok          alg "ES256", typ absent; allowed: ES256
holder    ok          cnf absent
audience  ok          aud "jupyterhub"; expected: jupyterhub
time      ok          iat 2029-12-31T23:59:00Z (60 s ago), exp 2030-01-01T01:00:00Z (in 60 min)
key       ok          kid "k", of 1 usable key
signature ok
claims    ok
user      ok          "alice" is "alice", and "alice" to the hub
allowed   ok

The gate takes this token.
`,
  });
});

interface Row {
  readonly rule: string;
  readonly token: (desk: IssuerDesk) => string;
  readonly check: string;
  /** The reason id, and more of what is said. */
  readonly told: readonly string[];
}

const unsigned = (token: string): string => `${token.slice(0, token.lastIndexOf('.') + 1)}AAAA`;

type Members = Readonly<Record<string, unknown>>;

/** A token whose claims say this. */
function claiming(rule: string, claims: Members, check: string, ...told: readonly string[]): Row {
  return { rule, token: desk => desk.token(claims), check, told };
}

/** A token whose header says this. */
function heading(rule: string, header: Members, check: string, ...told: readonly string[]): Row {
  return { rule, token: desk => desk.token({}, header), check, told };
}

const rows: readonly Row[] = [
  { rule: 'an opaque token', token: () => 'opaque', check: 'form', told: ['hub-token-refused'] },
  { rule: 'an encrypted token', token: () => 'a.b.c.d.e', check: 'form', told: ['token-malformed'] },
  { rule: 'two words', token: () => 'two words', check: 'form', told: ['request-ambiguous'] },
  { rule: 'nothing', token: () => '', check: 'form', told: ['request-ambiguous'] },
  { rule: 'padding', token: desk => `${desk.token()}=`, check: 'form', told: ['token-malformed'] },
  { rule: 'what no header carries', token: desk => `${desk.token()}\x07`, check: 'form', told: ['request-ambiguous'] },
  {
    rule: 'longer than any head',
    token: () => `a.b.${'c'.repeat(20_000)}`,
    check: 'form',
    told: ['headers-too-large', 'rule: limits.headerBytes, by default'],
  },
  claiming('no issuer of ours', { iss: 'https://x' }, 'issuer', 'token-issuer', 'rule: jwt, proxy.yaml:6:1'),
  claiming(
    'a slash too many',
    { iss: 'https://sso.example.org/' },
    'issuer',
    'token-issuer',
    'The two differ in the slash at the end only.',
  ),
  claiming('no iss', { iss: undefined }, 'issuer', 'token-issuer'),
  claiming('an iss that is a list', { iss: ['https://sso.example.org'] }, 'issuer', 'token-issuer'),
  heading('alg none', { alg: 'none' }, 'header', 'token-algorithm', 'rule: jwt[0].algorithms, proxy.yaml:10:5'),
  heading('a key in the header', { jwk: {} }, 'header', 'token-algorithm', '(jwk)'),
  heading('a kid that is no text', { kid: 5 }, 'header', 'token-malformed', '(kid)'),
  claiming('bound to a key', { cnf: { jkt: 'x' } }, 'holder', 'token-bound'),
  claiming(
    'another audience',
    { aud: 'elsewhere' },
    'audience',
    'token-audience',
    'rule: jwt[0].issuer.audiences, proxy.yaml:7:',
  ),
  claiming('no exp', { exp: undefined }, 'time', 'token-malformed', 'exp is absent'),
  claiming('expired', { exp: 1_893_455_000 }, 'time', 'token-expired', 'rule: jwt[0].clockTolerance, by default'),
  claiming('of the future', { nbf: 1_893_459_999 }, 'time', 'token-not-yet-valid'),
  heading('an unknown kid', { kid: 'other' }, 'key', 'token-key-unknown', 'rule: jwt[0].keys, proxy.yaml:9:'),
  {
    rule: "another key's signature",
    token: desk => desk.token({}, {}, makeKey('ES256', 'k')),
    check: 'signature',
    told: ['token-signature'],
  },
  {
    rule: 'a signature that is none',
    token: desk => unsigned(desk.token()),
    check: 'signature',
    told: ['token-signature'],
  },
  claiming(
    'a claim rule',
    { hd: 'x' },
    'claims',
    'claim-invalid',
    'rule: jwt[0].claimValidationRules[0], proxy.yaml:11:',
  ),
  claiming(
    'a username that is none',
    { preferred_username: 7 },
    'claims',
    'claim-invalid',
    'rule: jwt[0].claimMappings, proxy.yaml:12:',
  ),
  claiming('a name that does not fit', { preferred_username: 'a b' }, 'user', 'user-invalid'),
  claiming(
    'a reserved name',
    { preferred_username: 'root' },
    'user',
    'user-invalid',
    'rule: user.reserved, by default',
  ),
  claiming(
    'the target of a map',
    { preferred_username: 'ada' },
    'user',
    'user-ambiguous',
    'rule: user.map, proxy.yaml:20:',
  ),
  claiming(
    'denied',
    { preferred_username: 'mallory' },
    'allowed',
    'not-allowed',
    'rule: user.deny.users, proxy.yaml:22:',
  ),
  claiming(
    'not on the list',
    { preferred_username: 'bob' },
    'allowed',
    'not-allowed',
    'rule: user.allow, proxy.yaml:21:',
  ),
];

test('a token that the gate refuses: the checks before hold, the one that fails is said, those behind are not reached', async t => {
  const desk = makeIssuerDesk(t);
  for (const { rule, token, check, told } of rows) {
    const text = token(desk);
    const said = await verify(desk, text);
    const failure = failureIn(said);
    t.match(said, { code: 1, stderr: '' }, rule);
    t.equal(failure.check, check, rule);
    t.same(failure.reached, order.slice(0, order.indexOf(check)), rule);
    for (const each of told) t.ok(failure.told.includes(each), `${rule}: ${each}; was ${failure.told}`);
    const signature = text.split('.')[2] ?? '';
    if (signature.length > 4) t.notOk(said.stdout.includes(signature), `${rule}: the signature is not shown`);
  }
});

test('names that the hub folds, and claims that a terminal would obey', async t => {
  const desk = makeIssuerDesk(t);
  t.match(
    (await verify(desk, desk.token({ preferred_username: 'Ada@Example.org' }))).stdout,
    '"Ada@Example.org" is "ada", and "ada" to the hub',
  );
  const said = await verify(desk, desk.token({ iss: '\u001b[31m\u202e' }));
  t.match(said.stdout, '\\u001b[31m\\u202e');
});

test('keys that can not be fetched are said', async t => {
  const desk = makeIssuerDesk(t);
  const jwt = `
  - issuer: { url: https://sso.example.org, audiences: [jupyterhub] }
    namespace: lab
    keys: { jwksUrl: 'http://127.0.0.1:1/jwks' }
    algorithms: [ES256]
    claimMappings: { username: { claim: preferred_username, prefix: '' } }`;
  desk.write('url.yaml', config({ jwt }));
  const said = await verify(desk, desk.token(), '@url.yaml');
  t.equal(failureIn(said).check, 'key');
  t.match(said, { code: 1, stdout: /kid "k", of 0 usable keys; last fault: ECONNREFUSED\n/ });
  t.match(said.stdout, /refused: keys-unavailable, 503\nrule: jwt\[0\]\.keys, url\.yaml:9:/);
});

test('where every path is public, and where proxies come through a Unix socket, a token is verified all the same', async t => {
  const desk = makeIssuerDesk(t);
  desk.write('unix.yaml', config({ trust: '{ proxies: [], unixPeers: true }', sso: '[]', public: "['/hub/**']" }));
  t.match(await verify(desk, desk.token(), '@unix.yaml'), { code: 0, stderr: '' });
  t.equal(failureIn(await verify(desk, desk.token({ aud: 'x' }), '@unix.yaml')).check, 'audience');
});

test('a bad config ends with 78, a command line that does not fit with 64', async t => {
  const desk = makeIssuerDesk(t);
  desk.write('bad.yaml', config({ publicUrl: 'x', trust: '{}' }));
  const bad = await verify(desk, desk.token(), '@bad.yaml');
  t.match(bad, { code: 78, stdout: '' });
  t.match(bad.stderr, /^bad\.yaml:1:12 publicUrl: .*\nbad\.yaml:4:/);
  desk.write('sso.yaml', config({ jwt: '[]', inject: '{}' }));
  const usage: readonly (readonly [args: readonly string[], told: string])[] = [
    [['--config', '@proxy.yaml', '--now', 'noon'], '--now: expected a time such as'],
    [['--config', '@sso.yaml'], 'the config has no jwt and no introspection entry'],
    [
      ['--config', '@proxy.yaml', '--url', 'https://hub.example.org/'],
      '--url and --method say what a DPoP proof is for',
    ],
    [['--config', '@proxy.yaml', '--dpop', 'p', '--url', 'hub/home'], '--url takes an absolute URL'],
    [['--config', '@proxy.yaml', '--dpop', 'p', '--method', 'a b'], '--method takes a method'],
    [['--config', '@proxy.yaml', '--client-certificate', '@proxy.yaml'], '--client-certificate takes a file'],
    [['--config', '@proxy.yaml', '--client-certificate', '@nobody'], '--client-certificate takes a file'],
    [[], 'no config file, expected --config FILE'],
    [['--config', '@proxy.yaml', 'a', 'b'], 'Unknown argument: b'],
  ];
  for (const [args, told] of usage) {
    const said = await desk.run(['token', 'verify', ...args]);
    t.match(said, { code: 64, stdout: '' }, told);
    t.ok(said.stderr.startsWith(`hubgate: ${told}`), said.stderr);
  }
});
