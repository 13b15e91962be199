/** J: tokens that are written so that a gate reads them otherwise than their issuer. The arena finds every signature good. */
import { createSecretKey } from 'node:crypto';
import type { ReasonId } from '../../../src/gate/reasons.ts';
import { balancerArn } from '../../contract/configs.ts';
import { host } from '../../contract/rows/lines.ts';
import { contractNow } from '../../contract/tokens.ts';
import { encodePart, makeKey, publicJwk, publicPem, signParts } from '../../identity/token-maker.ts';
import type { AttackRow, RequestSpelling } from '../attack.ts';
import { byToken, login, shown } from '../spell.ts';

const key = makeKey('HS256');
const issuerKey = makeKey('ES256');
const exp = contractNow / 1000 + 600;
const claims = { iss: 'https://sso.example', aud: 'jupyterhub', sub: 's-1', exp, preferred_username: 'alice' };
const header = { alg: 'HS256', kid: 'HS256' };

/** A login with these bytes. */
function byText(name: string, token: string, reason: ReasonId): RequestSpelling {
  return {
    name,
    head: [`GET ${login} HTTP/1.1`, host, `Authorization: Bearer ${token}`],
    expect: { refused: reason },
  };
}

/** A head that says more, or something else. */
function headed(more: Readonly<Record<string, unknown>>, reason: ReasonId): RequestSpelling {
  return byText(`the head with ${shown(JSON.stringify(more))}`, signParts({ ...header, ...more }, claims, key), reason);
}

function claiming(more: Readonly<Record<string, unknown>>, reason: ReasonId): RequestSpelling {
  return byText(`claims with ${shown(JSON.stringify(more))}`, signParts(header, { ...claims, ...more }, key), reason);
}

/** One part as it is written, well-formed or not. */
function written(part: 'head' | 'claims', name: string, bytes: string | Uint8Array): RequestSpelling {
  const token = part === 'head' ? signParts(bytes, claims, key) : signParts(header, bytes, key);
  return byText(`the ${part} with ${shown(name)}`, token, 'token-malformed');
}

const json = (value: object, more: string): string => `${JSON.stringify(value).slice(0, -1)},${more}}`;

const good = signParts(header, claims, key);
const [first = '', second = '', third = ''] = good.split('.');

const nones = ['none', 'None', 'NONE', 'nOnE', 'none ', ' none', 'none\0', 'no\u200bne', '', null, ['none'], true];

/** Signed with what everybody knows of the balancer's key, as an HMAC's secret. */
const confused = [
  ['its PEM', publicPem(issuerKey)],
  ['its PEM without the last line end', publicPem(issuerKey).trimEnd()],
  ['its PEM behind a space', ` ${publicPem(issuerKey)}`],
  ['its JWK', JSON.stringify(publicJwk(issuerKey))],
  ['its JWK without alg and kid', JSON.stringify(publicJwk(issuerKey, { kid: undefined }))],
  ['nothing', ''],
] as const;

function bySecret(name: string, secret: string, alg: 'HS256' | 'HS384' | 'HS512'): RequestSpelling {
  const more = { signer: balancerArn, client: 'client-1', iss: claims.iss, exp };
  const signed = signParts({ alg, kid: '12345678-1234-1234-1234-123456789012', ...more }, claims, {
    ...makeKey(alg),
    key: createSecretKey(Buffer.from(secret)),
  });
  return {
    name: `${alg} by ${name}`,
    config: 'alb',
    head: [`GET ${login} HTTP/1.1`, host, `X-Amzn-Oidc-Data: ${signed}`],
    expect: { refused: 'token-algorithm' },
  };
}

