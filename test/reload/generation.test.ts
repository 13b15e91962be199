/** What only the files and the compiled policy show of a config is said at its place in the file. */

import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { machineClock } from '../../src/clock.ts';
import type { AskBounds } from '../../src/identity/keys/key-questions.ts';
import { openGeneration } from '../../src/reload/generation.ts';
import { makeAuthority } from '../clients/certificates.ts';
import { clockBy } from '../clock/settable-clock.ts';
import { makeFifo, makeIrregularFiles } from '../config/irregular-files.ts';

const keyIo = {
  ask: () => Promise.reject(new Error('nobody is asked')),
  clock: clockBy(() => 0),
  onEvent: () => undefined,
};

const huge = 'x'.repeat(512 * 1024 + 1);

type Lines = {
  readonly hub?: string;
  readonly issuer?: string;
  readonly user?: string;
  readonly keys?: string;
  readonly more?: string;
};

function configText(lines: Lines): string {
  return `publicUrl: https://hub.example.org
listen: [{ address: '127.0.0.1:0' }]
hub: { url: 'http://127.0.0.1:8000', ${lines.hub ?? 'authenticator: jhubauthenticators.HeaderAuthenticator'} }
trust: { proxies: [127.0.0.1/32] }
user: ${lines.user ?? '{ lowercase: true }'}
jwt: [{ issuer: { url: 'https://sso.example.org', audiences: [hub], ${lines.issuer ?? ''} }, keys: { ${lines.keys ?? "jwksUrl: 'https://sso.example.org/keys'"} } }]
${lines.more ?? ''}
`;
}

const endpointText = (...files: readonly string[]): string =>
  `introspection: [${files.map(one => one.replace('{', "{ url: 'https://e', clientId: c, issuer: { audiences: [a] }, claimMappings: { username: { prefix: 'x:' } }, namespace: n,")).join(', ')}]`;

const providerText = (files: string): string =>
  `inject: { mount: { from: { url: 'https://m.example/{user}', ${files} } }, data: { A: { url: 'https://d.example/{user}', ${files} } } }`;

