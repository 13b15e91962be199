/** Whom an opaque token proves, by what its endpoint says, and what is refused of it. */
import t from 'tap';
import type { Finding } from '../../../src/gate/lookups.ts';
import type { Proof } from '../../../src/gate/proof.ts';
import { refuse } from '../../../src/gate/reasons.ts';
import type { IssuerRules } from '../../../src/identity/tokens/issuer-rules.ts';
import { type IntrospectionRules, opaqueTokenProver } from '../../../src/identity/tokens/opaque-token.ts';

const now = 1_800_000_000_000;
const seconds = now / 1000;
const url = 'https://sso.example.org';
const until = now + 30_000;

const rules: IssuerRules = {
  url,
  audiences: new Set(['jupyterhub']),
  anyAudience: false,
  algorithms: new Set(),
  type: 'any',
  clockToleranceMs: 30_000,
  maxAgeMs: 0,
  requiredClaims: [{ claim: 'scope', requiredValue: 'hub' }],
  username: { claim: 'username', prefix: 'x-' },
  groups: { claim: 'groups', prefix: 'g-' },
  unverifiedEmail: false,
};
const entry: IntrospectionRules = {
  ...{ rules, issuer: url, entry: 'introspection[0]', typed: true },
  ...{ cacheForMs: 30_000, timeoutMs: 5000 },
};
const other: IntrospectionRules = {
  rules: {
    ...rules,
    url: null,
    anyAudience: true,
    audiences: new Set(),
    requiredClaims: [],
    username: { claim: 'sub', prefix: 'o-' },
  },
  issuer: 'https://other.example.org/introspect',
  entry: 'introspection[1]',
  ...{ typed: false, cacheForMs: 30_000, timeoutMs: 5000 },
};

/** When the endpoint answered. */
const givenAt = { wall: now, steady: 0 };

type Members = Readonly<Record<string, unknown>>;

const members: Members = {
  active: true,
  iss: url,
  aud: ['other', 'jupyterhub'],
  username: 'alice',
  sub: 'id-1',
  groups: ['lab'],
  scope: 'hub',
  token_type: 'Bearer',
  exp: seconds + 600,
};

/** Undefined takes a member out. */
function answered(more: Members = {}, index = 0): Finding {
  const all = Object.entries({ ...members, ...more }).filter(([, value]) => value !== undefined);
  const claims: Record<string, unknown> = Object.assign(Object.create(null), Object.fromEntries(all));
  return { what: 'introspection', answer: { token: 'opaque', entry: index, claims, givenAt, until } };
}

function tryFinding(finding: Finding, at = now, entries = [entry, other]): unknown {
  const findings = new Map([['introspection:opaque', finding]]);
  return opaqueTokenProver(entries).prove({ authorization: 'Bearer opaque' }, { now: at, findings });
}

const reasonOf = (outcome: unknown): unknown =>
  typeof outcome === 'object' && outcome !== null && 'reason' in outcome ? outcome.reason : outcome;

t.test('whose credential it is', async t => {
  const prover = opaqueTokenProver([entry]);
  const ask = (authorization: string | undefined): unknown =>
    prover.prove({ authorization }, { now, findings: new Map() });
  const lookup = { kind: 'lookup', key: 'introspection:opaque', what: 'introspection', token: 'opaque' };
  t.strictSame(ask('Bearer opaque'), lookup);
  t.strictSame(ask('bEARER opaque'), lookup, 'in any case');
  t.match(ask('Bearer a.b'), { token: 'a.b' }, 'two parts are opaque');
  t.match(ask('Bearer a.b.c.d'), { token: 'a.b.c.d' });
  t.equal(ask(undefined), null);
  t.equal(ask('Bearer a.b.c'), null, 'a JWT is never asked about');
  t.equal(ask('Bearer a.b.c.d.e'), null, 'nor an encrypted one');
  t.equal(ask('token opaque'), null, "the hub's own scheme");
  t.equal(ask('Basic opaque'), null);
  t.equal(ask('DPoP opaque'), null);
  t.equal(ask('Bearer a  b'), null);
  t.match(ask(`Bearer ${'x'.repeat(4096)}`), { kind: 'lookup' });
  t.equal(reasonOf(ask(`Bearer ${'x'.repeat(4097)}`)), 'token-malformed', 'refused, and nobody else is told');
});

