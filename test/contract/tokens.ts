/** The credentials that rows name in braces, and what the world outside knows about them. */
import type { ReasonId } from '../../src/gate/reasons.ts';
import { digestOf, makeProof, type ProofWish, thumbprintOf } from '../identity/holders/proof-maker.ts';
import { encodePart, makeKey, mintToken, signInput } from '../identity/token-maker.ts';
import { balancerArn } from './configs.ts';

/** The moment at which every row is played; milliseconds since the epoch. */
export const contractNow: number = Date.UTC(2026, 10, 22, 12);

const seconds = contractNow / 1000;
const key = makeKey('HS256');
const stranger = makeKey('HS256', 'HS256');
const balancerKey = makeKey('ES256', '12345678-1234-1234-1234-123456789012');

function claims(more: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { iss: 'https://sso.example', aud: 'jupyterhub', sub: 's-1', exp: seconds + 600, iat: seconds, ...more };
}

function user(name: unknown, more: Readonly<Record<string, unknown>> = {}): string {
  return mintToken(key, claims({ preferred_username: name, groups: ['lab'], ...more }));
}

/** A token as a load balancer signs it, for alice; `header` adds or replaces, undefined takes out. */
function albToken(header: Readonly<Record<string, unknown>> = {}): string {
  const { aud, ...others } = claims({ preferred_username: 'alice' });
  const { iss, exp } = others;
  return mintToken(balancerKey, others, { signer: balancerArn, client: 'client-1', iss, exp, ...header });
}

/** The same as AWS writes it: each part is padded, and signed so. */
function paddedToken(): string {
  const pad = (part: string): string => part.padEnd(Math.ceil(part.length / 4) * 4, '=');
  const [header = '', payload = ''] = albToken().split('.').map(pad);
  const input = `${header}.${payload}`;
  return `${input}.${pad(encodePart(signInput(input, balancerKey.key, 'ES256')))}`;
}

const holder = makeKey('ES256', 'holder');
/** Alice's, bound to the key of its holder (RFC 9449 §6.1). */
const keyBound = user('alice', { cnf: { jkt: thumbprintOf(holder) } });

/** A holder's proof for a GET of the login with that token. */
function proof(wish: Partial<ProofWish> = {}, key = holder): string {
  return makeProof(key, { token: keyBound, url: 'https://hub.example/hub/login', at: seconds, ...wish });
}

const made = new Map<string, string>();

/** The holder's proof for any request, such as `GET /hub/login`; always the same one. */
function proofFor(request: string): string {
  const [method = '', path = ''] = request.split(' ');
  const known = made.get(request) ?? proof({ method, url: new URL(path ?? '', 'https://hub.example').href });
  made.set(request, known);
  return known;
}

const mount = {
  HOST: 'files.example',
  USERNAME: 'alice',
  PATH: '/home/alice',
  MOUNTSSHPRIVATEKEY: "-----\nk'e\\y\n-----\n",
};

/** What the tokens called `{cel-name}` say beside a user and a level. */
const expressed: readonly [name: string, more: Readonly<Record<string, unknown>>][] = [
  ['plain', {}],
  [
    'full',
    {
      email: 'Bob@lab.example',
      roles: 'staff,gpu',
      lab_state: 'café',
      team: 'blue',
      courses: ['a', 'b'],
      home: '/home/bob',
      ssh: "-----\nk'e\\y\n-----\n",
    },
  ],
  ['unverified', { email: 'bob@lab.example', email_verified: false }],
  ['unverified-text', { email: 'bob@lab.example', email_verified: 'true' }],
  ['unverified-null', { email: 'bob@lab.example', email_verified: null }],
  ['two-ats', { email: 'root@evil@lab.example' }],
  ['quoted-at', { email: '"root@evil"@lab.example' }],
  ['two-addresses', { email: 'bob@lab.example,root@lab.example' }],
  ['homoglyph', { email: 'bob@l\u0430b.example' }],
  ['homoglyph-name', { email: 'b\u043eb@lab.example' }],
  ['listed-address', { email: ['bob@lab.example'] }],
  ['kelvin', { email: '\u212aate@lab.example' }],
  ['low', { level: 1 }],
  ['level-text', { level: 'ssecretlevel' }],
  ['level-absent', { level: undefined }],
  ['half', { level: 9 }],
  ['banned', { roles: 'staff,banned' }],
  ['system', { preferred_username: 'system-alice' }],
  ['system-capitals', { preferred_username: 'System-Alice' }],
  ['root', { preferred_username: 'root' }],
  ['crlf', { lab_state: 'a\r\nRemote-User: root' }],
  ['mount-odd', { home: ['/home/alice'], team: 'blue' }],
  ['large', { note: 'x'.repeat(8193) }],
  ['prototype', JSON.parse('{"__proto__": {"level": 1}, "constructor": "x", "team": "blue"}')],
];

