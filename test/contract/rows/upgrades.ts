/** Protocol switches and who may open a WebSocket (P8, P12). */
import type { ReasonId } from '../../../src/gate/reasons.ts';
import type { RequestRow } from '../row.ts';
import { alice, asAlice, atHub, handshake, handshakeAtHub, host } from './lines.ts';

const path = '/user/alice/api/kernels/k/channels';
const user = 'X-Auth-Request-Preferred-Username: alice';
const [connection = '', upgrade = '', key = '', version = ''] = handshake;

function opened(rule: string, ...fields: readonly string[]): RequestRow {
  return {
    title: `opens a WebSocket ${rule}`,
    head: asAlice(`GET ${path}`, ...handshake, ...fields),
    expect: { forward: atHub(`GET ${path}`, [...handshakeAtHub, ...fields]), protocol: 'websocket' },
  };
}

function broken(
  rule: string,
  lines: readonly string[],
  refuse: ReasonId,
  status: number,
  requestLine = `GET ${path}`,
): RequestRow {
  return { title: `refuses ${rule} (P8)`, head: asAlice(requestLine, ...lines), expect: { refuse, status } };
}

function byAssertion(rule: string, origins: readonly string[], expect: RequestRow['expect']): RequestRow {
  return {
    title: rule,
    peer: '127.0.0.3',
    head: [`GET ${path} HTTP/1.1`, host, user, ...handshake, ...origins.map(origin => `Origin: ${origin}`)],
    expect,
  };
}

const asserted = (origin: string): RequestRow['expect'] => ({
  forward: [`GET ${path}`, host, ...handshakeAtHub, `Origin: ${origin}`, '{forwarding 127.0.0.3}'],
  protocol: 'websocket',
});

const foreign = [
  'https://evil',
  'http://hub.example',
  'https://hub.example:444',
  'https://hub.example.evil',
  'https://alias.example',
  'null',
  'https://hub.example/',
  'HTTPS://HUB.EXAMPLE',
  '',
];

