/** S: around the gate: the hub's own port, other proofs, other people's tokens and cookies. */
import type { ReasonId } from '../../../src/gate/reasons.ts';
import { written } from '../../config/written.ts';
import type { ConfigName } from '../../contract/configs.ts';
import { alice, asAlice, atHub, host } from '../../contract/rows/lines.ts';
import type { AttackRow, ConfigSpelling, RequestSpelling } from '../attack.ts';
import { kept, login, refused, server, shown } from '../spell.ts';
import { secondFactorSpellings } from './second-factors.ts';
import { takenOut } from './sessions.ts';
import { strangersCookies } from './tagged-cookies.ts';

const serversToken = 'Authorization: token 0123456789abcdef';

const sso = (name: string, more: string): string =>
  `{ name: p${name}, proxies: [10.0.0.${name}], headers: { username: X-U${name} }${more} }`;
const issuer = (url: string, more: string): string =>
  `{ issuer: { url: ${url}, audiences: [a] }, keys: { jwksFile: k }${more} }`;

/** Every entry is told whose names another can give. */
function twoDirectories(name: string, keys: Record<string, string>, problemAt: string): ConfigSpelling {
  return { name, config: written(keys), problemAt };
}

/** A hub token with no other proof, where the operator lets such in. */
function hubToken(path: string, authorization: string, ...lines: readonly string[]): RequestSpelling {
  return {
    name: `${authorization} and ${lines.map(shown).join(', ')} on ${path}`,
    config: 'open',
    head: [`GET ${path} HTTP/1.1`, host, `Authorization: ${authorization}`, ...lines],
    expect: { atHub: atHub(`GET ${path}`, [], [`Authorization: ${authorization}`]) },
  };
}

/** By the address that servers are given, where any peer comes in, with a hub token or without. */
const fromNotebook = ['GET', 'POST'].flatMap(method =>
  [
    ...[
      '/hub/login',
      '/hub/login?next=%2Fhub%2Fapi%2Fuser',
      '/hub/mount',
      '/hub/data',
      '/hub/set-user-data',
      '/hub/home',
    ],
    ...[
      '/hub/signup',
      '/hub/oauth_login',
      '/hub/logout',
      '/hub/spawn',
      '/user/alice/',
      '/services/who/',
      '/hub/apis',
      '/api/user',
      '/',
    ],
  ].flatMap(path =>
    [[], [serversToken]].map(
      (token): RequestSpelling => ({
        name: `${method} ${path} with Remote-User: admin${token.length > 0 ? ' and a hub token' : ''}, by the servers' door`,
        config: 'servers',
        peer: '127.0.0.2',
        head: [
          `${method} ${path} HTTP/1.1`,
          host,
          ...token,
          'Remote-User: admin',
          'X-Lab-User: admin',
          'Content-Length: 0',
        ].filter(line => method === 'POST' || !line.startsWith('Content')),
        expect: { refused: 'endpoint-refused' },
      }),
    ),
  ),
);

const urlencoded = 'Content-Type: application/x-www-form-urlencoded';
const json = 'Content-Type: application/json';

/** Alice's POST with a body that the hub would believe. */
function posted(
  line: string,
  type: string,
  content: string,
  reason: ReasonId,
  config: ConfigName = 'form',
): RequestSpelling {
  return {
    name: `${line} with ${shown(content)} as ${type.slice('Content-Type: '.length)} (${config})`,
    config,
    head: asAlice(line, type, `Content-Length: ${content.length}`),
    content,
    doors: ['proxy'],
    // What is refused for its path has a body that nobody reads.
    expect: reason === 'endpoint-refused' ? { refused: reason, closes: true } : { refused: reason },
  };
}

const session = ['session', 'start', 'enter?code=x&state=y', 'session/code', 'logout', ''];