/** Users whose token is called `{=name}`. */
const namesBeyondAscii = [
  ...['Jürgen', 'ju\u0308rgen', 'Иван', '李小龍', 'andreà', 'zoë', 'zoe@example.org', 'łukasz', 'Zoë', 'ü'.repeat(63)],
  ...['сосо', 'раура', 'weiß', 'γιώργοσ', 'lærke', 'büro', 'günther', 'GÜNTHER', 'gu\u0308nther', 'işık', 'işik'],
  ...[
    'a\u200bb',
    'a\u202eb',
    'ａlice',
    'İnci',
    'ſam',
    'ü\ud800',
    'م٢2',
    '李'.repeat(40),
    'ü-Й',
    '_ü',
    'ü',
    'ΜΑΪ\u0301Α',
    'Ü/x',
  ],
];

/** Names that a program, a shell, a path or a member of a JavaScript object could take for something else. */
const slyNames = [
  ...[
    'constructor',
    '__proto__',
    'hasownproperty',
    '../x',
    '..',
    '.',
    'a/b',
    'a\\b',
    'a%2fb',
    '%2e%2e',
    '-rf',
    '--help',
  ],
  ...[
    'alice ',
    ' alice',
    'alice.',
    'alice\t',
    'alice\n',
    'alice\0',
    'al ice',
    'alice,root',
    'alice;root',
    'alice=root',
  ],
  ...['none', 'NONE', 'null', 'undefined', 'unknown', 'anonymous', '-', 'Root', 'ROOT', 'a:b', 'a@b', '$(id)', '`id`'],
  ...['"alice"', "'alice'", '<b>', 'alice#', 'alice?', '*', '~', '~root', 'a'.repeat(63), 'a'.repeat(64)],
  ...['service-x', 'alice.smith', 'alicesmith', 'аlice', '\u212aate', 'ſam', 'ALİCE', 'ali\u200bce', '\ufeffalice'],
  ...['café', 'cafe\u0301', 'alice\u202e', 'root\r\nRemote-User: root', 'a'.repeat(6000)],
];

const alice = user('alice');
const inProtocol = (token: string): string => Buffer.from(token).toString('base64url');

