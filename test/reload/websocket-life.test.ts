/**
 * From the moment at which somebody must not be in any more to the end of their WebSocket: what a client of a real gate sees, with
 * the files that an operator changes. The figures are reported.
 */
import { once } from 'node:events';
import { type Test, test } from 'tap';
import { WebSocket } from 'ws';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { type GateHere, startGateHere } from '../gates/gate-here.ts';
import {
  assertedUserHeader,
  jwtEntry,
  type Lab,
  labConfig,
  makeLab,
  publicHost,
  type WrittenConfig,
} from '../gates/lab.ts';
import { startSlowHub } from '../gates/slow-hub.ts';
import { jwksBytes, makeKey, publicJwk } from '../identity/token-maker.ts';

const mostMs = 1000;

type Scene = {
  readonly lab: Lab;
  readonly gate: GateHere;
  /** Writes the config anew, which the gate then takes by itself. */
  readonly reconfigure: (more: WrittenConfig) => void;
};

async function setScene(t: Test, more: WrittenConfig = {}): Promise<Scene> {
  const lab = makeLab(t);
  const hub = { url: (await startSlowHub(t)).url, authenticator: 'jhub_remote_auth_mount.RemoteUserAuthenticator' };
  const { sso } = labConfig(hub);
  const entries = { jwt: [{ ...jwtEntry(), clockTolerance: '0s' }], sso, revocation: { file: 'revoked' } };
  const write = (extra: WrittenConfig): string =>
    lab.write('proxy.yaml', labConfig(hub, { ...entries, ...more, ...extra }));
  lab.write('revoked', '# nobody\n');
  const gate = await startGateHere(t, write({}));
  return { lab, gate, reconfigure: extra => void write(extra) };
}

async function open({ gate }: Scene, fields: Readonly<Record<string, string>>): Promise<WebSocket> {
  const headers = { Host: publicHost, Origin: `http://${publicHost}`, ...fields };
  const socket = new WebSocket(`ws://127.0.0.1:${gate.port}/user/MFWGSY3F/`, { headers });
  await once(socket, 'open');
  return socket;
}

const bearer = (token: string): { Authorization: string } => ({ Authorization: `Bearer ${token}` });

async function stays(t: Test, socket: WebSocket): Promise<void> {
  socket.send('here');
  const [heard] = (await once(socket, 'message')) as [Buffer];
  t.equal(heard.toString(), 'here', 'another stays open');
  socket.terminate();
}

/** Reports how long it took from `due`, in milliseconds since the epoch. */
async function closes(t: Test, socket: WebSocket, reason: string, due: number): Promise<void> {
  const closed = once(socket, 'close').then(([code, said]) => ({ code, said: String(said), at: Date.now() }));
  const { code, said, at } = await closed;
  t.same([code, said], [1008, reason]);
  t.comment(`${reason}: the WebSocket was closed after ${at - due} ms`);
  t.ok(at >= due && at - due <= mostMs, `${at - due} ms are at most ${mostMs}`);
}

function audited({ gate }: Scene, reason: string): boolean {
  const lines = gate.output().split('\n');
  return lines.some(line => line.includes('"door":"websocket"') && line.includes(`"reason":"${reason}"`));
}

test('from the expiry of a token, and of an assertion', async t => {
  const { sso } = labConfig({}) as { sso: WrittenConfig[] };
  const scene = await setScene(t, { sso: sso.map(entry => ({ ...entry, maxAge: '1s' })) });
  const { lab, gate } = scene;
  const exp = Date.now() + 800;
  const socket = await open(scene, bearer(lab.token('alice', { exp: exp / 1000 })));
  await closes(t, socket, 'token-expired', exp);
  const shown = Date.now();
  const asserted = await open(scene, { [assertedUserHeader]: 'alice' });
  await closes(t, asserted, 'assertion-expired', shown + 1000);
  await gate.stop();
  t.ok(audited(scene, 'token-expired') && audited(scene, 'assertion-expired'), 'the audit trail says why');
  assertNothingLeaked(t, gate.output(), lab.secrets);
});

const causes: readonly {
  readonly title: string;
  readonly reason: string;
  readonly change: (scene: Scene) => void;
}[] = [
  {
    title: 'a deny list',
    reason: 'not-allowed',
    change: ({ reconfigure }) => reconfigure({ user: { deny: { users: ['alice'] } } }),
  },
  {
    title: 'a pattern for names',
    reason: 'user-invalid',
    change: ({ reconfigure }) => reconfigure({ user: { pattern: '^b.*$' } }),
  },
  {
    title: 'a revoked token',
    reason: 'token-revoked',
    change: ({ lab }) => void lab.write('revoked', 'jti * of-alice\n'),
  },
];

for (const { title, reason, change } of causes)
  test(`from a reload: ${title}`, async t => {
    const scene = await setScene(t);
    const alice = await open(scene, bearer(scene.lab.token('alice', { jti: 'of-alice' })));
    const bob = await open(scene, bearer(scene.lab.token('bob', { jti: 'of-bob' })));
    const closed = closes(t, alice, reason, Date.now());
    change(scene);
    await Promise.all([closed, scene.gate.reload()]);
    await stays(t, bob);
    await scene.gate.stop();
    t.ok(audited(scene, reason), 'the audit trail says why');
  });

test('from a reload that takes the issuer away, or its key', async t => {
  const scene = await setScene(t);
  const issuer = { url: 'https://issuer.test/other', audiences: ['jupyterhub'] };
  const alice = await open(scene, bearer(scene.lab.token('alice')));
  const asserted = await open(scene, { [assertedUserHeader]: 'bob' });
  const closed = closes(t, alice, 'token-issuer', Date.now());
  scene.reconfigure({ jwt: [{ ...jwtEntry(), issuer }] });
  await Promise.all([closed, scene.gate.reload()]);
  await stays(t, asserted);
  const other = await setScene(t);
  const robbed = await open(other, bearer(other.lab.token('alice')));
  const stopped = closes(t, robbed, 'token-signature', Date.now());
  other.lab.write('keys.json', Buffer.from(jwksBytes(publicJwk(makeKey('RS256')))).toString());
  await Promise.all([stopped, other.gate.reload()]);
});

test('five hundred tokens, each judged again: whoever is denied goes in time, and all others stay', async t => {
  const scene = await setScene(t);
  const crowd = await Promise.all(
    Array.from({ length: 500 }, (_, at) => open(scene, bearer(scene.lab.token(at % 2 === 0 ? 'alice' : `user${at}`)))),
  );
  const begin = performance.now();
  const [denied, others] = [0, 1].map(rest => crowd.filter((_, at) => at % 2 === rest)) as [WebSocket[], WebSocket[]];
  const gone = Promise.all(denied.map(socket => once(socket, 'close')));
  let lost = 0;
  for (const socket of others) socket.on('close', () => (lost += 1));
  scene.reconfigure({ user: { deny: { users: ['alice'] } } });
  t.same(new Set((await gone).map(([code]) => code as number)), new Set([1008]));
  t.comment(
    `250 of 500 WebSockets were closed ${Math.round(performance.now() - begin)} ms after the config was written`,
  );
  const [first] = others;
  if (first === undefined) throw new Error('nobody is left');
  await stays(t, first);
  t.equal(lost, 0, 'nobody else was closed');
  for (const socket of others) socket.terminate();
});
