/** P: paths, routes and framing that two servers read differently, and what keeps a server busy. */
import { alice, asAlice, atHub, handshake, handshakeAtHub, host } from '../../contract/rows/lines.ts';
import type { AttackRow, RequestSpelling } from '../attack.ts';
import { canonical, kept, login, shown, takenOff, unproven } from '../spell.ts';
import { redirects } from './redirects.ts';
import { falseHosts, neighbours, neighboursForms, nextToHosts } from './user-hosts.ts';

const ambiguousTargets = [
  '/public/%2e%2e/hub/admin',
  '/public/..%2fhub',
  '//hub/admin',
  '/public\\..\\hub',
  '/public/..;/hub',
  '/%2e/hub',
  '/.//hub/login',
  '/%68ub/login',
  '/hub%2flogin',
  '/hub/./login',
  '/hub/x/../login',
  '/hub/%2e%2e/hub/login',
  '/hub//login',
  '/hub/login%2f',
  '/hub/login%00',
  '/hub/login%0d%0aRemote-User:%20root',
  '/hub/%5clogin',
  '/hub/%252e%252e/login',
  '/hub/;/login',
  '/hub/user/../login',
  '/hub/user-redirect/..%5c..%5clogin',
  '/hub/static/../login',
  '/hub/static/%2e%2e/login',
  '/hub/static/..%c0%af..%c0%aflogin',
  '/user/site/open/../private',
  '/user/site/open%2f..%2fprivate',
  '/user/alice/../bob/tree',
  '/user/alice%2f..%2fbob/tree',
  '/user/al%2569ce/tree',
  '/user//alice/tree',
  '//x/user/mallory/steal',
  '/\\x/user/mallory/steal',
  '/login%2f..%2fx',
  '/hub/%u002flogin',
  '/hub/100%',
  '/hub/\xe9',
];

const goodTargets = [
  '/user/x/files/a%2Fb',
  '/user/x/proxy/8080//y',
  '/user/x/files/a%5Cb',
  '/hub/user/x/proxy/8080//y',
  '/hub/user-redirect/lab/tree/a%2Fb',
  '/hub/spawn/j%C3%BCrgen%40x',
];

function target(text: string, expect: RequestSpelling['expect'], ...lines: readonly string[]): RequestSpelling {
  return { name: shown(text), head: asAlice(`GET ${text}`, ...lines), expect };
}

const ambiguous = (text: string): RequestSpelling => target(text, { refused: 'request-ambiguous' });
const verbatim = (text: string): RequestSpelling => target(text, { atHub: atHub(`GET ${text}`) });

function withoutProof(text: string): RequestSpelling {
  return {
    name: `without a proof: ${text}`,
    head: [`GET ${text} HTTP/1.1`, host],
    expect: { refused: 'credential-missing' },
  };
}

function ofHost(...lines: readonly string[]): RequestSpelling {
  const [line = ''] = lines;
  const known = /^Host: (?:evil|evilhub|hub)\.example(?:\.evil|:8080)?$|^Host: (?:evil|localhost|10\.0\.0\.1)$/i.test(
    line,
  );
  return {
    name: lines.map(shown).join(', ') || 'no Host',
    head: [`GET ${login} HTTP/1.1`, ...lines, alice],
    expect: { refused: known && lines.length === 1 ? 'host-unknown' : 'request-ambiguous' },
  };
}

const post = 'POST /user/alice/api/contents';
const smuggled = 'GET /hub/login HTTP/1.1\r\nHost: hub.example\r\nRemote-User: root\r\n\r\n';

/** Two readings of where the body ends: one answer, the end, and nothing at the hub. */
function framed(
  name: string,
  lines: readonly string[],
  content = `0\r\n\r\n${smuggled}`,
  requestLine = `${post} HTTP/1.1`,
): RequestSpelling {
  return {
    name: `${name}: ${lines.map(shown).join(', ')}`,
    head: [requestLine, host, alice, ...lines],
    content,
    expect: { refused: 'request-ambiguous' },
  };
}

