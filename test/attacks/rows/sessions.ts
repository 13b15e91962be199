/** What is done to sessions: cookies that are none, users handed over by strangers, sessions taken out by scripts. */
import { stateOf } from '../../../src/gate/own-endpoints.ts';
import type { ReasonId } from '../../../src/gate/reasons.ts';
import { written } from '../../config/written.ts';
import { host } from '../../contract/rows/lines.ts';
import { nonceCookie, sessionCookie } from '../../contract/sessions.ts';
import type { AttackRow, ConfigSpelling, RequestSpelling } from '../attack.ts';
import { login, server, shown, unproven } from '../spell.ts';

const config = 'sessions';
const nonce = 'A'.repeat(22);
const bearer = 'Authorization: Bearer {alice-lab}';

const cookie = (...sealed: readonly string[]): string =>
  `Cookie: ${sealed.map(one => `${sessionCookie}=${one}`).join('; ')}`;

/** A call of one of the gate's own endpoints, which no WebSocket is. */
function called(requestLine: string, lines: readonly string[], refused: ReasonId): RequestSpelling {
  return {
    name: `${requestLine} with ${lines.map(shown).join(', ') || 'nothing'}`,
    config,
    doors: ['proxy'],
    head: [`${requestLine} HTTP/1.1`, host, ...lines],
    expect: { refused },
  };
}

/** H4: what is no session of ours, or none any more, proves nothing. */
export const brokenCookies: readonly RequestSpelling[] = [
  ...['sealed-by-a-stranger', 'a.b.c.d.e', '', '"sealed-alice"', 'sealed-alice%20', 'sealed-over', 'sealed-overlong'],
  ...['sealed-ahead', 'sealed-gone-issuer', 'sealed-other-prover', 'sealed-other-audience', 'sealed-other-org'],
  ...['sealed-elsewhere', 'sealed-nameless'],
].map(sealed => unproven(login, [cookie(sealed), 'Remote-User: root'], { config }));

/** H15: repeats and other spellings of the gate's cookie count as none. */
export const repeatedCookies: readonly RequestSpelling[] = [
  [cookie('sealed-alice', 'sealed-alice')],
  [cookie('sealed-alice', 'sealed-bob')],
  [cookie('sealed-alice'), cookie('sealed-bob')],
  [cookie('', 'sealed-alice')],
  [`${cookie('sealed-alice')}; ${sessionCookie} =x`],
  [cookie('sealed-alice').replace('__Host', '__host')],
  [cookie('sealed-alice').replace('__Host-', '')],
  [cookie('sealed-alice').replace('__Host-', '__Secure-')],
  [`Cookie: a="b; ${sessionCookie}=sealed-alice; ${sessionCookie}=x"`],
].flatMap(lines => [login, server].map(path => unproven(path, lines, { config })));

