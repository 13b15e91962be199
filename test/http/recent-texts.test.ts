/** What is remembered of texts: what is in use stays, a flood changes nothing, and no memory outgrows its bounds. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import t from 'tap';
import { derived, derivedWithin } from '../../src/http/derived.ts';
import { ownText, RecentTexts, remembering } from '../../src/http/recent-texts.ts';

t.test('ownText', async t => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => ownText(text) === text));
  t.equal(ownText('\u0141'), '\u0141', 'two bytes do not become one');
  t.equal(ownText('\ud800'), '\ud800', 'half a character stays');
});

/** The most that was ever remembered while these texts came. */
function mostRemembered(recent: RecentTexts<number>, texts: readonly string[]): number {
  return Math.max(
    ...texts.map((text, at) => {
      recent.set(text, at);
      return recent.size;
    }),
  );
}

t.test('within its bounds', async t => {
  const recent = new RecentTexts<number>({ entries: 10, characters: 100 });
  const texts = Array.from({ length: 1000 }, (_, at) => `text ${at}`);
  t.equal(mostRemembered(recent, texts), 10);
  t.equal(recent.get('text 999'), 999);
  t.equal(recent.get('text 0'), undefined, 'what came first is gone');
  const wide = new RecentTexts<number>({ entries: 1000, characters: 100 });
  const long = Array.from({ length: 100 }, (_, at) => `${at}`.padStart(20, 'x'));
  t.equal(mostRemembered(wide, long), 4, 'texts of 20 characters in two halves of 50');
  wide.set('y'.repeat(51), 1);
  t.equal(wide.get('y'.repeat(51)), undefined, 'one text never takes more than its half');
});

t.test('what values hold besides counts as well', async t => {
  const recent = new RecentTexts<number>({ entries: 1000, characters: 200 });
  const weigh = (): number => {
    let most = 0;
    for (let at = 0; at < 500; at += 1) {
      recent.set(`${at % 7}`, at, 20 + (at % 3));
      if (at % 2 === 0) recent.get(`${at % 5}`);
      if (at % 11 === 0) recent.delete(`${at % 7}`);
      most = Math.max(most, recent.characters);
    }
    return most;
  };
  const most = weigh();
  t.ok(most > 100 && most <= 200, `${most} at most`);
  for (let at = 0; at < 7; at += 1) recent.delete(`${at}`);
  t.strictSame([recent.size, recent.characters], [0, 0], 'nothing is left over');
  recent.set('heavy', 1, 96);
  t.equal(recent.get('heavy'), undefined, 'too heavy for its half');
  recent.set('light', 1, 95);
  t.equal(recent.characters, 100);
});

t.test('what is in use stays through a flood', async t => {
  const recent = new RecentTexts<string>({ entries: 100, characters: 10_000 });
  recent.set('in use', 'kept');
  recent.set('not in use', 'lost');
  for (let at = 0; at < 10_000; at += 1) {
    recent.set(`flood ${at}`, '');
    if (at % 20 === 0) recent.get('in use');
  }
  t.equal(recent.get('in use'), 'kept');
  t.equal(recent.get('not in use'), undefined);
});

t.test('set again, and deleted', async t => {
  const recent = new RecentTexts<number>({ entries: 4, characters: 40 });
  for (let at = 0; at < 100; at += 1) recent.set('same', at);
  t.equal(recent.size, 1);
  t.equal(recent.get('same'), 99);
  recent.set('b', 1);
  recent.set('c', 1);
  recent.set('same', 100);
  t.equal(recent.get('same'), 100, 'an older value does not come back');
  recent.delete('same');
  t.equal(recent.get('same'), undefined);
  t.equal(recent.size, 2, 'the others stay');
});

t.test('remembering', async t => {
  const made: string[] = [];
  const length = remembering(
    text => {
      made.push(text);
      return text.length === 3 ? null : text.length;
    },
    { entries: 8, characters: 80 },
    value => value !== 5,
  );
  t.strictSame([length('ab'), length('ab'), length('abc'), length('abc')], [2, 2, null, null]);
  t.strictSame(made, ['ab', 'abc'], 'each once, null too');
  t.strictSame([length('abcde'), length('abcde')], [5, 5]);
  t.strictSame(made, ['ab', 'abc', 'abcde', 'abcde'], 'what is not kept is made again');
});

t.test('derived', async t => {
  let made = 0;
  const count = derived((_: object) => {
    made += 1;
    return made;
  });
  const [one, two] = [{}, {}];
  t.strictSame([count(one), count(two), count(one), count(two), count(two)], [1, 2, 1, 2, 2]);
  const nothing = derived((_: object) => {
    made += 1;
    return undefined;
  });
  nothing(one);
  nothing(two);
  nothing(one);
  t.equal(made, 4, 'undefined is remembered as well');
});

t.test('derivedWithin', async t => {
  const made: number[] = [];
  const bounds = { bytes: 100, weigh: ({ weight }: { readonly weight: number }) => weight };
  const make = derivedWithin((source: { readonly id: number; readonly weight: number }) => {
    made.push(source.id);
    return { weight: source.weight };
  }, bounds);
  const sourceOf = (id: number, weight = 10): { readonly id: number; readonly weight: number } => ({ id, weight });
  const [inUse, seldom, heavy] = [sourceOf(1), sourceOf(2), sourceOf(3, 51)];
  t.equal(make(inUse), make(inUse), 'once');
  make(seldom);
  for (let id = 100; id < 140; id += 1) {
    make(sourceOf(id));
    if (id % 3 === 0) make(inUse);
  }
  made.length = 0;
  make(inUse);
  t.strictSame(made, [], 'what is in use stays');
  make(seldom);
  t.strictSame(made, [2], 'a flood pushes out what is not');
  t.not(make(heavy), make(heavy), 'too heavy for its half');
  t.strictSame(made, [2, 3, 3]);
});

t.test('keeps no head alive', async t => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const tail = remembering(text => text.slice(2), { entries: 2000, characters: 1_000_000 });
  const headBytes = 64 * 1024;
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < 2000; at += 1) {
    const head = Buffer.alloc(headBytes, `X-Some-Field-With-A-Long-Name-${at}: `).toString('latin1');
    tail(head.slice(0, 36));
  }
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  t.ok(grown < 8 * 1024 * 1024, `${grown} bytes for 2000 names cut out of heads of 64 KiB`);
  t.equal(tail('X-Some-Field-With-A-Long-Name-1999: '), 'Some-Field-With-A-Long-Name-1999: ');
});
