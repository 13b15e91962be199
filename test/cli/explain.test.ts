/** hubgate explain: golden tellings of requests that are forwarded and that are refused, and which rule is said to have fired. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type Test, test } from 'tap';
import type { Report } from '../../src/cli/explain/report.ts';
import { serveHere } from '../clients/loopback-server.ts';
import { makeProof, thumbprintOf } from '../identity/holders/proof-maker.ts';
import { jwksBytes, makeKey, publicJwk } from '../identity/token-maker.ts';
import { config, type IssuerDesk, makeIssuerDesk, mountKey, now } from './issuer-desk.ts';
import type { Said } from './run-command.ts';

const arrival = ['--header', 'X-Forwarded-For: 203.0.113.9'];
const explain = (desk: IssuerDesk, args: readonly string[], stdin = '', file = '@proxy.yaml'): Promise<Said> =>
  desk.run(['explain', '--config', file, '--now', now, ...args], stdin);

const head = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;

interface Golden {
  readonly name: string;
  readonly code: 0 | 1;
  readonly args: readonly string[];
  /** What the token is made with. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly stdin?: string;
}

/** Each told in `explained/NAME.txt`. */
const goldens: readonly Golden[] = [
  {
    name: 'login',
    code: 0,
    claims: { preferred_username: 'Alice', state: 'ready', groups: ['lab'] },
    args: [
      ...['--path', '/hub/login?next=//evil.example&theme=dark', ...arrival, '--header', 'Remote_User: root'],
      ...['--header', 'X-Weird: 1', '--header', 'Connection: X-Hop', '--header', 'X-Hop: 1', '--header', 'Accept: */*'],
      ...['--header', 'Cookie: _xsrf=2|secret; token=secret; jupyterhub-user-bob=secret; jupyterhub-hub-login=secret'],
    ],
  },
  {
    name: 'websocket',
    code: 0,
    claims: {},
    args: [
      ...['--path', '/user/alice/api/kernels/k/channels?session_id=s', ...arrival, '--header', 'X-App: kept'],
      ...['--header', 'Connection: Upgrade', '--header', 'Upgrade: websocket', '--header', 'Sec-WebSocket-Version: 13'],
      ...['--header', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '--header', 'Origin: https://hub.example.org'],
    ],
  },
  {
    name: 'assertion',
    code: 0,
    args: [
      ...['--peer', '10.42.0.7', '--method', 'POST', '--path', '/hub/api/users/ada/server', ...arrival],
      ...['--header', 'X-Auth-Request-Preferred-Username: Ada@Example.org', '--header', 'Content-Length: 12'],
    ],
  },
  { name: 'public', code: 0, args: ['--path', '/hub/static/logo.png', ...arrival, '--header', 'Cookie: a=b'] },
  { name: 'refused-peer', code: 1, args: ['--peer', '192.0.2.1', '--path', '/hub/home'] },
  {
    name: 'refused-wire',
    code: 1,
    args: ['--request', '-'],
    stdin: head('GET /hub/home HTTP/1.1', 'Host : hub.example.org'),
  },
  { name: 'refused-path', code: 1, args: ['--path', '/user/alice/%2e%2e/hub/admin'] },
  { name: 'refused-expired', code: 1, claims: { exp: 1_893_455_000 }, args: ['--path', '/hub/home'] },
  {
    name: 'refused-denied',
    code: 1,
    claims: { preferred_username: 'Mallory' },
    args: ['--path', '/hub/home', '--header', 'Cookie: a=b'],
  },
  { name: 'refused-mount', code: 1, claims: { preferred_username: 'ada@example.org' }, args: ['--path', '/hub/login'] },
];

async function told({ args, claims, stdin }: Golden, desk: IssuerDesk): Promise<Said> {
  if (claims === undefined) return explain(desk, args, stdin);
  desk.write('token', `${desk.token(claims)}\n`);
  return explain(desk, [...args, '--token', '@token'], stdin);
}

