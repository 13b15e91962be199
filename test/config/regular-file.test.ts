/** Files that a config names: whole, or a fault, and never a wait. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readRegularFile } from '../../src/config/regular-file.ts';
import { makeIrregularFiles } from './irregular-files.ts';

const long = 'x'.repeat(200_000);

t.test('what has bytes is read whole', async t => {
  const folder = t.testdir({ short: 'abc', empty: '', long });
  symlinkSync('short', join(folder, 'link'));
  const read = async (file: string, most: number): Promise<string> => {
    const bytes = await readRegularFile(join(folder, file), most);
    return 'fault' in bytes ? bytes.fault : Buffer.from(bytes).toString();
  };
  t.equal(await read('short', 10), 'abc');
  t.equal(await read('link', 10), 'abc', 'a link, as Kubernetes makes them');
  t.equal(await read('empty', 10), '');
  t.equal(await read('short', 3), 'abc', 'just that size');
  t.equal(await read('short', 2), 'is larger than 2 bytes');
  t.equal(await read('long', long.length), long, 'in more than one piece');
  t.equal(await read('long', long.length - 1), `is larger than ${long.length - 1} bytes`);
  const status = await readRegularFile('/proc/self/status', 1_000_000);
  t.notOk('fault' in status, 'a file that does not tell its size');
  if (!('fault' in status)) t.match(Buffer.from(status).toString(), /^Name:/);
});

t.test('what has none is a fault', async t => {
  const folder = t.testdir({ short: 'abc' });
  const missing = await readRegularFile(join(folder, 'none'), 10);
  t.strictSame(missing, { fault: 'can not be read (ENOENT)', code: 'ENOENT' });
  t.match(await readRegularFile(join(folder, 'short', 'below'), 10), { code: 'ENOTDIR' });
  t.match(await readRegularFile('a\0b', 10), { fault: /^can not be read \(ERR_/ });
  for (const [kind, file] of await makeIrregularFiles(t)) {
    t.strictSame(await readRegularFile(file, 10), { fault: 'is no regular file', code: 'irregular' }, kind);
  }
});
