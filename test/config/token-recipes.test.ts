/** The recipes in docs/recipes/tokens.md: each compiles without a warning, and takes a token like its proxy's and no other. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problems.ts';
import { decide } from '../../src/gate/gate.ts';
import type { Finding } from '../../src/gate/lookups.ts';
import type { Decision } from '../../src/gate/stages.ts';
import type { FieldLine } from '../../src/http/field.ts';
import { compilePolicy } from '../../src/policy.ts';
import { peerOf } from '../contract/world.ts';
import { makeKey, mintToken, type SigningKey } from '../identity/token-maker.ts';
import { checked } from '../recipes/checked.ts';

const PAGE = readFileSync(new URL('../../docs/recipes/tokens.md', import.meta.url), 'utf8');

const base = `
publicUrl: https://hub.example.org
listen: [{ address: '127.0.0.1:0' }]
hub: { url: 'http://127.0.0.1:1', authenticator: jhub_remote_auth_mount.RemoteUserAuthenticator }
session: { keyFiles: [/run/secrets/session-key] }
`;

/** Every piece of YAML, by the title of its section. */
const pieces = new Map<string, string>(
  PAGE.split(/^## /m)
    .slice(1)
    .map(section => {
      const [, title = '', yaml = ''] = /^([^\n]+)\n.*?^```yaml\n(.*?)^```$/ms.exec(section) ?? [];
      const trust = yaml.startsWith('trust:') ? '' : 'trust: { proxies: [10.42.0.7/32] }\n';
      return [title, `${base}${trust}${yaml}`];
    }),
);

t.test('each section has one', async t => {
  t.equal(pieces.size, PAGE.match(/^## /gm)?.length);
  t.equal(pieces.size, PAGE.match(/^```yaml$/gm)?.length);
});

type Members = Readonly<Record<string, unknown>>;

interface Recipe {
  readonly title: string;
  readonly peer: string;
  readonly key: SigningKey;
  readonly claims: Members;
  /** What stands in the token's head besides. */
  readonly header?: Members;
  /** The line that carries the token. */
  readonly line: (token: string) => FieldLine;
  readonly user: string;
  /** What another customer's token has otherwise, with the reason for which it is refused. */
  readonly others: readonly (readonly [reason: string, claims: Members, header?: Members])[];
}

const now = Date.UTC(2026, 10, 22, 12);
const times = { iat: now / 1000 - 10, exp: now / 1000 + 590 };
const inHeader =
  (name: string) =>
  (token: string): FieldLine => [name, token];

const balancer = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/hub/50dc6c495c0c9188';

const recipes: readonly Recipe[] = [
  {
    title: 'Google Identity-Aware Proxy',
    peer: '35.191.1.2',
    key: makeKey('ES256'),
    claims: {
      iss: 'https://cloud.google.com/iap',
      aud: '/projects/123456789012/global/backendServices/1234567890123456789',
      sub: 'accounts.google.com:118133858486581853996',
      email: 'alice@example.org',
      hd: 'example.org',
    },
    line: inHeader('X-Goog-IAP-JWT-Assertion'),
    user: 'alice@example.org',
    others: [
      ['token-audience', { aud: '/projects/1/global/backendServices/1' }],
      ['token-issuer', { iss: 'https://accounts.google.com' }],
      ['claim-invalid', { hd: 'evil.example' }],
      ['claim-invalid', { hd: undefined }],
    ],
  },
  {
    title: 'Cloudflare Access',
    peer: '127.0.0.1',
    key: makeKey('RS256'),
    claims: {
      iss: 'https://example.cloudflareaccess.com',
      aud: ['4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2'],
      sub: '7335d417-61da-459d-899c-0a01c76a2f94',
      email: 'alice@example.org',
      type: 'app',
      country: 'US',
    },
    line: inHeader('Cf-Access-Jwt-Assertion'),
    user: 'alice@example.org',
    others: [
      ['token-audience', { aud: ['32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228'] }],
      ['token-issuer', { iss: 'https://evil.cloudflareaccess.com' }],
      ['claim-invalid', { type: 'org' }],
      ['claim-invalid', { email: undefined, common_name: 'x.access' }],
    ],
  },
  {
    title: 'AWS Application Load Balancer',
    peer: '10.0.1.2',
    key: makeKey('ES256', '12345678-1234-1234-1234-123456789012'),
    claims: { sub: '1234567890', username: 'alice', email_verified: 'true' },
    header: {
      signer: balancer,
      iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE',
      client: '3k2abcdefexample',
      exp: times.exp,
    },
    line: inHeader('X-Amzn-Oidc-Data'),
    user: 'alice',
    others: [
      ['token-algorithm', {}, { signer: balancer.replace('123456789012', '210987654321') }],
      ['token-issuer', {}, { signer: undefined }],
      ['token-audience', {}, { client: 'another' }],
      ['token-issuer', {}, { iss: 'https://evil.example' }],
    ],
  },
  {
    title: 'Pomerium',
    peer: '10.42.0.7',
    key: makeKey('ES256'),
    claims: {
      iss: 'hub.example.org',
      aud: 'hub.example.org',
      sub: 'bc20b7a1',
      email: 'alice@example.org',
      groups: ['lab'],
    },
    line: inHeader('X-Pomerium-Jwt-Assertion'),
    user: 'alice@example.org',
    others: [
      ['token-audience', { aud: 'other.example.org' }],
      ['token-issuer', { iss: 'https://hub.example.org/' }],
    ],
  },
  {
    title: 'A cookie of the primary site, and programs',
    peer: '10.42.0.7',
    key: makeKey('ES256'),
    claims: { iss: 'https://www.example.org', aud: 'hub.example.org', preferred_username: 'alice' },
    line: token => ['Cookie', `__Secure-lab=${token}`],
    user: 'alice',
    others: [['token-audience', { aud: 'www.example.org' }]],
  },
];

function decided({ title, peer, line }: Recipe, token: string): Decision {
  const parsed = parseConfig(pieces.get(title) ?? '', title, {});
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  const policy = compilePolicy(parsed.config, title);
  const findings = new Map<string, Finding>([[`signature:${token}`, { what: 'signature' }]]);
  const fields: FieldLine[] = [['Host', 'hub.example.org'], line(token)];
  const request = { method: 'GET', target: '/hub/login', httpVersion: '1.1', fields, peer: peerOf(peer) } as const;
  return decide(request, policy, { now, findings });
}

const identityOf = (decision: Decision): unknown =>
  decision.kind === 'forward' ? decision.request.fields.filter(([name]) => name === 'Remote-User') : decision;

for (const recipe of recipes) {
  t.test(recipe.title, async t => {
    const { key, claims, header = {}, others, user } = recipe;
    const parsed = parseConfig(pieces.get(recipe.title) ?? '', 'f', {});
    // Pomerium's issuer is a host, of which the config says that most issuers are URLs.
    const expected = recipe.title === 'Pomerium' ? [/^f:\d+:\d+ jwt\[0\]\.issuer\.url: is no https URL/] : [];
    t.match(parsed.ok ? parsed.warnings.map(formatProblem) : parsed.problems.map(formatProblem), expected);
    const said = await checked(t, pieces.get(recipe.title) ?? '');
    t.match(said, { code: 0, stdout: /^proxy\.yaml: fine/m }, 'hubgate check');
    t.equal(said.stderr.match(/^warning: /gm)?.length ?? 0, expected.length, 'and no other warning');
    const good = decided(recipe, mintToken(key, { ...claims, ...times }, header));
    t.same(identityOf(good), [['Remote-User', user]], 'takes the token');
    for (const [reason, change, inHead = {}] of others) {
      const token = mintToken(key, { ...claims, ...times, ...change }, { ...header, ...inHead });
      t.match(decided(recipe, token), { kind: 'refuse', refusal: { reason } }, JSON.stringify([change, inHead]));
    }
    const elsewhere = { ...recipe, peer: '192.0.2.1' };
    const strangers = decided(elsewhere, mintToken(key, { ...claims, ...times }, header));
    t.match(strangers, { kind: 'refuse', refusal: { reason: 'peer-untrusted' } }, 'and not past the proxy');
  });
}
