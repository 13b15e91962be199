/** Tokens that only their holder may show: `cnf` is proven or refused, never ignored (J15, RFC 7800, RFC 8705, RFC 9449). */
import { X509Certificate } from 'node:crypto';
import t from 'tap';
import type { Finding, Lookup } from '../../../src/gate/lookups.ts';
import type { Proof } from '../../../src/gate/proof.ts';
import { type Refusal, refuse } from '../../../src/gate/reasons.ts';
import type { Peer } from '../../../src/gate/stages.ts';
import { type Holding, heldTokens, type Site } from '../../../src/identity/holders/token-holder.ts';
import { bearerTokenProver } from '../../../src/identity/tokens/bearer-token.ts';
import type { IssuerRules } from '../../../src/identity/tokens/issuer-rules.ts';
import { makeKey, mintToken, type SigningKey } from '../token-maker.ts';
import { digestOf, makeProof, type ProofWish, thumbprintOf } from './proof-maker.ts';

const now = 1_800_000_000_000;
const seconds = now / 1000;
const issuerKey = makeKey('ES256', 'k1');
const holder = makeKey('ES256');
const stranger = makeKey('ES256');

const lab: IssuerRules = {
  url: 'https://sso.example',
  audiences: new Set(['jupyterhub']),
  anyAudience: false,
  algorithms: new Set(['ES256']),
  type: 'any',
  clockToleranceMs: 30_000,
  maxAgeMs: 0,
  requiredClaims: [],
  username: { claim: 'sub', prefix: '' },
  unverifiedEmail: false,
};

const site: Site = {
  scheme: 'https',
  authority: 'hub.example:443',
  aliases: new Set(['alias.example:443', 'other.example:8443']),
};

/** What the policy makes of an issuer. */
const proverFor = (rules: Partial<IssuerRules> = {}): ReturnType<typeof heldTokens<{ authorization: string }>> =>
  heldTokens(bearerTokenProver([{ ...lab, ...rules }]), site);

type Members = Readonly<Record<string, unknown>>;

function mint(more: Members): string {
  const own = { iss: lab.url, aud: 'jupyterhub', sub: 'alice', exp: seconds + 600 };
  return mintToken(issuerKey, { ...own, ...more });
}

const bound = mint({ cnf: { jkt: thumbprintOf(holder) } });
const unbound = mint({});

const url = 'https://hub.example/hub/login';

/** A proof for the bound token, by its holder, for the request of `ask`. */
function proofOf(wish: Partial<ProofWish> = {}, key: SigningKey = holder): string {
  return makeProof(key, { token: bound, url, at: seconds, ...wish });
}

/** A request for the login, by nobody in particular. */
const plain: Omit<Holding, 'arrival'> = {
  method: 'GET',
  path: '/hub/login',
  host: 'hub.example',
  userHost: '',
  dpop: [],
  peer: { kind: 'unix' },
};

interface Asked extends Partial<Holding> {
  readonly scheme?: string;
  readonly token?: string;
  readonly rules?: Partial<IssuerRules>;
  readonly at?: number;
  /** What is known of proofs; everything that is asked for holds when absent. */
  readonly finding?: Finding;
}

const holds = ({ what }: Lookup): Finding => (what === 'signature' ? { what } : { what: 'dpop-proof' });

function ask({
  scheme = 'DPoP',
  token = bound,
  rules,
  at = now,
  finding,
  ...shown
}: Asked): Proof | null | Refusal | Lookup {
  const known = (lookup: Lookup): Finding =>
    lookup.what === 'dpop-proof' && finding !== undefined ? finding : holds(lookup);
  const request: Holding = { ...plain, arrival: {}, ...shown };
  return proverFor(rules).prove(
    { ...request, authorization: `${scheme} ${token}` },
    { now: at, findings: new Map(), known },
  );
}

/** The reason and its detail, or the user. */
function outcomeOf(asked: Asked): unknown {
  const outcome = ask(asked);
  if (outcome === null || !('reason' in outcome))
    return outcome === null || 'kind' in outcome ? outcome : outcome.username;
  return outcome.detail === '' ? outcome.reason : `${outcome.reason}: ${outcome.detail}`;
}