const credentials: ReadonlyMap<string, string> = new Map([
  ['alice', alice],
  ['mallory-lab', user('mallory', { org: 'lab' })],
  ['alice-lab', user('alice', { org: 'lab' })],
  ['encoded-alice', inProtocol(alice)],
  ['encoded-bob', inProtocol(user('bob'))],
  ['encoded-expired', inProtocol(user('alice', { exp: seconds - 60 }))],
  ['encoded-balanced', inProtocol(user('alice', { iss: 'https://iap.example' }))],
  ['encoded-opaque', inProtocol('hubtokenofalice')],
  ['bob', user('bob', { groups: [] })],
  ['balanced', user('alice', { iss: 'https://iap.example' })],
  ['balanced-bob', user('bob', { iss: 'https://iap.example' })],
  ['carol', user('carol', { groups: ['guests'] })],
  ['mallory', user('mallory')],
  ['banned', user('dave', { groups: ['lab', 'banned'] })],
  ['Alice', user('Alice')],
  ['mapped', user('alice@example.org')],
  ['sly', user('m@example.org')],
  ['dora', user('dora')],
  ['lengthy', user('a'.repeat(256))],
  ['expired', user('alice', { exp: seconds - 60 })],
  ['future', user('alice', { nbf: seconds + 3600 })],
  ['other-audience', user('alice', { aud: 'another' })],
  ['other-issuer', user('alice', { iss: 'https://evil.example' })],
  ['bound', user('alice', { cnf: { jkt: 'x' } })],
  ['key-bound', keyBound],
  ['certificate-bound', user('alice', { cnf: { 'x5t#S256': digestOf('a certificate') } })],
  ['twice-bound', user('alice', { cnf: { jkt: thumbprintOf(holder), 'x5t#S256': digestOf('a certificate') } })],
  ['proof-replayed', proof()],
  ['proof-of-too-many', proof()],
  ['proof-unsigned', proof().replace(/[^.]*$/, 'AAAA')],
  ['proof-of-stranger', proof({}, makeKey('ES256', 'another'))],
  ['proof-of-other-token', proof({ token: user('alice') })],
  ['proof-of-no-token', proof({ claims: { ath: undefined } })],
  ['proof-old', proof({ at: seconds - 600 })],
  ['proof-future', proof({ at: seconds + 600 })],
  ['proof-hmac', proof({ header: { alg: 'HS256' } })],
  ['proof-none', proof({ header: { alg: 'none' } })],
  ['proof-private', proof({ header: { jwk: holder.key.export({ format: 'jwk' }) } })],
  ['proof-keyless', proof({ header: { jwk: undefined } })],
  ['proof-typeless', proof({ header: { typ: 'JWT' } })],
  ['proof-http', proof({ url: 'http://hub.example/hub/login' })],
  ['proof-elsewhere', proof({ url: 'https://evil.example/hub/login' })],
  ['proof-slash', proof({ url: 'https://hub.example/hub/login/' })],
  ['proof-query', proof({ url: 'https://hub.example:443/hub/x/../%6Cogin?next=/hub/home' })],
  ['forged', mintToken(stranger, claims({ preferred_username: 'root' }))],
  ['unsigned', `${mintToken(key, claims({ preferred_username: 'root' }), { alg: 'none' }).replace(/[^.]*$/, '')}`],
  ['jku', mintToken(key, claims({ preferred_username: 'root' }), { jku: 'http://169.254.169.254/' })],
  ['encrypted', 'a.b.c.d.e'],
  ['nameless', mintToken(key, claims({}))],
  ['number', user(7)],
  ['list', user(['alice', 'bob'])],
  ['empty', user('')],
  ['crlf', user('root\r\nMount: x')],
  ['comma', user('a,b')],
  ['dots', user('../admin')],
  ['null-text', user('(null)')],
  ['root', user('root')],
  ['long', user('a'.repeat(10_000))],
  ['unicode', user('jürgen')],
  ['cyrillic', user('аlice')],
  ['kelvin', user('\u212Aate')],
  ...[...namesBeyondAscii, ...slyNames].map((name): [string, string] => [`=${name}`, user(name)]),
  ['object', user({ toString: 'root' })],
  ['null', user(null)],
  ['boolean', user(true)],
  ['state', user('alice', { lab_state: 'café', team: { name: 'x', size: 2 } })],
  ['state-crlf', user('alice', { lab_state: 'a\r\nRemote-User: root' })],
  ['state-wide', user('alice', { lab_state: 'Ω' })],
  ...expressed.map(([name, more]): [string, string] => [`cel-${name}`, user('alice', { level: 3, ...more })]),
  ['mounted', user('alice', { mount })],
  ['mount-extra', user('alice', { mount: { ...mount, EXTRA: 'x' } })],
  ['mount-short', user('alice', { mount: { HOST: 'files.example' } })],
  ['mount-text', user('alice', { mount: "{'HOST': 'evil'}" })],
  ['mount-large', user('alice', { mount: { ...mount, PATH: 'x'.repeat(9000) } })],
  ['alb', albToken()],
  ['alb-padded', paddedToken()],
  ['alb-by-another', albToken({ signer: balancerArn.replace('123456789012', '999999999999') })],
  ['alb-elsewhere', albToken({ signer: balancerArn.replace('eu-west-1', 'us-east-1') })],
  ['alb-by-nobody', albToken({ signer: undefined })],
  ['alb-by-two', albToken({ signer: [balancerArn] })],
  ['alb-for-another', albToken({ client: 'client-2' })],
  ['alb-of-another', albToken({ iss: 'https://evil.example' })],
  ['unknown-key', user('alice', { jti: 'unknown-key' })],
  ['awaited-key', user('alice', { jti: 'awaited-key' })],
  ['no-keys-yet', user('alice', { jti: 'no-keys-yet' })],
  ['mallet', user('mallet')],
  ['erin', user('erin')],
  ['revoked', user('alice', { jti: 'revoked-1' })],
  ['revoked-forged', mintToken(stranger, claims({ preferred_username: 'alice', jti: 'revoked-1' }))],
  ['revoked-elsewhere', user('alice', { sub: 'revoked-elsewhere' })],
  ['opaque-alice', 'opaquetokenofalice'],
  ['opaque-bob', 'opaque.tokenofbob'],
  ['opaque-revoked', 'opaquetokenthatisrevoked'],
  ['opaque-bound', 'opaquetokenthatisbound'],
  ['opaque-other', 'opaquetokenforsomebodyelse'],
  ['opaque-down', 'opaquetokenwhileendpointisdown'],
  ['hub-alice', 'hubtokenofalice'],
  ['hub-bob', 'hubtokenofbob'],
  ['hub-juergen', 'hubtokenofjuergen'],
  ['hub-gone', 'hubtokenofnobody'],
  ['hub-down', 'hubtokenwhilehubisdown'],
  ['front-secret', 'the secret of the sign-in proxy'],
  ['front-secret-next', 'what it will be after the rotation'],
  ['other-secret', 'the secret of the sign-in proxz'],
]);

