/** The grammar of a request's head: what it takes, word for word, and why it takes nothing else (RFC 9112 §2 to §5). */
import { test } from 'tap';
import { endOfHead, parseRequestHead, type RequestHead, unfinishedFault } from '../../src/wire/message/request-head.ts';

const host = 'Host: a\r\n';

function parsed(text: string): RequestHead | string {
  return parseRequestHead(text, endOfHead(text));
}

function head(text: string): RequestHead {
  const outcome = parsed(text);
  if (typeof outcome === 'string') throw new Error(outcome);
  return outcome;
}

test('a head is taken byte for byte: order, spelling, repetition and latin-1 stay, white space around values goes', t => {
  const text = `GET /a%2Fb?c=\xe9 HTTP/1.1\r\n${host}X-a:  b \r\nx-A:\xff\x80\r\nEmpty:\r\nHost: b\r\n\r\n`;
  t.match(head(text), { method: 'GET', target: '/a%2Fb?c=\xe9', httpVersion: '1.1', persists: true });
  t.same(head(text).fields, [
    ['Host', 'a'],
    ['X-a', 'b'],
    ['x-A', '\xff\x80'],
    ['Empty', ''],
    ['Host', 'b'],
  ]);
  t.end();
});

const faults: { title: string; text: string; fault: RegExp }[] = [
  { title: 'a bare LF behind the request line', text: `GET / HTTP/1.1\n${host}\r\n`, fault: /request line/ },
  { title: 'a bare CR in the request line', text: `GET /\r HTTP/1.1\r\n${host}\r\n`, fault: /CR LF/ },
  { title: 'two spaces', text: `GET  / HTTP/1.1\r\n${host}\r\n`, fault: /neither a path/ },
  { title: 'a third space', text: `GET / x HTTP/1.1\r\n${host}\r\n`, fault: /version/ },
  { title: 'a trailing space', text: `GET / HTTP/1.1 \r\n${host}\r\n`, fault: /version/ },
  { title: 'tabs for spaces', text: `GET\t/\tHTTP/1.1\r\n${host}\r\n`, fault: /three parts/ },
  {
    title: 'a PROXY header, version 1',
    text: `PROXY TCP4 203.0.113.9 10.0.0.1 4711 443\r\nGET / HTTP/1.1\r\n${host}\r\n`,
    fault: /proxyProtocol: required/,
  },
  {
    title: 'a PROXY header, version 2',
    text: `\r\n\r\n\0\r\nQUIT\n\x20\0\0\0GET / HTTP/1.1\r\n${host}\r\n`,
    fault: /proxyProtocol: required/,
  },
  { title: 'no version (HTTP/0.9)', text: `GET /\r\n${host}\r\n`, fault: /three parts/ },
  { title: 'HTTP/1.2', text: `GET / HTTP/1.2\r\n${host}\r\n`, fault: /version/ },
  { title: 'http/1.1', text: `GET / http/1.1\r\n${host}\r\n`, fault: /version/ },
  { title: 'RTSP/1.0, which llhttp takes', text: `GET / RTSP/1.0\r\n${host}\r\n`, fault: /version/ },
  { title: 'the HTTP/2 preface', text: 'PRI * HTTP/2.0\r\n\r\n', fault: /method/ },
  { title: 'a method that parsers do not agree on', text: `M-SEARCH / HTTP/1.1\r\n${host}\r\n`, fault: /method/ },
  { title: 'a method in lower case', text: `get / HTTP/1.1\r\n${host}\r\n`, fault: /method/ },
  { title: 'an empty line before the request line', text: `\r\nGET / HTTP/1.1\r\n${host}\r\n`, fault: /three parts/ },
  { title: 'obs-fold', text: `GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`, fault: /colon|token/ },
  { title: 'obs-fold with a colon', text: `GET / HTTP/1.1\r\n${host}X: a\r\n b: c\r\n\r\n`, fault: /token/ },
  { title: 'white space behind the first line', text: `GET / HTTP/1.1\r\n ${host}\r\n`, fault: /token/ },
  { title: 'white space before the colon', text: `GET / HTTP/1.1\r\nHost : a\r\n\r\n`, fault: /token/ },
  { title: 'an empty name (CVE-2023-25725)', text: `GET / HTTP/1.1\r\n: x\r\n${host}\r\n`, fault: /token/ },
  { title: 'a line without a colon', text: `GET / HTTP/1.1\r\n${host}X\r\n\r\n`, fault: /colon/ },
  { title: 'a colon on the next line only', text: `GET / HTTP/1.1\r\nX\r\nY: z\r\n\r\n`, fault: /colon/ },
  { title: 'a byte above ASCII in a name', text: `GET / HTTP/1.1\r\nH\xf6st: a\r\n\r\n`, fault: /token/ },
  { title: 'NUL in a name', text: `GET / HTTP/1.1\r\nHo\0st: a\r\n\r\n`, fault: /token/ },
  { title: 'a bare CR in a value', text: `GET / HTTP/1.1\r\nX: a\rb\r\n\r\n`, fault: /CR LF/ },
  { title: 'a bare LF in a value', text: `GET / HTTP/1.1\r\nX: a\nRemote-User: root\r\n\r\n`, fault: /CR LF/ },
  { title: 'a tab before a value, which nginx keeps', text: `GET / HTTP/1.1\r\nX:\ta\r\n\r\n`, fault: /tab/ },
  { title: 'a tab behind a value', text: `GET / HTTP/1.1\r\nX: a \t \r\n\r\n`, fault: /tab/ },
  { title: 'a value of a tab', text: `GET / HTTP/1.1\r\nX:\t\r\n\r\n`, fault: /tab/ },
  { title: 'a target that is a name', text: `GET y HTTP/1.1\r\n${host}\r\n`, fault: /neither a path/ },
  { title: 'authority-form for GET', text: `GET a:1 HTTP/1.1\r\n${host}\r\n`, fault: /neither a path/ },
  { title: 'CR CR LF', text: `GET / HTTP/1.1\r\nX: a\r\r\n\r\n`, fault: /CR LF/ },
];

