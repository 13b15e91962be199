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
import { type SettableClock, settableClock } from '../clock/settable-clock.ts';

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
  readonly clock: SettableClock;
  policy: Policy;
  /** Lets time pass, until so long after `start`, and looks. */
  readonly lookAt: (afterMs: number) => void;
  readonly asked: { readonly lookup: IntrospectionLookup; readonly answer: (finding: Finding) => Promise<void> }[];
  readonly held: Held[];
};

/** Users whose tokens have been answered about at `start` and a millisecond each. */
function openWorld(users: number, exp = start + 3_600_000): World {
  const policy = makePolicy();
  const address = parseAddress('127.0.0.1');
  if (address === null) throw new Error('no address');
  const hubName = policy.user.hubName;
  const clock = settableClock(start);
  const held = Array.from({ length: users }, (_, at) => {
    const givenAt = { wall: start + at, steady: at };
    const proof: Proof = {
      ...{ prover: 'introspection', credential: 'bearer', carrier: 'authorization', issuer: url },
      ...{ token: `t-${at}`, username: `u${at}`, groups: [], claims: claimsOf(`u${at}`, exp), asserted: new Map() },
      ...{ expiresAt: exp, holdsUntil: exp + tolerance },
      word: { givenAt, askAgainAfterMs: cacheForMs / 2, countsForMs: cacheForMs + timeoutMs },
    };
    const visitor = hubName(`u${at}`).name;
    return new Held({ proofs: [proof], peer: { kind: 'ip', address }, visitor, publicPath: null }, clock);
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
  const lookAt = (afterMs: number): void => {
    clock.pass(Math.max(0, afterMs - clock.steady()));
    asking.look(held);
  };
  const world = { clock, policy, asked, held, lookAt };
  const asking = new AskingAnew({ inForce: () => ({ policy: world.policy, findOut }), clock });
  return world;
}

function active({ clock }: World, { lookup }: World['asked'][number], user: string, exp = start + 3_600_000): Finding {
  const givenAt = { wall: clock.wall(), steady: clock.steady() };
  const answer = {
    token: lookup.token,
    entry: 0,
    claims: claimsOf(user, exp),
    givenAt,
    until: givenAt.wall + cacheForMs,
  };
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
    world.lookAt(after);
    t.equal(world.asked.length, questions, `${after} ms`);
  }
  const [question] = world.asked;
  if (question === undefined) throw new Error('nothing asked');
  t.equal(question.lookup.maxAgeMs, 15_000, 'an answer that requests have had since is good enough');
  await question.answer(active(world, question, 'u0'));
  t.match(held.word?.givenAt, { steady: 15_250 });
  world.lookAt(30_249);
  t.equal(world.asked.length, 1);
  world.lookAt(30_250);
  t.equal(world.asked.length, 2);
  t.strictSame(held.ended, []);
});

test('sixteen at a time, and who has waited longest first', async t => {
  const world = openWorld(40);
  world.held.reverse();
  world.lookAt(20_000);
  world.lookAt(20_000);
  t.strictSame(
    tokens(world),
    Array.from({ length: 16 }, (_, at) => `t-${at}`),
  );
  for (const { answer } of [...world.asked]) await answer(refuse('introspection-unavailable'));
  world.lookAt(22_000);
  t.strictSame(
    tokens(world).slice(16),
    Array.from({ length: 16 }, (_, at) => `t-${at + 16}`),
    'before those that failed',
  );
});

test('no answer: asked again after a second, and ended when its time is over', async t => {
  const world = openWorld(1);
  const [held] = world.held as [Held];
  world.lookAt(15_000);
  await world.asked[0]?.answer(refuse('introspection-unavailable'));
  world.lookAt(15_999);
  t.equal(world.asked.length, 1);
  world.lookAt(16_000);
  t.equal(world.asked.length, 2);
  world.lookAt(cacheForMs + timeoutMs - 1);
  t.strictSame(held.ended, [], 'a question that is under way has its time');
  world.lookAt(cacheForMs + timeoutMs);
  t.match(held.ended, [{ reason: 'introspection-unavailable' }]);
});

test('not active is a revocation before exp, and the end of the token about it', async t => {
  for (const [exp, reasons] of [
    [start + 3_600_000, ['token-revoked']],
    [start + 16_000, []],
  ] as const) {
    const world = openWorld(1, exp);
    const [held] = world.held as [Held];
    world.lookAt(17_000);
    await world.asked[0]?.answer(inactive);
    t.strictSame(
      held.ended.map(({ reason }) => reason),
      reasons,
    );
    if (reasons.length > 0) continue;
    t.match(held.until, { wall: start + 17_000, steady: 17_000 }, 'another proof may prolong it');
    world.lookAt(3_600_000);
    t.equal(world.asked.length, 1, 'nobody asks about it again');
    t.strictSame(held.ended, []);
  }
});

test('past its end by the clock a token is neither asked about nor missed', t => {
  const world = openWorld(1, start + 1000);
  world.lookAt(1000 + tolerance);
  world.lookAt(3_600_000);
  t.strictSame(tokens(world), []);
  t.strictSame(world.held[0]?.ended, []);
  t.end();
});

test('what was found out for a policy that is in force no more ends nobody', async t => {
  const world = openWorld(1);
  world.lookAt(15_000);
  world.policy = makePolicy();
  await world.asked[0]?.answer(inactive);
  t.strictSame(world.held[0]?.ended, []);
  world.lookAt(15_000);
  t.strictSame(tokens(world), ['t-0', 't-0'], 'the one in force asks for itself');
  await world.asked[1]?.answer(inactive);
  t.match(world.held[0]?.ended, [{ reason: 'token-revoked' }]);
});

test('all that stands on a token is asked about once, and an answer about another user ends it', async t => {
  const world = openWorld(1);
  const [first] = world.held as [Held];
  const second = new Held(first.admission, world.clock);
  world.held.push(second);
  world.lookAt(15_000);
  const [question] = world.asked;
  if (question === undefined) throw new Error('nothing asked');
  await question.answer(active(world, question, 'u1'));
  t.equal(world.asked.length, 1);
  for (const { ended } of [first, second]) t.match(ended, [{ reason: 'not-allowed' }]);
});

test('a clock that is set back lends no time; one that is set ahead ends it, as all that is believed', async t => {
  const back = openWorld(1);
  back.clock.step(-3_600_000);
  back.lookAt(15_000);
  t.equal(back.asked.length, 1, 'asked by the time that has passed');
  const [question] = back.asked;
  if (question === undefined) throw new Error('nothing asked');
  await question.answer(active(back, question, 'u0'));
  back.clock.step(-3_600_000);
  back.lookAt(15_000 + cacheForMs + timeoutMs);
  t.match(back.held[0]?.ended, [{ reason: 'introspection-unavailable' }]);

  const ahead = openWorld(1, start + 86_400_000);
  ahead.clock.step(3_600_000);
  ahead.lookAt(0);
  t.match(ahead.held[0]?.ended, [{ reason: 'introspection-unavailable' }]);
});
