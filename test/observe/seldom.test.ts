import { test } from 'tap';
import { seldom } from '../../src/observe/seldom.ts';

test('each text is said at once, then once in a while with how often it came', async t => {
  let now = 1000;
  const said: [string, number, string][] = [];
  const say = seldom(
    (text, times, about: string) => said.push([text, times, about]),
    60,
    () => now,
  );
  say('one', `at ${now}`);
  say('other', `at ${now}`);
  for (let times = 0; times < 5; times += 1) say('one', `at ${now}`);
  now += 59;
  say('one', `at ${now}`);
  t.same(said.splice(0), [
    ['one', 1, 'at 1000'],
    ['other', 1, 'at 1000'],
  ]);
  now += 1;
  say('one', `at ${now}`);
  say('one', `at ${now}`);
  t.same(said.splice(0), [['one', 7, 'at 1060']]);
  now += 1000;
  say('one', `at ${now}`);
  say('other', `at ${now}`);
  t.same(said, [
    ['one', 2, 'at 2060'],
    ['other', 1, 'at 2060'],
  ]);
});
