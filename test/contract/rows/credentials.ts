/** Proofs, tokens of the hub, and the names that come of them (J1 to J15, H4, H9, H17, M2, M3, S2, S5, S6). */
import type { ReasonId } from '../../../src/gate/reasons.ts';
import type { RequestRow } from '../row.ts';
import { alice, asAlice, atHub, handshake, handshakeAtHub, host } from './lines.ts';

const tokens: readonly (readonly [name: string, reason: ReasonId, status: number])[] = [
  ['expired', 'token-expired', 401],
  ['future', 'token-not-yet-valid', 401],
  ['other-audience', 'token-audience', 401],
  ['other-issuer', 'token-issuer', 401],
  ['bound', 'token-bound', 401],
  ['forged', 'token-signature', 401],
  ['unknown-key', 'token-key-unknown', 401],
  ['awaited-key', 'token-key-awaited', 429],
  ['no-keys-yet', 'keys-unavailable', 503],
  ['unsigned', 'token-malformed', 401],
  ['jku', 'token-algorithm', 401],
  ['encrypted', 'token-malformed', 401],
  ['nameless', 'claim-invalid', 403],
  ['number', 'claim-invalid', 403],
  ['list', 'claim-invalid', 403],
  ['empty', 'claim-invalid', 403],
  ['crlf', 'user-invalid', 403],
  ['comma', 'user-invalid', 403],
  ['dots', 'user-invalid', 403],
  ['null-text', 'user-invalid', 403],
  ['root', 'user-invalid', 403],
  ['unicode', 'user-invalid', 403],
  ['cyrillic', 'user-invalid', 403],
  ['kelvin', 'user-invalid', 403],
];

const tokenRows = tokens.map(
  ([name, refuse, status]): RequestRow => ({
    title: `refuses the token "${name}" with ${refuse} (J, H17, M3)`,
    head: ['GET /hub/login HTTP/1.1', host, `Authorization: Bearer {${name}}`],
    expect: { refuse, status },
  }),
);

/** Alice's bound token and its holder's proof for a request. */
function byHolder(requestLine: string): string[] {
  return ['Authorization: DPoP {key-bound}', `DPoP: {${requestLine}}`];
}

function bySso(requestLine: string, ...fields: readonly string[]): string[] {
  return [`${requestLine} HTTP/1.1`, host, ...fields];
}

function proxied(requestLine: string, passing: readonly string[] = [], injected: readonly string[] = []): string[] {
  return [requestLine, host, ...passing, '{forwarding 127.0.0.3}', ...injected];
}

const user = 'X-Auth-Request-Preferred-Username';

const people: readonly (readonly [name: string, refuse: ReasonId | null, rule: string])[] = [
  ['mapped', null, 'user.map settles'],
  ['bob', null, 'user.allow names, by name'],
  ['alice', 'user-ambiguous', 'is a target of user.map, unmapped'],
  ['Alice', 'user-ambiguous', "the hub's authenticator folds (M2)"],
  ['sly', 'not-allowed', 'user.deny names under the name that the hub folds the map to'],
  ['dora', 'user-ambiguous', 'the hub would make one with a target of user.map'],
  ['carol', 'not-allowed', 'user.allow does not name'],
  ['mallory', 'not-allowed', 'user.deny names, by name'],
  ['banned', 'not-allowed', 'user.deny names, by group, though user.allow does too'],
];

const peopleRows = people.map(
  ([name, reason, rule]): RequestRow => ({
    title: `${reason === null ? 'takes' : 'refuses'} the user "${name}", whom ${rule}`,
    config: 'people',
    head: bySso('GET /hub/login', `Authorization: Bearer {${name}}`),
    expect:
      reason === null
        ? { forward: atHub('GET /hub/login', [], [`Remote-User: ${name === 'mapped' ? 'alice' : name}`]) }
        : { refuse: reason, status: 403 },
  }),
);

const opaque: readonly (readonly [name: string, reason: ReasonId, status: number])[] = [
  ['opaque-revoked', 'token-revoked', 401],
  ['opaque-bound', 'token-bound', 401],
  ['opaque-other', 'token-audience', 401],
  ['opaque-down', 'introspection-unavailable', 503],
  ['revoked', 'token-revoked', 401],
  ['revoked-forged', 'token-signature', 401],
];

