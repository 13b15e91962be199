/** R: what servers that users write send back, and a hub that lies. */
import type { AnswerSpelling, AttackRow, Door } from '../attack.ts';
import { server, shown } from '../spell.ts';

const plain = 'Content-Type: text/html';

/** Lines of an answer of which the client sees none. */
function dropped(line: string, target = server): AnswerSpelling {
  return { name: `${shown(line)} from ${target}`, target, answer: [plain, line], seen: [plain] };
}

function kept(line: string, target = server): AnswerSpelling {
  return { name: `${shown(line)} from ${target}, which may`, target, answer: [plain, line], seen: [plain, line] };
}

function cut(line: string, scope = '/user/alice/', target = server): AnswerSpelling {
  const [name = ''] = line.split(':');
  return {
    name: `${shown(line)} from ${target}`,
    target,
    answer: [plain, line],
    seen: [plain, `${name}: ${scope}`],
    doors: ['proxy'],
  };
}

/** The hub itself may not mirror either, and its pages are nobody's to keep. */
function ofHub(line: string): AnswerSpelling {
  return {
    name: `${shown(line)} from the hub`,
    target: '/hub/home',
    answer: [plain, line],
    seen: [plain, 'Cache-Control: no-store'],
    doors: ['proxy'],
  };
}

const cookies = [
  'jupyterhub-hub-login=x; Path=/hub/',
  'jupyterhub-hub-login=x; Path=/user/alice/',
  '__Host-jupyterhub-hub-login=x; Path=/; Secure',
  'jupyterhub-session-id=x; Path=/user/alice/',
  'jupyterhub-user-bob=x; Path=/user/alice/',
  '__Host-jupyterhub-user-bob=x; Path=/; Secure',
  'service-who=x; Path=/user/alice/',
  '__Host-hubgate-0a1b2c3d=x; Path=/; Secure',
  '__HOST-HUBGATE-0a1b2c3d=x; Path=/; Secure',
  'hubgate-x=x; Path=/user/alice/',
  'username=root; Path=/user/alice/',
  'TOKEN=root; Path=/user/alice/',
  '=username=root; Path=/user/alice/',
  '_oauth2_proxy=x; Path=/user/alice/',
  'a=b; Path=/',
  'a=b; Path=/user/',
  'a=b; Path=/user/bob/',
  'a=b; Path=/user/alicex/',
  'a=b; Path=/user/alice/; Path=/',
  'a=b; path=/; Path=/user/alice/; PATH=/',
  'a=b; Path=/user/alice/../bob/',
  'a=b; Path=/user/alice/%2e%2e/',
  'a=b; Path=/user/alice/.\t./',
  'a=b; Path=/user/alice/; Domain=hub.example',
  'a=b; Domain=.example',
  'a=b; dOmAiN=example; Path=/user/alice/',
  '__Host-other=x; Path=/; Secure',
  'nonsense',
];

const forged = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged';

/** Lines that make a good head a lie. */
const lyingLines = [
  'Content-Length: 6',
  'content-length: 4',
  'Content-Length: +4',
  'Content-Length: 4, 4',
  'Content-Length : 4',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding : chunked',
  'X: a\rRemote-User: root',
  'X: a\nSet-Cookie: a=b',
  'X: a\n\nHTTP/1.1 200 OK',
  'X: a\0b',
  'X: a\x01b',
  'X: a\r\n folded',
  ' folded: first',
  'no colon',
  ': no name',
  'a b: c',
  'X\xe9: a',
];

const lyingStatus = [
  'HTTP/1.1 099 Odd',
  'HTTP/1.1 600 Odd',
  'HTTP/1.1 1000 Odd',
  'HTTP/1.1 2OO OK',
  'HTTP/1.1  200 OK',
  'HTTP/1.1 200 O\0K',
  'HTTP/1.1 200 O\rK',
  'HTTP/2 200 OK',
  'http/1.1 200 OK',
  'ICY 200 OK',
  'SSH-2.0-OpenSSH_9.9',
  'GET /hub/login HTTP/1.1',
  '',
];

function lie(name: string, answer: string, doors: readonly Door[] = ['proxy']): AnswerSpelling {
  return { name, target: server, doors, answer, seen: 'refused' };
}

const switchHead = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
];

function switchLie(name: string, ...lines: readonly string[]): AnswerSpelling {
  return lie(name, `${lines.join('\r\n')}\r\n\r\n`, ['websocket']);
}

