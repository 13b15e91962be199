/** Tokens that `hubgate token verify` and jose both judge, and what is to come of each. */
import { createSecretKey } from 'node:crypto';
import {
  certificatePem,
  encodePart,
  makeKey,
  mintToken,
  publicJwk,
  publicPem,
  type SigningKey,
  signInput,
  signParts,
} from '../identity/token-maker.ts';
import { now } from './issuer-desk.ts';

const seconds = Date.parse(now) / 1000;

/** What both are told of their issuer. */
export const issuer = 'https://sso.example.org';
export const audience = 'jupyterhub';
export const algorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const;
/** In seconds. */
export const clockTolerance = 30;

/** Which rules a token is held against beside: none; `typ` at+jwt; no older than a minute by `iat`. */
export type Setting = 'plain' | 'typed' | 'aged';

/** Both take it; both refuse it; or jose takes what the gate refuses, with this reason. There is no fourth. */
export type Verdict = 'taken' | 'refused' | { readonly strict: string };

/** One token. */
export interface JudgedToken {
  readonly title: string;
  readonly token: string;
  readonly verdict: Verdict;
  readonly setting: Setting;
}

type Members = Readonly<Record<string, unknown>>;

const keys = new Map<string, SigningKey>(algorithms.map(algorithm => [algorithm, makeKey(algorithm)]));

function keyOf(algorithm: (typeof algorithms)[number]): SigningKey {
  const key = keys.get(algorithm);
  if (key === undefined) throw new Error(`no key for ${algorithm}`);
  return key;
}

/** What the issuer publishes. */
export const published: readonly Record<string, unknown>[] = [...keys.values()].map(key => publicJwk(key));

const es = keyOf('ES256');
const rs = keyOf('RS256');
const usual = { iss: issuer, aud: audience, preferred_username: 'alice', iat: seconds - 30, exp: seconds + 3600 };
const mint = (claims: Members = {}, header: Members = {}, key = es): string =>
  mintToken(key, { ...usual, ...claims }, header);
const strict = (reason: string): Verdict => ({ strict: reason });

/** Signed well, whatever is in its parts. */
const raw = (header: string | Uint8Array, payload: string | Uint8Array): string => signParts(header, payload, es);
const headText = JSON.stringify({ alg: 'ES256', kid: 'ES256' });
const bodyText = JSON.stringify(usual);
const withBody = (body: string | Uint8Array): string => raw(headText, body);
const withHead = (head: string | Uint8Array): string => raw(head, bodyText);
/** The same text with another member behind it. */
const and = (text: string, more: string): string => `${text.slice(0, -1)},${more}}`;

type Row = readonly [title: string, token: string, verdict: Verdict, setting?: Setting];
type Group = readonly [about: string, rows: readonly Row[]];

function changedAt(token: string, at: 'first' | 'last'): string {
  const start = token.lastIndexOf('.') + 1;
  const bytes = Buffer.from(token.slice(start), 'base64url');
  const index = at === 'first' ? 0 : bytes.length - 1;
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  return `${token.slice(0, start)}${bytes.toString('base64url')}`;
}

function signedWith(token: string, change: (signature: Buffer) => Uint8Array): string {
  const start = token.lastIndexOf('.') + 1;
  return `${token.slice(0, start)}${Buffer.from(change(Buffer.from(token.slice(start), 'base64url'))).toString('base64url')}`;
}

function ofEachAlgorithm(): Row[] {
  return algorithms.flatMap((algorithm): Row[] => {
    const key = keyOf(algorithm);
    const good = mint({}, {}, key);
    return [
      [algorithm, good, 'taken'],
      [`${algorithm}, a signature changed at its beginning`, changedAt(good, 'first'), 'refused'],
      [`${algorithm}, a signature changed at its end`, changedAt(good, 'last'), 'refused'],
      [`${algorithm}, a byte of the signature less`, signedWith(good, bytes => bytes.subarray(1)), 'refused'],
      [
        `${algorithm}, a zero before the signature`,
        signedWith(good, bytes => Buffer.concat([Buffer.of(0), bytes])),
        'refused',
      ],
      [`${algorithm}, a zero behind it`, signedWith(good, bytes => Buffer.concat([bytes, Buffer.of(0)])), 'refused'],
      [`${algorithm}, twice the signature`, signedWith(good, bytes => Buffer.concat([bytes, bytes])), 'refused'],
      [`${algorithm}, zeros for a signature`, signedWith(good, bytes => Buffer.alloc(bytes.length)), 'refused'],
      [`${algorithm}, ones for a signature`, signedWith(good, bytes => Buffer.alloc(bytes.length, 255)), 'refused'],
      [`${algorithm}, no signature`, signedWith(good, () => Buffer.alloc(0)), 'refused'],
      [`${algorithm}, by a stranger's key of that name`, mint({}, {}, makeKey(algorithm)), 'refused'],
      [`${algorithm}, other claims under the signature`, otherClaims(good), 'refused'],
    ];
  });
}