test('providers are asked, and nothing that they say is shown unasked', async t => {
  const desk = makeIssuerDesk(t);
  const secret = 'a-private-key-of-alice';
  const answers: Readonly<Record<string, unknown>> = {
    '/mounts/alice': { HOST: 'h', USERNAME: 'u', PATH: 'p', MOUNTSSHPRIVATEKEY: secret, PORT: secret },
    '/state/alice': { secret },
  };
  const url = await serveHere(t, (request, response) => {
    const answer = answers[request.url ?? ''];
    response.writeHead(answer === undefined ? 500 : 200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer));
  });
  const data = (path: string): string => `{ State: { url: '${url}/${path}/{user}' } }`;
  const inject = (path: string): string =>
    `{ mount: { from: { url: '${url}/mounts/{user}' }, keys: [PORT] }, data: ${data(path)} }`;
  desk.write('providers.yaml', config({ inject: inject('state') }));
  desk.write('down.yaml', config({ inject: inject('down') }));
  desk.write('token', `${desk.token()}\n`);
  const args = ['--path', '/hub/login', '--token', '@token'];
  const said = await explain(desk, args, '', '@providers.yaml');
  t.equal(said.code, 0);
  t.match(said.stdout, /looked up: provider +answered/);
  t.match(said.stdout, /^State: <\d+ bytes masked>\\r\\n$/m);
  t.match(said.stdout, /"MOUNTSSHPRIVATEKEY":"<22 bytes masked>","PORT":"<22 bytes masked>"\}/);
  t.notMatch(said.stdout + said.stderr, secret);
  t.match((await explain(desk, [...args, '--show-secrets'], '', '@providers.yaml')).stdout, secret);
  const refused = await explain(desk, args, '', '@down.yaml');
  t.equal(refused.code, 1);
  t.match(refused.stdout, /looked up: provider +data-unavailable, the provider for State answered with status 500/);
  t.match(refused.stdout, /^Rule: inject\.data\.State, down\.yaml:/m);
});

test('what is posted behind a login, and each header once', async t => {
  const desk = makeIssuerDesk(t);
  const authenticator = 'jhub_remote_auth_mount.MountRemoteUserAuthenticator';
  const hub = `{ url: http://127.0.0.1:9, authenticator: ${authenticator} }`;
  desk.write('mount.yaml', config({ hub, inject: "{ mount: { from: { file: 'mounts-{user}.json' } } }" }));
  desk.write('token', `${desk.token()}\n`);
  const said = await explain(desk, ['--path', '/hub/login', '--token', '@token'], '', '@mount.yaml');
  t.equal(said.code, 0, said.stderr);
  t.equal(said.stdout.match(/^ +written +Remote-User /gm)?.length, 1);
  t.match(
    said.stdout,
    /^ +delivered +POST \/hub\/mount with Remote-User and Mount, once the hub has answered the login/m,
  );
});

test('a name with a space is said to have one', async t => {
  const desk = makeIssuerDesk(t);
  desk.write('token', `${desk.token({ preferred_username: 'Alice Smith' })}\n`);
  const said = await explain(desk, ['--path', '/hub/login', '--token', '@token']);
  t.match(said.stdout, /the name has a space, or a character beyond printable ASCII/);
});

test('golden tellings', async t => {
  const desk = makeIssuerDesk(t);
  for (const golden of goldens) {
    const expected = readFileSync(new URL(`explained/${golden.name}.txt`, import.meta.url), 'utf8');
    t.same(await told(golden, desk), { code: golden.code, stdout: expected, stderr: '' }, golden.name);
  }
});

/** Behind the last dot of a token stands its signature, and nothing else is as secret. */
const signatureOf = (token: string): string => token.split('.')[2] ?? token;

interface RefusedRow {
  readonly rule: string;
  readonly args: readonly string[];
  readonly config?: Readonly<Record<string, string>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly stage: string;
  readonly reason: string;
  /** The key that is said to have fired; null where none has. */
  readonly key: string | null;
}

