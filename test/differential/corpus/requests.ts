/** Requests that servers have read differently, or may: each with what the gate owes it. All text is latin1. */
import { plainDraft, provenLines, smuggled, written } from '../drafts.ts';
import { proofOf } from '../world.ts';

/** One client's bytes. */
export interface SeedRequest {
  /** The rule that it holds, with its advisory. */
  readonly title: string;
  readonly bytes: string;
  /** How many requests reach the hub. */
  readonly forwards: number;
  /** Then the gate refuses and closes; absent where it may also close without a word, or has nothing to refuse. */
  readonly refuses?: boolean;
}

const next = written({ ...plainDraft, target: '/next' });

function refused(title: string, bytes: string, forwards = 0): SeedRequest {
  return { title, bytes, forwards, refuses: true };
}

function forwarded(title: string, bytes: string, forwards = 1): SeedRequest {
  return { title, bytes, forwards, refuses: false };
}

function cutShort(title: string, bytes: string): SeedRequest {
  return { title, bytes, forwards: 0 };
}

/** A proven GET with these lines. */
function get(...lines: readonly string[]): string {
  return written({ ...plainDraft, lines: [...provenLines, ...lines] });
}

/** A proven POST with these lines and this body. */
function post(body: string, ...lines: readonly string[]): string {
  return written({ ...plainDraft, method: 'POST', lines: [...provenLines, ...lines], body });
}

function chunked(body: string, ...lines: readonly string[]): string {
  return post(body, 'Transfer-Encoding: chunked', ...lines);
}

function target(text: string): string {
  return written({ ...plainDraft, target: text });
}

function version(text: string, method = 'GET'): string {
  return written({ ...plainDraft, method, version: text });
}

const plain: readonly SeedRequest[] = [
  forwarded('a GET', get()),
  forwarded('a body with a length', post('hello', 'Content-Length: 5')),
  forwarded('a chunked body', chunked('5\r\nhello\r\n0\r\n\r\n')),
  forwarded('a length of 0', post('', 'Content-Length: 0')),
  forwarded('a chunked body of nothing', chunked('0\r\n\r\n')),
  forwarded('HEAD', written({ ...plainDraft, method: 'HEAD' })),
  forwarded('three requests in a row', get() + post('hello', 'Content-Length: 5') + next, 3),
  forwarded('a request behind a chunked body', chunked('5\r\nhello\r\n0\r\n\r\n') + next, 2),
  forwarded('a body that looks like a request', post(smuggled, `Content-Length: ${smuggled.length}`)),
  forwarded('a body of GET that looks like a request (P14)', get(`Content-Length: ${smuggled.length}`) + smuggled),
  forwarded(
    'a chunk that looks like a request (P14)',
    chunked(`${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`).replace('POST', 'DELETE'),
  ),
  forwarded('bytes above 0x7f in a value', get('X-Any: \x80\xa0\xe9\xff')),
  forwarded('several lines of one name, in their order', get('X-Any: a', 'X-Any-Other: b', 'x-any: c')),
  forwarded('an empty value', get('X-Any:')),
  forwarded("empty values of one name, which the hub's proxy joins", get('X-Any:', 'Accept:', 'X-Any:', 'Accept:')),
  forwarded("a question mark that nothing follows, which the hub's proxy drops", target('/x?')),
  forwarded('a name that is spelled oddly but is a token', get("X-Any!#$%&'*+.^_`|~: b")),
  forwarded('names of JavaScript (CVE-2026-21710)', get('__proto__: x', 'constructor: x')),
  forwarded('a method of WebDAV', written({ ...plainDraft, method: 'PROPFIND' })),
  forwarded('HTTP/1.0', version('HTTP/1.0')),
  forwarded(
    'HTTP/1.0 ends with its answer, whatever it asks',
    written({ ...plainDraft, version: 'HTTP/1.0', lines: [...provenLines, 'Connection: keep-alive'] }) + next,
  ),
  forwarded("bytes behind Connection: close are nobody's", get('Connection: close') + next),
  forwarded('Expect: 100-continue', post('hello', 'Expect: 100-continue', 'Content-Length: 5')),
  forwarded('trailers are dropped (H13)', chunked('5\r\nhello\r\n0\r\nX-App-User: root\r\n\r\n') + next, 2),
  forwarded('chunk extensions are dropped', chunked('5;a=b\r\nhello\r\n0;c\r\n\r\n') + next, 2),
  forwarded('chunk sizes in upper and lower case', chunked(`a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n`)),
  forwarded('Connection names a field of the client', get('Connection: X-Hop', 'X-Hop: a')),
  cutShort('a body that ends too soon reaches nobody whole', post('hel', 'Content-Length: 5')),
  cutShort('chunks that end too soon reach nobody whole', chunked('5\r\nhello\r\n')),
  { ...cutShort('a second request whose body breaks off', get() + post('hel', 'Content-Length: 5')), forwards: 1 },
  cutShort('half a head', 'GET /x HTTP/1.1\r\nHost: hu'),
  forwarded('nothing', '', 0),
];

