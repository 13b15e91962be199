/** Bodies of gigabytes: counted right beyond 2^31 and 2^32, and never cut for being slow as long as they move. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'tap';
import { streamBody, streamFraming } from '../../src/doors/request-body.ts';
import { requestFraming } from '../../src/http/framing.ts';
import { type BodyReader, LengthReader } from '../../src/wire/message/body-reader.ts';
import { ChunkedReader } from '../../src/wire/message/chunked.ts';
import type { Running } from '../../src/wire/upstream/hub-request.ts';
import { openSocketHub, proof, until, within } from './door-house.ts';

const MiB = 2 ** 20;
const block = Buffer.alloc(64 * MiB);

/** Reads so many bytes of content, block by block; gives how much the reader handed on. */
function feed(reader: BodyReader, bytes: number): number {
  let got = 0;
  for (let left = bytes; left > 0; left -= Math.min(left, block.length))
    reader.read(left < block.length ? block.subarray(0, left) : block, 0, part => {
      got += part.length;
    });
  return got;
}

const sizes: readonly (readonly [name: string, bytes: number])[] = [
  ['2 GiB', 2 ** 31],
  ['4 GiB and 5 bytes', 2 ** 32 + 5],
  ['6 GiB', 6 * 2 ** 30],
];

for (const [name, bytes] of sizes) {
  test(`a body of ${name} with its length ends at its last byte, and its length goes up as it came`, async t => {
    const framing = requestFraming([['Content-Length', String(bytes)]], '1.1');
    t.same(framing, { ok: true, body: { kind: 'length', bytes } });
    t.same(framing.ok && streamFraming(framing.body), [['Content-Length', String(bytes)]]);
    const reader = new LengthReader(bytes);
    t.equal(feed(reader, bytes - 1), bytes - 1);
    t.notOk(reader.complete);
    t.equal(feed(reader, 2), 1, 'what stands behind it is not its own');
    t.ok(reader.complete);
  });

  test(`a body over limits.bodyBytes is noticed at its very byte: ${name}`, async t => {
    const told: string[] = [];
    let sent = 0;
    const running: Running = {
      write(chunk) {
        sent += chunk.length;
        return true;
      },
      end: () => void told.push('whole'),
      resume: () => undefined,
      abort: () => void told.push('given up'),
    };
    let counted = 0;
    const taker = streamBody(running, bytes, {
      onBytes(more) {
        counted += more;
      },
      onRefused: ({ reason }) => void told.push(reason),
    });
    for (let left = bytes; left > 0; left -= Math.min(left, block.length))
      taker.bodyData(left < block.length ? block.subarray(0, left) : block);
    t.same([sent, counted, told], [bytes, bytes, []]);
    taker.bodyData(block.subarray(0, 1));
    t.same([sent, counted, told], [bytes, bytes + 1, ['given up', 'body-too-large']]);
  });
}

test('chunks up to the largest that there are add up beyond 2^33', async t => {
  const reader = new ChunkedReader();
  let got = 0;
  for (const size of [2 ** 31, 2 ** 32 - 1, 2 ** 31 + 1]) {
    reader.read(Buffer.from(`${size.toString(16)}\r\n`), 0, () => undefined);
    got += feed(reader, size);
    reader.read(Buffer.from('\r\n'), 0, () => undefined);
  }
  reader.read(Buffer.from('0\r\n\r\n'), 0, () => undefined);
  t.same([got, reader.complete, reader.fault], [2 ** 33, true, null]);
});

/** Every time that the gate may lose its patience in, but the one that speaks of bodies that move. */
const hasty = { headerTimeoutMs: 500, idleTimeoutMs: 100, hubConnectTimeoutMs: 500, hubResponseTimeoutMs: 100 };

/** Far above what a busy machine takes between two writes. */
const stallMs = 1500;

const uploads = [
  { title: 'with a length beyond 2^32', more: `Content-Length: ${2 ** 32 + 5}\r\n`, piece: 'x', atHub: 'x' },
  { title: 'in chunks', more: 'Transfer-Encoding: chunked\r\n', piece: '1\r\nx\r\n', atHub: '1\r\nx\r\n' },
];

for (const { title, more, piece, atHub } of uploads) {
  test(`an upload ${title} that moves a little all the time is never cut, however long it lasts`, async t => {
    const hub = await openSocketHub(socket => void socket.resume());
    await within(hub, { limits: { ...hasty, bodyStallTimeoutMs: stallMs } }, async house => {
      const socket = connect(house.port, '127.0.0.1');
      let got = '';
      socket
        .on('error', () => undefined)
        .on('data', (bytes: Buffer) => {
          got += bytes.toString('latin1');
        });
      socket.write(`POST /user/a/ HTTP/1.1\r\nHost: hub.example.org\r\n${proof}${more}\r\n`);
      const begin = performance.now();
      let pieces = 0;
      while (performance.now() - begin < 3 * stallMs) {
        socket.write(piece);
        pieces += 1;
        const written = performance.now();
        await until(() => performance.now() - written > 60);
      }
      t.equal(got, '');
      await until(() => hub.received().endsWith(`\r\n\r\n${atHub.repeat(pieces)}`));
      t.same(house.records, []);
      const answered = once(socket, 'data');
      hub.sockets[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      await answered;
      t.match(got, /^HTTP\/1\.1 200 OK/);
      socket.destroy();
    });
  });
}
