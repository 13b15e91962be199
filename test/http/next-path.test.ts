/** P10: open redirects through `next`. */
import fc from 'fast-check';
import t from 'tap';
import { safeNextPath } from '../../src/http/next-path.ts';
import { redirects } from '../attacks/rows/redirects.ts';

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
