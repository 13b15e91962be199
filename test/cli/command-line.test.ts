/** What a command line that does not fit is told. */
import { Writable } from 'node:stream';
import { test } from 'tap';
import { main } from '../../src/main.ts';

const rows: readonly (readonly [string, string])[] = [
  ['', 'no config file, expected --config FILE'],
  ['check', 'no config file, expected --config FILE'],
  ['health proxy.yaml', 'no config file, expected --config FILE'],
  ['--config', 'Not enough arguments following: config'],
  ['chek --config proxy.yaml', 'Unknown argument: chek, did you mean check?'],
  ['proxy.yaml', 'Unknown argument: proxy.yaml, did you mean --config proxy.yaml?'],
  ['--config a --config b', '--config is given more than once'],
  ['check --config a --config=a', '--config is given more than once'],
  ['health --config a --config b', '--config is given more than once'],
  ['schema --confg x', 'Unknown argument: confg'],
];

test('a command line that does not fit ends with 64 and says what is expected', async t => {
  for (const [line, told] of rows) {
    const said = { stdout: '', stderr: '' };
    const into = (name: 'stdout' | 'stderr'): Writable =>
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          said[name] += chunk.toString();
          done();
        },
      });
    const nothing = (): void => undefined;
    const streams = { stdout: into('stdout'), stderr: into('stderr') };
    const io = { env: {}, ...streams, pid: 0, kill: nothing, on: nothing, off: nothing };
    const code = await main(line.split(' ').filter(Boolean), io);
    t.same({ code, ...said }, { code: 64, stdout: '', stderr: `hubgate: ${told}\nTry 'hubgate --help'.\n` }, line);
  }
});
