/** Changes of watched files are told of: those between the reading and the first look too, and none twice. */
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { openFileWatch } from '../../src/reload/watch.ts';

/** `next` resolves with the number of changes told, at the next one. */
function watching(t: Test) {
  const folder = t.testdir({ a: 'one', b: 'one', one: { key: 'same' }, two: { key: 'same' } });
  let count = 0;
  let waiting = Promise.withResolvers<number>();
  const watch = openFileWatch(() => {
    count += 1;
    waiting.resolve(count);
    waiting = Promise.withResolvers();
  });
  t.teardown(() => watch.close());
  const alive = setInterval(() => undefined, 1000);
  t.teardown(() => clearInterval(alive));
  return { watch, next: () => waiting.promise, file: (name: string): string => join(folder, name) };
}

test('a file that appears after it was read in vain, before anybody watched it', async t => {
  const { watch, next, file } = watching(t);
  watch.willRead(file('later'));
  writeFileSync(file('later'), 'one');
  watch.watch([file('a'), file('later')]);
  t.equal(await next(), 1);
});

test('a file that changes after it was read, before anybody watched it', async t => {
  const { watch, next, file } = watching(t);
  watch.willRead(file('a'));
  writeFileSync(file('a'), 'two');
  watch.watch([file('a')]);
  t.equal(await next(), 1);
});

test('each change once, and none that a reading saw', async t => {
  const { watch, next, file } = watching(t);
  watch.watch([file('a'), file('b')]);
  writeFileSync(file('a'), 'seen by the reading');
  watch.willRead(file('a'));
  watch.watch([file('a'), file('b')]);
  writeFileSync(file('b'), 'two');
  t.equal(await next(), 1);
  rmSync(file('b'));
  t.equal(await next(), 2);
  writeFileSync(file('b'), 'again');
  t.equal(await next(), 3);
  watch.watch([file('a')]);
  writeFileSync(file('b'), 'nobody watches it');
  writeFileSync(file('a'), 'three');
  t.equal(await next(), 4);
});

test('a link in the path that is swapped, as Kubernetes does', async t => {
  const { watch, next, file } = watching(t);
  symlinkSync('one', file('data'));
  watch.watch([file('data/key')]);
  symlinkSync('two', file('data_tmp'));
  renameSync(file('data_tmp'), file('data'));
  t.equal(await next(), 1);
});
