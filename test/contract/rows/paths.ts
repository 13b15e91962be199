/** Where a target leads, and which are refused because servers would disagree (P1 to P5, P8, P10). */
import type { RequestRow } from '../row.ts';
import { alice, asAlice, atHub, host } from './lines.ts';

const ambiguous: readonly (readonly [target: string, rule: string])[] = [
  ['/public/%2e%2e/hub/admin', 'encoded dot segments (GHSA-6jwx)'],
  ['/public/..%2fhub', 'an encoded slash behind a dot segment (CVE-2021-29492)'],
  ['//hub/admin', 'two slashes in front (CVE-2026-26205)'],
  ['/public\\..\\hub', 'backslashes'],
  ['/public/..;/hub', 'a dot segment with a parameter'],
  ['/%2e/hub', 'an encoded dot segment in front'],
  ['/%68ub/login', 'an encoded first segment'],
  ['/hub%2flogin', 'an encoded slash behind the first segment'],
  ['/hub/%2e%2e/hub/login', 'dot segments within the hub'],
  ['/hub/./login', 'a single dot on the hub'],
  ['/hub/x/../login', 'a dot segment on the hub'],
  ['/hub//login', 'an empty segment on the hub'],
  ['/hub/login%2f', 'an encoded slash on the hub'],
  ['/hub/login%00', 'an encoded NUL on the hub'],
  ['/hub/login%0d%0aRemote-User:%20root', 'encoded CR and LF on the hub'],
  ['/hub/%5clogin', 'an encoded backslash on the hub'],
  ['/hub/log%69n%2e', 'an encoded dot on the hub'],
  ['/hub/%252e%252e/login', 'a doubly encoded dot segment on the hub'],
  ['/hub/;/login', 'a bare parameter on the hub'],
  ['/hub/user/../login', 'a dot segment behind /hub/user/'],
  ['/hub/user/%2e%2e/login', 'an encoded dot segment behind /hub/user/'],
  ['/hub/user-redirect/..%5c..%5clogin', 'encoded backslashes behind /hub/user-redirect/'],
  ['/hub/static/../login', 'a dot segment out of a public path'],
  ['/hub/static/%2e%2e/login', 'an encoded dot segment out of a public path'],
  ['/user/site/open/../private', 'a dot segment out of a public prefix'],
  ['/user/site/open%2f..%2fprivate', 'encoded slashes out of a public prefix'],
  ['/user/alice/../bob/tree', "a dot segment into another user's server"],
  ['/user/alice/%2e%2e/bob/tree', "an encoded dot segment into another user's server"],
  ['/user/alice%2f..%2fbob/tree', "encoded slashes into another user's server"],
  ['/user/al%2569ce/tree', 'a doubly encoded name'],
  ['/user//alice/tree', 'an empty name'],
  ['/user%2fmallory%2f..%2f..%2fx', "an encoded way through mallory's server"],
  ['//x/user/mallory/steal', "a host before the path, which the hub's proxy routes to mallory"],
  ['/\\x/user/mallory/steal', "a backslashed host before the path, which the hub's proxy routes to mallory"],
  ['/x/hub/..%2f..%2fhubgate/session', "an encoded way to the gate's own paths"],
  ['/login%2f..%2fx', 'encoded slashes on other paths'],
  ['/metrics//x', 'an empty segment on other paths'],
  ['/metrics%5cx', 'an encoded backslash on other paths'],
  ['/hub/admin#/public', 'a fragment (GHSA-pxq7)'],
  ['/public#/../hub', 'a fragment before dot segments'],
  ['http://evil/x', 'absolute-form of another host (P5)'],
  ['http://hub.example/hub/login', 'absolute-form of our own host (P5)'],
  ['/hub/100%', 'a lone percent sign'],
  ['/hub/%u002flogin', 'an encoding that is none'],
];

const ambiguousRows = ambiguous.map(
  ([target, rule]): RequestRow => ({
    title: `refuses ${rule} (P1)`,
    head: asAlice(`GET ${target}`),
    expect: { refuse: 'request-ambiguous', status: 400 },
  }),
);

