/** The tally that closes `npm test`: what counts as passed, and that whatever is odd counts as failed. */
import { Readable } from 'node:stream';
import { test } from 'tap';
import { reportTap, type Tally } from '../../scripts/tap-report.ts';

const rows: { title: string; tap: string; tally: Tally; shows: RegExp }[] = [
  {
    title: 'assertions count, the tests and files around them do not',
    tap: '# Subtest: a.test.ts\n    # Subtest: x\n        ok 1 - p\n        ok 2 - q\n        1..2\n    ok 1 - x\n    1..1\nok 1 - a.test.ts\n1..1\n',
    tally: { passed: 2, failed: 0 },
    shows: /^ok a\.test\.ts/,
  },
  {
    title: 'a failure is told once, with its place and details',
    tap: '# Subtest: a.test.ts\n    ok 1 - p\n    not ok 2 - q\n      ---\n      diff: was 3\n      ...\n    1..2\nnot ok 1 - a.test.ts\n1..1\n',
    tally: { passed: 1, failed: 1 },
    shows: /^\nnot ok: a\.test\.ts > q\n {4}diff: was 3\n$/,
  },
  {
    title: 'a file that crashes before its first assertion fails',
    tap: '# Subtest: a.test.ts\n    1..0 # no tests found\nnot ok 1 - a.test.ts\n  ---\n  exitCode: 1\n  ...\n1..1\n',
    tally: { passed: 0, failed: 1 },
    shows: /not ok: a\.test\.ts\n {4}exitCode: 1/,
  },
  {
    title: 'a file that crashes after its assertions held fails',
    tap: '# Subtest: a.test.ts\n    ok 1 - p\n    1..1\nnot ok 1 - a.test.ts\n  ---\n  exitCode: 7\n  ...\n1..1\n',
    tally: { passed: 1, failed: 1 },
    shows: /exitCode: 7/,
  },
  {
    title: 'a file without an assertion fails',
    tap: '# Subtest: a.test.ts\n    1..0 # no tests found\nok 1 - a.test.ts # SKIP no tests found\n1..1\n',
    tally: { passed: 0, failed: 1 },
    shows: /skipped: a\.test\.ts/,
  },
  {
    title: 'skipped is failed',
    tap: 'ok 1 - p # SKIP later\n1..1\n',
    tally: { passed: 0, failed: 1 },
    shows: /skipped: p/,
  },
  {
    title: 'todo is failed',
    tap: 'not ok 1 - p # TODO later\n1..1\n',
    tally: { passed: 0, failed: 1 },
    shows: /todo: p/,
  },
  {
    title: 'a run that is cut off fails',
    tap: 'TAP version 14\n1..2\nok 1 - p\n',
    tally: { passed: 1, failed: 1 },
    shows: /ended before/,
  },
  {
    title: 'a bailout fails',
    tap: '1..2\nok 1 - p\nBail out! disk full\n',
    tally: { passed: 1, failed: 1 },
    shows: /ended before/,
  },
  { title: 'nothing at all fails', tap: '', tally: { passed: 0, failed: 1 }, shows: /no test ran/ },
  {
    title: 'what a test printed is passed on',
    tap: 'hello\nok 1 - p\n1..1\n',
    tally: { passed: 1, failed: 0 },
    shows: /^hello\n/,
  },
];

for (const { title, tap, tally, shows } of rows) {
  test(title, async t => {
    let shown = '';
    const counted = await reportTap(Readable.from([tap]), text => {
      shown += text;
    });
    t.strictSame(counted, tally);
    t.match(shown, shows);
  });
}
