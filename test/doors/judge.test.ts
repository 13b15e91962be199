/** A decision is carried out under the policy that made it: a reload that overtakes it has it made again. */

import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { openDoors } from '../../src/doors/doors.ts';
import { type Gate, judge } from '../../src/doors/judge.ts';
import type { Finding, Lookup } from '../../src/gate/lookups.ts';
import { findingOf, type Injection, type Policy } from '../../src/gate/policy.ts';
import { addressSet } from '../../src/http/address.ts';
import { openHubClient } from '../../src/wire/upstream/hub-client.ts';
import { clockBy } from '../clock/settable-clock.ts';
import { asAlice } from '../contract/rows/lines.ts';
import { contractNow, fillIn } from '../contract/tokens.ts';
import { findingFor, inboundRequest, policyOf } from '../contract/world.ts';
import { openSocketHub, testLimits } from './door-house.ts';

const before = policyOf('lab');
/** Nobody is let in any more. */
const after: Policy = { ...before, trust: { ...before.trust, proxies: addressSet([]) } };

t.test('a reload during a lookup', async t => {
  let policy = before;
  const findOut: ReturnType<Gate['inForce']>['findOut'] = async lookup => {
    policy = after;
    return findingFor(lookup);
  };
  const gate = { inForce: () => ({ policy, findOut }), clock: clockBy(() => contractNow) };
  const { settled, policy: judged } = await judge(inboundRequest(asAlice('GET /hub/login'), '127.0.0.1'), gate);
  t.match(settled, { kind: 'refuse', refusal: { reason: 'peer-untrusted' } });
  t.equal(judged, after);
});

t.test('a token that was minted for the decision which a reload has overtaken is taken back', async t => {
  const lookup = {
    kind: 'lookup',
    key: 'minted-token:alice',
    what: 'minted-token',
    hubUser: 'alice',
    purpose: { kind: 'login' },
    until: contractNow,
  } as const;
  const value: Injection['value'] = (_identity, look) => {
    const found = findingOf(look, lookup);
    if (found === undefined || 'reason' in found) return found ?? lookup;
    return found.token;
  };
  const minting: Policy = {
    ...before,
    injections: [{ header: 'token', paths: new Set(['/hub/login']), value, spends: true }],
  };
  let policy = minting;
  let minted = 0;
  const spent: string[] = [];
  const findOut: ReturnType<Gate['inForce']>['findOut'] = async asked => {
    if (asked.what !== 'minted-token') return findingFor(asked);
    minted += 1;
    if (minted === 1) policy = { ...minting };
    return { what: 'minted-token', token: `token-${minted}` };
  };
  const gate = {
    inForce: () => ({ policy, findOut, spent: (token: string) => void spent.push(token) }),
    clock: clockBy(() => contractNow),
  };
  const { settled } = await judge(inboundRequest(asAlice('GET /hub/login'), '127.0.0.1'), gate);
  t.match(settled, { kind: 'forward', request: { spends: 'token-2' } });
  t.strictSame(spent, ['token-1']);
});

t.test('a storm of reloads is not waited for for ever', async t => {
  let rounds = 0;
  const inForce = (): ReturnType<Gate['inForce']> => {
    rounds += 1;
    return { policy: { ...before }, findOut: async lookup => findingFor(lookup) };
  };
  const gate = { inForce, clock: clockBy(() => contractNow) };
  const { settled } = await judge(inboundRequest(asAlice('GET /hub/login'), '127.0.0.1'), gate);
  t.equal(settled.kind, 'forward');
  t.ok(rounds < 20, `${rounds} looks at what is in force`);
});

t.test('what is known is judged at once, and found out only once', async t => {
  const found = new Map<string, Finding>();
  let asked = 0;
  const inForce = {
    policy: before,
    findOut: async (lookup: Lookup) => {
      asked += 1;
      found.set(lookup.key, findingFor(lookup));
      return findingFor(lookup);
    },
    known: (lookup: Lookup) => found.get(lookup.key),
  };
  const gate = { inForce: () => inForce, clock: clockBy(() => contractNow) };
  const request = inboundRequest(asAlice('GET /hub/login'), '127.0.0.1');
  const first = judge(request, gate);
  t.ok(first instanceof Promise, 'a token is verified first');
  const { settled } = await first;
  const again = judge(request, gate);
  t.notOk(again instanceof Promise, 'and then waits for nothing');
  t.strictSame(again, { settled, policy: before, sessions: undefined });
  t.equal(asked, 1);
  found.clear();
  t.ok(judge(request, gate) instanceof Promise, 'what is known no longer is found out again');
});

t.test('a reload while a body is measured', async t => {
  let policy = before;
  const hub = await openSocketHub(socket => void socket.resume());
  const client = openHubClient({
    address: { kind: 'tcp', host: '127.0.0.1', port: hub.port },
    connectTimeoutMs: 5000,
    responseTimeoutMs: 5000,
  });
  const doors = await openDoors({
    audience: 'browsers',
    listen: [{ address: { kind: 'tcp', host: '127.0.0.1', port: 0 }, tls: null, proxyProtocol: 'none' }],
    gate: {
      inForce: () => ({ policy, findOut: async lookup => findingFor(lookup) }),
      clock: clockBy(() => contractNow),
    },
    hub: client,
    limits: testLimits,
    onSettled: () => undefined,
    onHandshakeFailed: () => undefined,
    onHeaderRefused: () => undefined,
  });
  t.teardown(async () => {
    await doors.drain(0);
    await client.close();
    await hub.close();
  });
  const [address] = doors.addresses;
  const socket = connect(address?.kind === 'tcp' ? address.port : 0, '127.0.0.1');
  const lines = asAlice('DELETE /hub/api/users/alice/servers/x', 'Content-Length: 2', 'Expect: 100-continue');
  socket.write(`${lines.map(fillIn).join('\r\n')}\r\n\r\n`);
  const [goOn] = (await once(socket, 'data')) as [Buffer];
  t.match(goOn.toString(), /^HTTP\/1\.1 100 /, 'the body is asked for under the old policy');
  policy = after;
  socket.write('{}');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  t.match(answer.toString(), /^HTTP\/1\.1 403 /);
  t.equal(hub.received(), '', 'nothing went to the hub');
  socket.destroy();
});

t.test("a refusal over another user's hub token names who showed it", async t => {
  const head = [
    'GET /user/alice/api HTTP/1.1',
    'Host: hub.example',
    'X-Auth-Request-Preferred-Username: alice',
    'Authorization: token {hub-bob}',
  ];
  const inForce = { policy: before, findOut: async (lookup: Lookup) => findingFor(lookup) };
  const { settled } = await judge(inboundRequest(head, '127.0.0.3'), {
    inForce: () => inForce,
    clock: clockBy(() => contractNow),
  });
  t.match(settled, { kind: 'refuse', refusal: { reason: 'credentials-disagree' }, trail: { user: 'alice' } });
});