t.test('an active token', async t => {
  t.match(tryFinding(answered()), {
    prover: 'introspection',
    credential: 'bearer',
    carrier: 'authorization',
    token: 'opaque',
    issuer: url,
    username: 'x-alice',
    groups: ['g-lab'],
    claims: { sub: 'id-1' },
    expiresAt: now + 600_000,
  });
  t.match(tryFinding(answered({}, 1)), { issuer: other.issuer, username: 'o-id-1' }, 'by the rules of its own entry');
  t.match(tryFinding(answered({ aud: 'jupyterhub', token_use: 'access_token', typ: 'at+jwt' })), {
    username: 'x-alice',
  });
  t.equal(tryFinding({ what: 'introspection', answer: undefined }), null, 'what is not active is not mine');
  const down = refuse('introspection-unavailable');
  t.equal(tryFinding(down), down, 'who could not be asked is no "not mine"');
  t.equal(reasonOf(tryFinding(answered({}, 7))), 'internal-error', 'an answer of nobody proves nobody');
});

t.test('an answer is read once', async t => {
  const prover = opaqueTokenProver([entry]);
  const findings = new Map([['introspection:opaque', answered()]]);
  const prove = (): unknown => prover.prove({ authorization: 'Bearer opaque' }, { now, findings });
  t.equal(prove(), prove());
});

t.test('without exp it holds as long as the answer is believed', async t => {
  t.match(tryFinding(answered({ exp: undefined })), { expiresAt: until });
});

const refusals: readonly (readonly [rule: string, more: Members, reason: string])[] = [
  ['expired, whatever active says', { exp: seconds - 30 }, 'token-expired'],
  ['exp is a text', { exp: String(seconds + 600) }, 'token-malformed'],
  ['exp is nothing', { exp: null }, 'token-malformed'],
  ['exp is out of all bounds', { exp: 1e300 }, 'token-malformed'],
  ['not yet', { nbf: seconds + 31 }, 'token-not-yet-valid'],
  ['nbf is a text', { nbf: 'now' }, 'token-malformed'],
  ['issued in the future', { iat: seconds + 31 }, 'token-not-yet-valid'],
  ['another issuer', { iss: `${url}/` }, 'token-issuer'],
  ['no issuer, where one is wanted', { iss: undefined }, 'token-issuer'],
  ['issuers in a list', { iss: [url] }, 'token-issuer'],
  ['another audience', { aud: 'jupyter' }, 'token-audience'],
  ['no audience', { aud: undefined }, 'token-audience'],
  ['an audience that is no text', { aud: ['jupyterhub', 1] }, 'token-audience'],
  ['bound to a key (J15)', { cnf: { 'x5t#S256': 'x' } }, 'token-bound'],
  ['bound to nothing that it says (J15)', { cnf: null }, 'token-bound'],
  ['a DPoP token (J15)', { token_type: 'DPoP' }, 'token-bound'],
  ['no type', { token_type: undefined }, 'token-type'],
  ['another type', { token_type: 'refresh_token' }, 'token-type'],
  ['a type that is no text', { token_type: ['Bearer'] }, 'token-type'],
  ["Hydra's refresh token", { token_use: 'refresh_token' }, 'token-type'],
  ["Keycloak's refresh token", { typ: 'Refresh' }, 'token-type'],
  ["Keycloak's offline token", { typ: 'Offline' }, 'token-type'],
  ['an ID token', { typ: 'ID' }, 'token-type'],
  ['a rule that does not hold', { scope: 'hub mail' }, 'claim-invalid'],
  ['no user', { username: undefined }, 'claim-invalid'],
  ['a user that is no text', { username: ['alice'] }, 'claim-invalid'],
  ['groups that are no texts', { groups: [1] }, 'claim-invalid'],
];

for (const [rule, more, reason] of refusals) {
  t.test(`refused: ${rule}`, async t => t.equal(reasonOf(tryFinding(answered(more))), reason));
}

t.test('type any lets the type be left out, and nothing else', async t => {
  const any = { ...entry, typed: false };
  t.match(tryFinding(answered({ token_type: undefined }), now, [any]), { username: 'x-alice' });
  t.equal(reasonOf(tryFinding(answered({ token_type: 'N_A' }), now, [any])), 'token-type');
  t.equal(reasonOf(tryFinding(answered({ token_type: 'dpop' }), now, [any])), 'token-bound');
});

t.test('clocks may differ by so much', async t => {
  t.match(tryFinding(answered({ exp: seconds }), now + 29_999), { username: 'x-alice' });
  t.equal(reasonOf(tryFinding(answered({ exp: seconds }), now + 30_000)), 'token-expired');
});

t.test('an e-mail address names the user once it is verified (J11)', async t => {
  const byMail = { ...entry, rules: { ...rules, username: { claim: 'email', prefix: '' } } };
  const mail = 'a@example.org';
  t.equal(reasonOf(tryFinding(answered({ email: mail }), now, [byMail])), 'claim-invalid');
  t.match(tryFinding(answered({ email: mail, email_verified: true }), now, [byMail]), { username: mail });
});

