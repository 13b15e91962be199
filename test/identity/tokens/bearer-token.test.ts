/** What a bearer token must be, row by row of attack family J, and whom it then names. */
import t from 'tap';
import type { CarrierConfig } from '../../../src/config/sections/jwt.ts';
import type { Finding } from '../../../src/gate/lookups.ts';
import { refuse } from '../../../src/gate/reasons.ts';
import type { FieldLine } from '../../../src/http/field.ts';
import { type BearerTokenProver, bearerTokenProver } from '../../../src/identity/tokens/bearer-token.ts';
import type { IssuerRules } from '../../../src/identity/tokens/issuer-rules.ts';
import { encodePart, makeKey, mintToken, signParts } from '../token-maker.ts';

const now = 1_800_000_000_000;
const seconds = now / 1000;
const key = makeKey('ES256', 'k1');
const url = 'https://sso.example.org/realms/lab';

const lab: IssuerRules = {
  url,
  audiences: new Set(['jupyterhub']),
  anyAudience: false,
  algorithms: new Set(['ES256', 'RS256']),
  type: 'any',
  clockToleranceMs: 30_000,
  maxAgeMs: 0,
  requiredClaims: [],
  username: { claim: 'sub', prefix: '' },
  groups: { claim: 'groups', prefix: 'lab:' },
  unverifiedEmail: false,
};

const claims = { iss: url, aud: 'jupyterhub', sub: 'alice', exp: seconds + 600 };

type More = Readonly<Record<string, unknown>>;

const mint = (more: More = {}, header: More = {}): string => mintToken(key, { ...claims, ...more }, header);

interface Try {
  readonly rules?: Partial<IssuerRules>;
  readonly finding?: Finding;
  readonly scheme?: string;
}

function proverFor(rules: Partial<IssuerRules> = {}): BearerTokenProver {
  return bearerTokenProver([
    { ...lab, ...rules },
    { ...lab, url: 'https://other.example.org', algorithms: new Set(['RS256']) },
  ]);
}

/** Proves with a signature that holds, unless told otherwise. */
function tryToken(token: string, { rules, finding = { what: 'signature' }, scheme = 'Bearer' }: Try = {}): unknown {
  const findings = new Map<string, Finding>([[`signature:${token}`, finding]]);
  return proverFor(rules).prove({ authorization: `${scheme} ${token}` }, { now, findings });
}

function reasonOf(outcome: unknown): unknown {
  return typeof outcome === 'object' && outcome !== null && 'reason' in outcome ? outcome.reason : outcome;
}

t.test('a good token', async t => {
  const token = mint({ groups: ['staff', 'gpu'], team: { id: 7 } });
  t.match(tryToken(token), {
    prover: 'jwt',
    credential: 'bearer',
    issuer: url,
    username: 'alice',
    groups: ['lab:staff', 'lab:gpu'],
    claims: { team: { id: 7 } },
    expiresAt: now + 600_000,
  });
  const asked = proverFor().prove({ authorization: `bearer ${token}` }, { now, findings: new Map() });
  const lookup = { kind: 'lookup', key: `signature:${token}`, what: 'signature', issuer: url, token };
  t.strictSame(asked, lookup, 'needs its signature looked up, by the issuer that it names');
  const unheld = refuse('token-signature');
  t.equal(tryToken(token, { finding: unheld }), unheld, "the lookup's refusal is the answer");
  t.strictSame(tryToken(token, { finding: { what: 'file', text: '' } }), lookup, 'a finding of another kind is none');
});

t.test('whose credential it is', async t => {
  const prover = proverFor();
  const ask = (authorization: string | undefined): unknown =>
    reasonOf(prover.prove({ authorization }, { now, findings: new Map() }));
  t.equal(ask(undefined), null, 'no Authorization is not mine');
  t.equal(ask('Bearer 0123abcd'), null, 'an opaque token is not mine');
  t.equal(ask('Bearer a.b'), null, 'two parts are opaque');
  t.equal(ask('Bearer a.b.c.d'), null, 'four parts are opaque');
  t.equal(ask(`token ${mint()}`), null, 'another scheme is not mine');
  t.equal(ask(`Basic ${mint()}`), null, 'Basic is not mine');
  t.equal(ask('Bearer a.b.c.d.e'), 'token-malformed', 'J8 an encrypted token is refused before any crypto');
  t.equal(ask('Bearer a.b.c'), 'token-malformed', 'three parts are mine, whatever they hold');
  t.equal(ask('bEaReR ..'), 'token-malformed', 'three empty parts too');
});

