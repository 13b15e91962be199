/** What comes back, and from whom (R1 to R4, R6; design 4.8). */
import type { AnswerRow } from '../row.ts';

const lab = '/user/alice/lab';
const plain = 'Content-Type: text/html';

function from(target: string, rule: string, answer: readonly string[], expect: readonly string[]): AnswerRow {
  return { title: `${rule}, from ${target}`, target, answer, expect };
}

const dropped = (rule: string, target: string, ...lines: readonly string[]): AnswerRow[] =>
  lines.map(line => from(target, `drops "${line}" (${rule})`, [plain, line], [plain]));

const kept = (rule: string, target: string, ...lines: readonly string[]): AnswerRow[] =>
  lines.map(line => from(target, `keeps "${line}" (${rule})`, [plain, line], [plain, line]));

/** Rows on answers. */
export const answerRows: readonly AnswerRow[] = [
  ...dropped(
    'R1',
    lab,
    'Set-Cookie: jupyterhub-hub-login=x; Path=/hub/',
    'Set-Cookie: jupyterhub-hub-login=x; Path=/user/alice/',
    'Set-Cookie: a=b; Path=/',
    'Set-Cookie: a=b; Path=/user/',
    'Set-Cookie: a=b; Path=/user/bob/',
    'Set-Cookie: a=b; Path=/user/alice/; Path=/',
    'Set-Cookie: a=b; Path=/user/alice/../bob/',
    'Set-Cookie: a=b; Path=/user/alice/%2e%2e/',
    'Set-Cookie: a=b; Path=/user/alice/; Domain=hub.example',
    'Set-Cookie: a=b; Domain=.example',
    'Set-Cookie: __Host-hubgate-0a=x; Path=/; Secure',
    'Set-Cookie: hubgate-x=x; Path=/user/alice/',
    'Set-Cookie: username=root; Path=/user/alice/',
    'Set-Cookie: TOKEN=root; Path=/user/alice/',
    'Set-Cookie: _oauth2_proxy=x; Path=/user/alice/',
    'Set-Cookie: __Host-other=x; Path=/; Secure',
    'Set-Cookie: __Host-jupyterhub-user-bob=x; Path=/; Secure',
    'Set-Cookie: __Host-jupyterhub-hub-login=x; Path=/; Secure',
    'Set-Cookie: jupyterhub-user-bob=x; Path=/user/alice/',
    'Set-Cookie: jupyterhub-session-id=x; Path=/user/alice/',
    'Set-Cookie: service-who=x; Path=/user/alice/',
    'Set-Cookie: nonsense',
    'Set-Cookie: =username=root; Path=/user/alice/',
    'set_cookie: a=b; Path=/',
  ),
  ...kept(
    'R1',
    lab,
    'Set-Cookie: a=b; Path=/user/alice/; HttpOnly',
    'Set-Cookie: a=b; Path=/user/alice',
    'Set-Cookie: a=b; Path=/user/alice/lab/',
    'Set-Cookie: a=b',
    'Set-Cookie: jupyterhub-user-alice="2|1:0|10:1"; Path=/user/alice/',
    'Set-Cookie: __Host-jupyterhub-user-alice=x; Path=/; Secure',
    'Set-Cookie: jupyterhub-user-alice-oauth-state-x1=y; Path=/user/alice/',
    'Set-Cookie: _xsrf=2|a; Path=/user/alice/',
  ),
  ...dropped(
    'R1',
    '/services/who/x',
    'Set-Cookie: a=b; Path=/services/',
    'Set-Cookie: service-other=x; Path=/services/who/',
    'Set-Cookie: __Host-service-other=x; Path=/; Secure',
  ),
  ...kept(
    'R1',
    '/services/who/x',
    'Set-Cookie: service-who=x; Path=/services/who/',
    'Set-Cookie: __Host-service-who=x; Path=/; Secure',
  ),
  ...dropped(
    'R3',
    lab,
    'X-Accel-Redirect: /internal',
    'X-Accel-Buffering: no',
    'X-Sendfile: /etc/passwd',
    'X-Reproxy-URL: http://x',
    'X-Lighttpd-Send-File: /x',
    'x_accel_redirect: /x',
    'X-Lighttpd-Send-Tempfile: /x',
  ),
  ...dropped(
    'R4',
    lab,
    'Clear-Site-Data: "*"',
    'Alt-Svc: h2="evil:443"',
    'Strict-Transport-Security: max-age=0',
    'CLEAR_SITE_DATA: "*"',
  ),
  ...dropped(
    'R6',
    lab,
    'Remote-User: root',
    'remote_user: root',
    'X-Hubgate-User: root',
    'Mount: {}',
    'X-Forwarded-User: root',
    'token: x',
  ),
  ...dropped('R6', '/hub/static/x', 'Remote-User: alice', 'X-Hubgate-Id: x', 'X-Accel-Redirect: /x', 'Mount: {}'),
  ...kept(
    "a server's own",
    lab,
    'Location: /user/alice/tree',
    'Content-Security-Policy: default-src *',
    'X-Any: \xe9\xff',
    'Cache-Control: max-age=60',
  ),
  from(
    lab,
    'cuts a wider Service-Worker-Allowed (R2)',
    [plain, 'Service-Worker-Allowed: /'],
    [plain, 'Service-Worker-Allowed: /user/alice/'],
  ),
  from(
    lab,
    "cuts a Service-Worker-Allowed of another's (R2)",
    [plain, 'service-worker-allowed: /user/bob/'],
    [plain, 'service-worker-allowed: /user/alice/'],
  ),
  from(
    lab,
    'cuts a Service-Worker-Allowed with dot segments (R2)',
    [plain, 'Service-Worker-Allowed: /user/alice/..'],
    [plain, 'Service-Worker-Allowed: /user/alice/'],
  ),
  from(
    lab,
    'keeps a narrower Service-Worker-Allowed (R2)',
    [plain, 'Service-Worker-Allowed: /user/alice/lab/'],
    [plain, 'Service-Worker-Allowed: /user/alice/lab/'],
  ),
  from(
    lab,
    'keeps several Set-Cookie apart',
    [plain, 'Set-Cookie: a=1; Path=/user/alice/', 'Set-Cookie: evil=1; Path=/', 'Set-Cookie: b=2; Path=/user/alice/'],
    [plain, 'Set-Cookie: a=1; Path=/user/alice/', 'Set-Cookie: b=2; Path=/user/alice/'],
  ),
  from(
    '/hub/home',
    "keeps the hub's own cookies",
    [
      plain,
      'Cache-Control: no-cache',
      'Set-Cookie: jupyterhub-hub-login="x"; Path=/hub/',
      'Set-Cookie: jupyterhub-session-id=y; Path=/',
    ],
    [
      plain,
      'Cache-Control: no-cache',
      'Set-Cookie: jupyterhub-hub-login="x"; Path=/hub/',
      'Set-Cookie: jupyterhub-session-id=y; Path=/',
    ],
  ),
  from('/hub/home', 'forbids to keep a page of the hub', [plain], [plain, 'Cache-Control: no-store']),
  from(
    '/hub/api/user',
    'forbids to keep an answer of the API',
    ['Content-Type: application/json'],
    ['Content-Type: application/json', 'Cache-Control: no-store'],
  ),
  from(
    '/',
    'forbids to keep a redirect of the hub',
    ['Location: /hub/'],
    ['Location: /hub/', 'Cache-Control: no-store'],
  ),
  from(
    '/hub/static/a.js',
    "leaves the hub's static files alone",
    ['Content-Type: text/javascript'],
    ['Content-Type: text/javascript'],
  ),
  from('/hub/logo', 'leaves public paths alone', [plain], [plain]),
  {
    title: 'with /**, drops only what an ingress or the gate would obey',
    config: 'general',
    target: '/app',
    answer: [
      plain,
      'Set-Cookie: a=b; Path=/',
      'Strict-Transport-Security: max-age=1',
      'X-Accel-Redirect: /x',
      'X-Hubgate-Id: x',
      'Remote-User: x',
    ],
    expect: [plain, 'Set-Cookie: a=b; Path=/', 'Strict-Transport-Security: max-age=1', 'Remote-User: x'],
  },
  {
    title: 'below another base path, keeps cookies below the own prefix only (R1)',
    config: 'mount',
    target: '/jh/user/alice/lab',
    answer: [
      plain,
      'Set-Cookie: a=b; Path=/user/alice/',
      'Set-Cookie: c=d; Path=/jh/user/alice/',
      'Service-Worker-Allowed: /',
    ],
    expect: [plain, 'Set-Cookie: c=d; Path=/jh/user/alice/', 'Service-Worker-Allowed: /jh/user/alice/'],
  },
];
