/** M: what hurts the hub itself: mounts that are Python, names that fold, identities where users' code runs. */
import type { ReasonId } from '../../../src/gate/reasons.ts';
import type { ConfigName } from '../../contract/configs.ts';
import { asAlice, atHub, host } from '../../contract/rows/lines.ts';
import type { AttackRow, RequestSpelling } from '../attack.ts';
import { byToken, kept, login, refused, server, shown } from '../spell.ts';
import { unaskedErrands } from './tagged-cookies.ts';

const mountPython =
  "Mount: {'HOST': 'files.example', 'USERNAME': 'alice', 'PATH': '/home/alice', 'MOUNTSSHPRIVATEKEY': '-----\\x0ak\\x27e\\x5cy\\x0a-----\\x0a'}";

const literals = [
  "{'HOST': 'evil'}",
  `${'-'.repeat(3000)}1`,
  '('.repeat(3000),
  `${'1+'.repeat(1500)}1`,
  `${'{1:'.repeat(150)}1${'}'.repeat(150)}`,
  '1'.repeat(5000),
  '{..}#comment',
  '{1, 2}',
  "b'x'",
  '...',
  "{'HOST': __import__('os')}",
  "{'HOST': 'a'} #",
];

function mounting(value: string): RequestSpelling[] {
  return [`Mount: ${value}`, `mOUNT: ${value}`, `HTTP_MOUNT: ${value}`].map(line => ({
    name: shown(line),
    config: 'mount',
    head: [`GET /jh${login} HTTP/1.1`, host, 'Authorization: Bearer {mounted}', line],
    expect: { atHub: atHub(`GET /jh${login}`, [], ['Remote-User: alice', mountPython]) },
  }));
}

function mountRefused(token: string, config: 'mount' | 'header'): RequestSpelling {
  const path = config === 'mount' ? `/jh${login}` : login;
  return {
    name: `the mount of "${token}" (${config})`,
    config,
    head: [`GET ${path} HTTP/1.1`, host, `Authorization: Bearer {${token}}`, "Mount: {'HOST': 'evil'}"],
    expect: { refused: 'data-invalid' },
  };
}

function told(name: string, user: string, config: ConfigName = 'lab'): RequestSpelling {
  return {
    name: `${shown(name)} is ${shown(user)} (${config})`,
    config,
    head: [`GET ${login} HTTP/1.1`, host, `Authorization: Bearer {=${name}}`],
    expect: { atHub: atHub(`GET ${login}`, [], [`Remote-User: ${user}`]) },
  };
}

const named = (name: string, reason: ReasonId, config: ConfigName = 'lab'): RequestSpelling =>
  byToken(`=${name}`, reason, config);

const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

const unfit = [
  ...[
    '../x',
    '..',
    '.',
    'a/b',
    'a\\b',
    'a%2fb',
    '%2e%2e',
    '-rf',
    '--help',
    '-',
    '_ü',
    'al ice',
    ' alice',
    'alice ',
    'alice\t',
  ],
  ...[
    'alice\n',
    'alice\0',
    'alice,root',
    'alice;root',
    'alice=root',
    'a:b',
    'a@b',
    '$(id)',
    '`id`',
    '"alice"',
    "'alice'",
  ],
  ...[
    '<b>',
    'alice#',
    'alice?',
    '*',
    '~',
    '~root',
    '__proto__',
    'root\r\nRemote-User: root',
    'a'.repeat(64),
    'a'.repeat(6000),
  ],
  ...['Root', 'ROOT', 'none', 'NONE', 'null', 'undefined', 'unknown', 'anonymous'],
];

const elsewhere = [
  '/hub/home',
  '/hub/api/user',
  '/hub/logout',
  '/hub/health',
  '/hub/metrics',
  '/hub/oauth_callback',
  '/hub/login/',
  '/hub/login/x',
  '/hub/LOGIN',
  '/metrics',
  '/login',
  '/user/alice/hub/login',
  '/user/mallory/hub/login',
  '/user/alice/oauth_callback?code=x',
  '/services/x/hub/login',
];