const rows: readonly [rule: string, reason: string, token: string, how?: Try][] = [
  ['J1 alg none', 'token-algorithm', mint({}, { alg: 'none' })],
  ['J1 alg nOnE', 'token-algorithm', mint({}, { alg: 'nOnE' })],
  ['J1 an empty signature', 'token-malformed', mint().replace(/[^.]*$/, '')],
  ['J2 HS256 at an issuer of ES256 and RS256', 'token-algorithm', mint({}, { alg: 'HS256' })],
  ['J2 an alg with a space', 'token-algorithm', mint({}, { alg: ' ES256' })],
  ['J3 an unknown alg', 'token-algorithm', mint({}, { alg: 'FOO' })],
  ['alg of another type', 'token-algorithm', mint({}, { alg: ['ES256'] })],
  ['no alg', 'token-algorithm', mint({}, { alg: undefined })],
  ['J6 alg by a name of the prototype', 'token-algorithm', mint({}, { alg: '__proto__' })],
  ["another issuer's algorithm", 'token-algorithm', mint({ iss: 'https://other.example.org' })],
  ['J4 crit', 'token-algorithm', mint({}, { crit: ['x'] })],
  ['J4 crit null', 'token-algorithm', mint({}, { crit: null })],
  ['J4 b64', 'token-algorithm', mint({}, { b64: true })],
  ['J5 jku', 'token-algorithm', mint({}, { jku: 'http://169.254.169.254' })],
  ['J5 jwk', 'token-algorithm', mint({}, { jwk: {} })],
  ['J5 x5u', 'token-algorithm', mint({}, { x5u: 'https://evil.example' })],
  ['J6 kid too long', 'token-malformed', mint({}, { kid: 'k'.repeat(129) })],
  ['J6 kid of another type', 'token-malformed', mint({}, { kid: 1 })],
  ['J10 no typ where one is wanted', 'token-type', mint(), { rules: { type: 'at+jwt' } }],
  ['J10 another typ', 'token-type', mint({}, { typ: 'JWT' }), { rules: { type: 'at+jwt' } }],
  ['J10 typ of another type', 'token-type', mint({}, { typ: ['at+jwt'] }), { rules: { type: 'at+jwt' } }],
  ['J10 iss with a trailing slash', 'token-issuer', mint({ iss: `${url}/` })],
  ['J10 iss that begins alike', 'token-issuer', mint({ iss: `${url}-2` })],
  ['J10 iss in another case', 'token-issuer', mint({ iss: url.toUpperCase() })],
  ['J10 iss as an array (CVE-2025-30144)', 'token-issuer', mint({ iss: [url] })],
  ['J10 no iss', 'token-issuer', mint({ iss: undefined })],
  ['iss null, at an issuer of tokens without', 'token-issuer', mint({ iss: null }), { rules: { url: null } }],
  ['iss empty, at an issuer of tokens without', 'token-issuer', mint({ iss: '' }), { rules: { url: null } }],
  ['J6 iss by a name of the prototype', 'token-issuer', mint({ iss: 'constructor' })],
  ['J15 cnf', 'token-bound', mint({ cnf: { jkt: 'x' } })],
  ['J15 cnf null', 'token-bound', mint({ cnf: null })],
  ['J15 the DPoP scheme', 'token-bound', mint(), { scheme: 'DPoP' }],
  ['J9 no exp', 'token-malformed', mint({ exp: undefined })],
  ['J9 exp as a string', 'token-malformed', mint({ exp: String(seconds + 600) })],
  ['J9 exp null', 'token-malformed', mint({ exp: null })],
  ['J9 exp 1e300', 'token-malformed', mint({ exp: 1e300 })],
  [
    'J9 exp 1e400',
    'token-malformed',
    signParts({ alg: 'ES256' }, `{"iss":"${url}","aud":"jupyterhub","exp":1e400}`, key),
  ],
  ['J9 exp negative', 'token-expired', mint({ exp: -1 })],
  ['exp at the end of the tolerance', 'token-expired', mint({ exp: seconds - 30 })],
  ['exp a fraction too early', 'token-expired', mint({ exp: seconds - 30.001 })],
  ['nbf in the future', 'token-not-yet-valid', mint({ nbf: seconds + 30.001 })],
  ['nbf as a string', 'token-malformed', mint({ nbf: '0' })],
  ['iat in the future', 'token-not-yet-valid', mint({ iat: seconds + 31 })],
  ['iat as a string', 'token-malformed', mint({ iat: '0' })],
  ['older than maxAge', 'token-expired', mint({ iat: seconds - 91 }), { rules: { maxAgeMs: 60_000 } }],
  ['maxAge without iat', 'token-malformed', mint(), { rules: { maxAgeMs: 60_000 } }],
  ['J10 another audience', 'token-audience', mint({ aud: 'other' })],
  ['J10 an audience that begins alike', 'token-audience', mint({ aud: 'jupyterhub2' })],
  ['no audience', 'token-audience', mint({ aud: undefined })],
  ['an empty list of audiences', 'token-audience', mint({ aud: [] })],
  ['an audience of another type', 'token-audience', mint({ aud: { jupyterhub: true } })],
  ['a list with another type in it', 'token-audience', mint({ aud: ['jupyterhub', 1] })],
  ['H17 no username', 'claim-invalid', mint({ sub: undefined })],
  ['H17 an empty username', 'claim-invalid', mint({ sub: '' })],
  ['H17 a list for username', 'claim-invalid', mint({ sub: ['alice'] })],
  ['H17 a number for username', 'claim-invalid', mint({ sub: 1 })],
  ['H17 an object for username', 'claim-invalid', mint({ sub: { toString: 'alice' } })],
  [
    'H12 username by a name of the prototype',
    'claim-invalid',
    mint(),
    { rules: { username: { claim: 'constructor', prefix: '' } } },
  ],
  ['groups with another type in it', 'claim-invalid', mint({ groups: ['a', 1] })],
  ['groups null', 'claim-invalid', mint({ groups: null })],
  ['groups as an object', 'claim-invalid', mint({ groups: { a: true } })],
];

