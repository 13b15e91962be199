/** How the doors close: nobody new comes in, whoever is inside may finish, and the bound holds. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'tap';
import { rawRequest } from '../clients/raw-client.ts';
import { openHouse, openSocketHub, proof, until } from './door-house.ts';

const head = `GET /user/a/ HTTP/1.1\r\nHost: hub.example.org\r\n${proof}\r\n`;

function dial(port: number): { socket: Socket; text: () => string; closed: Promise<unknown> } {
  const socket = connect(port, '127.0.0.1');
  const got: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => got.push(chunk));
  socket.on('error', () => undefined);
  return { socket, text: () => Buffer.concat(got).toString('latin1'), closed: once(socket, 'close') };
}

test('idle connections close at once, running requests finish with Connection: close, nobody new comes in', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  const house = await openHouse({ hub: hub.port });
  const silent = dial(house.port);
  await once(silent.socket, 'connect');
  const idle = dial(house.port);
  idle.socket.write('GET /user/a/ HTTP/1.1\r\nHost: hub.example.org\r\n\r\n');
  await until(() => idle.text().includes('401'));
  const busy = dial(house.port);
  busy.socket.write(head);
  await until(() => hub.received() !== '');
  let drained = false;
  const draining = house.doors.drain(60_000).then(() => {
    drained = true;
  });
  await Promise.all([silent.closed, idle.closed]);
  await t.rejects(rawRequest({ port: house.port, bytes: head }), { code: 'ECONNREFUSED' });
  t.notOk(drained);
  hub.sockets[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  await Promise.all([busy.closed, draining]);
  t.match(busy.text(), /^HTTP\/1\.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok$/);
  t.match(house.records.at(-1), { status: 200, complete: true });
  await house.close();
  await hub.close();
});

test('an answer that had begun before the drain is finished, and its connection closed', async t => {
  const hub = await openSocketHub(socket => {
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab'));
  });
  const house = await openHouse({ hub: hub.port });
  const client = dial(house.port);
  client.socket.write(head);
  await until(() => client.text().endsWith('ab'));
  const draining = house.doors.drain(60_000);
  hub.sockets[0]?.write('cd');
  await Promise.all([draining, client.closed]);
  t.match(client.text(), /\r\n\r\nabcd$/);
  await house.close();
  await hub.close();
});

for (const [title, first, second] of [
  ['when its time is over', 50, undefined],
  ['at a second call with 0', 60_000, 0],
] as const) {
  test(`a drain cuts what still runs ${title}`, async t => {
    const hub = await openSocketHub(socket => void socket.resume());
    const house = await openHouse({ hub: hub.port });
    const client = dial(house.port);
    client.socket.write(head);
    await until(() => hub.received() !== '');
    const draining = house.doors.drain(first);
    if (second !== undefined) await house.doors.drain(second);
    await Promise.all([draining, client.closed]);
    t.equal(client.text(), '');
    t.match(house.records, [{ status: 0, complete: false }]);
    await house.close();
    await hub.close();
  });
}

test('a drain leaves the last bytes of an answer to a client that has not taken them yet', async t => {
  const size = 24 * 1024 * 1024;
  const hub = await openSocketHub(socket => {
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
      socket.write(Buffer.alloc(size));
    });
  });
  const house = await openHouse({ hub: hub.port });
  const client = dial(house.port);
  client.socket.write(head);
  const readOn = (): void => void client.socket.resume();
  let draining: Promise<void> | undefined;
  client.socket.on('data', () => {
    if (draining !== undefined) return;
    client.socket.pause();
    // The gate has the whole answer once that is on record, and the kernel has no room for the end of it.
    if (house.records.length === 0) setImmediate(readOn);
  });
  await house.settled(1);
  draining = house.doors.drain(60_000);
  readOn();
  await Promise.all([draining, client.closed]);
  t.equal(client.text().split('\r\n\r\n')[1]?.length, size);
  await house.close();
  await hub.close();
});
