/** What a sign-in proxy may assert, and what is too ambiguous to be believed. */
import t from 'tap';
import type { Proof } from '../../../src/gate/proof.ts';
import type { Peer } from '../../../src/gate/stages.ts';
import { addressSet, parseAddress, parseCidr } from '../../../src/http/address.ts';
import { secretDigest } from '../../../src/identity/assertions/second-factor.ts';
import { type SsoRules, ssoProver } from '../../../src/identity/assertions/sso-assertion.ts';

const now = 1_800_000_000_000;

function range(text: string): SsoRules['proxies'] {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(parsed.fault);
  return addressSet([parsed.cidr]);
}

function peerAt(text: string): Peer {
  const address = parseAddress(text);
  if (address === null) throw new Error(text);
  return { kind: 'ip', address };
}

const oauth2Proxy: SsoRules = {
  name: 'oauth2-proxy',
  prefix: '',
  proxies: range('10.42.0.7/32'),
  unixPeers: false,
  headers: { username: 'X-Auth-Request-User', groups: 'X-Auth-Request-Groups', others: ['X-Auth-Request-Email'] },
  separator: ',',
  encoding: 'utf-8',
  maxAgeMs: 60_000,
  secondFactor: null,
};

type Asserted = Readonly<Record<string, readonly string[]>>;

interface From {
  readonly rules?: Partial<SsoRules>;
  readonly peer?: Peer;
  readonly standing?: 'proxy' | 'outside';
}

function assert(fields: Asserted, { rules, peer = peerAt('10.42.0.7'), standing = 'proxy' }: From = {}): unknown {
  const setAside = new Map(Object.entries(fields));
  return ssoProver({ ...oauth2Proxy, ...rules }).prove({ setAside, peer, standing }, { now, findings: new Map() });
}

const user = 'x-auth-request-user';
const groups = 'x-auth-request-groups';
const email = 'x-auth-request-email';

t.test('a good assertion', async t => {
  t.match(assert({ [user]: ['alice'], [groups]: ['staff, gpu ,,x'], [email]: ['a@b.c'] }), {
    prover: 'oauth2-proxy',
    credential: 'assertion',
    issuer: 'oauth2-proxy',
    username: 'alice',
    groups: ['staff', 'gpu', 'x'],
    asserted: new Map([
      [user, 'alice'],
      [groups, 'staff, gpu ,,x'],
      [email, 'a@b.c'],
    ]),
    expiresAt: now + 60_000,
  });
  t.match(
    assert({ [user]: ['alice'] }),
    { groups: [], asserted: new Map([[user, 'alice']]) },
    'absent fields stay absent (H4)',
  );
  t.match(assert({ [user]: ['alice'] }, { rules: { prefix: 'lab-' } }), { username: 'lab-alice' }, 'S5 the prefix');
  const shibboleth = { separator: ';' };
  t.match(
    assert({ [user]: ['a'], [groups]: ['x;y,z'] }, { rules: shibboleth }),
    { groups: ['x', 'y,z'] },
    'the separator',
  );
});

t.test('whose word counts', async t => {
  const fields = { [user]: ['alice'] };
  t.equal(assert({}), null, 'nothing asserted is not mine');
  t.equal(assert({ [groups]: ['staff'] }), null, 'groups alone name nobody');
  t.equal(assert(fields, { peer: peerAt('10.42.0.8') }), null, 'S2 another trusted proxy');
  t.equal(assert(fields, { peer: peerAt('2001:db8::7') }), null, 'an IPv6 peer');
  t.equal(assert(fields, { standing: 'outside' }), null, 'T5 an outsider, whatever its address');
  t.equal(assert(fields, { peer: { kind: 'unix' } }), null, 'a Unix peer');
  const unix = { peer: { kind: 'unix' }, rules: { unixPeers: true } } as const;
  t.match(assert(fields, unix), { username: 'alice' }, 'a Unix peer where the policy says so');
  t.equal(assert({ x_auth_request_user: ['root'] }), null, 'H2 an odd spelling of the name is not read');
});

