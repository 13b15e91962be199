/** H: identity smuggled in a header, a cookie, a claim, or in what servers read differently. */

import type { ReasonId } from '../../../src/gate/reasons.ts';
import { written } from '../../config/written.ts';
import { balancerArn } from '../../contract/configs.ts';
import { alice, asAlice, atHub, host } from '../../contract/rows/lines.ts';
import type { AttackRow, ConfigSpelling, RequestSpelling } from '../attack.ts';
import { byToken, canonical, kept, login, refused, server, shown, takenOff, unproven } from '../spell.ts';
import { brokenCookies, repeatedCookies } from './sessions.ts';
import { repeatedHubCookies } from './tagged-cookies.ts';
import { tossedCookies } from './user-hosts.ts';

/** A login with a token in the header that load balancers fill. */
function albToken(token: string, expect: RequestSpelling['expect']): RequestSpelling {
  const head = [`GET ${login} HTTP/1.1`, host, `X-Amzn-Oidc-Data: {${token}}`];
  // A WebSocket with a proof that a browser is given needs its Origin, whosever proof it is.
  const doors = 'atHub' in expect ? { doors: ['proxy'] as const } : {};
  return { name: `the token of ${shown(token)} in X-Amzn-Oidc-Data`, config: 'alb', head, expect, ...doors };
}

/** A config that would take keys from elsewhere, or tokens of anybody. */
function balancerOf(region: string, signer: string, problemKey: 'region' | 'signer'): ConfigSpelling {
  return {
    name: `a load balancer of ${region} with the ARN ${signer}`,
    config: written({
      jwt: `[{ issuer: { url: i, audiences: [a] }, keys: { alb: { region: '${region}', signer: '${signer}' } } }]`,
    }),
    problemAt: `jwt[0].keys.alb.${problemKey}`,
  };
}

/** Every character that a field name may hold beside letters and digits (RFC 9110 §5.6.2). */
const separators = ['!', '#', '$', '%', '&', "'", '*', '+', '-', '.', '^', '_', '`', '|', '~'];

const otherSpellings = [
  ...separators.map(separator => `Remote${separator}User`),
  'Remote_user',
  'REMOTE_USER',
  'remote_USER',
  'Remote--User',
  'Remote__User',
  'HTTP_REMOTE_USER',
  'Http-Remote_User',
  'X_Remote_User',
  'X-Remote_Group',
  'REMOTE_GROUPS',
  'MOUNT',
  'HTTP_MOUNT',
  'X_Hubgate_User',
  'X.Hubgate.User',
  'X_Forwarded_User',
  'X-Forwarded_User',
  'X_Auth_Request_Preferred_Username',
  'X-Auth-Request_User',
  'OIDC_CLAIM_preferred_username',
  'Proxy',
];

const forwardingSpellings: readonly (readonly [string, string])[] = [
  ['X_Forwarded_Proto: http', 'x-forwarded-proto'],
  ['X_Forwarded_For: 10.0.0.1', 'x-forwarded-for'],
  ['X-Forwarded_Host: evil', 'x-forwarded-host'],
  ['X.Forwarded.Port: 1', 'x-forwarded-port'],
  ['X_Real_IP: 10.0.0.1', 'x-real-ip'],
  ['X_SCHEME: http', 'x-scheme'],
  ['HTTP_X_FORWARDED_PROTO: http', 'http-x-forwarded-proto'],
];

function folded(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '-').toLowerCase();
}

const mustReachTheGate = [
  'Remote-User',
  'remote_user',
  'X-Remote-User',
  'Mount',
  'X-Hubgate-Id',
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Real-IP',
  'X-Scheme',
  'Forwarded',
  'X-Auth-Request-Preferred-Username',
  'Proxy',
  'Host',
  'Cookie',
  'Authorization',
  'DPoP',
  'Content-Length',
  'Transfer-Encoding',
];

/** By the sign-in proxy's address, from which an assertion counts. */
function asserted(lines: readonly string[], expect: RequestSpelling['expect']): RequestSpelling {
  return {
    name: `asserted: ${lines.map(shown).join(', ')}`,
    peer: '127.0.0.3',
    head: [`GET ${login} HTTP/1.1`, host, ...lines],
    // A handshake without Origin would be refused for that.
    doors: ['proxy'],
    expect,
  };
}

const user = 'X-Auth-Request-Preferred-Username';

/** HeaderAuthenticator's login by a user whose token says nothing of the data that a header could. */
function withoutClaims(...lines: readonly string[]): RequestSpelling {
  return {
    name: `the claim is absent: ${lines.join(', ')}`,
    config: 'header',
    head: [`GET ${login} HTTP/1.1`, host, 'Authorization: Bearer {alice}', ...lines],
    expect: { atHub: atHub(`GET ${login}`, [], ['Remote-User: alice', mount]) },
  };
}

