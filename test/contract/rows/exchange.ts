/** Programs' JWTs, exchanged for tokens of the hub that are for one purpose each (design 4.7, S3). */
import type { RequestRow } from '../row.ts';
import { asAlice, atHub, handshake, handshakeAtHub, host } from './lines.ts';

/** The name that the hub's authenticator makes of alice, as the contract's tokens have it. */
const hubAlice = 'MFWGSY3F';

function exchanged(title: string, requestLine: string, token: string | null, ...lines: readonly string[]): RequestRow {
  const authorization = token === null ? [] : [`Authorization: token ${hubAlice}~${token}`];
  const passing = lines.filter(line => !line.startsWith('Cookie'));
  return {
    title,
    config: 'exchanged',
    head: asAlice(requestLine, ...lines),
    expect: { forward: atHub(requestLine, passing, authorization) },
  };
}

const loggedIn = 'Cookie: jupyterhub-hub-login=x';
const atServer = 'Cookie: jupyterhub-user-MFWGSY3F=x';

/** The row with the cookies that go up as well. */
function withCookie(row: RequestRow, cookie: string): RequestRow {
  return 'forward' in row.expect ? { ...row, expect: { forward: [...row.expect.forward, cookie] } } : row;
}

/** Requests of programs, and of browsers whose ingress puts a JWT into everything. */
export const exchangeRows: readonly RequestRow[] = [
  exchanged("a token for the hub's API", 'GET /hub/api/users', 'api'),
  exchanged('no cookie goes with it', 'GET /hub/api/users', 'api', 'Cookie: _xsrf=x; jupyterhub-session-id=y'),
  exchanged('the version needs none', 'GET /hub/api', null),
  exchanged("OAuth's endpoints are browsers'", 'GET /hub/api/oauth2/authorize?client_id=x', null),
  exchanged('no page of the hub gets one', 'GET /hub/home', null),
  exchanged('a token for that server alone', 'GET /user/MFWGSY3F/api/contents', 'server~MFWGSY3F~api'),
  exchanged('for a server of somebody else, never a wider one (S3)', 'GET /user/mallory/api/x', 'server~mallory~api'),
  exchanged('for the server that its path names', 'GET /user/MFWGSY3F/lab', 'server~MFWGSY3F~lab'),
  exchanged('for that service alone', 'GET /services/who/am-i', 'service~who'),
  exchanged('nobody else reads one', 'GET /other', null),
  {
    title: 'public paths get none',
    config: 'exchanged',
    head: asAlice('GET /user/site/open/x'),
    expect: { forward: atHub('GET /user/site/open/x') },
  },
  {
    title: 'a WebSocket of a program',
    config: 'exchanged',
    head: asAlice('GET /user/MFWGSY3F/api/kernels/k/channels', ...handshake),
    expect: {
      forward: atHub('GET /user/MFWGSY3F/api/kernels/k/channels', handshakeAtHub, [
        `Authorization: token ${hubAlice}~server~MFWGSY3F~api`,
      ]),
      protocol: 'websocket',
    },
  },
  withCookie(
    exchanged(
      "a browser that is logged in at the hub keeps its cookie and the hub's XSRF check",
      'POST /hub/api/x',
      null,
      loggedIn,
    ),
    loggedIn,
  ),
  withCookie(exchanged('at a server as well', 'GET /user/MFWGSY3F/lab', null, atServer), atServer),
  exchanged(
    "somebody else's cookie, which does not go up, is no login",
    'GET /user/MFWGSY3F/lab',
    'server~MFWGSY3F~lab',
    'Cookie: jupyterhub-user-bob=x',
  ),
  ...['cross-site', 'same-site', 'same-origin', 'none', 'whatever', ''].flatMap(site =>
    ['GET /hub/api/users/x', 'GET /user/MFWGSY3F/lab', 'GET /services/who/'].map(line =>
      exchanged(
        `a browser makes no token, whosever page asks (${site || 'nothing said'}; ${line})`,
        line,
        null,
        `Sec-Fetch-Site: ${site}`,
      ),
    ),
  ),
  exchanged(
    "nor where users' code runs, whose script has the hub's cookie expired first",
    'POST /hub/api/users/MFWGSY3F/tokens',
    null,
    'Origin: https://hub.example',
    'Sec-Fetch-Site: same-origin',
  ),
  exchanged('also where a browser is silent on the site', 'POST /hub/api/x', null, 'Origin: https://hub.example'),
  ...['https://evil.example', 'https://www.example', 'null', ''].map(origin =>
    exchanged(`nor does a page of ${origin || 'no origin'}`, 'GET /hub/api/users/x', null, `Origin: ${origin}`),
  ),
  exchanged('a program may say a mode, as Node does', 'GET /hub/api/users', 'api', 'Sec-Fetch-Mode: cors'),
  {
    title: "nor a page's WebSocket",
    config: 'exchanged',
    head: asAlice('GET /user/MFWGSY3F/api/kernels/k/channels', ...handshake, 'Origin: https://hub.example'),
    expect: {
      forward: atHub('GET /user/MFWGSY3F/api/kernels/k/channels', [...handshakeAtHub, 'Origin: https://hub.example']),
      protocol: 'websocket',
    },
  },
  {
    title: 'a user that the hub does not know is told so on the API',
    config: 'exchanged',
    head: ['GET /hub/api/user HTTP/1.1', host, 'Authorization: Bearer {mallet}'],
    expect: { refuse: 'hub-user-unknown', status: 403 },
  },
  {
    title: 'and sees what everybody sees at a service',
    config: 'exchanged',
    head: ['GET /services/who/ HTTP/1.1', host, 'Authorization: Bearer {mallet}'],
    expect: { forward: atHub('GET /services/who/') },
  },
  {
    title: 'an asserted user is a browser',
    config: 'exchanged',
    peer: '127.0.0.3',
    head: ['GET /hub/api/user HTTP/1.1', host, 'X-Auth-Request-Preferred-Username: alice'],
    expect: { forward: ['GET /hub/api/user', host, '{forwarding 127.0.0.3}'] },
  },
  {
    title: 'a hub token alone goes up as it is',
    config: 'exchanged',
    head: ['GET /hub/api/user HTTP/1.1', host, 'Authorization: token 0123456789abcdef'],
    expect: { forward: atHub('GET /hub/api/user', [], ['Authorization: token 0123456789abcdef']) },
  },
  {
    title: 'without a proof there is nothing to exchange',
    config: 'exchanged',
    head: ['GET /hub/api/user HTTP/1.1', host],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'nor with a bad one',
    config: 'exchanged',
    head: ['GET /hub/api/user HTTP/1.1', host, 'Authorization: Bearer {forged}'],
    expect: { refuse: 'token-signature', status: 401 },
  },
  {
    title: 'where nothing is exchanged, the JWT goes nowhere',
    config: 'lab',
    head: asAlice('GET /hub/api/users'),
    expect: { forward: atHub('GET /hub/api/users') },
  },
];