t.test('cnf in every form that nobody can check', async t => {
  const jkt = thumbprintOf(holder);
  const forms: readonly unknown[] = [
    ...[null, '', jkt, [], [jkt], {}, 7, true],
    ...[
      { kid: 'k' },
      { jwk: {} },
      { jwe: 'x' },
      { jku: 'https://x' },
      { 'x5t#S512': jkt },
      { 'x5t#s256': jkt },
      { JKT: jkt },
    ],
    ...[
      { jkt, kid: 'k' },
      { jkt, 'x5t#S256': jkt },
      { jkt, 'x5t#S512': jkt },
      { jkt, jwk: {} },
    ],
    ...[{ jkt: null }, { jkt: '' }, { jkt: [jkt] }, { jkt: `${jkt}=` }, { jkt: jkt.slice(1) }, { jkt: `${jkt} ` }],
    ...[{ jkt: `${'A'.repeat(42)}B` }, { 'x5t#S256': '' }, { 'x5t#S256': 'x' }, { 'x5t#S256': null }],
  ];
  for (const cnf of forms) {
    const token = mint({ cnf });
    for (const scheme of ['Bearer', 'DPoP']) {
      const asked = { scheme, token, dpop: [proofOf({ token })] };
      t.equal(
        outcomeOf(asked),
        'token-bound: cnf is neither x5t#S256 alone nor jkt alone',
        `${scheme} ${JSON.stringify(cnf)}`,
      );
    }
  }
});

t.test('schemes and bindings that do not fit', async t => {
  t.equal(outcomeOf({ scheme: 'Bearer', dpop: [proofOf()] }), 'token-bound: cnf.jkt, and not the DPoP scheme');
  const none = 'token-bound: the DPoP scheme, and no cnf.jkt';
  t.equal(outcomeOf({ token: unbound, dpop: [proofOf({ token: unbound })] }), none);
  const token = mint({ cnf: { 'x5t#S256': digestOf('x') } });
  const peer: Peer = { kind: 'unix', certificate: { thumbprint: digestOf('x'), subjectAltNames: [] } };
  t.equal(outcomeOf({ token, peer, dpop: [proofOf({ token })] }), none);
  t.equal(
    outcomeOf({ scheme: 'Bearer', token: unbound, dpop: [proofOf(), 'x'] }),
    'alice',
    'what is not bound needs no proof',
  );
});

