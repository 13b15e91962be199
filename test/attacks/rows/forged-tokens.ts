/**
 * J: tokens that are written so that a gate reads them otherwise than their issuer. The arena finds every signature good, but where
 * the config is `signed`.
 */
import { createSecretKey, X509Certificate } from 'node:crypto';
import type { ReasonId } from '../../../src/gate/reasons.ts';
import { balancerArn } from '../../contract/configs.ts';
import { publishedKeys } from '../../contract/published-keys.ts';
import { host } from '../../contract/rows/lines.ts';
import {
  certificatePem,
  encodePart,
  makeKey,
  publicJwk,
  publicPem,
  type SigningKey,
  signParts,
} from '../../identity/token-maker.ts';
import type { AttackRow, RequestSpelling } from '../attack.ts';
import { byToken, login, shown } from '../spell.ts';
import { accepted, byText, tokenClaims as claims } from '../token-text.ts';

const key = makeKey('HS256');
const issuerKey = makeKey('ES256');
const { exp } = claims;
const header = { alg: 'HS256', kid: 'HS256' };

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

const { es, twin, otherTwin } = publishedKeys;
const intruder = makeKey('ES256');

/** Their certificate, and its thumbprints, as a head says them (RFC 7515 §4.1.6 to §4.1.8). */
function certified(key: SigningKey): readonly Readonly<Record<string, unknown>>[] {
  const { raw, fingerprint, fingerprint256 } = new X509Certificate(certificatePem(key));
  const thumbprint = (hex: string): string => Buffer.from(hex.replaceAll(':', ''), 'hex').toString('base64url');
  const x5c = [raw.toString('base64')];
  const [x5t, x5t256] = [thumbprint(fingerprint), thumbprint(fingerprint256)];
  return [{ x5c }, { x5t }, { 'x5t#S256': x5t256 }, { x5c, x5t, 'x5t#S256': x5t256 }];
}

/** A certificate in the head counts for nothing: the issuer's key alone says whether the signature holds. */
const certificates: readonly RequestSpelling[] = certified(intruder).flatMap(named => {
  const by = (key: SigningKey, more: object): string =>
    signParts({ alg: 'ES256', kid: 'ES256', ...named, ...more }, claims, key);
  const names = Object.keys(named).join(', ');
  return [
    byText(`${names} of who signed`, by(intruder, {}), 'token-signature', 'signed'),
    byText(`${names} of who signed, without kid`, by(intruder, { kid: undefined }), 'token-key-unknown', 'signed'),
    byText(`${names} of who signed, and a kid of none`, by(intruder, { kid: 'none' }), 'token-key-unknown', 'signed'),
    accepted(`${names} of somebody else, signed by the issuer`, by(es, {}), 'signed'),
  ];
});

/** A token of the config that wants access tokens of one client. */
function typed(headMore: object, claimsMore: object = {}): readonly [name: string, token: string] {
  const says = JSON.stringify({ ...headMore, ...claimsMore });
  const head = { ...header, typ: 'at+jwt', ...headMore };
  return [`${says} where at+jwt is wanted`, signParts(head, { ...claims, azp: 'lab-portal', ...claimsMore }, key)];
}

const logout = { events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, sid: 's' };

const confusedTypes: readonly RequestSpelling[] = [
  ...[
    'JWT',
    'id_token',
    'logout+jwt',
    'dpop+jwt',
    'token-introspection+jwt',
    'at+jwt ',
    'at+jwt;x=y',
    'at',
    'jwt+at',
    'application/application/at+jwt',
    'text/at+jwt',
    '',
    null,
    ['at+jwt'],
    { 'at+jwt': 1 },
  ].map(typ => byText(...typed({ typ }), 'token-type', 'typed')),
  byText('no typ where at+jwt is wanted', typed({ typ: undefined })[1], 'token-type', 'typed'),
  byText(...typed({ typ: 'JWT' }, { nonce: 'n', at_hash: 'h' }), 'token-type', 'typed'),
  byText(...typed({ typ: 'logout+jwt' }, logout), 'token-type', 'typed'),
  ...['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/AT+jwt'].map(typ => accepted(...typed({ typ }), 'typed')),
];

const otherClients: readonly RequestSpelling[] = [
  ...['other', 'lab-portal ', 'LAB-PORTAL', 'lab-portal,other', 'lab-porta', '', ['lab-portal'], null, {}, true].map(
    azp => byText(...typed({}, { azp }), 'claim-invalid', 'typed'),
  ),
  byText('no azp where one is wanted', typed({}, { azp: undefined })[1], 'claim-invalid', 'typed'),
  byText(...typed({}, { azp: undefined, client_id: 'lab-portal' }), 'claim-invalid', 'typed'),
  byText('azp in the head', typed({ azp: 'lab-portal' }, { azp: 'other' })[1], 'claim-invalid', 'typed'),
];

/** What would break the line of a report. */
const inHex = (text: string): string => `0x${Buffer.from(text).toString('hex')}`;

const spaced: readonly (readonly [name: string, value: string, reason: ReasonId])[] = [
  ...([' ', '\t', '\x0b', '\x0c', '\xa0', '\x85', '\xe2\x80\x8b'] as const).flatMap(space =>
    (
      [
        ['in the head', `${first.slice(0, 4)}${space}${first.slice(4)}.${second}.${third}`],
        ['in the claims', `${first}.${second.slice(0, 4)}${space}${second.slice(4)}.${third}`],
        ['in the signature', `${first}.${second}.${third.slice(0, 4)}${space}${third.slice(4)}`],
        ['in front', `${space}${good}`],
        ['before a dot', `${first}${space}.${second}.${third}`],
      ] as const
    ).map(([place, token]) => [`${inHex(space)} ${place}`, token, 'request-ambiguous'] as const),
  ),
  ['a BOM in front', `\xef\xbb\xbf${good}`, 'request-ambiguous'],
  ['a dot overlong', `${first}\xc0\xae${second}.${third}`, 'request-ambiguous'],
  ['a percent and a line end', `${good}%0a`, 'token-malformed'],
  ['a plus for a space', `${first}+.${second}.${third}`, 'token-malformed'],
];

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
      ...certificates,
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
      headed({ kid: 'k'.repeat(1024 * 1024) }, 'headers-too-large'),
      headed({ kid: 'k'.repeat(8 * 1024) }, 'token-malformed'),
      ...[twin, otherTwin].map((key, at) =>
        byText(
          `a kid that two keys of the set have, by number ${at + 1}`,
          signParts({ alg: 'ES256', kid: 'twin' }, claims, key),
          'token-key-unknown',
          'signed',
        ),
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
      ...spaced.map(([name, token, reason]) => byText(name, token, reason)),
      accepted('spaces behind, which are none of the value (RFC 9110 §5.5)', `${good}  `),
      byText('a tab behind', `${good}\t`, 'request-ambiguous'),
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
      written('head', 'overlong UTF-8', Uint8Array.of(0x7b, 0x22, 0xe0, 0x81, 0xa1, 0x22, 0x3a, 0x31, 0x7d)),
      written('claims', 'a BOM in UTF-16', Buffer.from(`\ufeff${JSON.stringify(claims)}`, 'utf16le')),
      ...['\u00a0', '\u2028', '\v', '\f', '\0'].flatMap(space => [
        written('claims', `${inHex(space)} in front`, `${space}${JSON.stringify(claims)}`),
        written('head', `${inHex(space)} behind`, `${JSON.stringify(header)}${space}`),
      ]),
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
      ...confusedTypes,
      ...otherClients,
    ],
  },
];
