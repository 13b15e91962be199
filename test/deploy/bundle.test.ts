/** The bundle needs Node and nothing else: it is made once and run where no package is in reach. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import t from 'tap';
import { bundle, checkoutVersion, nodeFlags } from '../../scripts/bundle.ts';
import { checkoutRoot, installedProgram } from '../../scripts/checkout.ts';
import { runProgram, tryProgram } from './run-program.ts';
import { sampleConfig } from './sample-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const bundled = join(folder, 'hubgate.mjs');
const packages = await bundle(bundled);

const hubgate = (...args: string[]) => tryProgram(process.execPath, [bundled, ...args], folder);
const fromCheckout = (...args: string[]) =>
  runProgram(process.execPath, [join(checkoutRoot, 'bin', 'hubgate.ts'), ...args], checkoutRoot);

const config = join(folder, 'proxy.yaml');
writeFileSync(config, sampleConfig());

t.test('every package that the product depends on is inside', async t => {
  const { dependencies } = await import('../../package.json', { with: { type: 'json' } }).then(file => file.default);
  const inside = new Set(packages.map(path => path.replace('node_modules/', '')));
  t.strictSame(
    Object.keys(dependencies).filter(name => !inside.has(name)),
    [],
  );
});

t.test('no package is in reach of the folder it runs in', async t => {
  const above = [folder];
  for (let next = dirname(folder); next !== above.at(-1); next = dirname(next)) above.push(next);
  t.strictSame(
    above.filter(path => existsSync(join(path, 'node_modules'))),
    [],
  );
});

t.test('--version is the version of package.json', async t => {
  t.match(hubgate('--version'), { status: 0, stdout: `${checkoutVersion()}\n` });
});

t.test('schema prints what the checkout prints', async t => {
  const printed = hubgate('schema');
  t.equal(printed.stdout, fromCheckout('schema').stdout);
  t.match(JSON.parse(printed.stdout), { properties: { publicUrl: { type: 'string' } } });
});

t.test('check takes a good config and says what is wrong with a bad one', async t => {
  t.match(hubgate('check', '--config', config), { status: 0, stderr: '' });
  const bad = join(folder, 'bad.yaml');
  writeFileSync(bad, 'publicUrrl: https://hub.example.org\n');
  t.match(hubgate('check', '--config', bad), { status: 78, stderr: /bad\.yaml:1:1 publicUrrl: .*did you mean/ });
});

t.test('expressions are compiled from the bundle, patterns too', async t => {
  const wrong = join(folder, 'expressions.yaml');
  const data = (expression: string): string => `inject: { data: { State: { expression: '${expression}' } } }\n`;
  writeFileSync(wrong, data('claims.a.matches("(a)b") ? claims.b : claim.c'));
  t.match(hubgate('check', '--config', wrong), {
    status: 78,
    stderr: /State\.expression: .*Unknown variable: claim\b/,
  });
  writeFileSync(wrong, data('claims.a.matches("(?=a)") ? "b" : "c"'));
  t.match(hubgate('check', '--config', wrong), { status: 78, stderr: /State\.expression: .*none of RE2/ });
});

/** The parts that are read before anything runs. */
function readAtStart(): string[] {
  const parts = new Set([basename(bundled)]);
  for (const part of parts) {
    const text = readFileSync(join(folder, part), 'utf8');
    for (const [, next = ''] of text.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+)"/g)) parts.add(next);
  }
  return [...parts];
}

t.test(
  'what other commands need, what asks issuers and what writes metrics is not read by a gate that starts',
  async t => {
    const atStart = readAtStart();
    const later = readdirSync(folder).filter(name => name.endsWith('.mjs') && !atStart.includes(name));
    for (const name of ['command-line', 'demo', 'metrics', 'undici'])
      t.match(later.join(), new RegExp(`hubgate-${name}-`));
    const texts = readAtStart().map(name => readFileSync(join(folder, name), 'utf8'));
    t.notMatch(texts.join(), /no_matching_overload/, 'nor what expressions need');
  },
);

t.test('what is read at start is ASCII: one other character doubles the memory that a text takes', async t => {
  for (const part of readAtStart()) {
    const text = readFileSync(join(folder, part), 'latin1');
    t.equal(text.search(/[\x80-\xff]/), -1, part);
  }
});

t.test('demo --check: HTTP, WebSocket and keys work from the bundle', async t => {
  const demo = hubgate('demo', '--check');
  t.equal(demo.status, 0, demo.stdout + demo.stderr);
});

t.test('a gate is started with the same flags everywhere', async t => {
  const { scripts } = await import('../../package.json', { with: { type: 'json' } }).then(file => file.default);
  const textOf = (...path: string[]): string => readFileSync(join(checkoutRoot, ...path), 'utf8');
  const flags = nodeFlags.join(' ');
  t.equal(readFileSync(bundled, 'utf8').split('\n')[0], `#!/usr/bin/env -S node ${flags}`);
  t.match(scripts.hubgate, `exec node ${flags} `);
  t.match(textOf('deploy', 'systemd', 'hubgate.service'), `\nExecStart=/opt/hubgate/node ${flags} /opt/`);
  const [, entry = ''] = /^ENTRYPOINT (.*)$/m.exec(textOf('deploy', 'Dockerfile')) ?? [];
  t.strictSame(JSON.parse(entry).slice(1, -1), nodeFlags);
});

t.test('the command takes one file, and says so', async t => {
  const script = join(checkoutRoot, 'scripts', 'bundle.ts');
  t.match(tryProgram(installedProgram('node'), [script, 'hubgate.js'], folder), { status: 64, stderr: /^usage: / });
});