/** Tokens that only their endpoint can read, and what is revoked. */
const opaqueRows: readonly RequestRow[] = [
  ...opaque.map(
    ([name, refuse, status]): RequestRow => ({
      title: `refuses the token "${name}" with ${refuse} (RFC 7662)`,
      config: 'opaque',
      head: ['GET /user/alice/api HTTP/1.1', host, `Authorization: Bearer {${name}}`],
      expect: { refuse, status },
    }),
  ),
  {
    title: "takes a token whose subject another issuer's line revokes",
    config: 'opaque',
    head: ['GET /hub/login HTTP/1.1', host, 'Authorization: Bearer {revoked-elsewhere}'],
    expect: { forward: atHub('GET /hub/login', [], ['Remote-User: alice']) },
  },
  ...['/hub/login', '/hub/api/user', '/user/alice/api', '/services/x/'].map(
    (path): RequestRow => ({
      title: `takes an opaque token that its endpoint knows, and sends it to nobody, on ${path} (4.7)`,
      config: 'opaque',
      head: [`GET ${path} HTTP/1.1`, host, 'Authorization: Bearer {opaque-alice}', 'Remote-User: root'],
      expect: { forward: atHub(`GET ${path}`, [], path === '/hub/login' ? ['Remote-User: alice'] : []) },
    }),
  ),
  ...['/user/alice/api?token={opaque-alice}', '/services/x/?a=b&token=%20{opaque-alice}'].map(
    (target): RequestRow => ({
      title: `keeps an opaque proof from users' code on ${target}, where it is repeated in the query (M6)`,
      config: 'opaque',
      head: [`GET ${target} HTTP/1.1`, host, 'Authorization: Bearer {opaque-alice}'],
      expect: { refuse: 'request-ambiguous', status: 400 },
    }),
  ),
  {
    title: "passes what no endpoint knows on as the hub's own token (4.7)",
    config: 'opaque',
    head: [
      'GET /user/alice/api HTTP/1.1',
      host,
      'Authorization: Bearer {hub-alice}',
      'Cookie: jupyterhub-user-alice=x',
    ],
    expect: { forward: atHub('GET /user/alice/api', [], ['Authorization: Bearer {hub-alice}']) },
  },
  {
    title: "passes the hub's own token on beside an assertion, once no endpoint knows it (4.7)",
    config: 'opaque',
    peer: '127.0.0.3',
    head: bySso('GET /user/alice/api', `${user}: alice`, 'Authorization: Bearer {hub-alice}'),
    expect: { forward: proxied('GET /user/alice/api', [], ['Authorization: Bearer {hub-alice}']) },
  },
  {
    title: 'refuses an opaque token and an assertion of two users',
    config: 'opaque',
    peer: '127.0.0.3',
    head: bySso('GET /user/alice/api', `${user}: alice`, 'Authorization: Bearer {opaque-bob}'),
    expect: { refuse: 'credentials-disagree', status: 400 },
  },
  {
    title: 'takes an opaque token and an assertion of one user, and sends the token to nobody',
    config: 'opaque',
    peer: '127.0.0.3',
    head: bySso('GET /user/alice/api', `${user}: alice`, 'Authorization: Bearer {opaque-alice}'),
    expect: { forward: proxied('GET /user/alice/api') },
  },
  {
    title: 'refuses a request whose token nobody could be asked about, though an assertion stands beside it',
    config: 'opaque',
    peer: '127.0.0.3',
    head: bySso('GET /hub/login', `${user}: alice`, 'Authorization: Bearer {opaque-down}'),
    expect: { refuse: 'introspection-unavailable', status: 503 },
  },
  {
    title: "asks no endpoint about what says that it is the hub's",
    config: 'opaque',
    head: ['GET /user/alice/api HTTP/1.1', host, 'Authorization: token {opaque-down}'],
    expect: { forward: atHub('GET /user/alice/api', [], ['Authorization: token {opaque-down}']) },
  },
  {
    title: 'refuses what no endpoint knows where tokens of the hub are not taken',
    config: 'opaqueOnly',
    head: ['GET /user/alice/api HTTP/1.1', host, 'Authorization: Bearer {hub-alice}'],
    expect: { refuse: 'hub-token-refused', status: 401 },
  },
  ...['{alice}', '{encrypted}'].map(
    (token): RequestRow => ({
      title: `asks no endpoint about a JWT, and takes none (${token})`,
      config: 'opaqueOnly',
      head: ['GET /user/alice/api HTTP/1.1', host, `Authorization: Bearer ${token}`],
      expect: { refuse: 'credential-missing', status: 401 },
    }),
  ),
];