const home = ['--path', '/hub/home'];
const socket = [
  ...['--path', '/user/alice/ws', '--header', 'Connection: Upgrade', '--header', 'Upgrade: websocket'],
  ...['--header', 'Sec-WebSocket-Version: 13', '--header', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
];
const spoof = ['--header', 'Remote-User: root'];
const hubToken = ['--header', 'Authorization: token 0123456789abcdef'];
const asserted = ['--peer', '10.42.0.7', '--header', 'X-Auth-Request-Preferred-Username: alice'];

const expressed = {
  jwt: `
  - issuer: { url: https://sso.example.org, audiences: [jupyterhub] }
    namespace: lab
    keys: { jwksFile: keys.json }
    algorithms: [ES256]
    claimValidationRules:
    - { claim: hd, requiredValue: example.org }
    - { expression: claims.level > 1, message: hub.headerBudget is no key of this rule }
    claimMappings:
      username: { expression: claims.preferred_username }
      extra: [{ key: a.b/c, valueExpression: claims.team }]
    userValidationRules: [{ expression: user.username != 'bob' }]`,
};
const endpointText = (url: string): string =>
  `[{ url: '${url}', clientId: gate, clientSecretFile: keys.json, namespace: lab, issuer: { audiences: [jupyterhub] } }]`;

/** A token that is refused for what it claims. */
function byClaims(
  rule: string,
  claims: RefusedRow['claims'] & object,
  [stage, reason, key]: readonly [stage: string, reason: string, key: string],
  config: Readonly<Record<string, string>> = {},
): RefusedRow {
  return { rule, args: home, claims, config, stage, reason, key };
}

const refusedRows: readonly RefusedRow[] = [
  byClaims(
    'an expression on claims',
    { level: 1, team: 'x' },
    ['authenticate', 'claim-invalid', 'jwt[0].claimValidationRules[1]'],
    expressed,
  ),
  byClaims(
    'an expression that makes the name',
    { level: 2, team: 'x', preferred_username: 7 },
    ['authenticate', 'claim-invalid', 'jwt[0].claimMappings.username.expression'],
    expressed,
  ),
  byClaims(
    'an expression that makes what is extra',
    { level: 2, team: 7 },
    ['authenticate', 'claim-invalid', 'jwt[0].claimMappings.extra[0].valueExpression'],
    expressed,
  ),
  byClaims(
    'an expression on the user',
    { level: 2, team: 'x', preferred_username: 'bob' },
    ['authenticate', 'not-allowed', 'jwt[0].userValidationRules[0]'],
    expressed,
  ),
  {
    rule: 'a peer',
    args: [...home, '--peer', '::1'],
    stage: 'peer trust',
    reason: 'peer-untrusted',
    key: 'trust.proxies',
  },
  {
    rule: 'the Unix socket',
    args: [...home, '--peer', 'unix'],
    stage: 'peer trust',
    reason: 'peer-untrusted',
    key: 'trust.unixPeers',
  },
  {
    rule: 'a Host',
    args: [...home, '--header', 'Host: evil.example'],
    stage: 'sanitise',
    reason: 'host-unknown',
    key: 'publicUrl',
  },
  {
    rule: 'a spoof',
    args: [...home, ...spoof],
    config: { inject: '{ onSpoof: refuse }' },
    stage: 'sanitise',
    reason: 'header-spoofed',
    key: 'inject.onSpoof',
  },
  {
    rule: 'a long target',
    args: ['--path', `/hub/${'x'.repeat(9000)}`],
    stage: 'sanitise',
    reason: 'target-too-long',
    key: 'limits.targetBytes',
  },
  {
    rule: 'too many fields',
    args: home,
    config: { limits: '{ headers: 10 }' },
    stage: 'sanitise',
    reason: 'headers-too-large',
    key: 'limits.headers',
  },
  {
    rule: 'a large body',
    args: ['--method', 'POST', ...home, '--header', 'Content-Length: 9'],
    config: { limits: '{ bodyBytes: 8 }' },
    stage: 'sanitise',
    reason: 'body-too-large',
    key: 'limits.bodyBytes',
  },
  { rule: 'the own path', args: ['--path', '/hubgate/x'], stage: 'sanitise', reason: 'path-reserved', key: null },
  {
    rule: "the gate's endpoint",
    args: ['--path', '/hub/set-user-data'],
    stage: 'sanitise',
    reason: 'endpoint-refused',
    key: 'hub.authenticator',
  },
  { rule: 'no proof', args: home, stage: 'authenticate', reason: 'credential-missing', key: null },
  {
    rule: 'a hub token',
    args: [...home, ...hubToken],
    stage: 'authenticate',
    reason: 'hub-token-refused',
    key: 'hub.apiTokens',
  },
  byClaims('an issuer', { iss: 'https://x' }, ['authenticate', 'token-issuer', 'jwt']),
  byClaims('an audience', { aud: 'x' }, ['authenticate', 'token-audience', 'jwt[0].issuer.audiences']),
  byClaims('a claim', { hd: 'x' }, ['authenticate', 'claim-invalid', 'jwt[0].claimValidationRules[0]']),
  byClaims('a name', { preferred_username: '-x' }, ['map identity', 'user-invalid', 'user.pattern']),
  {
    rule: 'another user',
    args: [...home, ...asserted],
    claims: { preferred_username: 'ada@example.org' },
    stage: 'map identity',
    reason: 'credentials-disagree',
    key: null,
  },
  byClaims('a list', { preferred_username: 'bob' }, ['authorise', 'not-allowed', 'user.allow']),
  {
    rule: 'an origin',
    args: [...socket, '--header', 'Origin: https://evil.example'],
    claims: {},
    stage: 'authorise',
    reason: 'origin-refused',
    key: 'webSocket.origins',
  },
  {
    rule: 'a hub that does not answer',
    args: ['--path', '/user/alice/api', ...asserted, ...hubToken],
    stage: 'authorise',
    reason: 'hub-unreachable',
    key: null,
  },
  byClaims('a revoked subject', { sub: 'gone' }, ['authenticate', 'token-revoked', 'revocation.file'], {
    revocation: '{ file: revoked }',
  }),
  {
    rule: 'an endpoint that does not answer',
    args: [...home, '--header', 'Authorization: Bearer opaque'],
    config: { introspection: endpointText('http://127.0.0.1:9') },
    stage: 'authenticate',
    reason: 'introspection-unavailable',
    key: 'introspection[0]',
  },
  {
    rule: 'a budget',
    args: ['--path', '/user/alice/x', '--header', `X-Big: ${'x'.repeat(5000)}`],
    claims: {},
    config: {
      hub: '{ url: http://127.0.0.1:9, authenticator: jhubauthenticators.HeaderAuthenticator, headerBudget: 4KiB }',
    },
    stage: 'inject',
    reason: 'headers-too-large',
    key: 'hub.headerBudget',
  },
  {
    rule: 'a data header',
    args: ['--path', '/hub/login'],
    claims: { state: 'a\nb' },
    stage: 'inject',
    reason: 'data-invalid',
    key: 'inject.data.State',
  },
];

test('the stage, the reason and the key that fired', async t => {
  const desk = makeIssuerDesk(t);
  desk.write('revoked', 'sub https://sso.example.org gone\n');
  for (const { rule, args, claims, config: changes = {}, stage, reason, key } of refusedRows) {
    desk.write('changed.yaml', config(changes));
    const many =
      rule === 'too many fields' ? Array.from({ length: 11 }, (_, at) => ['--header', `X-${at}: 1`]).flat() : [];
    if (claims !== undefined) desk.write('token', desk.token(claims));
    const all = [...args, ...many, ...(claims === undefined ? [] : ['--token', '@token'])];
    const said = await explain(desk, [...all, '--json'], '', '@changed.yaml');
    const stderr = reason === 'introspection-unavailable' ? 'introspection[0]: ECONNREFUSED\n' : '';
    t.match(said, { code: 1, stderr }, rule);
    const { stages, refusal, hub, outcome }: Report = JSON.parse(said.stdout);
    const refused = stages.find(each => each.outcome === 'refused')?.stage;
    t.same(
      { refused, reason: refusal?.reason, key: refusal?.rule?.key ?? null, hub, outcome },
      { refused: stage, reason, key, hub: null, outcome: 'refused' },
      rule,
    );
  }
});

test('what an introspection endpoint answers, and the rule that refuses it', async t => {
  const desk = makeIssuerDesk(t);
  let answer: Readonly<Record<string, unknown>> = {};
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const place = server.address();
  const url = `http://127.0.0.1:${typeof place === 'object' ? place?.port : ''}/introspect`;
  desk.write('opaque.yaml', config({ introspection: endpointText(url) }));
  const report = async (told: typeof answer): Promise<Report> => {
    answer = told;
    const args = ['--path', '/hub/home', '--header', 'Authorization: Bearer opaque', '--json'];
    return JSON.parse((await explain(desk, args, '', '@opaque.yaml')).stdout);
  };
  const factsOf = ({ stages }: Report) => stages.find(({ stage }) => stage === 'authenticate')?.facts ?? [];
  const good = { active: true, token_type: 'Bearer', username: 'alice', aud: 'jupyterhub', exp: 1_893_459_600 };
  const told = factsOf(await report(good));
  const looked = 'looked up: introspection';
  t.match(
    told.find(({ name }) => name === looked),
    { value: 'active at introspection[0]' },
  );
  t.match(
    told.find(({ name }) => name === 'bearer'),
    { value: url, rule: { key: 'introspection[0]' } },
  );
  const rules: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
    [{ ...good, aud: 'other' }, 'introspection[0].issuer.audiences'],
    [{ ...good, token_type: 'N_A' }, 'introspection[0].type'],
    [{ ...good, exp: 1 }, 'introspection[0].clockTolerance'],
    [{ ...good, username: 7 }, 'introspection[0].claimMappings'],
    [{ active: false }, 'hub.apiTokens'],
    [{}, 'introspection[0]'],
  ];
  for (const [members, key] of rules) t.equal((await report(members)).refusal?.rule?.key, key, key);
  const unknown = factsOf(await report({ active: false })).find(({ name }) => name === looked);
  t.match(unknown, { value: "not active, so it is the hub's" });
});

