/** What the audit trail is told of the proof: who vouches, and where it stood. */
import t from 'tap';
import { decide } from '../../src/gate/gate.ts';
import type { ConfigName } from '../contract/configs.ts';
import { asAlice } from '../contract/rows/lines.ts';
import { contractNow } from '../contract/tokens.ts';
import { findingFor, inboundRequest, policyOf } from '../contract/world.ts';

function told(config: ConfigName, head: readonly string[], peer = '127.0.0.1'): unknown {
  const look = { now: contractNow, findings: new Map(), known: findingFor };
  const decision = decide(inboundRequest(head, peer), policyOf(config), look);
  if (decision.kind === 'lookup') throw new Error('everything is known here');
  const { prover, carrier } = decision.trail;
  return [decision.kind, prover, carrier];
}

const home = (...fields: readonly string[]): string[] => ['GET /hub/home HTTP/1.1', 'Host: hub.example', ...fields];
const handshake = [
  ...['GET /user/alice/api/kernels/k/channels HTTP/1.1', 'Host: hub.example', 'Connection: Upgrade'],
  ...['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
  'Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.{encoded-alice}, v1.kernel.websocket.jupyter.org',
];

t.test('the carrier of the proof', async t => {
  t.strictSame(told('lab', asAlice('GET /hub/home')), ['forward', 'jwt', 'authorization']);
  t.strictSame(told('carriers', home('Cookie: lab_jwt={alice}')), ['forward', 'jwt', 'cookie']);
  t.strictSame(told('carriers', home('X-Lab-Assertion: {alice}')), ['forward', 'jwt', 'header']);
  t.strictSame(told('carriers', handshake), ['forward', 'jwt', 'subprotocol']);
  const both = asAlice('GET /hub/home', 'Cookie: lab_jwt={alice}');
  t.strictSame(told('carriers', both), ['forward', 'jwt', 'authorization'], 'the firmest one of the same token');
});

t.test('several proofs, in one order', async t => {
  const asserted = asAlice('GET /hub/home', 'X-Auth-Request-Preferred-Username: alice');
  t.strictSame(told('lab', asserted, '127.0.0.3'), ['forward', 'jwt+front', 'authorization+header']);
});

t.test('no proof, no carrier', async t => {
  t.strictSame(told('lab', home()), ['refuse', undefined, undefined]);
  t.strictSame(told('lab', home('Authorization: Bearer a.b.c')), ['refuse', undefined, undefined]);
});