/** A chunked body on a method whose body is measured before anything goes up. */
function chunks(name: string, content: string): RequestSpelling {
  return {
    name: `chunks: ${name}`,
    head: asAlice('DELETE /hub/api/x', 'Transfer-Encoding: chunked'),
    content: content + smuggled,
    expect: { refused: 'request-ambiguous' },
  };
}

function lengths(
  name: string,
  requestLine: string,
  lines: readonly string[],
  content: string,
  payload: string,
): RequestSpelling {
  return {
    name,
    head: asAlice(requestLine, ...lines),
    content,
    expect: { atHub: atHub(requestLine), payload },
  };
}

const channels = '/user/alice/api/kernels/k/channels';
const [connection = '', upgrade = '', key = '', version = ''] = handshake;

function switching(
  name: string,
  lines: readonly string[],
  refusal: 'upgrade-unsupported' | 'request-ambiguous' = 'upgrade-unsupported',
  requestLine = `GET ${channels} HTTP/1.1`,
  content = '',
): RequestSpelling {
  return {
    name,
    head: [requestLine, host, alice, ...lines],
    content,
    doors: ['websocket'],
    expect: { refused: refusal },
  };
}

function byAssertion(origins: readonly string[], expect: RequestSpelling['expect']): RequestSpelling {
  return {
    name: origins.length === 0 ? 'no Origin' : origins.map(shown).join(' and '),
    peer: '127.0.0.3',
    head: [
      `GET ${channels} HTTP/1.1`,
      host,
      'X-Auth-Request-Preferred-Username: alice',
      'Cookie: jupyterhub-user-alice=x',
      ...handshake,
      ...origins.map(origin => `Origin: ${origin}`),
    ],
    doors: ['websocket'],
    expect,
  };
}

const tokenProtocol = 'base64url.bearer.authorization.k8s.io.{encoded-alice}';
const kernelProtocol = 'v1.kernel.websocket.jupyter.org';

/** A handshake whose proof stands in these lines, where tokens may stand anywhere. */
function byCarrier(name: string, lines: readonly string[], expect: RequestSpelling['expect']): RequestSpelling {
  return {
    name,
    config: 'carriers',
    head: [`GET ${channels} HTTP/1.1`, host, ...handshake, ...lines],
    doors: ['websocket'],
    expect,
  };
}

const offered = `Sec-WebSocket-Protocol: ${tokenProtocol}, ${kernelProtocol}`;
const labCookie = 'Cookie: lab_jwt={alice}';

const foreignOrigins = [
  'https://evil',
  'http://hub.example',
  'https://hub.example:444',
  'https://hub.example.evil',
  'https://evilhub.example',
  'https://hub.example@evil',
  'https://alias.example',
  'null',
  'https://hub.example/',
  'HTTPS://HUB.EXAMPLE',
  'https://hub.example, https://evil',
  'file://',
  '',
];

function next(query: string, expected: string | null, path = login): RequestSpelling {
  const requestLine = `GET ${path}${query}`;
  return {
    name: `${path}${shown(query)}`,
    head: asAlice(requestLine),
    expect:
      expected === null
        ? { refused: 'request-ambiguous' }
        : { atHub: atHub(`GET ${path}${expected}`, [], path === login ? ['Remote-User: alice'] : []) },
  };
}

const home = '%2Fhub%2Fhome';

