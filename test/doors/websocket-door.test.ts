/** The WebSocket door on real sockets: the same decision, nothing before 101, and no silence. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { test } from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import type { Policy } from '../../src/gate/policy.ts';
import { fieldValues, rawRequest } from '../clients/raw-client.ts';
import {
  type House,
  openHouse,
  openSocketHub,
  proof,
  type SocketHub,
  scriptedHub,
  until,
  within,
} from './door-house.ts';

const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

const handshake = (more = '', target = '/user/a/api/kernels/x/channels?t=%20'): string =>
  `GET ${target} HTTP/1.1\r\nHost: hub.example.org\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n${proof}${more}\r\n`;

const switching = (more = '', fit = accept): string =>
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${fit}\r\n${more}\r\n`;

function echoHub(): Promise<SocketHub> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, maxPayload: 1 << 26 });
  sockets.on('connection', socket => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })));
  return openSocketHub(server);
}

function clientOf(house: House): WebSocket {
  const headers = { Authorization: 'Bearer alice', Host: 'hub.example.org' };
  return new WebSocket(`ws://127.0.0.1:${house.port}/user/a/`, { headers, maxPayload: 1 << 26 });
}

test('messages go both ways, large ones too, and one record tells of them', async t => {
  const hub = await echoHub();
  await within(hub, {}, async house => {
    const client = clientOf(house);
    await once(client, 'open');
    t.same(house.records, []);
    for (const size of [5, 200, 70_000, 8 * 1024 * 1024]) {
      const sent = Buffer.alloc(size, size % 251);
      client.send(sent);
      const [got] = (await once(client, 'message')) as [Buffer];
      t.ok(sent.equals(got), `${size} bytes`);
    }
    client.close(1000);
    const [code] = await once(client, 'close');
    t.equal(code, 1000);
    await house.settled(1);
    t.match(house.records[0], { door: 'websocket', status: 101, decision: 'forward', user: 'alice', complete: true });
    t.ok((house.records[0]?.bytesUp ?? 0) > 8 * 1024 * 1024);
  });
});

test('the handshake goes up rebuilt, byte for byte, and the 101 comes back filtered', async t => {
  const more =
    'Set-Cookie: a=1; Path=/user/a/\r\nSet-Cookie: b=2; Path=/hub/\r\nX-Accel-Redirect: /x\r\nX-Other: 1\r\nSec-WebSocket-Protocol: v1\r\n';
  const hub = await scriptedHub(switching(more));
  await within(hub, {}, async house => {
    const asks = 'Remote-User: root\r\nX-L: \xe9\xff\r\nSec-WebSocket-Protocol: v0, v1\r\n';
    const socket = connect(house.port, '127.0.0.1');
    socket.write(Buffer.from(handshake(asks), 'latin1'));
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    t.equal(
      bytes.toString('latin1'),
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSet-Cookie: a=1; Path=/user/a/\r\nSec-WebSocket-Protocol: v1\r\n\r\n`,
    );
    const lines = hub.received().split('\r\n');
    t.equal(lines[0], 'GET /user/a/api/kernels/x/channels?t=%20 HTTP/1.1');
    t.ok(lines.includes('X-L: \xe9\xff'));
    t.same(
      lines.filter(line => /^(connection|upgrade|host):/i.test(line)),
      ['Host: hub.example.org', 'Connection: Upgrade', 'Upgrade: websocket'],
    );
    t.notMatch(hub.received(), /remote-user|authorization/i);
    socket.destroy();
  });
});

const refusals = [
  { title: 'no proof', bytes: handshake().replace(proof, ''), status: 401 },
  { title: "another origin's page", bytes: handshake('Origin: https://evil.example\r\n'), status: 403 },
  { title: 'version 8', bytes: handshake().replace('Version: 13', 'Version: 8'), status: 501 },
  { title: 'a handshake by POST', bytes: handshake().replace('GET', 'POST'), status: 501 },
  { title: 'P8: bytes right behind the handshake', bytes: `${handshake()}\x81\x01x`, status: 400 },
];

for (const framing of ['Content-Length: 5', 'Transfer-Encoding: chunked']) {
  test(`a handshake that announces a body (${framing}) is answered without waiting for it`, async t => {
    const hub = await scriptedHub(switching());
    await within(hub, {}, async house => {
      const [answer] = await rawRequest({ port: house.port, bytes: handshake(`${framing}\r\n`), untilClosed: true });
      t.equal(answer?.status, 501);
      t.equal(hub.received(), '');
      t.match(house.records, [{ decision: 'refuse', status: 501 }]);
    });
  });
}

for (const { title, bytes, status } of refusals) {
  test(`${title} is ${status} with a body, and nothing goes to the hub`, async t => {
    const hub = await scriptedHub(switching());
    await within(hub, {}, async house => {
      const [answer] = await rawRequest({ port: house.port, bytes, untilClosed: true });
      t.equal(answer?.status, status);
      t.match(answer?.body.toString(), /"reason":/);
      t.equal(hub.received(), '');
      t.match(house.records, [{ door: 'websocket', decision: 'refuse', status }]);
    });
  });
}

const otherSwitches = [
  { title: 'CONNECT', bytes: `CONNECT hub.example.org:443 HTTP/1.1\r\nHost: hub.example.org:443\r\n${proof}\r\n` },
  { title: 'a switch to h2c', bytes: handshake().replace('Upgrade: websocket', 'Upgrade: h2c') },
];

for (const { title, bytes } of otherSwitches) {
  test(`${title} is recorded at the http door`, async t => {
    const hub = await scriptedHub(switching());
    await within(hub, {}, async house => {
      await rawRequest({ port: house.port, bytes, untilClosed: true });
      t.match(house.records, [{ door: 'http', decision: 'refuse' }]);
    });
  });
}

test('P8: bytes while the hub thinks are never relayed; the hub is let go', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, {}, async house => {
    const socket = connect(house.port, '127.0.0.1');
    socket.write(handshake());
    await until(() => hub.received() !== '');
    const gone = once(hub.sockets[0] ?? socket, 'close');
    socket.write('early bytes');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    t.match(answer.toString(), /^HTTP\/1\.1 400 /);
    await gone;
    t.notMatch(hub.received(), /early/);
    socket.destroy();
    t.equal(house.records.length, 1);
  });
});

const lies = [
  { title: 'a key that does not fit', answer: switching('', 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=') },
  { title: 'two accepts', answer: switching(`Sec-WebSocket-Accept: ${accept}\r\n`) },
  { title: 'a subprotocol that was not offered', answer: switching('Sec-WebSocket-Protocol: x\r\n') },
  { title: 'an extension that was not offered', answer: switching('Sec-WebSocket-Extensions: x\r\n') },
  { title: 'another protocol', answer: switching().replace('Upgrade: websocket', 'Upgrade: h2c') },
  { title: '200 to a switch', answer: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' },
  { title: 'no answer at all', answer: 'SSH-2.0-x\r\n\r\n' },
];

for (const { title, answer } of lies) {
  test(`R5: ${title} is 502, never relayed`, async t => {
    const hub = await scriptedHub(answer);
    await within(hub, {}, async house => {
      const gone = until(() => hub.sockets[0]?.destroyed === true);
      const [got] = await rawRequest({ port: house.port, bytes: handshake(), untilClosed: true });
      t.equal(got?.status, 502);
      t.match(got?.body.toString(), /"reason":"hub-/);
      await gone;
      t.equal(house.records.length, 1);
    });
  });
}

test("a hub's refusal is relayed as a plain answer, byte for byte, then closed", async t => {
  const hub = await scriptedHub(
    'HTTP/1.1 403 Nope\r\nX-L: \x80\xff\r\nSet-Cookie: a=1; Path=/user/a/\r\nSet-Cookie: b=2; Path=/user/a/\r\nContent-Length: 2\r\n\r\nno',
  );
  await within(hub, {}, async house => {
    const [got] = await rawRequest({ port: house.port, bytes: handshake(), untilClosed: true });
    t.equal(got?.status, 403);
    t.equal(got?.reason, 'Nope');
    t.same(fieldValues(got ?? { fields: [] }, 'x-l'), ['\x80\xff']);
    t.equal(fieldValues(got ?? { fields: [] }, 'set-cookie').length, 2);
    t.equal(got?.body.toString(), 'no');
    await house.settled(1);
    t.match(house.records[0], { status: 403, decision: 'forward', complete: true });
  });
});

test('a hub that is not there is 502, one that does not answer 504', async t => {
  const silent = await openSocketHub(socket => void socket.resume());
  await within(silent, { limits: { hubResponseTimeoutMs: 100 } }, async house => {
    const [late] = await rawRequest({ port: house.port, bytes: handshake(), untilClosed: true });
    t.equal(late?.status, 504);
    await until(() => silent.sockets[0]?.destroyed === true);
  });
  const house = await openHouse({ hub: { kind: 'unix', path: '/nowhere/hub.sock' } });
  const [none] = await rawRequest({ port: house.port, bytes: handshake(), untilClosed: true });
  t.equal(none?.status, 502);
  await house.close();
});

test('a client that goes before the 101 takes the request to the hub along', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, {}, async house => {
    const socket = connect(house.port, '127.0.0.1');
    socket.write(handshake());
    await until(() => hub.received() !== '');
    const gone = once(hub.sockets[0] ?? socket, 'close');
    socket.destroy();
    await gone;
    await house.settled(1);
    t.match(house.records[0], { status: 0, complete: false });
  });
});

test('a hub that resets ends the client, and the other way round; nothing stays open', async t => {
  const hub = await echoHub();
  await within(hub, {}, async house => {
    const first = clientOf(house);
    await once(first, 'open');
    hub.sockets[0]?.resetAndDestroy();
    const [code] = await once(first, 'close');
    t.equal(code, 1006);
    const second = clientOf(house);
    await once(second, 'open');
    const upstream = hub.sockets[1];
    second.terminate();
    await until(() => upstream?.destroyed === true);
    await house.settled(2);
    t.ok(hub.sockets.every(each => each.destroyed));
  });
});

test('a drain closes WebSockets with 1001 between frames, and cuts within one', async t => {
  const hub = await echoHub();
  await within(hub, {}, async house => {
    const client = clientOf(house);
    await once(client, 'open');
    client.send('x');
    await once(client, 'message');
    const closed = once(client, 'close');
    await house.doors.drain(5000);
    t.equal((await closed)[0], 1001);
  });
  const half = await scriptedHub(`${switching()}\x82\x7e\x01\x00abc`);
  await within(half, {}, async house => {
    const socket = connect(house.port, '127.0.0.1');
    const got: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => got.push(chunk));
    socket.write(handshake());
    await until(() => Buffer.concat(got).toString('latin1').endsWith('abc'));
    const closed = once(socket, 'close');
    await house.doors.drain(5000);
    await closed;
    t.ok(Buffer.concat(got).toString('latin1').endsWith('abc'), 'no frame in the middle of a frame');
  });
});

test('a drain resets no WebSocket whose client is just sending: it reads the Close frame, and then the end', async t => {
  const hub = await openSocketHub(socket => {
    socket.once('data', () => {
      socket.pause();
      socket.write(switching());
    });
  });
  await within(hub, {}, async house => {
    const socket = connect(house.port, '127.0.0.1');
    const got: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => got.push(chunk));
    socket.write(handshake());
    await until(() => Buffer.concat(got).includes('\r\n\r\n'));
    socket.write(Buffer.alloc(16 * 1024 * 1024));
    await until(() => socket.writableLength === 0 || socket.bytesWritten > 4 * 1024 * 1024);
    const ended = once(socket, 'end');
    await Promise.all([house.doors.drain(60_000), ended]);
    t.ok(Buffer.concat(got).toString('latin1').endsWith('\r\n\r\n\x88\x02\x03\xe9'));
  });
});

test('a WebSocket that opens during a drain is closed with 1001 at once', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, {}, async house => {
    const socket = connect(house.port, '127.0.0.1');
    const got: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => got.push(chunk));
    socket.write(handshake());
    await until(() => hub.received() !== '');
    const draining = house.doors.drain(60_000);
    hub.sockets[0]?.write(switching());
    await draining;
    t.ok(Buffer.concat(got).toString('latin1').endsWith('\r\n\r\n\x88\x02\x03\xe9'));
  });
});

for (const { title, user, status } of [
  { title: 'denies the user', user: { deny: { users: new Set(['alice']), groups: new Set<string>() } }, status: 403 },
  { title: 'still lets the user in', user: {}, status: 101 },
]) {
  test(`a reload that ${title} while the hub thinks is what counts`, async t => {
    const hub = await openSocketHub(socket => void socket.resume());
    let reloaded: Policy | null = null;
    await within(hub, { inForce: policy => reloaded ?? policy }, async house => {
      const socket = connect(house.port, '127.0.0.1');
      const answered = once(socket, 'data') as Promise<[Buffer]>;
      socket.write(handshake());
      await until(() => hub.received() !== '');
      reloaded = { ...house.policy, user: { ...house.policy.user, ...user } };
      hub.sockets[0]?.write(switching());
      const [bytes] = await answered;
      t.match(bytes.toString(), new RegExp(`^HTTP/1\\.1 ${status} `));
      if (status === 403) await until(() => hub.sockets[0]?.destroyed === true);
      socket.destroy();
      await house.settled(1);
      t.match(house.records, [{ status }]);
    });
  });
}
