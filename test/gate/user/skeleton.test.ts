/** Skeletons as UTS 39 §4 has them, for what names are made of. */
import t from 'tap';
import { skeleton } from '../../../src/gate/user/skeleton.ts';

const rows: readonly (readonly [name: string, looks: string])[] = [
  ['alice', 'alice'],
  ['modern', 'rnodern'],
  ['0Il1', 'Olll'],
  ['раураl', 'paypal'],
  ['сосо', 'coco'],
  ['admın', 'adrnin'],
  ['jürgen', 'ju\u0308rgen'],
  ['ju\u0308rgen', 'ju\u0308rgen'],
  ['ŁUKASZ', 'L\u0338UKASZ'],
  ['ї', 'i\u0308'],
  ['lærke', 'laerke'],
  ['ロ力', '口力'],
  ['李小龍', '李小龍'],
];

for (const [name, looks] of rows) t.test(`${name} looks like ${looks}`, async t => void t.equal(skeleton(name), looks));

t.test('every printable ASCII character looks like ASCII, but for %', async t => {
  const ascii = Array.from({ length: 0x5e }, (_, at) => String.fromCharCode(0x21 + at));
  t.same(
    ascii.filter(one => !/^[\x21-\x7e]+$/.test(skeleton(one))),
    ['%'],
  );
});