t.test('refuses', async t => {
  for (const [rule, reason, token, how] of rows) t.equal(reasonOf(tryToken(token, how)), reason, rule);
});

t.test('the audit line says which entries were tried, by the config and never by the token', async t => {
  const entries = [`jwt[0] ${url}`, 'jwt[1] https://other.example.org'];
  const stranger = mint({ iss: 'https://evil.example' });
  t.match(tryToken(stranger), { reason: 'token-issuer', detail: '', inAudit: `tried ${entries.join(', ')}` });
  const absent = tryToken(stranger, { rules: { url: null } });
  t.match(absent, { inAudit: 'tried jwt[0] (tokens without iss), jwt[1] https://other.example.org' });
  t.match(tryToken(mint({ aud: 'x' })), { reason: 'token-audience', detail: '', inAudit: entries[0] });
  const second = mint({ iss: 'https://other.example.org', aud: 'x' }, { alg: 'RS256' });
  t.match(tryToken(second), { reason: 'token-audience', inAudit: entries[1] });
});

t.test('takes', async t => {
  const taken: readonly [rule: string, token: string, rules?: Partial<IssuerRules>][] = [
    ['exp within the tolerance', mint({ exp: seconds - 29.9 })],
    ['nbf and iat within the tolerance', mint({ nbf: seconds + 30, iat: seconds + 29.5 })],
    ['one of several audiences', mint({ aud: ['other', 'jupyterhub'] })],
    ['any audience where the policy says so', mint({ aud: undefined }), { anyAudience: true, audiences: new Set() }],
    ['typ in another case (RFC 9068)', mint({}, { typ: 'AT+JWT' }), { type: 'at+jwt' }],
    ['typ with application/ (RFC 7515 §4.1.9)', mint({}, { typ: 'application/at+jwt' }), { type: 'at+jwt' }],
    ['no kid', mint({}, { kid: undefined })],
    ['a kid of 128 characters', mint({}, { kid: 'k'.repeat(128) })],
    ['x5c and x5t, which are never used', mint({}, { x5c: ['x'], x5t: 'y' })],
    ['no iss at the issuer of tokens without', mint({ iss: undefined }), { url: null }],
    ['a required claim', mint({ hd: 'a' }), { requiredClaims: [{ claim: 'hd', requiredValue: 'a' }] }],
  ];
  for (const [rule, token, rules = {}] of taken) t.match(tryToken(token, { rules }), { username: 'alice' }, rule);
});

