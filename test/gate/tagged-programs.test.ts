/** Token exchange beside tags: a browser stays a browser, whosever cookie it brings. */
import t from 'tap';
import { decide } from '../../src/gate/gate.ts';
import type { Finding } from '../../src/gate/lookups.ts';
import { asAlice } from '../contract/rows/lines.ts';
import { contractNow } from '../contract/tokens.ts';
import { findingFor, inboundRequest, policyOf } from '../contract/world.ts';

/** Names of the fields that go up of alice's request with that cookie. */
function fieldsUp(...cookies: readonly string[]): string[] {
  const policy = { ...policyOf('exchanged'), cookies: policyOf('sessions').cookies };
  const request = inboundRequest(asAlice('POST /hub/api/x', 'Content-Length: 0', ...cookies), '127.0.0.1');
  const findings = new Map<string, Finding>();
  for (let round = 0; round < 8; round += 1) {
    const decision = decide(request, policy, { now: contractNow, findings });
    if (decision.kind === 'forward') return decision.request.fields.map(([name]) => name);
    if (decision.kind !== 'lookup') return [decision.kind];
    findings.set(decision.key, findingFor(decision));
  }
  return ['no end'];
}

t.ok(fieldsUp().includes('Authorization'), 'a program gets a token');
t.notOk(fieldsUp('Cookie: jupyterhub-hub-login=x').includes('Authorization'), "another's cookie says that it is none");
t.notOk(fieldsUp('Cookie: jupyterhub-hub-login=x').includes('Cookie'), 'and does not go up');
