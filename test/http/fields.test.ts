/** Field lines: names, values, lists, hop-by-hop, framing, and the small fields that are read whole. */
import fc from 'fast-check';
import t from 'tap';
import { prefersHtml } from '../../src/http/accept.ts';
import { parseAuthorization } from '../../src/http/authorization.ts';
import {
  type FieldLine,
  foldName,
  isFieldValue,
  isToken,
  listElements,
  trimOws,
  valuesOf,
} from '../../src/http/field.ts';
import { requestFraming } from '../../src/http/framing.ts';
import { connectionOptions, isHopByHop } from '../../src/http/hop-by-hop.ts';

t.test('foldName', async t => {
  const rows: readonly [rule: string, name: string, folded: string][] = [
    ['folds case (RFC 9110 §5.1)', 'ReMoTe-uSeR', 'remote-user'],
    ['reads _ as - (RFC 3875 §4.1.18, CVE-2025-64484)', 'Remote_User', 'remote-user'],
    ['reads . as - (PHP, measured through http-proxy-3)', 'Remote.user', 'remote-user'],
    ['reads every other sign as -', "X!#$%&'*+^`|~Y", 'x------------y'],
    ['reads a latin1 letter as -, not as a letter', 'R\xe9mote', 'r-mote'],
    ['does not fold the Kelvin sign to k', 'To\u212aen', 'to-en'],
    ['keeps digits', 'X-1', 'x-1'],
    ['takes __proto__ as a name like any other (CVE-2026-21710)', '__proto__', '--proto--'],
    ['takes the empty name', '', ''],
  ];
  for (const [rule, name, folded] of rows) {
    t.equal(foldName(name), folded, rule);
    t.equal(foldName(name), folded, `${rule}, remembered`);
  }
  const flood = Array.from({ length: 5000 }, (_, at) => foldName(`X_${at}`));
  t.equal(flood.at(-1), 'x-4999', 'survives a flood of names');
  fc.assert(fc.property(fc.string({ unit: 'binary' }), name => foldName(foldName(name)) === foldName(name)));
  fc.assert(fc.property(fc.string({ unit: 'binary' }), name => /^[a-z0-9-]*$/.test(foldName(name))));
});

t.test('isToken', async t => {
  for (const token of ['GET', 'x', "!#$%&'*+-.^_`|~09azAZ"]) t.ok(isToken(token), `takes ${token}`);
  for (const text of ['', ' x', 'x ', 'a:b', 'a b', 'a\t', 'a\n', 'a/b', '"a"', 'a\0', 'caf\xe9', '(x)', '{x}', '@']) {
    t.notOk(isToken(text), `refuses ${JSON.stringify(text)}`);
  }
});

t.test('isFieldValue', async t => {
  for (const value of ['', 'a', ' a ', 'a\tb', '\x80\xff', '~']) t.ok(isFieldValue(value), JSON.stringify(value));
  for (const value of ['a\r\nb', 'a\nRemote-User: root', 'a\r', '\0', '\x1f', '\x7f', '\u0100', '\ud800']) {
    t.notOk(isFieldValue(value), `refuses ${JSON.stringify(value)} (H16)`);
  }
});

t.test('values of a field', async t => {
  t.equal(trimOws(' \t a b\t '), 'a b', 'OWS is SP and HTAB');
  t.equal(trimOws('\xa0\x0ba\n'), '\xa0\x0ba\n', 'no other whitespace is OWS');
  t.equal(trimOws(' \t'), '', 'nothing but OWS is empty');
  const lines: readonly FieldLine[] = [
    ['X-A', ' 1 '],
    ['x_a', 'folded'],
    ['x-a', '2'],
    ['X-A ', 'spaced'],
    ['X-AB', '3'],
  ];
  t.same(valuesOf(lines, 'x-a'), ['1', '2'], 'all lines in order, case ignored, nothing folded');
  t.same(valuesOf([], 'x-a'), [], 'none');
  t.same(listElements([' a, ,b ,', '', 'c\t,"d,e"']), ['a', 'b', 'c', '"d', 'e"'], 'RFC 9110 §5.6.1');
});

t.test('hop-by-hop', async t => {
  const names =
    'connection keep-alive proxy-connection proxy-authenticate proxy-authorization proxy-authentication-info te trailer transfer-encoding upgrade http2-settings';
  for (const name of names.split(' ')) t.ok(isHopByHop(name), name);
  for (const name of ['host', 'content-length', 'remote-user', 'constructor', '']) t.notOk(isHopByHop(name), name);
  const rows: readonly [rule: string, lines: readonly FieldLine[], options: string[] | null][] = [
    ['no line, no option', [], []],
    [
      'all lines, lower-case (CVE-2024-45410)',
      [
        ['Connection', 'close, Remote-User'],
        ['CONNECTION', 'Mount'],
      ],
      ['close', 'remote-user', 'mount'],
    ],
    ['an option that is no token', [['Connection', 'close, Remote User']], null],
    ['a quoted option', [['Connection', '"close"']], null],
    ['empty elements are none', [['Connection', ',, upgrade ,']], ['upgrade']],
  ];
  for (const [rule, lines, options] of rows) t.same(connectionOptions(lines), options, rule);
});

