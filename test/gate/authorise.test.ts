/** Which list keeps a user out is said in the audit line. */
import t from 'tap';
import { decide } from '../../src/gate/gate.ts';
import type { Decision } from '../../src/gate/stages.ts';
import type { ConfigName } from '../contract/configs.ts';
import { host } from '../contract/rows/lines.ts';
import { contractNow } from '../contract/tokens.ts';
import { findingFor, inboundRequest, policyOf } from '../contract/world.ts';

function decided(config: ConfigName, peer: string, ...fields: readonly string[]): Decision {
  const inbound = inboundRequest(['GET /hub/login HTTP/1.1', host, ...fields], peer);
  const policy = policyOf(config);
  const decision = decide(inbound, policy, { now: contractNow, findings: new Map() });
  if (decision.kind !== 'lookup') return decision;
  return decide(inbound, policy, { now: contractNow, findings: new Map([[decision.key, findingFor(decision)]]) });
}

const rows: readonly (readonly [who: string, token: string, list: string])[] = [
  ['a user whom no list of those allowed has', 'carol', 'user.allow'],
  ['a user who is denied by name', 'mallory', 'user.deny.users'],
  ["a user who is denied by the hub's name", 'sly', 'user.deny.users'],
  ['a user whose group is denied, though another is allowed', 'banned', 'user.deny.groups'],
];

for (const [who, token, inAudit] of rows) {
  t.test(who, async t => {
    const decision = decided('people', '127.0.0.1', `Authorization: Bearer {${token}}`);
    t.match(decision, { kind: 'refuse', refusal: { reason: 'not-allowed', detail: '', inAudit } });
  });
}

t.test('a user whose group is denied where no name is', async t => {
  const fields = ['X-Auth-Request-Preferred-Username: alice', 'X-Auth-Request-Groups: suspended'];
  t.match(decided('suspended', '127.0.0.3', ...fields), { refusal: { inAudit: 'user.deny.groups' } });
});
