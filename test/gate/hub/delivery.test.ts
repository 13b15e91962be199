/** What the gate is to post itself, and with which requests: of the proof and the policy alone, whatever else the client says. */
import t from 'tap';
import { decide } from '../../../src/gate/gate.ts';
import type { Finding, Lookup } from '../../../src/gate/lookups.ts';
import type { Policy } from '../../../src/gate/policy.ts';
import type { Decision, Delivery } from '../../../src/gate/stages.ts';
import { contractNow } from '../../contract/tokens.ts';
import { findingFor, inboundRequest, policyOf } from '../../contract/world.ts';

function decided(
  head: readonly string[],
  policy: Policy = policyOf('delivered'),
  find = findingFor,
): Exclude<Decision, Lookup> {
  const findings = new Map<string, Finding>();
  for (let round = 0; round < 8; round += 1) {
    const decision = decide(inboundRequest(head, '127.0.0.1'), policy, { now: contractNow, findings });
    if (decision.kind !== 'lookup') return decision;
    findings.set(decision.key, find(decision));
  }
  throw new Error('the decision asks in circles');
}

const request = (line: string, ...lines: readonly string[]): string[] => [
  `${line} HTTP/1.1`,
  'Host: hub.example',
  'Authorization: Bearer {alice}',
  ...lines,
];

function deliveryOf(head: readonly string[], policy?: Policy): Delivery | undefined {
  const decision = decided(head, policy);
  if (decision.kind !== 'forward') throw new Error(JSON.stringify(decision));
  return decision.request.delivery;
}

const loggedIn = 'Cookie: jupyterhub-hub-login="x"; _xsrf=y; jupyterhub-user-MFWGSY3F=z; theme=dark';
const browser = 'User-Agent: Mozilla/5.0';

