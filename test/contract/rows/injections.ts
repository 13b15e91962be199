/** What the gate writes, where, and in which form (M1, M4, M6, H4, H5, H17). */
import type { ReasonId } from '../../../src/gate/reasons.ts';
import type { RequestRow } from '../row.ts';
import { asAlice, atHub, handshake, handshakeAtHub, host } from './lines.ts';

const login = 'GET /hub/login';
const mountJson =
  'Mount: {"HOST":"files.example","USERNAME":"alice","PATH":"/home/alice","MOUNTSSHPRIVATEKEY":"-----\\nk\'e\\\\y\\n-----\\n"}';
const mountPython =
  "Mount: {'HOST': 'files.example', 'USERNAME': 'alice', 'PATH': '/home/alice', 'MOUNTSSHPRIVATEKEY': '-----\\x0ak\\x27e\\x5cy\\x0a-----\\x0a'}";

function by(token: string, requestLine: string, ...fields: readonly string[]): string[] {
  return [`${requestLine} HTTP/1.1`, host, `Authorization: Bearer {${token}}`, ...fields];
}

const mountFromProvider =
  'Mount: {"HOST":"files.example","USERNAME":"alice","PATH":"/home/alice","MOUNTSSHPRIVATEKEY":"-----\\nk\'e\\\\y\\n-----\\n","PORT":"22"}';

function refused(
  config: 'header' | 'mount' | 'needed' | 'spared',
  token: string,
  refuse: ReasonId,
  rule: string,
): RequestRow {
  const path = config === 'mount' ? '/jh/hub/login' : '/hub/login';
  return {
    title: `refuses ${rule} (M1, H17)`,
    config,
    head: by(token, `GET ${path}`, 'Mount: {}'),
    expect: { refuse, status: 403 },
  };
}

const payloads = [
  "{'HOST': 'evil'}",
  `${'-'.repeat(3000)}1`,
  `${'('.repeat(3000)}`,
  `${'1+'.repeat(1500)}1`,
  '{..}#comment',
  '...',
  "{'HOST': __import__('os')}",
];

const mountPayloads = payloads.map(
  (value): RequestRow => ({
    title: `writes its own Mount whatever the client's begins with: ${value.slice(0, 20)} (M1)`,
    config: 'mount',
    head: by('mounted', 'GET /jh/hub/login', `Mount: ${value}`, `mount: ${value}`),
    expect: { forward: atHub('GET /jh/hub/login', [], ['Remote-User: alice', mountPython]) },
    spoofed: ['mount'],
  }),
);

const elsewhere = [
  '/hub/home',
  '/hub/api/user',
  '/hub/logout',
  '/hub/health',
  '/metrics',
  '/hub/oauth_callback',
  '/hub/login/x',
  '/user/alice/hub/login',
  '/services/x/hub/login',
  '/user/alice/',
];

const leastExposure = elsewhere.map(
  (path): RequestRow => ({
    title: `writes no identity, data or mount on ${path} (M6)`,
    config: 'header',
    head: by('state', `GET ${path}`, 'Remote-User: root'),
    expect: { forward: atHub(`GET ${path}`) },
  }),
);