const lengths: readonly SeedRequest[] = [
  ...['+5', '-5', '5, 5', '5,6', '0x5', '5 5', '5.0', '5e0', '', '"5"', '\x0b5', '5\x0c', '5\xa0', '\xb2', '5;']
    .concat(['18446744073709551621', '99999999999999999999999999'])
    .map(value => refused(`Content-Length ${JSON.stringify(value)} (P6)`, post('hello', `Content-Length: ${value}`))),
  cutShort('a length of more than 2 to the 32nd', post('hello', 'Content-Length: 4294967301')),
  refused('two lengths that agree (P7)', post('hello', 'Content-Length: 5', 'Content-Length: 5')),
  refused('two lengths that do not (P7)', post('hello', 'Content-Length: 5', 'Content-Length: 0') + next),
  refused('two lengths in two spellings (CVE-2026-1525)', post('hello', 'Content-Length: 0', 'content-length: 5')),
  refused('a length with a space before the colon', post('hello', 'Content-Length : 5')),
  refused('a length and a coding (CVE-2022-32215)', chunked('0\r\n\r\n', 'Content-Length: 5')),
  refused(
    'a coding and a length of 0',
    post('5\r\nhello\r\n0\r\n\r\n', 'Content-Length: 0', 'Transfer-Encoding: chunked'),
  ),
  forwarded('Content_Length is no length', post('', 'Content_Length: 5')),
];

const codings: readonly SeedRequest[] = [
  ...[
    'xchunked',
    'chunked, identity',
    'identity',
    'gzip, chunked',
    'chunked, chunked',
    ',chunked',
    'chunked,',
    'chunked;q=1',
  ]
    .concat(['"chunked"', '', '\x0bchunked', 'chunked\x0c', 'chunk\xe9d', 'chun\0ked', 'chunked chunked', ' , chunked'])
    .map(value =>
      refused(
        `Transfer-Encoding ${JSON.stringify(value)} (CVE-2022-32214)`,
        post('0\r\n\r\n', `Transfer-Encoding: ${value}`),
      ),
    ),
  refused('two codings (CVE-2022-35256)', chunked('0\r\n\r\n', 'Transfer-Encoding: chunked')),
  refused('two codings, one not known', chunked('0\r\n\r\n', 'Transfer-Encoding: identity')),
  refused('a coding on a folded line (CVE-2022-32215)', post('0\r\n\r\n', 'Transfer-Encoding:\r\n chunked')),
  refused('a coding with a space before the colon', post('0\r\n\r\n', 'Transfer-Encoding : chunked')),
  refused('a coding with a tab before the colon', post('0\r\n\r\n', 'Transfer-Encoding\t: chunked')),
  refused('a coding in HTTP/1.0 (P6)', chunked('5\r\nhello\r\n0\r\n\r\n').replace('HTTP/1.1', 'HTTP/1.0')),
  forwarded('Transfer_Encoding is no coding', post('', 'Transfer_Encoding: chunked')),
];

