/** Each recipe for a sign-in proxy is a config that holds, asks for a second factor, and believes what its proxy sends. */
import t from 'tap';
import { parseConfig } from '../../src/config/load.ts';
import { decide } from '../../src/gate/gate.ts';
import type { Policy } from '../../src/gate/policy.ts';
import type { Peer } from '../../src/gate/stages.ts';
import type { FieldLine } from '../../src/http/field.ts';
import { secretDigest } from '../../src/identity/assertions/second-factor.ts';
import { compilePolicy } from '../../src/policy.ts';
import { peerOf } from '../contract/world.ts';
import { checked } from './checked.ts';
import { recipes } from './recipes.ts';

const secret = 'a secret of the sign-in proxy';

/** What each proxy is documented to send, and the user and groups that it means. */
const sent: Readonly<Record<string, readonly [fields: readonly FieldLine[], user: string, groups: readonly string[]]>> =
  {
    'oauth2-proxy': [
      [
        ['X-Auth-Request-Preferred-Username', 'ada'],
        ['X-Auth-Request-Groups', 'lab,gpu'],
      ],
      'ada',
      ['lab', 'gpu'],
    ],
    'Shibboleth (mod_shib)': [
      [
        ['X-Shib-User', 'ada@example.org'],
        ['X-Shib-Groups', 'lab;CN=gpu,DC=example'],
      ],
      'ada@example.org',
      ['lab', 'CN=gpu,DC=example'],
    ],
    mod_auth_openidc: [
      [
        ['X-Oidc-User', 'ada'],
        ['X-Oidc-Groups', 'lab,gpu'],
      ],
      'ada',
      ['lab', 'gpu'],
    ],
    Authelia: [
      [
        ['Remote-User', 'ada'],
        ['Remote-Groups', ''],
      ],
      'ada',
      [],
    ],
    authentik: [
      [
        ['X-authentik-username', 'ada'],
        ['X-authentik-groups', 'lab|gpu'],
      ],
      'ada',
      ['lab', 'gpu'],
    ],
    Pomerium: [
      [
        ['X-Pomerium-Claim-Email', 'ada@example.org'],
        ['X-Pomerium-Claim-Groups', 'lab,gpu'],
      ],
      'ada@example.org',
      ['lab', 'gpu'],
    ],
  };

const isOwn = ([name]: FieldLine): boolean => !/^(?:host|x-forwarded|x-real-ip|x-scheme|forwarded)/i.test(name);

const certificate = { thumbprint: 'x', subjectAltNames: ['DNS:pomerium.internal'] };

t.same(
  recipes.map(({ name }) => name),
  Object.keys(sent),
  'each recipe is tried',
);

for (const { name, proxy, gate } of recipes) {
  t.test(name, async t => {
    const parsed = parseConfig(gate, 'proxy.yaml', {});
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    t.same(parsed.warnings, [], 'nothing is said of it');
    t.match(await checked(t, gate), { code: 0, stdout: /^proxy\.yaml: fine/m, stderr: '' }, 'hubgate check');
    const [entry] = parsed.config.sso;
    t.ok(entry?.require, 'it asks for a second factor');
    for (const header of [entry?.headers.username, entry?.headers.groups, entry?.require?.sharedSecret?.header])
      if (header) t.ok(proxy.includes(header), header);
    t.ok(entry?.require?.sharedSecret === null || /gate.secret|fromFile/i.test(proxy), 'the proxy sends its secret');

    const [fields = [], user = '', groups = []] = sent[name] ?? [];
    const policyWith = (group: string): Policy => {
      const allow = { users: [], groups: group === '' ? [] : [group] };
      const config = { ...parsed.config, user: { ...parsed.config.user, allow } };
      return compilePolicy(config, '', { ssoSecrets: new Map([[0, [secretDigest(secret)]]]) });
    };
    const shown: Peer = { ...peerOf('10.42.0.7'), certificate };
    const outcome = (peer: Peer, more: readonly FieldLine[], group = ''): string => {
      const lines: FieldLine[] = [['Host', 'hub.example.org'], ...fields, ...more];
      const request = { method: 'GET', target: '/hub/login', httpVersion: '1.1', fields: lines, peer } as const;
      const decision = decide(request, policyWith(group), { now: 0, findings: new Map() });
      if (decision.kind === 'refuse') return decision.refusal.reason;
      return decision.kind === 'forward' ? JSON.stringify(decision.request.fields.filter(isOwn)) : decision.kind;
    };
    t.equal(outcome(shown, [['X-Gate-Secret', secret]]), JSON.stringify([['Remote-User', user]]));
    for (const group of groups)
      t.equal(outcome(shown, [['X-Gate-Secret', secret]], group), JSON.stringify([['Remote-User', user]]), group);
    t.equal(outcome(shown, [['X-Gate-Secret', secret]], 'others'), 'not-allowed', 'nobody is in a group of others');
    t.equal(outcome(peerOf('10.42.0.7'), [['X-Gate-Secret', 'another secret']]), 'assertion-unproved');
    t.equal(outcome(peerOf('10.42.0.7'), []), 'assertion-unproved');
  });
}
