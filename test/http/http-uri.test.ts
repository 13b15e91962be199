/** Which URIs of http and https are one and the same (RFC 3986 §6.2.2, §6.2.3), and what is none. */
import fc from 'fast-check';
import t from 'tap';
import { normalUriPath, readHttpUri } from '../../src/http/http-uri.ts';

const same: readonly (readonly [rule: string, uri: string])[] = [
  ['as it stands', 'https://hub.example/hub/login'],
  ['scheme in another case', 'HTTPS://hub.example/hub/login'],
  ['host in another case', 'https://HUB.Example/hub/login'],
  ['the default port', 'https://hub.example:443/hub/login'],
  ['a query', 'https://hub.example/hub/login?next=/x'],
  ['an empty query', 'https://hub.example/hub/login?'],
  ['a fragment', 'https://hub.example/hub/login#x'],
  ['both', 'https://hub.example/hub/login?a#b?c'],
  ['an encoded letter', 'https://hub.example/hub/%6Cogin'],
  ['an encoded letter, in lower case', 'https://hub.example/hub/%6cogin'],
  ['a dot segment', 'https://hub.example/hub/./login'],
  ['a dot segment that goes up', 'https://hub.example/hub/x/../login'],
  ['an encoded dot segment', 'https://hub.example/hub/x/%2E%2e/login'],
  ['dot segments beyond the root', 'https://hub.example/../../hub/login'],
];

const different: readonly (readonly [rule: string, uri: string])[] = [
  ['another scheme', 'http://hub.example/hub/login'],
  ["the other scheme's port", 'https://hub.example:80/hub/login'],
  ['another host', 'https://hub.example.evil/hub/login'],
  ['another path', 'https://hub.example/hub/logi'],
  ['a path in another case', 'https://hub.example/hub/Login'],
  ['a slash at the end', 'https://hub.example/hub/login/'],
  ['an empty segment', 'https://hub.example/hub//login'],
  ['an encoded slash', 'https://hub.example/hub%2Flogin'],
  ['a parameter', 'https://hub.example/hub/login;x'],
  ['a backslash', 'https://hub.example/hub\\login'],
  ['an encoding of an encoding', 'https://hub.example/hub/%256Cogin'],
];

const none: readonly (readonly [rule: string, uri: string])[] = [
  ['nothing', ''],
  ['a path alone', '/hub/login'],
  ['a network path', '//hub.example/hub/login'],
  ['another scheme', 'ftp://hub.example/hub/login'],
  ['no slashes', 'https:hub.example/hub/login'],
  ['one slash', 'https:/hub.example/hub/login'],
  ['backslashes', 'https:\\\\hub.example\\hub\\login'],
  ['no host', 'https:///hub/login'],
  ['userinfo', 'https://hub.example@evil.example/hub/login'],
  ['userinfo before the host', 'https://user:x@hub.example/hub/login'],
  ['an empty port', 'https://hub.example:/hub/login'],
  ['a port that begins with zero', 'https://hub.example:0443/hub/login'],
  ['a port that is none', 'https://hub.example:https/hub/login'],
  ['a dot at the end', 'https://hub.example./hub/login'],
  ['a host in another notation', 'https://0x7f.1/hub/login'],
  ['a broken encoding', 'https://hub.example/hub/%6'],
  ['a broken encoding that another one would mend', 'https://hub.example/hub/%%36cogin'],
  ['a space in front', ' https://hub.example/hub/login'],
  ['a space at the end', 'https://hub.example/hub/login '],
  ['a tab within', 'https://hub.exa\tmple/hub/login'],
  ['a line end', 'https://hub.example/hub/login\n'],
  ['a letter beyond ASCII', 'https://hub.example/hub/löwe'],
  ['a host beyond ASCII', 'https://hüb.example/hub/login'],
];

const plain = { scheme: 'https', authority: 'hub.example:443', path: '/hub/login' };

t.test('one and the same', async t => {
  for (const [rule, uri] of same) t.strictSame(readHttpUri(uri), plain, rule);
});

t.test('another one', async t => {
  for (const [rule, uri] of different) t.notSame(readHttpUri(uri) ?? plain, plain, rule);
});

t.test('none at all', async t => {
  for (const [rule, uri] of none) t.equal(readHttpUri(uri), null, rule);
});

t.test('no path is the root', async t => {
  const root = { scheme: 'http', authority: '[2001:db8::1]:8080', path: '/' };
  t.strictSame(readHttpUri('http://[2001:DB8:0::1]:8080'), root);
  t.strictSame(readHttpUri('http://[2001:db8::1]:8080/?x'), root);
  t.strictSame(readHttpUri('http://[2001:db8::1]:8080?x'), root);
});

t.test('paths (RFC 3986 §5.2.4, §6.2.2)', async t => {
  t.equal(normalUriPath('/a/b/c/./../../g'), '/a/g');
  t.equal(normalUriPath('/mid/content=5/../6'), '/mid/6');
  t.equal(normalUriPath('/a/..'), '/');
  t.equal(normalUriPath('/a/b/.'), '/a/b/');
  t.equal(normalUriPath('/a//../b'), '/a/b');
  t.equal(normalUriPath('/a//b//'), '/a//b//');
  t.equal(normalUriPath('/%7euser/%e4%3a%2f'), '/~user/%E4%3A%2F');
  t.equal(normalUriPath('/..a/...'), '/..a/...');
});

const piece = fc.constantFrom(
  ...['a', 'B', '.', '..', '/', '//', '~', ';', '%2e', '%2E', '%2f', '%41', '%c3', '%25', '-x'],
);

t.test('a client that reads its URL as browsers do means the same', async t => {
  const property = fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
    const path = `/${pieces.join('')}`;
    const normal = normalUriPath(path);
    const { pathname } = new URL(`https://hub.example${path}`);
    return normalUriPath(pathname) === normal && normalUriPath(normal) === normal;
  });
  const details = fc.check(property, { numRuns: 3000 });
  t.equal(fc.defaultReportMessage(details) ?? 'holds', 'holds');
});
