/** Who may not come in makes nobody work: what costs nothing is refused before the hub is asked whose a token is. */
import t from 'tap';
import { decide } from '../../src/gate/gate.ts';
import type { Decision } from '../../src/gate/stages.ts';
import { handshake, host } from '../contract/rows/lines.ts';
import { contractNow } from '../contract/tokens.ts';
import { inboundRequest, policyOf } from '../contract/world.ts';

const proved = 'X-Auth-Request-Preferred-Username: alice';
const suspended = 'X-Auth-Request-Groups: suspended';
const socket = (origin: string): readonly string[] => [...handshake, `Origin: ${origin}`];

const places: readonly (readonly [where: string, target: string, ...fields: string[]])[] = [
  ['the query', '/user/alice/api?token=0123'],
  ['a subprotocol', '/user/alice/api', 'Sec-WebSocket-Protocol: v1.token.websocket.jupyter.org.0123'],
  ['Authorization', '/user/alice/api', 'Authorization: token 0123'],
];

function first(target: string, ...fields: readonly string[]): Decision {
  const inbound = inboundRequest([`GET ${target} HTTP/1.1`, host, proved, ...fields], '127.0.0.3');
  return decide(inbound, policyOf('suspended'), { now: contractNow, findings: new Map() });
}

for (const [where, target, ...fields] of places) {
  t.test(`a token in ${where}`, async t => {
    const refused = (reason: string): object => ({ kind: 'refuse', refusal: { reason } });
    t.match(first(target, ...fields, suspended), refused('not-allowed'), 'of a user who is not allowed');
    const foreign = socket('https://evil.example');
    t.match(first(target, ...fields, ...foreign), refused('origin-refused'), "on another origin's WebSocket");
    t.match(first(target, ...fields, ...handshake), refused('origin-refused'), 'on a WebSocket without an Origin');
    const own = socket('https://hub.example');
    const lookup = { kind: 'lookup', what: 'hub-token-owner', token: '0123' };
    t.match(first(target, ...fields, ...own), lookup, 'of a user who may come in is looked up');
  });
}
