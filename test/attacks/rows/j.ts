/** J: whose tokens are. */
import type { ReasonId } from '../../../src/gate/reasons.ts';
import { host } from '../../contract/rows/lines.ts';
import type { AttackRow, RequestSpelling } from '../attack.ts';
import { byToken, canonical, login, server, shown, takenOff } from '../spell.ts';
import { handoffRow } from './sessions.ts';

const stolen = 'Authorization: DPoP {key-bound}';

/** A login with a stolen token that is bound to a key. */
function asHolder(reason: ReasonId, lines: readonly string[], requestLine = `GET ${login}`): RequestSpelling {
  return {
    name: `a bound token with ${lines.map(shown).join(', ') || 'no proof'} for ${requestLine}`,
    head: [`${requestLine} HTTP/1.1`, host, stolen, ...lines],
    expect: { refused: reason },
  };
}

const badProofs = [
  ...['stranger', 'other-token', 'no-token'].map(whose => `{proof-of-${whose}}`),
  ...['unsigned', 'hmac', 'none', 'private', 'keyless', 'typeless'].map(how => `{proof-${how}}`),
  ...['old', 'future', 'http', 'elsewhere', 'slash'].map(where => `{proof-${where}}`),
];

const certificateFields = ['X-Forwarded-Client-Cert', 'X-SSL-Client-Cert', 'Client-Cert', 'X-Client-Cert-Thumbprint'];

const oddAddresses = [
  ...['unverified', 'unverified-text', 'unverified-null', 'two-ats', 'quoted-at', 'two-addresses', 'listed-address'],
  ...['kelvin', 'homoglyph', 'homoglyph-name'],
];

/** Rows on the holder of a token, and on the user it is for. */
export const tokenRows: readonly AttackRow[] = [
  { id: 'J11', spellings: oddAddresses.map(token => byToken(`cel-${token}`, 'claim-invalid', 'expressions')) },
  handoffRow,
  {
    id: 'J15',
    spellings: [
      ...['bound', 'key-bound', 'certificate-bound', 'twice-bound'].map(token => byToken(token, 'token-bound')),
      ...['alice', 'certificate-bound', 'twice-bound'].map(
        (token): RequestSpelling => ({
          name: `the token of ${token}, by the DPoP scheme`,
          head: [`GET ${login} HTTP/1.1`, host, `Authorization: DPoP {${token}}`, 'DPoP: {GET /hub/login}'],
          expect: { refused: 'token-bound' },
        }),
      ),
      ...certificateFields.map(
        (name): RequestSpelling => ({
          name: `the certificate said in ${name}`,
          head: [`GET ${login} HTTP/1.1`, host, 'Authorization: Bearer {certificate-bound}', `${name}: a certificate`],
          expect: { refused: 'token-bound' },
        }),
      ),
      ...[
        ['X-Lab-Assertion: {key-bound}'],
        ['Cookie: lab_jwt={key-bound}'],
        ['Cookie: lab_jwt={certificate-bound}'],
        ['Authorization: DPoP {key-bound}', 'Cookie: lab_jwt={key-bound}'],
      ].map(
        (lines): RequestSpelling => ({
          name: `a bound token in ${lines.map(shown).join(', ')}`,
          config: 'carriers',
          head: [`GET ${login} HTTP/1.1`, host, ...lines, 'DPoP: {GET /hub/login}'],
          doors: ['proxy'],
          expect: { refused: 'token-bound' },
        }),
      ),
      asHolder('dpop-invalid', []),
      ...badProofs.map(proof => asHolder('dpop-invalid', [`DPoP: ${proof}`])),
      asHolder('dpop-replayed', ['DPoP: {proof-replayed}']),
      asHolder('dpop-invalid', ['DPoP: {GET /hub/login}', 'DPoP: {GET /hub/login}']),
      asHolder('dpop-invalid', ['DPoP: {GET /hub/login}', 'dPoP: x']),
      asHolder('dpop-invalid', ['DPoP: {GET /hub/login}, {GET /hub/login}']),
      asHolder('dpop-invalid', ['DPoP: "{GET /hub/login}"']),
      asHolder('dpop-invalid', ['DPoP:']),
      ...['DPoP_', 'D-PoP', 'HTTP_DPOP', 'X-DPoP'].map(name => asHolder('dpop-invalid', [`${name}: {GET /hub/login}`])),
      asHolder('dpop-invalid', ['DPoP: {GET /hub/home}']),
      asHolder('dpop-invalid', ['DPoP: {POST /hub/login}']),
      asHolder('dpop-invalid', ['DPoP: {GET /hub/login}'], `OPTIONS ${login}`),
      asHolder('dpop-invalid', ['DPoP: {GET /hub/login}'], `GET ${server}`),
      asHolder('request-ambiguous', ['DPoP: {GET /hub/login}', 'Connection: DPoP']),
      {
        name: 'a bound token and a plain one',
        head: [`GET ${login} HTTP/1.1`, host, stolen, 'Authorization: Bearer {alice}', 'DPoP: {GET /hub/login}'],
        expect: { refused: 'request-ambiguous' },
      },
      {
        name: 'the proof of its holder',
        head: [`GET ${login} HTTP/1.1`, host, stolen, 'DPoP: {GET /hub/login}'],
        expect: { atHub: canonical(login) },
      },
      ...takenOff(['DPoP: {proof-old}'], { name: 'a proof beside a plain token' }),
      ...takenOff(['HTTP_DPoP: {proof-old}', 'dpop: x'], { name: 'a proof in other spellings' }),
    ],
  },
];
