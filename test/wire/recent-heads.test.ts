/** Heads that come again: what is found of them is what reading them would give, and nothing else is found. */
import { test } from 'tap';
import { RecentHeads } from '../../src/wire/message/recent-heads.ts';
import { endOfHead, parseRequestHead, type RequestHead } from '../../src/wire/message/request-head.ts';
import { grownBy } from '../http/held-bytes.ts';

const fields = [
  'Host: hub.example',
  'Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLWFsaWNl',
  'Cookie: _xsrf=2|6b1f0c44; theme=dark',
  'X-Latin:  \xe9\xff ',
  'Accept: */*',
];

function headText(line: string, ...more: readonly string[]): string {
  return [line, ...fields, ...more, '\r\n'].join('\r\n');
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function read(text: string): RequestHead {
  const head = parseRequestHead(text, endOfHead(text));
  if (typeof head === 'string') throw new Error(head);
  return head;
}

/** What a connection does with a read that is a whole head. */
function meet(recent: RecentHeads, text: string): RequestHead | null {
  const bytes = bytesOf(text);
  const found = recent.find(bytes);
  if (found === null) recent.keep(bytes, read(text));
  return found;
}

test('from the third time on a head is found, with the same fields each time, under any request line', t => {
  const recent = new RecentHeads();
  const sightings = [1, 2, 3, 4].map(time => meet(recent, headText(`GET /a?time=${time} HTTP/1.1`)));
  t.match(sightings, [null, null, { target: '/a?time=3' }, { target: '/a?time=4' }]);
  const other = meet(recent, headText('DELETE /b HTTP/1.1'));
  t.equal(other?.fields, sightings[3]?.fields);
  t.same(other, { ...read(headText('DELETE /b HTTP/1.1')), recurs: true });
  t.end();
});

const kinds: { title: string; more: readonly string[] }[] = [
  { title: 'a length', more: ['Content-Length: 5'] },
  { title: 'chunks', more: ['Transfer-Encoding: chunked', 'Expect: 100-continue'] },
  { title: 'faulty framing', more: ['Content-Length: 5', 'Content-Length: 6'] },
  { title: 'an end', more: ['Connection: close'] },
  { title: 'a switch', more: ['Connection: Upgrade', 'Upgrade: websocket'] },
];

for (const { title, more } of kinds) {
  test(`what is found says what reading says: ${title}`, t => {
    const recent = new RecentHeads();
    for (const method of ['GET', 'POST', 'HEAD']) {
      const text = headText(`${method} /a HTTP/1.1`, ...more);
      const found = [meet(recent, text), meet(recent, text), meet(recent, text)].at(-1);
      t.same(found, { ...read(text), recurs: true });
    }
    t.end();
  });
}

test('a head that differs in any byte is not taken for the one that came before', t => {
  const recent = new RecentHeads();
  const text = headText('GET /a HTTP/1.1');
  for (let time = 0; time < 3; time += 1) meet(recent, text);
  const begin = text.indexOf('\n') + 1;
  for (let at = begin; at < text.length; at += 1) {
    for (const put of ['', 'x', '\r', '\n', '\0']) {
      if (text[at] === put) continue;
      t.equal(recent.find(bytesOf(text.slice(0, at) + put + text.slice(at + 1))), null);
    }
  }
  t.match(recent.find(bytesOf(text)), { target: '/a' });
  t.end();
});

test('what is not exactly one head of HTTP/1.1 is left to be read', t => {
  const recent = new RecentHeads();
  const text = headText('GET /a HTTP/1.1');
  for (let time = 0; time < 3; time += 1) meet(recent, text);
  const rest = text.slice(text.indexOf('\n') + 1);
  const lines = [
    'GET /a HTTP/1.0\r\n',
    'CONNECT a:1 HTTP/1.1\r\n',
    'NOSUCH /a HTTP/1.1\r\n',
    'GET /a HTTP/1.1\n',
    'GET /a\r HTTP/1.1\r\n',
    'GET  /a HTTP/1.1\r\n',
    'GET /a HTTP/1.1\r\n\r\n',
    'GET /a HTTP/1.1\r\nX: y\r\n',
    '\r\n',
    '',
  ];
  for (const line of lines) t.equal(recent.find(bytesOf(line + rest)), null, JSON.stringify(line));
  t.equal(recent.find(bytesOf(`${text}body`)), null);
  t.equal(recent.find(bytesOf(text + text)), null);
  t.equal(recent.find(bytesOf(text.slice(0, -1))), null);
  t.end();
});

test('a flood pushes out what nobody asks for, and not what is in use', t => {
  const recent = new RecentHeads();
  const padding = `X-Padding: ${'p'.repeat(8000)}`;
  const inUse = headText('GET /in-use HTTP/1.1');
  const forgotten = headText('GET /forgotten HTTP/1.1', 'X-Once: more');
  for (let time = 0; time < 3; time += 1) {
    meet(recent, inUse);
    meet(recent, forgotten);
  }
  for (let at = 0; at < 1500; at += 1) {
    const text = headText('GET /flood HTTP/1.1', `X-Number: ${String(at).repeat(20)}`, padding);
    meet(recent, text);
    meet(recent, text);
    t.match(meet(recent, inUse), { target: '/in-use' });
  }
  t.equal(meet(recent, forgotten), null);
  t.end();
});

test('a head is kept by its own bytes, not with the memory around them that Node shares out', t => {
  const recent = new RecentHeads();
  const grown = grownBy(at => {
    const text = headText('GET /a HTTP/1.1', `X-User: ${String(at).repeat(20)}`);
    meet(recent, text);
    meet(recent, text);
  });
  t.ok(meet(recent, headText('GET /a HTTP/1.1', 'X-User: '.concat('0'.repeat(20)))), 'they are kept');
  t.ok(grown < 512 * 1024, `${grown} bytes`);
  t.end();
});
