/** P10: open redirects through `next`. */
import fc from 'fast-check';
import t from 'tap';
import { safeNextPath } from '../../src/http/next-path.ts';

const origin = 'https://hub.example';

t.test('takes a path of our own', async t => {
  const rows: readonly [value: string, path: string][] = [
    ['/', '/'],
    ['/hub/', '/hub/'],
    ['/hub/home?x=//evil.com#//y', '/hub/home?x=//evil.com#//y'],
    [
      '/hub/api/oauth2/authorize?client_id=jupyterhub-user-a&redirect_uri=%2Fuser%2Fa%2Foauth_callback&state=ey%3D',
      '/hub/api/oauth2/authorize?client_id=jupyterhub-user-a&redirect_uri=%2Fuser%2Fa%2Foauth_callback&state=ey%3D',
    ],
    ['/user/a/lab/tree/a%2Fb.ipynb', '/user/a/lab/tree/a%2Fb.ipynb'],
    ['/user/a/proxy/8080//y', '/user/a/proxy/8080//y'],
    ['/user/a%40b.c/', '/user/a%40b.c/'],
    ['/user/j\xfcrgen/a b', '/user/j%C3%BCrgen/a%20b'],
    ['/user/\ud800', '/user/%EF%BF%BD'],
    [origin, '/'],
    [`${origin}/`, '/'],
    [`${origin}/user/a/lab?x#y`, '/user/a/lab?x#y'],
  ];
  for (const [value, path] of rows) t.equal(safeNextPath(value, origin), path, value);
  t.equal(safeNextPath('http://[::1]:8000/a', 'http://[::1]:8000'), '/a', 'an origin with a port');
  t.equal(safeNextPath('/a', 'not an origin'), null, 'nothing is safe without an origin');
});

/** A test title may hold no line separator. */
function shown(value: string): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, sign => `\\u${sign.charCodeAt(0).toString(16)}`);
}

const redirects: readonly string[] = [
  '',
  'evil.com',
  'hub/home',
  '?next=/x',
  '#x',
  '@evil.com',
  '.evil.com',
  '//evil.com',
  '///evil.com',
  '////evil.com',
  '//evil.com/%2f..',
  '///evil.com/%2f..',
  '//google%E3%80%82com',
  '//evil%00.com',
  '//user@evil.com',
  '//hub.example@evil.com',
  '//hub.example',
  '/\\evil.com',
  '/\\/evil.com',
  '\\/\\/evil.com/',
  '\\\\evil.com',
  '\\evil.com',
  '/hub\\evil',
  '/\t/evil.com',
  '/\n/evil.com',
  '/\r/evil.com',
  '\t//evil.com',
  '/\0/evil.com',
  '/ /evil.com',
  ' //evil.com',
  ' /hub/home',
  '/hub/home ',
  '/hub/home\xa0',
  '\ufeff/hub',
  '\u3000//evil.com',
  '/\u200b/evil.com',
  '/\xad/evil.com',
  '/\u2028/evil.com',
  '/hub\r\nLocation: //evil.com',
  '/hub\x85x',
  '/%09/evil.com',
  '/%0a/evil.com',
  '/%0D/evil.com',
  '/%20/evil.com',
  '/%00/evil.com',
  '/%2f/evil.com',
  '/%2Fevil.com',
  '/%5cevil.com',
  '/%5Cevil.com',
  '/%5c%5cevil.com',
  '/%252fevil.com',
  '/%25252fevil.com',
  '/%255cevil.com',
  '/%25%32%66evil.com',
  '/%c0%afevil.com',
  '/%E2%80%8B/evil.com',
  '/.//evil.com',
  '/..//evil.com',
  '/./%2fevil.com',
  '/%2e//evil.com',
  '/%2e%2e//evil.com',
  '/hub/..//evil.com',
  '/hub/%2e%2e//evil.com',
  '/hub/%2e%2e%2f%2fevil.com',
  '/hub/%252e%252e//evil.com',
  '/x/..;//evil.com',
  '/;/evil.com',
  '/;x/evil.com',
  'http://evil.com',
  'https://evil.com',
  'HtTpS://evil.com',
  'https:evil.com',
  'https:/evil.com',
  'https:///evil.com',
  'https:\\\\evil.com',
  'https://evil.com\\@hub.example',
  'http:@evil.com',
  'http://hub.example/',
  'https://hub.example@evil.com/',
  'https://hub.example:pw@evil.com/',
  'https://hub.example.evil.com/',
  'https://hub.example%2eevil.com/',
  'https://hub.example:443/hub/',
  'https://hub.example:8443/hub/',
  'https://hub.example\\@evil.com',
  'https://hub.example//evil.com',
  'https://hub.example/\\evil.com',
  'https://hub.example/%2fevil.com',
  'https://hub.example/..//evil.com',
  'https://hub.example\t/x',
  'https://hub.example?x',
  'https://evilhub.example/',
  'https://HUB.example/',
  'https://user@hub.example/',
  'https://hub\u3002example/',
  'ftp://hub.example/',
  'javascript:alert(1)',
  'java\nscript:alert(1)',
  '\x01javascript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'blob:https://hub.example/x',
  'file:///etc/passwd',
  'mailto:a@evil.com',
  'tel:1',
  '[::1]',
  '〱//evil.com',
  '\uff0f\uff0fevil.com',
  '/\uff0f/evil.com',
  '/\u012f/evil.com',
];

t.test('refuses what may lead elsewhere', async t => {
  for (const value of redirects) t.equal(safeNextPath(value, origin), null, shown(value));
  t.ok(new Set(redirects).size === redirects.length && redirects.length >= 100, 'spellings differ');
});

t.test('whatever it takes resolves to our origin, also once decoded', async t => {
  const hostile = fc
    .array(
      fc.oneof(
        fc.constantFrom('/', '\\', '.', '..', '@', ':', ';', '%2f', '%5C', '%2e', '%25', '%09', '\t', '?', '#', origin),
        fc.string({ unit: 'binary', maxLength: 3 }),
      ),
      { maxLength: 12 },
    )
    .map(parts => parts.join(''));
  const held = (value: string): boolean => {
    const path = safeNextPath(value, origin);
    if (path === null) return true;
    const [raw = ''] = path.split(/[?#]/);
    const decoded = raw.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    const resolved = [path, decoded].map(text => URL.parse(text, origin)?.origin);
    return /^\/[\x21-\x7e]*$/.test(path) && resolved.every(found => found === origin);
  };
  fc.assert(fc.property(hostile, held), { numRuns: 5000 });
  fc.assert(
    fc.property(hostile, value => held(`/${value}`)),
    { numRuns: 5000 },
  );
  t.equal(
    safeNextPath(safeNextPath('/user/\xfc', origin) ?? '', origin),
    '/user/%C3%BC',
    'and is taken again as it is',
  );
});