t.test('a login brings it', async t => {
  const delivery = deliveryOf(
    request('GET /hub/login?next=%2Fhub%2Fspawn', browser, 'Accept-Language: en', 'Accept: text/html'),
  );
  t.match(delivery, { when: 'after-login', hubUser: 'MFWGSY3F', target: '/hub/mount', home: '/hub/home', login: null });
  t.same(
    delivery?.own.map(([name]) => name),
    ['Remote-User', 'Mount'],
  );
  t.match(delivery?.own, [
    ['Remote-User', 'alice'],
    ['Mount', /^\{'HOST': /],
  ]);
  t.same(
    delivery?.around.slice(0, 4).map(line => line.join(': ')),
    ['Host: hub.example', 'User-Agent: Mozilla/5.0', 'Accept-Language: en', 'X-Forwarded-For: 127.0.0.1'],
  );
});

t.test('the login itself tells the name alone', async t => {
  const decision = decided(request('GET /hub/login'));
  const names = decision.kind === 'forward' ? decision.request.fields.map(([name]) => name) : [];
  t.ok(names.includes('Remote-User'));
  t.notOk(names.includes('Mount'));
});

t.test('nothing that a client says changes what is delivered (M1)', async t => {
  const plain = deliveryOf(request('GET /hub/login'));
  const forged = [
    'Remote-User: root',
    'Mount: {}',
    'MOUNT: {}',
    'X-Forwarded-For: 10.0.0.9',
    'X-XSRFToken: x',
    'Origin: https://evil.example',
  ];
  t.same(deliveryOf(request('GET /hub/login', ...forged.filter(line => !line.startsWith('X-For')))), plain);
  const own = deliveryOf(request('GET /hub/login', ...forged))?.own;
  t.same(own, plain?.own);
});

const starting = [
  'GET /hub/spawn',
  'POST /hub/spawn',
  'GET /hub/spawn/MFWGSY3F',
  'GET /hub/spawn/MFWGSY3F/lab',
  'POST /hub/api/users/MFWGSY3F/server',
  'POST /hub/api/users/MFWGSY3F/servers/lab',
  'GET /hub/spawn-pending/MFWGSY3F',
  'GET /hub/user/MFWGSY3F/lab/tree',
  'GET /hub/user-redirect/lab',
];

for (const line of starting)
  t.test(`${line} may start a server`, async t => {
    const delivery = deliveryOf(request(line, loggedIn));
    t.match(delivery, {
      when: 'before',
      login: { target: '/hub/login', own: [['Remote-User', 'alice']] },
      own: [
        ['Remote-User', 'alice'],
        ['Mount', /HOST/],
      ],
    });
    t.same(
      delivery?.cookies,
      [],
      'in a session of its own: nothing of the browser\u2019s may be another user\u2019s there',
    );
    t.equal(deliveryOf(request(line, 'Cookie: _xsrf=y')), undefined, 'not for who is not logged in at the hub');
  });

const others = [
  'GET /hub/home',
  'POST /hub/login',
  'HEAD /hub/login',
  'GET /hub/spawn/mallory',
  'POST /hub/api/users/mallory/server',
  'GET /hub/user/mallory/lab',
  'GET /hub/api/users/MFWGSY3F/server',
  'DELETE /hub/api/users/MFWGSY3F/server',
  'GET /hub/spawned',
  'GET /user/MFWGSY3F/lab',
  'GET /services/who/',
  'GET /',
];

for (const line of others)
  t.test(`${line} brings nothing`, async t => t.equal(deliveryOf(request(line, loggedIn)), undefined));

t.test('what was delivered of late is not delivered with each look at a server that starts', async t => {
  const late = (lookup: Lookup): Finding =>
    lookup.what === 'delivery' ? { what: 'delivery', isDue: false } : findingFor(lookup);
  const of = (line: string, ...more: readonly string[]): unknown => {
    const decision = decided(request(line, loggedIn, ...more), undefined, late);
    return decision.kind === 'forward' && decision.request.delivery?.when;
  };
  t.equal(of('GET /hub/spawn-pending/MFWGSY3F'), undefined);
  t.equal(of('GET /hub/user/MFWGSY3F/api/status'), undefined);
  t.equal(of('GET /hub/user-redirect/api/status', 'Accept: application/json'), undefined);
  t.equal(of('GET /hub/spawn-pending/MFWGSY3F', 'Accept: text/html'), undefined);
  t.equal(of('GET /hub/spawn'), 'before', 'but with each start');
  t.equal(of('GET /hub/user/MFWGSY3F/lab', 'Accept: text/html'), 'before', 'with each page of a server, too');
  t.equal(of('GET /hub/user-redirect/lab', 'Accept: text/html'), 'before');
  t.equal(of('GET /hub/login'), 'after-login', 'and each login');
});

t.test('a program that starts its user\u2019s server by a token for its proof', async t => {
  const policy = { ...policyOf('delivered'), exchange: true };
  const minted = (lookup: Lookup): Finding =>
    lookup.what === 'minted-token' ? { what: 'minted-token', token: 'secret' } : findingFor(lookup);
  const of = (line: string): Delivery | undefined => {
    const decision = decided(request(line), policy, minted);
    if (decision.kind !== 'forward') throw new Error(JSON.stringify(decision));
    t.ok(decision.request.fields.some(([, value]) => value === 'token secret'));
    return decision.request.delivery;
  };
  t.match(of('POST /hub/api/users/MFWGSY3F/server'), {
    when: 'before',
    own: [
      ['Remote-User', 'alice'],
      ['Mount', /HOST/],
    ],
  });
  t.equal(of('POST /hub/api/users/mallory/server'), undefined);
  t.equal(of('GET /hub/api/users/MFWGSY3F'), undefined);
});

t.test('nothing to deliver', async t => {
  const bob = (line: string): string[] => request(line).map(each => each.replace('{alice}', '{bob}'));
  t.equal(deliveryOf(bob('GET /hub/login')), undefined, 'a user without an optional mount');
  t.equal(deliveryOf(request('GET /hub/login'), policyOf('delivering')), undefined, 'a config without a mount');
  t.equal(
    deliveryOf(request('GET /hub/login'), policyOf('header')),
    undefined,
    'an authenticator that reads it on the login',
  );
});

t.test('a mount that can not be had stops the login', async t => {
  const head = request('GET /hub/login').map(each => each.replace('{alice}', '{carol}'));
  const broken = (lookup: Lookup): Finding =>
    lookup.what === 'file' ? { what: 'file', text: '{"HOST": 1}' } : findingFor(lookup);
  t.match(decided(head, undefined, broken), { kind: 'refuse', refusal: { reason: 'data-invalid' } });
});

t.test('a login with a body is none', async t => {
  t.match(decided(request('GET /hub/login', 'Content-Length: 2')), {
    kind: 'refuse',
    refusal: { reason: 'request-ambiguous' },
  });
});

t.test('a head that the hub would not take', async t => {
  const policy = { ...policyOf('delivered'), headerBudget: 500 };
  t.match(decided(request('GET /hub/login'), policy), { kind: 'refuse', refusal: { reason: 'headers-too-large' } });
});

t.test('says when the first of what it tells ends', async t => {
  const expiryOf = (...ends: readonly (number | null)[]): unknown => {
    const injections = ends.map((expiresAt, at) => ({
      header: `X-${at}`,
      paths: new Set(['/hub/mount']),
      method: 'POST',
      value: () => (expiresAt === null ? 'text' : { text: 'timed', expiresAt }),
    }));
    const delivery = deliveryOf(request('GET /hub/login'), {
      ...policyOf('delivered'),
      injections,
      delivery: { path: '/hub/mount', carries: new Set(['X-0']) },
    });
    return [delivery?.own.map(([, text]) => text), delivery?.expiresAt];
  };
  t.strictSame(expiryOf(null, 7), [['text', 'timed'], 7]);
  t.strictSame(expiryOf(9, 8), [['timed', 'timed'], 8]);
  t.strictSame(expiryOf(null), [['text'], Number.POSITIVE_INFINITY]);
});