t.test('refuses as ambiguous', async t => {
  const rows: readonly [rule: string, fields: Asserted, rules?: Partial<SsoRules>][] = [
    ['H1 two usernames', { [user]: ['alice', 'root'] }],
    ['the same username twice', { [user]: ['alice', 'alice'] }],
    ['H1 two usernames joined', { [user]: ['alice,root'] }],
    ['an empty username', { [user]: [''] }],
    ['a control character', { [user]: ['al\x01ice'] }],
    ['a tab', { [user]: ['al\tice'] }],
    ['a C1 control character', { [user]: ['al\x85ice'] }, { encoding: 'latin-1' }],
    ['a C1 control character in UTF-8', { [user]: ['al\xc2\x85ice'] }],
    ['latin-1 where UTF-8 is said', { [user]: ['ren\xe9'] }],
    ['overlong UTF-8', { [user]: ['\xc1\xa1'] }],
    ['groups twice', { [user]: ['alice'], [groups]: ['a', 'b'] }],
    ['T5 a group that a value with a separator would choose', { [user]: ['alice'], [groups]: ['x\\,admin'] }],
    ['groups that are not text', { [user]: ['alice'], [groups]: ['\xff'] }],
    ['another field twice', { [user]: ['alice'], [email]: ['a', 'b'] }],
  ];
  for (const [rule, fields, rules = {}] of rows)
    t.match(assert(fields, { rules }), { reason: 'assertion-ambiguous' }, rule);
});

t.test('the second factor (T5, S2)', async t => {
  const secret = 'x-gate-secret';
  const digests = ['right secret one', 'right secret two'].map(secretDigest);
  const sharedSecret = { header: secret, digests };
  const shared = { rules: { secondFactor: { sharedSecret, subjectAltName: null } } };
  const noFile = { rules: { secondFactor: { sharedSecret: { header: secret, digests: [] }, subjectAltName: null } } };
  const subjectAltName = 'URI:spiffe://lab/oauth2-proxy';
  const certified = { rules: { secondFactor: { sharedSecret: null, subjectAltName } } };
  const both = { rules: { secondFactor: { sharedSecret, subjectAltName } } };
  const showing = (...subjectAltNames: string[]): { peer: Peer } => ({
    peer: { ...peerAt('10.42.0.7'), certificate: { thumbprint: 'x', subjectAltNames } },
  });
  const fields = (...values: string[]): Asserted => ({
    [user]: ['alice'],
    ...(values.length > 0 && { [secret]: values }),
  });
  const prefixed = fields('right secret two');

  for (const value of ['right secret one', 'right secret two'])
    t.match(assert(fields(value), shared), { username: 'alice' }, value);
  t.match(assert(fields(), { ...certified, ...showing('DNS:a', subjectAltName) }), { username: 'alice' });
  t.match(assert(prefixed, { ...both, ...showing(subjectAltName) }), { username: 'alice' });
  const asserted = (assert(prefixed, shared) as Proof).asserted;
  t.same([...asserted.keys()], [user], 'the secret is no data');

  const refused: readonly [why: RegExp, fields: Asserted, from: From][] = [
    [/secret is absent/, fields(), shared],
    [/secret is wrong/, fields('right secret'), shared],
    [/secret is wrong/, fields('Right secret one'), shared],
    [/secret is wrong/, fields(''), noFile],
    [/more than once/, fields('right secret one', 'right secret one'), shared],
    [/shown no client certificate/, fields(), certified],
    [/shown no client certificate/, prefixed, both],
    [/secret is absent/, fields(), { ...both, ...showing(subjectAltName) }],
    [/another subjectAltName/, fields(), { ...certified, ...showing() }],
    [
      /another subjectAltName/,
      fields(),
      { ...certified, ...showing(`${subjectAltName}/x`, 'DNS:spiffe://lab/oauth2-proxy') },
    ],
  ];
  for (const [inAudit, asserted, from] of refused)
    t.match(assert(asserted, from), { reason: 'assertion-unproved', detail: '', inAudit }, String(inAudit));
  t.equal(assert({ [secret]: ['wrong'] }, shared), null, 'without an assertion nothing is asked for');
  t.equal(assert(fields(), { ...shared, peer: peerAt('10.42.0.8') }), null, 'nor of another proxy');
});

t.test('encodings', async t => {
  t.match(assert({ [user]: ['ren\xc3\xa9'] }), { username: 'ren\u00e9' }, 'UTF-8');
  const latin1 = { encoding: 'latin-1' } as const;
  t.match(assert({ [user]: ['ren\xe9'] }, { rules: latin1 }), { username: 'ren\u00e9' }, 'latin-1');
});
