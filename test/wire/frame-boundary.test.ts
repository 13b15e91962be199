/** Where a stream of WebSocket frames stands between two of them, however it is cut into chunks. */
import { test } from 'tap';
import { FrameBoundary } from '../../src/wire/tunnel/frame-boundary.ts';

const frames = [
  { title: 'an empty frame', bytes: Buffer.from([0x81, 0x00]) },
  { title: 'a short frame', bytes: Buffer.concat([Buffer.from([0x81, 0x05]), Buffer.alloc(5)]) },
  { title: 'a frame of 125', bytes: Buffer.concat([Buffer.from([0x82, 125]), Buffer.alloc(125)]) },
  { title: 'a frame of 126', bytes: Buffer.concat([Buffer.from([0x82, 126, 0, 126]), Buffer.alloc(126)]) },
  {
    title: 'a frame of 70 000',
    bytes: Buffer.concat([Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70]), Buffer.alloc(70_000)]),
  },
  { title: 'a masked frame', bytes: Buffer.concat([Buffer.from([0x81, 0x83]), Buffer.alloc(4 + 3)]) },
];

for (const { title, bytes } of frames) {
  test(`${title} ends where it ends`, async t => {
    const twice = Buffer.concat([bytes, bytes]);
    for (const size of [1, 3, bytes.length]) {
      const boundary = new FrameBoundary();
      const ends: number[] = [];
      for (let at = 0; at < twice.length; at += size) {
        boundary.feed(twice.subarray(at, at + size));
        if (boundary.between) ends.push(Math.min(at + size, twice.length));
      }
      t.equal(ends.at(-1), twice.length, `in chunks of ${size}`);
      t.ok(ends.every(end => end % bytes.length === 0));
    }
  });
}
