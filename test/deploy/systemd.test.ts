/** The systemd unit: valid to systemd's own tools, hardened, and agreeing with the program it starts. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { checkoutRoot } from '../../scripts/checkout.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { loadConfig } from '../../src/config/load.ts';
import { runProgram, tryProgram } from './run-program.ts';
import { sampleConfig } from './sample-config.ts';

const systemdFolder = join(checkoutRoot, 'deploy', 'systemd');
const unitFile = join(systemdFolder, 'hubgate.service');
const unitText = readFileSync(unitFile, 'utf8');

/** All values of one directive, in the order of the file. */
const directive = (name: string): string[] =>
  [...unitText.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].flatMap(([, value]) => value ?? []);

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'systemd-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A file system with the unit, the programs it names, and the targets that any unit leans on. */
function systemRoot(unit: string): string {
  const root = temporaryFolder();
  const write = (path: string, text: string): string => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    return join(root, path);
  };
  for (const target of ['sysinit', 'basic', 'shutdown', 'multi-user', 'network-online'])
    write(`usr/lib/systemd/system/${target}.target`, `[Unit]\nDescription=${target}\n`);
  for (const program of ['opt/hubgate/node', 'bin/kill']) chmodSync(write(program, ''), 0o755);
  write('etc/systemd/system/hubgate.service', unit);
  return root;
}

const verify = (unit: string) =>
  tryProgram('systemd-analyze', ['verify', '--man=no', `--root=${systemRoot(unit)}`, 'hubgate.service']);

t.test('systemd-analyze verify finds nothing', async t => {
  t.strictSame(verify(unitText), { status: 0, stdout: '', stderr: '' });
});

t.test('systemd-analyze verify would find a word that is not known, and a program that is not there', async t => {
  t.match(verify(unitText.replace('KillMode=', 'KilMode=')).stderr, /Unknown key name|Unknown key/);
  t.match(verify(unitText.replace('/opt/hubgate/node', '/opt/hubgate/nodes')), { status: 1 });
});

/** Of 100; the unit stands at 11. What is left is the network that a gate is for, and V8. */
const mostExposure = 12;
const security = (unit: string) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'hubgate.service'), unit);
  const args = ['security', '--offline=yes', '--no-pager', `--threshold=${mostExposure}`];
  return tryProgram('systemd-analyze', [...args, join(folder, 'hubgate.service')]);
};

t.test('systemd-analyze security holds its exposure below the threshold', async t => {
  t.match(security(unitText), { status: 0, stdout: /Overall exposure level for hubgate\.service: [01]\.\d OK/ });
});

t.test('systemd-analyze security would miss any of the locks', async t => {
  for (const lock of ['User', 'ProtectSystem', 'SystemCallFilter', 'CapabilityBoundingSet', 'RestrictNamespaces'])
    t.not(security(unitText.replaceAll(new RegExp(`^${lock}=.*\n`, 'gm'), '')).status, 0, lock);
});

t.test('reload is SIGHUP to the gate itself', async t => {
  t.strictSame(directive('ExecReload'), ['/bin/kill -HUP $MAINPID']);
});

t.test('stopping drains: SIGTERM to the gate alone, and longer than the drain', async t => {
  t.strictSame(directive('KillMode'), ['mixed']);
  t.strictSame(directive('KillSignal'), ['SIGTERM']);
  const file = join(temporaryFolder(), 'proxy.yaml');
  writeFileSync(file, sampleConfig());
  const loaded = loadConfig(file, {});
  const drainMs = loaded.ok ? loaded.config.limits.drainTimeoutMs : Number.POSITIVE_INFINITY;
  t.ok(Number(directive('TimeoutStopSec')[0]) * 1000 > drainMs);
});

t.test('what trying again can not heal is not tried again', async t => {
  t.strictSame(directive('Restart'), ['on-failure']);
  t.strictSame(directive('RestartPreventExitStatus'), [`${exitCodes.usage} ${exitCodes.badConfig}`]);
});

t.test('V8 may make code', async t => {
  t.strictSame(directive('MemoryDenyWriteExecute'), []);
});

t.test('the user of the unit is the one that sysusers makes', async t => {
  const made = runProgram('systemd-sysusers', [
    '--dry-run',
    `--root=${temporaryFolder()}`,
    join(systemdFolder, 'hubgate.sysusers'),
  ]);
  t.strictSame(directive('User'), ['hubgate']);
  t.match(made.stdout + made.stderr, /Creating user 'hubgate'/);
});
