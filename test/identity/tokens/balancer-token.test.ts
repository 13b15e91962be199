/** What a token of an AWS load balancer must say: who signed it, of which issuer and client, until when (H10, ALBeast). */
import t from 'tap';
import type { Finding } from '../../../src/gate/lookups.ts';
import { bearerTokenProver } from '../../../src/identity/tokens/bearer-token.ts';
import type { IssuerRules } from '../../../src/identity/tokens/issuer-rules.ts';
import { encodePart, makeKey, mintToken, signInput } from '../token-maker.ts';

const now = 1_800_000_000_000;
const seconds = now / 1000;
const key = makeKey('ES256', '12345678-1234-1234-1234-123456789012');
const url = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x';
const signer = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/lab/50dc6c495c0c9188';

const plain: Omit<IssuerRules, 'url'> = {
  audiences: new Set(['client-1']),
  anyAudience: false,
  algorithms: new Set(['ES256']),
  type: 'any',
  clockToleranceMs: 0,
  maxAgeMs: 0,
  requiredClaims: [],
  username: { claim: 'sub', prefix: '' },
  unverifiedEmail: false,
};
const balancer: IssuerRules = { ...plain, url, signer };

type More = Readonly<Record<string, unknown>>;

const said = { signer, iss: url, client: 'client-1', exp: seconds + 120 };
const claims = { sub: 'alice', exp: seconds + 120, iss: url };

function tryToken(token: string, rules: readonly IssuerRules[] = [balancer]): unknown {
  const finding: Finding = { what: 'signature' };
  const findings = new Map([[`signature:${token}`, finding]]);
  return bearerTokenProver(rules).prove({ authorization: `Bearer ${token}` }, { now, findings });
}

const mint = (header: More = {}, more: More = {}): string =>
  mintToken(key, { ...claims, ...more }, { ...said, ...header });

t.test('a good token', async t => {
  const good = { prover: 'jwt', issuer: url, username: 'alice', expiresAt: now + 120_000 };
  t.match(tryToken(mint()), good);
  t.match(tryToken(mint({}, { iss: undefined, exp: undefined })), good, 'all of it in the header');
  t.match(tryToken(mint({ iss: undefined, exp: undefined })), good, 'issuer and end in the claims');
  t.match(tryToken(mint({}, { aud: 'the userinfo endpoint has another word' })), good, 'client is the audience');
  t.match(tryToken(mint({ exp: seconds + 60 })), { expiresAt: now + 60_000 }, 'the earlier end counts');
  t.match(tryToken(mint({}, { exp: seconds + 60 })), { expiresAt: now + 60_000 }, 'wherever it stands');
});

t.test('a token that is not good', async t => {
  const other = signer.replace('123456789012', '999999999999');
  const rows: readonly [rule: string, token: string, reason: string][] = [
    ["another account's balancer", mint({ signer: other }), 'token-algorithm'],
    ['the same balancer made anew', mint({ signer: signer.replace('9188', '9189') }), 'token-algorithm'],
    ['a balancer of another region', mint({ signer: signer.replace('eu-west-1', 'us-east-1') }), 'token-algorithm'],
    ['the signer in capitals', mint({ signer: signer.toUpperCase() }), 'token-algorithm'],
    ['a space behind the signer', mint({ signer: `${signer} ` }), 'token-algorithm'],
    ['a list of signers', mint({ signer: [signer] }), 'token-algorithm'],
    ['no signer', mint({ signer: undefined }), 'token-algorithm'],
    ['the signer in the claims', mint({ signer: undefined }, { signer }), 'token-algorithm'],
    ['another client', mint({ client: 'client-2' }), 'token-audience'],
    ['no client', mint({ client: undefined }), 'token-audience'],
    ['the client in the claims', mint({ client: undefined }, { client: 'client-1' }), 'token-audience'],
    ['an audience in the claims', mint({ client: undefined }, { aud: 'client-1' }), 'token-audience'],
    ['a client that is no text', mint({ client: { toString: 'client-1' } }), 'token-audience'],
    ['two issuers', mint({ iss: 'https://evil.example' }), 'token-malformed'],
    ['another issuer', mint({ iss: 'https://evil.example' }, { iss: undefined }), 'token-issuer'],
    ['no issuer', mint({ iss: undefined }, { iss: undefined }), 'token-issuer'],
    ['an end that has come', mint({ exp: seconds }), 'token-expired'],
    ['an end that has come in the claims', mint({}, { exp: seconds }), 'token-expired'],
    ['an end that is no date', mint({ exp: 'expiration' }, { exp: 'expiration' }), 'token-malformed'],
    ['no end', mint({ exp: undefined }, { exp: undefined }), 'token-malformed'],
    ['another algorithm', mint({ alg: 'RS256' }), 'token-algorithm'],
  ];
  for (const [rule, token, reason] of rows) t.match(tryToken(token), { reason }, rule);
});

t.test('what a balancer says in the header counts for balancers alone', async t => {
  const issuer: IssuerRules = { ...plain, url };
  const absent: IssuerRules = { ...plain, url: null };
  t.match(tryToken(mint(), [issuer]), { reason: 'token-audience' }, 'client is no audience of other issuers');
  t.match(tryToken(mint({}, { iss: undefined, aud: 'client-1' }), [issuer]), { reason: 'token-issuer' });
  t.match(tryToken(mint({}, { exp: undefined, aud: 'client-1' }), [issuer]), { reason: 'token-malformed' });
  const unsaid = mint({}, { iss: undefined, aud: 'client-1' });
  t.match(tryToken(unsaid, [issuer, absent]), { issuer: '' }, 'tokens without iss are theirs who take them');
  t.match(tryToken(unsaid, [balancer, absent]), { issuer: url }, "unless it is a balancer's");
});

t.test('padding is taken from balancers alone', async t => {
  const pad = (part: string): string => part.padEnd(Math.ceil(part.length / 4) * 4, '=');
  const parts = [
    { alg: 'ES256', kid: key.kid, ...said },
    { ...claims, aud: 'client-1' },
  ];
  // Only its last part may be padded in Authorization (RFC 9110 §11.2): the others are made to need none.
  const input = parts
    .map(part => {
      const lacking = (3 - (Buffer.byteLength(JSON.stringify({ ...part, x: '' })) % 3)) % 3;
      return encodePart({ ...part, x: 'x'.repeat(lacking) });
    })
    .join('.');
  const token = `${input}.${pad(encodePart(signInput(input, key.key, 'ES256')))}`;
  t.match(token, /==$/);
  t.match(tryToken(token), { username: 'alice' });
  t.match(tryToken(token, [{ ...plain, url }]), { reason: 'token-malformed' }, 'where there is none');
  const other: IssuerRules = { ...balancer, url: 'https://other.example' };
  t.match(tryToken(token, [{ ...plain, url }, other]), { reason: 'token-malformed' }, 'where another issuer has one');
});
