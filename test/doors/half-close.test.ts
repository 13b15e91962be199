/** Clients that have said their last: those who still read get their answer, those who are gone take their request along. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'tap';
import { type House, openSocketHub, proof, scriptedHub, until, within } from './door-house.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const head = (method: string, more = '', version = '1.1'): string =>
  `${method} /user/a/ HTTP/${version}\r\nHost: hub.example.org\r\n${proof}${more}\r\n`;

/** Sends, ends its half, and gathers what comes until the gate ends the other. */
function halfClosing(house: House, bytes: string): { socket: Socket; text: () => string; ended: Promise<unknown> } {
  const socket = connect({ port: house.port, host: '127.0.0.1', allowHalfOpen: true });
  const got: Buffer[] = [];
  socket.on('error', () => undefined).on('data', (chunk: Buffer) => got.push(chunk));
  socket.end(bytes);
  return { socket, text: () => Buffer.concat(got).toString('latin1'), ended: once(socket, 'end') };
}

const requests = [
  { title: 'a GET', bytes: head('GET'), statuses: [200] },
  { title: 'a GET of HTTP/1.0', bytes: head('GET', '', '1.0'), statuses: [200] },
  { title: 'a whole POST', bytes: `${head('POST', 'Content-Length: 5\r\n')}hello`, statuses: [200] },
  { title: 'three requests', bytes: head('GET').repeat(3), statuses: [200, 200, 200] },
];

/** Statuses of the final answers. */
function statusesIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status)).filter(status => status >= 200);
}

for (const { title, bytes, statuses } of requests) {
  test(`${title} with nothing to come is answered, however slow the hub is, and then the connection ends`, async t => {
    const hub = await openSocketHub(socket => void socket.resume());
    await within(hub, {}, async house => {
      const { text, ended } = halfClosing(house, bytes);
      for (const [place] of statuses.entries()) {
        await until(() => (hub.received().match(/ HTTP\/1\.1\r\n/g) ?? []).length > place);
        const begin = performance.now();
        if (place === 0) await until(() => performance.now() - begin > 600);
        hub.sockets.at(-1)?.write(ok);
        await until(() => statusesIn(text()).length > place);
      }
      await ended;
      t.same(statusesIn(text()), statuses);
      t.ok(text().endsWith('ok'));
      await house.settled(statuses.length);
      t.ok(house.records.every(({ complete, status }) => complete && status === 200));
    });
  });
}

const cutOff = [
  { title: 'half a head', bytes: 'GET / HTTP/1.1\r\nHos', answered: /^HTTP\/1\.1 400 / },
  { title: 'nothing', bytes: '', answered: /^$/ },
  { title: 'half a body', bytes: `${head('POST', 'Content-Length: 9\r\n')}hello`, answered: /^HTTP\/1\.1 400 / },
];

for (const { title, bytes, answered } of cutOff) {
  test(`${title} and then the end is no request, and nothing stays open`, async t => {
    const hub = await scriptedHub(ok);
    await within(hub, {}, async house => {
      const { socket, text } = halfClosing(house, bytes);
      await once(socket, 'close');
      t.match(text(), answered);
      await until(() => hub.sockets.every(each => each.destroyed));
      t.ok(house.records.every(({ status }) => status !== 200));
    });
  });
}

test('a client that is gone while its answer stands still takes the hub along', async t => {
  const hub = await openSocketHub(socket => {
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'));
  });
  await within(hub, {}, async house => {
    const socket = connect(house.port, '127.0.0.1');
    socket.write(head('GET'));
    await once(socket, 'data');
    socket.destroy();
    await until(() => hub.sockets.every(each => each.destroyed));
    await house.settled(1);
    t.match(house.records, [{ status: 200, complete: false }]);
  });
});

test('an answer that a client does not take holds the hub no longer than limits.bodyStallTimeout', async t => {
  const hub = await openSocketHub(socket => {
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${1 << 30}\r\n\r\n`);
      socket.write(Buffer.alloc(1 << 26));
    });
  });
  await within(hub, { limits: { bodyStallTimeoutMs: 300 } }, async house => {
    const socket = connect(house.port, '127.0.0.1');
    socket.on('error', () => undefined).pause();
    socket.write(head('GET'));
    await house.settled(1);
    t.match(house.records, [{ status: 200, complete: false, refusal: { reason: 'request-timeout' } }]);
    await until(() => hub.sockets.every(each => each.destroyed));
    socket.destroy();
  });
});

test('an answer that a slow client takes bit by bit is never cut', async t => {
  const size = 8 * 1024 * 1024;
  const hub = await openSocketHub(socket => {
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\nConnection: close\r\n\r\n`);
      socket.end(Buffer.alloc(size));
    });
  });
  await within(hub, { limits: { bodyStallTimeoutMs: 1500, idleTimeoutMs: 100 } }, async house => {
    const socket = connect(house.port, '127.0.0.1');
    socket.write(head('GET'));
    let got = 0;
    socket.on('data', (chunk: Buffer) => {
      got += chunk.length;
      if (got > size) return;
      socket.pause();
      setTimeout(() => socket.resume(), 25);
    });
    await once(socket, 'end');
    t.ok(got > size, `${got} bytes`);
    await house.settled(1);
    t.match(house.records, [{ status: 200, complete: true }]);
  });
});
