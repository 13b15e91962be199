/** limits.connections and connectionsPerAddress: one too many is told so, goes on for ever for nobody, and leaves the others alone. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectSecurely } from 'node:tls';
import { test } from 'tap';
import { makeAuthority, makeCertificate } from '../clients/certificates.ts';
import { rawRequest } from '../clients/raw-client.ts';
import { assertRefused, reasonIn } from './assert-refused.ts';
import { type House, openSocketHub, proof, type SocketHub, scriptedHub, until, within } from './door-house.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const get = `GET /user/a/ HTTP/1.1\r\nHost: hub.example.org\r\n${proof}\r\n`;

/** A client whose request is with the hub. */
async function busy(house: House, hub: SocketHub, options: object = {}): Promise<Socket> {
  const before = hub.received().length;
  const socket = connect({ port: house.port, host: '127.0.0.1', ...options }).on('error', () => undefined);
  socket.write(get);
  await until(() => hub.received().length > before);
  return socket;
}

test('limits.connections: one too many is 503, and one that goes makes room', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, { limits: { connections: 1 } }, async house => {
    const first = await busy(house, hub);
    const before = hub.received();
    const [answer] = await rawRequest({ port: house.port, bytes: get, untilClosed: true });
    assertRefused(t, answer, 'too-many-connections');
    t.ok(answer?.closed);
    t.equal(hub.received(), before);
    first.destroy();
    await until(() => house.records.length === 2);
    (await busy(house, hub)).destroy();
  });
});

test('limits.connectionsPerAddress: one too many is 429; another address has its own, and one that goes makes room', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, { limits: { connectionsPerAddress: 2 } }, async house => {
    const open = [await busy(house, hub), await busy(house, hub)];
    const before = hub.received();
    const [answer] = await rawRequest({ port: house.port, bytes: get, untilClosed: true });
    assertRefused(t, answer, 'too-many-from-address');
    t.ok(answer?.closed);
    t.match(house.records[0], { peer: '127.0.0.1', user: undefined, decision: 'refuse', status: 429 });
    const [other] = await rawRequest({ port: house.port, bytes: get, localAddress: '127.0.0.2' });
    t.equal(reasonIn(other), 'peer-untrusted', 'it comes as far as the gate');
    t.equal(hub.received(), before);
    open[0]?.destroy();
    await until(() => house.records.length === 3);
    (await busy(house, hub)).destroy();
    open[1]?.destroy();
  });
});

test('limits.connectionsPerAddress: WebSockets are connections, and so is one that is idle', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, { limits: { connectionsPerAddress: 1 } }, async house => {
    const idle = connect(house.port, '127.0.0.1');
    idle.write(get);
    await once(idle, 'data');
    const [answer] = await rawRequest({ port: house.port, bytes: get });
    assertRefused(t, answer, 'too-many-from-address');
    idle.destroy();
  });
});

test('limits.connectionsPerAddress: who goes on connecting gets no words, and no one else is touched by it', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, { limits: { connectionsPerAddress: 1, connections: 100 } }, async house => {
    const served = await busy(house, hub);
    const waiting = Array.from({ length: 200 }, () => connect(house.port, '127.0.0.1').on('error', () => undefined));
    await until(() => waiting.filter(({ destroyed }) => destroyed).length === 168);
    t.same(
      waiting.filter(({ bytesRead }) => bytesRead > 0),
      [],
    );
    const [other] = await rawRequest({ port: house.port, bytes: get, localAddress: '127.0.0.2' });
    t.equal(reasonIn(other), 'peer-untrusted', 'the house is not full of those who wait for a refusal');
    hub.sockets[0]?.write(ok);
    const [answer] = (await once(served, 'data')) as [Buffer];
    t.match(answer.toString(), /^HTTP\/1\.1 200 OK/);
    for (const socket of [served, ...waiting]) socket.destroy();
  });
});

const authority = makeAuthority();
const listenerTls = { ...makeCertificate({ issuer: authority }), clientCa: null, clientCertificate: 'none' } as const;

test('limits.connectionsPerAddress holds with TLS: 429 inside of it, and handshakes count', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  const faults: string[] = [];
  const options = {
    limits: { connectionsPerAddress: 1 },
    tls: listenerTls,
    onHandshakeFailed: (fault: string) => faults.push(fault),
  };
  await within(hub, options, async house => {
    const secure = { port: house.port, host: '127.0.0.1', ca: authority.cert };
    const served = connectSecurely(secure).on('error', () => undefined);
    served.write(get);
    await until(() => hub.received() !== '');
    const second = connectSecurely(secure);
    second.write(get);
    const [answer] = (await once(second, 'data')) as [Buffer];
    t.match(answer.toString(), /^HTTP\/1\.1 429 Too Many Requests\r\n.*Retry-After: 5\r\n.*Connection: close\r\n/s);
    await once(second, 'close');
    const mute = Array.from({ length: 60 }, () => connect(house.port, '127.0.0.1').on('error', () => undefined));
    await until(() => mute.filter(({ destroyed }) => destroyed).length === 28);
    t.equal(mute.filter(({ readyState }) => readyState === 'open').length, 32);
    t.same(faults, []);
    for (const socket of [served, ...mute]) socket.destroy();
  });
});

test('limits.connectionsPerAddress: a Unix socket has no address and no limit', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'hubgate-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'gate.sock');
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, { limits: { connectionsPerAddress: 1 }, listen: [{ kind: 'unix', path }] }, async house => {
    const open = Array.from({ length: 3 }, () => connect({ path }));
    for (const socket of open) socket.write(get);
    await until(() => hub.received().match(/GET \//g)?.length === 3);
    t.same(house.records, []);
    for (const socket of open) socket.destroy();
  });
});
