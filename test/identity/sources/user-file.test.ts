/** A file per user: which path a name may give, and which files are read. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readUserFile, userFilePath } from '../../../src/identity/sources/user-file.ts';

t.test('userFilePath', async t => {
  t.equal(userFilePath('/run/mounts/{user}.json', 'alice'), '/run/mounts/alice.json');
  t.equal(userFilePath('/m/{user}/{user}', 'a-b.c@d'), '/m/a-b.c@d/a-b.c@d', 'every place');
  t.equal(userFilePath('/m/{user}', '$&'), '/m/$&', 'the name is no pattern');
  t.equal(userFilePath('/m/{user}', '{user}'), '/m/{user}', 'the name is no template');
  for (const user of ['', '.', '..', '.ssh', '../x', 'a/b', '/etc/passwd', 'a\0b']) {
    t.equal(userFilePath('/m/{user}', user), null, `H17 refuses ${JSON.stringify(user)}`);
  }
});

t.test('readUserFile', async t => {
  const folder = t.testdir({
    'alice.json': '{"a":"\u00e9"}',
    empty: '',
    big: 'x'.repeat(65),
    latin1: Buffer.from([0xe9]),
  });
  const path = (name: string): string => join(folder, name);
  mkdirSync(path('folder'));
  execFileSync('mkfifo', [path('fifo')]);
  symlinkSync('alice.json', path('link'));
  writeFileSync(path('exact'), 'x'.repeat(64));
  const read = (name: string): Promise<unknown> => readUserFile(path(name), 64);
  t.strictSame(await read('alice.json'), { what: 'file', text: '{"a":"\u00e9"}' }, 'UTF-8 text');
  t.strictSame(await read('empty'), { what: 'file', text: '' }, 'an empty file');
  t.strictSame(await read('link'), { what: 'file', text: '{"a":"\u00e9"}' }, 'a link, as Kubernetes makes them');
  t.strictSame(await read('exact'), { what: 'file', text: 'x'.repeat(64) }, 'a file of just that size');
  t.strictSame(await read('absent'), { what: 'file', text: undefined }, 'a file that does not exist');
  t.match(await read('big'), { reason: 'data-invalid' }, 'a file that is too large');
  t.match(await read('latin1'), { reason: 'data-invalid' }, 'bytes that are not UTF-8');
  t.match(await read('folder'), { reason: 'data-unavailable' }, 'a folder');
  t.match(await read('fifo'), { reason: 'data-unavailable' }, 'a FIFO, without waiting for its writer');
  const wrong = await read('alice.json/below');
  t.match(wrong, { reason: 'data-unavailable', detail: /ENOTDIR\)$/ }, 'a path through a file');
  t.notMatch(JSON.stringify(wrong), 'alice', 'the path is not shown');
  t.match(await readUserFile('/m/a\0b', 64), { reason: 'data-unavailable' }, 'a path that can not be');
});