for (const { title, text, fault } of faults) {
  test(`refuses ${title}`, t => {
    t.match(parsed(text), fault);
    t.end();
  });
}

const faultyBodies = ['Content-Length: 1\r\nContent-Length: 1', 'Transfer-Encoding: gzip', 'Content-Length: +1'];

for (const lines of faultyBodies) {
  test(`a head whose body nobody can measure ends its connection (${JSON.stringify(lines)})`, t => {
    t.match(head(`POST / HTTP/1.1\r\n${host}${lines}\r\n\r\n`), { persists: false, framing: { ok: false } });
    t.end();
  });
}

const lives: { line: string; version?: string; persists: boolean }[] = [
  { line: '', persists: true },
  { line: 'Connection: keep-alive\r\n', persists: true },
  { line: 'Connection: Close\r\n', persists: false },
  { line: 'Connection: x, close\r\n', persists: false },
  { line: 'Connection: x\r\nconnection: close\r\n', persists: false },
  { line: 'Proxy-Connection: close\r\n', persists: false },
  { line: 'Connection: keep-alive\r\n', version: '1.0', persists: false },
];

for (const { line, version = '1.1', persists } of lives) {
  test(`HTTP/${version} with ${JSON.stringify(line)} ${persists ? 'goes on' : 'closes'}`, t => {
    t.equal(head(`GET / HTTP/${version}\r\n${host}${line}\r\n`).persists, persists);
    t.end();
  });
}

const switches: { title: string; text: string; asks: boolean }[] = [
  { title: 'a handshake', text: `GET / HTTP/1.1\r\nConnection: a, Upgrade\r\nUpgrade: x\r\n\r\n`, asks: true },
  { title: 'CONNECT', text: `CONNECT a:1 HTTP/1.1\r\n${host}\r\n`, asks: true },
  { title: 'Connection: upgrade alone', text: `GET / HTTP/1.1\r\nConnection: Upgrade\r\n\r\n`, asks: false },
  { title: 'Upgrade alone', text: `GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n`, asks: false },
  {
    title: 'a handshake with a body',
    text: `GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\n`,
    asks: false,
  },
];

for (const { title, text, asks } of switches) {
  test(`${title} ${asks ? 'asks' : 'does not ask'} to leave HTTP`, t => {
    t.equal(head(text).asksToSwitch, asks);
    t.end();
  });
}

const unfinished: { text: string; fault: boolean }[] = [
  { text: 'G', fault: false },
  { text: 'GET / HTTP/1.1\r', fault: false },
  { text: 'GET / HTTP/1.1\r\nHost: a\r\n', fault: false },
  { text: '\r\n', fault: true },
  { text: ' GET', fault: true },
  { text: '\x16\x03\x01\x02', fault: true },
  { text: 'GET / HTTP/1.1\n', fault: true },
  { text: 'GET / HTTP/1.1\r\nX: a\rb', fault: true },
  { text: 'GET / HTTP/1.1\r\nX: a\0', fault: true },
];

for (const { text, fault } of unfinished) {
  test(`${JSON.stringify(text)} ${fault ? 'is refused before it is whole' : 'may become a head'}`, t => {
    t.equal(unfinishedFault(text) !== null, fault);
    t.end();
  });
}