/** Rows on what is written. */
export const injectionRows: readonly RequestRow[] = [
  ...mountPayloads,
  ...leastExposure,
  {
    title: 'writes user, data and mount of HeaderAuthenticator on one request, spelled as configured (H5)',
    config: 'header',
    head: by('state', login, 'state: x', 'X_Team: y'),
    expect: {
      forward: atHub(login, [], ['Remote-User: alice', 'State: caf\xe9', 'X-Team: {"name":"x","size":2}', mountJson]),
    },
  },
  {
    title: "leaves a data header out whose claim is absent, and takes the client's off (H4, CVE-2026-30851)",
    config: 'header',
    head: by('alice', login, 'State: admin', 'X-Team: admin', 'Course: admin'),
    expect: { forward: atHub(login, [], ['Remote-User: alice', mountJson]) },
    spoofed: ['state', 'x-team', 'course'],
  },
  {
    title: 'writes what the sign-in proxy asserted beside the user',
    config: 'header',
    peer: '127.0.0.3',
    head: [`${login} HTTP/1.1`, host, 'X-Auth-Request-State: course-7', 'X-Auth-Request-Preferred-Username: alice'],
    expect: { forward: [login, host, '{forwarding 127.0.0.3}', 'Remote-User: alice', 'Course: course-7', mountJson] },
  },
  refused('header', 'state-crlf', 'data-invalid', 'a claim with line ends for a data header'),
  refused('header', 'state-wide', 'data-invalid', 'a claim beyond latin1 for a data header'),
  refused('header', 'bob', 'data-invalid', 'a user whose mount is not there'),
  refused('header', 'carol', 'data-invalid', 'a mount file with a number in it'),
  refused('header', 'mallory', 'data-invalid', 'a mount file that is no JSON'),
  {
    title: 'answers 503 where the mount file can not be read',
    config: 'header',
    head: by('mallet', login),
    expect: { refuse: 'data-unavailable', status: 503 },
  },
  {
    title: 'writes what providers and a file per user say, keys of its own last and expiresAt nowhere (H17, M1)',
    config: 'provider',
    head: by('alice', login, 'State: x', 'Course: y', "Mount: {'HOST': 'evil'}"),
    expect: {
      forward: atHub(
        login,
        [],
        [
          'Remote-User: alice',
          'State: {"level":3,"tags":["a","\\u00e9"]}',
          mountJson.replace('Mount', 'Course'),
          mountFromProvider,
        ],
      ),
    },
    spoofed: ['state', 'course', 'mount'],
  },
  {
    title: 'leaves out what neither provider nor file has of the user, and an optional mount with it',
    config: 'provider',
    head: by('bob', login, 'State: x', 'Course: y', "Mount: {'HOST': 'evil'}"),
    expect: { forward: atHub(login, [], ['Remote-User: bob']) },
    spoofed: ['state', 'course', 'mount'],
  },
  {
    title: 'answers 503 where the provider of data can not be asked, whatever is optional',
    config: 'provider',
    head: by('mallet', login),
    expect: { refuse: 'data-unavailable', status: 503 },
  },
  {
    title: 'answers 503 where the provider of the mount can not be asked',
    config: 'needed',
    head: by('mallet', login),
    expect: { refuse: 'data-unavailable', status: 503 },
  },
  {
    title: 'answers 503 where the mount has expired',
    config: 'needed',
    head: by('erin', login),
    expect: { refuse: 'data-unavailable', status: 503 },
  },
  {
    title: 'asks no provider on a path that gets nothing of it',
    config: 'needed',
    head: by('mallet', 'GET /hub/home'),
    expect: { forward: atHub('GET /hub/home') },
  },
  ...(['mallet', 'erin'] as const).map(
    (user): RequestRow => ({
      title: `logs ${user} in without an optional mount, whose provider ${user === 'mallet' ? 'can not be asked' : 'gives one that has expired'}`,
      config: 'spared',
      head: by(user, login, "Mount: {'HOST': 'evil'}"),
      expect: { forward: atHub(login, [], [`Remote-User: ${user}`]) },
      spoofed: ['mount'],
    }),
  ),
  refused('spared', 'carol', 'data-invalid', 'a wrong one, though none is needed'),
  refused('needed', 'bob', 'data-invalid', 'a user of whom the provider has no mount'),
  refused('needed', 'carol', 'data-invalid', 'a number in a key of its own'),
  refused('needed', 'mallory', 'data-invalid', 'an expiresAt that is no time'),
  {
    title: "leaves an optional mount out, and takes the client's off",
    config: 'mount',
    head: asAlice('GET /jh/hub/login', "Mount: {'HOST': 'evil'}"),
    expect: { forward: atHub('GET /jh/hub/login', [], ['Remote-User: alice']) },
  },
  refused('mount', 'mount-extra', 'data-invalid', 'a mount with a key of its own'),
  refused('mount', 'mount-short', 'data-invalid', 'a mount without its keys'),
  refused('mount', 'mount-text', 'data-invalid', 'a mount that is text'),
  refused('mount', 'mount-large', 'data-invalid', 'a mount over 8 KiB'),
  {
    title: 'writes the identity of a custom policy on its paths, on any method',
    config: 'custom',
    head: asAlice('DELETE /services/who/am-i?x'),
    expect: { forward: atHub('DELETE /services/who/am-i?x', [], ['X-Lab-User: alice']) },
  },
  {
    title: 'writes the identity of a custom policy on no other spelling of its paths',
    config: 'custom',
    head: asAlice('GET /services/who/%61m-i'),
    expect: { forward: atHub('GET /services/who/%61m-i') },
  },
  ...['/', '/hub/x', '/user/bob/x', '/services/y/', '/any/thing'].map(
    (path): RequestRow => ({
      title: `with /**, writes the identity on ${path}`,
      config: 'general',
      head: asAlice(`GET ${path}`, 'X_App_User: root'),
      expect: { forward: atHub(`GET ${path}`, [], ['X-App-User: alice']) },
      spoofed: ['x-app-user'],
    }),
  ),
  {
    title: 'with /**, passes fields that nobody knows on other paths, and its own on upgrades',
    config: 'general',
    head: asAlice('GET /app/socket', 'X-Any: 1', 'Remote-User: root', ...handshake),
    expect: {
      forward: atHub('GET /app/socket', ['X-Any: 1', ...handshakeAtHub], ['X-App-User: alice']),
      protocol: 'websocket',
    },
  },
  {
    title: 'with /**, leaves an application its own empty segments',
    config: 'general',
    head: asAlice('GET /app//x/a%2Fb'),
    expect: { forward: atHub('GET /app//x/a%2Fb', [], ['X-App-User: alice']) },
  },
];