const mount =
  'Mount: {"HOST":"files.example","USERNAME":"alice","PATH":"/home/alice","MOUNTSSHPRIVATEKEY":"-----\\nk\'e\\\\y\\n-----\\n"}';

function spelled(line: string): RequestSpelling {
  return {
    name: `${line} where the config says x-auth-user`,
    config: 'spelled',
    head: asAlice(`GET ${login}`, line),
    expect: { atHub: atHub(`GET ${login}`, [], ['x-auth-user: alice']) },
  };
}

function family(...lines: readonly string[]): RequestSpelling[] {
  return [login, server].map(path => kept(path, lines));
}

const controls = [
  'X-Envoy-Original-Path: /hub/static/a.js',
  'X-Envoy-Original-Host: evil',
  'X-Envoy-Internal: true',
  'X-Original-URL: /hub/static/a.js',
  'X-Rewrite-URL: /hub/static/a.js',
  'X-HTTP-Method-Override: POST',
  'X-Method-Override: POST',
  'X-Original-Method: POST',
];

const internals = [
  'X-Middleware-Subrequest: middleware:middleware:middleware:middleware:middleware',
  'X-Middleware-Subrequest: src/middleware',
  'X-Middleware-Rewrite: /hub/admin',
  'X-Middleware-Next: 1',
];

const gateNames = ['X-Hubgate-Internal: 1', 'X-Hubgate-User: root', 'X_Hubgate_Skip: auth', 'X-Hubgate-Request-Id: x'];

const probes = ['GoogleHC/1.0', 'kube-probe/1.31', 'ELB-HealthChecker/2.0', 'Envoy/HC', 'Consul Health Check'];

const memberNames = [
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toString',
  'valueOf',
  '__defineGetter__',
];

const post = 'POST /user/alice/api/contents';

function trailers(name: string, requestLine: string, ...lines: readonly string[]): RequestSpelling {
  return {
    name: `${name}, ${requestLine}`,
    head: asAlice(requestLine, 'Transfer-Encoding: chunked', 'Trailer: Remote-User'),
    content: `5\r\nhello\r\n0\r\n${lines.map(line => `${line}\r\n`).join('')}\r\n`,
    expect: { atHub: atHub(requestLine), payload: 'hello' },
  };
}

function badTrailers(name: string, rest: string): RequestSpelling {
  return {
    name,
    head: asAlice('DELETE /hub/api/x', 'Transfer-Encoding: chunked'),
    content: `5\r\nhello\r\n0\r\n${rest}`,
    expect: { refused: 'request-ambiguous' },
  };
}

function cookies(path: string, sent: readonly string[], goOn: string): RequestSpelling {
  return {
    name: `${sent.map(shown).join(' | ')} on ${path}`,
    head: asAlice(`GET ${path}`, ...sent.map(value => `Cookie: ${value}`)),
    expect: {
      atHub:
        path === login
          ? [
              `GET ${path}`,
              host,
              '{forwarding 127.0.0.1}',
              ...(goOn === '' ? [] : [`Cookie: ${goOn}`]),
              'Remote-User: alice',
            ]
          : [`GET ${path}`, host, '{forwarding 127.0.0.1}', ...(goOn === '' ? [] : [`Cookie: ${goOn}`])],
    },
  };
}

const balancer = 'X-Goog-IAP-JWT-Assertion';

/** A login in front of which a balancer's header carries tokens. */
function balanced(lines: readonly string[], expect: RequestSpelling['expect'], peer = '127.0.0.1'): RequestSpelling {
  return {
    name: `a header that carries tokens: ${lines.map(shown).join(', ')} from ${peer}`,
    config: 'carriers',
    peer,
    head: [`GET ${login} HTTP/1.1`, host, ...lines],
    // A handshake without Origin would be refused for that.
    doors: ['proxy'],
    expect,
  };
}

const refusedFor = (refused: ReasonId): RequestSpelling['expect'] => ({ refused });

/** Cookies of which none but the last may go up, where `lab_jwt` carries tokens. */
const carryingCookies = [
  'lab_jwt={alice}',
  'LAB_JWT={alice}',
  '"lab_jwt"={alice}',
  'a="x, lab_jwt={alice}"',
  '$Version=1, lab_jwt={alice}',
  '$lab_jwt={alice}',
  'lab%5fjwt={alice}',
  'lab%255Fjwt={alice}',
  '+lab_jwt={alice}',
  'lab_jwt\xa0={alice}',
  "'lab_jwt'={alice}",
].map(crumb => `${crumb}; b=2`);