/** Rows of tokens alone. */
export const forgedTokenRows: readonly AttackRow[] = [
  {
    id: 'J1',
    spellings: [
      ...nones.map(alg => headed({ alg }, 'token-algorithm')),
      ...['none', 'None', 'HS256'].map(alg =>
        byText(`no signature, and ${alg}`, `${encodePart({ ...header, alg })}.${second}.`, 'token-malformed'),
      ),
      byText('no alg at all', signParts({ kid: 'HS256' }, claims, key), 'token-algorithm'),
      byToken('unsigned', 'token-malformed'),
    ],
  },
  {
    id: 'J2',
    spellings: [
      ...confused.flatMap(([name, secret]) =>
        (['HS256', 'HS384', 'HS512'] as const).map(alg => bySecret(name, secret, alg)),
      ),
      ...['RS256', 'PS256', 'ES256', 'EdDSA', 'HS384', 'HS512', ' HS256', 'HS256 ', 'hs256', 'HS256\n'].map(alg =>
        headed({ alg }, 'token-algorithm'),
      ),
    ],
  },
  {
    id: 'J3',
    spellings: ['FOO', 'HS', 'HS1', 'HS2560', 'ES256K', 'HMAC-SHA256', '__proto__', 'constructor', 256, {}].map(alg =>
      headed({ alg }, 'token-algorithm'),
    ),
  },
  {
    id: 'J4',
    spellings: [
      ...[['x'], ['exp'], ['b64'], [], 'x', null, {}].map(crit => headed({ crit }, 'token-algorithm')),
      ...[true, false, null].map(b64 => headed({ b64 }, 'token-algorithm')),
      headed({ crit: ['b64'], b64: false }, 'token-algorithm'),
    ],
  },
  {
    id: 'J5',
    spellings: [
      ...['http://169.254.169.254/', 'https://sso.example/jwks', 'file:///etc/passwd', '', null].flatMap(url => [
        headed({ jku: url }, 'token-algorithm'),
        headed({ x5u: url }, 'token-algorithm'),
      ]),
      headed({ jwk: publicJwk(issuerKey) }, 'token-algorithm'),
      headed({ jwk: { kty: 'oct', k: 'AAAA' } }, 'token-algorithm'),
      headed({ jwk: null }, 'token-algorithm'),
      byToken('jku', 'token-algorithm'),
    ],
  },
  {
    id: 'J6',
    spellings: [
      ...['k'.repeat(129), '../'.repeat(60), "' OR 1=1 --".repeat(20), 7, null, true, ['HS256'], {}].map(kid =>
        headed({ kid }, 'token-malformed'),
      ),
      ...['"kid":"x"', '"\\u006bid":"HS256"', '"__proto__":1,"__proto__":2'].map(more =>
        written('head', more, json(header, more)),
      ),
    ],
  },
  {
    id: 'J8',
    spellings: [
      ...['a.b.c.d.e', `${good}.a.b`, '....', `${'A'.repeat(2000)}.b.c.d.e`].map(token =>
        byText(`five parts: ${shown(token)}`, token, 'token-malformed'),
      ),
      ...['RSA-OAEP', 'dir', 'PBES2-HS256+A128KW'].flatMap(alg => {
        const head = { alg, enc: 'A256GCM', p2c: 2_147_483_647, p2s: 'AAAA', zip: 'DEF' };
        const five = `${encodePart(head)}.AAAA.AAAA.AAAA.AAAA`;
        return [headed(head, 'token-algorithm'), byText(`${alg} in five parts`, five, 'token-malformed')];
      }),
      ...[`${first}.${second}`, `${good}.a`, `${good}.a.b.c`].map((token, at) =>
        byText(`${[2, 4, 6][at]} parts`, token, 'hub-token-refused'),
      ),
    ],
  },
  {
    id: 'J9',
    spellings: [
      ...(
        [
          ['padding behind', `${good}=`],
          ['padding in the head', `${first}=.${second}.${third}`],
          ['padding in the claims', `${first}.${second}==.${third}`],
          ['the other alphabet', `${first}.${second}.${third.slice(0, -4)}+/+/`],
          ['trailing bits', `${good.slice(0, -1)}${String.fromCharCode(good.charCodeAt(good.length - 1) + 1)}`],
          ['a percent', `${first}.${second}.%41${third}`],
          ['an empty head', `.${second}.${third}`],
          ['empty claims', `${first}..${third}`],
        ] as const
      ).map(([name, token]) => byText(name, token, 'token-malformed')),
      ...[
        '"sub":"b"',
        '"\\u0073ub":"b"',
        '"a":{"b":1,"b":2}',
        '"exp":1e400',
        '"x":1e400',
        '"x":9007199254740993',
        '"x":NaN',
        '"x":Infinity',
        '"x":01',
        '"x":"\\ud800"',
        "'x':1",
        '"x":1,',
        '"x":1}{',
        '"x":1/**/',
      ].map(more => written('claims', more, json(claims, more))),
      written('claims', 'a BOM', `\ufeff${JSON.stringify(claims)}`),
      written('head', 'a BOM', `\ufeff${JSON.stringify(header)}`),
      written('claims', 'overlong UTF-8', Uint8Array.of(0x7b, 0x22, 0xc1, 0xa1, 0x22, 0x3a, 0x31, 0x7d)),
      written('claims', 'a surrogate in UTF-8', Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d)),
      written('claims', 'UTF-16', Buffer.from(JSON.stringify(claims), 'utf16le')),
      written('claims', 'a list', '[]'),
      written('head', 'duplicate alg', json(header, '"alg":"none"')),
      ...[String(exp), '', 1e300, 8.7e12, null, true, [exp], {}, undefined].map((date, at) => ({
        ...claiming({ exp: date }, 'token-malformed'),
        name: `exp ${at}: ${JSON.stringify(date)}`,
      })),
      ...[String(exp), 1e300, null].flatMap(date => [
        claiming({ nbf: date }, 'token-malformed'),
        claiming({ iat: date }, 'token-malformed'),
      ]),
      ...[-1, 0, -1e9].map(date => claiming({ exp: date }, 'token-expired')),
    ],
  },
  {
    id: 'J10',
    spellings: [
      ...[
        ['https://sso.example'],
        ['https://sso.example', 'https://evil.example'],
        'https://sso.example/',
        'https://SSO.example',
        'http://sso.example',
        'https://sso.example.evil.example',
        'https://sso.example:443',
        'https://sso.exampl',
        ' https://sso.example',
        'https://sso.example#',
        '__proto__',
        '',
        null,
        {},
      ].map(iss => claiming({ iss }, 'token-issuer')),
      ...[
        'JupyterHub',
        'jupyterhub/',
        'jupyterhub ',
        'jupyterhu',
        'jupyterhub2',
        'jupyterhub,other',
        ['another'],
        ['jupyterhub', 7],
        [['jupyterhub']],
        [],
        { jupyterhub: 1 },
        '',
        null,
      ].map(aud => claiming({ aud }, 'token-audience')),
      claiming({ aud: undefined, azp: 'jupyterhub' }, 'token-audience'),
    ],
  },
];
