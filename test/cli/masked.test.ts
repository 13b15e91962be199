/** The head for the hub as it is shown: printable, and without the values that are secret. */
import { test } from 'tap';
import { shownHead } from '../../src/cli/explain/masked.ts';

const fields = { mount: 'Mount', names: new Map([['X-Hidden-Name', 'inject.user.headerFile']]), values: ['Course'] };
const jwt = 'eyJhbGciOiJub25lIn0.e30.c2ln';

const rows: readonly (readonly [line: string, shown: string])[] = [
  ['Authorization: token abcdef', 'Authorization: token <6 bytes masked>'],
  ['Authorization: abcdef', 'Authorization: <6 bytes masked>'],
  ['Cookie: a=b; c; d=', 'Cookie: a=<1 bytes masked>; <1 bytes masked>; d=<0 bytes masked>'],
  ['X-XSRFToken: abc', 'X-XSRFToken: <3 bytes masked>'],
  ['X-My-Secret: abc', 'X-My-Secret: <3 bytes masked>'],
  [`X-Copy: a ${jwt} b`, 'X-Copy: a <28 bytes masked> b'],
  [
    'Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org, v1.token.websocket.jupyter.org.abc',
    'Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org, v1.token.websocket.jupyter.org.<3 bytes masked>',
  ],
  [
    `Sec-WebSocket-Protocol: a, base64url.bearer.of-somebody.${Buffer.from(jwt).toString('base64url')}`,
    'Sec-WebSocket-Protocol: a, base64url.bearer.of-somebody.<38 bytes masked>',
  ],
  ['Referer: https://h.example/x?token=abc&a=b', 'Referer: https://h.example/x?token=<3 bytes masked>&a=b'],
  ['Accept: a\xe9\x1b\\', 'Accept: a\\xe9\\x1b\\\\'],
  ['Remote-User: alice', 'Remote-User: alice'],
  ['X-Hidden-Name: alice', '<inject.user.headerFile>: alice'],
  [
    `Mount: {'HOST': 'h', 'MOUNTSSHPRIVATEKEY': 'k\\x27ey'}`,
    `Mount: {'HOST': 'h', 'MOUNTSSHPRIVATEKEY': '<7 bytes masked>'}`,
  ],
  ['mount: {"HOST":"h","MOUNTSSHPRIVATEKEY":"k"}', 'mount: {"HOST":"h","MOUNTSSHPRIVATEKEY":"<1 bytes masked>"}'],
  [
    `Mount: {'HOST': 'h"', 'USERNAME': ', ', 'PATH': '}', 'MOUNTSSHPRIVATEKEY': '', 'PORT': '\\x27, \\x27HOST'}`,
    `Mount: {'HOST': 'h"', 'USERNAME': ', ', 'PATH': '}', 'MOUNTSSHPRIVATEKEY': '<0 bytes masked>', 'PORT': '<14 bytes masked>'}`,
  ],
  [
    'Mount: {"HOST":"h","MOUNTSSHPRIVATEKEY":"k\\"e,\'y","PASSWORD":"a}"}',
    'Mount: {"HOST":"h","MOUNTSSHPRIVATEKEY":"<7 bytes masked>","PASSWORD":"<2 bytes masked>"}',
  ],
  ["Mount: {'HOST': 'h', 'other': 'k'}", 'Mount: <27 bytes masked>'],
  ['course: {"grade":1}', 'course: <11 bytes masked>'],
  ['Mount: something else', 'Mount: <14 bytes masked>'],
];

test('secret values are masked, their names and lengths are not', async t => {
  for (const [line, shown] of rows) {
    const head = `GET / HTTP/1.1\r\n${line}\r\n\r\n`;
    t.same(shownHead(head, fields, false), ['GET / HTTP/1.1\\r\\n', `${shown}\\r\\n`, '\\r\\n'], line);
  }
});

test('a query keeps its names and loses what may be a secret', async t => {
  const targets: readonly (readonly [target: string, shown: string])[] = [
    [
      '/a?token=abc&next=/x&state=de&access_token=',
      '/a?token=<3 bytes masked>&next=/x&state=<2 bytes masked>&access_token=<0 bytes masked>',
    ],
    [`/a/${jwt}/b`, '/a/<28 bytes masked>/b'],
    [`/a?x=${jwt}`, '/a?x=<28 bytes masked>'],
    ['/a?token', '/a?token'],
    [
      '/a?%74oken=abc&%2574oken=de;token=f',
      '/a?%74oken=<3 bytes masked>&%2574oken=<2 bytes masked>;token=<1 bytes masked>',
    ],
    ['/a#access_token=abc&x=y', '/a#access_token=<3 bytes masked>&x=y'],
  ];
  for (const [target, shown] of targets) {
    const [line] = shownHead(`GET ${target} HTTP/1.1\r\n\r\n`, { mount: null, names: new Map(), values: [] }, false);
    t.equal(line, `GET ${shown} HTTP/1.1\\r\\n`);
  }
});

test('with secrets, every byte stands there, printable', async t => {
  const head = `GET /?token=abc HTTP/1.1\r\nAuthorization: token a\r\nX: caf\xe9\\\r\n\r\n`;
  t.same(shownHead(head, fields, true), [
    'GET /?token=abc HTTP/1.1\\r\\n',
    'Authorization: token a\\r\\n',
    'X: caf\\xe9\\\\\\r\\n',
    '\\r\\n',
  ]);
});