const sizes: readonly SeedRequest[] = [
  ...[
    '+5',
    '-5',
    '0x5',
    ' 5',
    '5 ',
    '5\t',
    '5\x0b',
    '5\0',
    'g',
    '',
    '5,5',
    '5:',
    '10000000000000005',
    'fffffffffffffff5',
  ]
    .concat(['100000000000000005'])
    .map(size => refused(`the chunk size ${JSON.stringify(size)}`, chunked(`${size}\r\nhello\r\n0\r\n\r\n`) + next)),
  refused('an extension without a name', chunked('5;\r\nhello\r\n0\r\n\r\n')),
  refused('a chunk size line that ends in LF (CVE-2023-30589)', chunked('5\nhello\r\n0\r\n\r\n')),
  refused('a chunk size line with a lone CR', chunked('5\r\r\nhello\r\n0\r\n\r\n')),
  refused('an extension with a lone LF (CVE-2025-22871)', chunked('5;x\nhello\r\n0\r\n\r\n')),
  refused('an extension with a lone CR', chunked('5;\rx\r\nhello\r\n0\r\n\r\n')),
  refused('an extension with a NUL', chunked('5;\0\r\nhello\r\n0\r\n\r\n')),
  refused('an extension without end', chunked(`5;${'x'.repeat(70_000)}\r\nhello\r\n0\r\n\r\n`)),
  refused('a chunk longer than it says', chunked('5\r\nhelloo\r\n0\r\n\r\n')),
  refused('a chunk that ends in LF', chunked('5\r\nhello\n0\r\n\r\n')),
  refused('a chunk without end', chunked('5\r\nhello0\r\n\r\n')),
  refused('a trailer section that ends in LF', chunked('5\r\nhello\r\n0\r\n\n') + next),
  ...['Content-Length: 7', 'Content-Length:', 'Transfer-Encoding: chunked', 'Transfer-Encoding:'].map(line =>
    refused(`the trailer "${line}" (RFC 9110 §6.5.1)`, chunked(`5\r\nhello\r\n0\r\n${line}\r\n\r\n`)),
  ),
  refused('a trailer that is no field', chunked('5\r\nhello\r\n0\r\nx\r\n\r\n')),
  refused('a trailer with a lone LF', chunked('5\r\nhello\r\n0\r\nX: y\n\r\n')),
  refused('trailers without end', chunked(`5\r\nhello\r\n0\r\n${'X: y\r\n'.repeat(20_000)}\r\n`)),
];

const lines: readonly SeedRequest[] = [
  ...['Host', 'host', 'HOST'].map(name => refused(`a second Host as ${name} (P5)`, get(`${name}: hub.test`))),
  refused('a second Host that differs', get('Host: evil.test')),
  refused('no Host', written({ ...plainDraft, lines: provenLines.slice(1) })),
  refused('no Host in HTTP/1.0', written({ ...plainDraft, version: 'HTTP/1.0', lines: provenLines.slice(1) })),
  refused('an empty name (CVE-2023-25725)', get(': x')),
  refused('a line without a colon', get('x')),
  refused('a line of a space', get(' ')),
  refused('a space before the colon', get('X-Any : b')),
  refused('a tab before the colon', get('X-Any\t: b')),
  refused('a space in a name', get('X Any: b')),
  refused('a tab in front of a value, which nginx keeps', get('X-Any:\tb')),
  refused('a tab behind a value, which nginx keeps', get('X-Any: b\t')),
  refused('a folded line', get('X-Any: a', ' b')),
  refused('a line folded by a tab', get('X-Any: a', '\tb')),
  refused('a first line that is folded', written({ ...plainDraft, lines: [' X-Any: b', ...provenLines] })),
  ...['\0', '\x01', '\x08', '\x0b', '\x0c', '\x1b', '\x7f', '\r', '\n'].flatMap(control => [
    refused(`${JSON.stringify(control)} in a value (H16)`, get(`X-Any: a${control}b`)),
    refused(`${JSON.stringify(control)} in a name (H16)`, get(`X-A${control}ny: b`)),
    refused(`${JSON.stringify(control)} behind a value (H16)`, get(`X-Any: a${control}`)),
    refused(`${JSON.stringify(control)} in front of a line (H16)`, get(`${control}X-Any: a`)),
  ]),
  refused('a line hidden behind a lone LF (H16)', get('X-Any: a\nX-App-User: root')),
  refused('a line hidden behind a lone CR (H16)', get('X-Any: a\rX-App-User: root')),
  refused('a head hidden behind a lone CR', get('X-Any: a\r\rGET / HTTP/1.1')),
  ...['(', ')', ',', '/', ':', ';', '<', '=', '>', '?', '@', '[', '\\', ']', '{', '}', '"', '\x80', '\xff']
    .filter(character => character !== ':')
    .map(character => refused(`${JSON.stringify(character)} in a name`, get(`X${character}Any: b`))),
  refused('lines that end in LF', written({ ...plainDraft, lineEnd: '\n', headEnd: '\n' })),
  refused('lines that end in CR', written({ ...plainDraft, lineEnd: '\r', headEnd: '\r' })),
  refused('lines that end in CR CR LF', written({ ...plainDraft, lineEnd: '\r\r\n' })),
  refused('a head that ends in LF', written({ ...plainDraft, headEnd: '\n' })),
  refused('a head that ends in CR', written({ ...plainDraft, headEnd: '\r' }) + next),
  refused('Connection names Host (H3)', get('Connection: Host')),
  refused('Connection names the identity header (H3)', get('Connection: close, X-App-User')),
  refused('Connection names the length (H3)', post('hello', 'Content-Length: 5', 'Connection: Content-Length')),
  refused('an Expect that nobody knows', get('Expect: 200-ok')),
  refused(
    'a switch to h2c (P8)',
    get('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'),
  ),
  refused('a switch to TLS', get('Connection: Upgrade', 'Upgrade: TLS/1.0')),
  refused('half a handshake (P8)', get('Connection: Upgrade', 'Upgrade: websocket')),
];