function otherClaims(token: string): string {
  const [header = '', , signature = ''] = token.split('.');
  return `${header}.${encodePart({ ...usual, preferred_username: 'root' })}.${signature}`;
}

/** The head says one algorithm, the key is another's. */
function acrossAlgorithms(): Row[] {
  return algorithms.flatMap(said =>
    algorithms
      .filter(other => other !== said)
      .map((other): Row => [`${said} said, signed as ${other}`, mint({}, { alg: said }, keyOf(other)), 'refused']),
  );
}

function byHmac(): Row[] {
  const secrets: readonly (readonly [string, string])[] = [
    ['the PEM', publicPem(rs)],
    ['the JWK', JSON.stringify(publicJwk(rs))],
    ['nothing', ''],
  ];
  return secrets.flatMap(([name, secret]) =>
    (['HS256', 'HS384', 'HS512'] as const).map((alg): Row => {
      const key = { algorithm: alg, kid: 'RS256', key: createSecretKey(Buffer.from(secret)) };
      return [`${alg} by ${name}`, mint({}, {}, key), 'refused'];
    }),
  );
}

const unsigned = (alg: unknown): string => `${encodePart({ alg, kid: 'ES256' })}.${encodePart(usual)}.`;

const algorithmsSaid: readonly Row[] = [
  ...['none', 'None', 'NONE', '', 'es256', 'ES256 ', 'ES256\0', 'RS1', 'ES512', 'ES256K', 'Ed25519', 'EdDSA'].map(
    (alg): Row => [`alg ${JSON.stringify(alg)}, signed`, mint({}, { alg }), 'refused'],
  ),
  ...['none', 'None', 'nOnE'].map((alg): Row => [`alg ${alg}, unsigned`, unsigned(alg), 'refused']),
  ...[undefined, null, 1, ['ES256'], { ES256: 1 }, true].map(
    (alg): Row => [`alg ${JSON.stringify(alg)}`, mint({}, { alg }), 'refused'],
  ),
];

const keysNamed: readonly Row[] = [
  ['no kid, one key that fits', mint({}, { kid: undefined }), 'taken'],
  ['no kid, two keys that fit', mint({}, { kid: undefined }, rs), 'refused'],
  ['a kid of nobody', mint({}, { kid: 'nobody' }), 'refused'],
  ['a kid in another case', mint({}, { kid: 'es256' }), 'refused'],
  ['the kid of another kind', mint({}, { kid: 'RS256' }), 'refused'],
  ['an empty kid', mint({}, { kid: '' }), 'refused'],
  ['a kid that is a number', mint({}, { kid: 1 }), 'refused'],
  ['a kid that is a list', mint({}, { kid: ['ES256'] }), 'refused'],
  ['a kid that is null', mint({}, { kid: null }), 'refused'],
  ['a long kid', mint({}, { kid: 'k'.repeat(129) }), 'refused'],
  ['a kid that is a path', mint({}, { kid: '../keys.json' }), 'refused'],
  ['a kid of every object', mint({}, { kid: '__proto__' }), 'refused'],
];

