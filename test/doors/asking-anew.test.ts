/** Asking anew about what is open by an endpoint's word: when, about whom first, how many at a time, and what an answer is worth. */
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'tap';
import { parseConfig } from '../../src/config/load.ts';
import { AskingAnew } from '../../src/doors/asking-anew.ts';
import { Standing } from '../../src/doors/standing.ts';
import type { Finding, IntrospectionLookup } from '../../src/gate/lookups.ts';
import type { Policy } from '../../src/gate/policy.ts';
import type { Proof } from '../../src/gate/proof.ts';
import { type Refusal, refuse } from '../../src/gate/reasons.ts';
import { parseAddress } from '../../src/http/address.ts';
import { compilePolicy } from '../../src/policy.ts';

const start = Date.UTC(2026, 10, 26);
const url = 'https://sso.example';
const cacheForMs = 30_000;
const timeoutMs = 5000;
const tolerance = 30_000;

function makePolicy(): Policy {
  const config = {
    publicUrl: 'https://hub.example',
    listen: [{ address: '127.0.0.1:0' }],
    hub: { url: 'http://127.0.0.1:8000', authenticator: 'jhub_remote_auth_mount.RemoteUserAuthenticator' },
    trust: { proxies: ['127.0.0.1/32'] },
    introspection: [
      {
        ...{ url: `${url}/introspect`, clientId: 'gate', clientSecretFile: '/s' },
        issuer: { url, audiences: ['jupyterhub'] },
        claimMappings: { username: { claim: 'sub', prefix: '' } },
      },
    ],
  };
  const parsed = parseConfig(JSON.stringify(config), '/etc/proxy.yaml', {});
  if (!parsed.ok) throw new Error(parsed.problems.map(({ path, message }) => `${path} ${message}`).join('\n'));
  return compilePolicy(parsed.config, 'digest');
}

function claimsOf(user: string, exp: number): Readonly<Record<string, unknown>> {
  const said = { active: true, token_type: 'Bearer', iss: url, aud: 'jupyterhub', sub: user, exp: exp / 1000 };
  return Object.assign(Object.create(null), said);
}

class Held extends Standing {
  readonly ended: Refusal[] = [];

  end(refusal: Refusal): void {
    this.ended.push(refusal);
  }
}

type World = {
  now: number;
  policy: Policy;
  readonly asked: { readonly lookup: IntrospectionLookup; readonly answer: (finding: Finding) => Promise<void> }[];
  readonly held: Held[];
  readonly look: () => void;
};

/** Users whose tokens have been answered about at `start` and a millisecond each. */
function openWorld(users: number, exp = start + 3_600_000): World {
  const policy = makePolicy();
  const address = parseAddress('127.0.0.1');
  if (address === null) throw new Error('no address');
  const hubName = policy.user.hubName;
  const held = Array.from({ length: users }, (_, at) => {
    const givenAt = start + at;
    const proof: Proof = {
      ...{ prover: 'introspection', credential: 'bearer', carrier: 'authorization', issuer: url },
      ...{ token: `t-${at}`, username: `u${at}`, groups: [], claims: claimsOf(`u${at}`, exp), asserted: new Map() },
      ...{ expiresAt: exp, holdsUntil: exp + tolerance },
      word: { givenAt, askAgainAt: givenAt + cacheForMs / 2, countsUntil: givenAt + cacheForMs + timeoutMs },
    };
    const visitor = hubName(`u${at}`).name;
    return new Held({ proofs: [proof], peer: { kind: 'ip', address }, visitor, publicPath: null });
  });
  const asked: World['asked'] = [];
  const findOut = (lookup: unknown): Promise<Finding> =>
    new Promise(resolve => {
      const answer = async (finding: Finding): Promise<void> => {
        resolve(finding);
        await turn();
      };
      asked.push({ lookup: lookup as IntrospectionLookup, answer });
    });
  const world = { now: start, policy, asked, held, look: () => asking.look(held) };
  const asking = new AskingAnew({ inForce: () => ({ policy: world.policy, findOut }), now: () => world.now });
  return world;
}

function active({ now }: World, { lookup }: World['asked'][number], user: string, exp = start + 3_600_000): Finding {
  const answer = { token: lookup.token, entry: 0, claims: claimsOf(user, exp), givenAt: now, until: now + cacheForMs };
  return { what: 'introspection', answer };
}

