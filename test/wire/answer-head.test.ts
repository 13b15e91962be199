/** The grammar of the hub's answers: what is relayed of a head, how its body ends, and which lies are seen (R5). */
import { test } from 'tap';
import { parseAnswerHead } from '../../src/wire/message/answer-head.ts';
import { endOfHead } from '../../src/wire/message/request-head.ts';

const parse = (text: string, toHead = false): ReturnType<typeof parseAnswerHead> =>
  parseAnswerHead(text, endOfHead(text), toHead);

const taken: { title: string; text: string; toHead?: boolean; wanted: object }[] = [
  {
    title: 'end-to-end fields alone, in order and spelling',
    text: 'HTTP/1.1 200 Very fine\r\nX-B: \xff\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nx-b:2\r\nContent-Length: 7\r\n\r\n',
    wanted: {
      status: 200,
      phrase: 'Very fine',
      fields: [
        ['X-B', '\xff'],
        ['x-b', '2'],
      ],
      contentLength: '7',
      framing: { kind: 'length', bytes: 7 },
      persists: true,
    },
  },
  {
    title: 'no phrase',
    text: 'HTTP/1.1 200\r\n\r\n',
    wanted: { phrase: '', framing: { kind: 'close' }, persists: false },
  },
  {
    title: 'chunks',
    text: 'HTTP/1.1 200 \r\nTransfer-Encoding: Chunked\r\n\r\n',
    wanted: { framing: { kind: 'chunked' } },
  },
  {
    title: 'no body to HEAD, with the length it would have',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n',
    toHead: true,
    wanted: { framing: { kind: 'none' }, contentLength: '9', persists: true },
  },
  {
    title: 'no body and no length of 204',
    text: 'HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\n',
    wanted: { framing: { kind: 'none' }, contentLength: null },
  },
  {
    title: 'no body of 304, but its length',
    text: 'HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n',
    wanted: { framing: { kind: 'none' }, contentLength: '9' },
  },
  { title: 'no body of 103', text: 'HTTP/1.1 103 Early\r\nLink: x\r\n\r\n', wanted: { framing: { kind: 'none' } } },
  {
    title: 'that an HTTP/1.0 answer ends its connection',
    text: 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n',
    wanted: { persists: false },
  },
  {
    title: 'that Connection: close ends its connection',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: Close\r\n\r\n',
    wanted: { persists: false },
  },
];

for (const { title, text, toHead, wanted } of taken) {
  test(`reads ${title}`, t => {
    t.match(parse(text, toHead), wanted);
    t.end();
  });
}

const lies: { title: string; text: string }[] = [
  { title: 'another protocol', text: 'SSH-2.0-x\r\n\r\n' },
  { title: 'HTTP/2', text: 'HTTP/2 200\r\n\r\n' },
  { title: 'two digits', text: 'HTTP/1.1 99 OK\r\n\r\n' },
  { title: 'four digits', text: 'HTTP/1.1 2000 OK\r\n\r\n' },
  { title: 'a status of 600', text: 'HTTP/1.1 600 OK\r\n\r\n' },
  { title: 'a status below 100', text: 'HTTP/1.1 099 OK\r\n\r\n' },
  { title: 'two spaces', text: 'HTTP/1.1  200 OK\r\n\r\n' },
  { title: 'NUL in the phrase', text: 'HTTP/1.1 200 O\0K\r\n\r\n' },
  { title: 'a control character in a value', text: 'HTTP/1.1 200 OK\r\nX: \x07\r\n\r\n' },
  { title: 'a folded line', text: 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n' },
  { title: 'a bare LF', text: 'HTTP/1.1 200 OK\r\nX: a\nSet-Cookie: b\r\n\r\n' },
  { title: 'two lengths', text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n' },
  { title: 'a list of lengths', text: 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n' },
  { title: 'a length and chunks', text: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n' },
  { title: 'another coding', text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n' },
  { title: 'chunks in HTTP/1.0', text: 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n' },
  { title: 'a Connection that is no list of names', text: 'HTTP/1.1 200 OK\r\nConnection: a b\r\n\r\n' },
];

for (const { title, text } of lies) {
  test(`refuses ${title}`, t => {
    t.type(parse(text), 'string');
    t.end();
  });
}
