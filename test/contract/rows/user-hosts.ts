/** Hosts of users (design 4.10): servers and services alone, each with a session of its own, and never an injection. */

import type { GateCall } from '../../../src/gate/calls.ts';
import { stateFor } from '../../../src/gate/own-endpoints.ts';
import type { ReasonId } from '../../../src/gate/reasons.ts';
import type { RequestRow } from '../row.ts';
import { nonceCookie, sessionCookie } from '../sessions.ts';
import { alice, atHub, handshake, handshakeAtHub, host as publicHost } from './lines.ts';

const config = 'userHosts';
const host = 'Host: alice.hub.example';
const cookie = (sealed: string): string => `Cookie: ${sessionCookie}=${sealed}`;
const here = cookie('sealed-elsewhere');
const lab = 'GET /user/alice/lab';
const kernel = 'GET /user/alice/api/kernels/k/channels';
const hostOrigin = 'https://alice.hub.example';
const byHolder = (proved: string): string[] => ['Authorization: DPoP {key-bound}', `DPoP: {${proved}}`];
const nonce = 'A'.repeat(22);
const state = stateFor(nonce, '/user/alice/lab');

/** The forwarding family names the host that the browser sees. */
function atHost(authority: string, port: number): string[] {
  return [
    'X-Forwarded-For: 127.0.0.1',
    'X-Real-IP: 127.0.0.1',
    `Forwarded: for=127.0.0.1;proto=https;host=${/:/.test(authority) ? `"${authority}"` : authority}`,
    'X-Forwarded-Proto: https',
    `X-Forwarded-Host: ${authority}`,
    `X-Forwarded-Port: ${port}`,
    'X-Scheme: https',
  ];
}

function forwards(
  title: string,
  requestLine: string,
  fields: readonly string[],
  passing: readonly string[] = [],
  at = host,
): RequestRow {
  const authority = at.slice('Host: '.length).toLowerCase();
  return {
    title,
    config,
    head: [`${requestLine} HTTP/1.1`, at, ...fields],
    expect: {
      forward: [requestLine, at, ...passing, ...atHost(authority, 443)],
      ...(fields.includes('Upgrade: websocket') ? { protocol: 'websocket' as const } : {}),
    },
  };
}

const statuses: Partial<Record<ReasonId, number>> = {
  'credential-missing': 401,
  'code-invalid': 403,
  'dpop-invalid': 401,
  'host-unknown': 421,
  'path-reserved': 404,
  'path-unknown': 404,
  'request-ambiguous': 400,
};

function refuses(
  title: string,
  requestLine: string,
  fields: readonly string[],
  reason: ReasonId,
  at = host,
): RequestRow {
  return {
    title,
    config,
    head: [`${requestLine} HTTP/1.1`, at, ...fields],
    expect: { refuse: reason, status: statuses[reason] ?? 403 },
  };
}

function answers(
  title: string,
  requestLine: string,
  fields: readonly string[],
  answer: GateCall['call'],
  at = host,
): RequestRow {
  return { title, config, head: [`${requestLine} HTTP/1.1`, at, ...fields], expect: { answer } };
}

/** From the sign-in proxy, whose cookie may be every host's. */
function byAssertion(
  title: string,
  requestLine: string,
  fields: readonly string[],
  expect: RequestRow['expect'],
): RequestRow {
  const user = 'X-Auth-Request-Preferred-Username: alice';
  const content = requestLine.startsWith('POST') ? ['Content-Length: 0'] : [];
  return {
    title,
    config,
    peer: '127.0.0.3',
    head: [`${requestLine} HTTP/1.1`, host, user, ...content, ...fields],
    expect,
  };
}

function atSso(requestLine: string, passing: readonly string[]): string[] {
  const forwarding = atHost('alice.hub.example', 443).map(line => line.replace('127.0.0.1', '127.0.0.3'));
  return [requestLine, host, ...passing, ...forwarding];
}

const begin = `GET /hubgate/start?host=alice.hub.example&state=${state}`;
const enter = `GET /hubgate/enter?code=c&state=${state}`;
const itsNonce = `Cookie: ${nonceCookie}=${nonce}`;

