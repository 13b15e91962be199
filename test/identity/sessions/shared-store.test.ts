/** What a gate that stands alone remembers of hand-offs: once is once, each user has a share, and what is full refuses. */

import { test } from 'tap';
import { MemoryStore } from '../../../src/identity/sessions/shared-store.ts';
import { clockBy, settableClock } from '../../clock/settable-clock.ts';

test('a text is given out once, and not when it is too old', async t => {
  let now = 1000;
  const store = new MemoryStore(clockBy(() => now));
  t.equal(await store.put('a', 'one', 2000, 'alice'), null);
  t.equal(await store.put('a', 'two', 2000, 'alice'), 'known');
  t.same([await store.take('a'), await store.take('a'), await store.take('b')], ['one', null, null]);
  t.equal(await store.put('a', 'three', 2000, 'alice'), null);
  now = 2000;
  t.equal(await store.take('a'), null);
});

test('what is over may be said anew', async t => {
  let now = 0;
  const store = new MemoryStore(clockBy(() => now));
  await store.put('a', 'one', 10, 'alice');
  now = 10;
  t.equal(await store.put('a', 'two', 20, 'alice'), null);
  t.equal(await store.take('a'), 'two');
});

test('one user can not take the room of all, and gets his own back', async t => {
  let now = 0;
  const store = new MemoryStore(clockBy(() => now));
  const kept: (string | null)[] = [];
  for (let at = 0; at < 200; at += 1) kept.push(await store.put(`a${at}`, '', 10, 'alice'));
  t.equal(kept.filter(one => one === null).length, 128);
  t.equal(await store.put('b', '', 10, 'bob'), null);
  await store.take('a0');
  t.same([await store.put('x', '', 10, 'alice'), await store.put('y', '', 10, 'alice')], [null, 'full']);
  now = 10;
  t.equal(await store.put('z', '', 20, 'alice'), null, 'what is over takes no room');
});

test('all together have a bound', async t => {
  let now = 0;
  const store = new MemoryStore(clockBy(() => now));
  let kept = 0;
  for (let at = 0; at < 20_000; at += 1) if ((await store.put(`k${at}`, '', 10, `u${at}`)) === null) kept += 1;
  t.equal(kept, 16_384);
  now = 10;
  t.equal(await store.put('later', '', 20, 'u'), null);
});

test('an ended session stays so, among more than anybody ends', async t => {
  const store = new MemoryStore(settableClock(0));
  await store.end('first');
  t.same([store.hasEnded('first'), store.hasEnded('other')], [true, false]);
  for (let at = 0; at < 70_000; at += 1) await store.end(`s${at}`);
  t.same([store.hasEnded('s69999'), store.hasEnded('s10000'), store.hasEnded('first')], [true, true, false]);
});
