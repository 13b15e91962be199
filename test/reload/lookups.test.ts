/** Whose a hub token is: asked of the hub once, remembered briefly, and no longer than the generation lives. What was shown stays so. */

import t from 'tap';
import { machineClock } from '../../src/clock.ts';
import type { DpopProofLookup, Finding } from '../../src/gate/lookups.ts';
import { noIntrospection } from '../../src/identity/tokens/introspection.ts';
import type { Generation } from '../../src/reload/generation.ts';
import type { Generations } from '../../src/reload/generations.ts';
import { inForceWith } from '../../src/reload/lookups.ts';
import type { HubClient } from '../../src/wire/upstream/hub-client.ts';
import { makeProof } from '../identity/holders/proof-maker.ts';
import { makeKey } from '../identity/token-maker.ts';

type Answer = { readonly status: number; readonly body: string } | Error;

/** A hub that gives its answers in turn, the last one again and again, and notes what it was asked. */
function fakeHub(...answers: readonly Answer[]): { asked: string[]; ask: HubClient['ask'] } {
  const asked: string[] = [];
  return {
    asked,
    ask: async (url, { headers }) => {
      asked.push(`${url} ${headers?.['Authorization']}`);
      const answer = answers[Math.min(asked.length, answers.length) - 1] ?? new Error('no answer');
      if (answer instanceof Error) throw answer;
      return {
        status: answer.status,
        contentType: 'application/json',
        cacheControl: '',
        body: Buffer.from(answer.body),
      };
    },
  };
}

function generationOf(baseUrl: string): Generation {
  return { config: { hub: { baseUrl } }, policy: {}, keys: {} } as Generation;
}

function worldOf(hub: { ask: HubClient['ask'] }): {
  ask(token: string): Promise<Finding>;
  /** Shows a DPoP proof as part of that request. */
  show(proof: string, arrival?: object): Promise<Finding>;
  known(proof: string, arrival: object): Finding | undefined;
  reload(baseUrl: string): void;
} {
  const generations = { current: generationOf('/') } as { current: Generation } & Generations;
  const told = { counts: noIntrospection(), onFault: () => undefined };
  const inForce = inForceWith(
    generations,
    { hub: hub as HubClient, internalHub: hub as HubClient },
    told,
    machineClock,
  );
  const lookupOf = (proof: string, arrival: object): DpopProofLookup => {
    const holdsUntil = Date.now() + 60_000;
    return { kind: 'lookup', key: proof, what: 'dpop-proof', proof, holder: 'lab alice', holdsUntil, arrival };
  };
  return {
    show: (proof, arrival = {}) => inForce().findOut(lookupOf(proof, arrival)),
    known: (proof, arrival) => inForce().known?.(lookupOf(proof, arrival)),
    ask: token => inForce().findOut({ kind: 'lookup', key: token, what: 'hub-token-owner', token }),
    reload: baseUrl => {
      generations.current = generationOf(baseUrl);
    },
  };
}

const alice = { status: 200, body: '{"kind": "user", "name": "alice"}' };
const bob = { status: 200, body: '{"kind": "user", "name": "bob"}' };
const owner = (hubUser: string | undefined): Finding => ({ what: 'hub-token-owner', hubUser });

t.test('asks once for many requests', async t => {
  const hub = fakeHub(alice);
  const world = worldOf(hub);
  t.strictSame(await Promise.all([world.ask('t'), world.ask('t')]), [owner('alice'), owner('alice')]);
  t.strictSame(await world.ask('t'), owner('alice'));
  t.strictSame(hub.asked, ['/hub/api/user token t']);
});

t.test('asks anew after a reload, which may have brought another hub', async t => {
  const hub = fakeHub(alice, bob);
  const world = worldOf(hub);
  t.strictSame(await world.ask('t'), owner('alice'));
  world.reload('/lab/');
  t.strictSame(await world.ask('t'), owner('bob'));
  t.strictSame(hub.asked, ['/hub/api/user token t', '/lab/hub/api/user token t']);
});

t.test('a hub that can not say is asked again', async t => {
  const hub = fakeHub(new Error('ECONNREFUSED'), { status: 503, body: '' }, alice);
  const world = worldOf(hub);
  t.match(await world.ask('t'), { reason: 'hub-unreachable' });
  t.match(await world.ask('t'), { reason: 'hub-unreachable' });
  t.strictSame(await world.ask('t'), owner('alice'));
});

