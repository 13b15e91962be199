/** When what was delivered has to be delivered again. */

import t from 'tap';
import { Deliveries } from '../../src/hub/deliveries.ts';
import { clockBy } from '../clock/settable-clock.ts';

const start = 1_000_000;

function bookAt(): { readonly book: Deliveries; readonly move: (ms: number) => void } {
  let now = start;
  const move = (ms: number): void => {
    now += ms;
  };
  return { book: new Deliveries(clockBy(() => now)), move };
}

const rows: readonly (readonly [rule: string, lastsMs: number, restMs: number])[] = [
  ['what has no end: after a minute', Number.POSITIVE_INFINITY, 60_000],
  ['what lasts long: after a minute', 3_600_000, 60_000],
  ['what ends soon: past half of the time to its end', 50_000, 25_000],
  ['what has ended: at once', -1, 0],
];

for (const [rule, lastsMs, restMs] of rows)
  t.test(rule, async t => {
    const { book, move } = bookAt();
    t.ok(book.isDue('alice'), 'before the first');
    book.note('alice', start + lastsMs);
    t.equal(book.isDue('alice'), restMs === 0);
    t.ok(book.isDue('bob'), 'of each user by itself');
    move(Math.max(0, restMs - 1));
    t.equal(book.isDue('alice'), restMs === 0);
    move(1);
    t.ok(book.isDue('alice'));
  });

t.test('a hub that was away has forgotten all', async t => {
  const { book } = bookAt();
  book.note('alice', Number.POSITIVE_INFINITY);
  book.note('bob', Number.POSITIVE_INFINITY);
  book.forget();
  t.ok(book.isDue('alice') && book.isDue('bob'));
});

t.test('beyond a bound the oldest is due again', async t => {
  const { book } = bookAt();
  for (let at = 0; at <= 8192; at += 1) book.note(`user${at}`, Number.POSITIVE_INFINITY);
  t.ok(book.isDue('user0'));
  t.notOk(book.isDue('user1'));
});
