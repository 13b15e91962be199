/** A whole gate while its machine's clock is set: an hour or a day back, or ahead and right again. */
import { randomUUID } from 'node:crypto';
import { type Test, test } from 'tap';
import { startKeyServer } from '../chaos/key-server.ts';
import {
  type Answer,
  cookiesOf,
  navigation,
  openSessionWorld,
  type SessionWorld,
  sessionOf,
  site,
} from '../doors/session/session-world.ts';
import { jwtEntry } from '../gates/lab.ts';
import { makeProof, thumbprintOf } from '../identity/holders/proof-maker.ts';
import { makeKey, mintToken } from '../identity/token-maker.ts';
import { startOpaqueIssuer } from '../identity/tokens/opaque-issuer.ts';
import { runningClock, type SettableClock } from './settable-clock.ts';

const second = 1000;
const hour = 3_600_000;
const day = 24 * hour;

/** What is done to the clock; meanwhile something may happen. */
type Setting = (clock: SettableClock, meanwhile: () => Promise<void>) => Promise<void>;

const back =
  (ms: number): Setting =>
  async (clock, meanwhile) => {
    clock.step(-ms);
    await meanwhile();
  };

const aheadAndRight =
  (ms: number): Setting =>
  async (clock, meanwhile) => {
    clock.step(ms);
    await meanwhile();
    clock.step(-ms);
  };

const settings: readonly (readonly [name: string, set: Setting])[] = [
  ['an hour back', back(hour)],
  ['a day back', back(day)],
  ['an hour ahead, and right again', aheadAndRight(hour)],
  ['a day ahead, and right again', aheadAndRight(day)],
];

async function openWorld(t: Test) {
  const clock = runningClock();
  const keyServer = await startKeyServer(t);
  const published = {
    ...jwtEntry({ jwksUrl: keyServer.keysUrl(), dangerouslyAllowHttp: true }, ['ES256']),
    issuer: { url: keyServer.issuer, audiences: ['jupyterhub'] },
  };
  const world = await openSessionWorld(t, {}, { jwt: [jwtEntry(), published] }, clock);
  const issuer = await startOpaqueIssuer(t, world.lab);
  await world.reload({ introspection: [{ ...issuer.entry, cacheFor: '30s' }] });
  return { ...world, clock, keyServer, issuer };
}

/** Of long ago, and good for days: its dates are no matter here. */
function lasting(world: SessionWorld, claims: Readonly<Record<string, unknown>> = {}): string {
  const now = Math.floor(Date.now() / second);
  return world.lab.token('alice', { iat: now - 3 * 86_400, exp: now + 3 * 86_400, ...claims });
}

const bearer = (token: string): string[] => [`Authorization: Bearer ${token}`];
const outcome = ({ status, reason }: Answer): unknown => reason ?? status;

