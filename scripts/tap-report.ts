/** Reads the TAP of a whole run and tells it to a person: a line a file, every failure in full, and the tally. */
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Parser, type Result } from 'tap-parser';
import { stringify } from 'yaml';

/** How many assertions held; one that is skipped or a TODO proves nothing and counts as failed, as does a file without any. */
export type Tally = { passed: number; failed: number };

/** Reads to the end of the stream; a stream that is cut off or is not TAP counts as a failure. */
export async function reportTap(tap: Readable, write: (text: string) => void): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0 };
  const parser = new Parser({ name: '' });
  const fail = (result: Result, kind: string): void => {
    tally.failed += 1;
    write(failureText(result, kind));
  };
  parser.on('pass', () => {
    tally.passed += 1;
  });
  parser.on('fail', (result: Result) => fail(result, 'not ok'));
  parser.on('skip', (result: Result) => fail(result, 'skipped'));
  parser.on('todo', (result: Result) => fail(result, 'todo'));
  parser.on('assert', (file: Result) => {
    if (file.ok && file.skip === false)
      write(`ok ${file.name}${file.time === null ? '' : ` (${(file.time / 1000).toFixed(1)} s)`}\n`);
  });
  passOnExtraOutput(parser, write);

  tap.setEncoding('utf8');
  tap.on('data', (text: string) => parser.write(text));
  await finished(tap, { writable: false });
  parser.end();
  if (tally.failed === 0 && (tally.passed === 0 || parser.results?.ok !== true)) {
    tally.failed += 1;
    write(tally.passed === 0 ? 'not ok: no test ran\n' : 'not ok: the run ended before its plan was fulfilled\n');
  }
  return tally;
}

function failureText(result: Result, kind: string): string {
  const diagnosis: unknown = result.diag;
  const details =
    diagnosis === null || diagnosis === undefined ? '' : stringify(diagnosis).replace(/^/gm, '    ').trimEnd();
  return `\n${kind}: ${result.fullname || result.name}\n${details}\n`;
}

/** What a test wrote to its standard output beside TAP. */
function passOnExtraOutput(parser: Parser, write: (text: string) => void): void {
  parser.on('extra', write);
  parser.on('child', (child: Parser) => passOnExtraOutput(child, write));
}