/** Rows on proofs. */
export const credentialRows: readonly RequestRow[] = [
  ...tokenRows,
  ...opaqueRows,
  ...peopleRows,
  {
    title: 'asks for a proof',
    head: ['GET /hub/home HTTP/1.1', host],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'asks for a proof where only a forged identity came (H1)',
    head: ['GET /hub/login HTTP/1.1', host, 'Remote-User: root'],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'asks for a proof whatever cookies came',
    head: ['GET /hub/home HTTP/1.1', host, 'Cookie: jupyterhub-hub-login=x; token=y'],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'asks for a proof whatever the client calls itself (H11)',
    head: ['GET /hub/health HTTP/1.1', host, 'User-Agent: GoogleHC/1.0'],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'asks OPTIONS for a proof',
    head: ['OPTIONS /hub/api HTTP/1.1', host, 'Origin: https://evil'],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'does not take Basic for a proof',
    head: ['GET /hub/home HTTP/1.1', host, 'Authorization: Basic cm9vdDpyb290'],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'does not read a token from the query (J13)',
    head: ['GET /hub/home?access_token={alice} HTTP/1.1', host],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'takes the DPoP scheme for bound tokens alone (J15)',
    head: ['GET /hub/home HTTP/1.1', host, 'Authorization: DPoP {alice}', 'DPoP: {GET /hub/home}'],
    expect: { refuse: 'token-bound', status: 401 },
  },
  {
    title: 'forwards no opaque token that came by the DPoP scheme',
    config: 'open',
    head: ['GET /user/alice/lab HTTP/1.1', host, 'Authorization: DPoP {hub-alice}', 'DPoP: {GET /user/alice/lab}'],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'takes a bound token with a proof for the request (RFC 9449 §7.1)',
    head: ['GET /hub/login HTTP/1.1', host, ...byHolder('GET /hub/login')],
    expect: { forward: atHub('GET /hub/login', [], ['Remote-User: alice']) },
  },
  {
    title: 'takes a proof for the URL in another spelling, whatever the query (RFC 9449 §4.3)',
    head: ['GET /hub/login?next=/hub/home HTTP/1.1', host, 'Authorization: DPoP {key-bound}', 'DPoP: {proof-query}'],
    expect: { forward: atHub('GET /hub/login?next=/hub/home', [], ['Remote-User: alice']) },
  },
  {
    title: "keeps token and proof from users' code",
    head: ['POST /user/alice/api HTTP/1.1', host, ...byHolder('POST /user/alice/api'), 'Content-Length: 0'],
    expect: { forward: atHub('POST /user/alice/api'), body: 'stream' },
  },
  {
    title: "takes a proof for a WebSocket as for any GET, and keeps it from users' code",
    head: ['GET /user/alice/ws HTTP/1.1', host, ...byHolder('GET /user/alice/ws'), ...handshake],
    expect: { forward: atHub('GET /user/alice/ws', handshakeAtHub), protocol: 'websocket' },
  },
  {
    title: 'takes a bound token from a stranger with its proof, where strangers may come',
    config: 'open',
    peer: '127.0.0.2',
    head: ['GET /hub/login HTTP/1.1', host, ...byHolder('GET /hub/login')],
    expect: { forward: ['GET /hub/login', host, '{forwarding 127.0.0.2}', 'Remote-User: alice'] },
  },
  {
    title: 'keeps a proof that nobody asked for, in every spelling that some server reads so',
    head: asAlice('GET /user/alice/lab', 'DPoP: {proof-old}', 'dpop: x', 'HTTP_DPOP: x', 'http-dpop: x'),
    expect: { forward: atHub('GET /user/alice/lab') },
  },
  {
    title: 'refuses Connection that would take the proof out',
    head: ['GET /hub/login HTTP/1.1', host, ...byHolder('GET /hub/login'), 'Connection: DPoP'],
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses a bound token without a proof',
    head: ['GET /hub/login HTTP/1.1', host, 'Authorization: DPoP {key-bound}'],
    expect: { refuse: 'dpop-invalid', status: 401 },
  },
  {
    title: 'refuses a proof that was shown before (J14)',
    head: ['GET /hub/login HTTP/1.1', host, 'Authorization: DPoP {key-bound}', 'DPoP: {proof-replayed}'],
    expect: { refuse: 'dpop-replayed', status: 401 },
  },
  {
    title: 'refuses a proof that could not be remembered',
    head: ['GET /hub/login HTTP/1.1', host, 'Authorization: DPoP {key-bound}', 'DPoP: {proof-of-too-many}'],
    expect: { refuse: 'dpop-too-many', status: 429 },
  },
  {
    title: 'never forwards the token that proves',
    head: asAlice('GET /user/alice/lab'),
    expect: { forward: atHub('GET /user/alice/lab') },
  },
  {
    title: 'never forwards the token that proves, on the API',
    config: 'open',
    head: asAlice('GET /hub/api/user'),
    expect: { forward: atHub('GET /hub/api/user') },
  },
  {
    title: 'writes the identity on GET alone',
    head: asAlice('POST /hub/login', 'Content-Length: 0'),
    expect: { forward: atHub('POST /hub/login'), body: 'stream' },
  },
  {
    title: 'writes the identity on the very path alone (M6)',
    head: asAlice('GET /hub/login/'),
    expect: { forward: atHub('GET /hub/login/') },
  },
  {
    title: 'writes no identity on /login, which the hub redirects',
    head: asAlice('GET /login'),
    expect: { forward: atHub('GET /login') },
  },
  {
    title: 'lower-cases the user (M2)',
    head: bySso('GET /hub/login', 'Authorization: Bearer {Alice}'),
    expect: { forward: atHub('GET /hub/login', [], ['Remote-User: alice']) },
  },
  {
    title: "refuses the hub's token alone (hub.apiTokens: refuse)",
    head: ['GET /hub/api/user HTTP/1.1', host, 'Authorization: token {hub-alice}'],
    expect: { refuse: 'hub-token-refused', status: 401 },
  },
  {
    title: 'refuses an opaque bearer alone (hub.apiTokens: refuse)',
    head: ['GET /user/alice/api HTTP/1.1', host, 'Authorization: Bearer {hub-alice}'],
    expect: { refuse: 'hub-token-refused', status: 401 },
  },
  {
    title: "passes the hub's token alone, and no cookie with it (S6)",
    config: 'open',
    head: [
      'GET /hub/api/user HTTP/1.1',
      host,
      'Authorization: token {hub-alice}',
      'Cookie: jupyterhub-hub-login=x; _xsrf=y',
    ],
    expect: { forward: atHub('GET /hub/api/user', [], ['Authorization: token {hub-alice}']) },
  },
  {
    title: 'passes an opaque bearer alone to a server, and no cookie with it (S6)',
    config: 'open',
    head: [
      'GET /user/alice/api HTTP/1.1',
      host,
      'Authorization: Bearer {hub-alice}',
      'Cookie: jupyterhub-user-alice=x',
    ],
    expect: { forward: atHub('GET /user/alice/api', [], ['Authorization: Bearer {hub-alice}']) },
  },
  {
    title: 'passes no hub token alone to a page of the hub',
    config: 'open',
    head: ['GET /hub/home HTTP/1.1', host, 'Authorization: token {hub-alice}'],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'passes no hub token alone to the login',
    config: 'open',
    head: ['GET /hub/login HTTP/1.1', host, 'Authorization: token {hub-alice}', 'Remote-User: alice'],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'passes no hub token alone to other paths',
    config: 'open',
    head: ['GET /metrics HTTP/1.1', host, 'Authorization: token {hub-alice}'],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'takes an assertion of the sign-in proxy, and forwards none of it',
    peer: '127.0.0.3',
    head: bySso(
      'GET /hub/login',
      `${user}: alice`,
      'X-Auth-Request-Groups: lab',
      'X-Auth-Request-Access-Token: secret',
    ),
    expect: { forward: proxied('GET /hub/login', [], ['Remote-User: alice']) },
  },
  {
    title: 'does not take an assertion from another proxy (T5)',
    head: bySso('GET /hub/login', `${user}: alice`),
    expect: { refuse: 'credential-missing', status: 401 },
  },
  ...[
    'X_Auth_Request_Preferred_Username',
    'X-Auth-Request_Preferred-Username',
    'X.Auth.Request.Preferred.Username',
    'HTTP_X_AUTH_REQUEST_PREFERRED_USERNAME',
  ].map(
    (name): RequestRow => ({
      title: `does not read ${name} as the assertion (H2)`,
      peer: '127.0.0.3',
      head: bySso('GET /hub/login', `${name}: root`),
      expect: { refuse: 'credential-missing', status: 401 },
    }),
  ),
  {
    title: 'does not let another spelling change the assertion (H2)',
    peer: '127.0.0.3',
    head: bySso(
      'GET /hub/login',
      'X_Auth_Request_Preferred_Username: root',
      `${user}: alice`,
      'x-auth-request_groups: admin',
    ),
    expect: { forward: proxied('GET /hub/login', [], ['Remote-User: alice']) },
    spoofed: ['x-auth-request-preferred-username', 'x-auth-request-groups'],
  },
  ...[
    [`${user}: alice`, `${user.toLowerCase()}: root`],
    [`${user}: alice,root`],
    [`${user}: `],
    [`${user}: a\xff`],
    [`${user}: alice`, 'X-Auth-Request-Groups: a', 'X-Auth-Request-Groups: b'],
  ].map(
    (lines): RequestRow => ({
      title: `refuses the assertion ${JSON.stringify(lines)} (H9)`,
      peer: '127.0.0.3',
      head: bySso('GET /hub/login', ...lines),
      expect: { refuse: 'assertion-ambiguous', status: 401 },
    }),
  ),
  ...[[`${user}: alice`], [`${user}: alice`, 'X-Gate-Secret: {other-secret}']].map(
    (lines): RequestRow => ({
      title: `refuses ${JSON.stringify(lines)} where a secret is asked for (T5, S2)`,
      config: 'shared',
      peer: '127.0.0.3',
      head: bySso('GET /hub/login', ...lines),
      expect: { refuse: 'assertion-unproved', status: 403 },
    }),
  ),
  {
    title: 'reads an assertion beside its secret, which goes no further (T5, S2)',
    config: 'shared',
    peer: '127.0.0.3',
    head: bySso('GET /hub/login', `${user}: alice`, 'X-Gate-Secret: {front-secret-next}'),
    expect: { forward: proxied('GET /hub/login', [], ['Remote-User: alice']) },
    spoofed: [],
  },
  {
    title: 'refuses the asserted name of nobody',
    peer: '127.0.0.3',
    head: bySso('GET /hub/login', `${user}: (null)`),
    expect: { refuse: 'user-invalid', status: 403 },
  },
  {
    title: 'refuses token and assertion of two users',
    peer: '127.0.0.3',
    head: asAlice('GET /hub/login', `${user}: bob`),
    expect: { refuse: 'credentials-disagree', status: 400 },
  },
  {
    title: 'takes token and assertion of one user',
    peer: '127.0.0.3',
    head: asAlice('GET /hub/login', `${user}: Alice`),
    expect: { forward: proxied('GET /hub/login', [], ['Remote-User: alice']) },
  },
  {
    title: 'refuses a bad token beside a good assertion',
    peer: '127.0.0.3',
    head: bySso('GET /hub/login', 'Authorization: Bearer {expired}', `${user}: alice`),
    expect: { refuse: 'token-expired', status: 401 },
  },
  {
    title: "passes the user's own hub token beside the proof to servers, cookies included (4.7)",
    peer: '127.0.0.3',
    head: bySso(
      'GET /user/alice/api',
      `${user}: alice`,
      'Authorization: token {hub-alice}',
      'Cookie: jupyterhub-user-alice=x',
    ),
    expect: {
      forward: proxied(
        'GET /user/alice/api',
        [],
        ['Authorization: token {hub-alice}', 'Cookie: jupyterhub-user-alice=x'],
      ),
    },
  },
  {
    title: "takes the user's own hub token off on the hub (4.7)",
    peer: '127.0.0.3',
    head: bySso(
      'GET /hub/api/user',
      `${user}: alice`,
      'Authorization: token {hub-bob}',
      'Cookie: jupyterhub-hub-login=x',
    ),
    expect: { forward: proxied('GET /hub/api/user', [], ['Cookie: jupyterhub-hub-login=x']) },
  },
  {
    title: "treats a server's path without a user as the hub's, to which its proxy sends it",
    peer: '127.0.0.3',
    head: bySso('GET /user/', `${user}: alice`, 'Authorization: token {hub-alice}', 'X-Unheard-Of: 1'),
    expect: { forward: proxied('GET /user/') },
  },
  {
    title: "refuses another user's hub token beside the proof (S6)",
    peer: '127.0.0.3',
    head: bySso('GET /user/bob/api', `${user}: alice`, 'Authorization: token {hub-bob}'),
    expect: { refuse: 'credentials-disagree', status: 400 },
  },
  {
    title: 'takes a token that the hub does not know off beside the proof (S6)',
    peer: '127.0.0.3',
    head: bySso('GET /user/alice/api', `${user}: alice`, 'Authorization: token {hub-gone}'),
    expect: { forward: proxied('GET /user/alice/api') },
  },
  ...[
    '?token={hub-bob}',
    '?a=b&token={hub-bob}',
    '?tok%65n={hub-bob}',
    '?%74oken={hub-bob}',
    '?+token={hub-bob}',
    '?token=%20{hub-bob}%0a',
    '?token={hub-bob}%C2%A0',
    '?token={hub-bob}%C2%85',
    '?token=%E3%80%80{hub-bob}',
    '?token={hub-alice}&token={hub-bob}',
  ].map(
    (query): RequestRow => ({
      title: `refuses another user's hub token in the query ${query} (4.7)`,
      peer: '127.0.0.3',
      head: bySso(`GET /user/alice/api${query}`, `${user}: alice`),
      expect: { refuse: 'credentials-disagree', status: 400 },
    }),
  ),
  ...['?token=a%0Ab', '?token=a%00b', '?token=%E2%80%8Ba', '?token=a&token=b&token=c'].map(
    (query): RequestRow => ({
      title: `refuses tokens in the query that nobody can be asked about ${query}`,
      peer: '127.0.0.3',
      head: bySso(`GET /user/alice/api${query}`, `${user}: alice`),
      expect: { refuse: 'request-ambiguous', status: 400 },
    }),
  ),
  ...['?token={hub-alice}', '?token={hub-gone}', '?token='].map(
    (query): RequestRow => ({
      title: `passes the user's own token, or an application's, in the query ${query} (4.7)`,
      peer: '127.0.0.3',
      head: bySso(`GET /user/alice/api${query}`, `${user}: alice`),
      expect: { forward: proxied(`GET /user/alice/api${query}`) },
    }),
  ),
  {
    title: "refuses another user's hub token in a subprotocol (4.7)",
    peer: '127.0.0.3',
    head: bySso(
      'GET /user/alice/api/kernels/k/channels',
      `${user}: alice`,
      'Origin: https://hub.example',
      ...handshake,
      'Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org, v1.token.websocket.jupyter.org.{hub-bob}',
    ),
    expect: { refuse: 'credentials-disagree', status: 400 },
  },
  {
    title: 'refuses a token in the query of a public path of a server, where no proof stands beside it',
    head: ['GET /user/site/open/x?token={hub-bob} HTTP/1.1', host],
    expect: { refuse: 'hub-token-refused', status: 401 },
  },
  {
    title: 'refuses an encrypted token under the scheme of hub tokens, alone (4.7)',
    config: 'open',
    peer: '127.0.0.2',
    head: ['GET /user/alice/api HTTP/1.1', host, 'Authorization: token {encrypted}'],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'takes an encrypted token under the scheme of hub tokens off beside a proof (4.7)',
    config: 'open',
    peer: '127.0.0.3',
    head: bySso('GET /user/alice/api', `${user}: alice`, 'Authorization: token {encrypted}'),
    expect: { forward: proxied('GET /user/alice/api') },
  },
  {
    title: 'refuses a JWT under the scheme of hub tokens, alone (4.7)',
    config: 'open',
    head: ['GET /user/alice/api HTTP/1.1', host, 'Authorization: token {alice}'],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'takes a JWT under the scheme of hub tokens off beside the proof (4.7)',
    peer: '127.0.0.3',
    head: bySso('GET /user/alice/api', `${user}: alice`, 'Authorization: token {alice}'),
    expect: { forward: proxied('GET /user/alice/api') },
  },
  {
    title: 'takes Digest off beside the proof, commas and all',
    peer: '127.0.0.3',
    head: bySso('GET /user/alice/api', `${user}: alice`, 'Authorization: Digest username="root", realm="x"'),
    expect: { forward: proxied('GET /user/alice/api') },
  },
  {
    title: "holds user.deny's groups of the assertion though a token of the same user stands beside it",
    config: 'suspended',
    peer: '127.0.0.3',
    head: asAlice('GET /hub/login', `${user}: alice`, 'X-Auth-Request-Groups: suspended'),
    expect: { refuse: 'not-allowed', status: 403 },
  },
  {
    title: 'writes data of both proofs of one user',
    config: 'suspended',
    peer: '127.0.0.3',
    head: bySso('GET /hub/login', 'Authorization: Bearer {state}', `${user}: alice`, 'X-Auth-Request-State: algebra'),
    expect: {
      forward: proxied('GET /hub/login', [], ['Remote-User: alice', 'State: caf\xe9', 'Course: algebra']),
    },
  },
  {
    title: 'asks no pattern about a name of 256 characters',
    head: bySso('GET /hub/login', 'Authorization: Bearer {lengthy}'),
    expect: { refuse: 'user-invalid', status: 403 },
  },
  {
    title: 'refuses more cookies than a browser keeps',
    config: 'open',
    head: asAlice('GET /hub/home', `Cookie: ${'a=b;'.repeat(201)}`),
    expect: { refuse: 'headers-too-large', status: 431 },
  },
  ...(
    [
      ['GET', 'next=//evil.com/'],
      ['GET', 'a=b'],
      ['OPTIONS', 'next=//evil.com/'],
      ['DELETE', 'next=//evil.com/'],
      ['PUT', 'next=//evil.com/'],
    ] as const
  ).map(
    ([method, form]): RequestRow => ({
      title: `refuses the form ${form} in the body of a login by ${method} (P10)`,
      head: asAlice(
        `${method} /hub/login`,
        'Content-Type: application/x-www-form-urlencoded',
        `Content-Length: ${form.length}`,
      ),
      content: form,
      expect: { refuse: 'request-ambiguous', status: 400 },
    }),
  ),
  {
    title: 'answers 502 where the hub can not say whose token it is',
    peer: '127.0.0.3',
    head: bySso('GET /services/x/', `${user}: alice`, 'Authorization: Bearer {hub-down}'),
    expect: { refuse: 'hub-unreachable', status: 502 },
  },
  ...['/user/alice/api?token={alice}', '/services/x/?a=b&token=%20{alice}'].map(
    (target): RequestRow => ({
      title: `keeps the proof from users' code on ${target}, where it is repeated in the query (M6)`,
      head: asAlice(`GET ${target}`),
      expect: { refuse: 'request-ambiguous', status: 400 },
    }),
  ),
  {
    title: "keeps the proof from users' code where it is repeated in the subprotocol (M6)",
    head: asAlice(
      'GET /user/alice/ws',
      ...handshake,
      'Origin: https://hub.example',
      'Sec-WebSocket-Protocol: v1.token.websocket.jupyter.org.{alice}',
    ),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'takes another scheme off beside the proof',
    peer: '127.0.0.3',
    head: bySso('GET /user/alice/api', `${user}: alice`, 'Authorization: Basic eDp5'),
    expect: { forward: proxied('GET /user/alice/api') },
  },
  {
    title: 'asks for no proof on a public path, and sends none up',
    head: [
      'GET /hub/static/a.js HTTP/1.1',
      host,
      alice,
      'Cookie: jupyterhub-hub-login=x; _xsrf=y',
      'Remote-User: root',
    ],
    expect: { forward: atHub('GET /hub/static/a.js') },
  },
  {
    title: 'sends nothing up on a public path, though Authorization is odd',
    head: ['GET /hub/logo HTTP/1.1', host, 'Authorization: x  y'],
    expect: { forward: atHub('GET /hub/logo') },
  },
  {
    title: 'asks for a proof beside a public path',
    head: ['GET /hub/logo/x HTTP/1.1', host],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'asks for a proof at the root of a public prefix',
    head: ['GET /hub/static HTTP/1.1', host],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'takes no public path from a header (P4, CVE-2026-40575)',
    head: ['GET /hub/home HTTP/1.1', host, 'X-Forwarded-Uri: /hub/logo', 'X-Original-URL: /hub/logo'],
    expect: { refuse: 'credential-missing', status: 401 },
  },
];
