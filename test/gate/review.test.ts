/** Who was let in under one policy, judged under the next: each part of it that may say no says no, and nothing else does. */
import { test } from 'tap';
import { parseConfig } from '../../src/config/load.ts';
import { decide } from '../../src/gate/gate.ts';
import type { Finding } from '../../src/gate/lookups.ts';
import type { Policy } from '../../src/gate/policy.ts';
import type { Session } from '../../src/gate/proof.ts';
import { type Admission, admissionOf, expiryOf, type Forward, review, untilOf } from '../../src/gate/review.ts';
import type { InboundRequest } from '../../src/gate/stages.ts';
import { readRevocations } from '../../src/identity/tokens/revocations.ts';
import { compilePolicy } from '../../src/policy.ts';
import { inboundRequest } from '../contract/world.ts';
import { makeKey, mintToken } from '../identity/token-maker.ts';

type Written = Readonly<Record<string, unknown>>;

const now = Date.UTC(2026, 10, 26);
const seconds = now / 1000;
const expiry = now + 600_000;
const tolerance = 30_000;
const key = makeKey('HS256');
const claims = {
  ...{ iss: 'https://sso.example', aud: 'jupyterhub', sub: 's-1', jti: 'j-1', exp: seconds + 600, iat: seconds },
  ...{ preferred_username: 'alice', groups: ['lab', 'staff'], email: 'alice@lab.example' },
};
const token = mintToken(key, claims);

const jwtEntry = {
  issuer: { url: 'https://sso.example', audiences: ['jupyterhub'] },
  namespace: 'lab',
  keys: { secretFile: '/k' },
  algorithms: ['HS256'],
  claimMappings: { username: { claim: 'preferred_username', prefix: '' }, groups: { claim: 'groups', prefix: '' } },
};
const ssoEntry = {
  name: 'front',
  namespace: 'lab',
  proxies: ['10.0.0.1/32'],
  headers: { username: 'X-Front-User', groups: 'X-Front-Groups' },
  dangerouslyTrustAddressOnly: true,
};
const introspectionEntry = {
  url: 'https://sso.example/introspect',
  clientId: 'gate',
  clientSecretFile: '/s',
  issuer: { url: 'https://sso.example', audiences: ['jupyterhub'] },
  namespace: 'lab',
  claimMappings: jwtEntry.claimMappings,
};
const base = {
  publicUrl: 'https://hub.example',
  listen: [{ address: '127.0.0.1:0' }],
  hub: {
    url: 'http://127.0.0.1:8000',
    authenticator: 'jhub_remote_auth_mount.RemoteUserAuthenticator',
    apiTokens: 'forward',
  },
  trust: { proxies: ['10.0.0.0/24'] },
  public: ['/user/open/**'],
  jwt: [jwtEntry],
  sso: [ssoEntry],
  introspection: [introspectionEntry],
};

function policyOf(more: Written = {}, revoked = ''): Policy {
  const parsed = parseConfig(JSON.stringify({ ...base, ...more }), '/etc/proxy.yaml', {});
  if (!parsed.ok) throw new Error(parsed.problems.map(({ path, message }) => `${path} ${message}`).join('\n'));
  const reading = readRevocations(Buffer.from(revoked));
  if ('faults' in reading) throw new Error(reading.faults.join());
  return compilePolicy(parsed.config, 'digest', { revoked: reading.list });
}

const opaque = 'opaque-token';
const answer = {
  token: opaque,
  entry: 0,
  claims: { ...claims, active: true, token_type: 'Bearer' },
  givenAt: { wall: now, steady: 0 },
  until: now + 30_000,
};

function letIn(lines: readonly string[], target = '/user/MFWGSY3F/', more: Written = {}): Admission {
  const policy = policyOf(more);
  const spoken = lines.map(line => line.replace('SESSION', `${policy.session?.cookieName}=sealed`));
  const request: InboundRequest = inboundRequest(
    [`GET ${target} HTTP/1.1`, 'Host: hub.example', ...spoken],
    '10.0.0.1',
  );
  const findings = new Map<string, Finding>();
  for (let round = 0; round < 5; round += 1) {
    const decision = decide(request, policy, { now, findings });
    if (decision.kind === 'forward') return admissionOf(decision, request.peer);
    if (decision.kind !== 'lookup') throw new Error(JSON.stringify(decision));
    if (decision.what === 'session') {
      findings.set(decision.key, { what: 'session', session });
      continue;
    }
    const isOurs = decision.what === 'introspection' && decision.token === opaque;
    const asked: Finding = { what: 'introspection', answer: isOurs ? answer : undefined };
    findings.set(decision.key, decision.what === 'introspection' ? asked : { what: 'signature' });
  }
  throw new Error('asks in circles');
}