/** Family R. */
export const answerRows: readonly AttackRow[] = [
  {
    id: 'R1',
    spellings: [
      ...cookies.map(cookie => dropped(`Set-Cookie: ${cookie}`)),
      dropped('set_cookie: a=b; Path=/'),
      dropped('Set-Cookie2: a=b'),
      dropped('Set-Cookie: jupyterhub-hub-login=x; Path=/hub/', '/user/mallory/x'),
      dropped('Set-Cookie: __Host-jupyterhub-user-mallory-x=evil; Path=/; Secure', '/user/mallory/lab'),
      dropped('Set-Cookie: service-other=x; Path=/services/who/', '/services/who/x'),
      dropped('Set-Cookie: a=b; Path=/services/', '/services/who/x'),
      kept('Set-Cookie: a=b; Path=/user/alice/; HttpOnly'),
      kept('Set-Cookie: __Host-jupyterhub-user-alice=x; Path=/; Secure'),
    ],
  },
  {
    id: 'R2',
    spellings: [
      cut('Service-Worker-Allowed: /'),
      cut('service-worker-allowed: /user/bob/'),
      cut('Service-Worker-Allowed: /user/'),
      cut('Service-Worker-Allowed: /user/alice/..'),
      cut('Service-Worker-Allowed: /user/alice/%2e%2e/'),
      cut('Service-Worker-Allowed: /user/alice/.\t./.\t./'),
      cut('Service-Worker-Allowed: //evil/'),
      cut('Service-Worker-Allowed: https://hub.example/'),
      cut('Service-Worker-Allowed: /', '/services/who/', '/services/who/x'),
      {
        name: 'none, at the root of a server',
        target: '/user/alice',
        answer: [plain],
        seen: [plain, 'Service-Worker-Allowed: /user/alice/'],
        doors: ['proxy'],
      },
    ],
  },
  {
    id: 'R3',
    spellings: [
      ...[
        'X-Accel-Redirect: /internal',
        'x_accel_redirect: /internal',
        'X-Accel-Buffering: no',
        'X-Accel-Expires: 9',
        'X-Sendfile: /etc/passwd',
        'X-Sendfile2: /etc/passwd 0-',
        'X_SENDFILE: /etc/passwd',
        'X-Reproxy-URL: http://169.254.169.254/',
        'X-Lighttpd-Send-File: /x',
        'X-Lighttpd-Send-Tempfile: /x',
        'X-LiteSpeed-Location: /x',
        'X-Envoy-Immediate-Health-Check-Fail: 1',
        'CDN-Cache-Control: max-age=600',
        'Surrogate-Control: content="ESI/1.0"',
      ].map(line => dropped(line)),
      ofHub('X-Accel-Redirect: /internal'),
    ],
  },
  {
    id: 'R4',
    spellings: [
      'Clear-Site-Data: "*"',
      'CLEAR_SITE_DATA: "*"',
      'Alt-Svc: h2="evil:443"',
      'Strict-Transport-Security: max-age=0',
      'Public-Key-Pins: max-age=1',
      'NEL: {"report_to":"x","max_age":9}',
      'Report-To: {"group":"x","max_age":9,"endpoints":[{"url":"https://evil/"}]}',
      'Reporting-Endpoints: x="https://evil/"',
      'Accept-CH: Sec-CH-UA-Arch',
      'Origin-Agent-Cluster: ?1',
      'Use-As-Dictionary: match="/*"',
      'Set-Login: logged-out',
    ].map(line => dropped(line)),
  },
  {
    id: 'R5',
    spellings: [
      ...lyingLines.map(line => lie(shown(line), `HTTP/1.1 200 OK\r\nContent-Length: 4\r\n${line}\r\n\r\ngood`)),
      ...lyingLines.slice(8).map(line => switchLie(shown(line), ...switchHead, line)),
      ...lyingStatus.map(line =>
        lie(`status line ${shown(line)}`, `${line}\r\nContent-Length: 4\r\n\r\ngood`, ['proxy', 'websocket']),
      ),
      lie('LF for every line end', 'HTTP/1.1 200 OK\nContent-Length: 4\n\ngood'),
      lie('chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n'),
      lie('a switch nobody asked for', `${switchHead.join('\r\n')}\r\n\r\n${forged}`),
      lie('a switch to h2c', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n'),
      lie('a storm of interim answers', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(200), [
        'proxy',
        'websocket',
      ]),
      lie(
        'an interim answer with a body',
        `HTTP/1.1 103 Early Hints\r\nContent-Length: ${forged.length}\r\nX: a\0\r\n\r\n${forged}`,
      ),
      lie('a head without end', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(80_000)}`, ['proxy', 'websocket']),
      lie('a success in place of the switch', forged, ['websocket']),
      switchLie('another accept', ...switchHead.slice(0, 3), 'Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA='),
      switchLie('no accept', ...switchHead.slice(0, 3)),
      switchLie('two accepts', ...switchHead, switchHead[3] ?? ''),
      switchLie('another protocol', 'HTTP/1.1 101 Switching Protocols', 'Upgrade: h2c', ...switchHead.slice(2)),
      switchLie('no Upgrade', 'HTTP/1.1 101 Switching Protocols', ...switchHead.slice(2)),
      switchLie('a subprotocol nobody asked for', ...switchHead, 'Sec-WebSocket-Protocol: evil'),
      switchLie('an extension nobody asked for', ...switchHead, 'Sec-WebSocket-Extensions: permessage-deflate'),
      {
        name: 'two answers',
        target: server,
        doors: ['proxy'],
        answer: `HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood${forged}`,
        seen: 'one answer',
      },
      {
        name: 'bytes behind the body',
        target: server,
        doors: ['proxy'],
        answer: 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood\r\nX',
        seen: 'one answer',
      },
      {
        name: 'an answer behind the last chunk',
        target: server,
        doors: ['proxy'],
        answer: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\nRemote-User: root\r\n\r\n${forged}`,
        seen: 'one answer',
      },
    ],
  },
  {
    id: 'R6',
    spellings: [
      ...[
        'Remote-User: root',
        'remote_user: root',
        'REMOTE-USER: root',
        'X-Remote-User: root',
        'X-Hubgate-User: root',
        'X_Hubgate_User: root',
        'X-Hubgate-Anything: x',
        'Mount: {}',
        'X-Forwarded-User: root',
        'X-Auth-Request-User: root',
        'username: root',
        'token: x',
      ].map(line => dropped(line)),
      ...['Remote-User: alice', 'X-Hubgate-Id: x', 'Mount: {}'].map(ofHub),
    ],
  },
];