/** Why the signature of a token does not hold; it holds for the others. */
export const badSignatures: ReadonlyMap<string, ReasonId> = new Map(
  (
    [
      ['forged', 'token-signature'],
      ['revoked-forged', 'token-signature'],
      ['unknown-key', 'token-key-unknown'],
      ['awaited-key', 'token-key-awaited'],
      ['no-keys-yet', 'keys-unavailable'],
    ] as const
  ).map(([name, reason]) => [fillIn(`{${name}}`), reason]),
);

/** Why a DPoP proof does not count; the others do. */
export const badProofs: ReadonlyMap<string, ReasonId> = new Map([
  [fillIn('{proof-replayed}'), 'dpop-replayed'],
  [fillIn('{proof-of-too-many}'), 'dpop-too-many'],
  [fillIn('{proof-unsigned}'), 'dpop-invalid'],
]);

/** The revocation list of the config that has one. */
export const revocationList: string = `# of tests
jti https://sso.example revoked-1
sub https://elsewhere.example revoked-elsewhere
`;

/** An endpoint's answer for a token that it knows. */
function answerFor(username: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const whole = { active: true, token_type: 'Bearer', ...claims({ username, groups: ['lab'] }), ...more };
  return Object.assign(Object.create(null), whole);
}

/** What the introspection endpoint says of active tokens; null where it can not be asked. */
export const introspected: ReadonlyMap<string, Readonly<Record<string, unknown>> | null> = new Map([
  ['opaquetokenofalice', answerFor('alice')],
  ['opaque.tokenofbob', answerFor('bob')],
  ['opaquetokenthatisrevoked', answerFor('alice', { jti: 'revoked-1' })],
  ['opaquetokenthatisbound', answerFor('alice', { cnf: { jkt: 'x' } })],
  ['opaquetokenforsomebodyelse', answerFor('alice', { aud: 'another' })],
  ['opaquetokenwhileendpointisdown', null],
]);

/** What the hub says of its tokens; the users as jhub_remote_auth_mount names them. */
export const tokenOwners: ReadonlyMap<string, string | undefined> = new Map([
  ['hubtokenofalice', 'MFWGSY3F'],
  ['hubtokenofbob', 'MJXWE'],
  ['hubtokenofjuergen', 'NLBYHQV4OJTWK3Q'],
  ['hubtokenofnobody', undefined],
]);

/** Files by their user; others have none. */
export const mountFiles: ReadonlyMap<string, string> = new Map([
  ['alice', JSON.stringify(mount)],
  ['carol', '{"HOST": "files.example", "USERNAME": 7}'],
  ['mallory', "{'HOST': 'files.example'}"],
]);

const inAnHour = contractNow / 1000 + 3600;

/** Answers of providers, by header and user; of others they have nothing. */
export const provided: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['Mount:alice', { ...mount, PORT: '22', expiresAt: inAnHour }],
  ['State:alice', { level: 3, tags: ['a', 'é'] }],
  ['Mount:carol', { ...mount, PORT: 22 }],
  ['Mount:erin', { ...mount, PORT: '22', expiresAt: contractNow / 1000 }],
  ['Mount:mallory', { ...mount, PORT: '22', expiresAt: 'tomorrow' }],
]);

/**
 * Puts the credentials in place of their names in braces; `{=jürgen}` is that user's token, `{GET /hub/login}` a proof of possession
 * for that request with the token `{key-bound}`.
 */
export function fillIn(text: string): string {
  return text
    .replace(/\{(=[^{}]+|[A-Za-z][A-Za-z-]*)\}/g, (written, name: string) => credentials.get(name) ?? written)
    .replace(/\{([A-Z]+ (?:https:\/)?\/[^{} ]*)\}/g, (_, request: string) => proofFor(request));
}

/** Every credential that a row may send. */
export const secrets: readonly string[] = [...credentials.values()];
