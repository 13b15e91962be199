/** Fields that are nobody's identity: which pass, which end here, and which forms are refused (H3, H7, H8, H12, H16, H18, H19). */
import type { RequestRow } from '../row.ts';
import { alice, asAlice, atHub, host } from './lines.ts';

const listed = [
  'Remote-User',
  'remote_user',
  'X-Forwarded-For',
  'X-Real-IP',
  'Mount',
  'Host',
  'Cookie',
  'Authorization',
  'Content-Length',
  'Transfer-Encoding',
  'X-Auth-Request-User',
];

const connectionRows = listed.map(
  (name): RequestRow => ({
    title: `refuses Connection that names ${name} (H3, CVE-2024-45410)`,
    head: asAlice('GET /hub/login', `Connection: close, ${name}`),
    expect: { refuse: 'request-ambiguous', status: 400 },
  }),
);

const controls = [
  'X-Original-URL: /hub/admin',
  'X-Rewrite-URL: /hub/admin',
  'X-HTTP-Method-Override: DELETE',
  'x-envoy-original-path: /healthz',
  'x-middleware-subrequest: middleware',
  '__proto__: x',
  'Constructor: x',
  'X-Unheard-Of: 1',
  'User_Agent: x',
  'X_XSRFToken: x',
  'Sec-Fetch-Storage-Access: none',
];

const closedList = controls.map(
  (line): RequestRow => ({
    title: `does not pass "${line}" to the hub (H7, H8, H12)`,
    head: asAlice('GET /hub/home', line),
    expect: { forward: atHub('GET /hub/home') },
  }),
);

const known = [
  'Accept: text/html',
  'Accept-Encoding: gzip',
  'Accept-Language: de',
  'Cache-Control: no-cache',
  'If-None-Match: "x"',
  'Last-Event-ID: 7',
  'Origin: https://hub.example',
  'Pragma: no-cache',
  'Range: bytes=0-1',
  'Referer: https://hub.example/hub/home',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: same-origin',
  'Sec-Fetch-User: ?1',
  'User-Agent: curl/8',
  'X-Requested-With: XMLHttpRequest',
  'X-XSRFToken: 2|a|b',
  'traceparent: 00-a-b-01',
];

