/** What is done by way of users' hosts: names that only look like one, pages of one that speak for another, cookies of a neighbour's. */
import { stateFor } from '../../../src/gate/own-endpoints.ts';
import type { ReasonId } from '../../../src/gate/reasons.ts';
import { alice, asAlice, atHub, handshake, host as publicHost } from '../../contract/rows/lines.ts';
import { sessionCookie } from '../../contract/sessions.ts';
import type { RequestSpelling } from '../attack.ts';
import { login, server, shown } from '../spell.ts';

const config = 'userHosts';
const own = 'Host: alice.hub.example';
const cookie = (sealed: string): string => `${sessionCookie}=${sealed}`;
const here = `Cookie: ${cookie('sealed-elsewhere')}`;

function refused(
  reason: ReasonId,
  requestLine: string,
  lines: readonly string[],
  doors?: RequestSpelling['doors'],
): RequestSpelling {
  return {
    name: `users' hosts: ${requestLine} with ${lines.map(shown).join(', ')}`,
    config,
    head: [`${requestLine} HTTP/1.1`, ...lines],
    ...(doors === undefined ? {} : { doors }),
    expect: { refused: reason },
  };
}

const unknown = [
  ...[
    'evilhub.example',
    'alice.hub.example.evil',
    'a.alice.hub.example',
    'alice.hub.example:8443',
    'alice.hubXexample',
  ],
  ...['alice.hub.example.hub', 'alice-hub.example', `${'a'.repeat(64)}.hub.example`, 'alice.hub.example:80'],
];
const malformed = [
  ...['.hub.example', 'alice.hub.example.', 'alice..hub.example', 'alice.hub.example@evil', 'evil@alice.hub.example'],
  ...['alice.hub.example, evil', 'alice.hub.example/x', '*.hub.example', '%61lice.hub.example', 'al ice.hub.example'],
  ...['alice.hub.example:', 'alice.hub.example#', 'alice.hub.example\\evil', 'al\xeece.hub.example'],
];

/** P5: a Host that only looks like a user's, and a place that users' hosts do not have. */
export const falseHosts: readonly RequestSpelling[] = [
  ...unknown.map(name => refused('host-unknown', `GET ${server}`, [`Host: ${name}`, alice])),
  ...malformed.map(name => refused('request-ambiguous', `GET ${server}`, [`Host: ${name}`, alice])),
  refused('request-ambiguous', `GET ${server}`, [own, 'Host: mallory.hub.example', alice]),
  refused('request-ambiguous', `GET ${server}`, [own, publicHost, alice]),
  refused('request-ambiguous', `GET https://alice.hub.example${server}`, [own, alice]),
  refused('host-unknown', `POST ${login}`, [own, alice, 'Content-Length: 0']),
  refused('host-unknown', 'PUT /hub/api/users/alice', [own, alice]),
  refused('endpoint-refused', 'POST /hub/set-user-data', [own, alice, 'Content-Length: 0']),
  refused('request-ambiguous', 'GET /hub/./login', [own, alice]),
  refused('request-ambiguous', 'GET /user/alice/..%2f..%2fhub/login', [own, alice]),
  ...['/', '/login', '/user/', '/services/', '/hubX/login', '/Hub/login', '/metrics'].map(path =>
    refused('path-unknown', `GET ${path}`, [own, alice], ['proxy']),
  ),
  ...['Remote-User: root', 'X-Forwarded-Host: hub.example', 'Forwarded: host=hub.example', 'X-Host: hub.example'].map(
    line => ({
      ...refused('path-unknown', 'GET /login', [own, alice, line], ['proxy']),
      name: `users' hosts: nothing is injected there, whatever says ${line}`,
    }),
  ),
];

const nexts = [
  ...[
    'https://evil.example/',
    'https://alice.hub.example.evil/x',
    'https://hub.example.evil/',
    'https://.hub.example/',
  ],
  ...['https://alice.hub.example', 'https://alice.hub.example@evil/', 'https://evil@alice.hub.example/'],
  ...[
    'http://alice.hub.example/x',
    'HTTPS://alice.hub.example/x',
    'https:alice.hub.example/x',
    '//alice.hub.example/x',
  ],
  ...['https://alice.hub.example:8443/', 'https://alice.hub.example:443/', 'https://ALICE.hub.example/x'],
  ...[
    'https://a.alice.hub.example/',
    'https://evilhub.example/',
    'https:///alice.hub.example/',
    'https:/alice.hub.example/',
  ],
  ...['https://alice.hub.example//evil', 'https://alice.hub.example/\\evil', 'https://alice.hub.example\\@evil/'],
  ...['https://alice.hub.example/%09/evil', 'https://alice.hub.example/;/evil', 'https://alice%2ehub.example/x'],
  ...['https://alice.hub.example%2f@evil/', 'https://alice.hub.example%00.evil/', ' https://alice.hub.example/x'],
  ...[
    'https://evil/https://alice.hub.example/',
    'https://alice\u3002hub.example/',
    'javascript://alice.hub.example/%0aalert',
  ],
];