t.test('requestFraming', async t => {
  const cl = (value: string): FieldLine => ['Content-Length', value];
  const te = (value: string): FieldLine => ['Transfer-Encoding', value];
  const taken: readonly [rule: string, lines: readonly FieldLine[], body: object][] = [
    ['no body', [['Host', 'hub.example']], { kind: 'none' }],
    ['a length', [cl('5')], { kind: 'length', bytes: 5 }],
    ['length zero', [cl('0')], { kind: 'length', bytes: 0 }],
    ['outer whitespace', [cl(' 5\t')], { kind: 'length', bytes: 5 }],
    ['fifteen digits', [cl('999999999999999')], { kind: 'length', bytes: 999999999999999 }],
    ['chunked', [te('chunked')], { kind: 'chunked' }],
    ['chunked in any case', [te('Chunked')], { kind: 'chunked' }],
  ];
  for (const [rule, lines, body] of taken) t.same(requestFraming(lines, '1.1'), { ok: true, body }, `takes ${rule}`);
  const refused: readonly [rule: string, lines: readonly FieldLine[]][] = [
    ['Content-Length and Transfer-Encoding (CVE-2022-32214)', [cl('5'), te('chunked')]],
    ['two equal lengths', [cl('5'), cl('5')]],
    ['two lengths, spelled differently (CVE-2026-1525)', [cl('5'), ['content-length', '6']]],
    ['a length list', [cl('5, 5')]],
    ['a plus sign', [cl('+5')]],
    ['a minus sign', [cl('-5')]],
    ['an inner space', [cl('5 0')]],
    ['hex', [cl('0x5')]],
    ['an exponent', [cl('1e3')]],
    ['a fraction', [cl('5.0')]],
    ['an empty length', [cl('')]],
    ['sixteen digits', [cl('1000000000000000')]],
    ['a latin1 digit', [cl('\xb2')]],
    ['another coding', [te('gzip')]],
    ['a coding list', [te('gzip, chunked')]],
    ['chunked twice in one line', [te('chunked, chunked')]],
    ['two coding lines', [te('chunked'), te('chunked')]],
    ['xchunked', [te('xchunked')]],
    ['identity', [te('identity')]],
    ['chunked with a parameter', [te('chunked;a=b')]],
    ['quoted chunked', [te('"chunked"')]],
    ['chunked behind a vertical tab', [te('\x0bchunked')]],
    ['an empty coding', [te('')]],
  ];
  for (const [rule, lines] of refused) t.equal(requestFraming(lines, '1.1').ok, false, `refuses ${rule}`);
  t.equal(requestFraming([te('chunked')], '1.0').ok, false, 'refuses Transfer-Encoding on HTTP/1.0 (node takes it)');
  t.equal(requestFraming([cl('5')], '1.0').ok, true, 'takes a length on HTTP/1.0');
});

t.test('parseAuthorization', async t => {
  t.same(parseAuthorization('BEARER a.b-c_~+/=='), { scheme: 'bearer', credentials: 'a.b-c_~+/==' });
  t.same(parseAuthorization('token 0123'), { scheme: 'token', credentials: '0123' });
  const refused = [
    '',
    'Bearer',
    'Bearer ',
    'bearer  x',
    ' Bearer x',
    'Bearer x ',
    'Bearer x y',
    'Bearer x,Bearer y',
    'Bearer x, Bearer y',
    'Bearer\tx',
    'Bearer\xa0x',
    'Be:arer x',
    'Bearer x\n',
    'Bearer \xe9',
    'Digest username="a", realm="b"',
  ];
  for (const value of refused) t.equal(parseAuthorization(value), null, `refuses ${JSON.stringify(value)} (J13)`);
});

t.test('prefersHtml', async t => {
  const rows: readonly [accept: string[], html: boolean][] = [
    [['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'], true],
    [['TEXT/HTML'], true],
    [['application/json', 'text/html'], true],
    [['application/json, text/html;q=0.9'], false],
    [['application/json;q=0.5, text/html ; Q=0.5'], true],
    [['text/html;q=0'], false],
    [['text/html;q=2'], false],
    [['text/html;q=x'], false],
    [['*/*'], false],
    [['text/*'], false],
    [['application/json'], false],
    [[], false],
  ];
  for (const [accept, html] of rows) t.equal(prefersHtml(accept), html, accept.join(' | ') || 'no Accept');
});
