/** Request targets, the readings of a path, and the query. */
import fc from 'fast-check';
import t from 'tap';
import { queryParameters, writeQuery } from '../../src/http/query.ts';
import { hasSuspectForm, normalisePath, parseTarget } from '../../src/http/target.ts';

/** Strings rich in what path readings turn on. */
const hostilePath = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/',
        '\\',
        '.',
        '..',
        ';',
        '%',
        '%25',
        '%2e',
        '%2F',
        '%5c',
        '%00',
        '%c0%af',
        '%C3%AB',
        '2',
        'e',
        'f',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 30 },
  )
  .map(parts => parts.join(''));

t.test('parseTarget takes origin-form byte for byte', async t => {
  const rows: readonly [target: string, path: string, query: string | null][] = [
    ['/', '/', null],
    ['/?', '/', ''],
    ['/hub/login?next=/a?b', '/hub/login', 'next=/a?b'],
    ['/hub//admin', '/hub//admin', null],
    ['/user/j%C3%BCrgen/a%2Fb', '/user/j%C3%BCrgen/a%2Fb', null],
    ['/a?x=%zz', '/a', 'x=%zz'],
  ];
  for (const [target, path, query] of rows) t.same(parseTarget(target), { ok: true, path, query }, target);
});

t.test('parseTarget refuses', async t => {
  const rows: readonly [rule: string, target: string, fault: RegExp][] = [
    ['the empty target', '', /empty/],
    ['asterisk-form', '*', /asterisk/],
    ['absolute-form (P5)', 'http://evil/x', /absolute-form/],
    ['absolute-form in any scheme', 'HTTPS+x://hub.example/', /absolute-form/],
    ['authority-form', 'hub.example:443', /authority-form/],
    ['a relative path', 'hub/admin', /slash/],
    ['a fragment (GHSA-pxq7)', '/hub/admin#/public', /fragment/],
    ['a fragment in the query', '/a?b#c', /fragment/],
    ['a host before the path (configurable-http-proxy routes it to /user/mallory)', '//x/user/mallory', /two slashes/],
    ['a host before the path, as browsers read it', '/\\x/user/mallory', /two slashes/],
    ['a space', '/a b', /visible ASCII/],
    ['a NUL', '/a\0', /visible ASCII/],
    ['a tab', '/a\tb', /visible ASCII/],
    ['DEL', '/a\x7f', /visible ASCII/],
    ['a byte above ASCII', '/\xe9', /visible ASCII/],
    ['such a byte in the query', '/?\xe9', /visible ASCII/],
    ['a lone percent sign', '/100%', /percent/],
    ['%u002f', '/%u002fhub', /percent/],
    ['a half encoding', '/%2', /percent/],
    ['a half encoding before the query', '/%2?f', /percent/],
  ];
  for (const [rule, target, fault] of rows) {
    const parsed = parseTarget(target);
    t.match(parsed.ok ? 'taken' : parsed.fault, fault, rule);
  }
});

t.test('normalisePath reads with the most powerful eyes', async t => {
  const rows: readonly [rule: string, path: string, read: string][] = [
    ['a plain path stays', '/hub/login', '/hub/login'],
    ['a trailing slash stays', '/hub/', '/hub/'],
    ['the root stays', '/', '/'],
    ['dot segments (RFC 3986 §5.2.4)', '/public/../hub/./admin', '/hub/admin'],
    ['encoded dots (GHSA-6jwx)', '/public/%2e%2e/hub/admin', '/hub/admin'],
    ['an encoded slash (CVE-2021-29492)', '/public/..%2fhub', '/hub'],
    ['empty segments (CVE-2026-26205)', '//hub//admin', '/hub/admin'],
    ['backslashes', '/public\\..\\hub', '/hub'],
    ['encoded backslashes', '/public%5c..%5Chub', '/hub'],
    ['parameters in a dot segment', '/public/..;/hub', '/hub'],
    ['parameters anywhere', '/hub;x=1/admin;y', '/hub/admin'],
    ['an encoded semicolon', '/public/..%3bx/hub', '/hub'],
    ['double encoding', '/public/%252e%252e/hub', '/hub'],
    ['nine layers', `/public/%${'25'.repeat(9)}2e./hub`, '/hub'],
    ['an encoding whose digits are encoded', '/public/%25%32%65./hub', '/hub'],
    ['an encoding around an encoding', '/public/%%32%65./hub', '/hub'],
    ['overlong UTF-8', '/public/%c0%ae%C0%AE%c0%afhub', '/hub'],
    ['an encoded letter', '/%68ub/admin', '/hub/admin'],
    ['.. above the root', '/../../hub', '/hub'],
    ['a final ..', '/a/b/..', '/a/'],
    ['a final .', '/a/.', '/a/'],
    ['control characters stay', '/a%00b%0a', '/a\0b\n'],
    ['UTF-8 names', '/user/j%C3%BCrgen/', '/user/j\xfcrgen/'],
    ['bytes that are no UTF-8 as latin1', '/user/j%FCrgen', '/user/j\xfcrgen'],
    ['a percent sign that encodes nothing stays', '/a%25/%zz', '/a%/%zz'],
    ['the empty path is the root', '', '/'],
  ];
  for (const [rule, path, read] of rows) t.equal(normalisePath(path), read, rule);
  fc.assert(
    fc.property(hostilePath, path => {
      const read = normalisePath(path);
      const segments = read.split('/');
      return (
        normalisePath(read) === read &&
        read.startsWith('/') &&
        !/\/\/|\\|;|%[0-9a-f]{2}/i.test(read) &&
        !segments.includes('..') &&
        !segments.includes('.')
      );
    }),
    { numRuns: 2000 },
  );
  t.pass('is idempotent and leaves nothing to resolve');
  t.equal(normalisePath(`/${'%25'.repeat(20_000)}`), `/${'%'.repeat(20_000)}`, 'long encodings end');
  t.equal(normalisePath(`/%${'25'.repeat(40_000)}2e`), '/', 'deep encodings end');
});