/** Whatever of a cookie's name may go on, none that carries a token does. */
function carryingCookie(path: string, cookie: string, proof: readonly string[]): RequestSpelling {
  const isLogin = path === login;
  const lines = isLogin ? ['Cookie: b=2', 'Remote-User: alice'] : ['Cookie: b=2'];
  return {
    name: `a cookie that carries tokens: ${shown(cookie)} on ${path}`,
    config: 'carriers',
    head: [`GET ${path} HTTP/1.1`, host, ...proof, `Cookie: ${cookie}`],
    expect: { atHub: atHub(`GET ${path}`, [], lines) },
  };
}

const identityCookies = [
  'username=root',
  'token=stolen',
  'USERNAME=root',
  'Token=stolen',
  ' username = root',
  'username',
  '"username"=root',
  'username="root"',
  'username%3droot',
  'username%3Droot=x',
  '%75sername=root',
  '$Version=1,username=root',
  '$Version="1" username="root"',
  'a="b, username=root"',
  'a=b username=root',
  '\xa0username=root',
  '\x85token=root',
  '=username=root',
  '__Host-hubgate-0a1b2c3d=x',
  'hubgate-state=x',
  '_oauth2_proxy=x',
  '__Host-_oauth2_proxy_1=x',
  'mod_auth_openidc_session=x',
  '_shibsession_64656661756c74=x',
  'authelia_session=x',
  'CF_Authorization=x',
  'IdToken-5f93c2e4=x',
];

/** Heads of which servers make two. */
const splits: readonly (readonly [name: string, ...lines: string[]])[] = [
  ['a bare LF before the name', 'X: a\nRemote-User: root'],
  ['a bare CR before the name', 'X: a\rRemote-User: root'],
  ['a bare LF after the name', 'Remote-User\n: root'],
  ['a bare LF behind a value', 'Remote-User: root\n'],
  ['CR CR LF', 'X: a\r'],
  ['LF CR', 'X: a\n\rRemote-User: root'],
  ['a folded line by a space', 'X: a', ' Remote-User: root'],
  ['a folded line by a tab', 'X: a', '\tRemote-User: root'],
  ['a folded first line', ' Remote-User: root'],
  ['a folded reserved value', 'Remote-User:', ' root'],
  ['a NUL in a value', 'X: a\0'],
  ['a NUL in a name', 'Remote\0-User: root'],
  ['a NUL in front', '\0Remote-User: root'],
  ['a space before the colon', 'Remote-User : root'],
  ['a tab before the colon', 'Remote-User\t: root'],
  ['a space in the name', 'Remote User: root'],
  ['a tab around a value', 'X:\tRemote-User'],
  ['a vertical tab in a value', 'X: a\x0bRemote-User: root'],
  ['a form feed in a value', 'X: a\x0cRemote-User: root'],
  ['DEL in a value', 'X: a\x7f'],
  ['an escape in a value', 'X: a\x1b[2K'],
  ['no colon', 'Remote-User'],
  ['an empty name', ': root'],
  ['a byte above ASCII in the name', 'Remote-\xdcser: root'],
  ['UTF-8 LF lookalike (U+010A) in the name', 'X\xc4\x8aRemote-User: root'],
  ['a quoted name', '"Remote-User": root'],
  ['an early end with LF LF', 'X: a\n\nGET /hub/login HTTP/1.1\r\nHost: hub.example\r\nRemote-User: root'],
];

function raw(name: string, head: readonly string[]): RequestSpelling {
  return { name, head, doors: ['proxy'], expect: { refused: 'request-ambiguous' } };
}

const claims: readonly (readonly [token: string, reason: 'claim-invalid' | 'user-invalid'])[] = [
  ['crlf', 'user-invalid'],
  ['comma', 'user-invalid'],
  ['dots', 'user-invalid'],
  ['null-text', 'user-invalid'],
  ['empty', 'claim-invalid'],
  ['list', 'claim-invalid'],
  ['number', 'claim-invalid'],
  ['object', 'claim-invalid'],
  ['null', 'claim-invalid'],
  ['boolean', 'claim-invalid'],
  ['nameless', 'claim-invalid'],
  [`=${'a'.repeat(6000)}`, 'user-invalid'],
  ['=__proto__', 'user-invalid'],
  ['=alice\0', 'user-invalid'],
  ['=alice\n', 'user-invalid'],
  ['=alice,root', 'user-invalid'],
  ['=alice;root', 'user-invalid'],
];

const many = (count: number, lineOf: (at: number) => string): string[] =>
  Array.from({ length: count }, (_, at) => lineOf(at));