/** S4: a session taken out by a script of a user's, or by another site. */
export const takenOut: readonly RequestSpelling[] = [
  called('POST /hubgate/code', [cookie('sealed-alice')], 'handoff-refused'),
  called('POST /hubgate/code', [cookie('sealed-alice'), 'Origin: https://hub.example'], 'handoff-refused'),
  called('POST /hubgate/code', [bearer, cookie('sealed-alice')], 'handoff-refused'),
  called('POST /hubgate/code', [bearer, 'Cookie: x=y'], 'handoff-refused'),
  called('POST /hubgate/code', [bearer, 'Origin: https://www.example'], 'handoff-refused'),
  called('POST /hubgate/code', [bearer, 'Origin: null'], 'handoff-refused'),
  called('POST /hubgate/code', [bearer, 'Sec-Fetch-Site: same-origin'], 'handoff-refused'),
  called('POST /hubgate/code', [bearer, 'sec-fetch-site: none'], 'handoff-refused'),
  called('POST /hubgate/code', [], 'credential-missing'),
  called('GET /hubgate/code', [bearer], 'path-reserved'),
  called(`GET /hubgate/enter?code=c&state=${stateOf(nonce)}`, [], 'code-invalid'),
  called(
    `GET /hubgate/enter?code=c&state=${stateOf(nonce)}`,
    [`Cookie: ${nonceCookie}=${'B'.repeat(22)}`],
    'code-invalid',
  ),
  called(
    `GET /hubgate/enter?code=c&state=${stateOf(nonce)}`,
    [`Cookie: ${nonceCookie}=${nonce}; ${nonceCookie}=${nonce}`],
    'code-invalid',
  ),
  called('GET /hubgate/enter?code=c', [`Cookie: ${nonceCookie}=${nonce}`], 'code-invalid'),
  called(`GET /hubgate/enter?state=${stateOf(nonce)}`, [`Cookie: ${nonceCookie}=${nonce}`], 'code-invalid'),
  called(
    `GET /hubgate/enter?code=c&code=d&state=${stateOf(nonce)}`,
    [`Cookie: ${nonceCookie}=${nonce}`],
    'request-ambiguous',
  ),
  called('POST /hubgate/logout', [cookie('sealed-alice'), 'Sec-Fetch-Site: cross-site'], 'origin-refused'),
  called('POST /hubgate/logout', [cookie('sealed-alice'), 'Origin: https://evil.example'], 'origin-refused'),
  called('GET /hubgate/logout', [cookie('sealed-alice')], 'path-reserved'),
];

const form = ['Content-Type: application/x-www-form-urlencoded', 'Content-Length: 0'];

function sessionConfig(
  name: string,
  session: string,
  more: Readonly<Record<string, string>>,
  problemAt: string,
): ConfigSpelling {
  return { name, config: written({ session, ...more }), problemAt };
}

/** J14: a user handed over by somebody else, and sessions that are not begun by their user. */
export const handoffRow: AttackRow = {
  id: 'J14',
  spellings: [
    ...[
      'https://evil.example',
      'https://hub.example',
      'http://www.example',
      'https://www.example:8443',
      'null',
      '',
    ].map(origin => called('POST /hubgate/session', [`Origin: ${origin}`, ...form, bearer], 'handoff-refused')),
    called('POST /hubgate/session', [...form, bearer], 'handoff-refused'),
    called(
      'POST /hubgate/session',
      ['Origin: https://www.example', 'Origin: https://evil.example', ...form],
      'request-ambiguous',
    ),
    called(
      'POST /hubgate/session',
      ['Origin: https://www.example', ...form, 'Authorization: Basic x', cookie('sealed-alice')],
      'credential-missing',
    ),
    called(
      'POST /hubgate/session?token={alice-lab}',
      ['Origin: https://www.example', ...form, 'Authorization: Basic x'],
      'credential-missing',
    ),
    called(
      'POST /hubgate/session',
      ['Origin: https://www.example', ...form, 'Authorization: Bearer {expired}'],
      'token-expired',
    ),
    called(
      'POST /hubgate/session',
      ['Origin: https://www.example', ...form, 'Authorization: Bearer {mallory-lab}'],
      'not-allowed',
    ),
    {
      ...called('POST /hubgate/session', ['Origin: https://www.example', ...form, bearer], 'peer-untrusted'),
      peer: '127.0.0.2',
    },
    sessionConfig(
      "publicUrl's own origin may not hand over",
      '{ keyFiles: [k], handoff: { origins: [https://hub.example.org] } }',
      {},
      'session.handoff.origins[0]',
    ),
    sessionConfig(
      'nor may an alias',
      '{ keyFiles: [k], handoff: { origins: [https://other.example] } }',
      { publicAliases: '[other.example]' },
      'session.handoff.origins[0]',
    ),
    sessionConfig(
      'a cookie crosses no network in the clear',
      '{ keyFiles: [k] }',
      { publicUrl: 'http://hub.example.org' },
      'session',
    ),
    sessionConfig(
      'a cookie carries no key',
      '{ keyFiles: [k] }',
      { inject: '{ mount: { from: { claim: mount } } }' },
      'inject.mount.from.claim',
    ),
  ],
};
