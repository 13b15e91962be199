/** Where bodies end: by length and by chunks, however the bytes are cut (RFC 9112 §6, §7.1). */
import fc from 'fast-check';
import { test } from 'tap';
import { type BodyReader, LengthReader } from '../../src/wire/message/body-reader.ts';
import { ChunkedReader } from '../../src/wire/message/chunked.ts';

interface Reading {
  readonly content: string;
  readonly behind: string;
  readonly complete: boolean;
  readonly fault: string | null;
}

/** Reads the bytes cut at the given places. */
function readCut(reader: BodyReader, bytes: Buffer, cuts: readonly number[]): Reading {
  const places = [0, ...cuts.map(cut => cut % (bytes.length + 1)).sort((one, other) => one - other), bytes.length];
  const parts: Buffer[] = [];
  let behind = '';
  for (let at = 0; at + 1 < places.length; at += 1) {
    const piece = bytes.subarray(places[at], places[at + 1]);
    const isOver = reader.complete || reader.fault !== null;
    const stop = isOver ? 0 : reader.read(piece, 0, part => void parts.push(part));
    if (reader.fault !== null) break;
    if (reader.complete) behind += piece.toString('latin1', stop);
  }
  return { content: Buffer.concat(parts).toString('latin1'), behind, complete: reader.complete, fault: reader.fault };
}

function readWhole(reader: BodyReader, text: string): Reading {
  return readCut(reader, Buffer.from(text, 'latin1'), []);
}

const chunkedBodies: { title: string; text: string; content?: string; behind?: string; fault?: RegExp }[] = [
  {
    title: 'chunks in both cases',
    text: 'a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n',
    content: '01234567890123456789',
  },
  { title: 'nothing', text: '0\r\n\r\n', content: '' },
  { title: 'leading zeros', text: '0005\r\nhello\r\n000\r\n\r\n', content: 'hello' },
  { title: 'extensions, which go nowhere', text: '5;a="b;c"\r\nhello\r\n0;x\r\n\r\n', content: 'hello' },
  { title: 'trailers, which go nowhere', text: '0\r\nRemote-User: root\r\nX: y\r\n\r\n', content: '' },
  { title: 'what stands behind it alone', text: '1\r\nx\r\n0\r\n\r\nGET /', content: 'x', behind: 'GET /' },
  { title: 'bytes of every value', text: `2\r\n\r\n\r\n2\r\n\0\xff\r\n0\r\n\r\n`, content: '\r\n\0\xff' },
  { title: 'no size', text: '\r\nhello', fault: /size/ },
  { title: 'a size with a sign', text: '+5\r\nhello\r\n', fault: /size/ },
  { title: 'a size with 0x', text: '0x5\r\nhello\r\n', fault: /size/ },
  { title: 'white space before a size', text: ' 5\r\nhello\r\n', fault: /size/ },
  { title: 'white space behind a size', text: '5 \r\nhello\r\n', fault: /size/ },
  { title: 'nine digits', text: '000000005\r\nhello\r\n', fault: /size/ },
  { title: 'LF alone behind a size', text: '5\nhello\r\n', fault: /size/ },
  { title: 'LF in an extension (chunk.ext desync)', text: '5;a\nb\r\nhello\r\n', fault: /extension/ },
  { title: 'CR in an extension', text: '5;a\rb\r\nhello\r\n', fault: /CR LF/ },
  { title: 'an extension without a name', text: '5;\r\nhello\r\n0\r\n\r\n', fault: /extension/ },
  { title: 'an open quote in an extension', text: '5;a="b\r\nhello\r\n', fault: /extension/ },
  { title: 'white space in an extension', text: '5 ;a\r\nhello\r\n', fault: /size/ },
  { title: 'a trailer that tells a length', text: '0\r\ncontent-length: 7\r\n\r\n', fault: /framing/ },
  { title: 'a trailer that tells a coding', text: '0\r\nTransfer-Encoding: chunked\r\n\r\n', fault: /framing/ },
  { title: 'too long an extension', text: `5;${'x'.repeat(5000)}\r\n`, fault: /too many/ },
  { title: 'content beyond its size', text: '5\r\nhelloX\r\n', fault: /CR LF/ },
  { title: 'LF alone behind content', text: '5\r\nhello\n', fault: /CR LF/ },
  { title: 'LF alone in trailers', text: '0\r\nX: y\n\r\n', fault: /CR LF/ },
  { title: 'a trailer that is no field', text: '0\r\nGET / HTTP/1.1\r\n\r\n', fault: /colon/ },
  { title: 'a folded trailer', text: '0\r\nX: y\r\n z\r\n\r\n', fault: /colon|token/ },
  { title: 'a control character in a trailer', text: '0\r\nX: \x01\r\n\r\n', fault: /control/ },
  { title: 'trailers without end', text: `0\r\n${'X: y\r\n'.repeat(4000)}`, fault: /too large/ },
];

for (const { title, text, content, behind = '', fault } of chunkedBodies) {
  test(`a chunked body ${fault === undefined ? 'may hold' : 'is refused for'} ${title}, wherever it is cut`, t => {
    const whole = readWhole(new ChunkedReader(), text);
    if (fault === undefined) t.match(whole, { content, behind, complete: true, fault: null });
    else t.match(whole.fault, fault);
    const bytes = Buffer.from(text, 'latin1');
    const everyByte = readCut(new ChunkedReader(), bytes, bytes.keys().toArray());
    t.equal(everyByte.fault, whole.fault);
    if (fault === undefined) t.same(everyByte, whole);
    t.end();
  });
}

test('a chunked body is read back whatever its chunks and cuts, and what stands behind it stays', t => {
  const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 8 });
  fc.assert(
    fc.property(chunks, fc.array(fc.nat(), { maxLength: 12 }), fc.string({ maxLength: 9 }), (parts, cuts, behind) => {
      const text = parts
        .map(part => `${part.length.toString(16)}\r\n${Buffer.from(part).toString('latin1')}\r\n`)
        .join('');
      const bytes = Buffer.concat([Buffer.from(`${text}0\r\n\r\n`, 'latin1'), Buffer.from(behind)]);
      const got = readCut(new ChunkedReader(), bytes, cuts);
      const content = Buffer.concat(parts).toString('latin1');
      return got.complete && got.content === content && got.behind === Buffer.from(behind).toString('latin1');
    }),
  );
  t.pass('read back');
  t.end();
});

test('a body with a length ends there, wherever it is cut', t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), fc.array(fc.nat()), (all, length, cuts) => {
      const bytes = Buffer.from(all);
      const got = readCut(new LengthReader(length), bytes, cuts);
      const enough = bytes.length >= length;
      return got.complete === enough && got.content === bytes.toString('latin1', 0, length);
    }),
  );
  t.pass('ends there');
  t.end();
});