/** A user's server that a token, a sign-in proxy and their cookies come by. */
const secretLines = [
  'X-Auth-Request-Access-Token: secret',
  'X-Forwarded-Access-Token: secret',
  'X-Auth-Request-Email: alice@example.org',
  'Cookie: _oauth2_proxy=secret; a=1; __Host-hubgate-0a1b2c3d=secret',
];

/** Family M. */
export const hubRows: readonly AttackRow[] = [
  {
    id: 'M1',
    spellings: [
      ...literals.flatMap(mounting),
      kept(login, ["Mount: {'HOST': 'evil'}", 'MOUNT: {}']),
      kept(server, ["Mount: {'HOST': 'evil'}", 'HTTP_MOUNT: {}']),
      ...['mount-extra', 'mount-short', 'mount-text', 'mount-large'].map(token => mountRefused(token, 'mount')),
      ...['bob', 'carol', 'mallory'].map(token => mountRefused(token, 'header')),
      ...literals.slice(0, 4).map(
        (value): RequestSpelling => ({
          name: `POST /hub/mount with ${shown(value)}`,
          config: 'mounting',
          head: [
            'POST /hub/mount HTTP/1.1',
            host,
            'Authorization: Bearer {mounted}',
            `Mount: ${value}`,
            'Content-Length: 0',
          ],
          doors: ['proxy'],
          expect: { atHub: atHub('POST /hub/mount', [], ['Remote-User: alice', mountPython]) },
        }),
      ),
      ...(['delivering', 'deliveringData'] as const).map(
        (config): RequestSpelling => ({
          name: `a POST of the client's own where the gate is to deliver (${config})`,
          config,
          head: asAlice(
            `POST ${config === 'delivering' ? '/hub/mount' : '/hub/data'}`,
            'Mount: {}',
            'Content-Length: 0',
          ),
          doors: ['proxy'],
          expect: { refused: 'endpoint-refused' },
        }),
      ),
    ],
  },
  {
    id: 'M2',
    spellings: [
      told('Jürgen', utf8('jürgen'), 'unicode'),
      told('ju\u0308rgen', utf8('jürgen'), 'unicode'),
      told('Jürgen', 'j\xfcrgen', 'unicodeHeader'),
      {
        name: 'Alice is alice',
        head: [`GET ${login} HTTP/1.1`, host, 'Authorization: Bearer {Alice}'],
        expect: { atHub: atHub(`GET ${login}`, [], ['Remote-User: alice']) },
      },
      byToken('Alice', 'user-ambiguous', 'people'),
      byToken('cel-system', 'not-allowed', 'expressions'),
      byToken('cel-system-capitals', 'not-allowed', 'expressions'),
      byToken('dora', 'user-ambiguous', 'people'),
      byToken('sly', 'not-allowed', 'people'),
      ...['alice.smith', 'alice_smith', 'alicesmith', 'Alice-Smith'].map(
        (name): RequestSpelling => ({
          name: `${name}, whom the hub makes one user with others (folding)`,
          config: 'folding',
          peer: '127.0.0.3',
          head: [`GET ${login} HTTP/1.1`, host, `X-Auth-Request-Preferred-Username: ${name}`],
          expect: { refused: 'user-ambiguous' },
        }),
      ),
      ...['Jürgen', 'café', 'cafe\u0301', 'аlice', 'ａlice', 'ali\u200bce', '\ufeffalice'].map(name =>
        named(name, 'user-invalid'),
      ),
      named('Иван', 'user-invalid', 'unicodeHeader'),
      named('раура', 'user-ambiguous', 'unicode'),
      named('lærke', 'user-ambiguous', 'unicode'),
    ],
  },
  {
    id: 'M3',
    spellings: [
      ...['İnci', 'ſam', '\u212aate', 'ALİCE', 'alice\u202e', 'a\u202eb', 'işik'].map(name =>
        named(name, 'user-invalid'),
      ),
      ...['İnci', 'ſam', 'ａlice', 'a\u200bb', 'a\u202eb', 'م٢2', 'ü-Й'].map(name =>
        named(name, 'user-invalid', 'unicode'),
      ),
      ...['işik', 'weiß', 'γιώργοσ'].map(name => named(name, 'user-ambiguous', 'unicode')),
      ...['GÜNTHER', 'gu\u0308nther'].map(name => named(name, 'not-allowed', 'unicode')),
      byToken('cel-kelvin', 'claim-invalid', 'expressions'),
    ],
  },
  {
    id: 'M4',
    spellings: [
      ...unfit.map(name => named(name, 'user-invalid')),
      byToken('root', 'user-invalid'),
      byToken('lengthy', 'user-invalid'),
      byToken('root', 'user-invalid', 'people'),
      told('a'.repeat(63), 'a'.repeat(63)),
      told('service-x', 'service-x'),
    ],
  },
  {
    id: 'M5',
    spellings: [
      named('a'.repeat(6000), 'user-invalid'),
      named('a'.repeat(64), 'user-invalid'),
      {
        name: 'an asserted name of 12 000 letters',
        peer: '127.0.0.3',
        head: [`GET ${login} HTTP/1.1`, host, `X-Auth-Request-Preferred-Username: ${'a'.repeat(12_000)}`],
        doors: ['proxy'],
        expect: { refused: 'user-invalid' },
      },
      {
        name: 'a method, a target and names that are long',
        head: [
          `GET /user/alice/${'a'.repeat(7000)} HTTP/1.1`,
          host,
          'Authorization: Bearer {alice}',
          `Remote-${'a'.repeat(5000)}: root`,
        ],
        expect: { atHub: atHub(`GET /user/alice/${'a'.repeat(7000)}`) },
      },
      kept(
        login,
        Array.from({ length: 90 }, (_, at) => `Remote-${'x'.repeat(100)}-${at}: root`),
        [],
        { name: '90 long reserved names' },
      ),
      refused('request-ambiguous', login, [`Connection: Remote-${'a'.repeat(5000)}`]),
      ...['/hub/login', '/hub/l%6fgin', '/login', '/hub/signup'].map(
        (path): RequestSpelling => ({
          name: `a login form of 9 000 letters at ${path}`,
          head: asAlice(`POST ${path}`, 'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 9000'),
          doors: ['proxy'],
          expect: { refused: 'body-too-large' },
        }),
      ),
      {
        name: 'a login form without a length',
        head: asAlice('PUT /hub/login', 'Content-Type: multipart/form-data', 'Transfer-Encoding: chunked'),
        content: '0\r\n\r\n',
        doors: ['proxy'],
        expect: { refused: 'length-required' },
      },
      {
        name: 'a Host of 5 000 letters',
        head: [`GET ${login} HTTP/1.1`, `Host: ${'a'.repeat(5000)}`],
        expect: { refused: 'request-ambiguous' },
      },
    ],
  },
  {
    id: 'M6',
    spellings: [
      ...unaskedErrands,
      ...elsewhere.map(
        (path): RequestSpelling => ({
          name: `no identity, data or mount on ${path}`,
          config: 'header',
          head: [
            `GET ${path} HTTP/1.1`,
            host,
            'Authorization: Bearer {state}',
            'Remote-User: root',
            'State: x',
            'Mount: {}',
          ],
          expect: { atHub: atHub(`GET ${path}`) },
        }),
      ),
      ...['/user/alice/lab', '/user/mallory/lab', '/services/x/', '/hub/home'].map(
        (path): RequestSpelling => ({
          name: `no credential of the sign-in's on ${path}`,
          head: asAlice(`GET ${path}`, ...secretLines),
          expect: { atHub: [`GET ${path}`, host, '{forwarding 127.0.0.1}', 'Cookie: a=1'] },
        }),
      ),
      {
        name: 'no identity by POST',
        head: asAlice(`POST ${login}`, 'Content-Length: 0'),
        expect: { atHub: atHub(`POST ${login}`) },
      },
    ],
  },
];
