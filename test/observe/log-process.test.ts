/** The log of a process of its own: pipes that are slow or gone, and ends that nobody planned. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Test, test } from 'tap';
import { checkoutRoot } from '../../scripts/checkout.ts';
import type { LogConfig } from '../../src/config/sections/log.ts';
import { spawnOutsideTap } from '../clients/spawn-outside-tap.ts';
import { linesOf, toFile, toStdout } from './records.ts';

type Talker = {
  readonly stdin: Writable;
  /** Nobody reads it yet. */
  readonly stdout: Readable;
  /** All of stderr so far. */
  readonly complained: () => string;
  /** Resolves when it has written so many audit lines, and waits for a word on stdin. */
  readonly wrote: (lines: number) => Promise<void>;
  readonly ended: Promise<number | null>;
};

function talker(t: Test, config: LogConfig, mode: 'crash' | 'exit' | 'flood' | 'lines'): Talker {
  const program = join(checkoutRoot, 'test', 'observe', 'fixtures', 'talker.ts');
  const child = spawnOutsideTap(process.execPath, [program, JSON.stringify(config), mode], { stdio: 'pipe' });
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('no pipes');
  stdin.on('error', () => undefined);
  let complained = '';
  stderr.setEncoding('utf8').on('data', chunk => {
    complained += chunk;
  });
  const ended = once(child, 'exit').then(([code]): number | null => code);
  t.teardown(() => {
    child.kill('SIGKILL');
    stdout.destroy();
    return ended;
  });
  return {
    ...{ stdin, stdout, ended, complained: () => complained },
    async wrote(lines) {
      while (!complained.includes(`wrote ${lines}\n`)) await once(stderr, 'data');
    },
  };
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

function numbers(lines: readonly Record<string, unknown>[]): unknown[] {
  return lines.filter(({ log }) => log === 'audit').map(({ bytesIn }) => bytesIn);
}

test('a process that falls, or ends in a hurry, leaves its lines behind', async t => {
  const rows = [
    { mode: 'crash', code: 1, events: ['about to fall'] },
    { mode: 'exit', code: 7, events: [] },
  ] as const;
  for (const { mode, code, events } of rows) {
    await t.test(mode, async t => {
      const file = join(t.testdir({}), 'audit.log');
      const fallen = talker(t, toFile(file), mode);
      const said = text(fallen.stdout);
      t.equal(await fallen.ended, code);
      t.strictSame(numbers(linesOf(readFileSync(file, 'utf8'))), upTo(100));
      t.strictSame(
        linesOf(await said).map(({ msg }) => msg),
        events,
      );
    });
    await t.test(`${mode}, all to stdout`, async t => {
      const fallen = talker(t, toStdout, mode);
      const said = text(fallen.stdout);
      t.equal(await fallen.ended, code);
      t.strictSame(numbers(linesOf(await said)), upTo(100));
    });
    await t.test(`${mode}, on a full disk: it ends all the same`, async t => {
      const fallen = talker(t, toFile('/dev/full'), mode);
      fallen.stdout.resume();
      t.equal(await fallen.ended, code);
    });
  }
});

test('a reader of stdout that rests holds nobody up: lines wait, then some are lost, and that is said', async t => {
  const { stdin, stdout, complained, wrote, ended } = talker(t, toStdout, 'flood');
  await wrote(100_000);
  t.match(complained(), /^hubgate: the log is too slow, lines are lost\n/);
  const said = text(stdout);
  stdin.write('go on');
  t.equal(await ended, 0);
  const lines = linesOf(await said);
  const kept = numbers(lines);
  t.strictSame(kept, upTo(kept.length), 'none out of order, none in between');
  t.match(lines.at(-1), { level: 'warn', msg: 'the log is written again', lostLines: 100_000 - kept.length });
  t.ok(kept.length > 10_000 && kept.length < 100_000, `${kept.length} lines kept`);
});

test('a reader that never comes does not hold up the end', async t => {
  const { stdin, complained, wrote, ended } = talker(t, toStdout, 'flood');
  await wrote(100_000);
  stdin.write('go on');
  t.equal(await ended, 0);
  t.match(complained(), /hubgate: the log has lost \d+ lines\n$/);
});

test('a reader that is gone is told of once, and ends nothing', async t => {
  const { stdin, stdout, complained, wrote, ended } = talker(t, toStdout, 'lines');
  await wrote(1);
  stdout.destroy();
  for (const lines of [2, 3]) {
    stdin.write('go on');
    await wrote(lines);
  }
  stdin.write('go on');
  t.equal(await ended, 0);
  t.match(
    complained(),
    /^wrote 1\n(?:wrote \d\n|hubgate: the log can not be written: EPIPE[^\n]*\n){3}hubgate: the log has lost [23] lines\n$/,
  );
});

test('a line is in the file, or in the pipe, without waiting for another', async t => {
  const file = join(t.testdir({}), 'audit.log');
  const { stdin, wrote } = talker(t, toFile(file), 'lines');
  for (const lines of [1, 2, 3]) {
    await wrote(lines);
    while (numbers(linesOf(readFileSync(file, 'utf8'))).length < lines) await new Promise(setImmediate);
    stdin.write('go on');
  }
  const piped = talker(t, toStdout, 'lines');
  for (const lines of [1, 2, 3]) {
    const [chunk] = await once(piped.stdout, 'data');
    t.strictSame(numbers(linesOf(String(chunk))), [lines - 1]);
    await piped.wrote(lines);
    piped.stdin.write('go on');
  }
});