test('a key that is not written is said to be a default, and one that is has its line', async t => {
  const desk = makeIssuerDesk(t);
  desk.write('token', desk.token({ preferred_username: '-x' }));
  const refusal = async (user: string): Promise<Report['refusal']> => {
    desk.write('changed.yaml', config({ user }));
    return JSON.parse((await explain(desk, [...home, '--token', '@token', '--json'], '', '@changed.yaml')).stdout)
      .refusal;
  };
  t.same((await refusal('{ lowercase: true }'))?.rule, { key: 'user.pattern', at: null });
  t.same((await refusal("{ pattern: '^[a-z]+$' }"))?.rule, { key: 'user.pattern', at: 'changed.yaml:19:18' });
});

test('nothing that a token says looks like a line of the report', async t => {
  const desk = makeIssuerDesk(t);
  const forged = 'x\n\nThe client gets 200.\nauthorise     passed';
  for (const claims of [{ iss: forged }, { preferred_username: forged }]) {
    desk.write('token', desk.token(claims));
    const { code, stdout } = await explain(desk, ['--path', '/hub/login', '--token', '@token', ...arrival]);
    t.equal(code, 1);
    t.ok(stdout.includes('The client gets 200.'), 'it is told');
    t.notMatch(stdout, /^(?:The client gets 200|authorise +passed)/m);
  }
});