/** As a browser's form would send it, and as it stands where the target may hold it. */
function nextSpellings(value: string): RequestSpelling[] {
  const query = encodeURIComponent(value.toWellFormed());
  const encoded = next(`?next=${query}`, `?next=${home}`);
  const standsRaw = /^[\x21-\x7e]+$/.test(value) && !/[#&;+?%]/.test(value) && query !== value;
  return standsRaw ? [encoded, next(`?next=${value}`, `?next=${home}`)] : [encoded];
}

function crossSite(...lines: readonly string[]): RequestSpelling {
  return {
    name: lines.join(', '),
    head: [
      'POST /hub/spawn HTTP/1.1',
      host,
      ...lines,
      'Content-Type: text/plain',
      'Cookie: jupyterhub-hub-login=x; _xsrf=y',
      'Content-Length: 0',
    ],
    expect: { refused: 'credential-missing' },
  };
}

const fetchSite = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Origin: https://evil'];

/** No two browsers say the same of a form on another site. */
const foreignForms = [
  fetchSite,
  ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate'],
  ['Sec-Fetch-Site: same-site', 'Sec-Fetch-Mode: no-cors'],
  ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Mode: no-cors'],
  ['sec-fetch-site: Cross-Site', 'sec-fetch-mode: No-CORS'],
  ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: cross-site'],
  ['Origin: null'],
  ['Origin: https://evil', 'Referer: https://hub.example/hub/spawn'],
  ['Origin: https://hub.example.evil'],
  ['Origin: http://hub.example'],
  ['Referer: https://evil/?https://hub.example/'],
  ['Referer: hub.example'],
];

function slow(name: string, head: readonly string[]): RequestSpelling {
  return {
    name,
    config: 'impatient',
    head,
    unfinished: true,
    doors: ['proxy'],
    expect: { refused: 'request-timeout' },
  };
}

const encodings = Array.from({ length: 1000 }, () => 'gzip').join(',');

/** Family P. */
export const pathRows: readonly AttackRow[] = [
  { id: 'P1', spellings: [...ambiguousTargets.map(ambiguous), ...goodTargets.map(verbatim)] },
  {
    id: 'P2',
    spellings: [
      '/hub/admin#/public',
      '/public#/../hub',
      '/hub/static/a.js#/../../login',
      '/hub/login#',
      '/#',
      '/hub/login?next=/a#//evil',
      '#',
      '/hub/static/%23#x',
    ].map(ambiguous),
  },
  {
    id: 'P3',
    spellings: [
      ...['?x=/public/', '?/hub/static/a.js', '?x=/hub/logo', '?/../static/a.js', '?%2fhub%2fstatic%2fa.js'].map(
        query => withoutProof(`/hub/admin${query}`),
      ),
      ...[
        '/hub/logox',
        '/hub/logo/x',
        '/hub/staticx/a.js',
        '/x/hub/static/a.js',
        '/HUB/static/a.js',
        '/hub/logo%20',
      ].map(withoutProof),
      {
        name: 'a public path takes nobody along',
        head: [
          'GET /hub/logo?x=/hub/admin HTTP/1.1',
          host,
          'Remote-User: root',
          'Cookie: jupyterhub-hub-login=x',
          alice,
        ],
        expect: { atHub: atHub('GET /hub/logo?x=/hub/admin') },
      },
    ],
  },
  {
    id: 'P4',
    spellings: [
      ...[
        'X-Forwarded-Uri: /hub/static/a.js',
        'X-Original-Uri: /hub/logo',
        'X-Auth-Request-Redirect: /hub/logo',
        'X-Forwarded-Path: /hub/logo',
        'X-Original-URL: /hub/logo',
      ].map(line => unproven('/hub/admin', [line])),
      ...takenOff(['X-Forwarded-Uri: /hub/static/a.js', 'X-Forwarded-Method: GET', 'X_Forwarded_Uri: /hub/logo']),
    ],
  },
  {
    id: 'P5',
    spellings: [
      ...[
        'Host: evil',
        'Host: evilhub.example',
        'Host: hub.example.evil',
        'Host: hub.example:8080',
        'Host: localhost',
        'Host: 10.0.0.1',
        'Host: hub.example@evil',
        'Host: hub.example, evil',
        'Host: hub.example/x',
        'Host: hub.example.',
        'Host: hub.example:',
        'Host: hub.example:443:443',
        'Host: hub.example#',
        'Host: 0x7f.1',
        'Host: ',
      ].map(line => ofHost(line)),
      ofHost(),
      ofHost(host, 'Host: evil'),
      ofHost('Host: evil', 'hOST: hub.example'),
      ofHost(host, host),
      ...falseHosts,
      ...[
        'http://evil/x',
        'http://hub.example/hub/login',
        'https://hub.example/',
        'HTTP://evil/',
        'ws://hub.example/x',
        'http:///hub/login',
        '*',
      ].map(ambiguous),
      {
        name: 'HTTP/1.0 without Host',
        head: [`GET ${login} HTTP/1.0`, alice],
        expect: { refused: 'request-ambiguous' },
      },
      kept(login, ['X-Host: evil']),
      kept(login, ['X-Forwarded-Host: evil', 'HTTP_HOST: evil', 'X-HTTP-Host-Override: evil']),
    ],
  },
  {
    id: 'P6',
    spellings: [
      framed('both', ['Content-Length: 5', 'Transfer-Encoding: chunked']),
      framed('both, the other way', ['Transfer-Encoding: chunked', 'content-length: 5']),
      framed('two lengths', ['Content-Length: 5', 'Content-Length: 6']),
      framed('two equal lengths', ['Content-Length: 5', 'content-length: 5']),
      ...['+5', '5, 5', '5,6', '0x5', '-1', '5 5', '1e1', '', '05a', '9999999999999999', '5;x', '٥'].map(value =>
        framed('a length', [`Content-Length: ${Buffer.from(value).toString('latin1')}`]),
      ),
      ...[
        'xchunked',
        'chunked, identity',
        'identity',
        'identity, chunked',
        'gzip, chunked',
        'chunked, chunked',
        '"chunked"',
        'chunked;q=1',
        'chunked,',
        ',chunked',
        'cow',
        '',
        'chun\x01ked',
        '\x0bchunked',
      ].map(value => framed('a coding', [`Transfer-Encoding: ${value}`])),
      framed('a coding behind a tab', ['Transfer-Encoding:\tchunked']),
      framed('two codings', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity']),
      framed('two codings', ['Transfer-Encoding: identity', 'transfer-encoding: chunked']),
      framed('a space before the colon', ['Transfer-Encoding : chunked']),
      framed('a folded coding', ['Transfer-Encoding:', ' chunked']),
      framed('a bare LF before it', ['X: a\nTransfer-Encoding: chunked']),
      framed('a bare CR before it', ['X: a\rTransfer-Encoding: chunked']),
      framed('an empty name', [': x', 'Content-Length: 5']),
      framed('HTTP/1.0', ['Transfer-Encoding: chunked'], '0\r\n\r\n', `${post} HTTP/1.0`),
      {
        name: 'a length in another spelling is none, and goes to nobody',
        head: asAlice(
          post,
          'Content_Length: 5',
          'TRANSFER_ENCODING: chunked',
          'HTTP_CONTENT_LENGTH: 5',
          'Content-Length: 5',
        ),
        content: 'hello',
        expect: { atHub: atHub(post), payload: 'hello' },
      },
      chunks('an end without CR', '5\nhello\r\n0\r\n\r\n'),
      chunks('a bare CR behind the size', '5\rhello\r\n0\r\n\r\n'),
      chunks('an extension with LF (CVE-2025-64763)', '5;x\nhello\r\n0\r\n\r\n'),
      chunks('an extension with CR', '5;x=\ry\r\nhello\r\n0\r\n\r\n'),
      chunks('an extension without a name', '5;\r\nhello\r\n0\r\n\r\n'),
      chunks('a signed size', '+5\r\nhello\r\n0\r\n\r\n'),
      chunks('a hexadecimal prefix', '0x5\r\nhello\r\n0\r\n\r\n'),
      chunks('a size in white space', ' 5 \r\nhello\r\n0\r\n\r\n'),
      chunks('a size with an underscore', '0_5\r\nhello\r\n0\r\n\r\n'),
      chunks('a size that overflows', '100000005\r\nhello\r\n0\r\n\r\n'),
      chunks('an empty size', '\r\nhello\r\n0\r\n\r\n'),
      chunks('a chunk longer than it says', '4\r\nhello\r\n0\r\n\r\n'),
      chunks('no CR LF behind the data', '5\r\nhello0\r\n\r\n'),
      chunks('an end of LF LF', '5\r\nhello\r\n0\n\n'),
      chunks('CR CR LF (CVE-2025-23167)', '5\r\nhello\r\n0\r\n\r\r\n'),
    ],
  },
  {
    id: 'P7',
    spellings: [
      framed('two', ['Content-Length: 5', 'content-length: 5'], 'hello'),
      framed('three', ['Content-Length: 5', 'CONTENT-LENGTH: 5', 'Content-length: 5'], 'hello'),
      lengths('leading zeros', post, ['Content-Length: 005'], 'hello', 'hello'),
      lengths('spaces', post, ['Content-Length:    5   '], 'hello', 'hello'),
      lengths('an odd spelling beside it', post, ['Content_Length: 500', 'Content-Length: 5'], 'hello', 'hello'),
      lengths('none, where a body is usual', post, ['Content_Length: 5'], '', ''),
      lengths('0', post, ['Content-Length: 0'], '', ''),
      lengths('chunks', post, ['Transfer-Encoding: CHUNKED'], '5\r\nhello\r\n0\r\n\r\n', 'hello'),
      lengths(
        'chunks with extensions',
        post,
        ['Transfer-Encoding: chunked'],
        '2;a=b\r\nhe\r\n003;c="d"\r\nllo\r\n0;e\r\n\r\n',
        'hello',
      ),
    ],
  },
  {
    id: 'P8',
    spellings: [
      switching('h2c', ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']),
      switching('h2c beside websocket', [connection, 'Upgrade: websocket, h2c', key, version]),
      switching('h2c on a line of its own', [connection, 'Upgrade: h2c', upgrade, key, version]),
      switching('TLS', [connection, 'Upgrade: TLS/1.2']),
      switching('websocket and something', [connection, 'Upgrade: websocket/13', key, version]),
      switching('Upgrade without Connection', [upgrade, key, version], 'request-ambiguous'),
      switching('no key', [connection, upgrade, version]),
      switching('a short key', [connection, upgrade, 'Sec-WebSocket-Key: abc', version]),
      switching('two keys', [...handshake, key]),
      switching('no version', [connection, upgrade, key]),
      switching('version 8', [connection, upgrade, key, 'Sec-WebSocket-Version: 8']),
      switching('two versions', [...handshake, 'Sec-WebSocket-Version: 8']),
      switching('by POST', handshake, 'upgrade-unsupported', `POST ${channels} HTTP/1.1`),
      switching('by PUT', handshake, 'upgrade-unsupported', `PUT ${channels} HTTP/1.1`),
      switching('by HTTP/1.0', handshake, 'upgrade-unsupported', `GET ${channels} HTTP/1.0`),
      switching('with a body', [...handshake, 'Content-Length: 5'], 'upgrade-unsupported', undefined, 'hello'),
      switching(
        'with chunks',
        [...handshake, 'Transfer-Encoding: chunked'],
        'upgrade-unsupported',
        undefined,
        '0\r\n\r\n',
      ),
      switching(
        'whose Connection names the identity',
        ['Connection: Upgrade, Remote-User', upgrade, key, version],
        'request-ambiguous',
      ),
      {
        name: 'bytes of a request behind the handshake reach nobody',
        head: asAlice(`GET ${channels}`, ...handshake),
        content: smuggled,
        doors: ['websocket'],
        expect: { refused: 'request-ambiguous' },
      },
      ...['hub.example:443', 'evil:80', '/hub/login', 'http://evil/'].map(
        (to): RequestSpelling => ({
          name: `CONNECT ${to}`,
          head: asAlice(`CONNECT ${to}`),
          expect: { refused: 'method-refused' },
        }),
      ),
      { name: 'TRACE', head: asAlice('TRACE /hub/login'), expect: { refused: 'method-refused' } },
    ],
  },
  {
    id: 'P9',
    spellings: [
      ...[
        ['the preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
        ['the preface, and SETTINGS', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'],
        ['the preface, with our Host', 'PRI * HTTP/2.0\r\nHost: hub.example\r\n\r\nSM\r\n\r\n'],
        ['a request of HTTP/2.0', `GET ${login} HTTP/2.0\r\nHost: hub.example\r\n\r\n`],
        ['a request of HTTP/2', `GET ${login} HTTP/2\r\nHost: hub.example\r\n\r\n`],
        ['a HEADERS frame', '\0\0\x10\x01\x05\0\0\0\x01\x82\x86\x84\x41\x8a\r\n\r\n'],
        [
          'pseudo-headers',
          `GET ${login} HTTP/1.1\r\n:path: /hub/admin\r\n:authority: evil\r\nHost: hub.example\r\n\r\n`,
        ],
      ].map(
        ([name = '', bytes = '']): RequestSpelling => ({
          name,
          head: [bytes],
          unfinished: true,
          doors: ['proxy'],
          expect: { refused: 'request-ambiguous' },
        }),
      ),
    ],
  },
  {
    id: 'P10',
    spellings: [
      ...nextToHosts,
      ...redirects.filter(value => value !== '').flatMap(nextSpellings),
      next('?next=', '?'),
      ...['rd', 'redirect', 'return_to', 'n%65xt', '%6e%65%78%74'].map(name =>
        next(`?${name}=//evil`, `?${name.includes('%') ? 'next' : name}=${home}`),
      ),
      ...['/hub/logout', '/hub/oauth_login', '/hub/oauth_callback', '/hub/signup', '/login', '/logout'].map(path =>
        next('?next=//evil', `?next=${home}`, path),
      ),
      ...['/hub/l%6fgin', '/hub/%6c%6f%67%69%6e', '/hub/l%256fgin', '/hub/login;x', '/hub/login%3bx', '/%6cogout'].map(
        path => next('?next=//evil', `?next=${home}`, path),
      ),
      ...['/', '/hub/', '/hub/home', '/hub/spawn', '/hub/spawn-pending/alice', '/hub/accept-share', '/spawn'].map(
        path => next('?next=//evil', `?next=${home}`, path),
      ),
      next('?next=/;/evil', null, '/hub/spawn'),
      next('?next=/a&next=//evil', null),
      next('?next=/a&next=/a', null),
      next('?next=/a&rd=//evil', null),
      next('?next=/a&n%65xt=//evil', null),
      next('?next=/a;next=//evil', null),
      next('?next=/;/evil', null),
      next('?next=/;%09/evil', null),
      next('?a=1;next=//evil', `?a=1;next=${home}`),
      next('?next=%2f%2fevil', `?next=${home}`),
      next('?next=%252f%252fevil', `?next=${home}`),
      next('?next=/%5Cevil&a=1', `?next=${home}&a=1`),
      next('?next=https://hub.example/hub/spawn', '?next=%2Fhub%2Fspawn'),
      next('?next=/user/alice/lab?a=b', '?next=/user/alice/lab?a=b'),
      next('?username=root&user=root', '?'),
      {
        name: 'in the form of a GET by another spelling of the path',
        head: asAlice('GET /hub/l%6fgin', 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 11'),
        content: 'next=//evil',
        expect: { refused: 'request-ambiguous' },
      },
      {
        name: 'in the form of a GET, which Tornado merges into the query',
        head: asAlice(`GET ${login}`, 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 11'),
        content: 'next=//evil',
        expect: { refused: 'request-ambiguous' },
      },
    ],
  },
  {
    id: 'P11',
    spellings: [
      ...neighboursForms,
      crossSite(...fetchSite),
      crossSite('Sec-Fetch-Site: same-site', 'Sec-Fetch-Mode: no-cors'),
      crossSite('Origin: null'),
      crossSite('Origin: https://evil', 'Referer: https://evil/'),
      ...foreignForms.map(
        (lines): RequestSpelling => ({
          name: `with a token: ${lines.join(', ')}`,
          head: asAlice('POST /hub/spawn', ...lines, 'Content-Type: text/plain', 'Content-Length: 4'),
          content: 'a=b&',
          expect: { refused: 'origin-refused', closes: true },
        }),
      ),
      ...foreignForms.map(
        (lines): RequestSpelling => ({
          name: `with an ingress' word for the user: ${lines.join(', ')}`,
          peer: '127.0.0.3',
          head: [
            'POST /hub/spawn HTTP/1.1',
            host,
            'X-Auth-Request-Preferred-Username: alice',
            ...lines,
            'Content-Length: 4',
          ],
          content: 'a=b&',
          expect: { refused: 'origin-refused', closes: true },
        }),
      ),
      {
        name: 'what is in an API for another page to write',
        head: asAlice('DELETE /hub/api/users/bob', 'Origin: https://evil', 'Referer: https://hub.example/hub/admin'),
        expect: { refused: 'origin-refused' },
      },
      {
        name: 'what a hub judges a cross-site form by reaches it as the browser wrote it, where it judges well',
        config: 'sound',
        head: asAlice('POST /hub/spawn', ...fetchSite, 'Content-Type: text/plain', 'Content-Length: 4'),
        content: 'a=b&',
        expect: { atHub: atHub('POST /hub/spawn', [...fetchSite, 'Content-Type: text/plain']), payload: 'a=b&' },
      },
    ],
  },
  {
    id: 'P12',
    spellings: [
      ...neighbours,
      ...foreignOrigins.map(origin => byAssertion([origin], { refused: 'origin-refused' })),
      byAssertion([], { refused: 'origin-refused' }),
      byAssertion(['https://hub.example', 'https://hub.example'], { refused: 'request-ambiguous' }),
      byAssertion(['https://hub.example', 'https://evil'], { refused: 'request-ambiguous' }),
      {
        name: 'a cookie is no proof, whatever the Origin',
        head: [
          `GET ${channels} HTTP/1.1`,
          host,
          ...handshake,
          'Origin: https://hub.example',
          'Cookie: jupyterhub-user-alice=x',
        ],
        doors: ['websocket'],
        expect: { refused: 'credential-missing' },
      },
      {
        name: 'another origin, though a token came',
        head: asAlice(`GET ${channels}`, ...handshake, 'Origin: https://evil'),
        doors: ['websocket'],
        expect: { refused: 'origin-refused' },
      },
      ...foreignOrigins.flatMap(origin => [
        byCarrier(`a token in the subprotocol, ${shown(origin)}`, [offered, `Origin: ${origin}`], {
          refused: 'origin-refused',
        }),
        byCarrier(`a token in a cookie, ${shown(origin)}`, [labCookie, `Origin: ${origin}`], {
          refused: 'origin-refused',
        }),
      ]),
      byCarrier('a token in a cookie, no Origin', [labCookie], { refused: 'origin-refused' }),
      byCarrier('a token in a header, no Origin', ['X-Lab-Assertion: {alice}'], { refused: 'origin-refused' }),
      byCarrier('a token in the subprotocol, no Origin: it goes on without it', [offered], {
        atHub: atHub(`GET ${channels}`, [...handshakeAtHub, `Sec-WebSocket-Protocol: ${kernelProtocol}`]),
      }),
      byCarrier(
        'a token in the subprotocol and nothing for the hub to choose',
        [`Sec-WebSocket-Protocol: ${tokenProtocol}`],
        {
          refused: 'request-ambiguous',
        },
      ),
      byCarrier('a token in the subprotocol beside a cookie with another', [offered, 'Cookie: lab_jwt={bob}'], {
        refused: 'credentials-disagree',
      }),
    ],
  },
  {
    id: 'P13',
    spellings: [
      slow('nothing but the method', ['GET']),
      slow('a request line without an end', [`GET ${login} HTTP/1.1`]),
      slow('a head without an end', [...asAlice(`GET ${login}`), 'X: a']),
      {
        name: 'one connection more than there is room for',
        config: 'crowded',
        idle: ['127.0.0.3', '127.0.0.3', '127.0.0.1'],
        head: asAlice(`GET ${login}`),
        expect: { refused: 'too-many-connections' },
      },
      {
        name: 'one connection more than an address may have',
        config: 'crowded',
        idle: ['127.0.0.1', '127.0.0.1'],
        head: asAlice(`GET ${login}`),
        expect: { refused: 'too-many-from-address' },
      },
      {
        name: 'another address that has all it may have',
        config: 'crowded',
        idle: ['127.0.0.3', '127.0.0.3'],
        head: asAlice(`GET ${login}`),
        expect: { atHub: canonical(login) },
      },
      slow('a name without an end', [...asAlice(`GET ${login}`), 'X-Slow']),
      {
        name: 'a body that stands still, measured',
        config: 'impatient',
        head: asAlice('DELETE /hub/api/x', 'Content-Length: 5'),
        content: 'he',
        expect: { refused: 'request-timeout' },
      },
      {
        name: 'chunks that stand still, measured',
        config: 'impatient',
        head: asAlice('DELETE /hub/api/x', 'Transfer-Encoding: chunked'),
        content: '5\r\nhe',
        expect: { refused: 'request-timeout' },
      },
      {
        name: 'a flood of fields without an end',
        head: [...asAlice(`GET ${login}`), ...Array.from({ length: 5000 }, (_, at) => `X-${at}: a`)],
        unfinished: true,
        doors: ['proxy'],
        expect: { refused: 'headers-too-large' },
      },
      {
        name: 'a name without an end, 1 MiB',
        head: [...asAlice(`GET ${login}`), 'X'.repeat(1024 * 1024)],
        unfinished: true,
        doors: ['proxy'],
        expect: { refused: 'headers-too-large' },
      },
      {
        name: 'a thousand encodings, passed on as they are',
        head: asAlice(post, `Content-Encoding: ${encodings}`, 'Content-Length: 4'),
        content: '\x1f\x8b\x08\0',
        expect: { atHub: atHub(post, [`Content-Encoding: ${encodings}`]), payload: '\x1f\x8b\x08\0' },
      },
    ],
  },
  {
    id: 'P14',
    spellings: [
      ...['DELETE', 'OPTIONS'].flatMap(method => [
        lengths(
          `chunks on ${method}`,
          `${method} /hub/api/x`,
          ['Transfer-Encoding: chunked'],
          `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`,
          smuggled,
        ),
        lengths(
          `a length on ${method}`,
          `${method} /hub/api/x`,
          [`Content-Length: ${smuggled.length}`],
          smuggled,
          smuggled,
        ),
        lengths(`empty chunks on ${method}`, `${method} /hub/api/x`, ['Transfer-Encoding: chunked'], '0\r\n\r\n', ''),
      ]),
      lengths('chunks on GET', 'GET /user/alice/search', ['Transfer-Encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n', '{}'),
      lengths('a length on GET', 'GET /user/alice/search', ['Content-Length: 2'], '{}', '{}'),
      {
        name: 'a large body on DELETE',
        head: asAlice('DELETE /hub/api/x', 'Content-Length: 65537'),
        expect: { refused: 'body-too-large' },
      },
      {
        name: 'large chunks on DELETE',
        head: asAlice('DELETE /hub/api/x', 'Transfer-Encoding: chunked'),
        content: `10001\r\n${'a'.repeat(0x10001)}\r\n0\r\n\r\n`,
        expect: { refused: 'length-required' },
      },
      {
        name: 'a large body on OPTIONS',
        head: asAlice('OPTIONS /hub/api/x', 'Content-Length: 999999999'),
        expect: { refused: 'body-too-large' },
      },
    ],
  },
];
