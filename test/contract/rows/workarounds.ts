/** What is held for hubs that do not hold it themselves; `sound` stands for a hub that does. */
import type { ReasonId } from '../../../src/gate/reasons.ts';
import { reasons } from '../../../src/gate/reasons.ts';
import type { ConfigName } from '../configs.ts';
import type { RequestRow } from '../row.ts';
import { asAlice, atHub, host } from './lines.ts';

const empty = 'Content-Length: 0';

interface Ask {
  readonly title: string;
  readonly requestLine: string;
  readonly lines: readonly string[];
  readonly config?: ConfigName;
}

/** Bodies are empty, and GET has none. */
const sent = ({ requestLine, lines }: Ask): string[] =>
  asAlice(requestLine, ...lines, ...(/^(?:GET|DELETE)/.test(requestLine) ? [] : [empty]));

function refused(ask: Ask, refuse: ReasonId = 'origin-refused'): RequestRow {
  const { title, config = 'lab' } = ask;
  return { title, config, head: sent(ask), expect: { refuse, status: reasons[refuse].status } };
}

function passes(ask: Ask): RequestRow {
  const { title, requestLine, lines, config = 'lab' } = ask;
  const body = /^(?:GET|DELETE)/.test(requestLine) ? {} : { body: 'stream' as const };
  return { title, config, head: sent(ask), expect: { forward: atHub(requestLine, lines), ...body } };
}

const mode = (site: string, said = 'no-cors'): readonly string[] => [
  `Sec-Fetch-Site: ${site}`,
  `Sec-Fetch-Mode: ${said}`,
];

const noCors: readonly RequestRow[] = [
  ...['cross-site', 'same-site', 'same-origin', 'none'].map(site =>
    refused({
      title: `refuses a form of a ${site} page that can not read the answer (CVE-2026-40864)`,
      requestLine: 'POST /hub/accept-share',
      lines: mode(site),
    }),
  ),
  ...['/hub/home', '/hub/api/users', '/hub/spawn', '/', '/hub/logo/x'].map(path =>
    refused({
      title: `refuses ${path} as another page's picture (CVE-2026-40864)`,
      requestLine: `GET ${path}`,
      lines: mode('cross-site'),
    }),
  ),
  ...['/hub/favicon.ico', '/favicon.ico'].map(path =>
    passes({
      title: `takes ${path} as another page's picture`,
      requestLine: `GET ${path}`,
      lines: mode('cross-site'),
    }),
  ),
  passes({ title: "takes a page's own picture", requestLine: 'GET /hub/home', lines: mode('same-origin') }),
  passes({ title: "takes a server's own beacon", requestLine: 'POST /user/alice/beacon', lines: mode('same-origin') }),
  passes({ title: "takes a server's picture", requestLine: 'GET /user/alice/p.png', lines: mode('cross-site') }),
  refused({
    title: "refuses another page's beacon to a server (CVE-2026-40864)",
    requestLine: 'POST /user/alice/api/contents',
    lines: mode('cross-site'),
  }),
  passes({
    title: 'leaves it to a sound hub',
    requestLine: 'POST /hub/accept-share',
    lines: mode('cross-site'),
    config: 'sound',
  }),
];

const foreignChanges: readonly RequestRow[] = [
  ...['POST', 'PUT', 'PATCH', 'DELETE'].map(method =>
    refused({
      title: `refuses ${method} of another site (CVE-2020-36191)`,
      requestLine: `${method} /hub/api/users/bob`,
      lines: ['Origin: https://evil.example'],
    }),
  ),
  refused({
    title: 'refuses what a neighbour on the same site changes (CVE-2020-36191)',
    requestLine: 'POST /hub/spawn',
    lines: mode('same-site', 'navigate'),
  }),
  refused({
    title: "refuses a form with another page's Referer alone (CVE-2020-36191)",
    requestLine: 'POST /hub/spawn',
    lines: ['Referer: https://evil.example/hub.example/'],
  }),
  ...[
    mode('same-origin', 'navigate'),
    mode('none', 'navigate'),
    ['Origin: https://hub.example'],
    ['Referer: https://hub.example/hub/home?a=b'],
    [],
  ].map(lines =>
    passes({
      title: `takes what our own page or a program changes: ${lines.join(', ') || 'it says nothing'}`,
      requestLine: 'POST /hub/spawn',
      lines,
    }),
  ),
  {
    title: "takes an alias' own form",
    head: [
      'POST /hub/spawn HTTP/1.1',
      'Host: Alias.example',
      'Authorization: Bearer {alice}',
      'Origin: https://alias.example',
      empty,
    ],
    expect: {
      forward: ['POST /hub/spawn', 'Host: Alias.example', 'Origin: https://alias.example', '{forwarding 127.0.0.1}'],
      body: 'stream',
    },
  },
  passes({ title: "takes another site's link", requestLine: 'GET /hub/spawn', lines: mode('cross-site', 'navigate') }),
  passes({
    title: "takes another site's form to a server, which judges itself",
    requestLine: 'POST /user/alice/x',
    lines: ['Origin: https://evil.example'],
  }),
  passes({
    title: 'leaves forms of others to a sound hub',
    requestLine: 'POST /hub/spawn',
    lines: ['Origin: https://evil.example'],
    config: 'sound',
  }),
  {
    title: 'takes a token of the hub alone from any page',
    config: 'open',
    head: [
      'POST /hub/api/users/bob HTTP/1.1',
      host,
      'Authorization: token 0123456789abcdef',
      'Origin: https://evil.example',
      empty,
    ],
    expect: {
      forward: [
        ...atHub('POST /hub/api/users/bob', ['Origin: https://evil.example']),
        'Authorization: token 0123456789abcdef',
      ],
      body: 'stream',
    },
  },
];