const heads: readonly Row[] = [
  ['typ JWT', mint({}, { typ: 'JWT' }), 'taken'],
  ['typ of anything', mint({}, { typ: 'other' }), 'taken'],
  ['a parameter that nobody knows', mint({}, { more: { of: ['it'] } }), 'taken'],
  ['cty', mint({}, { cty: 'JWT' }), 'taken'],
  ['x5c of somebody', mint({}, { x5c: [Buffer.from(certificatePem(makeKey('ES256'))).toString('base64')] }), 'taken'],
  ['x5t', mint({}, { x5t: 'x', 'x5t#S256': 'y' }), 'taken'],
  ['its own key', mint({}, { jwk: publicJwk(es) }), strict('token-algorithm')],
  ['where its key is', mint({}, { jku: 'https://sso.example.org/keys' }), strict('token-algorithm')],
  ['where its certificate is', mint({}, { x5u: 'https://sso.example.org/crt' }), strict('token-algorithm')],
  ['crit of what nobody knows', mint({}, { crit: ['x'], x: 1 }), 'refused'],
  ['an empty crit', mint({}, { crit: [] }), 'refused'],
  ['crit that is no list', mint({}, { crit: 'x' }), 'refused'],
  ['crit of b64', mint({}, { crit: ['b64'], b64: true }), strict('token-algorithm')],
  ['b64 false, critical', mint({}, { crit: ['b64'], b64: false }), 'refused'],
  ['b64 without crit', mint({}, { b64: false }), strict('token-algorithm')],
  ['zip', mint({}, { zip: 'DEF' }), 'taken'],
  ['alg twice, the same', withHead(and(headText, '"alg":"ES256"')), strict('token-malformed')],
  ['alg twice, none first', withHead('{"alg":"none","kid":"ES256","alg":"ES256"}'), strict('token-malformed')],
  ['kid twice', withHead('{"alg":"ES256","kid":"RS256","kid":"ES256"}'), strict('token-malformed')],
  [
    'alg twice, one by an escape',
    withHead('{"alg":"ES256","kid":"ES256","\\u0061lg":"ES256"}'),
    strict('token-malformed'),
  ],
  ['a head that is a list', withHead('[{"alg":"ES256"}]'), 'refused'],
  ['a head that is null', withHead('null'), 'refused'],
  ['a head that is no JSON', withHead('{alg:"ES256"}'), 'refused'],
  ['an empty head', withHead('{}'), 'refused'],
];

const types: readonly Row[] = [
  ['typ at+jwt', mint({}, { typ: 'at+jwt' }), 'taken', 'typed'],
  ['typ AT+JWT', mint({}, { typ: 'AT+JWT' }), 'taken', 'typed'],
  ['typ application/at+jwt', mint({}, { typ: 'application/at+jwt' }), 'taken', 'typed'],
  ['typ JWT for an access token', mint({}, { typ: 'JWT' }), 'refused', 'typed'],
  ['no typ', mint(), 'refused', 'typed'],
  ['an empty typ', mint({}, { typ: '' }), 'refused', 'typed'],
  ['a list of typ', mint({}, { typ: ['at+jwt'] }), 'refused', 'typed'],
  ['typ with a parameter', mint({}, { typ: 'at+jwt;x=1' }), 'refused', 'typed'],
  ['typ of another tree', mint({}, { typ: 'text/at+jwt' }), 'refused', 'typed'],
  ['typ with a space', mint({}, { typ: 'at+jwt ' }), 'refused', 'typed'],
];

const issuers: readonly Row[] = [
  ...[
    `${issuer}/`,
    issuer.toUpperCase(),
    'HTTPS://sso.example.org',
    'http://sso.example.org',
    '',
    ' ',
    `${issuer}#`,
  ].map((iss): Row => [`iss ${JSON.stringify(iss)}`, mint({ iss }), 'refused']),
  ...[undefined, null, 1, [issuer], { iss: issuer }, true].map(
    (iss): Row => [`iss ${JSON.stringify(iss)}`, mint({ iss }), 'refused'],
  ),
  ['iss twice, the same', withBody(and(bodyText, `"iss":"${issuer}"`)), strict('token-malformed')],
  [
    'iss twice, another first',
    withBody(`{"iss":"https://evil.example",${bodyText.slice(1)}`),
    strict('token-malformed'),
  ],
  ['iss in escapes', withBody(bodyText.replace('https', '\\u0068ttps')), 'taken'],
  ['iss in the head alone', mint({ iss: undefined }, { iss: issuer }), 'refused'],
];

const audiences: readonly Row[] = [
  ['aud in a list', mint({ aud: [audience] }), 'taken'],
  ['aud among others', mint({ aud: ['other', audience] }), 'taken'],
  ['aud twice in a list', mint({ aud: [audience, audience] }), 'taken'],
  ['aud among what is no text', mint({ aud: [audience, 1] }), strict('token-audience')],
  ['aud within a list in a list', mint({ aud: [[audience]] }), 'refused'],
  ...['other', audience.toUpperCase(), ` ${audience}`, `${audience},other`, `${audience} other`, '', '*'].map(
    (aud): Row => [`aud ${JSON.stringify(aud)}`, mint({ aud }), 'refused'],
  ),
  ...[undefined, null, 1, {}, { 0: audience }, [], [''], ['other'], true].map(
    (aud): Row => [`aud ${JSON.stringify(aud)}`, mint({ aud }), 'refused'],
  ),
  ['azp for an audience', mint({ aud: undefined, azp: audience }), 'refused'],
  ['aud twice', withBody(`{"aud":"other",${bodyText.slice(1)}`), strict('token-malformed')],
];

