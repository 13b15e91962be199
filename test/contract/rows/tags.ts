/** The hub's cookies bear the tag of the visitor whom they were given to (S6, H15, R1; design 6). */
import type { ReasonId } from '../../../src/gate/reasons.ts';
import type { AnswerRow, RequestRow } from '../row.ts';
import { sessionCookie } from '../sessions.ts';
import { tagged } from '../tags.ts';
import { atHub, handshake, handshakeAtHub, host } from './lines.ts';

const config = 'sessions';
const home = 'GET /hub/home';
const lab = 'GET /user/alice/lab';
const value = '"2|1:0|10:1764000000|20:jupyterhub-hub-login|44:YWxpY2U=|0123abcd"';
const other = '"2|1:0|10:1764000001|20:jupyterhub-hub-login|44:Ym9i|89ef"';
const loginCookie = 'jupyterhub-hub-login';
const login = tagged(loginCookie, value);
const server = tagged('jupyterhub-user-alice', value, { reader: 'user alice' });
const asSession = `${sessionCookie}=sealed-alice`;

function goesUp(title: string, requestLine: string, cookies: readonly string[], up: readonly string[]): RequestRow {
  return {
    title,
    config,
    head: [`${requestLine} HTTP/1.1`, host, `Cookie: ${[asSession, ...cookies].join('; ')}`],
    expect: { forward: withCookie(requestLine, up) },
  };
}

/** Host, the forwarding family, and the cookies behind it. */
function withCookie(requestLine: string, up: readonly string[]): string[] {
  return [...atHub(requestLine), ...(up.length === 0 ? [] : [`Cookie: ${up.join('; ')}`])];
}

