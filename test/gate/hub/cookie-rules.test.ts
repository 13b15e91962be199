/** Which cookie goes where: each of the hub's to its owner, whatever the case of the user's name. */
import t from 'tap';
import { compileCookieRules, cookiesFor } from '../../../src/gate/hub/cookie-rules.ts';
import { classify } from '../../../src/gate/place.ts';
import { cookiePairs } from '../../../src/http/cookies.ts';

const rules = compileCookieRules(['lab_jwt']);
const places = { baseUrl: '/', publicExact: new Set<string>(), publicPrefixes: [], general: false };

/** As Tornado signs a value: it holds the cookie's own name. */
const signed = (name: string): string => `${name}="2|1:0|10:1795391449|36:${name}|4:M2x==|c295b35f"`;

const own = 'jupyterhub-user-MFWGSY3F';
const rows: readonly [rule: string, path: string, cookie: string, goes: boolean][] = [
  ['a server gets its own cookie', '/user/alice/lab', signed('jupyterhub-user-alice'), true],
  ["an upper-case user's too", '/user/MFWGSY3F/lab', signed(own), true],
  ["an upper-case user's OAuth state too", '/user/MFWGSY3F/oauth_callback', signed(`${own}-oauth-state`), true],
  ["an upper-case user's named server too", '/user/MFWGSY3F/Lab/x', signed(`${own}-Lab`), true],
  ['an escaped name', '/user/o%27hara@lab/x', signed('jupyterhub-user-o%27hara%40lab'), true],
  [
    'a name with a plus of its own',
    '/user/ada+lab@example.org/x',
    signed('jupyterhub-user-ada+lab%40example.org'),
    true,
  ],
  [
    'the same with the plus escaped',
    '/user/ada%2Blab@example.org/x',
    signed('jupyterhub-user-ada%2Blab%40example.org'),
    true,
  ],
  ['not a name behind a plus that some parser takes for a space', '/hub/login', '+username=root', false],
  ["a service's with upper case too", '/services/Grader/', signed('service-Grader'), true],
  ["not the cookie of another case's user", '/user/MFWGSY3F/lab', 'jupyterhub-user-mfwgsy3f=1', false],
  ["a __Host- cookie on the server's own path", '/user/MFWGSY3F/lab', `__Host-${own}=1`, true],
  ["a named server's __Host- cookie on its owner's visit", '/user/MFWGSY3F/gpu/x', `__Host-${own}-gpu=1`, true],
  [
    "not what may be another user's on a visit to somebody",
    '/user/bob/smith/x',
    '__Host-jupyterhub-user-bob-smith=1',
    false,
  ],
  ["not another user's", '/user/alice/lab', 'jupyterhub-user-bob=1', false],
  ["not another user's in a lax reading", '/user/alice/lab', 'a="b" jupyterhub-user-bob=1', false],
  ["not another server's", '/user/alice/lab', 'jupyterhub-user-alice-gpu=1', false],
  ["not the hub's", '/user/alice/lab', 'jupyterhub-hub-login=1', false],
  ["the hub gets the hub's", '/hub/home', signed('jupyterhub-hub-login'), true],
  ["the hub does not get a server's", '/hub/home', 'jupyterhub-user-alice=1', false],
  ["nobody gets the gate's", '/hub/home', '__Host-hubgate-0123abcd=1', false],
  ['nobody gets a carrier, in any case', '/hub/home', 'LAB_jwt=1', false],
  ["nobody gets a plugin's name, in any case", '/hub/login', 'UserName=root', false],
  ['anybody gets the rest', '/user/alice/lab', '_xsrf=2|a|b|1', true],
];

for (const [rule, path, cookie, goes] of rows) {
  t.test(rule, async t => {
    const place = classify(path, places);
    const sent =
      place === null ? [] : cookiesFor(cookiePairs([cookie]), { place, visitor: 'MFWGSY3F', issuer: undefined }, rules);
    t.strictSame(
      sent.map(({ text }) => text),
      goes ? [cookie] : [],
    );
  });
}