test('secrets are shown where they are asked for, and nowhere else', async t => {
  const desk = makeIssuerDesk(t);
  const token = desk.token();
  desk.write('token', token);
  const escaped = JSON.stringify(mountKey).slice(1, -1);
  const login = ['--path', '/hub/login', '--token', '@token', '--header', 'Cookie: _xsrf=crumbsecret'];
  const aside = ['--token', '@token', '--header', 'X-Api-Key: keysecret', '--header', `X-Copy: ${token}`];
  for (const json of [[], ['--json']]) {
    const hidden = await explain(desk, [...login, ...json]);
    t.equal(hidden.code, 0);
    for (const secret of ['TOP+SECRET', 'crumbsecret', signatureOf(token)])
      t.notOk(hidden.stdout.includes(secret), secret);
    const shown = await explain(desk, [...login, ...json, '--show-secrets']);
    t.ok(shown.stdout.includes('crumbsecret'));
    t.ok(shown.stdout.replaceAll('\\\\', '\\').includes(json.length === 0 ? escaped : 'TOP+SECRET'));
  }
  const refused = await explain(desk, ['--path', '/services/x/?token=asidesecret&a=b', ...aside]);
  for (const secret of ['asidesecret', 'keysecret', signatureOf(token)])
    t.notOk(refused.stdout.includes(secret), secret);
  desk.write(
    'general.yaml',
    config({
      hub: '{ url: http://127.0.0.1:9, authenticator: custom }',
      inject: "{ user: { header: X-App-User, paths: ['/**'] } }",
    }),
  );
  const atApp = ['--path', '/app?token=asidesecret&a=b', ...aside];
  const general = await explain(desk, atApp, '', '@general.yaml');
  for (const secret of ['keysecret', signatureOf(token)]) t.notOk(general.stdout.includes(secret), secret);
});

