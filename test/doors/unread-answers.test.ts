/** Answers that their client does not take: bounded, timed, and not cut off from one who still does. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { rawRequest } from '../clients/raw-client.ts';
import { type HouseOptions, proof, scriptedHub, until, within } from './door-house.ts';

const get = `GET /user/a/ HTTP/1.1\r\nHost: hub.example.org\r\n${proof}\r\n`;
const answerOf = (bytes: number): string => `HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n${'x'.repeat(bytes)}`;

/** Between what a Unix socket holds in the kernel, and that with what the gate lets wait. */
const partlySent = 280_000;

function onSocketFile(t: Test): { path: string; options: Partial<HouseOptions> } {
  const folder = mkdtempSync(join(tmpdir(), 'hubgate-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 's');
  return { path, options: { listen: [{ kind: 'unix', path }] } };
}

/** A client that does not read. */
function deafClient(path: string): Socket {
  return connect(path)
    .on('error', () => undefined)
    .pause();
}

/** Lets the gate work for a while. */
async function turnsFor(ms: number): Promise<void> {
  const begin = performance.now();
  await until(() => performance.now() - begin > ms);
}

test('a client that asks on and on and does not read is not served on and on, and when it reads it is', async t => {
  const hub = await scriptedHub(answerOf(60_000));
  const { path, options } = onSocketFile(t);
  await within(hub, options, async house => {
    const socket = deafClient(path);
    const asked = 60;
    for (let round = 0; round < asked; round += 1) {
      const before = house.records.length;
      const begin = performance.now();
      await new Promise<void>(resolve => socket.write(get, () => resolve()));
      await until(() => house.records.length > before || performance.now() - begin > 20);
    }
    t.ok(house.records.length < 20, `${house.records.length} were served, none was read`);
    let got = 0;
    socket.on('data', (chunk: Buffer) => {
      got += chunk.length;
    });
    socket.resume();
    await until(() => got === asked * answerOf(60_000).length);
    t.equal(house.records.length, asked);
    socket.destroy();
  });
});

const deaf = [
  { title: 'all of which are out', answers: 1, bytes: 100 },
  { title: 'one of which is partly out', answers: 1, bytes: partlySent },
  { title: 'more of which are asked for', answers: 50, bytes: 60_000 },
];

for (const { title, answers, bytes } of deaf) {
  test(`a client that does not take its answers, ${title}, does not stay`, async t => {
    const hub = await scriptedHub(answerOf(bytes));
    const { path, options } = onSocketFile(t);
    const limits = { idleTimeoutMs: 200, bodyStallTimeoutMs: 400, connections: 1 };
    await within(hub, { ...options, limits }, async house => {
      const socket = deafClient(path);
      socket.write(get.repeat(answers));
      await house.settled(1);
      let refused = 0;
      while ((await rawRequest({ path, bytes: get }))[0]?.status === 503) {
        refused += 1;
        await turnsFor(50);
      }
      t.ok(refused > 0, 'another takes its place');
      socket.destroy();
    });
  });
}

test('a drain leaves a client the answer that is on its way to it', async t => {
  const hub = await scriptedHub(answerOf(partlySent));
  const { path, options } = onSocketFile(t);
  await within(hub, options, async house => {
    const socket = deafClient(path);
    socket.write(get);
    await house.settled(1);
    const drained = house.doors.drain(60_000);
    let got = 0;
    socket.on('data', (chunk: Buffer) => {
      got += chunk.length;
    });
    socket.resume();
    await Promise.all([drained, once(socket, 'close')]);
    t.equal(got, answerOf(partlySent).length);
  });
});

test('a body that comes while its head is held back is a body, whatever its bytes', async t => {
  const hub = await scriptedHub(answerOf(60_000));
  const { path, options } = onSocketFile(t);
  await within(hub, options, async house => {
    const socket = deafClient(path);
    const asked = 20;
    for (let round = 0; round < asked; round += 1) {
      socket.write(get);
      await turnsFor(10);
    }
    t.ok(house.records.length < asked, 'some are held back');
    socket.write(get.replace('GET', 'POST').replace('\r\n\r\n', '\r\nContent-Length: 10\r\n\r\n'));
    await turnsFor(20);
    socket.write('a\nb\rc\0d\ne\n');
    await turnsFor(20);
    let got = 0;
    socket.on('data', (chunk: Buffer) => {
      got += chunk.length;
    });
    socket.resume();
    await until(() => got === (asked + 1) * answerOf(60_000).length || socket.destroyed);
    t.match(hub.received(), /POST [\s\S]*\r\n\r\na\nb\rc\0d\ne\n$/);
    t.ok(house.records.every(({ status }) => status === 200));
    socket.destroy();
  });
});

const givenUp = [
  { title: 'ends its half', giveUp: (socket: Socket) => void socket.end() },
  { title: 'goes silent', giveUp: () => undefined },
];

for (const { title, giveUp } of givenUp) {
  test(`a client that is answered within its upload and ${title} still gets the answer`, async t => {
    const hub = await scriptedHub(answerOf(partlySent));
    const { path, options } = onSocketFile(t);
    await within(hub, options, async house => {
      const socket = deafClient(path);
      socket.write(get.replace('GET', 'POST').replace('\r\n\r\n', '\r\nContent-Length: 9\r\n\r\nabc'));
      await house.settled(1);
      giveUp(socket);
      // Longer than a rest of the body is waited for.
      await turnsFor(1500);
      let got = 0;
      socket.on('data', (chunk: Buffer) => {
        got += chunk.length;
      });
      socket.resume();
      await once(socket, 'close');
      t.equal(got, answerOf(partlySent).length);
    });
  });
}
