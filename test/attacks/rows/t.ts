/** T: whose word counts about where a request comes from and who sent it. */

import type { ReasonId } from '../../../src/gate/reasons.ts';
import { written } from '../../config/written.ts';
import { asAlice, host } from '../../contract/rows/lines.ts';
import type { AttackRow, ConfigSpelling, RequestSpelling } from '../attack.ts';
import { login, shown, takenOff } from '../spell.ts';
import { secondFactorSpellings } from './second-factors.ts';

interface Way {
  readonly peer?: string;
  readonly config?: RequestSpelling['config'];
}

/** Lines about the client's address, and whom the hub hears of: one family that agrees with itself. */
function client(
  address: string,
  lines: readonly string[],
  { peer = '127.0.0.1', config = 'lab' }: Way = {},
): RequestSpelling {
  return {
    name: `${lines.map(shown).join(', ')} from ${peer} is ${address} (${config})`,
    peer,
    config,
    head: asAlice('GET /user/alice/x', ...lines),
    expect: { atHub: ['GET /user/alice/x', host, `{forwarding ${address}}`] },
  };
}

const chain = (address: string, ...values: readonly string[]): RequestSpelling =>
  client(
    address,
    values.map(value => `X-Forwarded-For: ${value}`),
  );

const forwarded = (address: string, ...values: readonly string[]): RequestSpelling =>
  client(
    address,
    values.map(value => `Forwarded: ${value}`),
    { config: 'forwarded' },
  );

function stranger(name: string, ...lines: readonly string[]): RequestSpelling {
  return {
    name: `a stranger: ${name}`,
    peer: '127.0.0.2',
    head: asAlice(`GET ${login}`, ...lines),
    expect: { refused: 'peer-untrusted' },
  };
}

/** What no trusted proxy writes for an address; the walk stops there. */
const unreadable = [
  '0177.0.0.1',
  '127.1',
  '2130706433',
  '0x7f.1',
  '0x7f000001',
  '010.0.0.1',
  '10.0.0.01',
  '10.0.0.256',
  '10.0.0',
  '10.0.0.1.1',
  '10.0.0.1/32',
  '[::1]:80',
  '[::1]',
  '::1%lo',
  'fe80::1%eth0',
  '::ffff:0177.0.0.1',
  ':::1',
  '1::2::3',
  'unknown',
  '_hidden',
  'localhost',
  '"10.0.0.1"',
  '10.0.0.1;',
  '10.0.0.1 10.0.0.2',
  '203.0.113.9:443',
  '１０.0.0.1',
  '',
];

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

function trusting(range: string): ConfigSpelling {
  return {
    name: `trust.proxies: [${range}]`,
    config: written({ trust: `{ proxies: ['${range}'] }` }),
    problemAt: 'trust.proxies[0]',
  };
}

/** The header of the PROXY protocol where none is expected. */
function proxyHeader(name: string, before: string): RequestSpelling {
  return { name, before, head: asAlice(`GET ${login}`), expect: { refused: 'request-ambiguous' } };
}

/** What comes in front of the head at a listener that wants such a header. */
function headed(name: string, before: string, reason: ReasonId = 'proxy-header-invalid'): RequestSpelling {
  return { name, config: 'headed', before, head: asAlice(`GET ${login}`), expect: { refused: reason } };
}

/** Whom the hub hears of, whatever the client writes. */
function cameFor(address: string, before: string): RequestSpelling {
  return {
    name: `${shown(before)} is ${address}`,
    config: 'headed',
    before,
    head: asAlice(`GET ${login}`, 'X-Forwarded-For: 10.0.0.1', 'X-Real-IP: 10.0.0.1', 'Forwarded: for=10.0.0.1'),
    expect: { atHub: [`GET ${login}`, host, `{forwarding ${address}}`, 'Remote-User: alice'] },
  };
}

const v1 = 'PROXY TCP4 203.0.113.9 10.0.0.2 1 2\r\n';

const v2 = '\r\n\r\n\0\r\nQUIT\n';

const sso = (proxies: string, more = ''): string =>
  `[{ name: p, proxies: [${proxies}], headers: { username: X-U }, namespace: n${more} }]`;

function asserting(name: string, proxies: string, trust: string, problemAt: string): ConfigSpelling {
  return { name, config: written({ trust: `{ proxies: [${trust}] }`, sso: sso(proxies) }), problemAt };
}

const user = 'X-Auth-Request-Preferred-Username';

function assertedBy(peer: string, config: 'lab' | 'open', ...lines: readonly string[]): RequestSpelling {
  return {
    name: `${lines.join(', ')} from ${peer} (${config})`,
    peer,
    config,
    head: [`GET ${login} HTTP/1.1`, host, ...lines],
    expect: { refused: 'credential-missing' },
  };
}