/** Rows on other fields. */
export const fieldRows: readonly RequestRow[] = [
  ...connectionRows,
  ...closedList,
  {
    title: 'passes the closed list to the hub in wire order and spelling',
    head: asAlice('GET /hub/home', ...known),
    expect: { forward: atHub('GET /hub/home', known) },
  },
  {
    title: 'treats other paths as the hub',
    head: asAlice('GET /favicon.ico', 'Accept: */*', 'X-Unheard-Of: 1'),
    expect: { forward: atHub('GET /favicon.ico', ['Accept: */*']) },
  },
  {
    title: 'passes what hub.extraHeaders names in its own spelling only',
    config: 'custom',
    head: asAlice('GET /hub/home', 'x-lab-trace: 1', 'X_Lab_Trace: 2'),
    expect: { forward: atHub('GET /hub/home', ['x-lab-trace: 1']) },
  },
  {
    title: 'passes what ends a line to Unicode and to no HTTP parser, as part of its value',
    head: asAlice('GET /user/alice/api', 'X-A: b\x85Remote-User: root'),
    expect: { forward: atHub('GET /user/alice/api', ['X-A: b\x85Remote-User: root']) },
  },
  {
    title: 'passes any other field to servers, repeats and latin1 bytes included',
    head: asAlice(
      'GET /user/alice/api',
      'X-Any: 1',
      'x-any: \xe9\x80\xff',
      'X-Any: 1',
      '__proto__: x',
      'X-HTTP-Method-Override: PUT',
    ),
    expect: {
      forward: atHub('GET /user/alice/api', [
        'X-Any: 1',
        'x-any: \xe9\x80\xff',
        'X-Any: 1',
        '__proto__: x',
        'X-HTTP-Method-Override: PUT',
      ]),
    },
  },
  {
    title: 'trims optional whitespace and nothing else (RFC 9110 §5.6.3)',
    head: asAlice('GET /user/alice/api', 'X-Any: \t a  b \t'),
    onlyDecide: 'the wire takes no tab around a value, which nginx takes for a part of it',
    expect: { forward: atHub('GET /user/alice/api', ['X-Any: a  b']) },
  },
  {
    title: 'trims spaces around a value and leaves those within',
    head: asAlice('GET /user/alice/api', 'X-Any:   a \t b  '),
    expect: { forward: atHub('GET /user/alice/api', ['X-Any: a \t b']) },
  },
  {
    title: 'refuses a tab around a value',
    head: asAlice('GET /user/alice/api', 'X-Any:\ta'),
    wireAnswers: 400,
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'takes off hop-by-hop fields and those that Connection names (RFC 9110 §7.6.1)',
    head: asAlice(
      'GET /user/alice/api',
      'Connection: keep-alive, X-Mine',
      'x-mine: 1',
      'Keep-Alive: timeout=5',
      'TE: trailers',
      'Trailer: Remote-User',
      'Proxy-Connection: close',
      'Proxy-Authorization: Basic x',
      'HTTP2-Settings: x',
      'X-Other: 2',
    ),
    expect: { forward: atHub('GET /user/alice/api', ['X-Other: 2']) },
  },
  {
    title: 'takes off misspelt framing, credentials and hop-by-hop fields on servers',
    head: asAlice(
      'GET /user/alice/api',
      'Content_Length: 5',
      'TRANSFER_ENCODING: chunked',
      'Keep_Alive: 1',
      'Proxy_Authorization: x',
      'Http2_Settings: x',
      'Http-Authorization: Bearer x',
      'HTTP_COOKIE: a=b',
      'HTTP_HOST: evil',
    ),
    expect: { forward: atHub('GET /user/alice/api') },
  },
  {
    title: 'refuses a Connection list that is no list of names',
    head: asAlice('GET /hub/home', 'Connection: close, "x"'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses two Authorization lines (J13)',
    head: asAlice('GET /hub/home', 'authorization: Bearer {bob}'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses two Authorization values joined by a comma (J13)',
    head: ['GET /hub/home HTTP/1.1', host, 'Authorization: Bearer {alice}, Bearer {bob}'],
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses two spaces behind the scheme (J13)',
    head: ['GET /hub/home HTTP/1.1', host, 'Authorization: Bearer  {alice}'],
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'takes an empty Authorization for none',
    head: ['GET /hub/home HTTP/1.1', host, 'Authorization: '],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'takes the scheme in any case (RFC 9110 §11.1)',
    head: ['GET /hub/login HTTP/1.1', host, 'aUTHORIZATION: bEaReR {alice}'],
    expect: { forward: atHub('GET /hub/login', [], ['Remote-User: alice']) },
  },
  {
    title: 'refuses a control character in a value (H16)',
    head: asAlice('GET /hub/home', 'X-A: a\x01b'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses a name that is no token (H16)',
    head: asAlice('GET /hub/home', 'X A: b'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses an empty name (CVE-2023-25725)',
    head: asAlice('GET /hub/home', ': x'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses a space before the colon (H16)',
    head: asAlice('GET /hub/home', 'Remote-User : root'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses a folded line (H16, RFC 9112 §5.2)',
    head: asAlice('GET /hub/home', 'X-A: a', ' Remote-User: root'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses a bare LF between fields (H16)',
    head: asAlice('GET /hub/home', 'X-A: a\nRemote-User: root'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses a bare CR in a value (H16)',
    head: asAlice('GET /hub/home', 'X-A: a\rRemote-User: root'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses a NUL in a value (H16)',
    head: asAlice('GET /hub/home', 'X-A: a\0b'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses a line without a colon (H16)',
    head: asAlice('GET /hub/home', 'Remote-User'),
    wireAnswers: 400,
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses a byte above ASCII in a name (H16)',
    head: asAlice('GET /hub/home', 'Remote-\xdcser: root'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses a request line without a version',
    head: ['GET /hub/home', host, alice],
    wireAnswers: 400,
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses a method in lower case',
    head: ['get /hub/home HTTP/1.1', host, alice],
    wireAnswers: 400,
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses an expectation other than 100-continue',
    head: asAlice('POST /hub/spawn', 'Expect: 200-ok', 'Content-Length: 0'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses the method that makes tunnels, and the one that echoes (P8)',
    head: asAlice('TRACE /hub/home'),
    expect: { refuse: 'method-refused', status: 405 },
  },
  {
    title: 'refuses CONNECT (P8)',
    head: asAlice('CONNECT hub.example:443'),
    expect: { refuse: 'method-refused', status: 405 },
  },
  {
    title: 'passes a method of another family',
    head: asAlice('PROPFIND /user/alice/dav'),
    expect: { forward: atHub('PROPFIND /user/alice/dav') },
  },
  {
    title: 'refuses more fields than limits.headers (H19)',
    config: 'narrow',
    head: asAlice('GET /hub/home', ...Array.from({ length: 19 }, (_, at) => `X-${at}: a`)),
    expect: { refuse: 'headers-too-large', status: 431 },
  },
  {
    title: 'takes as many fields as limits.headers',
    config: 'narrow',
    head: asAlice('GET /hub/home', ...Array.from({ length: 18 }, (_, at) => `X-${at}: a`)),
    expect: { forward: atHub('GET /hub/home') },
  },
  {
    title: 'refuses one name more often than limits.repeatedFields (H19, CVE-2025-67725)',
    config: 'narrow',
    head: asAlice('GET /user/alice/api', 'X-A: 1', 'x-a: 2', 'X-a: 3', 'x-A: 4'),
    expect: { refuse: 'headers-too-large', status: 431 },
  },
  {
    title: 'refuses a head over limits.headerBytes (H18)',
    config: 'narrow',
    head: asAlice('GET /hub/home', `X-A: ${'a'.repeat(2048)}`),
    expect: { refuse: 'headers-too-large', status: 431 },
  },
  {
    title: 'refuses what would break the budget of the hub behind, and never cuts (H18)',
    config: 'narrow',
    head: asAlice('GET /user/alice/api', `X-A: ${'a'.repeat(800)}`),
    expect: { refuse: 'headers-too-large', status: 431 },
  },
  {
    title: 'refuses a target over limits.targetBytes',
    config: 'narrow',
    head: asAlice(`GET /${'a'.repeat(256)}`),
    expect: { refuse: 'target-too-long', status: 414 },
  },
];
