/** What the commands that look at a config say of it, and what they leave alone. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type Test, test } from 'tap';
import { runCheck } from '../../src/cli/check.ts';
import { runHealth } from '../../src/cli/health.ts';
import type { ProcessIo } from '../../src/cli/process-io.ts';
import { written } from '../config/written.ts';
import { hear, makeDesk, type Said } from './run-command.ts';

type Command = (configPath: string, io: ProcessIo) => Promise<number>;

function say(t: Test, command: Command, text: string, env: Record<string, string> = {}): Promise<Said> {
  const desk = makeDesk(t);
  const file = desk.write('proxy.yaml', text);
  return hear(desk.folder, io => command(file, io), { env });
}

const URL_VARIABLE = '$' + '{URL}';

test('check: keys behind a URL are not fetched, and it says so', async t => {
  const entry = (name: string, url: string): string =>
    `{ issuer: { url: https://${name}.example, audiences: [a] }, keys: { jwksUrl: '${url}' }, namespace: n }`;
  const jwt = `[${entry('i', 'https://keys.example/jwks')}, ${entry('j', URL_VARIABLE)}]`;
  const said = await say(t, runCheck, written({ jwt }), { URL: 'https://keys.example/s3cret' });
  t.match(said, { code: 0, stderr: '' });
  t.match(
    said.stdout,
    /^not fetched by a check: https:\/\/keys\.example\/jwks\nnot fetched by a check: …\nproxy\.yaml: fine \(policy [0-9a-f]{12}\)\n$/,
    'nothing of the environment is shown',
  );
});

test('check: the place of a discovery document and of AWS’ keys is said as well', async t => {
  const arn = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/lab/50dc6c495c0c9188';
  const entries = [
    '{ issuer: { url: https://i.example/, audiences: [a] }, namespace: n }',
    `{ issuer: { url: j, discoveryURL: '${URL_VARIABLE}', audiences: [a] }, namespace: n }`,
    `{ issuer: { url: https://k.example, audiences: [a] }, keys: { alb: { region: eu-west-1, signer: '${arn}' } }, namespace: n }`,
  ];
  const said = await say(t, runCheck, written({ jwt: `[${entries}]` }), { URL: 'https://keys.example/s3cret' });
  t.equal(said.code, 0);
  t.strictSame(said.stdout.split('\n').slice(0, 3), [
    'not fetched by a check: https://i.example/.well-known/openid-configuration',
    'not fetched by a check: …',
    'not fetched by a check: https://public-keys.auth.elb.eu-west-1.amazonaws.com/',
  ]);
});

test('check: all problems in one run, those of files too', async t => {
  const said = await say(t, runCheck, written({ publicUrl: 'x', log: '{ audit: nope/audit.log }' }));
  t.match(said, { code: 78, stdout: '' });
  t.same(
    said.stderr.split('\n').map(line => line.split(': ')[0]),
    ['proxy.yaml:1:12 publicUrl', 'proxy.yaml:5:63 jwt[0].keys.jwksFile', 'proxy.yaml:6:15 log.audit', ''],
  );
});

/** A door that answers 200 to everything. */
async function door(t: Test): Promise<number> {
  const server = createServer((_request, response) => response.end('ok'));
  t.teardown(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('health: only where to ask is read, whatever else is wrong', async t => {
  const port = await door(t);
  const here = `127.0.0.1:${port}`;
  const variable = '$' + '{HERE}';
  const rows: readonly (readonly [rule: string, text: string])[] = [
    ['a good config', written({ health: `{ address: '${here}' }` })],
    ['a mistyped key', `publicUrrl: 5\nhealth: { address: '${here}', addres: 1 }\n`],
    ['no other key', `health: { address: '${here}' }\n`],
    ['a variable', `health: { address: '${variable}' }\npublicUrl: '$${''}{NOPE}'\n`],
    ['an alias', `x: &x '${here}'\nhealth: { address: *x }\n`],
    ['health before admin', `admin: { address: '127.0.0.1:1' }\nhealth: { address: '${here}' }\n`],
    ['admin where health has no address', `admin: { address: '${here}' }\nhealth: { address: '' }\n`],
    ['text that is no YAML below it', `health:\n  address: '${here}'\n\tx: 1\nlisten: [\n`],
  ];
  for (const [rule, text] of rows)
    t.same(await say(t, runHealth, text, { HERE: here }), { code: 0, stdout: 'ok\n', stderr: '' }, rule);
});

test('health: without an address it says what to set, and what is wrong with the config', async t => {
  const nothing = 'hubgate: there is nothing to ask: set health.address, or admin.address without tokenFile\n';
  const expected = 'expected host:port, [IPv6]:port or unix:/path';
  const rows: readonly (readonly [rule: string, text: string, stderr: string])[] = [
    ['neither', written({}), nothing],
    [
      'an empty file',
      '',
      `${nothing}proxy.yaml:1:1: is empty, expected a map with publicUrl, listen, hub, trust and one of jwt, sso or introspection\n`,
    ],
    ['admin behind a token', written({ admin: "{ address: '127.0.0.1:1', tokenFile: t }" }), nothing],
    ['a mistyped key', written({ helth: '{}' }), `${nothing}proxy.yaml:6:1 helth: unknown key, did you mean health?\n`],
    [
      'a bad address',
      written({ health: '{ address: 5 }' }),
      `proxy.yaml:6:20 health.address: is a number, ${expected}\n`,
    ],
    [
      'a bad port',
      written({ admin: "{ address: 'a:b' }" }),
      `proxy.yaml:6:19 admin.address: has no valid port, ${expected}\n`,
    ],
  ];
  for (const [rule, text, stderr] of rows)
    t.same(await say(t, runHealth, text), { code: 78, stdout: '', stderr }, rule);
  const unreadable: Command = (file, io) => runHealth(`${file}.none`, io);
  t.match(await say(t, unreadable, ''), {
    code: 78,
    stderr: /^hubgate: proxy\.yaml\.none:1:1: can not be read \(ENOENT\)/,
  });
});

test('health: a gate that does not answer is not well', async t => {
  t.match(await say(t, runHealth, "health: { address: 'unix:/nowhere/at/all' }"), {
    code: 1,
    stdout: /^does not answer: ENOENT/,
  });
});

test('health: where nobody answers, it says what is wrong with the config', async t => {
  const health = "{ address: 'unix:/nowhere/at/all' }";
  const good = await say(t, runHealth, written({ health }));
  t.match(good, { code: 1, stdout: /^does not answer: ENOENT/, stderr: '' });
  const bad = await say(t, runHealth, written({ health, publicUrl: 'x' }));
  t.match(bad, { code: 1, stdout: good.stdout, stderr: /^proxy\.yaml:1:12 publicUrl: [^\n]*\n$/ });
});
