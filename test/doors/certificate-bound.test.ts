/** Tokens that are bound to a client certificate (J15, RFC 8705): shown on the very connection, in the handshake, or refused. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { makeAuthority, makeCertificate, type TestCertificate } from '../clients/certificates.ts';
import { type RawResponse, ResponseReader } from '../clients/response-reader.ts';
import { openCapturingHub } from '../contract/capturing-hub.ts';
import { reasonIn } from '../contract/seen.ts';
import { type GateHere, startGateHere } from '../gates/gate-here.ts';
import { type Lab, labConfig, makeLab, publicHost } from '../gates/lab.ts';

const authority = makeAuthority();
const server = makeCertificate({ issuer: authority });
const holder = makeCertificate({ names: ['holder'], issuer: authority });
/** Of the same name and by the same authority. */
const namesake = makeCertificate({ names: ['holder'], issuer: authority });
const stranger = makeCertificate({ names: ['holder'], issuer: makeAuthority('another CA') });

const hub = await openCapturingHub();
t.teardown(() => hub.close());
hub.answerWith('HTTP/1.1 200 Fine\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');

const minuteMs = 60_000;

function thumbprintOf({ cert }: TestCertificate): string {
  return Buffer.from(new X509Certificate(cert).fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
}

interface World {
  readonly lab: Lab;
  readonly gate: GateHere;
  /** Bound to the holder's certificate. */
  readonly token: string;
}

async function openWorld(t: Test, clientCertificate: 'none' | 'request' | 'require'): Promise<World> {
  const lab = makeLab(t);
  lab.write('tls.crt', server.cert);
  lab.write('tls.key', server.key);
  lab.write('ca.crt', authority.cert);
  const asks = clientCertificate === 'none' ? {} : { clientCaFile: 'ca.crt' };
  const tls = { certFile: 'tls.crt', keyFile: 'tls.key', clientCertificate, ...asks };
  const authenticator = 'jhub_remote_auth_mount.RemoteUserAuthenticator';
  const more = { publicUrl: `https://${publicHost}`, listen: [{ address: '127.0.0.1:0', tls }] };
  const gate = await startGateHere(
    t,
    lab.write('gate.yaml', labConfig({ url: `http://127.0.0.1:${hub.port}`, authenticator }, more)),
  );
  return { lab, gate, token: lab.token('alice', { cnf: { 'x5t#S256': thumbprintOf(holder) } }) };
}

function connectTo({ gate }: World, options: ConnectionOptions): TLSSocket {
  return connect({ port: gate.port, host: '127.0.0.1', ca: authority.cert, ...options });
}

/** One request on a connection that stays open; rejects where it does not. */
async function askOn(socket: TLSSocket, token: string, more: readonly string[] = []): Promise<RawResponse> {
  const lines = [`Host: ${publicHost}`, `Authorization: Bearer ${token}`, ...more];
  const reader = new ResponseReader(false);
  const gone = new AbortController();
  const end = (): void => gone.abort();
  const push = (chunk: Buffer): void => reader.push(chunk);
  socket.on('data', push).on('close', end);
  socket.write(`GET /hub/login HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  while (reader.finalCount() === 0) await once(socket, 'data', { signal: gone.signal });
  socket.off('data', push).off('close', end);
  const [answer] = reader.finish(false);
  if (answer === undefined) throw new Error('no answer');
  return answer;
}

/** The status, or the reason where it is refused; what the hub saw of it counts too. */
async function outcome(world: World, options: ConnectionOptions, more?: readonly string[]): Promise<unknown> {
  const socket = connectTo(world, options);
  const answer = await askOn(socket, world.token, more);
  socket.destroy();
  const captured = hub.take();
  const reason = reasonIn(answer);
  if (reason !== undefined) return captured.length === 0 ? reason : 'refused, and at the hub';
  return captured[0]?.head.includes('Remote-User: alice') === true ? answer.status : 'no user at the hub';
}

const shows = ({ cert, key }: TestCertificate): ConnectionOptions => ({ cert, key });

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  t.test(`by ${maxVersion}`, async t => {
    const world = await openWorld(t, 'request');
    t.equal(await outcome(world, { ...shows(holder), maxVersion }), 200, 'its holder');
    t.equal(await outcome(world, { ...shows(namesake), maxVersion }), 'token-bound', 'a namesake');
    t.equal(await outcome(world, { maxVersion }), 'token-bound', 'nobody');
    const said = [
      `X-Forwarded-Client-Cert: Hash=${thumbprintOf(holder)}`,
      `X-SSL-Client-Cert: ${encodeURIComponent(holder.cert)}`,
    ];
    t.equal(await outcome(world, { maxVersion }, said), 'token-bound', 'nobody, who says that he is');
    t.equal(await outcome(world, { ...shows(namesake), maxVersion }, said), 'token-bound', 'a namesake who says so');
    await t.rejects(outcome(world, { ...shows(stranger), maxVersion }), 'whom the listener does not believe');
  });
}

t.test('each request of a connection, and each connection', async t => {
  const world = await openWorld(t, 'require');
  const [first, second] = [connectTo(world, shows(holder)), connectTo(world, shows(namesake))];
  const unbound = world.lab.token('alice');
  for (let round = 0; round < 3; round += 1) {
    t.equal((await askOn(first, world.token)).status, 200);
    t.equal(reasonIn(await askOn(second, world.token)), 'token-bound', 'though the token was just taken elsewhere');
    t.equal((await askOn(second, unbound)).status, 200, 'a token that is not bound is anybody’s');
  }
  first.destroy();
  second.destroy();
  hub.take();
});

t.test('a session that is taken up again is its own holder’s', async t => {
  const world = await openWorld(t, 'request');
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const [certificate, wanted] of [
      [holder, 200],
      [namesake, 401],
    ] as const) {
      const socket = connectTo(world, { ...shows(certificate), maxVersion });
      const sessions: Buffer[] = [];
      socket.on('session', (session: Buffer) => sessions.push(session));
      t.equal((await askOn(socket, world.token)).status, wanted);
      const session = sessions.at(-1) ?? socket.getSession();
      socket.destroy();
      const again = connectTo(world, { maxVersion, ...(session === undefined ? {} : { session }) });
      const { status } = await askOn(again, world.token);
      t.equal(again.isSessionReused(), true, `${maxVersion}: the session is the one of before`);
      t.equal(status, wanted, `${maxVersion}: and so is its certificate`);
      again.destroy();
    }
  }
  hub.take();
});

t.test('a session that is taken up again when its certificate has ended', async t => {
  const soon = makeCertificate({ names: ['soon'], issuer: authority, notAfter: new Date(Date.now() + 10 * minuteMs) });
  for (const clientCertificate of ['request', 'require'] as const) {
    const world = await openWorld(t, clientCertificate);
    const token = world.lab.token('alice', { cnf: { 'x5t#S256': thumbprintOf(soon) } });
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = connectTo(world, { ...shows(soon), maxVersion });
      const sessions: Buffer[] = [];
      socket.on('session', (session: Buffer) => sessions.push(session));
      t.equal((await askOn(socket, token)).status, 200, `${clientCertificate}, ${maxVersion}: while it holds`);
      const session = sessions.at(-1) ?? socket.getSession();
      socket.destroy();
      const now = t.intercept(Date, 'now', { value: () => performance.timeOrigin + performance.now() + 20 * minuteMs });
      const again = connectTo(world, { maxVersion, ...(session === undefined ? {} : { session }) });
      await t.rejects(askOn(again, token), `${clientCertificate}, ${maxVersion}: once it has ended`);
      again.destroy();
      now.restore();
    }
  }
  hub.take();
});

t.test('a listener that asks for no certificate', async t => {
  const world = await openWorld(t, 'none');
  t.equal(await outcome(world, shows(holder)), 'token-bound');
});
