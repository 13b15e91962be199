/** The yardstick runs, proves what it measures, and leaves nothing behind; how fast anything was is not looked at. */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'tap';
import { makeIssuer } from '../../bench/lab/issuer.ts';
import { startOrigin } from '../../bench/lab/origin.ts';
import { chooseCores } from '../../bench/machine/cores.ts';
import { prove } from '../../bench/proof.ts';
import type { LoadResult, Results } from '../../bench/results.ts';
import { checkoutRoot } from '../../scripts/checkout.ts';
import { processesGone, processesNaming } from '../../scripts/leftover-processes.ts';
import { spawnOutsideTap } from '../clients/spawn-outside-tap.ts';

const peers = ['nginx', 'haproxy-jwt', 'hubgate'];

/** Who takes part in each load, the reference first, and what is measured. */
const requests = ['cpuMicros', 'perSecond', 'p50Micros', 'p99Micros', 'p999Micros'];
const loads: readonly (readonly [name: string, contestants: readonly string[], figures: readonly string[]])[] = [
  ['repeated', peers, requests],
  ['varying', peers, requests],
  ['cold-rs256', peers, requests],
  ['cold-es256', peers, requests],
  ['latency', peers, requests],
  ['open-2k', peers, requests],
  ['open-5k', peers, requests],
  ['bulk-down', peers, ['cpuSecondsPerGiB', 'mibPerSecond', 'growthMiB']],
  ['bulk-up', peers, ['cpuSecondsPerGiB', 'mibPerSecond', 'growthMiB']],
  ['websocket-echo', peers, ['cpuMicros', 'perSecond', 'p50Micros', 'p99Micros']],
  ['websocket-idle', peers, ['kibPerSocket']],
  ['refusals-missing', ['haproxy-jwt', 'hubgate'], requests],
  ['refusals-signature', ['haproxy-jwt', 'hubgate'], requests],
  ['refusals-ambiguous', ['haproxy-jwt', 'hubgate'], requests],
  ['startup', peers, ['firstAnswerMs']],
  ['memory', peers, ['idleMB', 'loadMB']],
  ['growth', ['plain', 'users', 'connections', 'issuers', 'header-rules'], requests],
];

function startBench(folder: string, args: readonly string[]) {
  const child = spawnOutsideTap(
    process.execPath,
    [join(checkoutRoot, 'bench', 'bench.ts'), '--quick', '--peers', 'haproxy-jwt,hubgate', '--out', folder, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: folder } },
  );
  const written: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => written.push(chunk));
  }
  return { child, output: () => written.join(''), ended: once(child, 'close') };
}

test('a quick run plays every load to nginx, HAProxy and the gate', async t => {
  const folder = t.testdir();
  const { output, ended } = startBench(folder, []);
  const [code] = await ended;
  t.equal(code, 0, 'ends well') || t.comment(output());
  const results = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as Results;

  t.strictSame(results.commands, ['npm run bench -- --peers haproxy-jwt,hubgate --quick']);
  t.strictSame(
    results.peers.filter(({ version }) => version !== null).map(({ name }) => name),
    peers,
  );
  t.strictSame(
    results.loads.map(({ name }) => name),
    loads.map(([name]) => name),
  );
  for (const [name, contestants, figures] of loads) {
    const load = results.loads.find(found => found.name === name);
    t.strictSame(load?.failures, [], `${name} has no failure`);
    t.strictSame(load?.contestants.map(contestant => contestant.name).sort(), [...contestants].sort(), name);
    t.equal(load?.reference, contestants[0], `${name} has its reference`);
    t.ok(
      load?.contestants.every(contestant => hasFigures(contestant.figures, figures)),
      `${name} has its figures`,
    );
  }
  const repeated = results.loads.find(({ name }) => name === 'repeated');
  t.strictSame(provenOf(repeated, 'nginx'), ['a good token gets the whole answer']);
  for (const peer of ['haproxy-jwt', 'hubgate']) {
    t.strictSame(provenOf(repeated, peer), [
      'a good token gets the whole answer',
      'the canonical header is at the backend once',
      'spoofed fields are gone',
      'a bad signature is refused',
    ]);
  }
  t.match(readFileSync(join(folder, 'results.md'), 'utf8'), /\| hubgate \|/);
  t.match(readFileSync(join(folder, 'plot.svg'), 'utf8'), /^<svg .*hubgate/s);
  t.ok(await processesGone(folder, 2000), 'nothing is left running');
});

test('an interrupted run takes all that it started with it', async t => {
  const folder = t.testdir();
  const { child, output, ended } = startBench(folder, ['--only', 'repeated']);
  while (!output().includes('proven: hubgate')) {
    if (child.exitCode !== null) throw new Error(`ended early:\n${output()}`);
    await delay(20);
  }
  t.ok(processesNaming(folder).length > 3, 'servers and peers run');
  child.kill('SIGINT');
  t.strictSame(await ended, [130, null]);
  t.ok(await processesGone(folder, 2000), 'nothing is left running');
  t.notOk(existsSync(join(folder, 'results.json')));
});

test('a peer that passes everything on is not proven', async t => {
  const origin = await startOrigin(chooseCores().client, { keys: [] });
  t.teardown(origin.stop);
  const proving = { port: origin.port, token: await makeIssuer('lab').mint('alice'), user: 'alice', hasPages: false };
  const proofs = await prove({ does: 'everything' }, proving);
  t.strictSame(
    proofs.map(({ what, held }) => [what, held]),
    [
      ['the canonical header is at the backend once', false],
      ['spoofed fields are gone', false],
      ['a bad signature is refused', false],
    ],
  );
});

function hasFigures(found: Readonly<Record<string, number>>, names: readonly string[]): boolean {
  return names.every(name => Number.isFinite(found[name]));
}

function provenOf(load: LoadResult | undefined, peer: string): string[] {
  return (load?.proofs[peer] ?? []).filter(({ held }) => held).map(({ what }) => what);
}
