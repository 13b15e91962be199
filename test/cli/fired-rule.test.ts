/** Which key of the config a refusal leads to. */
import { test } from 'tap';
import { firedKey } from '../../src/cli/explain/fired-rule.ts';
import { travel } from '../../src/cli/explain/journey.ts';
import type { Lookup } from '../../src/gate/lookups.ts';
import { refuse } from '../../src/gate/reasons.ts';
import { contractNow } from '../contract/tokens.ts';
import { configOf, findingFor, inboundRequest, policyOf } from '../contract/world.ts';

test('an assertion without its second factor leads to what asks for it', async t => {
  const head = ['GET /hub/login HTTP/1.1', 'Host: hub.example', 'X-Auth-Request-Preferred-Username: alice'];
  const inForce = { policy: policyOf('shared'), findOut: async (lookup: Lookup) => findingFor(lookup) };
  const { settled } = await travel(inboundRequest(head, '127.0.0.3'), inForce, contractNow);
  if (settled.kind !== 'refuse') throw new Error('it was let in');
  t.same(firedKey(settled.refusal, configOf('shared'), null), ['sso', 0, 'require']);
  t.same(
    firedKey(refuse('assertion-unproved'), configOf('shared'), null),
    ['sso'],
    'and where nobody is named, to all of them',
  );
});

test('what is held for an old hub leads to where it is turned off', async t => {
  const head = [
    'POST /hub/spawn HTTP/1.1',
    'Host: hub.example',
    'Authorization: Bearer {alice}',
    'Origin: https://evil',
  ];
  const inForce = { policy: policyOf('lab'), findOut: async (lookup: Lookup) => findingFor(lookup) };
  const { settled } = await travel(inboundRequest(head, '127.0.0.1'), inForce, contractNow);
  if (settled.kind !== 'refuse') throw new Error('it was let in');
  t.match(settled.refusal, { reason: 'origin-refused', inAudit: 'CVE-2020-36191' });
  t.notMatch(settled.refusal.detail, /CVE/, "what the client is told does not say the hub's age");
  t.same(firedKey(settled.refusal, configOf('lab'), null), ['hub', 'skipWorkarounds']);
});
