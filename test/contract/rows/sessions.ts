/** The gate's own cookie as a proof (H4, H14, H15, S6). */

import type { GateCall } from '../../../src/gate/calls.ts';
import { stateOf } from '../../../src/gate/own-endpoints.ts';
import type { ReasonId } from '../../../src/gate/reasons.ts';
import type { RequestRow } from '../row.ts';
import { nonceCookie, sessionCookie } from '../sessions.ts';
import { atHub, handshake, handshakeAtHub, host } from './lines.ts';

type Answered = GateCall['call'];

const login = 'GET /hub/login';
const nonce = 'A'.repeat(22);
const state = stateOf(nonce);
const config = 'sessions';

const cookie = (...sealed: readonly string[]): string =>
  `Cookie: ${sealed.map(one => `${sessionCookie}=${one}`).join('; ')}`;

function proves(
  title: string,
  fields: readonly string[],
  injected: readonly string[],
  requestLine = login,
): RequestRow {
  return {
    title,
    config,
    head: [`${requestLine} HTTP/1.1`, host, ...fields],
    expect: { forward: atHub(requestLine, [], injected) },
  };
}

const statuses: Partial<Record<ReasonId, number>> = {
  'credentials-disagree': 400,
  'credential-missing': 401,
  'path-reserved': 404,
};

function refuses(
  title: string,
  fields: readonly string[],
  reason: ReasonId = 'credential-missing',
  requestLine = login,
): RequestRow {
  return {
    title,
    config,
    head: [`${requestLine} HTTP/1.1`, host, ...fields],
    expect: { refuse: reason, status: statuses[reason] ?? 403 },
  };
}

const noProof: readonly [title: string, sealed: string][] = [
  ['a text that no key opens (H4)', 'sealed-by-a-stranger'],
  ['an empty text', ''],
  ['one that is over', 'sealed-over'],
  ['one whose life a reload has shortened', 'sealed-overlong'],
  ['one of the future', 'sealed-ahead'],
  ["one for a user's host", 'sealed-elsewhere'],
  ['one whose issuer a reload has removed (H4)', 'sealed-gone-issuer'],
  ['one of another kind of prover', 'sealed-other-prover'],
  ['one for an audience that is none any more', 'sealed-other-audience'],
  ['one on which a claim rule does not hold any more', 'sealed-other-org'],
  ['one without a user', 'sealed-nameless'],
  ['one that is longer than any of ours', 'x'.repeat(3073)],
];

const foreignForm = ['Sec-Fetch-Site: cross-site', 'Content-Length: 0'];

const form = ['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 0'];
const fromSite = 'Origin: https://www.example';
const bearer = 'Authorization: Bearer {alice-lab}';

/** The gate's own endpoints. */
function answers(title: string, requestLine: string, fields: readonly string[], answer: Answered): RequestRow {
  return { title, config, head: [`${requestLine} HTTP/1.1`, host, ...fields], expect: { answer } };
}