const passing: readonly (readonly [target: string, rule: string])[] = [
  ['/user/x/files/a%2Fb', 'a file named a%2Fb'],
  ['/user/x/proxy/8080//y', 'an empty segment of an application'],
  ['/user/x/files/a%5Cb', 'an encoded backslash'],
  ['/user/x/files/%E2%82%AC%20%25.txt', 'percent signs and UTF-8'],
  ['/user/x/files/a;v=1/b', 'parameters'],
  ['/user/x/a%2Fb', 'an encoded slash in the third segment'],
  ['/hub/user/x/proxy/8080//y', "a stopped server's application path"],
  ['/hub/user-redirect/lab/tree/a%2Fb', 'a redirect to a file named a%2Fb'],
  ['/services/announcement/latest?x=/public/', 'a service'],
  ['/hub/spawn/j%C3%BCrgen%40x', 'encoded letters of a name on the hub'],
  ['/hub/api/users/alice/servers/', 'a trailing slash on the hub'],
  ['/hub/admin?x=/public/', 'a public path in the query (CVE-2025-54576)'],
  ['/hub/home?x=%2f..%2f&y=#'.slice(0, -1), 'encoded slashes in the query'],
  ['/hubs', 'a first segment that only begins like the hub'],
  ['/', 'the root'],
  ['/hub', 'the hub without a slash'],
];

const passingRows = passing.map(
  ([target, rule]): RequestRow => ({
    title: `passes ${rule} byte for byte (P1)`,
    head: asAlice(`GET ${target}`),
    expect: { forward: atHub(`GET ${target}`) },
  }),
);

const hosts: readonly (readonly [line: string, expected: 'request-ambiguous' | 'host-unknown', status: number])[] = [
  ['Host: evil.example', 'host-unknown', 421],
  ['Host: evilhub.example', 'host-unknown', 421],
  ['Host: hub.example.evil', 'host-unknown', 421],
  ['Host: hub.example:8080', 'host-unknown', 421],
  ['Host: other.example', 'host-unknown', 421],
  ['Host: hub.example@evil', 'request-ambiguous', 400],
  ['Host: hub.example, evil', 'request-ambiguous', 400],
  ['Host: hub.example/x', 'request-ambiguous', 400],
  ['Host: hub.example.', 'request-ambiguous', 400],
  ['Host: hub.example:', 'request-ambiguous', 400],
  ['Host: 0x7f.1', 'request-ambiguous', 400],
  ['Host: ', 'request-ambiguous', 400],
];

const hostRows = hosts.map(
  ([line, refuse, status]): RequestRow => ({
    title: `refuses "${line}" (P5)`,
    head: ['GET /hub/home HTTP/1.1', line, alice],
    expect: { refuse, status },
  }),
);

const served = [
  'hub.example',
  'HUB.Example',
  'hub.example:443',
  'alias.example',
  'alias.example:443',
  'other.example:8443',
].map(
  (name): RequestRow => ({
    title: `serves the Host ${name} as the client sent it`,
    head: ['GET /hub/home HTTP/1.1', alice, `Host: ${name}`],
    expect: { forward: atHub('GET /hub/home').map(line => (line === host ? `Host: ${name}` : line)) },
  }),
);

const logins: readonly (readonly [query: string, expected: string, rule: string])[] = [
  ['?next=//evil', '?next=%2Fhub%2Fhome', 'a network path'],
  ['?next=/%5Cevil', '?next=%2Fhub%2Fhome', 'a backslash'],
  ['?next=%2f%2fevil', '?next=%2Fhub%2Fhome', 'an encoded network path'],
  ['?next=https:evil', '?next=%2Fhub%2Fhome', 'a scheme'],
  ['?next=https://hub.example.evil/', '?next=%2Fhub%2Fhome', 'a longer host'],
  ['?next=https://hub.example@evil/', '?next=%2Fhub%2Fhome', 'userinfo'],
  ['?next=/hub/..//evil', '?next=%2Fhub%2Fhome', 'dot segments that leave two slashes'],
  ['?next=/%09/evil', '?next=%2Fhub%2Fhome', 'a tab that browsers skip'],
  ['?n%65xt=//evil&a=1', '?next=%2Fhub%2Fhome&a=1', 'an encoded name'],
  ['?rd=//evil', '?rd=%2Fhub%2Fhome', 'the name rd'],
  ['?a=1;next=//evil', '?a=1;next=%2Fhub%2Fhome', 'a semicolon before it (CVE-2021-23336)'],
  ['?next=https://hub.example/hub/spawn', '?next=%2Fhub%2Fspawn', 'our own origin, cut to its path'],
  [
    '?next=%2Fhub%2Fapi%2Foauth2%2Fauthorize%3Fclient_id%3Dx%26state%3Dy',
    '?next=%2Fhub%2Fapi%2Foauth2%2Fauthorize%3Fclient_id%3Dx%26state%3Dy',
    "the hub's own, byte for byte",
  ],
  ['?next=/user/alice/lab?a=b', '?next=/user/alice/lab?a=b', 'a good path, byte for byte'],
  ['?next=&a=1', '?a=1', 'an empty one'],
  ['?username=root&a=1', '?a=1', "a user's name"],
  ['?a=1&USER=x&user=root', '?a=1&USER=x', "a user's name at the end"],
  ['?next', '?', 'one without a value'],
];