const ends: readonly Row[] = [
  ...[-3600, -31, -30].map((at): Row => [`exp ${at} s`, mint({ exp: seconds + at }), 'refused']),
  ...[-29, -1, 0, 1, 86_400].map((at): Row => [`exp ${at} s`, mint({ exp: seconds + at }), 'taken']),
  ['exp with a fraction', mint({ exp: seconds - 29.5 }), 'taken'],
  ['exp with a fraction, past', mint({ exp: seconds - 30.5 }), 'refused'],
  ['exp as large as a date is', mint({ exp: 8.64e12 }), 'taken'],
  ['exp beyond any date', mint({ exp: 8.64e12 + 1 }), strict('token-malformed')],
  ['exp as large as a number is exact', mint({ exp: Number.MAX_SAFE_INTEGER }), strict('token-malformed')],
  ['exp of the first hour', mint({ exp: 0 }), 'refused'],
  ['exp before it', mint({ exp: -1 }), 'refused'],
  ...[undefined, null, String(seconds + 600), '', [seconds + 600], {}, true, new Date(seconds * 1000 + 1e6)].map(
    (exp): Row => [`exp ${JSON.stringify(exp)}`, mint({ exp }), 'refused'],
  ),
  ['exp in an exponent', withBody(bodyText.replace(/"exp":\d+/, `"exp":${(seconds + 600) / 10}e1`)), 'taken'],
  ['exp without end', withBody(bodyText.replace(/"exp":\d+/, '"exp":1e999')), strict('token-malformed')],
  ['exp twice', withBody(and(bodyText, `"exp":${seconds + 600}`)), strict('token-malformed')],
  ['exp in the head alone', mint({ exp: undefined }, { exp: seconds + 600 }), 'refused'],
];

const beginnings: readonly Row[] = [
  ...[31, 3600].map((at): Row => [`nbf ${at} s`, mint({ nbf: seconds + at }), 'refused']),
  ...[-3600, 0, 29, 30].map((at): Row => [`nbf ${at} s`, mint({ nbf: seconds + at }), 'taken']),
  ...[null, String(seconds), [], {}, true].map((nbf): Row => [`nbf ${JSON.stringify(nbf)}`, mint({ nbf }), 'refused']),
  ['iat absent', mint({ iat: undefined }), 'taken'],
  ['iat now', mint({ iat: seconds }), 'taken'],
  ['iat within the tolerance', mint({ iat: seconds + 30 }), 'taken'],
  ['iat to come', mint({ iat: seconds + 31 }), strict('token-not-yet-valid')],
  ...[null, String(seconds), [], {}, true].map((iat): Row => [`iat ${JSON.stringify(iat)}`, mint({ iat }), 'refused']),
];

const ages: readonly Row[] = [
  ['young', mint({ iat: seconds - 60 }), 'taken', 'aged'],
  ['as old as may be', mint({ iat: seconds - 89 }), 'taken', 'aged'],
  ['older', mint({ iat: seconds - 91 }), 'refused', 'aged'],
  ['of no age', mint({ iat: undefined }), 'refused', 'aged'],
  ['of an age that is no number', mint({ iat: '1' }), 'refused', 'aged'],
  ['of tomorrow', mint({ iat: seconds + 86_400 }), 'refused', 'aged'],
];

const [h = '', p = '', s = ''] = mint().split('.');
const spaced = (text: string): string => `\t${JSON.stringify(JSON.parse(text), null, 2)}\r\n`;