const ownRows: readonly RequestRow[] = [
  answers('a form of the primary site is read', 'POST /hubgate/session', [fromSite, ...form], 'read-form'),
  answers('with the token a user is handed over', 'POST /hubgate/session', [fromSite, ...form, bearer], 'hand-over'),
  answers(
    'whatever session there was',
    'POST /hubgate/session',
    [fromSite, ...form, bearer, cookie('sealed-bob')],
    'hand-over',
  ),
  answers('a server gets a code', 'POST /hubgate/code', [bearer, 'Content-Length: 0'], 'code'),
  { ...answers('so does one outside', 'POST /hubgate/code', [bearer], 'code'), peer: '127.0.0.2' },
  answers('a session says whose it is', 'GET /hubgate/session', [cookie('sealed-alice')], 'who'),
  answers('so does an assertion', 'GET /hubgate/session', [bearer], 'who'),
  answers('a sign-in begins', 'GET /hubgate/start?next=/hub/home', [], 'start'),
  {
    title: 'a sign-in begins nowhere without session.loginUrl',
    config: 'embedded',
    head: ['GET /hubgate/start HTTP/1.1', host],
    expect: { refuse: 'path-reserved', status: 404 },
  },
  answers('a browser enters', `GET /hubgate/enter?code=c&state=${state}`, [`Cookie: ${nonceCookie}=${nonce}`], 'enter'),
  answers('a session ends', 'POST /hubgate/logout', [cookie('sealed-alice')], 'logout'),
  ...['cross-site', 'same-site'].map(site =>
    answers(
      `so it does by a form of the site that hands over (${site})`,
      'POST /hubgate/logout',
      [cookie('sealed-alice'), fromSite, `Sec-Fetch-Site: ${site}`],
      'logout',
    ),
  ),
  answers(
    'by Referer alone',
    'POST /hubgate/logout',
    [cookie('sealed-alice'), 'Referer: https://www.example/account'],
    'logout',
  ),
  {
    ...answers(
      'and by one of this origin, however the Host says its port',
      'POST /hubgate/logout',
      [cookie('sealed-alice'), 'Origin: https://hub.example'],
      'logout',
    ),
    head: ['POST /hubgate/logout HTTP/1.1', `${host}:443`, cookie('sealed-alice'), 'Origin: https://hub.example'],
  },
  answers(
    'and by one of this origin',
    'POST /hubgate/logout',
    [cookie('sealed-alice'), 'Origin: https://hub.example', 'Sec-Fetch-Site: same-origin'],
    'logout',
  ),
  ...[
    ['Sec-Fetch-Site: cross-site'],
    ['Sec-Fetch-Site: same-site'],
    ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: cross-site'],
    ['Sec-Fetch-Site: same-site', 'Origin: https://hub.example'],
    ['Origin: https://evil.example', 'Sec-Fetch-Site: same-origin'],
    ['Origin: null'],
    [fromSite, 'Origin: https://evil.example'],
    [fromSite, fromSite],
    ['Referer: https://evil.example/'],
  ].map(fields =>
    refuses(
      `no other site ends it: ${fields.join(', ')} (M6)`,
      [cookie('sealed-alice'), ...fields],
      'origin-refused',
      'POST /hubgate/logout',
    ),
  ),
  answers('where there is none it has ended', 'POST /hubgate/logout', [], 'logout'),
  refuses(
    'a form of another site (J14)',
    ['Origin: https://evil.example', ...form],
    'handoff-refused',
    'POST /hubgate/session',
  ),
  refuses(
    "a form of publicUrl's own origin, where users' code runs",
    ['Origin: https://hub.example', ...form],
    'handoff-refused',
    'POST /hubgate/session',
  ),
  refuses('a form of a page without an origin', ['Origin: null', ...form], 'handoff-refused', 'POST /hubgate/session'),
  refuses(
    'a hand-off by a session alone',
    [fromSite, ...form, 'Authorization: Basic x', cookie('sealed-alice')],
    'credential-missing',
    'POST /hubgate/session',
  ),
  refuses('a code for a cookie (S4)', [cookie('sealed-alice')], 'handoff-refused', 'POST /hubgate/code'),
  refuses('a code for a page (S4)', [bearer, fromSite], 'handoff-refused', 'POST /hubgate/code'),
  refuses('a code for a script (S4)', [bearer, 'Sec-Fetch-Site: same-origin'], 'handoff-refused', 'POST /hubgate/code'),
  refuses(
    'a token that is denied',
    [fromSite, ...form, 'Authorization: Bearer {mallory-lab}'],
    'not-allowed',
    'POST /hubgate/session',
  ),
  refuses('entering without the nonce (S4)', [], 'code-invalid', `GET /hubgate/enter?code=c&state=${state}`),
  refuses(
    'entering with a state of another browser',
    [`Cookie: ${nonceCookie}=${'B'.repeat(22)}`],
    'code-invalid',
    `GET /hubgate/enter?code=c&state=${state}`,
  ),
  {
    ...refuses('a browser from outside', [fromSite, ...form, bearer], 'peer-untrusted', 'POST /hubgate/session'),
    peer: '127.0.0.2',
  },
  refuses('what is no endpoint', [cookie('sealed-alice')], 'path-reserved', 'GET /hubgate/sessions'),
  refuses('another method', [cookie('sealed-alice')], 'path-reserved', 'DELETE /hubgate/session'),
];

