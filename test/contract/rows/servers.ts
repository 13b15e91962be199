/** The servers' door: of the hub its API, for its own tokens, and nothing that could be a login (design 4.9). */
import type { ReasonId } from '../../../src/gate/reasons.ts';
import type { RequestRow } from '../row.ts';
import { alice, handshake } from './lines.ts';

/** Servers call the gate by whatever name the cluster gives it. */
const host = 'Host: hubgate:8082';
const token = 'Authorization: token 0123456789abcdef0123456789abcdef';
const stranger = '127.0.0.2';

function forwarded(title: string, requestLine: string, ...lines: readonly string[]): RequestRow {
  return {
    title,
    config: 'servers',
    peer: stranger,
    head: [`${requestLine} HTTP/1.1`, host, ...lines],
    expect: { forward: [requestLine, host, `{forwarding ${stranger}}`, ...lines] },
  };
}

function refused(
  title: string,
  requestLine: string,
  refuse: ReasonId,
  status: number,
  ...lines: readonly string[]
): RequestRow {
  return {
    title,
    config: 'servers',
    peer: stranger,
    head: [`${requestLine} HTTP/1.1`, host, ...lines],
    expect: { refuse, status },
  };
}

/** Everything of the hub that is no API, under names that its proxy or a router might read as API. */
const elsewhere = [
  '/hub/login',
  '/hub/login?next=%2Fhub%2Fapi',
  '/hub/apis',
  '/hub//api/user',
  '/hub/api-docs',
  '/hub/mount',
  '/hub/data',
  '/hub/oauth_callback',
  '/hub/home',
  '/hub/metrics',
  '/hub/static/js/app.js',
  '/user/alice/api/status',
  '/services/who/',
  '/api',
  '/',
];

const disguised = [
  '/hub/api/../login',
  '/hub/api/%2e%2e/login',
  '/hub/api/..%2flogin',
  '/hub/api//..//login',
  '/hub/api/./user',
  '/hub/api\\..\\login',
];

/** Requests of servers that anybody may run. */
export const serverRows: readonly RequestRow[] = [
  ...['GET /hubgate/session', 'POST /hubgate/code', 'POST /hubgate/logout', 'GET /hubgate/start'].map(requestLine =>
    refused(`nobody is handed over through this door by ${requestLine} (S4)`, requestLine, 'path-reserved', 404, alice),
  ),
  forwarded('a server asks who its token is', 'GET /hub/api/user', token),
  forwarded("Bearer is a word for the hub's tokens too", 'GET /hub/api/user', 'Authorization: Bearer 0123456789abcdef'),
  {
    ...forwarded('activity is posted', 'POST /hub/api/users/alice/activity', token),
    head: [
      'POST /hub/api/users/alice/activity HTTP/1.1',
      host,
      token,
      'Content-Length: 2',
      'Content-Type: application/json',
    ],
    expect: {
      forward: [
        'POST /hub/api/users/alice/activity',
        host,
        'Content-Type: application/json',
        `{forwarding ${stranger}}`,
        token,
      ],
      body: 'stream',
    },
    content: '{}',
  },
  forwarded('the version is told without a token', 'GET /hub/api'),
  forwarded('and with a slash', 'GET /hub/api/'),
  {
    ...forwarded('a code is changed for a token', 'POST /hub/api/oauth2/token'),
    head: ['POST /hub/api/oauth2/token HTTP/1.1', host, 'Content-Length: 4'],
    expect: { forward: ['POST /hub/api/oauth2/token', host, `{forwarding ${stranger}}`], body: 'stream' },
    content: 'a=bc',
  },
  {
    ...forwarded('no cookie and no identity goes with a token', 'GET /hub/api/user', token),
    head: [
      'GET /hub/api/user HTTP/1.1',
      host,
      token,
      'Cookie: jupyterhub-hub-login="2|1:0|alice"; _xsrf=x; username=root; token=t',
      'Remote-User: root',
      'Remote_User: root',
      'Mount: {}',
      'X-Forwarded-For: 10.42.0.9',
      'X-Auth-Request-Preferred-Username: root',
      'X-Anything: 1',
    ],
    expect: { forward: ['GET /hub/api/user', host, `{forwarding ${stranger}}`, token] },
  },
  {
    ...forwarded('nor without one', 'GET /hub/api'),
    head: ['GET /hub/api HTTP/1.1', host, token, 'Cookie: jupyterhub-hub-login=x', 'Remote-User: root'],
    expect: { forward: ['GET /hub/api', host, `{forwarding ${stranger}}`] },
  },
  refused('the API wants a token', 'GET /hub/api/user', 'credential-missing', 401),
  refused('a cookie is none', 'GET /hub/api/user', 'credential-missing', 401, 'Cookie: jupyterhub-hub-login=x'),
  refused("the gate's own proofs are none here", 'GET /hub/api/user', 'credential-missing', 401, alice),
  refused(
    'nor is an assertion',
    'GET /hub/api/user',
    'credential-missing',
    401,
    'X-Auth-Request-Preferred-Username: alice',
  ),
  refused('another scheme is none', 'GET /hub/api/user', 'credential-missing', 401, 'Authorization: Basic YTpi'),
  refused('two are too many', 'GET /hub/api/user', 'request-ambiguous', 400, token, token),
  ...elsewhere.map(target =>
    refused(`not ${target}`, `GET ${target}`, 'endpoint-refused', 403, token, 'Remote-User: admin'),
  ),
  ...disguised.map(target => refused(`not ${target}`, `GET ${target}`, 'request-ambiguous', 400, token)),
  refused("nothing of the gate's own", 'GET /hubgate/session', 'path-reserved', 404, token),
  refused(
    'Connection takes out nothing',
    'GET /hub/api/user',
    'request-ambiguous',
    400,
    token,
    'Connection: Authorization',
  ),
  refused('a switch leads nowhere', 'GET /hub/login', 'endpoint-refused', 403, token, ...handshake),
];