/** Family H. */
export const headerRows: readonly AttackRow[] = [
  {
    id: 'H1',
    spellings: [
      ...takenOff(['Remote-User: root'], { counted: ['remote-user'] }),
      ...takenOff(['Remote-User: root', 'Remote-User: toor'], { counted: ['remote-user'] }),
      ...takenOff(['ReMoTe-uSeR: root'], { counted: ['remote-user'] }),
      ...takenOff(['remote-user: root', 'REMOTE-USER: toor', 'Remote-User: alice'], { counted: ['remote-user'] }),
      ...takenOff(['Remote-User: alice,root']),
      ...takenOff(['Remote-User:']),
      ...takenOff(['Remote-Groups: admin', 'Remote-Name: root', 'Remote-Email: root@hub.example']),
      ...takenOff(["Mount: {'HOST': 'evil'}"], { counted: ['mount'] }),
      {
        name: 'before Host and proof',
        head: [`GET ${login} HTTP/1.1`, 'Remote-User: root', alice, 'Remote-User: root', host, 'Remote-User: root'],
        expect: { atHub: canonical(login) },
      },
      refused('header-spoofed', server, ['Remote-User: root'], { config: 'strict' }),
      refused('header-spoofed', login, ['remote-user: alice'], { config: 'strict' }),
      unproven(login, ['Remote-User: root']),
      unproven(server, ['Remote-User: root', 'Remote-User: toor']),
    ],
  },
  {
    id: 'H2',
    spellings: [
      ...otherSpellings.flatMap(name => takenOff([`${name}: root`], { counted: [folded(name)] })),
      ...forwardingSpellings.flatMap(([line, name]) => takenOff([line], { counted: [name] })),
      ...takenOff(otherSpellings.slice(0, 15).map(name => `${name}: root`)),
      ...['Remote_User', 'REMOTE_USER', 'X_Forwarded_Proto', 'X_Forwarded_User', 'HTTP_REMOTE_USER'].flatMap(name => [
        refused('header-spoofed', server, [`${name}: root`], { config: 'strict' }),
        unproven(login, [`${name}: root`]),
      ]),
      ...['X_App_User', 'X.App.User', 'x-app_user', 'HTTP_X_APP_USER'].map(
        (name): RequestSpelling => ({
          name: `${name} where a custom policy injects X-App-User everywhere`,
          config: 'general',
          head: asAlice('GET /any/thing', `${name}: root`),
          expect: { atHub: atHub('GET /any/thing', [], ['X-App-User: alice']) },
        }),
      ),
      asserted(['X_Auth_Request_Preferred_Username: root'], { refused: 'credential-missing' }),
      asserted([`${user}: alice`, 'X_Auth_Request_Preferred_Username: root'], {
        atHub: [`GET ${login}`, host, '{forwarding 127.0.0.3}', 'Remote-User: alice'],
      }),
    ],
  },
  {
    id: 'H3',
    spellings: [
      ...mustReachTheGate.map(name => refused('request-ambiguous', login, [`Connection: close, ${name}`])),
      ...mustReachTheGate.slice(0, 4).map(name => refused('request-ambiguous', server, [`Connection: ${name}`])),
      refused('request-ambiguous', login, ['Connection: close', 'connection: X-Mine', 'CONNECTION: Remote-User']),
      refused('request-ambiguous', login, ['Connection: close, Remote-User, X-Forwarded-For, X-Real-IP, Mount']),
      refused('request-ambiguous', login, ['Connection: ,,remote-user,,']),
      refused('request-ambiguous', login, ['Connection: "Remote-User"']),
      refused('request-ambiguous', login, ['Connection: Remote-User;q=1']),
      refused('request-ambiguous', login, ['Connection: Remote User']),
      kept(server, ['Connection: X-Mine', 'X-Mine: a', 'x-mine: b', 'X-Other: c'], ['X-Other: c']),
      kept(login, ['Connection: Accept, User-Agent', 'Accept: */*', 'User-Agent: x']),
      kept(server, [
        'Keep-Alive: timeout=5',
        'TE: trailers',
        'Proxy-Connection: keep-alive',
        'Proxy-Authorization: Basic x',
      ]),
    ],
  },
  {
    id: 'H4',
    spellings: [
      withoutClaims('State: admin'),
      withoutClaims('X-Team: admin', 'X_Team: admin'),
      withoutClaims('Course: admin', 'COURSE: root'),
      withoutClaims('Remote-Groups: admin', 'X-Auth-Request-Groups: admin'),
      withoutClaims('HTTP_STATE: admin'),
      unproven(login, ['Cookie: __Host-hubgate-00000000=not.a.session', 'Remote-User: root']),
      unproven(server, ['Cookie: __Host-hubgate-00000000=', 'Remote-Groups: admin']),
      unproven(login, ['Authorization:', 'Remote-User: root']),
      unproven(login, ['Authorization: Basic cm9vdDpyb290', 'Remote-User: root']),
      ...brokenCookies,
      byToken('no-keys-yet', 'keys-unavailable'),
      byToken('unknown-key', 'token-key-unknown'),
      byToken('mallet', 'data-unavailable', 'header'),
      byToken('mallory', 'data-invalid', 'header'),
    ],
  },
  {
    id: 'H5',
    spellings: [
      ...[
        'X-Auth-User: root',
        'x-auth-user: root',
        'X-AUTH-USER: root',
        'X_Auth_User: root',
        'HTTP_X_AUTH_USER: root',
      ].map(spelled),
      spelled('x-auth-user: alice'),
      {
        name: 'X-Auth-User on a path where it is not written',
        config: 'spelled',
        head: asAlice(`GET ${server}`, 'X-Auth-User: root', 'x-auth-USER: root'),
        expect: { atHub: atHub(`GET ${server}`) },
      },
    ],
  },
  {
    id: 'H6',
    spellings: [
      ...family('X-Forwarded-Prefix: /public'),
      ...family('X-Forwarded-Uri: /hub/static/a.js', 'X-Forwarded-Method: GET'),
      ...family('X-Forwarded-Path: /public', 'X-Forwarded-Server: evil', 'X-Forwarded-Nobody-Knows: x'),
      ...family('X-Forwarded-Host: evil', 'X-Forwarded-Port: 1', 'X-Forwarded-Proto: http', 'X-Forwarded-Scheme: http'),
      ...family('X-Forwarded-Ssl: off', 'X-Forwarded-Client-Cert: Subject="CN=root"'),
      ...family('X-Forwarded-User: root', 'X-Forwarded-Email: root@hub.example', 'X-Forwarded-Access-Token: x'),
      ...family('X-Original-Forwarded-For: 10.0.0.1', 'X-Original-Forwarded-Host: evil'),
      {
        name: 'by a stranger with a token',
        config: 'open',
        peer: '127.0.0.2',
        head: asAlice(
          `GET ${server}`,
          'X-Forwarded-Prefix: /public',
          'X-Forwarded-Host: evil',
          'X-Forwarded-For: 10.0.0.1',
        ),
        expect: { atHub: [`GET ${server}`, host, '{forwarding 127.0.0.2}'] },
        counted: ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-prefix'],
      },
    ],
  },
  {
    id: 'H7',
    spellings: [
      ...controls.flatMap(line => [kept(login, [line]), unproven('/hub/home', [line])]),
      kept('/hub/admin', controls),
      kept('/metrics', controls),
      unproven(server, ['X-Envoy-Original-Path: /healthz']),
    ],
  },
  {
    id: 'H8',
    spellings: [
      ...internals.flatMap(line => [kept(login, [line]), unproven('/hub/home', [line])]),
      ...gateNames.flatMap(line => [...takenOff([line]), unproven(login, [line])]),
    ],
  },
  {
    id: 'H9',
    spellings: [
      asserted([`${user}: alice,root`], { refused: 'assertion-ambiguous' }),
      asserted([`${user}: alice`, `${user}: root`], { refused: 'assertion-ambiguous' }),
      asserted([`${user}: alice`, `${user.toLowerCase()}: alice`], { refused: 'assertion-ambiguous' }),
      asserted([`${user}: `], { refused: 'assertion-ambiguous' }),
      asserted([`${user}: alice`, 'X-Auth-Request-Groups: lab', 'X-Auth-Request-Groups: admin'], {
        refused: 'assertion-ambiguous',
      }),
      asserted([`${user}: alice;root`], { refused: 'user-invalid' }),
      asserted([`${user}: alice root`], { refused: 'user-invalid' }),
      {
        name: 'a list claim stands in its header once, encoded',
        config: 'header',
        head: [
          `GET ${login} HTTP/1.1`,
          host,
          'Authorization: Bearer {state}',
          'X-Team: user,admin',
          'X-Team: root',
          'State: user',
          'State: admin',
        ],
        expect: {
          atHub: atHub(
            `GET ${login}`,
            [],
            ['Remote-User: alice', 'State: caf\xe9', 'X-Team: {"name":"x","size":2}', mount],
          ),
        },
      },
      kept(login, ['X-Role: user,admin']),
      kept(login, ['X-Role: user', 'X-Role: admin']),
    ],
  },
  {
    id: 'H10',
    spellings: [
      ...[
        'X-Amzn-Oidc-Data',
        'x-amzn-oidc-data',
        'X-Amzn-Oidc-Identity',
        'X-Amzn-Oidc-Accesstoken',
        'X_Amzn_Oidc_Data',
      ].flatMap(name => [...takenOff([`${name}: {forged}`]), unproven(login, [`${name}: {alice}`])]),
      ...['X-Goog-Iap-Jwt-Assertion', 'Cf-Access-Jwt-Assertion', 'X-Ms-Token-Aad-Id-Token'].map(name =>
        unproven(login, [`${name}: {alice}`]),
      ),
      albToken('alb', { atHub: atHub(`GET ${login}`, [], ['Remote-User: alice']) }),
      albToken('alb-padded', { atHub: atHub(`GET ${login}`, [], ['Remote-User: alice']) }),
      ...['by-another', 'elsewhere', 'by-nobody', 'by-two'].map(who =>
        albToken(`alb-${who}`, { refused: 'token-algorithm' }),
      ),
      albToken('alb-for-another', { refused: 'token-audience' }),
      albToken('alb-of-another', { refused: 'token-malformed' }),
      albToken('alice', { refused: 'token-algorithm' }),
      byToken('alb', 'credential-missing', 'alb'),
      balancerOf('eu-west-1.evil.example/', balancerArn, 'region'),
      balancerOf('../eu-west-1', balancerArn, 'region'),
      balancerOf('us-east-1', balancerArn, 'signer'),
      balancerOf('eu-west-1', balancerArn.replace('/app/', '/net/'), 'signer'),
      balancerOf('eu-west-1', `${balancerArn}*`, 'signer'),
      balanced([`${balancer}: {balanced}`], { atHub: atHub(`GET ${login}`, [], ['Remote-User: alice']) }),
      balanced([`${balancer}: {alice}`], refusedFor('token-issuer')),
      balanced([`${balancer}: {other-issuer}`], refusedFor('token-issuer')),
      balanced([`${balancer}: {forged}`], refusedFor('token-issuer')),
      balanced([`${balancer}: {balanced}`, `${balancer}: {balanced}`], refusedFor('request-ambiguous')),
      balanced([`${balancer}: {balanced}`, alice], refusedFor('credentials-disagree')),
      balanced(['Authorization: Bearer {balanced}'], refusedFor('token-issuer')),
      balanced(['X-Lab-Assertion: {balanced}'], refusedFor('token-issuer')),
      balanced([`${balancer}: {balanced}`], refusedFor('credential-missing'), '127.0.0.2'),
      balanced(['X_Goog_IAP_JWT_Assertion: {balanced}'], refusedFor('credential-missing')),
      balanced(['HTTP_X_GOOG_IAP_JWT_ASSERTION: {balanced}'], refusedFor('credential-missing')),
      ...takenOff(['X-Lab-Assertion: {alice}', 'X_Lab_Assertion: {bob}', 'x.lab.token: Lab {bob}'], {
        config: 'carriers',
      }),
    ],
  },
  {
    id: 'H11',
    spellings: [
      ...probes.map(agent => unproven('/hub/home', [`User-Agent: ${agent}`])),
      ...['/', '/hub/health', '/ping', '/ready', '/healthz', '/readyz', '/metrics'].map(path =>
        unproven(path, ['User-Agent: GoogleHC/1.0']),
      ),
    ],
  },
  {
    id: 'H12',
    spellings: [
      ...memberNames.flatMap(name => [
        kept(login, [`${name}: root`, `${name}: toor`]),
        kept(server, [`${name}: x`], [`${name}: x`]),
      ]),
      unproven(login, ['__proto__: x', 'constructor: x', 'Remote-User: root']),
      refused('request-ambiguous', login, ['Connection: __proto__, Remote-User']),
      kept(server, ['Connection: __proto__, constructor', 'Constructor: x', '__PROTO__: x']),
      cookies(server, ['__proto__=a; constructor=b; username=root'], '__proto__=a; constructor=b'),
      {
        name: 'the user "constructor" is a user like others',
        head: [`GET ${login} HTTP/1.1`, host, 'Authorization: Bearer {=constructor}'],
        expect: { atHub: atHub(`GET ${login}`, [], ['Remote-User: constructor']) },
      },
      {
        name: 'the user "constructor" is in no table by being a member of every object',
        config: 'people',
        head: [`GET ${login} HTTP/1.1`, host, 'Authorization: Bearer {=constructor}'],
        expect: { atHub: atHub(`GET ${login}`, [], ['Remote-User: constructor']) },
      },
      byToken('=__proto__', 'user-invalid'),
    ],
  },
  {
    id: 'H13',
    spellings: [
      trailers('one', post, 'Remote-User: root'),
      trailers('two', post, 'Remote-User: root', 'Mount: {}'),
      trailers('another spelling', post, 'REMOTE_USER: root'),
      trailers('a proof', post, 'Authorization: Bearer {bob}', 'Cookie: username=root', 'Host: evil'),
      trailers('one', 'DELETE /hub/api/x', 'Remote-User: root'),
      trailers('one', 'OPTIONS /hub/api/x', 'Remote-User: root'),
      badTrailers('a bare LF', 'Remote-User: root\n\n'),
      badTrailers('a folded one', 'X: a\r\n Remote-User: root\r\n\r\n'),
      badTrailers('without a colon', 'Remote-User\r\n\r\n'),
      badTrailers('framing', 'Content-Length: 500\r\nTransfer-Encoding: chunked\r\n\r\n'),
      badTrailers('NUL', 'X: a\0\r\n\r\n'),
      badTrailers('without an end', `${'X: a\r\n'.repeat(4000)}`),
    ],
  },
  {
    id: 'H14',
    spellings: [
      ...identityCookies.map(text => cookies(server, [`a=1; ${text}; b=2`], 'a=1; b=2')),
      ...identityCookies.slice(0, 12).map(text => cookies(login, [`a=1; ${text}; b=2`], 'a=1; b=2')),
      cookies(login, ['username=root', 'token=x'], ''),
      cookies(server, ['a=1', 'username=root', 'token=x; b=2', 'username=toor'], 'a=1; b=2'),
      cookies(server, ['username=root; username=alice; Username=x'], ''),
      cookies(server, ['$Version=1; username=root; $Path=/; $Domain=evil'], '$Version=1; $Path=/; $Domain=evil'),
      unproven(login, ['Cookie: username=root; token=stolen']),
      ...carryingCookies.flatMap(cookie => [
        carryingCookie(server, cookie, [alice]),
        carryingCookie(login, cookie, [alice]),
      ]),
      refused('request-ambiguous', login, ['Cookie: lab_jwt={alice}; lab_jwt={alice}'], { config: 'carriers' }),
      refused('request-ambiguous', login, ['Cookie: lab_jwt={alice}', 'Cookie: lab_jwt={alice}'], {
        config: 'carriers',
      }),
      refused('credentials-disagree', login, ['Cookie: lab_jwt={bob}'], { config: 'carriers' }),
      refused('credentials-disagree', login, ['Cookie: lab_jwt="{alice}"'], { config: 'carriers' }),
      unproven(login, ['Cookie: LAB_JWT={alice}; "lab_jwt"={alice}; lab%5fjwt={alice}'], { config: 'carriers' }),
      refused('request-ambiguous', server, ['Cookie: user\x7fname=root']),
      kept(server, ['Cookie2: $Version=1', 'HTTP_COOKIE: username=root'], ['Cookie2: $Version=1']),
    ],
  },
  {
    id: 'H15',
    spellings: [
      cookies('/hub/home', ['_xsrf=evil; _xsrf=good'], '_xsrf=evil; _xsrf=good'),
      cookies('/hub/home', ['_xsrf=evil', '_xsrf=good'], '_xsrf=evil; _xsrf=good'),
      cookies(server, ['__Host-hubgate-0a1b2c3d=a; __Host-hubgate-0a1b2c3d=b'], ''),
      cookies(server, ['__host-hubgate-0a1b2c3d=a', '__Secure-hubgate-0a1b2c3d=b; hubgate-0a1b2c3d=c'], ''),
      unproven(login, ['Cookie: __Host-hubgate-0a1b2c3d=a; __Host-hubgate-0a1b2c3d=b']),
      ...repeatedCookies,
      ...tossedCookies,
      ...repeatedHubCookies,
      cookies(server, ['jupyterhub-hub-login=a; __Host-jupyterhub-hub-login=b; x=1'], 'x=1'),
      cookies(
        server,
        ['jupyterhub-user-bob=a; __Host-jupyterhub-user-bob=b; jupyterhub-user-alice=c'],
        'jupyterhub-user-alice=c',
      ),
      cookies(server, ['a="x; jupyterhub-user-bob=b"; b="y jupyterhub-hub-login=z"; c=1'], 'a="x; c=1'),
      cookies('/services/who/', ['service-other=a; service-who=b; jupyterhub-user-alice=c'], 'service-who=b'),
    ],
  },
  {
    id: 'H16',
    spellings: [
      ...splits.flatMap(([name, ...lines]) => [refused('request-ambiguous', login, lines, { name })]),
      raw('LF for every line end', [asAlice(`GET ${login}`, 'Remote-User: root').join('\n')]),
      raw('CR for every line end', [asAlice(`GET ${login}`, 'Remote-User: root').join('\r')]),
      raw('LF behind the request line', [`GET ${login} HTTP/1.1\n${host}`, alice]),
      raw('CR LF in front', ['', ...asAlice(`GET ${login}`)]),
      raw('LF in front', [`\n${asAlice(`GET ${login}`).join('\r\n')}`]),
      raw('a space in front', [` GET ${login} HTTP/1.1`, host, alice]),
      raw('two spaces in the request line', [`GET  ${login} HTTP/1.1`, host, alice]),
      raw('a tab in the request line', [`GET\t${login} HTTP/1.1`, host, alice]),
      raw('a space behind the version', [`GET ${login} HTTP/1.1 `, host, alice]),
      raw('a folded request line', [`GET ${login} HTTP/1.1`, ` ${host}`, alice]),
      raw('a version of HTTP/1.2', [`GET ${login} HTTP/1.2`, host, alice]),
      raw('a version in lower case', [`GET ${login} http/1.1`, host, alice]),
      raw('HTTP/0.9', [`GET ${login}`, host, alice]),
    ],
  },
  {
    id: 'H17',
    spellings: [
      ...claims.map(([token, reason]) => byToken(token, reason)),
      byToken('state-crlf', 'data-invalid', 'header'),
      byToken('state-wide', 'data-invalid', 'header'),
      byToken('cel-crlf', 'data-invalid', 'expressions'),
      byToken('cel-root', 'user-invalid', 'expressions'),
      byToken('cel-two-ats', 'claim-invalid', 'expressions'),
      ...['alice\xff', '(null)', 'root', '../admin', 'alice%0d%0aMount:x'].map(name =>
        asserted([`${user}: ${name}`], { refused: name === 'alice\xff' ? 'assertion-ambiguous' : 'user-invalid' }),
      ),
    ],
  },
  {
    id: 'H18',
    spellings: [
      refused('headers-too-large', login, [`X: ${'a'.repeat(16 * 1024)}`]),
      refused('headers-too-large', server, [`X: ${'a'.repeat(16 * 1024)}`]),
      refused('headers-too-large', server, [`X: ${'a'.repeat(15_200)}`]),
      refused('headers-too-large', server, [`Cookie: a=${'a'.repeat(15_200)}`]),
      refused(
        'headers-too-large',
        server,
        many(90, at => `X-${at}: ${'a'.repeat(180)}`),
        { name: '90 fields of 180 bytes' },
      ),
      refused('headers-too-large', login, [`${'X'.repeat(16 * 1024)}: a`]),
      refused('headers-too-large', server, [`X: ${'a'.repeat(800)}`], { config: 'narrow' }),
      kept(server, [`X: ${'a'.repeat(12_000)}`, 'Y: the end'], [`X: ${'a'.repeat(12_000)}`, 'Y: the end']),
      kept(login, [`X: ${'a'.repeat(14_000)}`]),
      {
        name: 'a target beyond limits.targetBytes',
        head: asAlice(`GET /user/alice/${'a'.repeat(8192)}`),
        expect: { refused: 'target-too-long' },
      },
      {
        name: 'a target beyond the whole head',
        head: asAlice(`GET /user/alice/${'a'.repeat(20_000)}`),
        doors: ['proxy'],
        expect: { refused: 'headers-too-large' },
      },
    ],
  },
  {
    id: 'H19',
    spellings: [
      refused(
        'headers-too-large',
        login,
        many(3000, () => 'X: a'),
        { name: '3000 × X: a' },
      ),
      refused(
        'headers-too-large',
        server,
        many(101, at => `X-${at}: a`),
        { name: '101 names' },
      ),
      refused(
        'headers-too-large',
        server,
        many(21, () => 'X: a'),
        { name: '21 × X: a' },
      ),
      refused(
        'headers-too-large',
        server,
        many(21, at => (at % 2 === 0 ? 'X: a' : 'x: a')),
        { name: '21 × X or x' },
      ),
      refused(
        'headers-too-large',
        login,
        many(21, () => 'Remote-User: root'),
        { name: '21 × Remote-User' },
      ),
      refused(
        'headers-too-large',
        login,
        many(21, () => 'X-Forwarded-For: 10.0.0.1'),
        { name: '21 × X-Forwarded-For' },
      ),
      kept(login, [`Content-Disposition: form-data${';a=b'.repeat(2000)}`], [], {
        name: 'Content-Disposition with 2000 parameters',
      }),
      kept(login, [`X-Forwarded-For: ${'10.42.0.1,'.repeat(1000)}x`], [], {
        name: 'X-Forwarded-For of 1000 addresses',
      }),
      cookies(server, [`${'username=root;'.repeat(100)}a=1`], 'a=1'),
      refused('headers-too-large', server, [`Cookie: ${'username=root;'.repeat(900)}a=1`]),
      cookies(server, [`${'"'.repeat(9000)}; a=1`], `${'"'.repeat(9000)}; a=1`),
      kept(login, [`Connection: ${'x,'.repeat(4000)}y`], [], { name: 'Connection with 4000 names' }),
    ],
  },
];