const loginRows = logins.map(
  ([query, expected, rule]): RequestRow => ({
    title: `at the login, settles ${rule} in the query (P10, CVE-2026-33709)`,
    head: asAlice(`GET /hub/login${query}`),
    expect: { forward: atHub(`GET /hub/login${expected}`, [], ['Remote-User: alice']) },
  }),
);

/** Rows on targets. */
export const pathRows: readonly RequestRow[] = [
  ...ambiguousRows,
  ...passingRows,
  ...hostRows,
  ...served,
  ...loginRows,
  ...['/;/evil', '/;%09/evil', '/;%0d%0aX:%20y', ';//evil', '//evil;a=1', '/.;/..//evil'].map(
    (next): RequestRow => ({
      title: `refuses next=${next}, which newer Pythons read with what follows the semicolon (P10)`,
      head: asAlice(`GET /hub/login?next=${next}`),
      expect: { refuse: 'request-ambiguous', status: 400 },
    }),
  ),
  ...['next=/&user;/evil', 'next=/&username=x;/evil', 'user&next=/&user;//evil'].map(
    (query): RequestRow => ({
      title: `refuses ${query}, where what stands behind the user's name would become a part of next (P10)`,
      head: asAlice(`GET /hub/login?${query}`),
      expect: { refuse: 'request-ambiguous', status: 400 },
    }),
  ),
  {
    title: 'leaves a good next alone, with a semicolon as without (P10)',
    head: asAlice('GET /hub/login?next=/hub/spawn;a=1'),
    expect: { forward: atHub('GET /hub/login?next=/hub/spawn;a=1', [], ['Remote-User: alice']) },
  },
  {
    title: 'refuses two next (P10)',
    head: asAlice('GET /hub/login?next=/a&next=//evil'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses next beside rd (P10)',
    head: asAlice('GET /hub/login?next=/a&rd=//evil'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  ...['/hub/logout', '/hub/oauth_login', '/hub/signup', '/login', '/logout'].map(
    (path): RequestRow => ({
      title: `settles next on ${path} too (P10)`,
      head: asAlice(`GET ${path}?next=//evil`),
      expect: { forward: atHub(`GET ${path}?next=%2Fhub%2Fhome`) },
    }),
  ),
  ...['/hub/%6cogin', '/hub/login;', '/hub/login;x=y', '/%6cogin', '/hub/lo%67%6Fut'].map(
    (path): RequestRow => ({
      title: `settles next on ${path}, which some servers read as a login (P10)`,
      head: asAlice(`GET ${path}?next=//evil`),
      expect: { forward: atHub(`GET ${path}?next=%2Fhub%2Fhome`) },
    }),
  ),
  ...[
    ...[
      '/',
      '/hub',
      '/hub/',
      '/hub/home',
      '/hub/spawn',
      '/hub/spawn/alice/gpu',
      '/hub/spawn-pending/alice',
      '/hub/token',
    ],
    ...['/hub/accept-share', '/hub/no-page-of-ours', '/spawn', '/hub/api-docs', '/hub/spaw%6e'],
  ].map(
    (path): RequestRow => ({
      title: `settles next on ${path}, as the hub reads it on its pages (P10)`,
      head: asAlice(`GET ${path}?a=1&next=//evil&user=bob&rd=//evil`),
      expect: { forward: atHub(`GET ${path}?a=1&next=%2Fhub%2Fhome&user=bob&rd=//evil`) },
    }),
  ),
  {
    title: 'leaves good nexts and empty ones alone on a page of the hub (P10)',
    head: asAlice('GET /hub/spawn?next=/user/alice/lab?a=b&x=;y&next='),
    expect: { forward: atHub('GET /hub/spawn?next=/user/alice/lab?a=b&x=;y&next=') },
  },
  {
    title: 'settles each next of a page that is no login (P10)',
    head: asAlice('GET /hub/spawn?next=/a&n%65xt=//evil'),
    expect: { forward: atHub('GET /hub/spawn?next=/a&next=%2Fhub%2Fhome') },
  },
  {
    title: 'refuses next=/;/evil on a page that is no login too (P10)',
    head: asAlice('GET /hub/spawn?next=/;/evil'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  ...[
    ...[
      '/hub/user/alice/x',
      '/hub/user-redirect/x',
      '/hub/api/x',
      '/hub/static/x',
      '/hub/services/x',
      '/user-redirect/x',
    ],
    ...['/hub/logo', '/services/who/'],
  ].map(
    (path): RequestRow => ({
      title: `leaves next alone on ${path}, where it is an application's own`,
      head: asAlice(`GET ${path}?next=//evil&next=`),
      expect: { forward: atHub(`GET ${path}?next=//evil&next=`) },
    }),
  ),
  {
    title: 'leaves next alone where no login reads it',
    head: asAlice('GET /user/alice/x?next=//evil'),
    expect: { forward: atHub('GET /user/alice/x?next=//evil') },
  },
  {
    title: 'leads to the home below baseUrl',
    config: 'mount',
    head: asAlice('GET /jh/hub/login?next=//evil'),
    expect: { forward: atHub('GET /jh/hub/login?next=%2Fjh%2Fhub%2Fhome', [], ['Remote-User: alice']) },
  },
  {
    title: 'writes no identity outside baseUrl',
    config: 'mount',
    head: asAlice('GET /hub/login'),
    expect: { forward: atHub('GET /hub/login') },
  },
  {
    title: 'asks for a proof outside baseUrl, public or not',
    config: 'mount',
    head: ['GET /hub/logo HTTP/1.1', host],
    expect: { refuse: 'credential-missing', status: 401 },
  },
  {
    title: 'knows the hub only below baseUrl, encoded or not',
    config: 'mount',
    head: asAlice('GET /%6ah/hub/login'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  { title: 'refuses asterisk-form', head: asAlice('OPTIONS *'), expect: { refuse: 'request-ambiguous', status: 400 } },
  {
    title: "never forwards the gate's own paths",
    head: asAlice('GET /hubgate/session'),
    expect: { refuse: 'path-reserved', status: 404 },
  },
  {
    title: "never forwards the gate's own paths below baseUrl",
    config: 'mount',
    head: asAlice('GET /jh/hubgate/'),
    expect: { refuse: 'path-reserved', status: 404 },
  },
  {
    title: "refuses HeaderAuthenticator's endpoint for user data",
    config: 'header',
    head: asAlice('POST /hub/set-user-data', 'Content-Length: 0'),
    expect: { refuse: 'endpoint-refused', status: 403 },
  },
  {
    title: 'refuses it in another spelling',
    config: 'header',
    head: asAlice('POST /hub/set%2duser-data', 'Content-Length: 0'),
    expect: { refuse: 'endpoint-refused', status: 403 },
  },
  {
    title: 'refuses two Hosts (P5)',
    head: asAlice('GET /hub/home', 'host: evil'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses two equal Hosts (P5)',
    head: asAlice('GET /hub/home', 'Host: hub.example'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses a request without Host',
    head: ['GET /hub/home HTTP/1.0', alice],
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses HTTP/1.1 without Host',
    head: ['GET /hub/home HTTP/1.1', alice],
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
  {
    title: 'refuses a byte above ASCII in the path',
    head: asAlice('GET /hub/\xe9'),
    expect: { refuse: 'request-ambiguous', status: 400 },
  },
];
