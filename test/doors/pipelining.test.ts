/** Requests that wait for their turn: so many and no more, and gone with their client. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'tap';
import { rawRequest } from '../clients/raw-client.ts';
import { type House, openSocketHub, proof, scriptedHub, until, within } from './door-house.ts';

const patienceMs = 20_000;

const tick = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const host = 'Host: hub.example.org\r\n';
const get = `GET /user/a/ HTTP/1.1\r\n${host}${proof}\r\n`;
const unproven = `GET / HTTP/1.1\r\n${host}\r\n`;
const webSocket =
  'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

/** A client that does not read. */
function deafClient(house: House): Socket {
  const socket = connect(house.port, '127.0.0.1');
  socket.on('error', () => undefined);
  return socket.pause();
}

/** Writes the same bytes over and over until the other end is gone; false when it stays for `patienceMs`. */
async function floodUntilGone(socket: Socket, bytes: Buffer): Promise<boolean> {
  const begin = performance.now();
  while (socket.writable) {
    if (performance.now() - begin > patienceMs) return false;
    if (socket.writableLength < bytes.length) socket.write(bytes);
    await tick();
  }
  return true;
}

const floods = [
  { title: 'refused at once', first: unproven },
  { title: 'behind one that the hub does not answer', first: get },
];

for (const { title, first } of floods) {
  test(`a client that pipelines without end and does not read is cut (${title})`, async t => {
    const hub = await openSocketHub(socket => void socket.resume());
    await within(hub, {}, async house => {
      const socket = deafClient(house);
      socket.write(first);
      if (first === get) await until(() => hub.received() !== '');
      const blob = Buffer.from(unproven.repeat(1000));
      const before = process.memoryUsage().heapUsed;
      t.ok(await floodUntilGone(socket, blob), 'the connection is closed');
      t.ok(process.memoryUsage().heapUsed - before < 64 * 1024 * 1024, 'the queue is bounded');
      t.ok(house.records.length <= 2000, `${house.records.length} were served`);
      await until(() => hub.sockets.every(each => each.destroyed));
      const [other] = await rawRequest({ port: house.port, bytes: unproven });
      t.equal(other?.status, 401);
      socket.destroy();
    });
  });
}

test('large heads that wait behind an unanswered request are bounded by their bytes', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, {}, async house => {
    const socket = deafClient(house);
    socket.write(get);
    await until(() => hub.received() !== '');
    const large = unproven.replace('\r\n\r\n', `\r\nX-Filling: ${'x'.repeat(14_000)}\r\n\r\n`);
    t.ok(await floodUntilGone(socket, Buffer.from(large)), 'the connection is closed before the count is reached');
    await until(() => hub.sockets.every(each => each.destroyed));
    socket.destroy();
  });
});

test('a client that reads may pipeline some dozens', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, {}, async house => {
    const answers = await rawRequest({ port: house.port, bytes: unproven.repeat(60), responses: 60 });
    t.equal(answers.filter(({ status }) => status === 401).length, 60);
    const proven = await rawRequest({ port: house.port, bytes: get.repeat(60), responses: 60 });
    t.equal(proven.filter(({ status }) => status === 200).length, 60);
  });
});

test('a client that pipelines too much is told so, behind the answers that it has got', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, {}, async house => {
    const answers = await rawRequest({ port: house.port, bytes: get.repeat(65), responses: 65 });
    t.strictSame(answers.map(({ status }) => status).slice(-2), [200, 400]);
    t.equal(answers.length, 65);
    t.match(answers.at(-1)?.body.toString(), /more than 64 requests in one piece/);
  });
});

test('a client that sends too much ahead of an answer is told so', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, {}, async house => {
    const large = unproven.replace('\r\n\r\n', `\r\nX-Filling: ${'x'.repeat(8_000)}\r\n\r\n`);
    const [answer] = await rawRequest({ port: house.port, bytes: `${get}${large.repeat(60)}` });
    t.equal(answer?.status, 400);
    t.match(answer?.body.toString(), /too much is sent ahead of the answer/);
    await until(() => hub.sockets.every(each => each.destroyed));
  });
});

test('a body that waits behind another request arrives whole', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, {}, async house => {
    const body = 'x'.repeat(30_000);
    const post = `POST /user/a/ HTTP/1.1\r\n${host}${proof}Content-Length: ${body.length}\r\n\r\n${body}`;
    const answered = rawRequest({ port: house.port, bytes: get + post, responses: 2 });
    await until(() => hub.received() !== '');
    hub.sockets[0]?.write(ok);
    await until(() => hub.received().endsWith(body));
    hub.sockets.at(-1)?.write(ok);
    t.same(
      (await answered).map(({ status }) => status),
      [200, 200],
    );
  });
});