const vanishing: readonly (readonly [title: string, requestLine: string, crumb: string])[] = [
  ['without a tag', home, `${loginCookie}=${value}`],
  ['with an empty tag', home, `${loginCookie}=${value}~`],
  ["with another user's tag", home, tagged(loginCookie, value, { visitor: 'bob' })],
  ["with another issuer's tag", home, tagged(loginCookie, value, { vouching: 'issuer https://former.example' })],
  ['with the tag of no directory', home, tagged(loginCookie, value, { vouching: 'issuer https://sso.example' })],
  ["with another directory's tag", home, tagged(loginCookie, value, { vouching: 'namespace old' })],
  ["with a stranger's tag", home, tagged(loginCookie, value, { key: 2 })],
  ["with another value's tag", home, login.replace('0123abcd', '0123abce')],
  ["with another name's tag", home, login.replace(loginCookie, `__Host-${loginCookie}`)],
  ['with a tag that is cut short', home, login.slice(0, -1)],
  ['with a tag that goes on', home, `${login}A`],
  ['with a tag within its quotes', home, login.replace(/"~(.*)$/, '~$1"')],
  ['of another case', home, login.replace('hub-login', 'Hub-Login')],
  ['of a server, without a tag', lab, `jupyterhub-user-alice=${value}`],
  [
    "of a server, with another user's tag",
    lab,
    tagged('jupyterhub-user-alice', value, { visitor: 'bob', reader: 'user alice' }),
  ],
  [
    "of a server, given by another's of the same name",
    lab,
    tagged('jupyterhub-user-alice', value, { reader: 'user ali' }),
  ],
  ['of a sign-in at a server, without a tag', lab, 'jupyterhub-user-alice-oauth-state-abc=x'],
  ['of a service, without a tag', 'GET /services/grader/', `service-grader=${value}`],
  ['of a service, behind a prefix', 'GET /services/grader/', `__Host-service-grader=${value}`],
  ['of services of old', 'GET /services/grader/', `jupyterhub-services=${value}`],
  ['that only some parsers see', home, `x=y, ${login}`],
];

/** Requests. */
export const tagRows: readonly RequestRow[] = [
  goesUp('a tag is cut before its cookie goes up', home, [login], [`${loginCookie}=${value}`]),
  goesUp('a tag of the second key holds', home, [tagged(loginCookie, value, { key: 1 })], [`${loginCookie}=${value}`]),
  goesUp(
    "a server's, a sign-in's and other cookies go up beside one another",
    lab,
    [
      'theme=dark',
      server,
      tagged('jupyterhub-user-alice-oauth-state-abc', 'x', { reader: 'user alice' }),
      '_xsrf=a',
      '_xsrf=b',
    ],
    ['theme=dark', `jupyterhub-user-alice=${value}`, 'jupyterhub-user-alice-oauth-state-abc=x', '_xsrf=a', '_xsrf=b'],
  ),
  goesUp(
    "a visitor's tag holds on another's server",
    'GET /user/bob/lab',
    [tagged('jupyterhub-user-bob', value, { reader: 'user bob' })],
    [`jupyterhub-user-bob=${value}`],
  ),
  goesUp(
    'so it does on a named server',
    'GET /user/alice/gpu/lab',
    [tagged('jupyterhub-user-alice-gpu', value, { reader: 'user alice' })],
    [`jupyterhub-user-alice-gpu=${value}`],
  ),
  goesUp(
    'and behind a prefix',
    'GET /services/grader/',
    [tagged('__Host-service-grader', value, { reader: 'services grader' })],
    [`__Host-service-grader=${value}`],
  ),
  goesUp(
    "what alice's server lab was given says nothing to the server of a user alice-lab",
    'GET /user/alice-lab/lab',
    [tagged('jupyterhub-user-alice-lab', value, { reader: 'user alice' })],
    [],
  ),
  ...vanishing.map(([title, requestLine, crumb]) =>
    goesUp(`a cookie ${title} does not go up (S6)`, requestLine, [crumb], []),
  ),
  goesUp(
    'of repeats the one whose tag holds goes up (H15)',
    home,
    [tagged(loginCookie, other, { visitor: 'bob' }), login, `${loginCookie}=${other}`],
    [`${loginCookie}=${value}`],
  ),
  goesUp(
    "the browser's id at the hub stays with the login",
    home,
    [login, 'jupyterhub-session-id=i'],
    [`${loginCookie}=${value}`, 'jupyterhub-session-id=i'],
  ),
  goesUp(
    "and goes with a login that was another user's",
    home,
    [tagged(loginCookie, value, { visitor: 'bob' }), 'jupyterhub-session-id=i', '_xsrf=a'],
    ['_xsrf=a'],
  ),
  {
    title: 'a token of the issuer proves the same user to tags as its session does',
    config,
    head: [`${home} HTTP/1.1`, host, 'Authorization: Bearer {alice-lab}', `Cookie: ${login}`],
    expect: { forward: withCookie(home, [`${loginCookie}=${value}`]) },
  },
  {
    title: 'so does an assertion of the same directory',
    config,
    peer: '127.0.0.3',
    head: [`${home} HTTP/1.1`, host, 'X-Auth-Request-Preferred-Username: alice', `Cookie: ${login}`],
    expect: {
      forward: withCookie(home, [`${loginCookie}=${value}`]).map(line => line.replace('127.0.0.1', '127.0.0.3')),
    },
  },
  {
    title: 'a WebSocket takes tagged cookies along, and no others',
    config,
    head: [
      'GET /user/alice/x HTTP/1.1',
      host,
      ...handshake,
      'Origin: https://hub.example',
      `Cookie: ${asSession}; ${server}; jupyterhub-user-alice=${value}`,
    ],
    expect: {
      forward: [
        ...atHub('GET /user/alice/x', [...handshakeAtHub, 'Origin: https://hub.example']),
        `Cookie: jupyterhub-user-alice=${value}`,
      ],
      protocol: 'websocket',
    },
  },
];

const cookieOf = `Cookie: ${asSession}; ${login}`;

function errand(title: string, requestLine: string, fields: readonly string[], reason: ReasonId): RequestRow {
  return {
    title,
    config,
    head: [`${requestLine} HTTP/1.1`, host, cookieOf, ...fields],
    expect: { refuse: reason, status: 403 },
  };
}

const logout = 'GET /hub/logout';

/** Logins and logouts that the user has not asked for. */
export const errandRows: readonly RequestRow[] = [
  errand('another site logs nobody out at the hub (M6)', logout, ['Sec-Fetch-Site: cross-site'], 'origin-refused'),
  errand('nor does a site beside it', logout, ['Sec-Fetch-Site: same-site'], 'origin-refused'),
  errand(
    'not even with the whole tab',
    logout,
    ['Sec-Fetch-Site: same-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'],
    'origin-refused',
  ),
  errand('nor a page that says its origin', logout, ['Origin: https://evil.example'], 'origin-refused'),
  errand(
    'nor a second word on the site',
    logout,
    ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: cross-site'],
    'origin-refused',
  ),
  ...['https://evil.example/x', 'https://hub.example.evil/', 'http://hub.example/', 'about:blank', 'x'].map(page =>
    errand(`nor, in a browser that says no more, ${page}`, logout, [`Referer: ${page}`], 'origin-refused'),
  ),
  ...['https://hub.example/hub/home', 'https://hub.example/'].map(
    (page): RequestRow => ({
      title: `a logout from ${page} does, by Referer alone`,
      config,
      head: [`${logout} HTTP/1.1`, host, cookieOf, `Referer: ${page}`],
      expect: { forward: [...atHub(logout, [`Referer: ${page}`]), `Cookie: ${loginCookie}=${value}`] },
      onlyDecide: 'the door answers itself',
    }),
  ),
  ...[['Referer: https://alias.example/hub/home'], ['Origin: https://alias.example'], []].map(
    (fields): RequestRow => ({
      title: `at an alias one of its own pages logs out, or nobody's: ${fields.join()}`,
      config: 'lab',
      head: [`${logout} HTTP/1.1`, 'Host: Alias.example', 'Authorization: Bearer {alice-lab}', ...fields],
      expect: { forward: [logout, 'Host: Alias.example', ...fields, '{forwarding 127.0.0.1}'] },
      onlyDecide: 'the door answers itself',
    }),
  ),
  errand('but nowhere else', logout, ['Referer: https://alias.example/hub/home'], 'origin-refused'),
  errand('a logout is not loaded ahead (M6)', logout, ['Sec-Purpose: prefetch'], 'prefetch-refused'),
  errand('nor is a login', 'GET /hub/login?next=%2Fhub%2F', ['Sec-Purpose: prefetch;prerender'], 'prefetch-refused'),
  errand('in the words of older browsers', 'GET /hub/login', ['Purpose: prefetch'], 'prefetch-refused'),
  errand('and in still older ones', 'GET /hub/login', ['X-Moz: prefetch'], 'prefetch-refused'),
  ...['same-origin', 'none'].map(
    (site): RequestRow => ({
      title: `a logout of ${site} goes to the hub, with the hub's own cookie`,
      config,
      head: [`${logout} HTTP/1.1`, host, cookieOf, `Sec-Fetch-Site: ${site}`],
      expect: { forward: [...atHub(logout, [`Sec-Fetch-Site: ${site}`]), `Cookie: ${loginCookie}=${value}`] },
      onlyDecide: 'the door answers itself',
    }),
  ),
  {
    title: 'another page may be loaded ahead',
    config,
    head: [`${home} HTTP/1.1`, host, cookieOf, 'Sec-Purpose: prefetch'],
    expect: { forward: withCookie(home, [`${loginCookie}=${value}`]) },
  },
];

const attributes = 'HttpOnly; Path=/hub/; SameSite=Lax';
const html = ['Content-Type: text/html', 'Cache-Control: private, no-cache'];
const expired = (name: string, path: string): string =>
  `Set-Cookie: ${name}=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=${path}; HttpOnly; Secure; SameSite=Lax`;

function from(
  target: string,
  title: string,
  answer: readonly string[],
  expect: readonly string[],
  cookies: readonly string[] = [],
): AnswerRow {
  const cookie = cookies.length === 0 ? [] : [`Cookie: ${cookies.join('; ')}`];
  return {
    title,
    config,
    target,
    fields: ['Authorization: Bearer {alice-lab}', ...cookie],
    answer: [...html, ...answer],
    expect: [...html, ...expect],
  };
}

const bobs = tagged(loginCookie, other, { visitor: 'bob' });
const bobsServer = tagged('jupyterhub-user-alice', value, { visitor: 'bob', reader: 'user alice' });
const onServer = (cookie: string): string => `Set-Cookie: ${cookie}; Path=/user/alice/`;

/** Answers. */
export const taggedAnswers: readonly AnswerRow[] = [
  from(
    '/hub/login',
    "the hub's login leaves with a tag behind its quotes",
    [`Set-Cookie: ${loginCookie}=${value}; ${attributes}`],
    [`Set-Cookie: ${login}; ${attributes}`],
  ),
  from(
    '/hub/home',
    'a deletion is not tagged',
    [
      `Set-Cookie: ${loginCookie}=""; expires=Mon, 01 Jan 2024 00:00:00 GMT; Path=/hub/`,
      `Set-Cookie: ${loginCookie}=; Max-Age=0`,
    ],
    [
      `Set-Cookie: ${loginCookie}=""; expires=Mon, 01 Jan 2024 00:00:00 GMT; Path=/hub/`,
      `Set-Cookie: ${loginCookie}=; Max-Age=0`,
    ],
  ),
  from(
    '/hub/home',
    'what says nothing of its bearer is not tagged',
    ['Set-Cookie: _xsrf=a; Path=/hub/', 'Set-Cookie: jupyterhub-session-id=b; Path=/'],
    ['Set-Cookie: _xsrf=a; Path=/hub/', 'Set-Cookie: jupyterhub-session-id=b; Path=/'],
  ),
  from(
    '/user/alice/lab',
    "a server's leaves with a tag",
    [onServer(`jupyterhub-user-alice=${value}`)],
    [onServer(server)],
  ),
  from(
    '/user/alice/gpu/lab',
    "a named server's leaves with a tag",
    [`Set-Cookie: jupyterhub-user-alice-gpu=${value}; Path=/user/alice/gpu/`],
    [`Set-Cookie: ${tagged('jupyterhub-user-alice-gpu', value, { reader: 'user alice' })}; Path=/user/alice/gpu/`],
  ),
  from(
    '/services/grader/x',
    "a service's leaves with a tag",
    ['Set-Cookie: __Host-service-grader=x; Path=/; Secure'],
    [`Set-Cookie: ${tagged('__Host-service-grader', 'x', { reader: 'services grader' })}; Path=/; Secure`],
  ),
  from(
    '/user/alice/lab',
    'a cookie that names another server is dropped, not tagged (R1)',
    [
      'Set-Cookie: jupyterhub-user-bob=x; Path=/user/alice/',
      'Set-Cookie: jupyterhub-hub-login=x; Path=/user/alice/',
      'Set-Cookie: service-grader=x; Path=/user/alice/',
    ],
    [],
  ),
  from(
    '/hub/home',
    'the hub gives no cookies of servers',
    ['Set-Cookie: jupyterhub-user-alice=x; Path=/user/alice/'],
    [],
  ),
  from(
    '/hub/home',
    "a cookie that was another user's is expired, and the browser's id at the hub with it (S6)",
    [],
    [expired(loginCookie, '/hub/'), expired('jupyterhub-session-id', '/')],
    [bobs, 'jupyterhub-session-id=i'],
  ),
  from(
    '/hub/login',
    'not the name that the answer sets, and the others before it',
    [`Set-Cookie: ${loginCookie}=${value}; ${attributes}`],
    [expired('jupyterhub-session-id', '/'), `Set-Cookie: ${login}; ${attributes}`],
    [bobs],
  ),
  from('/hub/home', 'nothing is expired beside a repeat that holds (H15)', [], [], [bobs, login]),
  from(
    '/user/alice/lab',
    "a server's cookie is expired where the server has put it",
    [],
    [expired('jupyterhub-user-alice', '/user/alice/')],
    [bobsServer],
  ),
  from(
    '/user/alice/gpu/lab',
    "a named server's on either path",
    [],
    [expired('jupyterhub-user-alice-gpu', '/user/alice/'), expired('jupyterhub-user-alice-gpu', '/user/alice/gpu/')],
    ['jupyterhub-user-alice-gpu=x'],
  ),
  from(
    '/services/grader/x',
    "a host's everywhere",
    [],
    [expired('__Host-service-grader', '/')],
    ['__Host-service-grader=x'],
  ),
  {
    title: "an answer that others get from a cache expires nobody's cookie",
    config,
    target: '/hub/home',
    fields: ['Authorization: Bearer {alice-lab}', `Cookie: ${bobs}`],
    answer: ['Content-Type: text/css', 'Cache-Control: public, max-age=60'],
    expect: ['Content-Type: text/css', 'Cache-Control: public, max-age=60'],
  },
  {
    title: "an answer that says nothing of caches is the browser's alone once it expires a cookie",
    config,
    target: '/hub/home',
    fields: ['Authorization: Bearer {alice-lab}', 'Cookie: jupyterhub-hub-login=x'],
    answer: ['Content-Type: text/css'],
    expect: [
      'Content-Type: text/css',
      'Cache-Control: private',
      expired(loginCookie, '/hub/'),
      expired('jupyterhub-session-id', '/'),
    ],
  },
  ...['text/html', 'application/json; charset=UTF-8'].map(
    type =>
      ({
        title: `a server's ${type} is in no cache for the next user's back button`,
        config,
        target: '/user/alice/lab',
        fields: ['Authorization: Bearer {alice-lab}'],
        answer: [`Content-Type: ${type}`],
        expect: [`Content-Type: ${type}`, 'Cache-Control: no-store'],
      }) satisfies AnswerRow,
  ),
  {
    title: "a server's other files stay as they are",
    config,
    target: '/user/alice/files/x.bin',
    fields: ['Authorization: Bearer {alice-lab}'],
    answer: ['Content-Type: application/octet-stream'],
    expect: ['Content-Type: application/octet-stream'],
  },
];
