import { test } from 'tap';
import { seldom } from '../../src/observe/seldom.ts';

test('each text is said at once, then once in a while with how often it came', async t => {
  let now = 1000;
  const said: [string, number][] = [];
  const say = seldom(
    (text, times) => said.push([text, times]),
    60,
    () => now,
  );
  say('one');
  say('other');
  for (let times = 0; times < 5; times += 1) say('one');
  now += 59;
  say('one');
  t.same(said.splice(0), [
    ['one', 1],
    ['other', 1],
  ]);
  now += 1;
  say('one');
  say('one');
  t.same(said.splice(0), [['one', 7]]);
  now += 1000;
  say('one');
  say('other');
  t.same(said, [
    ['one', 2],
    ['other', 1],
  ]);
});