/** Sessions. */
export const sessionRows: readonly RequestRow[] = [
  proves(
    'a session cookie proves its user, and does not go up (H14)',
    [cookie('sealed-alice')],
    ['Remote-User: alice'],
  ),
  proves(
    'claims that an injection names are of the session',
    [cookie('sealed-alice-state')],
    ['Remote-User: alice', 'State: blue'],
  ),
  proves(
    'beside a token of the same user it says nothing new',
    [cookie('sealed-alice'), 'Authorization: Bearer {alice-lab}'],
    ['Remote-User: alice'],
  ),
  ...noProof.map(([what, sealed]) => refuses(`${what} is no proof`, [cookie(sealed)])),
  refuses('repeats of the cookie count as none (H15)', [cookie('sealed-alice', 'sealed-alice')]),
  refuses('so do repeats on two lines', [cookie('sealed-alice'), cookie('sealed-bob')]),
  refuses('another spelling of its name is another cookie', [cookie('sealed-alice').replace('__Host', '__host')]),
  refuses(
    'a session and a token of different users',
    [cookie('sealed-bob'), 'Authorization: Bearer {alice-lab}'],
    'credentials-disagree',
  ),
  refuses('a user whom the lists deny (H4)', [cookie('sealed-mallory')], 'not-allowed'),
  refuses('a name that the rules on users do not let in', [cookie('sealed-odd-name')], 'user-invalid'),
  refuses(
    'a form of another site with it',
    [cookie('sealed-alice'), ...foreignForm],
    'origin-refused',
    'POST /hub/spawn',
  ),
  {
    ...refuses('a peer outside shows no cookie', [cookie('sealed-alice')]),
    peer: '127.0.0.2',
  },
  {
    ...refuses(
      'a page of another origin opens no WebSocket with it (CVE-2024-28179)',
      [...handshake, 'Origin: https://evil.example', cookie('sealed-alice')],
      'origin-refused',
      'GET /user/alice/api/kernels/k/channels',
    ),
  },
  refuses(
    'nor does a client without Origin',
    [...handshake, cookie('sealed-alice')],
    'origin-refused',
    'GET /user/alice/x',
  ),
  {
    title: 'our own page opens a WebSocket with it',
    config,
    head: ['GET /user/alice/x HTTP/1.1', host, ...handshake, 'Origin: https://hub.example', cookie('sealed-alice')],
    expect: {
      forward: atHub('GET /user/alice/x', [...handshakeAtHub, 'Origin: https://hub.example']),
      protocol: 'websocket',
    },
  },
  ...['https://www.example', 'https://evil.example', 'null'].map(origin => ({
    ...refuses(
      `in a frame no page of ${origin} changes anything with it`,
      [cookie('sealed-alice'), `Origin: ${origin}`, 'Content-Length: 0'],
      'origin-refused',
      'POST /user/alice/api/contents',
    ),
    config: 'embedded' as const,
  })),
  {
    title: "in a frame the hub's own page does",
    config: 'embedded',
    head: [
      'POST /user/alice/api/contents HTTP/1.1',
      host,
      cookie('sealed-alice'),
      'Origin: https://hub.example',
      'Content-Length: 0',
    ],
    expect: { forward: atHub('POST /user/alice/api/contents', ['Origin: https://hub.example']), body: 'stream' },
  },
  ...ownRows,
];
