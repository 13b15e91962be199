/** Cookies of the hub's in the wrong browser: stolen, planted, doubled; and logouts that nobody has asked for. */
import type { ReasonId } from '../../../src/gate/reasons.ts';
import { host } from '../../contract/rows/lines.ts';
import { sessionCookie } from '../../contract/sessions.ts';
import { tagged } from '../../contract/tags.ts';
import type { RequestSpelling } from '../attack.ts';
import { login, shown } from '../spell.ts';

const config = 'sessions';
const home = '/hub/home';
const loginCookie = 'jupyterhub-hub-login';
const value = '"2|1:0|bob"';
const bobs = tagged(loginCookie, value, { visitor: 'bob' });
const alices = tagged(loginCookie, '"2|1:0|alice"');
const bobsServer = tagged('jupyterhub-user-alice', value, { visitor: 'bob', reader: 'user alice' });

/** Alice's session with these cookies, of which only `up` get to the hub. */
function beside(path: string, cookies: readonly string[], up: string): RequestSpelling {
  return {
    name: `alice's session with ${cookies.map(shown).join(' | ')} on ${path}`,
    config,
    doors: ['proxy'],
    head: [`GET ${path} HTTP/1.1`, host, ...[`${sessionCookie}=sealed-alice`, ...cookies].map(one => `Cookie: ${one}`)],
    expect: { atHub: [`GET ${path}`, host, '{forwarding 127.0.0.1}', ...(up === '' ? [] : [`Cookie: ${up}`])] },
  };
}

/** Spellings of a login cookie that must log nobody in beside another's proof: made of theirs and of the visitor's own, both `name=value~tag`. */
export function strangersLogins(theirs: string, own: string): string[] {
  const name = theirs.slice(0, theirs.indexOf('='));
  const untagged = theirs.slice(name.length + 1, theirs.lastIndexOf('~'));
  const [theirTag, ownTag] = [theirs, own].map(cookie => cookie.slice(cookie.lastIndexOf('~')));
  return [
    theirs,
    `${name}=${untagged}`,
    `${name}=${untagged.replaceAll('"', '')}`,
    theirs.replace(/.(?="?~)/, 'x'),
    theirs.replace('~', '%7E'),
    theirs.replace('~', '~~'),
    theirs.replace('~', ' ~'),
    `${theirs}~${'A'.repeat(22)}`,
    `${name}=${untagged}~${'A'.repeat(22)}`,
    `${name}=${untagged}~${'A'.repeat(43)}`,
    `${name}=~${ownTag?.slice(1)}`,
    `${own.slice(0, own.lastIndexOf('~'))}${theirTag}`,
    `${name}=${untagged}${ownTag}`,
    `__Host-${own}`,
    own.toUpperCase(),
    own.replace('jupyterhub', '%6Aupyterhub'),
    own.replace('=', ' ='),
    `"${name}"${own.slice(name.length)}`,
    `x=1 ${own}`,
  ];
}

/** S6: what was given to bob's browser, or to nobody's, is nothing in alice's. */
export const strangersCookies: readonly RequestSpelling[] = [
  ...[
    ...strangersLogins(bobs, alices),
    tagged(loginCookie, value, { vouching: 'issuer https://evil.example' }),
    tagged(loginCookie, value, { visitor: 'alice ', vouching: 'namespace lab' }),
    tagged(loginCookie, value, { key: 2 }),
  ].map(cookie => beside(home, [cookie], '')),
  ...[bobsServer, `jupyterhub-user-alice=${value}`, 'jupyterhub-user-alice-oauth-state=x'].map(cookie =>
    beside('/user/alice/lab', [cookie], ''),
  ),
  ...[`service-who=${value}`, `__Host-service-who=${value}`, `jupyterhub-services=${value}`].map(cookie =>
    beside('/services/who/', [cookie], ''),
  ),
  beside(home, [bobs, 'jupyterhub-session-id=bobs'], ''),
];

/** Cookie lines with the visitor's own login among others. */
export function repeatedLogins(theirs: string, own: string): string[][] {
  const name = theirs.slice(0, theirs.indexOf('='));
  const untagged = theirs.slice(0, theirs.lastIndexOf('~'));
  return [
    [own, theirs],
    [theirs, own],
    [`${theirs}; ${own}`],
    [`${own}; ${untagged}; ${name}=`],
    [`${name}=`, `${name}=""; ${own}`],
  ];
}

/** H15: of repeats of a cookie of the hub's those with a tag that holds go up. */
export const repeatedHubCookies: readonly RequestSpelling[] = repeatedLogins(bobs, alices).map(cookies =>
  beside(home, cookies, alices.slice(0, -23)),
);

function unasked(requestLine: string, lines: readonly string[], reason: ReasonId): RequestSpelling {
  return {
    name: `${requestLine} with ${lines.join(', ')}`,
    config,
    doors: ['proxy'],
    head: [`${requestLine} HTTP/1.1`, host, `Cookie: ${sessionCookie}=sealed-alice; ${alices}`, ...lines],
    expect: { refused: reason },
  };
}

/** M6: a logout by another site, a login or a logout that is loaded ahead. */
export const unaskedErrands: readonly RequestSpelling[] = [
  unasked('GET /hub/logout', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Dest: image'], 'origin-refused'),
  unasked('GET /hub/logout', ['Sec-Fetch-Site: Cross-Site', 'Sec-Fetch-Mode: navigate'], 'origin-refused'),
  unasked('GET /hub/logout?x=1', ['Sec-Fetch-Site: same-site'], 'origin-refused'),
  unasked('GET /hub/logout', ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: cross-site'], 'origin-refused'),
  unasked('GET /hub/logout', ['Origin: null'], 'origin-refused'),
  unasked('GET /hub/logout', ['Referer: https://evil.example/'], 'origin-refused'),
  unasked('GET /hub/logout', ['Referer: https://hub.example@evil.example/'], 'origin-refused'),
  unasked('POST /hubgate/logout', ['Sec-Fetch-Site: same-site'], 'origin-refused'),
  unasked('POST /hubgate/logout', ['Sec-Fetch-Site: none', 'Sec-Fetch-Site: cross-site'], 'origin-refused'),
  unasked('GET /hub/logout', ['Sec-Purpose: prefetch'], 'prefetch-refused'),
  unasked(`GET ${login}`, ['Sec-Purpose: prefetch'], 'prefetch-refused'),
  unasked(`GET ${login}?next=%2Fhub%2Fhome`, ['Sec-Purpose: prefetch;prerender'], 'prefetch-refused'),
  unasked(`GET ${login}`, ['sec-purpose: Prefetch;anonymous-client-ip'], 'prefetch-refused'),
  unasked(`GET ${login}`, ['Purpose: prefetch'], 'prefetch-refused'),
  unasked(`GET ${login}`, ['X-Purpose: preview'], 'prefetch-refused'),
  unasked(`GET ${login}`, ['X-Moz: prefetch'], 'prefetch-refused'),
];
