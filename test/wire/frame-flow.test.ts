/** Where a stream of WebSocket frames stands between two of them, and which pongs are taken out, however it is cut into chunks. */
import fc from 'fast-check';
import { test } from 'tap';
import { closeFrame, masked, pingFrame, pingMark } from '../../src/wire/tunnel/control-frames.ts';
import { FrameFlow } from '../../src/wire/tunnel/frame-flow.ts';

const frame = (first: number, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from([first, payload.length]), payload]);

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

/** In pieces of that many bytes. */
function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

for (const { title, bytes } of frames) {
  test(`${title} ends where it ends, and goes on untouched`, async t => {
    const twice = Buffer.concat([bytes, bytes]);
    for (const size of [1, 3, bytes.length]) {
      const flow = new FrameFlow();
      const ends: number[] = [];
      let same = true;
      let at = 0;
      for (const piece of pieces(twice, size)) {
        same &&= flow.pass(piece) === piece;
        at += piece.length;
        if (flow.between) ends.push(at);
      }
      t.ok(same, 'the very chunks');
      t.equal(ends.at(-1), twice.length, `in chunks of ${size}`);
      t.ok(ends.every(end => end % bytes.length === 0));
    }
  });
}

const ownPong = frame(0x8a, pingMark);
const text = frame(0x81, Buffer.from('text'));
const binary = frame(0x82, Buffer.concat([ownPong, ownPong]));

const streams = [
  { title: 'an answer to our ping', sent: [text, ownPong, text], kept: [text, text] },
  { title: 'a masked answer', sent: [masked(text), masked(ownPong), masked(ownPong)], kept: null, count: 1 },
  { title: 'what looks like one within a frame', sent: [binary, ownPong, binary], kept: [binary, binary] },
  { title: "a pong to another's ping", sent: [frame(0x8a, Buffer.from('12345678')), text], kept: null },
  { title: 'a pong of another length', sent: [frame(0x8a, Buffer.alloc(0)), frame(0x8a, Buffer.alloc(9))], kept: null },
  { title: 'a ping that carries our mark', sent: [pingFrame, text], kept: null },
  { title: 'a pong with a bit of an extension', sent: [frame(0xca, pingMark), text], kept: null },
  { title: 'one that is no control frame as it must be', sent: [frame(0x0a, pingMark), text], kept: null },
];

for (const { title, sent, kept, count } of streams) {
  test(`${title} among frames`, async t => {
    const bytes = Buffer.concat(sent);
    const wanted = Buffer.concat(kept ?? (count === undefined ? sent : sent.slice(0, count)));
    for (const size of [1, 2, 3, 5, 7, bytes.length]) {
      const flow = new FrameFlow();
      flow.takeOutPongs(pingMark);
      const got: Buffer[] = [];
      for (const piece of pieces(bytes, size)) got.push(flow.pass(piece));
      t.ok(flow.between);
      t.equal(Buffer.concat(got).toString('hex'), wanted.toString('hex'), `in chunks of ${size}`);
      t.equal(flow.rest().length, 0);
    }
  });
}

/** A frame as either side may send it, of any length and with any bits. */
const anyFrame = fc
  .record({
    first: fc.integer({ min: 0, max: 255 }),
    length: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(8, 125, 126, 127, 65_535, 65_536)),
    isMasked: fc.boolean(),
    wide: fc.constantFrom(0, 2, 8),
    fill: fc.integer({ min: 0, max: 255 }),
  })
  .map(({ first, length, isMasked, wide, fill }) => {
    const bytes = length > 65_535 ? 8 : length > 125 ? Math.max(wide, 2) : wide;
    const header = Buffer.alloc(2 + bytes + (isMasked ? 4 : 0), 0x8a);
    header[0] = first;
    header[1] = (isMasked ? 0x80 : 0) | (bytes === 0 ? length : bytes === 2 ? 126 : 127);
    if (bytes === 2) header.writeUInt16BE(length, 2);
    if (bytes === 8) header.writeBigUInt64BE(BigInt(length), 2);
    return Buffer.concat([header, Buffer.alloc(length, fill)]);
  });

const answer = fc.boolean().map(isMasked => (isMasked ? masked(ownPong) : ownPong));

test('whatever frames come in whatever pieces, exactly the answers to our pings are taken out', async t => {
  const parts = fc.array(
    fc.oneof(
      anyFrame.map(bytes => ({ bytes, ours: false })),
      answer.map(bytes => ({ bytes, ours: true })),
    ),
  );
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
  fc.assert(
    fc.property(parts, cuts, (sent, sizes) => {
      const flow = new FrameFlow();
      flow.takeOutPongs(pingMark);
      const all = Buffer.concat(sent.map(({ bytes }) => bytes));
      const got: Buffer[] = [];
      for (let at = 0, turn = 0; at < all.length; turn += 1) {
        const size = turn < 400 ? (sizes[turn % sizes.length] ?? 1) : all.length;
        got.push(flow.pass(all.subarray(at, at + size)));
        at += size;
      }
      const kept = Buffer.concat(sent.filter(({ ours }) => !ours).map(({ bytes }) => bytes));
      return flow.between && Buffer.concat(got).equals(kept);
    }),
    { numRuns: 500 },
  );
  t.pass('500 streams');
});

test('while no ping was sent, nothing is taken out', async t => {
  const flow = new FrameFlow();
  t.equal(flow.pass(ownPong), ownPong);
});

test('half a pong is held, so that other frames may go in before it, and goes on when nothing comes any more', async t => {
  const flow = new FrameFlow();
  flow.takeOutPongs(pingMark);
  t.equal(flow.pass(Buffer.concat([text, ownPong.subarray(0, 5)])).toString('hex'), text.toString('hex'));
  t.ok(flow.between);
  t.equal(flow.rest().toString('hex'), ownPong.subarray(0, 5).toString('hex'));
  t.notOk(flow.between);
});

test('the rest of a frame, and nothing of the next one', async t => {
  const flow = new FrameFlow();
  flow.pass(text.subarray(0, 3));
  t.notOk(flow.between);
  t.equal(flow.endOfFrame(text.subarray(3, 4)).length, 1);
  t.notOk(flow.between);
  t.equal(flow.endOfFrame(Buffer.concat([text.subarray(4), text])).length, text.length - 4);
  t.ok(flow.between);
});

test('a Close frame is seen, and no other', async t => {
  const flow = new FrameFlow();
  flow.pass(Buffer.concat([text, pingFrame, frame(0x82, closeFrame(1000, ''))]));
  t.notOk(flow.closing);
  flow.pass(closeFrame(1000, ''));
  t.ok(flow.closing);
});

test('frames of the gate are as the RFC has them', async t => {
  t.equal(closeFrame(1008, 'token-expired').toString('latin1'), '\x88\x0f\x03\xf0token-expired');
  t.equal(closeFrame(1001, '').toString('latin1'), '\x88\x02\x03\xe9');
  t.equal(pingFrame.length, 10);
  const [one, other] = [masked(pingFrame), masked(pingFrame)];
  t.equal(one.length, 14);
  t.not(one.toString('hex'), other.toString('hex'), 'each under a key of its own');
});