const inactive: Finding = { what: 'introspection', answer: undefined };
const tokens = ({ asked }: World): string[] => asked.map(({ lookup }) => lookup.token);

test('asked at half of its time, once; an answer begins it anew', async t => {
  const world = openWorld(1);
  const [held] = world.held as [Held];
  for (const [after, questions] of [
    [14_999, 0],
    [15_000, 1],
    [15_250, 1],
  ] as const) {
    world.now = start + after;
    world.look();
    t.equal(world.asked.length, questions, `${after} ms`);
  }
  const [question] = world.asked;
  if (question === undefined) throw new Error('nothing asked');
  t.equal(question.lookup.notBefore, start + 15_000);
  await question.answer(active(world, question, 'u0'));
  t.equal(held.word?.countsUntil, world.now + cacheForMs + timeoutMs);
  world.look();
  t.equal(world.asked.length, 1);
  world.now += 15_000;
  world.look();
  t.equal(world.asked.length, 2);
  t.strictSame(held.ended, []);
});

test('sixteen at a time, and who has waited longest first', async t => {
  const world = openWorld(40);
  world.held.reverse();
  world.now = start + 20_000;
  world.look();
  world.look();
  t.strictSame(
    tokens(world),
    Array.from({ length: 16 }, (_, at) => `t-${at}`),
  );
  for (const { answer } of [...world.asked]) await answer(refuse('introspection-unavailable'));
  world.now += 2000;
  world.look();
  t.strictSame(
    tokens(world).slice(16),
    Array.from({ length: 16 }, (_, at) => `t-${at + 16}`),
    'before those that failed',
  );
});

test('no answer: asked again after a second, and ended when its time is over', async t => {
  const world = openWorld(1);
  const [held] = world.held as [Held];
  world.now = start + 15_000;
  world.look();
  await world.asked[0]?.answer(refuse('introspection-unavailable'));
  world.now += 999;
  world.look();
  t.equal(world.asked.length, 1);
  world.now += 1;
  world.look();
  t.equal(world.asked.length, 2);
  world.now = start + cacheForMs + timeoutMs - 1;
  world.look();
  t.strictSame(held.ended, [], 'a question that is under way has its time');
  world.now += 1;
  world.look();
  t.match(held.ended, [{ reason: 'introspection-unavailable' }]);
});

test('not active is a revocation before exp, and the end of the token about it', async t => {
  for (const [exp, reasons] of [
    [start + 3_600_000, ['token-revoked']],
    [start + 16_000, []],
  ] as const) {
    const world = openWorld(1, exp);
    const [held] = world.held as [Held];
    world.now = start + 17_000;
    world.look();
    await world.asked[0]?.answer(inactive);
    t.strictSame(
      held.ended.map(({ reason }) => reason),
      reasons,
    );
    if (reasons.length > 0) continue;
    t.equal(held.until, world.now, 'another proof may prolong it');
    world.now += 3_600_000;
    world.look();
    t.equal(world.asked.length, 1, 'nobody asks about it again');
    t.strictSame(held.ended, []);
  }
});

test('past its end by the clock a token is neither asked about nor missed', t => {
  const world = openWorld(1, start + 1000);
  world.now = start + 1000 + tolerance;
  world.look();
  world.now = start + 3_600_000;
  world.look();
  t.strictSame(tokens(world), []);
  t.strictSame(world.held[0]?.ended, []);
  t.end();
});

test('what was found out for a policy that is in force no more ends nobody', async t => {
  const world = openWorld(1);
  world.now = start + 15_000;
  world.look();
  world.policy = makePolicy();
  await world.asked[0]?.answer(inactive);
  t.strictSame(world.held[0]?.ended, []);
  world.look();
  t.strictSame(tokens(world), ['t-0', 't-0'], 'the one in force asks for itself');
  await world.asked[1]?.answer(inactive);
  t.match(world.held[0]?.ended, [{ reason: 'token-revoked' }]);
});

test('all that stands on a token is asked about once, and an answer about another user ends it', async t => {
  const world = openWorld(1);
  const [first] = world.held as [Held];
  const second = new Held(first.admission);
  world.held.push(second);
  world.now = start + 15_000;
  world.look();
  const [question] = world.asked;
  if (question === undefined) throw new Error('nothing asked');
  await question.answer(active(world, question, 'u1'));
  t.equal(world.asked.length, 1);
  for (const { ended } of [first, second]) t.match(ended, [{ reason: 'not-allowed' }]);
});
