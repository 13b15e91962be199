/** The last look at what the gate writes: nothing that ends a line goes to the hub, whoever made the value. */
import t from 'tap';
import { decide } from '../../src/gate/gate.ts';
import type { Policy } from '../../src/gate/policy.ts';
import { contractNow } from '../contract/tokens.ts';
import { inboundRequest, policyOf } from '../contract/world.ts';

const inbound = inboundRequest(
  ['GET /hub/login HTTP/1.1', 'Host: hub.example', 'X-Auth-Request-Preferred-Username: alice'],
  '127.0.0.3',
);

function policyWriting(value: string): Policy {
  const lab = policyOf('lab');
  return { ...lab, injections: [{ header: 'Remote-User', paths: new Set(['/hub/login']), value: () => value }] };
}

for (const value of ['alice\r\nMount: {}', 'alice\n', 'al\0ice', 'al\x7fice', 'j\u0171rgen']) {
  t.test(`refuses to write ${JSON.stringify(value)} (H17)`, async t => {
    const decision = decide(inbound, policyWriting(value), { now: contractNow, findings: new Map() });
    t.match(decision, {
      kind: 'refuse',
      refusal: { reason: 'data-invalid', detail: 'the value for Remote-User does not fit a header' },
    });
  });
}

t.test('writes what fits, byte for byte', async t => {
  const decision = decide(inbound, policyWriting('j\xfcrgen'), { now: contractNow, findings: new Map() });
  t.ok(decision.kind === 'forward' && decision.request.fields.some(([, value]) => value === 'j\xfcrgen'));
});
