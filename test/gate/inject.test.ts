/** The last look at what the gate writes: nothing that ends a line goes to the hub, whoever made the value. */
import t from 'tap';
import { decide } from '../../src/gate/gate.ts';
import type { Policy } from '../../src/gate/policy.ts';
import { contractNow } from '../contract/tokens.ts';
import { forwarded, inboundRequest, policyOf } from '../contract/world.ts';

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

t.test('says when the first of what it writes ends', async t => {
  const expiryOf = (...ends: readonly (number | null)[]): unknown => {
    const lab = policyOf('lab');
    const injections = ends.map((expiresAt, at) => ({
      header: `X-${at}`,
      paths: new Set(['/hub/login']),
      value: () => (expiresAt === null ? 'text' : { text: 'timed', expiresAt }),
    }));
    const decision = decide(inbound, { ...lab, injections }, { now: contractNow, findings: new Map() });
    return (
      decision.kind === 'forward' && [
        decision.request.fields
          .filter(([name]) => name.startsWith('X-0') || name.startsWith('X-1'))
          .map(([, text]) => text),
        decision.request.dataExpiresAt,
      ]
    );
  };
  t.strictSame(expiryOf(null, 7), [['text', 'timed'], 7]);
  t.strictSame(expiryOf(9, 8), [['timed', 'timed'], 8]);
  t.strictSame(expiryOf(null), [['text'], Number.POSITIVE_INFINITY]);
  t.strictSame(expiryOf(), [[], Number.POSITIVE_INFINITY]);
});

t.test('a mount says so from its source on', async t => {
  const head = ['GET /hub/login HTTP/1.1', 'Host: hub.example', 'Authorization: Bearer {alice}'];
  t.equal(forwarded(inboundRequest(head, '127.0.0.1'), 'needed')?.dataExpiresAt, contractNow + 3_600_000);
});

t.test('writes what fits, byte for byte', async t => {
  const decision = decide(inbound, policyWriting('j\xfcrgen'), { now: contractNow, findings: new Map() });
  t.ok(decision.kind === 'forward' && decision.request.fields.some(([, value]) => value === 'j\xfcrgen'));
});