const byToken = letIn([`Authorization: Bearer ${token}`]);
const byAssertion = letIn(['X-Front-User: alice', 'X-Front-Groups: lab,staff']);
const byBoth = letIn([`Authorization: Bearer ${token}`, 'X-Front-User: alice']);
const byAnswer = letIn([`Authorization: Bearer ${opaque}`]);
const session: Session = {
  ...{ id: 's', prover: 'jwt', issuer: 'https://sso.example', host: '' },
  ...{ claims, begunAt: now, sealedAt: now, expiresAt: now + 3_600_000 },
};
const sessions = { session: { keyFiles: ['/s'], maxAge: '1h', loginUrl: 'https://www.example/?to={url}' } };
const bySession = letIn(['Cookie: SESSION'], '/user/MFWGSY3F/', sessions);
const byHubToken = letIn(['Authorization: token 0123456789abcdef0123456789abcdef']);
const onPublicPath = letIn([], '/user/open/page');

test('under the same policy everybody stays, for as long as the proof is taken', async t => {
  const policy = policyOf();
  const signature = { what: 'signature', issuer: 'https://sso.example', token };
  t.match(review(byToken, policy), { until: expiry + tolerance, signatures: [signature] });
  t.match(review(byAnswer, policy), { until: expiry + tolerance, signatures: [] });
  t.match(review(byAssertion, policy), { until: now + 8 * 3_600_000, signatures: [] });
  t.match(review(byBoth, policy), { until: expiry + tolerance, signatures: [signature] });
  t.match(review(bySession, policyOf(sessions)), { until: now + 3_600_000, signatures: [] });
  t.match(review(byHubToken, policy), { until: Number.POSITIVE_INFINITY });
  t.match(review(onPublicPath, policy), { until: Number.POSITIVE_INFINITY });
});

const jwt = (more: Written): Written => ({ jwt: [{ ...jwtEntry, ...more }] });
const sso = (more: Written): Written => ({ sso: [{ ...ssoEntry, ...more }] });
const denial = (user: Written): Written => ({ user });

type Row = readonly [title: string, held: Admission, more: Written, reason: string, revoked?: string];