/** Rows on and around users' hosts. */
export const userHostRows: readonly RequestRow[] = [
  forwards('a session of this host is a proof here', lab, [here]),
  forwards('so is a token', lab, [alice]),
  forwards('and a bound one with a proof for this very host (J15)', lab, byHolder(`GET ${hostOrigin}/user/alice/lab`)),
  refuses('a proof for publicUrl counts there alone (J15)', lab, byHolder(lab), 'dpop-invalid'),
  refuses(
    "and one for a user's host not at publicUrl (J15)",
    lab,
    byHolder(`GET ${hostOrigin}/user/alice/lab`),
    'dpop-invalid',
    publicHost,
  ),
  refuses(
    "nor on another user's (J15)",
    lab,
    byHolder(`GET ${hostOrigin}/user/alice/lab`),
    'dpop-invalid',
    'Host: bob.hub.example',
  ),
  forwards('in whatever case the Host stands', lab, [here], [], 'Host: Alice.HUB.example'),
  forwards('a host of a service', 'GET /services/x/', [alice], [], 'Host: x--service.hub.example'),
  forwards('what a client says of the host goes', lab, [here, 'X-Forwarded-Host: evil', 'X-Forwarded-Port: 1']),
  refuses("publicUrl's session is none here", lab, [cookie('sealed-alice')], 'credential-missing'),
  refuses("nor is another host's", lab, [here], 'credential-missing', 'Host: bob.hub.example'),
  refuses('nor is this one at publicUrl', 'GET /hub/home', [here], 'credential-missing', publicHost),
  refuses('a deeper host is nobody\u2019s (P5)', lab, [here], 'host-unknown', 'Host: a.alice.hub.example'),
  refuses('a longer one too', lab, [here], 'host-unknown', 'Host: alice.hub.example.evil'),
  refuses('and one of no label', lab, [here], 'request-ambiguous', 'Host: .hub.example'),
  refuses('and one that only ends alike', lab, [here], 'host-unknown', 'Host: evilhub.example'),
  refuses('and one at another port', lab, [here], 'host-unknown', 'Host: alice.hub.example:8443'),
  answers('the hub is at publicUrl', 'GET /hub/home', [here], 'to-hub'),
  answers('whoever asks', 'GET /hub/login?next=/hub/home', [], 'to-hub'),
  refuses('where its forms go', 'POST /hub/login', [here, 'Content-Length: 0'], 'host-unknown'),
  refuses('and its methods', 'DELETE /hub/api/users/x', [here], 'host-unknown'),
  refuses('and its sockets', 'GET /hub/x', [...handshake, alice], 'host-unknown'),
  ...['/', '/login', '/favicon.ico', '/user/', '/services', '/x/user/alice/'].map(path =>
    refuses(`${path} is nowhere on a user's host`, `GET ${path}`, [here], 'path-unknown'),
  ),
  ...['GET /hubgate/session', 'POST /hubgate/session', 'POST /hubgate/code', begin, 'POST /hubgate/logout'].map(line =>
    refuses(`${line} is publicUrl's alone`, line, [here, alice], 'path-reserved'),
  ),
  refuses('the path is read first (P1)', 'GET /user/alice/../../hub/login', [here], 'request-ambiguous'),
  forwards(
    'its own page opens a WebSocket (P12)',
    kernel,
    [...handshake, 'Origin: https://alice.hub.example', here],
    [...handshakeAtHub, 'Origin: https://alice.hub.example'],
  ),
  forwards(
    'so does one that the config names',
    kernel,
    [...handshake, 'Origin: https://app.example', here],
    [...handshakeAtHub, 'Origin: https://app.example'],
  ),
  ...['https://hub.example', 'https://bob.hub.example', 'http://alice.hub.example', 'null'].map(origin =>
    refuses(
      `a page of ${origin} opens none (P12)`,
      kernel,
      [...handshake, `Origin: ${origin}`, here],
      'origin-refused',
    ),
  ),
  refuses(
    "nor does a user's page at publicUrl",
    kernel,
    [...handshake, 'Origin: https://alice.hub.example', cookie('sealed-alice')],
    'origin-refused',
    publicHost,
  ),
  refuses(
    "a neighbour's page changes nothing with a cookie",
    'POST /user/alice/api/contents',
    [here, 'Content-Length: 0', 'Sec-Fetch-Site: same-site', 'Origin: https://mallory.hub.example'],
    'origin-refused',
  ),
  ...[
    ['Sec-Fetch-Site: same-site', 'Origin: null'],
    ['Sec-Fetch-Site: cross-site', 'Origin: null'],
    ['Origin: null'],
    ['Sec-Fetch-Site: same-site'],
    ['Sec-Fetch-Site: same-site', 'Sec-Fetch-Site: same-origin', 'Origin: null'],
  ].map(lines =>
    refuses(
      `nor where it keeps its name back: ${lines.join(', ')}`,
      'POST /user/alice/api/contents',
      [here, 'Content-Length: 0', ...lines],
      'origin-refused',
    ),
  ),
  ...[
    ['Sec-Fetch-Site: same-origin', 'Origin: null'],
    ['Origin: https://hub.example', 'Sec-Fetch-Site: same-site'],
    [],
  ].map(
    (lines): RequestRow => ({
      ...forwards(
        `${lines.join(', ') || 'who says nothing of pages'} does`,
        'POST /user/alice/api/contents',
        [here, 'Content-Length: 0', ...lines],
        lines,
      ),
      expect: {
        forward: ['POST /user/alice/api/contents', host, ...lines, ...atHost('alice.hub.example', 443)],
        body: 'stream',
      },
    }),
  ),
  refuses(
    'nor at publicUrl',
    'POST /hub/spawn',
    [cookie('sealed-alice'), 'Content-Length: 0', 'Origin: https://mallory.hub.example'],
    'origin-refused',
    publicHost,
  ),
  byAssertion(
    "a neighbour's page changes nothing with what the sign-in proxy adds",
    'POST /user/alice/proxy/8080/run',
    ['Origin: https://mallory.hub.example', 'Sec-Fetch-Site: same-site'],
    { refuse: 'origin-refused', status: 403 },
  ),
  byAssertion(
    'nor does one in a window without a name of its own',
    'POST /user/alice/proxy/8080/run',
    ['Origin: null', 'Sec-Fetch-Site: same-site'],
    { refuse: 'origin-refused', status: 403 },
  ),
  byAssertion("the host's own page does", 'POST /user/alice/proxy/8080/run', [`Origin: ${hostOrigin}`], {
    forward: atSso('POST /user/alice/proxy/8080/run', [`Origin: ${hostOrigin}`]),
    body: 'stream',
  }),
  byAssertion(
    'and a link of a neighbour is followed',
    'GET /user/alice/proxy/8080/run',
    ['Sec-Fetch-Site: same-site'],
    { forward: atSso('GET /user/alice/proxy/8080/run', ['Sec-Fetch-Site: same-site']) },
  ),
  ...['Origin: https://mallory.hub.example', 'Origin: null'].map(origin =>
    refuses(
      `nor with the token that an ingress adds: ${origin}`,
      'POST /user/alice/proxy/8080/run',
      [alice, 'Content-Length: 0', origin, 'Sec-Fetch-Site: same-site'],
      'origin-refused',
    ),
  ),
  {
    ...forwards('a program with a token of its own does', 'POST /user/alice/proxy/8080/run', [
      alice,
      'Content-Length: 0',
    ]),
    expect: {
      forward: ['POST /user/alice/proxy/8080/run', host, ...atHost('alice.hub.example', 443)],
      body: 'stream',
    },
  },
  answers('a session of publicUrl gets a code for a host', begin, [cookie('sealed-alice')], 'visit', publicHost),
  answers(
    'in a tab of its own',
    begin,
    [cookie('sealed-alice'), 'Sec-Fetch-Dest: document', 'Sec-Fetch-Site: same-site'],
    'visit',
    publicHost,
  ),
  ...['iframe', 'frame', 'object', 'empty'].map(dest =>
    refuses(
      `and none in a frame, whose address the page around may read (${dest}; S4)`,
      begin,
      [cookie('sealed-alice'), `Sec-Fetch-Dest: ${dest}`],
      'origin-refused',
      publicHost,
    ),
  ),
  answers('who has none signs in', begin, [], 'start', publicHost),
  refuses('a session of a host gets none', begin, [cookie('sealed-elsewhere')], 'path-reserved'),
  refuses('a user whom a rule keeps out gets none', begin, [cookie('sealed-odd-name')], 'user-invalid', publicHost),
  ...['hub.example', 'evil.example', 'alice.hub.example.evil', 'ALICE.hub.example', 'alice.hub.example:443', ''].map(
    to =>
      refuses(
        `there is no code for ${to || 'nowhere'}`,
        `GET /hubgate/start?host=${to}&state=${state}`,
        [cookie('sealed-alice')],
        'host-unknown',
        publicHost,
      ),
  ),
  refuses(
    'nor without the state of a host',
    'GET /hubgate/start?host=alice.hub.example&state=x',
    [cookie('sealed-alice')],
    'code-invalid',
    publicHost,
  ),
  answers('it is taken where it is for', enter, [itsNonce], 'enter'),
  refuses('by the browser that was sent alone', enter, [], 'code-invalid'),
  {
    ...answers(
      "JupyterLab's Log Out leads to the hub's",
      'GET /hub/logout',
      [here, 'Sec-Fetch-Site: same-origin'],
      'to-hub',
    ),
  },
  answers(
    'also by Referer alone',
    'GET /hub/logout',
    [here, 'Referer: https://alice.hub.example/user/alice/lab'],
    'to-hub',
  ),
  {
    title: 'where it arrives so',
    onlyDecide: 'the door answers a logout itself',
    config,
    head: ['GET /hub/logout HTTP/1.1', publicHost, alice, 'Referer: https://alice.hub.example/user/alice/lab'],
    expect: { forward: atHub('GET /hub/logout', ['Referer: https://alice.hub.example/user/alice/lab']) },
  },
  {
    title: 'where it arrives',
    onlyDecide: 'the door answers a logout itself',
    config,
    head: [
      'GET /hub/logout HTTP/1.1',
      publicHost,
      alice,
      'Sec-Fetch-Site: same-site',
      'Sec-Fetch-Mode: navigate',
      'Sec-Fetch-Dest: document',
    ],
    expect: {
      forward: atHub('GET /hub/logout', [
        'Sec-Fetch-Site: same-site',
        'Sec-Fetch-Mode: navigate',
        'Sec-Fetch-Dest: document',
      ]),
    },
  },
  refuses(
    "but no picture on a neighbour's page logs out (M6)",
    'GET /hub/logout',
    [alice, 'Sec-Fetch-Site: same-site', 'Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: image'],
    'origin-refused',
    publicHost,
  ),
  refuses(
    'nor what does not say that it is a tab',
    'GET /hub/logout',
    [alice, 'Sec-Fetch-Site: same-site'],
    'origin-refused',
    publicHost,
  ),
  refuses(
    'nor does a frame',
    'GET /hub/logout',
    [alice, 'Sec-Fetch-Site: same-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe'],
    'origin-refused',
    publicHost,
  ),
  refuses(
    'nor does a tab of another site',
    'GET /hub/logout',
    [alice, 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document'],
    'origin-refused',
    publicHost,
  ),
  {
    title: 'a general gate writes nothing there',
    config: 'userHostsGeneral',
    head: ['GET /user/alice/x HTTP/1.1', 'Host: alice.hub.example:8443', alice],
    expect: {
      forward: ['GET /user/alice/x', 'Host: alice.hub.example:8443', ...atHost('alice.hub.example:8443', 8443)],
    },
  },
  {
    title: 'a `next` leads to a host of users (P10)',
    config,
    head: ['GET /hub/login?next=https://alice.hub.example/user/alice/lab?x=1 HTTP/1.1', publicHost, alice],
    expect: {
      forward: atHub('GET /hub/login?next=https://alice.hub.example/user/alice/lab?x=1', [], ['Remote-User: alice']),
    },
  },
];