/** P10: what looks like an address on a user's host. */
export const nextToHosts: readonly RequestSpelling[] = nexts.map(next => ({
  name: `users' hosts: next=${shown(next)}`,
  config,
  head: asAlice(`GET ${login}?next=${encodeURIComponent(next)}`),
  expect: { atHub: atHub(`GET ${login}?next=%2Fhub%2Fhome`, [], ['Remote-User: alice']) },
}));

const origins = [
  ...[
    'https://hub.example',
    'https://mallory.hub.example',
    'http://alice.hub.example',
    'https://alice.hub.example:8443',
  ],
  ...['https://alice.hub.example.evil', 'https://Alice.hub.example', 'alice.hub.example', 'null', '', 'https://evil'],
];

/** P12: pages of other hosts, publicUrl's included, and a user's page at publicUrl. */
export const neighbours: readonly RequestSpelling[] = [
  ...origins.map(origin =>
    refused('origin-refused', `GET ${server}`, [own, ...handshake, `Origin: ${origin}`, here], ['websocket']),
  ),
  refused('origin-refused', `GET ${server}`, [own, ...handshake, here], ['websocket']),
  ...['https://alice.hub.example', 'https://mallory.hub.example'].map(origin =>
    refused(
      'origin-refused',
      `GET ${server}`,
      [publicHost, ...handshake, `Origin: ${origin}`, `Cookie: ${cookie('sealed-alice')}`],
      ['websocket'],
    ),
  ),
  refused(
    'host-unknown',
    'GET /hub/api/x',
    [own, ...handshake, 'Origin: https://alice.hub.example', alice],
    ['websocket'],
  ),
];

const pages: readonly (readonly string[])[] = [
  ['Origin: https://mallory.hub.example', 'Sec-Fetch-Site: same-site'],
  ['Origin: https://mallory.hub.example'],
  ['Origin: null', 'Sec-Fetch-Site: same-site'],
  ['Sec-Fetch-Site: same-site'],
  ['Sec-Fetch-Site: Cross-Site'],
];

/** P11: forms and scripts of a neighbour's, with the cookie of the host, and with a token that an ingress makes of one of its own. */
export const neighboursForms: readonly RequestSpelling[] = pages.flatMap(page => [
  ...['POST', 'PUT', 'DELETE'].map(method =>
    refused('origin-refused', `${method} ${server}`, [own, here, 'Content-Length: 0', ...page], ['proxy']),
  ),
  ...['POST', 'PUT', 'DELETE'].map(method =>
    refused('origin-refused', `${method} ${server}`, [own, alice, 'Content-Length: 0', ...page], ['proxy']),
  ),
  refused('origin-refused', 'POST /hub/spawn', [publicHost, alice, 'Content-Length: 0', ...page], ['proxy']),
]);

const state = stateFor('A'.repeat(22), '/user/alice/lab');

/** H15: cookies of another host, as a page of a neighbour's can have them sent; and codes for a host that is none. */
export const tossedCookies: readonly RequestSpelling[] = [
  refused('credential-missing', `GET ${server}`, ['Host: mallory.hub.example', here]),
  refused('credential-missing', `GET ${server}`, [publicHost, here], ['proxy']),
  refused('credential-missing', `GET ${server}`, [own, `Cookie: ${cookie('sealed-alice')}`]),
  refused('credential-missing', `GET ${server}`, [own, `${here}; ${cookie('sealed-elsewhere')}`]),
  refused('credential-missing', `GET ${server}`, [own, here, `Cookie: ${cookie('x')}`]),
  refused('credential-missing', `GET ${server}`, [own, here.replace('__Host-', '')]),
  refused('credential-missing', `GET ${server}`, [own, 'Cookie: jupyterhub-user-alice=x; jupyterhub-session-id=y']),
  // Chromium takes these for no prefix, and from every host of the domain.
  ...['\xe2\x80\x80', '\xc2\xa0', '\xef\xbb\xbf', '$', '"'].map(sign =>
    refused('credential-missing', `GET ${server}`, [own, `Cookie: ${sign}${cookie('sealed-elsewhere')}`]),
  ),
  ...['mallory.evil', 'hub.example', 'alice.hub.example.evil', 'alice.hub.example%2f.evil', '', '*.hub.example'].map(
    to =>
      refused(
        'host-unknown',
        `GET /hubgate/start?host=${to}&state=${state}`,
        [publicHost, `Cookie: ${cookie('sealed-alice')}`],
        ['proxy'],
      ),
  ),
  refused(
    'request-ambiguous',
    `GET /hubgate/start?host=alice.hub.example&host=mallory.hub.example&state=${state}`,
    [publicHost, `Cookie: ${cookie('sealed-alice')}`],
    ['proxy'],
  ),
  refused('path-reserved', `GET /hubgate/start?host=mallory.hub.example&state=${state}`, [own, here], ['proxy']),
  refused('code-invalid', `GET /hubgate/enter?code=c&state=${state}`, [own, here], ['proxy']),
];