/** Rows on upgrades. */
export const upgradeRows: readonly RequestRow[] = [
  opened('for a token in Authorization without Origin'),
  opened('for our own origin', 'Origin: https://hub.example'),
  opened('for an origin of webSocket.origins', 'Origin: https://www.example'),
  opened(
    'with its subprotocols and extensions',
    'Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org',
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
  ),
  {
    title: 'opens a WebSocket on the hub with the closed list',
    head: asAlice('GET /hub/ws', ...handshake, 'X-Unheard-Of: 1'),
    expect: { forward: atHub('GET /hub/ws', handshakeAtHub), protocol: 'websocket' },
  },
  {
    title: 'opens a WebSocket whose Connection has more to say, Upgrade in any case',
    head: asAlice(`GET ${path}`, 'Connection: keep-alive, uPGRADE', 'Upgrade: WebSocket', key, version),
    expect: { forward: atHub(`GET ${path}`, handshakeAtHub), protocol: 'websocket' },
  },
  ...foreign.map(
    (origin): RequestRow =>
      byAssertion(
        `refuses a WebSocket to a page of ${origin === '' ? 'nobody' : origin} (P12, CVE-2024-28179)`,
        [origin],
        { refuse: 'origin-refused', status: 403 },
      ),
  ),
  byAssertion('refuses a WebSocket without Origin where the proof is an assertion (P12)', [], {
    refuse: 'origin-refused',
    status: 403,
  }),
  byAssertion('refuses two Origins (P12)', ['https://hub.example', 'https://hub.example'], {
    refuse: 'request-ambiguous',
    status: 400,
  }),
  byAssertion('opens a WebSocket to our own page', ['https://hub.example'], asserted('https://hub.example')),
  byAssertion(
    'opens a WebSocket to a page of webSocket.origins',
    ['https://www.example'],
    asserted('https://www.example'),
  ),
  {
    title: 'refuses a WebSocket of another origin though a token came (P12)',
    head: asAlice(`GET ${path}`, ...handshake, 'Origin: https://evil'),
    expect: { refuse: 'origin-refused', status: 403 },
  },
  {
    title: 'asks a WebSocket for a proof',
    head: [
      `GET ${path} HTTP/1.1`,
      host,
      ...handshake,
      'Origin: https://hub.example',
      'Cookie: jupyterhub-user-alice=x',
    ],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'refuses a WebSocket from a stranger',
    peer: '127.0.0.2',
    head: asAlice(`GET ${path}`, ...handshake),
    expect: { refuse: 'peer-untrusted', status: 403 },
  },
  {
    title: 'opens a public WebSocket without a proof, and sends none up',
    head: ['GET /user/site/open/ws HTTP/1.1', host, alice, ...handshake, 'Cookie: a=b'],
    expect: { forward: atHub('GET /user/site/open/ws', handshakeAtHub), protocol: 'websocket' },
  },
  {
    title: 'refuses a public WebSocket of another origin',
    head: ['GET /user/site/open/ws HTTP/1.1', host, ...handshake, 'Origin: https://evil'],
    expect: { refuse: 'origin-refused', status: 403 },
  },
  {
    title: 'opens a WebSocket for a hub token alone',
    config: 'open',
    head: [`GET ${path} HTTP/1.1`, host, 'Authorization: token {hub-alice}', ...handshake],
    expect: {
      forward: atHub(`GET ${path}`, handshakeAtHub, ['Authorization: token {hub-alice}']),
      protocol: 'websocket',
    },
  },
  broken(
    'Upgrade: h2c',
    ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'],
    'upgrade-unsupported',
    501,
  ),
  broken(
    'two protocols at once',
    ['Connection: Upgrade', 'Upgrade: websocket, h2c', key, version],
    'upgrade-unsupported',
    501,
  ),
  broken(
    'two Upgrade lines',
    ['Connection: Upgrade', 'Upgrade: h2c', upgrade, key, version],
    'upgrade-unsupported',
    501,
  ),
  broken('an Upgrade to TLS', ['Connection: Upgrade', 'Upgrade: TLS/1.2'], 'upgrade-unsupported', 501),
  broken('Upgrade without Connection', [upgrade, key, version], 'request-ambiguous', 400),
  {
    title: 'takes Connection: upgrade without Upgrade for a plain request, as an nginx sends it',
    head: asAlice(`GET ${path}`, connection),
    expect: { forward: atHub(`GET ${path}`) },
  },
  broken('a handshake without a key', [connection, upgrade, version], 'upgrade-unsupported', 501),
  broken(
    'a handshake with a short key',
    [connection, upgrade, 'Sec-WebSocket-Key: abc', version],
    'upgrade-unsupported',
    501,
  ),
  broken('a handshake with two keys', [...handshake, key], 'upgrade-unsupported', 501),
  broken('a handshake without a version', [connection, upgrade, key], 'upgrade-unsupported', 501),
  broken(
    'a handshake of version 8',
    [connection, upgrade, key, 'Sec-WebSocket-Version: 8'],
    'upgrade-unsupported',
    501,
  ),
  broken('a handshake by POST', handshake, 'upgrade-unsupported', 501, `POST ${path}`),
  {
    ...broken('a handshake with a body', [...handshake, 'Content-Length: 5'], 'upgrade-unsupported', 501),
    content: 'hello',
  },
  {
    ...broken('a chunked handshake', [...handshake, 'Transfer-Encoding: chunked'], 'upgrade-unsupported', 501),
    content: '0\r\n\r\n',
  },
  {
    title: 'refuses a handshake of HTTP/1.0 (P8)',
    head: [`GET ${path} HTTP/1.0`, host, alice, ...handshake],
    expect: { refuse: 'upgrade-unsupported', status: 501 },
  },
  broken(
    'a handshake whose Connection names the identity',
    ['Connection: Upgrade, Remote-User', upgrade, key, version],
    'request-ambiguous',
    400,
  ),
];
