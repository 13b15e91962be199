/** Cookie crumbs, the names hidden in them, and Set-Cookie as browsers read it. */
import fc from 'fast-check';
import t from 'tap';
import { cookiePairs, joinCookies, namesIn } from '../../src/http/cookies.ts';
import { cookieDomain, cookiePath, parseSetCookie } from '../../src/http/set-cookie.ts';

t.test('cookiePairs', async t => {
  const pairs = cookiePairs(['a=1; b="2;3"', ' ;; =x;\tc = d=e ', 'plain']);
  t.same(
    pairs.map(({ name, text }) => [name, text]),
    [
      ['a', 'a=1'],
      ['b', 'b="2'],
      ['', '3"'],
      ['', '=x'],
      ['c', 'c = d=e'],
      ['', 'plain'],
    ],
    'every crumb of every line, bytes kept, quotes not honoured',
  );
  t.equal(joinCookies(pairs), 'a=1; b="2; 3"; =x; c = d=e; plain', 'joined as RFC 6265 §4.2.1 says');
  t.same(cookiePairs([]), [], 'none');
  t.equal(joinCookies([]), '', 'none joined');
  t.equal(joinCookies(cookiePairs(['a=\xff\x80'])), 'a=\xff\x80', 'latin1 bytes pass');
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), values => {
      const once = joinCookies(cookiePairs(values));
      return joinCookies(cookiePairs([once])) === once;
    }),
  );
});

t.test('namesIn sees username (H14) in', async t => {
  const rows: readonly [rule: string, line: string][] = [
    ['its plain form', 'username=root'],
    ['any case', 'UserName=root'],
    ['a crumb without =', 'username'],
    ['whitespace before =', 'username =root'],
    ['a value that ends at a space', 'a=b username=root'],
    ['a value that ends at a tab', 'a=b\tusername=root'],
    ['a value that ends at a comma (RFC 2965)', 'a=b,username=root'],
    ['a value that ends at a quote', 'a="b"username=root'],
    ['a quoted name', '"username"=root'],
    ['an apostrophe around the name', "'username'=root"],
    ['$Version style', '$Version=1, username=root'],
    ['a leading $', '$username=root'],
    ['an encoded letter', 'user%6eame=root'],
    ['an encoded =', 'username%3droot'],
    ['double encoding', 'user%256eame=root'],
    ['an encoded separator', 'a=b%3Busername=root'],
    ['an encoded newline before it', 'a=b%0ausername=root'],
    ['an encoded NUL within it', 'user%00name=root'],
    ['a control character within it', 'user\x01name=root'],
    ['a no-break space before it, which Python strips', '\xa0username=root'],
    ['NEL before it, which Python strips', '\x85username=root'],
    ['a plus before it, which PHP took for a space (CVE-2020-7070)', '+username=root'],
    ['an empty name before it', '=username=root'],
    ['a quoted value that was cut at a semicolon', 'a="x; username=root"'],
  ];
  for (const [rule, line] of rows) {
    const names = cookiePairs([line]).flatMap(namesIn);
    t.ok(
      names.some(name => name.toLowerCase() === 'username'),
      rule,
    );
    t.equal(new Set(cookiePairs([line]).map(pair => namesIn(pair).length)).has(0), false, `${rule}: never no name`);
  }
  const others = ['usernames=x', 'my-username=x', 'a=username', 'a=b:username=c', '_xsrf=2|a|b|1'];
  for (const line of others) t.notOk(cookiePairs([line]).flatMap(namesIn).includes('username'), `does not in ${line}`);
  t.same(namesIn({ name: 'a', text: 'a=1' }), ['a'], 'says each name once');
  t.same(namesIn({ name: 'aB', text: 'aB=1' }), ['aB'], 'in its own case');
  t.same(namesIn({ name: "o'hara", text: "o'hara=1" }), ["o'hara"], 'with the apostrophe that is part of it');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const names = namesIn({ name: '', text });
      return new Set(names).size === names.length && !names.includes('');
    }),
  );
});

t.test('parseSetCookie', async t => {
  t.same(
    parseSetCookie(' a = b=c ; Path=/x;HttpOnly; DOMAIN = .Hub.Example ;path=/y;'),
    {
      name: 'a',
      value: 'b=c',
      attributes: [
        ['path', '/x'],
        ['httponly', ''],
        ['domain', '.Hub.Example'],
        ['path', '/y'],
        ['', ''],
      ],
    },
    'trims, lower-cases attribute names, keeps repeats',
  );
  const ignored: readonly [rule: string, value: string][] = [
    ['nothing', ''],
    ['no = (6265bis sends it nameless)', '__Host-x'],
    ['no = before the first semicolon', 'a; Path=/'],
    ['an empty name (6265bis sends its value as a pair)', '=__Host-hubgate=evil'],
    ['a line break', 'a=b\r\nSet-Cookie: c=d'],
    ['a NUL', 'a=b\0; Path=/'],
    ['an attribute that browsers drop for its length', `a=b; Path=/; Path=/user/m/${'x'.repeat(1024)}`],
  ];
  for (const [rule, value] of ignored) t.equal(parseSetCookie(value), null, `refuses ${rule}`);
});

t.test('Path and Domain', async t => {
  const rows: readonly [rule: string, value: string, path: string | null, domain: string | null][] = [
    ['neither', 'a=b', null, null],
    ['both', 'a=b; Path=/user/x/; Domain=hub.example', '/user/x/', 'hub.example'],
    ['the last Path wins', 'a=b; Path=/user/x/; PATH=/', '/', null],
    ['a last Path without slash is the default', 'a=b; Path=/; Path=x', null, null],
    ['an empty last Path is the default', 'a=b; Path=/; Path=', null, null],
    ['a quoted Path is the default', 'a=b; Path="/"', null, null],
    ['the last Domain wins', 'a=b; Domain=a.example; Domain=b.example', null, 'b.example'],
    ['an empty last Domain does not hide another', 'a=b; Domain=a.example; Domain', null, 'a.example'],
    ['case and leading dot do not count', 'a=b; Domain=.Hub.EXAMPLE', null, 'hub.example'],
    ['a lone dot is no Domain', 'a=b; Domain=.', null, null],
    ['a value that looks like an attribute is none', 'a=Path=/', null, null],
  ];
  for (const [rule, value, path, domain] of rows) {
    const cookie = parseSetCookie(value);
    t.same(cookie && [cookiePath(cookie), cookieDomain(cookie)], [path, domain], rule);
  }
});