t.test('an opaque token is asked about once a generation', async t => {
  const asked: (string | undefined)[] = [];
  const hub = {
    ask: async (_url: string, { form }: { readonly form?: string }) => {
      asked.push(form);
      return { status: 200, contentType: 'application/json', body: Buffer.from('{"active":true,"sub":"a"}') };
    },
  };
  const endpoints = [{ entry: 'e', url: 'https://e', authorization: 'x', ca: null, timeoutMs: 1, cacheForMs: 30_000 }];
  const current: Generation = { ...generationOf('/'), endpoints };
  const generations = { current } as { current: Generation } & Generations;
  const told = { counts: noIntrospection(), onFault: () => undefined };
  const inForce = inForceWith(
    generations,
    { hub: hub as HubClient & typeof hub, internalHub: hub as HubClient & typeof hub },
    told,
    machineClock,
  );
  const lookup = { kind: 'lookup', key: 'k', what: 'introspection', token: 'opaque' } as const;
  t.equal(inForce().known?.(lookup), undefined);
  const found = await inForce().findOut(lookup);
  t.match(found, { what: 'introspection', answer: { entry: 0, claims: { sub: 'a' } } });
  t.equal(inForce().known?.(lookup), found);
  generations.current = { ...generations.current };
  t.equal(inForce().known?.(lookup), undefined, 'a reload begins anew');
  await inForce().findOut(lookup);
  t.equal(asked.length, 2);
  t.match(told.counts, { asked: 2, failed: 0, cached: 1, crowded: 0 }, 'and goes on counting');
});

t.test('what a provider said ends with the generation', async t => {
  const asked: string[] = [];
  const hub = {
    ask: async (url: string) => {
      asked.push(url);
      return { status: 200, contentType: 'application/json', cacheControl: '', body: Buffer.from('{"a":1}') };
    },
  };
  const provider = { header: 'State', authorization: null, ca: null, timeoutMs: 1, cacheForMs: 30_000, expires: false };
  const providers = [{ ...provider, url: 'https://p/{user}', check: () => null }];
  const current: Generation = { ...generationOf('/'), providers };
  const generations = { current } as { current: Generation } & Generations;
  const inForce = inForceWith(
    generations,
    { hub: hub as HubClient & typeof hub, internalHub: hub as HubClient & typeof hub },
    {
      counts: noIntrospection(),
      onFault: () => undefined,
    },
    machineClock,
  );
  const lookup = { kind: 'lookup', key: 'k', what: 'provider', header: 'State', user: 'alice' } as const;
  const before = inForce();
  t.match(await before.findOut(lookup), { what: 'provider', answer: { a: 1 } });
  await inForce().findOut(lookup);
  t.equal(asked.length, 1);
  generations.current = { ...generations.current };
  await inForce().findOut(lookup);
  t.equal(asked.length, 2, 'a reload begins anew');
  await before.findOut(lookup);
  t.equal(asked.length, 3, 'and the one before has forgotten');
});

t.test("a token that the hub refuses is nobody's", async t => {
  t.strictSame(await worldOf(fakeHub({ status: 403, body: '{"message": "Forbidden"}' })).ask('t'), owner(undefined));
});

t.test("a service's token is no user's, whatever the service is called", async t => {
  const hub = fakeHub({ status: 200, body: '{"kind": "service", "name": "alice"}' });
  t.strictSame(await worldOf(hub).ask('t'), owner('service alice'));
});

const nothingSaid: readonly [rule: string, answer: Answer][] = [
  ['an answer that is no JSON', { status: 200, body: '<html>' }],
  ['a name that is no string', { status: 200, body: '{"kind": "user", "name": ["alice"]}' }],
  ['a redirect to the login', { status: 302, body: '' }],
  ['too many requests', { status: 429, body: '' }],
];

for (const [rule, answer] of nothingSaid) {
  t.test(`${rule} says nothing of the token, and is asked again`, async t => {
    const world = worldOf(fakeHub(answer, alice));
    t.match(await world.ask('t'), { reason: 'hub-unreachable' });
    t.strictSame(await world.ask('t'), owner('alice'));
  });
}

t.test('a reload forgets no DPoP proof, and not which request showed it', async t => {
  const world = worldOf(fakeHub(alice));
  const proof = makeProof(makeKey('ES256'), { token: 't', url: 'https://hub.example/', at: Date.now() / 1000 });
  const arrival = {};
  t.equal(world.known(proof, arrival), undefined);
  t.strictSame(await world.show(proof, arrival), { what: 'dpop-proof' });
  world.reload('/lab/');
  t.match(await world.show(proof), { reason: 'dpop-replayed' });
  t.strictSame(world.known(proof, arrival), { what: 'dpop-proof' });
  t.equal(world.known(proof, {}), undefined);
});
