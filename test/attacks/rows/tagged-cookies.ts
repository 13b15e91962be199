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

/** S6: what was given to bob's browser, or to nobody's, is nothing in alice's. */
export const strangersCookies: readonly RequestSpelling[] = [
  ...[
    bobs,
    `${loginCookie}=${value}`,
    `${loginCookie}=2|1:0|bob`,
    bobs.replace('bob', 'ada'),
    bobs.replace('~', '%7E'),
    bobs.replace('~', '~~'),
    bobs.replace('~', ' ~'),
    `${bobs}~${'A'.repeat(22)}`,
    `${loginCookie}=${value}~${'A'.repeat(22)}`,
    `${loginCookie}=${value}~${'A'.repeat(43)}`,
    `${loginCookie}=~${alices.slice(-22)}`,
    `${alices.slice(0, -23)}${bobs.slice(-23)}`,
    `${loginCookie}=${value}${alices.slice(-23)}`,
    `__Host-${alices}`,
    alices.toUpperCase(),
    alices.replace('jupyterhub', '%6Aupyterhub'),
    alices.replace('=', ' ='),
    `"${loginCookie}"${alices.slice(loginCookie.length)}`,
    `x=1 ${alices}`,
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

/** H15: of repeats of a cookie of the hub's those with a tag that holds go up. */
export const repeatedHubCookies: readonly RequestSpelling[] = [
  [alices, bobs],
  [bobs, alices],
  [`${bobs}; ${alices}`],
  [`${alices}; ${loginCookie}=${value}; ${loginCookie}=`],
  [`${loginCookie}=`, `${loginCookie}=""; ${alices}`],
].map(cookies => beside(home, cookies, alices.slice(0, -23)));

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