/** Family T. */
export const trustRows: readonly AttackRow[] = [
  {
    id: 'T1',
    spellings: [
      stranger('nothing to say'),
      stranger('X-Forwarded-For', 'X-Forwarded-For: 127.0.0.1'),
      stranger('X-Real-IP', 'X-Real-IP: 127.0.0.1'),
      stranger('Forwarded', 'Forwarded: for=127.0.0.1'),
      stranger(
        'other names',
        'X-Client-IP: 127.0.0.1',
        'True-Client-IP: 127.0.0.1',
        'X-Cluster-Client-IP: 127.0.0.1',
        'CF-Connecting-IP: 127.0.0.1',
      ),
      chain('203.0.113.9', '10.0.0.1, 203.0.113.9'),
      chain('203.0.113.9', '127.0.0.1, 203.0.113.9, 10.42.0.7'),
      chain('203.0.113.9', '10.42.0.1', '203.0.113.9,10.42.0.7'),
      client('127.0.0.1', ['X-Real-IP: 10.9.9.9']),
      client('127.0.0.1', ['Forwarded: for=10.9.9.9;host=evil;proto=http']),
      client('203.0.113.9', [
        'X-Forwarded-For: 203.0.113.9',
        'X-Real-IP: 10.9.9.9',
        'Forwarded: for=10.8.8.8',
        'X-Scheme: http',
      ]),
      client('203.0.113.9', [
        'X_Forwarded_For: 10.0.0.1',
        'X-Forwarded-For: 203.0.113.9',
        'HTTP_X_FORWARDED_FOR: 10.0.0.2',
      ]),
      client('203.0.113.9', ['Forwarded: for=203.0.113.9', 'X-Forwarded-For: 10.0.0.1'], { config: 'forwarded' }),
      client('127.0.0.1', ['X-Forwarded-For: 10.0.0.1', 'X-Real-IP: 10.0.0.1'], { config: 'forwarded' }),
      client('127.0.0.1', ['X-Forwarded-For: 10.0.0.1', 'Forwarded: for=10.0.0.1', 'X-Real-IP: 10.0.0.1'], {
        config: 'peerAddress',
      }),
      client('127.0.0.2', ['X-Forwarded-For: 10.0.0.1', 'Forwarded: for=10.0.0.1', 'X-Real-IP: 10.0.0.1'], {
        config: 'open',
        peer: '127.0.0.2',
      }),
      ...takenOff(['X-Client-IP: 10.0.0.1', 'True-Client-IP: 10.0.0.1', 'X-Cluster-Client-IP: 10.0.0.1']),
      ...takenOff(['CF-Connecting-IP: 10.0.0.1', 'Fastly-Client-IP: 10.0.0.1', 'WL-Proxy-Client-IP: 10.0.0.1']),
      ...takenOff(['X-Original-Host: evil', 'X-Forwarded: for=10.0.0.1', 'Client_IP: 10.0.0.1']),
    ],
  },
  {
    id: 'T2',
    spellings: [
      ...unreadable.map(value => chain('127.0.0.1', latin1(value))),
      ...['0177.0.0.1', 'unknown', '[::1]', '10.0.0.1%eth0'].map(value =>
        chain('10.42.0.7', `10.0.0.1, ${value}, 10.42.0.7`),
      ),
      chain('1.2.3.4', '::ffff:1.2.3.4'),
      chain('1.2.3.4', '::FFFF:102:304'),
      chain('1.2.3.4', '9.9.9.9, 1.2.3.4, ::ffff:10.42.0.7'),
      chain('::7f00:1', '::7f00:1'),
      chain('2001:db8:5::1', '2001:DB8:5:0:0:0:0:1'),
      chain('10.0.0.1', '  10.0.0.1  '),
      ...[
        'for=unknown',
        'for=_hidden',
        'for=127.1',
        'for="[::1%lo]"',
        'for=::1',
        'for="10.0.0.1',
        'for=10.0.0.1;for=10.0.0.2',
        '10.0.0.1',
      ].map(value => forwarded('127.0.0.1', value)),
      ...[
        '10/8',
        '010.0.0.0/8',
        '10.0.0.1/8',
        '10.0.0.0/08',
        '10.0.0.0/33',
        '0x0a.0.0.0/8',
        '127.1',
        '0.0.0.0/0',
        '::/0',
        'fe80::1%eth0/128',
        '::ffff:0.0.0.0/95',
        'localhost',
      ].map(trusting),
    ],
  },
  {
    id: 'T3',
    spellings: [
      proxyHeader('v1', 'PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n'),
      proxyHeader('v1 for IPv6', 'PROXY TCP6 ::1 ::1 1 2\r\n'),
      proxyHeader('v1 UNKNOWN', 'PROXY UNKNOWN\r\n'),
      proxyHeader('v1 twice', 'PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\nPROXY TCP4 10.0.0.3 10.0.0.2 1 2\r\n'),
      proxyHeader('v1 with LF', 'PROXY TCP4 10.0.0.1 10.0.0.2 1 2\n'),
      proxyHeader('v2 LOCAL', `${v2}\x20\0\0\0`),
      proxyHeader('v2 PROXY', `${v2}\x21\x11\0\x0c\x0a\0\0\x01\x0a\0\0\x02\0\x01\0\x02`),
      proxyHeader(
        'v2 with half a TLV, where none is expected',
        `${v2}\x21\x11\0\x0e\x0a\0\0\x01\x0a\0\0\x02\0\x01\0\x02\x04`,
      ),
      proxyHeader('v1 behind a head that is no request', 'X: a\r\nPROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n'),
      headed('none', ''),
      headed('two', v1 + v1, 'request-ambiguous'),
      headed('two of which one is v2', `${v1}${v2}\x20\0\0\0`, 'request-ambiguous'),
      headed('an address that is none', 'PROXY TCP4 010.0.0.1 10.0.0.2 1 2\r\n'),
      headed('an address of the other family', 'PROXY TCP4 ::1 ::1 1 2\r\n'),
      headed('a port that is none', 'PROXY TCP4 10.0.0.1 10.0.0.2 65536 2\r\n'),
      headed('LF alone', 'PROXY TCP4 10.0.0.1 10.0.0.2 1 2\n'),
      headed('a space too many', 'PROXY  TCP4 10.0.0.1 10.0.0.2 1 2\r\n'),
      headed('a line over 107 bytes', `PROXY UNKNOWN ${'x'.repeat(100)}\r\n`),
      headed('lower case', 'proxy TCP4 10.0.0.1 10.0.0.2 1 2\r\n'),
      headed('v2 of another version', `${v2}\x11\x11\0\x0c\x0a\0\0\x01\x0a\0\0\x02\0\x01\0\x02`),
      headed('v2 with half an address', `${v2}\x21\x11\0\x04\x0a\0\0\x01`),
      headed('v2 with half a TLV', `${v2}\x21\x11\0\x0e\x0a\0\0\x01\x0a\0\0\x02\0\x01\0\x02\x04\0`),
      headed('v2 longer than anything may be', `${v2}\x21\x11\xff\xff${'\0'.repeat(600)}`),
      ...['PROXY TCP4 127.0.0.1 10.0.0.2 1 2\r\n', ''].map(
        (before): RequestSpelling => ({
          ...headed(`a stranger, with ${before === '' ? 'none' : 'a proxy for its source'}`, before),
          peer: '127.0.0.2',
          expect: { refused: 'peer-untrusted', closes: true },
        }),
      ),
      {
        name: 'an assertion through a peer that is no sign-in proxy, for one that is',
        config: 'headed',
        before: 'PROXY TCP4 127.0.0.3 10.0.0.2 1 2\r\n',
        head: [`GET ${login} HTTP/1.1`, host, `${user}: alice`],
        expect: { refused: 'credential-missing' },
      },
      cameFor('203.0.113.9', v1),
      cameFor('127.0.0.1', 'PROXY UNKNOWN\r\n'),
      cameFor('127.0.0.1', `${v2}\x20\0\0\0`),
      { ...proxyHeader('v1 from a stranger', 'PROXY TCP4 127.0.0.1 10.0.0.2 1 2\r\n'), peer: '127.0.0.2' },
    ],
  },
  {
    id: 'T4',
    spellings: [
      ...['Remote-User: root', 'REMOTE_USER: root', 'X-Remote-User: root', 'HTTP_X_LAB_USER: root'].map(
        (line): RequestSpelling => ({
          name: `${line} to a hub that reads a name of the operator's own`,
          config: 'custom',
          head: asAlice(`GET ${login}`, line, 'X-Lab-User: root', 'X_Lab_User: root'),
          expect: { atHub: [`GET ${login}`, host, '{forwarding 127.0.0.1}', 'X-Lab-User: alice'] },
        }),
      ),
    ],
  },
  {
    id: 'T5',
    spellings: [
      assertedBy('127.0.0.1', 'lab', `${user}: alice`),
      assertedBy('127.0.0.1', 'lab', `${user}: alice`, 'X-Forwarded-For: 127.0.0.3'),
      assertedBy('127.0.0.2', 'open', `${user}: alice`),
      assertedBy('127.0.0.2', 'open', `${user}: alice`, 'X-Forwarded-For: 127.0.0.3', 'Forwarded: for=127.0.0.3'),
      asserting('a range without a second factor', '10.0.0.0/24', '10.0.0.0/8', 'sso[0].proxies'),
      asserting('two addresses without a second factor', '10.0.0.1, 10.0.0.2', '10.0.0.0/8', 'sso[0].proxies'),
      asserting('loopback without a second factor', '127.0.0.1', '127.0.0.1/32', 'sso[0].proxies'),
      asserting('IPv6 loopback without a second factor', '"::1"', '"::1/128"', 'sso[0].proxies'),
      asserting('loopback, IPv4-mapped', '"::ffff:127.0.0.1"', '127.0.0.1/32', 'sso[0].proxies[0]'),
      asserting('an address beyond trust.proxies', '192.0.2.1', '10.0.0.0/8', 'sso[0].proxies[0]'),
      ...secondFactorSpellings,
    ],
  },
];
