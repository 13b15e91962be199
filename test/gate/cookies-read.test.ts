/** Cookies that are left, read by the parsers of Python and of Tornado: none of them finds a name that is the gate's (H14). */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import t from 'tap';
import { compileCookieRules, cookiesFor } from '../../src/gate/hub/cookie-rules.ts';
import type { Place } from '../../src/gate/place.ts';
import { cookiePairs, joinCookies } from '../../src/http/cookies.ts';

const server: Place = {
  class: 'user',
  owner: 'alice',
  server: 'lab',
  below: '/user/alice/lab',
  public: false,
  audience: 'users',
};
const rules = compileCookieRules(['lab_jwt']);

const pieces = [
  'username',
  'token',
  'lab_jwt',
  'hubgate-1',
  'jupyterhub-hub-login',
  'jupyterhub-user-bob',
  '__Host-',
  'USERNAME',
];
const glue = [
  '=',
  '=',
  '=root',
  ';',
  '; ',
  ' ',
  '\t',
  '"',
  ',',
  '\\',
  '\\"',
  '%3d',
  '%20',
  '$',
  '$Version=1',
  '\x80',
  '\xa0',
  '\x85',
  '\xff',
  'a',
  'b=c',
  "'",
  '[',
  '{',
  '\\075',
  ':',
  '&',
  '.',
];
const line = fc
  .array(
    fc.oneof({ weight: 1, arbitrary: fc.constantFrom(...pieces) }, { weight: 2, arbitrary: fc.constantFrom(...glue) }),
    { maxLength: 12 },
  )
  .map(parts => parts.join(''));

/** Tornado 6.5 `httputil.parse_cookie`, word for word but for its typing, and the standard library's own. */
const readers = `
import json, sys
from http.cookies import SimpleCookie, CookieError
def tornado(cookie):
    cookiedict = {}
    for chunk in cookie.split(";"):
        if "=" in chunk:
            key, val = chunk.split("=", 1)
        else:
            key, val = "", chunk
        key, val = key.strip(), val.strip()
        if key or val:
            cookiedict[key] = val
    return list(cookiedict)
def standard(cookie):
    try:
        return list(SimpleCookie(cookie))
    except CookieError:
        return []
print(json.dumps([[tornado(line), standard(line)] for line in json.load(sys.stdin)]))
`;

const forbidden =
  /^(?:username|token|lab_jwt|(?:__host-)?hubgate-.*|(?:__host-)?jupyterhub-hub-login|(?:__host-)?jupyterhub-user-bob)$/i;

t.test('what goes to a server names no identity to its parsers', async t => {
  const sent = fc.sample(line, 20_000);
  const kept = sent.map(text =>
    joinCookies(cookiesFor(cookiePairs([text]), { place: server, visitor: 'alice', issuer: undefined }, rules)),
  );
  const python = spawnSync('python3', ['-c', readers], {
    input: JSON.stringify(kept),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  t.equal(python.stderr, '');
  const read: string[][][] = JSON.parse(python.stdout);
  const found = read.flatMap((names, at) =>
    names.flat().some(name => forbidden.test(name)) ? [[sent[at], kept[at], names]] : [],
  );
  t.same(found.slice(0, 5), []);
  t.ok(kept.filter(text => text !== '').length > sent.length / 8, 'enough is left to read');
});
