/** What only the compiled policy shows of a config is said at its place in the file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openGeneration } from '../src/reload/generation.ts';

const keyIo = { ask: () => Promise.reject(new Error('nobody is asked')), now: () => 0, onEvent: () => undefined };

function configText(lines: { readonly hub?: string; readonly user?: string; readonly keys?: string }): string {
  return `publicUrl: https://hub.example.org
listen: [{ address: '127.0.0.1:0' }]
hub: { url: 'http://127.0.0.1:8000', ${lines.hub ?? 'authenticator: jhubauthenticators.HeaderAuthenticator'} }
trust: { proxies: [127.0.0.1/32] }
user: ${lines.user ?? '{ lowercase: true }'}
jwt: [{ issuer: { url: 'https://sso.example.org', audiences: [hub] }, keys: { ${lines.keys ?? "jwksUrl: 'https://sso.example.org/keys'"} } }]
`;
}

const header = 'authenticator: jhubauthenticators.HeaderAuthenticator';
const bad: readonly [rule: string, lines: Parameters<typeof configText>[0], problems: readonly RegExp[]][] = [
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
    'a key file that is not there',
    { keys: 'pemFile: nope.pem' },
    [/^proxy\.yaml:6:\d+ jwt\[0\]\.keys\.pemFile: .*ENOENT/],
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
    const opened = await openGeneration({ configPath: join(folder, 'proxy.yaml'), env: {}, keyIo });
    if (opened.ok) throw new Error('the config was taken');
    t.match(
      opened.problems.map(problem => problem.slice(folder.length + 1)),
      expected,
    );
    t.equal(opened.problems.length, expected.length);
  });
}

t.test('one target for two names is what a map is for', async t => {
  const folder = t.testdir({ 'proxy.yaml': configText({ user: '{ map: { a: alice, b: alice } }' }) });
  const opened = await openGeneration({ configPath: join(folder, 'proxy.yaml'), env: {}, keyIo });
  t.ok(opened.ok);
  if (opened.ok) opened.generation.keys.close();
});
