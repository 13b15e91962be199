/** Bodies that stop making sense, or stop coming: an answer, a close, and never a whole request at the hub. */
import { connect } from 'node:net';
import { test } from 'tap';
import { rawRequest } from '../clients/raw-client.ts';
import type { RawResponse } from '../clients/response-reader.ts';
import {
  type House,
  type HouseOptions,
  openHouse,
  openSocketHub,
  proof,
  type SocketHub,
  until,
  within,
} from './door-house.ts';

const tick = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** In front of a hub that takes everything and says nothing. */
async function withinSilence(
  options: Partial<HouseOptions>,
  use: (house: House, hub: SocketHub) => Promise<void>,
): Promise<void> {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, options, house => use(house, hub));
}

const head = (method: string, more: string): string =>
  `${method} /user/a/ HTTP/1.1\r\nHost: hub.example.org\r\n${proof}${more}\r\n`;

const reasonIn = (answer: RawResponse | undefined): unknown =>
  answer === undefined || answer.body.length === 0 ? undefined : JSON.parse(answer.body.toString()).reason;

const measured = ['DELETE', 'GET', 'OPTIONS', 'HEAD'];
const wrongChunks = ['ZZ\r\n', '5 \r\nhello\r\n0\r\n\r\n', '5\r\nhelloX\r\n0\r\n\r\n'];

for (const method of [...measured, 'POST']) {
  for (const chunks of wrongChunks) {
    test(`${method} with the chunks ${JSON.stringify(chunks)} behind its head is 400 and closed`, async t => {
      await withinSilence({}, async (house, hub) => {
        const bytes = head(method, 'Transfer-Encoding: chunked\r\n') + chunks;
        const [answer] = await rawRequest({ port: house.port, bytes, untilClosed: true, head: method === 'HEAD' });
        t.equal(answer?.status, 400);
        t.ok(answer?.closed);
        if (method !== 'HEAD') t.equal(reasonIn(answer), 'request-ambiguous');
        t.match(house.records, [{ method, status: 400, refusal: { reason: 'request-ambiguous' } }]);
        if (method === 'POST') t.notMatch(hub.received(), /\r\n0\r\n\r\n$/);
        else t.equal(hub.received(), '');
      });
    });
  }
}

test('a chunk that is none, behind another request, is 400 when its turn comes', async t => {
  await withinSilence({}, async (house, hub) => {
    const bytes = `${head('GET', '')}${head('DELETE', 'Transfer-Encoding: chunked\r\n')}ZZ\r\n`;
    const answered = rawRequest({ port: house.port, bytes, responses: 2, untilClosed: true });
    await until(() => hub.received() !== '');
    hub.sockets[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    t.same(
      (await answered).map(({ status }) => status),
      [200, 400],
    );
    t.notMatch(hub.received(), /DELETE/);
  });
});

const unfinished = [
  { title: 'a length and nothing', more: 'Content-Length: 10\r\n', body: '' },
  { title: 'a length and less', more: 'Content-Length: 10\r\n', body: 'abc' },
  { title: 'chunks without the last', more: 'Transfer-Encoding: chunked\r\n', body: '3\r\nabc\r\n' },
  { title: '100 Continue and silence', more: 'Expect: 100-continue\r\nContent-Length: 10\r\n', body: '' },
];

for (const method of [...measured, 'POST']) {
  for (const { title, more, body } of unfinished) {
    test(`${method} with ${title} is 408 after limits.bodyStallTimeout, whatever the hub's time`, async t => {
      await withinSilence({ limits: { bodyStallTimeoutMs: 150 } }, async (house, hub) => {
        const bytes = head(method, more) + body;
        const answers = await rawRequest({ port: house.port, bytes, untilClosed: true, head: method === 'HEAD' });
        const answer = answers.at(-1);
        t.equal(answer?.status, 408);
        t.ok(answer?.closed);
        t.match(house.records, [{ status: 408, refusal: { reason: 'request-timeout' } }]);
        if (method !== 'POST') t.equal(hub.received(), '');
        await until(() => hub.sockets.every(each => each.destroyed));
      });
    });
  }
}

test('a hub that has begun its answer and waits for the rest of a body is let go with the client', async t => {
  await withinSilence({ limits: { bodyStallTimeoutMs: 150 } }, async (house, hub) => {
    const bytes = `${head('POST', 'Content-Length: 10\r\n')}abc`;
    const answered = rawRequest({ port: house.port, bytes, untilClosed: true });
    await until(() => hub.received() !== '');
    hub.sockets[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc');
    const [answer] = await answered;
    t.not(answer?.complete, true);
    await until(() => hub.sockets.every(each => each.destroyed));
    t.match(house.records, [{ complete: false, refusal: { reason: 'request-timeout' } }]);
  });
});

for (const method of ['DELETE', 'POST']) {
  test(`${method}: an upload that is slow but moves is never cut, however short the hub's time`, async t => {
    const limits = { bodyStallTimeoutMs: 10_000, hubResponseTimeoutMs: 40 };
    await withinSilence({ limits }, async (house, hub) => {
      const socket = connect(house.port, '127.0.0.1');
      let got = '';
      socket
        .on('error', () => undefined)
        .on('data', (chunk: Buffer) => {
          got += chunk.toString();
        });
      socket.write(head(method, 'Content-Length: 5\r\n'));
      for (const byte of 'hello') {
        const begin = performance.now();
        while (performance.now() - begin < 100) await tick();
        t.equal(got, '');
        socket.write(byte);
      }
      await until(() => hub.received().endsWith('hello'));
      hub.sockets[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      await until(() => got !== '');
      t.match(got, /^HTTP\/1\.1 200 OK/);
      socket.destroy();
    });
  });
}

test("a hub that takes no more of an upload is the hub's fault: 504, not the client's 408", async t => {
  const hub = await openSocketHub(socket => void socket.pause());
  const house = await openHouse({ hub: hub.port, limits: { bodyStallTimeoutMs: 300, hubResponseTimeoutMs: 1500 } });
  const socket = connect(house.port, '127.0.0.1');
  let got = '';
  socket
    .on('error', () => undefined)
    .on('data', (chunk: Buffer) => {
      got += chunk.toString();
    });
  const size = 64 * 1024 * 1024;
  socket.write(head('POST', `Content-Length: ${size}\r\n`));
  socket.write(Buffer.alloc(size));
  await house.settled(1);
  t.match(house.records, [{ status: 504, refusal: { reason: 'hub-timeout' } }]);
  await until(() => got !== '' || socket.destroyed);
  t.match(got, /^HTTP\/1\.1 504 /);
  socket.destroy();
  await house.close();
  await hub.close();
});