for (const [name, set] of settings) {
  test(`an opaque token, ${name}`, async t => {
    const { clock, issuer, send } = await openWorld(t);
    const token = await issuer.token('alice');
    const ask = async (): Promise<unknown> => outcome(await send('/hub/login', { headers: bearer(token) }));
    t.equal(await ask(), 200);
    await issuer.revoke(token);
    t.equal(await ask(), 200, 'believed for a while');
    await set(clock, async () => void (await ask()));
    clock.pass(30 * second);
    const before = issuer.asked();
    t.not(await ask(), 200, 'and no longer');
    t.equal(issuer.asked(), before + 1, 'asked about again');
  });

  test(`keys that an issuer turns, ${name}`, async t => {
    const { clock, keyServer, send } = await openWorld(t);
    const iat = Math.floor(Date.now() / second) - 3 * 86_400;
    const claims = { iss: keyServer.issuer, aud: 'jupyterhub', preferred_username: 'alice', iat, exp: iat * 2 };
    const made = mintToken(makeKey('ES256', 'nobody'), claims);
    const ask = async (token: string): Promise<unknown> =>
      outcome(await send('/hub/login', { headers: bearer(token) }));
    t.equal(await ask(made), 'token-key-unknown');
    keyServer.turn();
    const token = keyServer.token('alice', iat);
    t.equal(await ask(token), 'token-key-awaited');
    await set(clock, async () => void (await ask(token)));
    clock.pass(30 * second);
    t.equal(await ask(token), 200);
  });

  test(`a DPoP proof, ${name}`, async t => {
    const world = await openWorld(t);
    const { clock, lab, send } = world;
    const key = makeKey('ES256');
    const token = lasting(world, { cnf: { jkt: thumbprintOf(key) } });
    const prove = (): string => {
      const at = Math.floor(clock.wall() / second);
      const proof = makeProof(key, { token, url: 'https://hub.test/hub/login', at, claims: { jti: randomUUID() } });
      lab.secrets.add(proof);
      return proof;
    };
    const show = async (proof: string): Promise<unknown> =>
      outcome(await send('/hub/login', { headers: [`Authorization: DPoP ${token}`, `DPoP: ${proof}`] }));
    const before = clock.wall();
    const proof = prove();
    t.equal(await show(proof), 200);
    await set(clock, async () => {
      t.equal(await show(prove()), 200, 'nobody is kept out');
      t.equal(await show(proof), 'dpop-invalid');
    });
    clock.step(before - clock.wall() + 20 * second);
    t.equal(await show(proof), 'dpop-replayed', 'set right again');
    t.equal(await show(prove()), 200);
  });

  test(`a token that hands over, and one-time codes, ${name}`, async t => {
    const world = await openWorld(t);
    const { clock, send } = world;
    const origin = [`Origin: ${site}`, ...navigation];
    const codeFor = async (token: string): Promise<Answer> =>
      send('/hubgate/code', { method: 'POST', headers: bearer(token) });
    const code = async (): Promise<string> =>
      JSON.parse((await codeFor(lasting(world, { jti: randomUUID() }))).body).code;
    const begun = await send('/hubgate/start', { headers: origin });
    const [nonce = ''] = cookiesOf(begun);
    const state = new URL(begun.values('location')[0] ?? '').searchParams.get('state') ?? '';
    const enter = async (one: string): Promise<unknown> =>
      outcome(await send(`/hubgate/enter?code=${one}&state=${state}`, { headers: [`Cookie: ${nonce}`] }));

    const now = Math.floor(clock.wall() / second);
    const once = lasting(world, { jti: randomUUID(), exp: now + 300 });
    const spent = JSON.parse((await codeFor(once)).body).code;
    const kept = await code();
    t.equal(await enter(spent), 303);
    await set(clock, async () => {
      t.equal(await enter(await code()), 303, 'nobody is kept out');
      t.not(outcome(await codeFor(once)), 200);
    });
    clock.pass(30 * second);
    t.equal(await enter(spent), 'code-invalid', 'spent');
    t.equal(await enter(kept), 'code-invalid', 'too old');
    t.equal(outcome(await codeFor(once)), 'token-replayed');
  });

  test(`sessions, ${name}`, async t => {
    const world = await openWorld(t);
    const { clock, hubSees, post, send } = world;
    const signIn = async (): Promise<string> => {
      const token = lasting(world, { jti: randomUUID() });
      return `Cookie: ${sessionOf(await post('/hubgate/session', { token }))}`;
    };
    const ended = await signIn();
    const kept = await signIn();
    t.equal(await hubSees([kept]), 'alice');
    t.equal((await send('/hubgate/logout', { method: 'POST', headers: [ended, `Origin: ${site}`] })).status, 204);
    t.equal(await hubSees([ended]), undefined);
    const stepped = clock.wall();
    await set(clock, async () => {
      const other = await signIn();
      t.equal(await hubSees([other]), 'alice', 'nobody is kept out');
      await send('/hubgate/logout', { method: 'POST', headers: [other, `Origin: ${site}`] });
    });
    t.equal(await hubSees([ended]), undefined, 'what was ended stays so');
    const isBack = clock.wall() < stepped - second;
    t.equal(await hubSees([kept]), isBack ? undefined : 'alice', 'what was sealed in the future does not count');
    t.equal(await hubSees([await signIn()]), 'alice');
  });
}
