/** What the gate remembers between requests: it changes no decision, and a hostile client can not make it grow. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { decide } from '../../src/gate/gate.ts';
import type { Policy } from '../../src/gate/policy.ts';
import type { Decision, InboundRequest } from '../../src/gate/stages.ts';
import { filterAnswer } from '../../src/hub/answers.ts';
import { requestFamilies } from '../contract/rows/all.ts';
import { asAlice } from '../contract/rows/lines.ts';
import { contractNow } from '../contract/tokens.ts';
import { findingFor, inboundRequest, policyOf } from '../contract/world.ts';

function decided(request: InboundRequest, policy: Policy): Decision {
  return decide(request, policy, { now: contractNow, findings: new Map(), known: findingFor });
}

t.test('a decision is the same whatever was decided before', async t => {
  const rows = Object.values(requestFamilies)
    .flat()
    .filter(row => row.wireAnswers === undefined);
  for (const row of rows)
    decided(inboundRequest(row.head, row.peer ?? '127.0.0.1', row.source), policyOf(row.config ?? 'lab'));
  for (const row of rows) {
    const request = inboundRequest(row.head, row.peer ?? '127.0.0.1', row.source);
    const policy = policyOf(row.config ?? 'lab');
    const anew = decided(request, { ...policy });
    t.same(decided(request, policy), anew, row.title);
    const again = { ...request, fieldsRecur: true };
    const times = [decided(again, policy), decided(again, policy)];
    t.same(times, [anew, anew], `${row.title}, with the fields of before`);
  }
});

t.test('what is remembered of one policy means nothing to another', async t => {
  const request = inboundRequest(asAlice('GET /hub/home', 'X-Lab-Trace: 1'), '127.0.0.1');
  const policy = policyOf('lab');
  t.match(decided(request, policy), { kind: 'forward' });
  t.match(decided(request, { ...policy, hosts: new Set() }), { refusal: { reason: 'host-unknown' } });
  t.match(decided(request, { ...policy, refusedPaths: new Set(['/hub/home']) }), {
    refusal: { reason: 'endpoint-refused' },
  });
  t.match(decided(request, { ...policy, publicHost: 'other.example' }), {
    request: {
      fields: [
        ['Host', 'hub.example'],
        {},
        {},
        ['Forwarded', /host=other\.example$/],
        {},
        ['X-Forwarded-Host', 'other.example'],
      ],
    },
  });
  t.match(decided(request, policy), { kind: 'forward' });
});

/** Everything that a client can vary, all of it new with each number, at the bounds of what a head may hold. */
function hostileRequest(at: number): InboundRequest {
  const long = `${at}-`.repeat(60);
  return inboundRequest(
    [
      `GET /user/alice/${long}/x?token=${at} HTTP/1.1`,
      'Host: hub.example',
      `Authorization: Bearer ${Buffer.from(`{"alg":"HS256","x":${at}}`).toString('base64url')}.${Buffer.from(long.repeat(9)).toString('base64url')}.AAAA`,
      `Connection: close, X-${at}`,
      `X-Forwarded-For: 10.42.0.${at % 256}, 2001:db8::${(at % 65_536).toString(16)}`,
      `Cookie: ${Array.from({ length: 40 }, (_, crumb) => `jupyterhub-user-${at}${crumb}=${crumb}`).join('; ')}`,
      `X-${long.slice(0, 100)}: ${long}`,
      `X_Forwarded_${at}: ${long}`,
      `Referer: ${long.repeat(10)}`,
    ],
    '127.0.0.1',
  );
}

t.test('a hostile client thrashes what is remembered, and no more', async t => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const policy = { ...policyOf('open') };
  const visit = {
    place: { class: 'user', owner: 'alice', server: '', below: '/user/alice/', public: false, audience: 'users' },
    visitor: 'alice',
    issuer: undefined,
  } as const;
  const used = (from: number, to: number): number => {
    for (let at = from; at < to; at += 1) {
      decided(hostileRequest(at), policy);
      decided(inboundRequest([`GET / HTTP/1.1`, `Host: ${at}.example`], '127.0.0.1'), policy);
      decided(
        inboundRequest(asAlice(`GET /user/alice/${at}`, `Cookie: ${'a;'.repeat(60)}b${at}=1`), '127.0.0.1'),
        policy,
      );
      filterAnswer([[`X-Answer-${at}-${'y'.repeat(80)}`, '1']], visit, policy);
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  const full = used(0, 6_000);
  const later = used(6_000, 12_000);
  const megabytes = (later - full) / 1024 / 1024;
  t.ok(megabytes < 4, `grew by ${megabytes.toFixed(1)} MiB once everything was full`);
  t.match(decided(inboundRequest(asAlice('GET /hub/home'), '127.0.0.1'), policy), { kind: 'forward' });
});