t.test('until when', async t => {
  t.match(tryToken(mint({ exp: seconds + 1.5 })), { expiresAt: now + 1500 }, 'exp may carry a fraction');
  const aged = mint({ iat: seconds - 10 });
  t.match(tryToken(aged, { rules: { maxAgeMs: 60_000 } }), { expiresAt: now + 50_000 }, 'maxAge ends it sooner');
  t.match(tryToken(aged, { rules: { maxAgeMs: 3_600_000 } }), { expiresAt: now + 600_000 }, 'exp ends it sooner');
});

t.test('required claims', async t => {
  const rules = { requiredClaims: [{ claim: 'hd', requiredValue: 'true' }] };
  for (const hd of [undefined, '', 'TRUE', true, ['true'], null]) {
    t.equal(reasonOf(tryToken(mint({ hd }), { rules })), 'claim-invalid', `not ${JSON.stringify(hd)}`);
  }
});

t.test('J11 an e-mail address for username', async t => {
  const rules = { username: { claim: 'email', prefix: '' } };
  const reason = (email: unknown, verified: unknown, more: Partial<IssuerRules> = {}): unknown =>
    reasonOf(tryToken(mint({ email, email_verified: verified }), { rules: { ...rules, ...more } }));
  t.match(reason('a.b+c@corp.com', true), { username: 'a.b+c@corp.com' }, 'a plain verified address');
  t.match(
    reason('a@corp.com', undefined, { unverifiedEmail: true }),
    { username: 'a@corp.com' },
    'the dangerous option',
  );
  for (const verified of [undefined, false, 'true', 1, null]) {
    t.equal(reason('a@corp.com', verified), 'claim-invalid', `email_verified ${JSON.stringify(verified)}`);
  }
  const addresses = [
    'a@evil@corp.com',
    '"a@evil"@corp.com',
    'a',
    '@corp.com',
    'a@',
    'a@corp..com',
    'a b@corp.com',
    'a@c\u043erp.com',
    'a@corp.com,b@corp.com',
    '<a@corp.com>',
    'a@corp.com\n',
    'a@-corp.com',
    `a@${'c'.repeat(300)}`,
  ];
  for (const email of addresses)
    t.equal(reason(email, true), 'claim-invalid', `CVE-2026-40574 ${JSON.stringify(email)}`);
  t.equal(
    reason('a@evil@corp.com', true, { unverifiedEmail: true }),
    'claim-invalid',
    'also with the dangerous option',
  );
});

t.test('a token that was read before', async t => {
  const prover = proverFor();
  const token = mint({ nbf: seconds + 100, exp: seconds + 600 });
  const lookup = { kind: 'lookup', what: 'signature', token };
  const at = (ms: number, finding?: Finding): unknown =>
    prover.prove({ authorization: `Bearer ${token}` }, { now: ms, findings: new Map(), known: () => finding });
  const holds: Finding = { what: 'signature' };
  t.match(at(now + 70_000), lookup, 'is asked about while nothing is known');
  const proof = at(now + 70_000, holds);
  t.match(proof, { username: 'alice', expiresAt: now + 600_000 });
  t.equal(at(now + 80_000, holds), proof, 'proves the very same');
  t.equal(reasonOf(at(now + 70_000 - 1, holds)), 'token-not-yet-valid', 'begins at its very millisecond');
  t.equal(at(now + 630_000 - 1, holds), proof, 'holds to the last millisecond of its tolerance');
  t.equal(reasonOf(at(now + 630_000, holds)), 'token-expired', 'and not one longer');
  t.equal(reasonOf(at(now + 630_000)), 'token-expired', 'and then nothing is asked any more');
  t.match(at(now + 80_000), lookup, 'is asked about again once nothing is known any more');
  t.equal(reasonOf(at(now + 80_000, refuse('token-signature'))), 'token-signature', 'is refused once its key is gone');
  t.equal(at(now + 80_000, holds), proof, 'and proves again when it is back');
  const stricter = proverFor({ audiences: new Set(['another']) });
  const look = { now: now + 80_000, findings: new Map(), known: () => holds };
  t.equal(reasonOf(stricter.prove({ authorization: `Bearer ${token}` }, look)), 'token-audience', 'by another policy');
});