const header = 'authenticator: jhubauthenticators.HeaderAuthenticator';
const bad: readonly [rule: string, lines: Lines, problems: readonly RegExp[]][] = [
  [
    'an extra header that only the gate may speak',
    { hub: `${header}, extraHeaders: [X-Good, X_Pomerium_Claim]` },
    [/^proxy\.yaml:3:\d+ hub\.extraHeaders\[1\]: is reserved/],
  ],
  [
    'two targets that the hub makes one user',
    { user: "{ lowercase: false, pattern: '^[A-Za-z]+$', map: { a: Alice, b: alice } }" },
    [/^proxy\.yaml:5:\d+ user\.map\.b: is made one user with another target/],
  ],
  [
    'targets of which the hub keeps the same, or nothing',
    {
      hub: 'authenticator: jhub_remote_login.DataRemoteUserAuthenticator',
      user: "{ pattern: '^[a-z.]+$', map: { a: alice.smith, b: alicesmith, c: '..' } }",
    },
    [
      /^proxy\.yaml:5:\d+ user\.map\.b: is made one user with another target/,
      /^proxy\.yaml:5:\d+ user\.map\.c: has nothing that the hub's authenticator keeps/,
    ],
  ],
  [
    'names that no user could come to have (user.unicode)',
    {
      user: "{ unicode: true, map: { a: сосо, b: weiß, c: иван, d: jürgen, 'ａ': ada }, allow: { users: ['aé\u03b1', 'łukasz', zoë] } }",
    },
    [
      /^proxy\.yaml:5:\d+ user\.map\.a: the hub's authenticator can not carry the name, expected another name/,
      /user\.map\.b: the name is another one where case is folded/,
      /user\.map\.c: the hub's authenticator can not carry the name/,
      /user\.map\["ａ"\]: the name holds a compatibility form/,
      /user\.allow\.users\[0\]: the name mixes scripts/,
      /user\.allow\.users\[1\]: the hub's authenticator can not carry the name/,
    ],
  ],
  [
    'a target in Cyrillic that looks like Latin (user.unicode)',
    {
      hub: 'authenticator: jhub_remote_auth_mount.RemoteUserAuthenticator',
      user: '{ unicode: true, map: { a: сосо } }',
    },
    [/user\.map\.a: the name looks like an ASCII name, expected another name/],
  ],
  [
    "data under the identity header's name, in another spelling (S5)",
    { more: 'inject: { data: { REMOTE_USER: { claim: nick } } }' },
    [/^proxy\.yaml:7:\d+ inject\.data\.REMOTE_USER: is the identity header's name/],
  ],
  [
    "a mount under the identity header's name",
    { more: 'inject: { mount: { header: remote-user, from: { claim: m } } }' },
    [/^proxy\.yaml:7:\d+ inject\.mount\.header: is the identity header's name/],
  ],
  [
    'a user whom every client could name',
    {
      more: "sso: [{ name: front, namespace: n, proxies: [127.0.0.1/32], dangerouslyTrustAddressOnly: true, prefix: 'f-', headers: { username: user_agent, groups: X-Groups, mail: Referer } }]",
      keys: "jwksUrl: 'https://sso.example.org/keys' }, namespace: n, claimMappings: { username: { prefix: 'j-' }",
    },
    [/^proxy\.yaml:7:\d+ sso\[0\]\.headers: is a field that every client sends/],
  ],
  [
    'a secret in a field that every client sends (T5)',
    {
      more: "sso: [{ name: front, namespace: n, proxies: [127.0.0.1/32], prefix: 'f-', headers: { username: X-User }, require: { sharedSecret: { header: User_Agent, files: [huge] } } }]",
      keys: "jwksUrl: 'https://sso.example.org/keys' }, namespace: n, claimMappings: { username: { prefix: 'j-' }",
    },
    [
      /^proxy\.yaml:7:\d+ sso\[0\]\.require\.sharedSecret\.header: is a field that every client sends/,
      /^proxy\.yaml:7:\d+ sso\[0\]\.require\.sharedSecret\.files\[0\]: "\/.*\/huge" is larger than 4096 bytes/,
    ],
  ],
  [
    'injected fields that browsers send by themselves',
    {
      more: 'inject: { user: { header: Origin }, mount: { header: Range, from: { claim: m } }, data: { Content_Type: { claim: c } } }',
    },
    [
      /^proxy\.yaml:7:\d+ inject\.user\.header: is a field that every client sends/,
      /^proxy\.yaml:7:\d+ inject\.mount\.header: is a field that every client sends/,
      /^proxy\.yaml:7:\d+ inject\.data\.Content_Type: is a field that every client sends/,
    ],
  ],
  [
    'an alias that no Host can be',
    { more: "publicAliases: ['0x7f.1', ok.example]" },
    [/^proxy\.yaml:7:\d+ publicAliases\[0\]: is no host that the gate serves/],
  ],
  [
    'a base path with two readings',
    { hub: `${header}, baseUrl: '/a%62/'` },
    [/^proxy\.yaml:3:\d+ hub\.baseUrl: can be read in more than one way/],
  ],
  [
    'a key file that is not there',
    { keys: 'pemFile: nope.pem' },
    [
      /^proxy\.yaml:6:\d+ jwt\[0\]\.keys\.pemFile: "\/.*\/nope\.pem" can not be read \(ENOENT\), expected a file with keys$/,
    ],
  ],
  [
    'a key file that is too large',
    { keys: 'jwksFile: huge' },
    [
      /^proxy\.yaml:6:\d+ jwt\[0\]\.keys\.jwksFile: "\/.*\/huge" is larger than 524288 bytes, expected a file with keys$/,
    ],
  ],
  [
    "an issuer's CA that is not there",
    { keys: 'caFile: nope.pem' },
    [
      /^proxy\.yaml:6:\d+ jwt\[0\]\.keys\.caFile: "\/.*\/nope\.pem" can not be read \(ENOENT\), expected a file with cert/,
    ],
  ],
  [
    "an issuer's CA that is none",
    { keys: 'caFile: empty' },
    [/^proxy\.yaml:6:\d+ jwt\[0\]\.keys\.caFile: "\/.*\/empty" holds no certificate, expected one or more \(PEM\)$/],
  ],
  [
    'a CA in the config that is none',
    { issuer: "certificateAuthority: 'MIIB'", keys: 'discovery: true' },
    [/^proxy\.yaml:6:\d+ jwt\[0\]\.issuer\.certificateAuthority: holds no certificate, expected one or more \(PEM\)$/],
  ],
  [
    'a CA in the config that can not be read',
    {
      issuer: 'certificateAuthority: "-----BEGIN CERTIFICATE-----\\nMIIB\\n-----END CERTIFICATE-----"',
      keys: 'discovery: true',
    },
    [/^proxy\.yaml:6:\d+ jwt\[0\]\.issuer\.certificateAuthority: holds a certificate that can not be read/],
  ],
  [
    'a token file that is too large',
    { more: 'admin: { tokenFile: huge }' },
    [/^proxy\.yaml:7:\d+ admin\.tokenFile: "\/.*\/huge" is larger than 65536 bytes, expected a file with a token$/],
  ],
  [
    'a token file that is not there',
    { more: 'admin: { tokenFile: nope }' },
    [/^proxy\.yaml:7:\d+ admin\.tokenFile: "\/.*\/nope" can not be read \(ENOENT\)/],
  ],
  [
    'a token file without a token',
    { more: 'admin: { tokenFile: empty }' },
    [/admin\.tokenFile: is empty, expected a file with a token/],
  ],
  [
    'files of providers that are no good, each at its key',
    { more: providerText('tokenFile: two-lines, caFile: empty') },
    [
      /inject\.mount\.from\.tokenFile: "\/.*\/two-lines" is empty or no one line, expected/,
      /inject\.mount\.from\.caFile: "\/.*\/empty" holds no certificate/,
      /inject\.data\.A\.tokenFile: "\/.*\/two-lines" is empty or no one line, expected/,
      /inject\.data\.A\.caFile: "\/.*\/empty" holds no certificate/,
    ],
  ],
  [
    'files of introspection endpoints that are no good, each at its key',
    {
      keys: "jwksUrl: 'https://k' }, namespace: n, claimMappings: { username: { prefix: 'y:' }",
      more: endpointText(
        '{ clientSecretFile: nope }',
        '{ clientSecretFile: empty, caFile: empty }',
        '{ clientSecretFile: two-lines, caFile: nope }',
      ),
    },
    [
      /introspection\[0\]\.clientSecretFile: "\/.*\/nope" can not be read \(ENOENT\), expected a file with a secret of one line/,
      /introspection\[1\]\.clientSecretFile: "\/.*\/empty" is empty or no one line, expected/,
      /introspection\[1\]\.caFile: "\/.*\/empty" holds no certificate/,
      /introspection\[2\]\.clientSecretFile: "\/.*\/two-lines" is empty or no one line/,
      /introspection\[2\]\.caFile: "\/.*\/nope" can not be read \(ENOENT\)/,
    ],
  ],
  [
    'a revocation list that is not there',
    { more: 'revocation: { file: nope }' },
    [
      /^proxy\.yaml:7:\d+ revocation\.file: "\/.*\/nope" can not be read \(ENOENT\), expected a file with a revocation list$/,
    ],
  ],
  [
    'every line of a revocation list that is no good',
    { more: 'revocation: { file: two-lines }' },
    [
      /^proxy\.yaml:7:\d+ revocation\.file: "\/.*\/two-lines" line 1 is not understood, expected `jti ISSUER VALUE`/,
      /^proxy\.yaml:7:\d+ revocation\.file: "\/.*\/two-lines" line 2 is not understood/,
    ],
  ],
  [
    'an audit file in a directory that is not there',
    { more: 'log: { audit: nope/audit.log }' },
    [
      /^proxy\.yaml:7:15 log\.audit: "\/.*\/nope\/audit\.log" can not be written \(ENOENT\), expected a file in a directory that is there/,
    ],
  ],
  [
    'an audit file below a file',
    { more: 'log: { audit: proxy.yaml/audit.log }' },
    [/^proxy\.yaml:7:15 log\.audit: "\/.*\/audit\.log" can not be written \(ENOTDIR\)/],
  ],
  [
    'an audit file that is a directory',
    { more: 'log: { audit: . }' },
    [/^proxy\.yaml:7:15 log\.audit: is a directory, expected a file in it/],
  ],
  [
    'files, rules and keys that are bad by themselves, all at once, in the order of the file',
    {
      hub: `url: nowhere, ${header}`,
      user: '{ map: { a: root } }',
      keys: 'pemFile: nope.pem',
      more: 'admin: { tokenFile: nope }\nlog: { audit: nope/audit.log, lvel: info }\nmode: observe',
    },
    [
      /:3:\d+ hub\.url: stands here for the second time/,
      /:5:\d+ user\.map\.a: is in user\.reserved/,
      /:6:\d+ jwt\[0\]\.keys\.pemFile: .*ENOENT/,
      /:7:\d+ admin\.tokenFile: .*ENOENT/,
      /:8:15 log\.audit: .*ENOENT/,
      /:8:\d+ log\.lvel: unknown key/,
      /:9:7 mode: not available yet/,
    ],
  ],
  [
    'what only the policy shows, beside a broken rule',
    { hub: `${header}, extraHeaders: [X-Pomerium-Groups]`, user: '{ map: { a: root } }' },
    [/hub\.extraHeaders\[0\]/, /user\.map\.a/],
  ],
  [
    'all of them at once',
    { hub: `${header}, extraHeaders: [X-Pomerium-Groups]`, keys: 'pemFile: nope.pem' },
    [/hub\.extraHeaders\[0\]/, /jwt\[0\]\.keys\.pemFile/],
  ],
];

for (const [rule, lines, expected] of bad) {
  t.test(rule, async t => {
    const folder = t.testdir();
    writeFileSync(join(folder, 'proxy.yaml'), configText(lines));
    writeFileSync(join(folder, 'empty'), '');
    writeFileSync(join(folder, 'two-lines'), 'one\ntwo\n');
    writeFileSync(join(folder, 'huge'), huge);
    const opened = await openGeneration({ configPath: join(folder, 'proxy.yaml'), env: {}, keyIo });
    if (opened.ok) throw new Error('the config was taken');
    t.match(
      opened.problems.map(problem => problem.slice(folder.length + 1)),
      expected,
    );
    t.equal(opened.problems.length, expected.length);
  });
}

const hmacKeys = "secretFile: hmac }, algorithms: [HS256], namespace: n, claimMappings: { username: { prefix: 'y:' }";

t.test('what a good config gives of its providers', async t => {
  const authority = makeAuthority();
  const folder = t.testdir({
    'proxy.yaml': configText({ keys: hmacKeys, more: providerText('tokenFile: t, caFile: ca') }),
    hmac: 'x'.repeat(32),
    t: 'to.ken==\n',
    ca: authority.cert,
  });
  const opened = await openGeneration({ configPath: join(folder, 'proxy.yaml'), env: {}, keyIo });
  if (!opened.ok) throw new Error(opened.problems.join());
  const { providers, files } = opened.generation;
  const shown = { authorization: 'Bearer to.ken==', ca: authority.cert, timeoutMs: 2000, cacheForMs: 0 };
  t.match(providers, [
    { header: 'Mount', url: 'https://m.example/{user}', expires: true, ...shown },
    { header: 'A', url: 'https://d.example/{user}', expires: false, ...shown },
  ]);
  t.match(providers[0]?.check({ HOST: 'h' }), { reason: 'data-invalid' }, 'a mount has a form');
  t.equal(providers[1]?.check({ HOST: 'h' }), null, 'data have none');
  t.ok(
    ['t', 'ca'].every(name => files.includes(join(folder, name))),
    'both are watched',
  );
  await writeFile(join(folder, 't'), 'two words\n');
  const again = await openGeneration({ configPath: join(folder, 'proxy.yaml'), env: {}, keyIo });
  t.match(again, { ok: false, problems: [/tokenFile: "\/.*\/t" holds no bearer token, expected/, /tokenFile/] });
  t.notMatch(JSON.stringify(again), 'two words');
  opened.generation.keys.close();
});

t.test('what a good config gives of its endpoints and its list', async t => {
  const more = `${endpointText('{ clientSecretFile: secret }')}\nrevocation: { file: revoked }`;
  const folder = t.testdir({
    'proxy.yaml': configText({ keys: hmacKeys, more }),
    secret: 'p+w\n',
    hmac: 'x'.repeat(32),
    revoked: 'sub https://sso.example.org a\nsub https://e a\njti * b\nsub https://typo.example.org a\n',
  });
  const opened = await openGeneration({ configPath: join(folder, 'proxy.yaml'), env: {}, keyIo });
  if (!opened.ok) throw new Error(opened.problems.join());
  const { endpoints, files } = opened.generation;
  const authorization = `Basic ${Buffer.from('c:p%2Bw').toString('base64')}`;
  t.strictSame(endpoints, [
    { entry: 'introspection[0]', url: 'https://e', authorization, ca: null, timeoutMs: 5000, cacheForMs: 30_000 },
  ]);
  t.ok(
    ['secret', 'revoked'].every(name => files.includes(join(folder, name))),
    'both are watched',
  );
  t.match(opened.warnings, [
    /jwt\[0\]\.claimMappings\.username: gives names that user\.pattern refuses/,
    /introspection\[0\]\.claimMappings\.username: gives names that user\.pattern refuses/,
    /revocation\.file: names 1 issuers that no entry of jwt or introspection has/,
  ]);
  t.notMatch(opened.warnings.join(), /typo/);
  opened.generation.keys.close();
});

t.test('what is no regular file is told at its key, and nobody waits for it', async t => {
  const folder = t.testdir();
  const configPath = join(folder, 'proxy.yaml');
  for (const [kind, file] of await makeIrregularFiles(t)) {
    for (const key of ['jwksFile', 'pemFile', 'secretFile']) {
      writeFileSync(configPath, configText({ keys: `${key}: '${file}'`, more: `admin: { tokenFile: '${file}' }` }));
      const opened = await openGeneration({ configPath, env: {}, keyIo });
      if (opened.ok) throw new Error('the config was taken');
      const told = opened.problems.map(problem => problem.slice(folder.length + 1).replace(/:\d+ /, ':N '));
      const keys = `proxy.yaml:6:N jwt[0].keys.${key}: "${file}" is no regular file, expected a file with keys`;
      const token = `proxy.yaml:7:N admin.tokenFile: "${file}" is no regular file, expected a file with a token`;
      t.ok(told.includes(keys), `${kind} as ${key}: ${told}`);
      t.ok(told.includes(token), `${kind} as token`);
    }
  }
});

t.test('a config may come through a pipe at the start, and not when it is read again', async t => {
  const folder = t.testdir();
  const configPath = join(folder, 'proxy.yaml');
  makeFifo(configPath);
  const writing = writeFile(configPath, configText({}));
  const first = await openGeneration({ configPath, env: {}, keyIo });
  await writing;
  if (!first.ok) throw new Error(first.problems.join());
  t.teardown(() => first.generation.keys.close());
  const again = await openGeneration({ configPath, env: {}, keyIo, previous: first.generation.keys });
  t.match(again, { ok: false, problems: [`${configPath}:1:1: is no regular file, expected a config file`] });
  for (const [kind, file] of await makeIrregularFiles(t)) {
    const other = await openGeneration({ configPath: file, env: {}, keyIo, previous: first.generation.keys });
    t.match(other, { ok: false, problems: [/is no regular file, expected a config file$/] }, kind);
  }
});

t.test('nothing is asked for while a CA is no good, and then under the CA of each issuer', async t => {
  const [filed, written] = [makeAuthority('in a file'), makeAuthority('in the config')];
  const folder = t.testdir({ 'ca.crt': 'none' });
  const configPath = join(folder, 'proxy.yaml');
  const claimMappings = (prefix: string): unknown => ({ username: { prefix }, groups: { prefix } });
  const entries = [
    {
      issuer: { url: 'https://a.example', audiences: ['hub'] },
      keys: { caFile: 'ca.crt' },
      claimMappings: claimMappings('a-'),
    },
    {
      issuer: { url: 'https://b.example/', audiences: ['hub'], certificateAuthority: written.cert },
      claimMappings: claimMappings('b-'),
    },
    {
      issuer: { url: 'lab', audiences: ['hub'], discoveryURL: 'https://c.example/x' },
      claimMappings: claimMappings('c-'),
    },
  ];
  writeFileSync(configPath, configText({}).replace(/^jwt: .*$/m, `jwt: ${JSON.stringify(entries)}`));
  const asked: unknown[] = [];
  const io = {
    ...keyIo,
    clock: machineClock,
    ask: (url: string, { ca }: AskBounds) => {
      asked.push([url, ca]);
      return Promise.reject(new Error('away'));
    },
  };
  const bad = await openGeneration({ configPath, env: {}, keyIo: io });
  t.match(bad, {
    ok: false,
    problems: [/jwt\[0\]\.keys\.caFile: .* holds no certificate/],
    files: [configPath, join(folder, 'ca.crt')],
  });
  t.strictSame(asked, []);
  writeFileSync(join(folder, 'ca.crt'), filed.cert);
  const good = await openGeneration({ configPath, env: {}, keyIo: io });
  if (!good.ok) throw new Error(good.problems.join());
  t.teardown(() => good.generation.keys.close());
  t.strictSame(asked, [
    ['https://a.example/.well-known/openid-configuration', filed.cert],
    ['https://b.example/.well-known/openid-configuration', written.cert],
    ['https://c.example/x', undefined],
  ]);
  t.ok(good.generation.files.includes(join(folder, 'ca.crt')), 'the file is watched');
  const asBefore = asked.length;
  const same = await openGeneration({ configPath, env: {}, keyIo: io, previous: good.generation.keys });
  t.equal(asked.length, asBefore, 'a reload goes on');
  writeFileSync(join(folder, 'ca.crt'), written.cert);
  const other = await openGeneration({ configPath, env: {}, keyIo: io, previous: good.generation.keys });
  t.strictSame(asked.slice(asBefore), [['https://a.example/.well-known/openid-configuration', written.cert]]);
  for (const opened of [same, other]) if (opened.ok) opened.generation.keys.close();
});

t.test('one target for two names is what a map is for', async t => {
  const folder = t.testdir({ 'proxy.yaml': configText({ user: '{ map: { a: alice, b: alice } }' }) });
  const opened = await openGeneration({ configPath: join(folder, 'proxy.yaml'), env: {}, keyIo });
  t.ok(opened.ok);
  if (opened.ok) opened.generation.keys.close();
});