const login = (length: number, path = '/hub/login'): string[] => [
  ...asAlice(`POST ${path}`, 'Content-Type: application/x-www-form-urlencoded'),
  `Content-Length: ${length}`,
];

const form = 'Content-Type: application/x-www-form-urlencoded';

const longLogins: readonly RequestRow[] = [
  {
    title: 'refuses a login of 8 KiB and one byte (CVE-2026-54338)',
    head: login(8193),
    expect: { refuse: 'body-too-large', status: 413 },
  },
  {
    title: 'takes a login of 8 KiB',
    head: login(8192),
    content: 'a'.repeat(8192),
    expect: { forward: atHub('POST /hub/login', [form]), body: 'stream' },
  },
  {
    title: 'takes a long form elsewhere',
    head: login(9000, '/hub/spawn'),
    content: 'a'.repeat(9000),
    expect: { forward: atHub('POST /hub/spawn', [form]), body: 'stream' },
  },
  {
    title: 'refuses a login without a length (CVE-2026-54338)',
    head: asAlice('POST /hub/login', form, 'Transfer-Encoding: chunked'),
    content: '0\r\n\r\n',
    expect: { refuse: 'length-required', status: 411 },
  },
  {
    title: 'leaves long logins to a sound hub',
    config: 'sound',
    head: login(9000),
    content: 'a'.repeat(9000),
    expect: { forward: atHub('POST /hub/login', [form]), body: 'stream' },
  },
];

function cookies(
  title: string,
  sentCookies: string,
  expected: string,
  path = '/hub/home',
  config: ConfigName = 'lab',
): RequestRow {
  return {
    title,
    config,
    head: asAlice(`GET ${path}`, `Cookie: ${sentCookies}`),
    expect: { forward: [...atHub(`GET ${path}`), ...(expected === '' ? [] : [`Cookie: ${expected}`])] },
  };
}

const twice = 'jupyterhub-hub-login=a; _xsrf=1; jupyterhub-hub-login=b; _xsrf=2';

const repeatedCookies: readonly RequestRow[] = [
  cookies('sends the hub no login that stands twice (CVE-2024-28233)', twice, '_xsrf=1; _xsrf=2'),
  cookies(
    'sends the hub no session that stands twice, and its login (CVE-2024-28233)',
    'jupyterhub-session-id=a; jupyterhub-hub-login=b; jupyterhub-session-id=c',
    'jupyterhub-hub-login=b',
  ),
  cookies(
    'counts a login in another crumb as one (CVE-2024-28233)',
    'jupyterhub-hub-login=a; x="1 jupyterhub-hub-login=b"; y=2',
    'y=2',
  ),
  cookies(
    "takes cookies of other names and the host's beside the path's",
    'jupyterhub-hub-login=a; __Host-jupyterhub-hub-login=b; x=1; x=2',
    'jupyterhub-hub-login=a; __Host-jupyterhub-hub-login=b; x=1; x=2',
  ),
  cookies('leaves repeats to a sound hub', twice, twice, '/hub/home', 'sound'),
  cookies(
    'leaves repeats to servers',
    'jupyterhub-session-id=a; jupyterhub-session-id=b',
    'jupyterhub-session-id=a; jupyterhub-session-id=b',
    '/user/alice/',
  ),
];

/** No hub from 0.9.6 to 6.1.1 reads a token or a user out of a query; servers do, and there its owner is asked for. */
const queries: readonly RequestRow[] = [
  ...['/hub/home', '/hub/user/alice/', '/hub/user-redirect/lab', '/hub/api/users'].map(path =>
    passes({
      title: `leaves a token in the query of ${path} alone, which no hub reads (P10)`,
      requestLine: `GET ${path}?token=0123456789abcdef`,
      lines: [],
    }),
  ),
  ...['javascript:alert(1)', 'javascript%3Aalert(1)', '%20javascript:alert(1)', 'data:text/html,x'].map(
    (next): RequestRow => ({
      title: `leaves no script in a link to a share: ${next} (GHSA-c4gm-pwx9-9w8j)`,
      config: 'sound',
      head: asAlice(`GET /hub/accept-share?code=c&next=${next}`),
      expect: { forward: atHub('GET /hub/accept-share?code=c&next=%2Fhub%2Fhome') },
    }),
  ),
  {
    title: 'takes the user out of a login, by whatever spelling (P10)',
    head: asAlice('GET /hub/login?us%65rname=root&user=root&x=1'),
    expect: { forward: atHub('GET /hub/login?x=1', [], ['Remote-User: alice']) },
  },
];

const setUserData: readonly RequestRow[] = ['/hub/set-user-data', '/hub/set-user%2Ddata'].map(
  (path): RequestRow => ({
    title: `refuses ${path}, which believes whom it is sent`,
    config: 'header',
    head: asAlice(`POST ${path}`, 'Content-Type: application/json', 'Content-Length: 2'),
    content: '{}',
    expect: { refuse: 'endpoint-refused', status: 403 },
  }),
);

export const workaroundRows: readonly RequestRow[] = [
  ...noCors,
  ...foreignChanges,
  ...longLogins,
  ...repeatedCookies,
  ...queries,
  ...setUserData,
];