t.test('a token that held ends when it ends, and when it is revoked', async t => {
  const token = mint({ jti: 'one' });
  const findings = new Map<string, Finding>([[`signature:${token}`, { what: 'signature' }]]);
  const proveAt = (prover: BearerTokenProver, at: number): unknown =>
    reasonOf(prover.prove({ authorization: `Bearer ${token}` }, { now: at, findings }));
  const prover = proverFor();
  t.match(proveAt(prover, now), { username: 'alice' });
  t.match(proveAt(prover, now + 629_999), { username: 'alice' }, 'remembered');
  t.equal(proveAt(prover, now + 630_000), 'token-expired', 'whatever is remembered');
  const asked: unknown[] = [];
  const revoking = proverFor({
    revoked: claims => {
      asked.push(claims['jti']);
      return refuse('token-revoked', 'jti');
    },
  });
  t.equal(proveAt(revoking, now), 'token-revoked');
  t.equal(proveAt(revoking, now), 'token-revoked');
  t.strictSame(asked, ['one'], 'the list is looked into once a token, not once a request');
  const unheld = new Map<string, Finding>([[`signature:${token}`, refuse('token-signature')]]);
  const forged = revoking.prove({ authorization: `Bearer ${token}` }, { now, findings: unheld });
  t.equal(reasonOf(forged), 'token-signature', 'who makes up tokens does not learn what is on the list');
});

t.test('a flood of tokens changes nothing for one that holds', async t => {
  const prover = proverFor();
  const good = `Bearer ${mint()}`;
  const look = { now, findings: new Map(), known: (): Finding => ({ what: 'signature' }) };
  const proof = prover.prove({ authorization: good }, look);
  const unknown = { now, findings: new Map() };
  for (let jti = 0; jti < 3000; jti += 1) {
    prover.prove(
      { authorization: `Bearer ${encodePart({ alg: 'ES256' })}.${encodePart({ ...claims, jti })}.AAAA` },
      unknown,
    );
  }
  t.equal(prover.prove({ authorization: good }, look), proof, 'it is the same proof, not one made anew');
});

t.test('groups and prefixes', async t => {
  t.match(tryToken(mint()), { groups: [] }, 'no groups claim, no groups (H4)');
  t.match(tryToken(mint({ groups: 'staff' })), { groups: ['lab:staff'] }, 'one group as a string');
  const rules = { username: { claim: 'sub', prefix: 'lab-' } };
  t.match(tryToken(mint(), { rules }), { username: 'lab-alice' }, 'S5 the prefix stands in front');
  const { groups: _groups, ...without } = lab;
  const prover = bearerTokenProver([without]);
  const token = mint({ groups: 7 });
  const findings = new Map<string, Finding>([[`signature:${token}`, { what: 'signature' }]]);
  t.match(
    prover.prove({ authorization: `Bearer ${token}` }, { now, findings }),
    { groups: [] },
    'unmapped groups are not read',
  );
});

t.test('order', async t => {
  const unasked = (token: string, rules: Partial<IssuerRules> = {}): unknown =>
    reasonOf(proverFor(rules).prove({ authorization: `Bearer ${token}` }, { now, findings: new Map() }));
  t.equal(unasked(mint({ exp: 0 })), 'token-expired', 'time costs no signature');
  t.equal(unasked(mint({ aud: 'x' })), 'token-audience', 'nor does audience');
  t.match(unasked(mint({ sub: 7 })), { what: 'signature' }, 'nothing is said on the user before the signature holds');
  const rules = { requiredClaims: [{ claim: 'hd', requiredValue: 'a' }] };
  t.match(unasked(mint(), rules), { what: 'signature' }, 'nor on claim rules');
  t.match(
    unasked(mint({ iss: undefined }), { url: null }),
    { issuer: '' },
    'the issuer without url is looked up as empty',
  );
});