t.test("RFC 8705's example (Appendix A)", async t => {
  const certificate = new X509Certificate(`-----BEGIN CERTIFICATE-----
MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAx
ODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ
/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwID
SQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOV
bUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=
-----END CERTIFICATE-----`);
  const thumbprint = Buffer.from(certificate.fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
  const token = mint({ cnf: { 'x5t#S256': 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0' } });
  const from = (peer: Peer): unknown => outcomeOf({ scheme: 'Bearer', token, peer });
  t.equal(from({ kind: 'unix', certificate: { thumbprint, subjectAltNames: [] } }), 'alice');
  const another = 'token-bound: cnf.x5t#S256 is of another certificate';
  t.equal(from({ kind: 'unix', certificate: { thumbprint: digestOf('x'), subjectAltNames: [] } }), another);
  t.equal(from({ kind: 'unix' }), another, 'no certificate');
});

t.test('a token that is bound to a certificate is asked about on every connection', async t => {
  const token = mint({ cnf: { 'x5t#S256': digestOf('x') } });
  const prover = proverFor();
  const from = (thumbprint: string): unknown =>
    prover.prove(
      {
        ...{ ...plain, arrival: {}, authorization: `Bearer ${token}` },
        peer: { kind: 'unix', certificate: { thumbprint, subjectAltNames: [] } },
      },
      { now, findings: new Map(), known: holds },
    );
  t.match(from(digestOf('x')), { username: 'alice' });
  t.match(from(digestOf('y')), { reason: 'token-bound' });
  t.match(from(digestOf('x')), { username: 'alice' });
});

const proofs: readonly (readonly [rule: string, detail: string, asked: Asked])[] = [
  ['no proof', 'no DPoP field', { dpop: [] }],
  ['two proofs', 'more than one DPoP field', { dpop: [proofOf(), proofOf()] }],
  ['the same proof twice', 'more than one DPoP field', { dpop: Array.from({ length: 2 }, () => 'x') }],
  ['two proofs in one line', 'not a compact JWS', { dpop: [`${proofOf()}, ${proofOf()}`] }],
  ['an empty field', 'not a compact JWS', { dpop: [''] }],
  ['the token itself', 'typ', { dpop: [bound] }],
  ['HMAC', 'alg', { dpop: [proofOf({ header: { alg: 'HS256' } })] }],
  ['no signature at all', 'alg', { dpop: [proofOf({ header: { alg: 'none' } })] }],
  ["a stranger's key", 'jwk is not the key of cnf.jkt', { dpop: [proofOf({}, stranger)] }],
  ['another token', 'ath is of another token', { dpop: [proofOf({ token: unbound })] }],
  [
    'ath in hex',
    'ath is of another token',
    { dpop: [proofOf({ claims: { ath: Buffer.from(digestOf(bound), 'base64url').toString('hex') } })] },
  ],
  ['ath padded', 'ath is of another token', { dpop: [proofOf({ claims: { ath: `${digestOf(bound)}=` } })] }],
  ['another method', 'htm is another method', { dpop: [proofOf({ method: 'POST' })] }],
  ['the method in another case', 'htm is another method', { dpop: [proofOf({ method: 'get' })] }],
  ['HEAD by a proof for GET', 'htm is another method', { method: 'HEAD', dpop: [proofOf()] }],
  ['a method of its own', 'htm is another method', { method: 'PROPFIND', dpop: [proofOf()] }],
  ['another path', 'htu is another URL', { path: '/hub/home', dpop: [proofOf()] }],
  ['a slash at the end', 'htu is another URL', { dpop: [proofOf({ url: `${url}/` })] }],
  ['a path in another case', 'htu is another URL', { dpop: [proofOf({ url: 'https://hub.example/hub/LOGIN' })] }],
  ['an encoded slash', 'htu is another URL', { dpop: [proofOf({ url: 'https://hub.example/hub%2Flogin' })] }],
  ['an empty segment', 'htu is another URL', { dpop: [proofOf({ url: 'https://hub.example//hub/login' })] }],
  ['another scheme', 'htu is another URL', { dpop: [proofOf({ url: 'http://hub.example/hub/login' })] }],
  [
    'another scheme at the same port',
    'htu is another URL',
    { dpop: [proofOf({ url: 'http://hub.example:443/hub/login' })] },
  ],
  ['another port', 'htu is another URL', { dpop: [proofOf({ url: 'https://hub.example:8443/hub/login' })] }],
  ['another host', 'htu is another URL', { dpop: [proofOf({ url: 'https://evil.example/hub/login' })] }],
  ['a host that ends alike', 'htu is another URL', { dpop: [proofOf({ url: 'https://xhub.example/hub/login' })] }],
  ['a host as userinfo', 'htu', { dpop: [proofOf({ url: 'https://hub.example@evil.example/hub/login' })] }],
  [
    'an alias by which it did not come',
    'htu is another URL',
    { dpop: [proofOf({ url: 'https://alias.example/hub/login' })] },
  ],
  [
    'another alias',
    'htu is another URL',
    { host: 'alias.example', dpop: [proofOf({ url: 'https://other.example:8443/hub/login' })] },
  ],
  [
    'a host that is no alias, though it came by it',
    'htu is another URL',
    { host: 'evil.example', dpop: [proofOf({ url: 'https://evil.example/hub/login' })] },
  ],
  ['too old', 'too old', { dpop: [proofOf({ at: seconds - 90 })] }],
  ['from the future', 'made in the future', { dpop: [proofOf({ at: seconds + 31 })] }],
  ['from the future by a fraction', 'made in the future', { dpop: [proofOf({ at: seconds + 30.001 })] }],
  ['past its own end', 'too old', { dpop: [proofOf({ claims: { exp: seconds - 30 } })] }],
  ['before its own begin', 'made in the future', { dpop: [proofOf({ claims: { nbf: seconds + 31 } })] }],
];

t.test('proofs that are refused before anything is looked up', async t => {
  for (const [rule, detail, asked] of proofs) {
    // A finding would mean that it counted before; time is asked about where there is none.
    const known = (lookup: Lookup): Finding | undefined =>
      lookup.what === 'signature' ? { what: 'signature' } : undefined;
    const prover = proverFor();
    const request = { ...plain, arrival: {}, ...asked, authorization: `DPoP ${bound}` };
    const outcome = prover.prove(request, { now, findings: new Map(), known });
    t.match(outcome, { reason: 'dpop-invalid', detail }, rule);
  }
});

const taken: readonly (readonly [rule: string, asked: Asked])[] = [
  ['as it should be', { dpop: [proofOf()] }],
  ['the scheme in another case', { scheme: 'dPoP', dpop: [proofOf()] }],
  ['htu with a query and a fragment', { dpop: [proofOf({ url: `${url}?next=/x#y` })] }],
  ['htu with the default port', { dpop: [proofOf({ url: 'https://hub.example:443/hub/login' })] }],
  ['htu in another case of scheme and host', { dpop: [proofOf({ url: 'HTTPS://HUB.example/hub/login' })] }],
  ['htu with what needs no encoding encoded', { dpop: [proofOf({ url: 'https://hub.example/hub/%6Cogin' })] }],
  ['a path with what needs no encoding encoded', { path: '/hub/%6cogin', dpop: [proofOf()] }],
  [
    'encodings in another case',
    { path: '/user/a%c3%a9', dpop: [proofOf({ url: 'https://hub.example/user/a%C3%A9' })] },
  ],
  ['htu with a dot segment', { dpop: [proofOf({ url: 'https://hub.example/hub/x/../login' })] }],
  [
    'the alias by which it came',
    { host: 'alias.example', dpop: [proofOf({ url: 'https://alias.example/hub/login' })] },
  ],
  [
    'an alias in another case',
    { host: 'Alias.example:443', dpop: [proofOf({ url: 'https://ALIAS.example/hub/login' })] },
  ],
  [
    'an alias with a port',
    { host: 'other.example:8443', dpop: [proofOf({ url: 'https://other.example:8443/hub/login' })] },
  ],
  ['publicUrl, though it came by an alias', { host: 'alias.example', dpop: [proofOf()] }],
  ['a clock that is behind', { dpop: [proofOf({ at: seconds - 89.9 })] }],
  ['a clock that is ahead', { dpop: [proofOf({ at: seconds + 30 })] }],
  ['another method', { method: 'DELETE', dpop: [proofOf({ method: 'DELETE' })] }],
];

t.test('proofs that are taken', async t => {
  for (const [rule, asked] of taken) t.equal(outcomeOf(asked), 'alice', rule);
  for (const algorithm of ['ES384', 'Ed25519', 'PS256', 'RS256'] as const) {
    const key = makeKey(algorithm);
    const token = mint({ cnf: { jkt: thumbprintOf(key) } });
    t.equal(outcomeOf({ token, dpop: [proofOf({ token }, key)] }), 'alice', algorithm);
  }
});

t.test('what is looked up, and when', async t => {
  const arrival = {};
  const text = proofOf();
  const prover = proverFor();
  const request = { ...plain, arrival, dpop: [text] };
  const at = (known: readonly Finding[], ms = now): unknown =>
    prover.prove(
      { ...request, authorization: `DPoP ${bound}` },
      {
        now: ms,
        findings: new Map(),
        known: ({ what }) => known.find(finding => 'what' in finding && finding.what === what),
      },
    );
  const lookup = { what: 'dpop-proof', proof: text, holder: 'https://sso.example alice', holdsUntil: now + 90_000 };
  t.match(at([]), { what: 'signature' }, "the token's signature first");
  const asked = at([{ what: 'signature' }]);
  t.match(asked, lookup, 'then the proof');
  t.equal((asked as { arrival?: unknown }).arrival, arrival, 'of this very request');
  t.match(at([{ what: 'dpop-proof' }]), { what: 'signature' }, 'a proof alone proves nothing');
  const both: readonly Finding[] = [{ what: 'signature' }, { what: 'dpop-proof' }];
  t.match(at(both), { username: 'alice' });
  t.match(at(both, now + 300_000), { username: 'alice' }, 'a proof that counted stays good for its request');
  t.match(at([{ what: 'signature' }], now + 300_000), { reason: 'dpop-invalid' }, 'and for no other');
  t.match(at(both, now + 700_000), { reason: 'token-expired' }, 'the token has its own time');
  const replayed = refuse('dpop-replayed');
  t.equal(ask({ dpop: [proofOf()], finding: replayed }), replayed);
  const nobody = mint({ sub: 7, cnf: { jkt: thumbprintOf(holder) } });
  const unnamed = proverFor().prove(
    { ...request, dpop: [proofOf({ token: nobody })], authorization: `DPoP ${nobody}` },
    { now, findings: new Map(), known: holds },
  );
  t.match(unnamed, { reason: 'claim-invalid' }, 'no proof is spent on a token that names nobody');
});

t.test("an issuer's clockTolerance is the proofs' too, up to 30 s", async t => {
  const at = (clockToleranceMs: number, ahead: number): unknown => {
    const known = ({ what }: Lookup): Finding | undefined => (what === 'signature' ? { what } : undefined);
    return proverFor({ clockToleranceMs }).prove(
      {
        ...{ ...plain, arrival: {}, dpop: [proofOf({ at: seconds + ahead })], authorization: `DPoP ${bound}` },
      },
      { now, findings: new Map(), known },
    );
  };
  t.match(at(0, 0), { what: 'dpop-proof', holdsUntil: now + 60_000 });
  t.match(at(0, 1), { reason: 'dpop-invalid' });
  t.match(at(600_000, 30), { what: 'dpop-proof', holdsUntil: now + 120_000 });
  t.match(at(600_000, 31), { reason: 'dpop-invalid' });
});
