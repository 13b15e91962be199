/** `npm test [-- FILE…]`: makes what the tests need, runs them, ends what they left behind, and closes with `N passed, N failed`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkoutRoot, installedProgram } from './checkout.ts';
import { killProcessesNaming, processesGone, sendSignal } from './leftover-processes.ts';
import { setUp } from './setup.ts';
import { leakedSecrets, readTrails, trailFolderVariable } from './suite-trail.ts';
import { reportTap, type Tally } from './tap-report.ts';

/** How long processes get to end by themselves after the last test file. */
const patienceMs = 2000;

const write = (text: string): void => {
  process.stdout.write(text);
};

/** Every temporary folder of the run is made below this one, so a process that a test forgot can be told by it. */
const runFolder = mkdtempSync(join(tmpdir(), 'hubgate-test-'));
const trailFolder = join(runFolder, 'trails');
const files = process.argv.slice(2);
const tally: Tally = { passed: 0, failed: 0 };
try {
  await setUp();
  Object.assign(tally, await runTap(files));
  lookThroughTrails();
} catch (error) {
  tally.failed += 1;
  write(`\n${error instanceof Error ? error.message : String(error)}\n`);
} finally {
  tally.failed += await endLeftovers();
  rmSync(runFolder, { recursive: true, force: true });
}
process.exitCode = tally.failed === 0 ? 0 : 1;
write(`\n${tally.passed} passed, ${tally.failed} failed\n`);

async function runTap(files: readonly string[]): Promise<Tally> {
  const tap = spawn(process.execPath, [installedProgram('tap'), 'run', '--reporter=tap', ...files], {
    cwd: checkoutRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: runFolder, [trailFolderVariable]: trailFolder },
  });
  const interrupt = (signal: NodeJS.Signals): void => {
    if (tap.pid !== undefined) sendSignal(tap.pid, signal);
    setTimeout(() => killProcessesNaming(runFolder), patienceMs).unref();
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const closed = once(tap, 'close');
  const result = await reportTap(tap.stdout, write);
  const [code, signal] = await closed;
  if (code !== 0 && result.failed === 0) {
    write(`\ntap ended with ${signal ?? `exit code ${code}`}\n`);
    return { ...result, failed: 1 };
  }
  return result;
}

/** A run of chosen files may start no gate; the whole suite starts many. */
function lookThroughTrails(): void {
  const trails = readTrails(trailFolder);
  if (trails.length === 0 && files.length > 0) return;
  const leaked = leakedSecrets(trails);
  const held = leaked === 0 && trails.length > 0;
  tally[held ? 'passed' : 'failed'] += 1;
  write(
    `${held ? 'ok' : 'not ok:'} ${leaked} secrets of the run in the output of its gates (${trails.length} trails)\n`,
  );
}

async function endLeftovers(): Promise<number> {
  if (await processesGone(runFolder, patienceMs)) return 0;
  const leftovers = killProcessesNaming(runFolder);
  for (const { pid, commandLine } of leftovers) write(`\nleft behind by a test, killed: ${pid} ${commandLine}\n`);
  await processesGone(runFolder, patienceMs);
  return leftovers.length;
}