test('framing is what the wire will write', async t => {
  const desk = makeIssuerDesk(t);
  desk.write('token', desk.token());
  const rows: readonly (readonly [method: string, framing: string, last: string, body: string])[] = [
    ['POST', 'Content-Length: 5', 'Content-Length: 5', 'stream'],
    ['POST', 'Content-Length: 0', 'Content-Length: 0', 'stream'],
    ['POST', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked', 'stream'],
    ['DELETE', 'Content-Length: 5', 'Content-Length: 5', 'measure'],
    ['DELETE', 'Transfer-Encoding: chunked', 'X-Scheme: https', 'measure'],
  ];
  for (const [method, framing, last, body] of rows) {
    const args = ['--method', method, '--path', '/hub/api/x', '--header', framing, '--token', '@token', '--json'];
    const { hub }: Report = JSON.parse((await explain(desk, args)).stdout);
    t.same([hub?.head.at(-2), hub?.body], [`${last}\\r\\n`, body], `${method} ${framing}`);
  }
});

test('whom a PROXY header names is told, and stands for the client', async t => {
  const desk = makeIssuerDesk(t);
  const named = await explain(desk, ['--path', '/hub/static/x', '--source', '203.0.113.7']);
  t.match(named.stdout, /PROXY header +203\.0\.113\.7\n +client +203\.0\.113\.7 /);
  t.match(named.stdout, 'X-Forwarded-For: 203.0.113.7\\r\\n');
  t.match(
    (await explain(desk, ['--path', '/hub/static/x', '--source', 'none'])).stdout,
    /PROXY header +names nobody\n/,
  );
});

test('a raw head is read as the wire reads it', async t => {
  const desk = makeIssuerDesk(t);
  const lines = ['GET /hub/static/x HTTP/1.1', 'Host: hub.example.org', 'X-Forwarded-For: 203.0.113.9'];
  desk.write('crlf', head(...lines));
  desk.write('lf', `${lines.join('\n')}\n\n`);
  desk.write('utf8', Buffer.from(head(...lines, 'Accept: caf\u00e9')));
  const bytes = await explain(desk, ['--request', '@crlf']);
  t.equal(bytes.code, 0);
  t.same(await explain(desk, ['--request', '@lf', '--lf']), bytes);
  t.same(await explain(desk, ['--request', '-'], head(...lines)), bytes);
  const argued = lines.slice(2).flatMap(line => ['--header', line]);
  t.same(await explain(desk, ['--path', '/hub/static/x', ...argued]), bytes);
  t.match((await explain(desk, ['--request', '@utf8'])).stdout, 'Accept: caf\\xc3\\xa9\\r\\n\n');
  t.match((await explain(desk, ['--path', '/hub/static/x', '--header', 'Accept: caf\u00e9'])).stdout, 'caf\\xc3\\xa9');
  for (const [text, why] of [
    [lines.join('\n'), 'CR, LF or NUL stands where none may'],
    [head('GET /hub/static/x HTTP/1.1', 'Host: a', 'X:\ty'), 'a tab stands around a field value'],
    [head('BREW /hub/static/x HTTP/1.1', 'Host: a'), 'a method that this transport does not know'],
    ['\x16\x03\x01', 'TLS, which this listener does not speak'],
    [`${head('CONNECT a:1 HTTP/1.1', 'Host: a:1', 'Content-Length: 2')}{}`, 'bytes before the switch was answered'],
    [
      `${head('GET /user/a/ HTTP/1.1', 'Host: a', 'Upgrade: websocket', 'Connection: Upgrade')}\x81\0`,
      'bytes before the switch was answered',
    ],
  ] as const) {
    const said = await explain(desk, ['--request', '-'], text);
    t.match(said, { code: 1, stderr: '' }, why);
    t.ok(said.stdout.includes(`Why: ${why}\n`), `${why}: ${said.stdout}`);
  }
});

/** A server on loopback that answers by path, and counts what it was asked. */
async function answering(
  t: Test,
  answers: Readonly<Record<string, string>>,
): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const answer = answers[request.url ?? ''];
    response.writeHead(answer === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
    response.end(answer ?? '{}');
  });
  t.teardown(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, asked };
}