t.test('hasSuspectForm', async t => {
  const plain = [
    '/',
    '/hub/',
    '/hub/admin',
    '/hub/api/users/a%40b',
    '/hub/%C3%AB%20',
    '/hub/a.b',
    '/hub/..a',
    '/hub/a;b',
  ];
  for (const path of plain) t.notOk(hasSuspectForm(path), `lets ${path} pass`);
  const suspect = [
    '/hub/../user',
    '/hub/./a',
    '/hub/..',
    '/hub/.',
    '//hub',
    '/hub//',
    '/hub//a',
    '/hub\\a',
    '/hub/%5ca',
    '/hub/a%2Fb',
    '/hub/a%2fb',
    '/hub/%2e',
    '/hub/a%2eb',
    '/hub/a%00',
    '/hub/a%0d',
    '/hub/a%0A',
    '/hub/a%252fb',
    '/hub/a%25252fb',
    '/hub/a%25%32%66b',
    '/hub/a%255cb',
    '/hub/%252e%252e/x',
    '/hub/a%2500',
    '/hub/..;/a',
    '/hub/..;x=1/a',
    '/hub/.;/a',
    '/hub/..%3b/a',
    '/hub/;x/a',
    '/hub/;',
    '/hub/%c0%afa',
  ];
  for (const path of suspect) t.ok(hasSuspectForm(path), `flags ${path}`);
});

t.test('queryParameters', async t => {
  const rows: readonly [rule: string, query: string, pairs: [name: string, value: string][]][] = [
    ['the empty query has none', '', []],
    [
      'names and values',
      'a=1&b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'splits on ; as well (CVE-2021-23336)',
      'a=1;next=//evil',
      [
        ['a', '1'],
        ['next', '//evil'],
      ],
    ],
    ['no = is an empty value', 'a', [['a', '']]],
    ['the first = divides', 'a=b=c', [['a', 'b=c']]],
    ['an encoded name', '%6eext=x', [['next', 'x']]],
    ['plus is a space', 'a+b=c+d', [['a b', 'c d']]],
    ['an encoded plus is a plus', 'a=%2B', [['a', '+']]],
    ['an encoded separator divides nothing', 'a=1%26b=2', [['a', '1&b=2']]],
    ['UTF-8', 'a=%C3%BC', [['a', '\xfc']]],
    ['latin1 where it is no UTF-8', 'a=%FC', [['a', '\xfc']]],
    ['raw UTF-8 bytes', 'a=\xc3\xbc', [['a', '\xfc']]],
    ['a BOM stays', '%EF%BB%BFnext=x', [['\ufeffnext', 'x']]],
    ['a broken encoding stays', 'a=%zz%4', [['a', '%zz%4']]],
    ['decodes once', 'a=%252f', [['a', '%2f']]],
    [
      'empty parts are parameters',
      '&a=1',
      [
        ['', ''],
        ['a', '1'],
      ],
    ],
  ];
  for (const [rule, query, pairs] of rows) {
    t.same(
      queryParameters(query).map(({ name, value }) => [name, value]),
      pairs,
      rule,
    );
  }
  const query = fc.array(fc.oneof(fc.constantFrom('&', ';', '=', '%26', '+'), fc.string({ unit: 'binary' })));
  fc.assert(fc.property(query, parts => writeQuery(queryParameters(parts.join(''))) === parts.join('')));
  t.pass('writes back every byte');
});

t.test('writeQuery after a parameter was taken off', async t => {
  const kept = queryParameters('next=//evil&a=%41;b').filter(({ name }) => name !== 'next');
  t.equal(writeQuery(kept), 'a=%41;b', 'no separator leads');
  const [a, b] = [queryParameters('a=1'), queryParameters('b=2')];
  t.equal(writeQuery([...a, ...b]), 'a=1&b=2', 'an added one is separated');
  t.equal(writeQuery([]), '', 'nothing left is the empty query');
});