const requestLines: readonly SeedRequest[] = [
  refused('no method', written({ ...plainDraft, method: '', beforeTarget: '' })),
  ...['G@T', 'GET:', '"GET"', 'GE\0T', 'G\x80T', 'GE\tT', 'CONNECT', 'TRACE', 'QUERY', 'SOURCE', 'get', 'XGET'].map(
    method => refused(`the method ${JSON.stringify(method)}`, written({ ...plainDraft, method })),
  ),
  ...['', '  ', '\t', ' \t', '\x0b', '\x0c', '\0', '\r', '\xa0'].flatMap(space => [
    refused(`${JSON.stringify(space)} in front of the target`, written({ ...plainDraft, beforeTarget: space })),
    refused(`${JSON.stringify(space)} behind the target`, written({ ...plainDraft, beforeVersion: space })),
  ]),
  ...[
    '',
    '*',
    'x',
    '?x',
    'http://hub.test/x',
    'http://evil.test/x',
    'HTTP://hub.test',
    'hub.test:80',
    '//x',
    '\\x',
    '/x#y',
  ]
    .concat([
      '/x y',
      '/x\ty',
      '/x\0y',
      '/\xe9',
      '/x\ry',
      '/x\ny',
      '/x\x7fy',
      '/a/../b',
      '/./x',
      '/x%',
      '/x%zz',
      '/x HTTP/1.1',
    ])
    .map(text => refused(`the target ${JSON.stringify(text)}`, target(text))),
  ...[
    'HTTP/1.2',
    'HTTP/1.9',
    'HTTP/0.9',
    'HTTP/2.0',
    'HTTP/2',
    'HTTP/3.0',
    'http/1.1',
    'Http/1.1',
    'HTTP/11',
    'HTTP/1.10',
    'HTTP/1.',
  ]
    .concat([
      'HTTP/.1',
      'HTTP/01.1',
      'HTTP/ 1.1',
      'HTTP/1.1 ',
      'HTTP/1.1\t',
      'HTTP/1.1x',
      'HTTP/1.1\0',
      'HTTPS/1.1',
      'RTSP/1.0',
    ])
    .concat(['ICE/1.0', 'HTTP\\1.1', 'HTTP/1,1', ''])
    .map(text => refused(`the version ${JSON.stringify(text)}`, version(text))),
  refused('RTSP with a method of its own', version('RTSP/1.0', 'DESCRIBE')),
  refused('ICE with a method of its own', version('ICE/1.0', 'SOURCE')),
  refused('HTTP/0.9', 'GET /x\r\n'),
  refused('HTTP/0.9 with lines behind it', `GET /x\r\n${proofOf('alice')}\r\n`),
  refused('the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  refused('a TLS greeting', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n'),
  refused('PROXY protocol where none is expected (T3)', `PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n${get()}`),
  ...['\r\n\r\n', '\n', '\r', ' ', '\t', '\0', '\xef\xbb\xbf', 'x\r\n', ' \r\n'].map(lead =>
    refused(`${JSON.stringify(lead)} in front of the request`, lead + get()),
  ),
];

const behind: readonly SeedRequest[] = [
  ...['(', '\n', '\r', '\0', 'hello ', '0\r\n\r\n'].map(rest =>
    refused(`${JSON.stringify(rest)} behind a request without a body`, `${get()}${rest}${next}`, 1),
  ),
  refused('a length on the second of two', get() + post('hello', 'Content-Length: 5', 'Content-Length: 6'), 1),
  refused('a second request with a second Host', get() + get('Host: evil.test') + next, 1),
  refused('one byte more than the length', `${post('hello!', 'Content-Length: 5')}`.concat('\r\n', next), 1),
];

/** Every seed. */
export const seedRequests: readonly SeedRequest[] = [
  ...plain,
  ...lengths,
  ...codings,
  ...sizes,
  ...lines,
  ...requestLines,
  ...behind,
];