const rows: readonly Row[] = [
  [
    'the issuer is gone',
    byToken,
    { jwt: [{ ...jwtEntry, issuer: { url: 'https://x', audiences: ['a'] } }] },
    'token-issuer',
  ],
  ['no tokens are taken', byToken, { jwt: [] }, 'token-issuer'],
  ['another audience', byToken, jwt({ issuer: { url: 'https://sso.example', audiences: ['else'] } }), 'token-audience'],
  ['another algorithm', byToken, jwt({ algorithms: ['HS512'] }), 'token-algorithm'],
  ['another type', byToken, jwt({ type: 'at+jwt' }), 'token-type'],
  [
    'a rule on claims',
    byToken,
    jwt({ claimValidationRules: [{ claim: 'email', requiredValue: 'bob@lab.example' }] }),
    'claim-invalid',
  ],
  [
    'a claim that is not there',
    byToken,
    jwt({ claimMappings: { username: { claim: 'upn', prefix: '' } } }),
    'claim-invalid',
  ],
  ['a denied user', byToken, denial({ deny: { users: ['alice'] } }), 'not-allowed'],
  ['a denied group', byToken, denial({ deny: { groups: ['staff'] } }), 'not-allowed'],
  ['others alone are allowed', byToken, denial({ allow: { users: ['bob'] } }), 'not-allowed'],
  ['a pattern', byToken, denial({ pattern: '^b.*$' }), 'user-invalid'],
  ['a reserved name', byToken, denial({ reserved: ['alice'] }), 'user-invalid'],
  ['another name at the hub', byToken, denial({ map: { alice: 'bob' } }), 'not-allowed'],
  ['a revoked token', byToken, {}, 'token-revoked', 'jti https://sso.example j-1'],
  ['a revoked subject', byToken, {}, 'token-revoked', 'sub * s-1'],
  ['the proxy is not trusted any more', byToken, { trust: { proxies: ['10.0.9.0/24'] }, sso: [] }, 'peer-untrusted'],
  ['no assertions are taken', byAssertion, { sso: [] }, 'assertion-unproved'],
  ['another entry', byAssertion, sso({ name: 'back' }), 'assertion-unproved'],
  ['another proxy asserts', byAssertion, sso({ proxies: ['10.0.0.2/32'] }), 'assertion-unproved'],
  ['another header names the user', byAssertion, sso({ headers: { username: 'X-Other' } }), 'assertion-ambiguous'],
  ['another prefix', byAssertion, sso({ prefix: 'x-' }), 'not-allowed'],
  ['a denied group, asserted', byAssertion, denial({ deny: { groups: ['staff'] } }), 'not-allowed'],
  ['one of two proofs', byBoth, { sso: [] }, 'assertion-unproved'],
  ['the other of two proofs', byBoth, {}, 'token-revoked', 'jti * j-1'],
  ['the endpoint is gone', byAnswer, { introspection: [] }, 'token-issuer'],
  ['a revoked subject of the endpoint', byAnswer, {}, 'token-revoked', 'sub https://sso.example s-1'],
  [
    "another audience of the endpoint's tokens",
    byAnswer,
    { introspection: [{ ...introspectionEntry, issuer: { url: 'https://sso.example', audiences: ['else'] } }] },
    'token-audience',
  ],
  ['sessions are not taken', bySession, {}, 'session-expired'],
  ['the issuer of a session is gone', bySession, { ...sessions, jwt: [] }, 'session-expired'],
  ['a revoked token of a session', bySession, sessions, 'session-expired', 'jti * j-1'],
  ['a denied user of a session', bySession, { ...sessions, ...denial({ deny: { users: ['alice'] } }) }, 'not-allowed'],
  ['hub tokens are not taken alone', byHubToken, { hub: { ...base.hub, apiTokens: 'refuse' } }, 'hub-token-refused'],
  ['the path is not public any more', onPublicPath, { public: ['/user/other/**'] }, 'credential-missing'],
];

for (const [title, held, more, reason, revoked] of rows)
  test(`${title}: ${reason}`, async t => {
    t.match(review(held, policyOf(more, revoked)), { kind: 'refuse', reason });
  });

test('what a reload changes elsewhere ends nobody', async t => {
  t.match(review(byToken, policyOf({ ...denial({ deny: { users: ['bob'] } }) }, 'jti * j-2')), {
    until: expiry + tolerance,
  });
  t.match(review(byToken, policyOf(jwt({ clockTolerance: '0s' }))), { until: expiry });
  t.match(review(byToken, policyOf(jwt({ clockTolerance: '0s', maxAge: '1m' }))), { until: now + 60_000 });
  const outside = { trust: { proxies: ['10.0.9.0/24'], others: 'bearerOnly' }, sso: [] };
  t.match(review(byToken, policyOf(outside)), { until: expiry + tolerance });
  t.match(review(onPublicPath, policyOf({ public: ['/user/open/page'] })), { until: Number.POSITIVE_INFINITY });
});

test('an admission keeps the first end, and its name', async t => {
  t.equal(untilOf(byBoth.proofs), expiry + tolerance);
  t.equal(untilOf([]), Number.POSITIVE_INFINITY);
  t.match(expiryOf(byToken.proofs), { reason: 'token-expired' });
  t.match(expiryOf(byAssertion.proofs), { reason: 'assertion-expired' });
  t.match(expiryOf(byBoth.proofs), { reason: 'token-expired' });
});

test('an admission holds nothing of the request', async t => {
  const decision = {
    request: { visitor: 'u', place: { public: false, below: '/x' } },
    proofs: [],
  } as unknown as Forward;
  t.strictSame(admissionOf(decision, { kind: 'unix' }), {
    proofs: [],
    peer: { kind: 'unix' },
    visitor: 'u',
    publicPath: null,
  });
});