const spellings: readonly Row[] = [
  ['padding behind the signature', `${h}.${p}.${s}==`, strict('token-malformed')],
  ['padding in every part, and signed so', paddedEverywhere(), strict('token-malformed')],
  ['a space before', ` ${h}.${p}.${s}`, 'refused'],
  ['a space within', `${h}.${p} .${s}`, 'refused'],
  ['a line end within', `${h}.${p}\n.${s}`, 'refused'],
  ['four parts', `${h}.${p}.${s}.${s}`, 'refused'],
  ['five parts', `${h}.${p}.${s}.${s}.${s}`, 'refused'],
  ['two parts', `${h}.${p}`, 'refused'],
  ['an empty head', `.${p}.${s}`, 'refused'],
  ['an empty body', `${h}..${s}`, 'refused'],
  ['nothing but dots', '..', 'refused'],
  ['a bit too many in the signature', strayBit(), strict('token-malformed')],
  ['a plus in the signature', otherAlphabet(), 'refused'],
  ['a percent in the head', `${h}%3D.${p}.${s}`, 'refused'],
  ['a zero byte', `${h}.${p}.${s}\0`, 'refused'],
  ['a BOM before the body', withBody(`\ufeff${bodyText}`), strict('token-malformed')],
  ['a BOM before the head', withHead(`\ufeff${headText}`), strict('token-malformed')],
  ['UTF-16', withBody(Buffer.from(bodyText, 'utf16le')), 'refused'],
  ['latin-1', withBody(Buffer.from(bodyText.replace('alice', 'al\xefce'), 'latin1')), 'refused'],
  ['spaces in the body', withBody(spaced(bodyText)), 'taken'],
  ['spaces in the head', withHead(spaced(headText)), 'taken'],
  ['a line end behind the body', withBody(`${bodyText}\n`), 'taken'],
  ['something behind the body', withBody(`${bodyText}x`), 'refused'],
  ['two bodies', withBody(`${bodyText}${bodyText}`), 'refused'],
  ['a comma too many', withBody(`${bodyText.slice(0, -1)},}`), 'refused'],
  ['a comment', withBody(`${bodyText}//`), 'refused'],
  ['single quotes', withBody(bodyText.replaceAll('"', "'")), 'refused'],
  ['a list for a body', withBody(`[${bodyText}]`), 'refused'],
  ['a text for a body', withBody('"alice"'), 'refused'],
  ['a number for a body', withBody('1'), 'refused'],
  ['null for a body', withBody('null'), 'refused'],
  ['an empty object', withBody('{}'), 'refused'],
  ['half of a surrogate pair', withBody(and(bodyText, '"x":"\\ud800"')), strict('token-malformed')],
  ['a number beyond what is exact', withBody(and(bodyText, '"x":9007199254740993')), strict('token-malformed')],
  ['a member of every object', withBody(and(bodyText, '"__proto__":{"preferred_username":"root"}')), 'taken'],
  ['a member twice, deep down', withBody(and(bodyText, '"x":{"a":[{"b":1,"b":2}]}')), strict('token-malformed')],
  ['lists in lists', withBody(and(bodyText, `"x":${'['.repeat(200)}${']'.repeat(200)}`)), strict('token-malformed')],
];

function paddedEverywhere(): string {
  const pad = (part: string): string => part.padEnd(Math.ceil(part.length / 4) * 4, '=');
  const input = `${pad(encodePart(headText))}.${pad(encodePart(`${bodyText} `))}`;
  return `${input}.${pad(encodePart(signInput(input, es.key, 'ES256')))}`;
}

/** The last character of 64 bytes has four bits that say nothing. */
function strayBit(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return `${h}.${p}.${s.slice(0, -1)}${alphabet[alphabet.indexOf(s.at(-1) ?? '') + 1]}`;
}

/** A signature that has what the other alphabet spells otherwise. */
function otherAlphabet(): string {
  for (;;) {
    const token = mint();
    const start = token.lastIndexOf('.') + 1;
    const signature = token.slice(start);
    if (!/[-_]/.test(signature)) continue;
    return `${token.slice(0, start)}${signature.replaceAll('-', '+').replaceAll('_', '/')}`;
  }
}

const users: readonly Row[] = [
  ['no user', mint({ preferred_username: undefined }), strict('claim-invalid')],
  ['a user that is no text', mint({ preferred_username: ['alice'] }), strict('claim-invalid')],
  ['an empty user', mint({ preferred_username: '' }), strict('claim-invalid')],
  ['a user twice', withBody(and(bodyText, '"preferred_username":"root"')), strict('token-malformed')],
  ['bound to a key', mint({ cnf: { jkt: 'x' } }), strict('token-bound')],
  ['bound to a certificate', mint({ cnf: { 'x5t#S256': 'x' } }), strict('token-bound')],
  ['bound to what nobody knows', mint({ cnf: {} }), strict('token-bound')],
];

const groups: readonly Group[] = [
  ['algorithm', [...ofEachAlgorithm(), ...acrossAlgorithms(), ...byHmac(), ...algorithmsSaid]],
  ['key', keysNamed],
  ['head', [...heads, ...types]],
  ['issuer', issuers],
  ['audience', audiences],
  ['time', [...ends, ...beginnings, ...ages]],
  ['spelling', spellings],
  ['user', users],
];

/** All of them. */
export const judgedTokens: readonly JudgedToken[] = groups.flatMap(([about, rows]) =>
  rows.map(([title, token, verdict, setting = 'plain']) => ({ title: `${about}: ${title}`, token, verdict, setting })),
);