t.test('a revoked token', async t => {
  const revoked = { ...entry, rules: { ...rules, revoked: () => refuse('token-revoked', 'jti') } };
  t.equal(reasonOf(tryFinding(answered(), now, [revoked])), 'token-revoked');
});

t.test('read again, a token counts where every entry of its issuer that it is for takes it', async t => {
  const stricter = { ...rules, requiredClaims: [...rules.requiredClaims, { claim: 'dept', requiredValue: 'lab' }] };
  const second: IntrospectionRules = { ...entry, entry: 'introspection[1]', rules: stricter };
  const elsewhere: IntrospectionRules = { ...entry, rules: { ...rules, audiences: new Set(['elsewhere']) } };
  const proof = tryFinding(answered()) as Proof;
  const peer = '127.0.0.1';
  const readAgain = (...entries: IntrospectionRules[]): unknown =>
    opaqueTokenProver(entries).again?.(proof, peer as never);
  t.match(readAgain(entry), { proof: { username: 'x-alice' } });
  t.match(readAgain(elsewhere, entry), { proof: { username: 'x-alice' } }, 'an entry of the issuer that it is not for');
  t.match(
    readAgain(entry, second),
    { reason: 'claim-invalid' },
    'an entry that may have answered for it, and is stricter',
  );
  t.match(readAgain(elsewhere), { reason: 'token-audience' });
  t.match(readAgain(other), { reason: 'token-issuer' });
});

t.test('asked about again: what is said now counts, under the rules of now', async t => {
  const prover = opaqueTokenProver([entry, { ...other, cacheForMs: 10_000 }]);
  const word = { givenAt, askAgainAfterMs: 15_000, countsForMs: 35_000 };
  const proof = tryFinding(answered()) as Proof;
  t.match(proof, { word, expiresAt: (seconds + 600) * 1000, holdsUntil: (seconds + 630) * 1000 });
  const withoutExp = tryFinding(answered({ exp: undefined })) as Proof;
  t.match(withoutExp, { word, expiresAt: until, holdsUntil: Number.POSITIVE_INFINITY }, 'only its word ends it');
  const asked = (finding: Finding, at = now, held = proof): unknown =>
    prover.again?.(held, '127.0.0.1' as never, { now: at, findings: new Map([['introspection:opaque', finding]]) });
  t.match(asked(answered({ groups: ['staff'] })), { proof: { groups: ['g-staff'], token: 'opaque', word } });
  const inactive: Finding = { what: 'introspection', answer: undefined };
  for (const [title, finding, at, reason, held] of [
    ['not active', inactive, now, 'token-revoked', proof],
    ['not active, a clock away from exp', inactive, (seconds + 570) * 1000, 'token-expired', proof],
    ['not active, not yet so near', inactive, (seconds + 570) * 1000 - 1, 'token-revoked', proof],
    ['not active, and never had an exp', inactive, (seconds + 630) * 1000, 'token-revoked', withoutExp],
    ['another scope', answered({ scope: 'else' }), now, 'claim-invalid', proof],
    ['another audience', answered({ aud: 'else' }), now, 'token-audience', proof],
    ['another kind', answered({ token_type: 'refresh' }), now, 'token-type', proof],
    ['a sooner exp', answered({ exp: seconds - 31 }), now, 'token-expired', proof],
    ["another endpoint's", answered({}, 1), now, 'token-issuer', proof],
    ['no answer', refuse('introspection-unavailable'), now, 'introspection-unavailable', proof],
  ] as const)
    t.equal(reasonOf(asked(finding, at, held)), reason, title);
});

t.test('read again by a policy that believes answers less long, or longer', async t => {
  const proof = tryFinding(answered({ exp: undefined })) as Proof;
  const readAgain = (...entries: IntrospectionRules[]): unknown =>
    opaqueTokenProver(entries).again?.(proof, '127.0.0.1' as never);
  const lasting = (cacheForMs: number, timeoutMs = 5000): unknown => ({
    proof: {
      word: { givenAt, askAgainAfterMs: cacheForMs / 2, countsForMs: cacheForMs + timeoutMs },
      holdsUntil: Number.POSITIVE_INFINITY,
    },
  });
  t.match(readAgain({ ...entry, cacheForMs: 2000 }), lasting(2000));
  t.match(readAgain({ ...entry, cacheForMs: 60_000, timeoutMs: 1000 }), lasting(60_000, 1000));
  t.match(
    readAgain({ ...entry, cacheForMs: 60_000 }, { ...entry, cacheForMs: 4000 }),
    lasting(4000),
    'the shorter one',
  );
});