t.test('details say nothing of the request', async t => {
  const secret = 's3cret';
  for (const name of ['iss', 'aud', 'sub', 'exp', 'hd', 'cnf', 'groups']) {
    const outcome = tryToken(mint({ [name]: { secret } }), {
      rules: { requiredClaims: [{ claim: 'hd', requiredValue: 'a' }] },
    });
    t.notMatch(JSON.stringify(outcome), secret, name);
  }
  t.notMatch(JSON.stringify(tryToken(`${encodePart(secret)}.a.b`)), encodePart(secret), 'nor of a malformed token');
});

t.test('where a token stood', async t => {
  const header: CarrierConfig = { kind: 'header', header: 'X-Token', scheme: null };
  const cookie: CarrierConfig = { kind: 'cookie', cookie: 'lab' };
  const token = mint();
  const look = { now, findings: new Map(), known: (): Finding => ({ what: 'signature' }) };
  const carrying = (carriers: readonly CarrierConfig[]): BearerTokenProver =>
    bearerTokenProver([
      { ...lab, carriers },
      { ...lab, url: 'https://other.example.org' },
    ]);
  const prover = carrying([header, cookie]);
  const inHeader = { authorization: undefined, standing: 'proxy', setAside: new Map([['x-token', [token]]]) } as const;
  const inCookie = {
    authorization: undefined,
    standing: 'proxy',
    cookies: [{ name: 'lab', text: `lab=${token}` }],
  } as const;
  const first = prover.prove(inHeader, look);
  t.match(first, { username: 'alice', credential: 'bearer', carrier: 'header', token });
  t.equal(prover.prove(inHeader, look), first, 'is the same proof, not one made anew');
  t.match(prover.prove(inCookie, look), { carrier: 'cookie' }, 'the same token elsewhere is a proof of its own');
  t.match(
    prover.prove({ ...inHeader, ...inCookie, setAside: inHeader.setAside }, look),
    { carrier: 'header' },
    'the firmest place counts',
  );
  t.equal(
    reasonOf(prover.prove({ authorization: `Bearer ${token}` }, look)),
    'token-issuer',
    "Authorization is the other issuer's",
  );
  t.match(prover.prove({ ...inHeader, standing: 'outside' }, look), null, 'an outsider shows nothing in a header');
  const scheme: CarrierConfig = { kind: 'header', header: 'authorization', scheme: 'JWT' };
  const other = bearerTokenProver([{ ...lab, carriers: [scheme] }]);
  t.match(other.prove({ authorization: `jwt ${token}` }, look), { username: 'alice', carrier: 'authorization' });
  t.equal(other.prove({ authorization: `Bearer ${token}` }, look), null, 'a scheme that nobody lists is not mine');
  t.equal(other.prove({ authorization: `DPoP ${token}` }, look), null, 'nor is DPoP without Bearer');
});

t.test('a token in a subprotocol', async t => {
  const one: CarrierConfig = { kind: 'webSocketProtocol', prefix: 'a' };
  const longer: CarrierConfig = { kind: 'webSocketProtocol', prefix: 'a.b' };
  const prover = bearerTokenProver([{ ...lab, carriers: [one, longer] }]);
  const look = { now, findings: new Map(), known: (): Finding => ({ what: 'signature' }) };
  const fields: readonly FieldLine[] = [['Sec-WebSocket-Protocol', 'x']];
  const reason = (...tokenProtocols: readonly string[]): unknown =>
    reasonOf(
      prover.prove({ authorization: undefined, standing: 'proxy', upgrade: 'websocket', fields, tokenProtocols }, look),
    );
  const proved = { username: 'alice', carrier: 'subprotocol' };
  for (const sub of ['alice', 'alice1', 'alice12']) {
    const encoded = encodePart(mint({ sub }));
    t.match(reason(`a.${encoded}`), { ...proved, username: sub });
    t.match(reason(`a.b.${encoded}`), { ...proved, username: sub }, 'behind the longer prefix');
    const loose = encoded.slice(0, -1) + String.fromCharCode(encoded.charCodeAt(encoded.length - 1) + 1);
    t.equal(reason(`a.${loose}`), 'token-malformed', 'with another last character');
    t.equal(reason(`a.${encoded}.`), 'token-malformed', 'with a dot behind');
  }
});