test('the hub is asked whose a token is, as the door does', async t => {
  const desk = makeIssuerDesk(t);
  const beside = ['--path', '/user/alice/api', ...asserted, ...hubToken];
  const silent = await explain(desk, beside);
  t.match(silent.stdout, /looked up: hub-token-owner +hub-unreachable, the hub could not be asked whose token it is/);
  for (const [owner, code, told] of [
    ['alice', 0, 'Authorization: token <16 bytes masked>'],
    ['bob', 1, "Why: the hub token is another user's"],
  ] as const) {
    const hub = await answering(t, { '/hub/api/user': JSON.stringify({ name: owner, kind: 'user' }) });
    desk.write(
      'hub.yaml',
      config({ hub: `{ url: '${hub.url}', authenticator: jhubauthenticators.HeaderAuthenticator }` }),
    );
    const said = await explain(desk, beside, '', '@hub.yaml');
    t.match(said, { code, stderr: '' }, owner);
    t.match(said.stdout, new RegExp(`looked up: hub-token-owner +of the hub's user ${owner}`));
    t.ok(said.stdout.includes(told), said.stdout);
    t.same(hub.asked, ['/hub/api/user'], 'the request itself is not forwarded');
  }
});

test('keys behind a URL are fetched once, and it is said where they can not be', async t => {
  const desk = makeIssuerDesk(t);
  const issuer = await answering(t, { '/jwks': Buffer.from(jwksBytes(publicJwk(desk.key))).toString() });
  desk.write('token', desk.token());
  const withKeys = (path: string): string => `
  - issuer: { url: https://sso.example.org, audiences: [jupyterhub] }
    namespace: lab
    keys: { jwksUrl: '${issuer.url}${path}' }
    algorithms: [ES256]
    claimMappings: { username: { claim: preferred_username, prefix: '' } }`;
  desk.write('url.yaml', config({ jwt: withKeys('/jwks') }));
  const found = await explain(desk, [...home, '--token', '@token'], '', '@url.yaml');
  t.match(found, { code: 0, stderr: '' });
  t.notMatch(found.stdout, 'keys could not be had');
  t.same(issuer.asked, ['/jwks']);
  desk.write('url.yaml', config({ jwt: withKeys('/none') }));
  const missing = await explain(desk, [...home, '--token', '@token'], '', '@url.yaml');
  t.equal(missing.code, 1);
  t.match(missing.stdout, /keys could not be had +answered with status 404 +\[jwt\[0\]\.keys, url\.yaml:9:/);
  t.match(missing.stdout, 'The client gets 503 keys-unavailable.');
});

test('what a browser gets in the place of a refusal is told, as the door gives it', async t => {
  const desk = makeIssuerDesk(t);
  desk.write('session-key', 'k'.repeat(64));
  const session = `{ keyFiles: [session-key], loginUrl: 'https://www.example.org/login?next={url}' }`;
  desk.write('session.yaml', config({ session }));
  const rows: readonly (readonly [args: readonly string[], told: string])[] = [
    [
      ['--path', '/hub/home', '--header', 'Accept: text/html'],
      'The client gets 302 to https://www.example.org/login?next=https%3A%2F%2Fhub.example.org%2Fhub%2Fhome, in place of 401 credential-missing.',
    ],
    [['--path', '/hub/home'], 'The client gets 401 credential-missing.'],
    [
      ['--path', '/hub/logout', '--header', 'Accept: text/html'],
      'The client gets 303 to /hubgate/logged-out, in place of 401 credential-missing.',
    ],
    [
      [
        ...['--path', '/user/alice/api/kernels/00000000-0000-0000-0000-000000000000'],
        ...['--header', 'Sec-Fetch-Mode: cors'],
      ],
      'The client gets 503 session-awaited.',
    ],
  ];
  for (const [args, told] of rows) {
    const said = await explain(desk, [...args, ...arrival], '', '@session.yaml');
    t.equal(said.code, 1);
    t.ok(said.stdout.includes(`\n${told}\n`), said.stdout);
  }
  desk.write('keys-alone.yaml', config({ session: '{ keyFiles: [session-key] }' }));
  const nowhere = await explain(desk, ['--path', '/hubgate/start', ...arrival], '', '@keys-alone.yaml');
  t.match(nowhere, { code: 1, stdout: /\nThe client gets 404 path-reserved\.\nWhy: session\.loginUrl is not set\n/ });
  const { stdout } = await explain(desk, [...(rows[2]?.[0] ?? []), ...arrival, '--json'], '', '@session.yaml');
  t.match((JSON.parse(stdout) as Report).refusal, {
    reason: 'credential-missing',
    instead: { status: 303, location: '/hubgate/logged-out' },
  });
});

test('a command line that does not fit ends with 64, a bad config with 78', async t => {
  const desk = makeIssuerDesk(t);
  desk.write('half', 'GET / HTTP/1.1\r\nHost: a\r\n');
  const rows: readonly (readonly [args: readonly string[], told: string])[] = [
    [['--request', '-', '--path', '/'], '--request is a whole head: it goes without --method, --path and --header'],
    [['--request', '-', '--token', '-'], '--request and --token can not both come from the standard input'],
    [['--peer', 'localhost'], '--peer takes an IP address, or unix'],
    [['--source', '1.2'], '--source takes an IP address, or none'],
    [['--request', '@none'], 'none can not be read (ENOENT)'],
    [['--token', '@none'], 'none can not be read (ENOENT)'],
    [['--request', '/dev/zero'], '/dev/zero is larger than 1048576 bytes'],
    [['--token', '/dev/zero'], '/dev/zero is larger than 1048576 bytes'],
    [['--request', '@half'], 'half holds no whole head'],
    [['--now', 'x'], '--now: expected a time'],
    [['--path', '/a', '--path', '/b'], '--path is given more than once'],
    [['--heder', 'a: b'], 'Unknown argument'],
  ];
  for (const [args, told] of rows) {
    const said = await explain(desk, args.includes('--now') ? [] : args);
    const tried = args.includes('--now') ? await desk.run(['explain', '--config', '@proxy.yaml', ...args]) : said;
    t.match(tried, { code: 64, stdout: '' }, told);
    t.ok(tried.stderr.startsWith(`hubgate: ${told}`), `${told}; was ${tried.stderr}`);
  }
  desk.write('bad.yaml', config({ publicUrl: 'x' }));
  t.match(await explain(desk, [], '', '@bad.yaml'), { code: 78, stdout: '', stderr: /^bad\.yaml:1:12 publicUrl: / });
});

test('a bound token is told with its proof, by the time that the command is given', async t => {
  const desk = makeIssuerDesk(t);
  const holder = makeKey('ES256');
  const token = desk.token({ cnf: { jkt: thumbprintOf(holder) } });
  const url = 'https://hub.example.org/user/alice/lab';
  const proof = makeProof(holder, { token, url, at: Date.parse(now) / 1000 });
  const ask = (path: string): Promise<Said> =>
    explain(desk, [
      ...['--path', path, ...arrival],
      ...['--header', `Authorization: DPoP ${token}`, '--header', `DPoP: ${proof}`],
    ]);
  const forwarded = await ask('/user/alice/lab');
  t.equal(forwarded.code, 0);
  t.match(forwarded.stdout, /looked up: dpop-proof +holds\n/);
  t.notMatch(forwarded.stdout, proof.split('.')[2] ?? '', 'the proof is not shown');
  const refused = await ask('/user/alice/tree');
  t.equal(refused.code, 1);
  t.match(refused.stdout, /The client gets 401 dpop-invalid\.\n *Why: htu is another URL\n/);
});