/** Family S. */
export const surroundingRows: readonly AttackRow[] = [
  {
    id: 'S1',
    spellings: [
      ...['Remote-User: admin', 'REMOTE_USER: admin', 'X-Lab_User: admin', 'x-lab-user: admin'].map(
        (line): RequestSpelling => ({
          name: `${line} where the hub reads a name of the operator's own`,
          config: 'custom',
          head: asAlice(`GET ${login}`, line),
          expect: { atHub: atHub(`GET ${login}`, [], ['X-Lab-User: alice']) },
        }),
      ),
      ...fromNotebook,
      {
        name: 'a listener for servers that leads to where logins are',
        config: written({ listen: '[{ address: 127.0.0.1:0, for: servers }]' }),
        problemAt: 'listen[0].for',
      },
      {
        name: 'a secret name that anybody can guess',
        config: written({ inject: '{ user: { header: X-Mine, headerFile: name } }' }),
        problemAt: 'inject.user.headerFile',
      },
    ],
  },
  {
    id: 'S2',
    spellings: [
      ...['127.0.0.1', '127.0.0.2'].map(
        (peer): RequestSpelling => ({
          name: `an assertion from a pod at ${peer}`,
          peer,
          config: 'open',
          head: [
            `GET ${login} HTTP/1.1`,
            host,
            'X-Auth-Request-Preferred-Username: admin',
            'X-Auth-Request-Groups: admin',
          ],
          expect: { refused: 'credential-missing' },
        }),
      ),
      {
        name: 'pods within sso[].proxies',
        config: written({ sso: '[{ name: p, proxies: [10.0.0.0/8], headers: { username: X-U }, namespace: n }]' }),
        problemAt: 'sso[0].proxies',
      },
      {
        name: 'a sidecar within sso[].proxies',
        config: written({
          trust: '{ proxies: [127.0.0.0/8] }',
          sso: '[{ name: p, proxies: [127.0.0.9], headers: { username: X-U }, namespace: n }]',
        }),
        problemAt: 'sso[0].proxies',
      },
      {
        name: 'whoever opens the Unix socket',
        config: written({
          listen: "[{ address: 'unix:/run/gate.sock' }]",
          trust: '{ proxies: [10.0.0.9/32], unixPeers: true }',
          sso: '[{ name: p, proxies: [10.0.0.9], headers: { username: X-U }, namespace: n }]',
        }),
        problemAt: 'sso[0]',
      },
      {
        name: 'a certificate that no listener asks for',
        config: written({
          sso: "[{ name: p, proxies: [10.0.0.0/24], headers: { username: X-U }, namespace: n, require: { clientCertificate: { subjectAltName: 'a' } } }]",
        }),
        problemAt: 'sso[0].require.clientCertificate',
      },
      ...secondFactorSpellings,
      {
        name: 'everybody within trust.proxies',
        config: written({ trust: '{ proxies: [0.0.0.0/0] }' }),
        problemAt: 'trust.proxies[0]',
      },
    ],
  },
  {
    id: 'S3',
    spellings: [
      ...[
        ['/user/mallory/api', 'server~mallory~api'],
        ['/user/mallory/lab', 'server~mallory~lab'],
        ['/services/mallory/api', 'service~mallory'],
      ].map(
        ([path = '', purpose = '']): RequestSpelling => ({
          name: `what is minted for ${path}`,
          config: 'exchanged',
          head: asAlice(`GET ${path}`),
          expect: { atHub: atHub(`GET ${path}`, [], [`Authorization: token MFWGSY3F~${purpose}`]) },
        }),
      ),
      kept('/user/mallory/api', []),
      kept('/services/mallory/api', []),
      kept('/hub/api/user', []),
      kept('/user/mallory/api', ['X-Api-Key: mine', 'Proxy-Authorization: Bearer {alice}'], ['X-Api-Key: mine']),
      ...['?token={alice}', '?%74oken={alice}', '?a=1&token={alice}', '?a=1;token={alice}'].map(
        (query): RequestSpelling => ({
          name: `the proof once more in ${query}`,
          head: [`GET /user/mallory/api${query} HTTP/1.1`, host, alice],
          expect: { refused: 'request-ambiguous' },
        }),
      ),
      ...['/user/mallory/api', '/services/mallory/api', '/hub/api/user'].map(
        (path): RequestSpelling => ({
          name: `an opaque proof on ${path}`,
          config: 'opaque',
          head: [`GET ${path} HTTP/1.1`, host, 'Authorization: Bearer {opaque-alice}'],
          expect: { atHub: atHub(`GET ${path}`) },
        }),
      ),
      {
        name: 'an opaque proof once more in ?token=',
        config: 'opaque',
        head: ['GET /user/mallory/api?token={opaque-alice} HTTP/1.1', host, 'Authorization: Bearer {opaque-alice}'],
        expect: { refused: 'request-ambiguous' },
      },
      {
        name: 'an opaque token while nobody can say whose it is',
        config: 'opaque',
        head: ['GET /user/mallory/api HTTP/1.1', host, 'Authorization: Bearer {opaque-down}'],
        expect: { refused: 'introspection-unavailable' },
      },
      {
        name: 'the proof once more in a subprotocol',
        head: asAlice('GET /user/mallory/api', 'Sec-WebSocket-Protocol: v1.token.websocket.jupyter.org.{alice}'),
        expect: { refused: 'request-ambiguous' },
      },
      {
        name: "another user's hub token beside alice's assertion",
        peer: '127.0.0.3',
        head: [
          `GET /user/mallory/api HTTP/1.1`,
          host,
          'X-Auth-Request-Preferred-Username: alice',
          'Authorization: token {hub-bob}',
          'Origin: https://hub.example',
        ],
        expect: { refused: 'credentials-disagree' },
      },
    ],
  },
  {
    id: 'S4',
    spellings: [
      ...session.flatMap(path => [
        refused('path-reserved', `/hubgate/${path}`, [], {}),
        refused('path-reserved', `/hubgate/${path}`, [
          'Sec-Fetch-Site: same-origin',
          'Cookie: __Host-hubgate-0a1b2c3d=x',
        ]),
      ]),
      ...takenOut,
    ],
  },
  {
    id: 'S5',
    spellings: [
      twoDirectories('two issuers', { jwt: `[${issuer('i', '')}, ${issuer('j', '')}]` }, 'jwt[0], jwt[1]'),
      twoDirectories(
        'two issuers, one with a prefix that the other could make',
        {
          jwt: `[${issuer('i', '')}, ${issuer('j', ", claimMappings: { username: { claim: sub, prefix: 'j-' } }")}]`,
        },
        'jwt[0]',
      ),
      twoDirectories(
        'prefixes that differ in capitals',
        {
          jwt: `[${issuer('i', ", claimMappings: { username: { claim: sub, prefix: 'J-' } }")}, ${issuer('j', ", claimMappings: { username: { claim: sub, prefix: 'j-' } }")}]`,
        },
        'jwt[0], jwt[1]',
      ),
      twoDirectories(
        'an issuer and a sign-in proxy',
        { jwt: `[${issuer('i', '')}]`, sso: `[${sso('1', '')}]` },
        'jwt[0], sso[0]',
      ),
      twoDirectories(
        'an issuer and an introspection endpoint',
        {
          jwt: `[${issuer('i', '')}]`,
          introspection: "[{ url: 'https://e', clientId: c, clientSecretFile: s, issuer: { audiences: [a] } }]",
        },
        'jwt[0], introspection[0]',
      ),
      twoDirectories(
        'two namespaces',
        { jwt: `[${issuer('i', ', namespace: a')}, ${issuer('j', ', namespace: b')}]` },
        'jwt[0], jwt[1]',
      ),
    ],
  },
  {
    id: 'S6',
    spellings: [
      ...strangersCookies,
      ...['token {hub-alice}', 'Bearer {hub-alice}', 'token {hub-bob}', 'token {hub-gone}'].flatMap(authorization => [
        hubToken('/hub/api/user', authorization, 'Cookie: jupyterhub-hub-login=x; _xsrf=y'),
        hubToken(
          '/user/alice/api',
          authorization,
          'Cookie: jupyterhub-user-alice=x',
          'Cookie: jupyterhub-session-id=y',
        ),
      ]),
      ...['jupyterhub-hub-login=x', '__Host-jupyterhub-hub-login=x; jupyterhub-user-bob=y'].flatMap(value => [
        kept(server, [`Cookie: ${value}`]),
        {
          name: `the cookie ${value} alone`,
          head: [`GET ${login} HTTP/1.1`, host, `Cookie: ${value}`],
          expect: { refused: 'credential-missing' as const },
        },
      ]),
    ],
  },
  {
    id: 'S7',
    spellings: [
      ...[
        '?username=admin',
        '?USERNAME=x&username=admin',
        '?user=admin',
        '?%75sername=admin',
        '?a=1;username=admin',
      ].map(
        (query): RequestSpelling => ({
          name: `${login}${query}`,
          head: asAlice(`GET ${login}${query}`),
          expect: {
            atHub: atHub(
              `GET ${login}${{ '?USERNAME=x&username=admin': '?USERNAME=x', '?a=1;username=admin': '?a=1' }[query] ?? '?'}`,
              [],
              ['Remote-User: alice'],
            ),
          },
        }),
      ),
      {
        name: 'the form in the body of a GET',
        head: asAlice(`GET ${login}`, 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 14'),
        content: 'username=admin',
        expect: { refused: 'request-ambiguous' },
      },
      {
        name: 'a form is posted without any identity of the gate beside it',
        head: asAlice(`POST ${login}`, 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 14'),
        content: 'username=admin',
        expect: {
          atHub: atHub(`POST ${login}`, ['Content-Type: application/x-www-form-urlencoded']),
          payload: 'username=admin',
        },
      },
      ...[
        'username=admin&password=x',
        'username=alice&username=admin',
        'username=admin&username=alice',
        'password=x',
      ].map(content => posted('POST /hub/login', urlencoded, content, 'user-mismatch')),
      ...['username=alice;username=admin', 'username=alice\0', 'username=alice&next=//evil.example', 'username=%'].map(
        content => posted('POST /hub/login', urlencoded, content, 'request-ambiguous'),
      ),
      ...[
        'Content-Type: multipart/form-data; boundary=x',
        'Content-Type: application/x-www-form-urlencoded; charset=utf-16',
        'Content-Type: application/json',
      ].map(type => posted('POST /hub/login', type, 'username=alice', 'request-ambiguous')),
      ...['/hub/signup', '/hub/oauth_login', '/hub/logout'].map(path =>
        posted(`POST ${path}`, urlencoded, 'username=admin', 'user-mismatch'),
      ),
      ...(['form', 'folding', 'header', 'general'] as const).map(config =>
        posted(
          'POST /hub/api/users/admin/tokens',
          json,
          '{"auth":{"username":"admin","Remote-User":"admin"}}',
          'user-mismatch',
          config,
        ),
      ),
      ...(['form', 'folding', 'general'] as const).map(config =>
        posted('POST /hub/api/authorizations/token', json, '{"Remote-User":"admin"}', 'endpoint-refused', config),
      ),
    ],
  },
];