test('what is too large to wait behind another request is dropped, and the connection closed', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, {}, async house => {
    // More than the kernel takes: it is out only when the gate reads it.
    const body = 'x'.repeat(32_000_000);
    const post = `POST /user/a/ HTTP/1.1\r\n${host}${proof}Content-Length: ${body.length}\r\n\r\n${body}`;
    const socket = connect(house.port, '127.0.0.1');
    const answered: Buffer[] = [];
    socket.on('error', () => undefined).on('data', (chunk: Buffer) => answered.push(chunk));
    await new Promise<void>(resolve => socket.write(get + post, () => resolve()));
    await until(() => hub.received() !== '');
    const closed = once(socket, 'close');
    hub.sockets[0]?.write(ok);
    await closed;
    t.match(Buffer.concat(answered).toString(), /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nok$/);
    t.notMatch(hub.received(), /POST/);
  });
});

const behind = [
  { title: 'nothing', bytes: '' },
  { title: 'another request', bytes: get },
  { title: 'a WebSocket handshake', bytes: `GET /user/a/ HTTP/1.1\r\n${host}${proof}${webSocket}\r\n` },
  { title: 'a CONNECT', bytes: `CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n${proof}\r\n` },
  { title: 'what is no request', bytes: 'BAD\0\r\n\r\n' },
  { title: 'half an upload', bytes: `POST / HTTP/1.1\r\n${host}Content-Length: 9999999\r\n\r\n${'x'.repeat(50_000)}` },
  { title: 'a large upload', bytes: `POST / HTTP/1.1\r\n${host}Content-Length: 9999999\r\n\r\n${'x'.repeat(500_000)}` },
];
const ways = [
  { how: 'closes', leave: (socket: Socket): unknown => socket.destroy() },
  { how: 'resets', leave: (socket: Socket): unknown => socket.resetAndDestroy() },
];

for (const { title, bytes } of behind) {
  for (const { how, leave } of ways) {
    test(`a client that ${how} takes its request to the hub along, with ${title} behind it`, async t => {
      const hub = await openSocketHub(socket => void socket.resume());
      await within(hub, {}, async house => {
        const socket = connect(house.port, '127.0.0.1');
        socket.on('error', () => undefined);
        await new Promise<void>(resolve => socket.write(get + bytes, () => resolve()));
        await until(() => hub.received() !== '');
        leave(socket);
        await until(() => hub.sockets.every(each => each.destroyed));
        await house.settled(1);
        t.match(house.records[0], { status: 0, complete: false });
        socket.destroy();
        await house.doors.drain(60_000);
        t.pass('no slot is held');
      });
    });
  }
}

test('a client that half-closes before the 101 is gone, and its connection too', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, {}, async house => {
    const socket = connect(house.port, '127.0.0.1');
    socket.resume().write(`GET /user/a/ HTTP/1.1\r\n${host}${proof}${webSocket}\r\n`);
    await until(() => hub.received() !== '');
    const closed = once(socket, 'close');
    socket.end();
    await closed;
    await until(() => hub.sockets.every(each => each.destroyed));
    t.match(house.records, [{ door: 'websocket', status: 0, complete: false }]);
  });
});

test('a client whose whole body waited for a connection to the hub is heard on', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, { hubConnections: 1 }, async house => {
    const first = rawRequest({ port: house.port, bytes: get });
    await until(() => hub.received() !== '');
    const client = connect(house.port, '127.0.0.1');
    let answers = '';
    client.on('data', (chunk: Buffer) => {
      answers += chunk.toString();
    });
    client.write(`POST /user/a/ HTTP/1.1\r\n${host}${proof}Content-Length: 3\r\n\r\nabc`);
    const turns = 20;
    for (let turn = 0; turn < turns; turn += 1) await tick();
    hub.sockets[0]?.write(ok);
    await until(() => hub.received().endsWith('abc'));
    hub.sockets[0]?.write(ok);
    await until(() => answers.endsWith('ok'));
    client.write(unproven);
    await until(() => /HTTP\/1\.1 401 /.test(answers));
    t.equal((await first)[0]?.status, 200);
    t.equal(hub.sockets.length, 1);
    client.destroy();
  });
});
