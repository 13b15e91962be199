/** Every key of `limits`: as much as it says goes, one more does not; with which words, what the hub sees of it, and whether the connection stays. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { checkoutRoot } from '../../scripts/checkout.ts';
import type { LimitsConfig } from '../../src/config/sections/limits.ts';
import { type ReasonId, reasons } from '../../src/gate/reasons.ts';
import { fieldValues, rawRequest } from '../clients/raw-client.ts';
import { spawnOutsideTap } from '../clients/spawn-outside-tap.ts';
import { assertRefused } from './assert-refused.ts';
import {
  openHouse,
  openSocketHub,
  proof,
  type SocketHub,
  scriptedHub,
  testLimits,
  until,
  within,
} from './door-house.ts';

type Key = keyof LimitsConfig;

/** Where else a key is shown: the file, and words of the test's title as its source has them. */
const elsewhere: Partial<Record<Key, readonly (readonly [file: string, title: string])[]>> = {
  headerBytes: [
    ['test/contract/rows/fields.ts', 'refuses a head over limits.headerBytes (H18)'],
    ['test/doors/slow-heads.test.ts', 'a head without end in small pieces is 431'],
    ['test/doors/proxy-door.test.ts', 'fields beyond all limits'],
  ],
  headers: [
    ['test/contract/rows/fields.ts', 'refuses more fields than limits.headers (H19)'],
    ['test/contract/rows/fields.ts', 'takes as many fields as limits.headers'],
  ],
  repeatedFields: [['test/contract/rows/fields.ts', 'refuses one name more often than limits.repeatedFields']],
  targetBytes: [['test/contract/rows/fields.ts', 'refuses a target over limits.targetBytes']],
  bodyBytes: [
    ['test/contract/rows/framing.ts', 'refuses a body over limits.bodyBytes'],
    ['test/doors/bodies.test.ts', 'a large body that nobody wants does not take the refusal with it'],
    ['test/doors/large-bodies.test.ts', 'a body over limits.bodyBytes is noticed at its very byte'],
  ],
  bodyStallTimeoutMs: [
    ['test/doors/stalled-bodies.test.ts', 'is 408 after limits.bodyStallTimeout'],
    ['test/doors/large-bodies.test.ts', 'is never cut, however long it lasts'],
    ['test/doors/half-close.test.ts', 'holds the hub no longer than limits.bodyStallTimeout'],
  ],
  hubConnectTimeoutMs: [['test/doors/tls.test.ts', 'is given up after limits.hubConnectTimeout']],
  drainTimeoutMs: [
    ['test/doors/drain.test.ts', 'a drain cuts what still runs'],
    ['test/process.test.ts', 'SIGTERM: what is running ends'],
  ],
  connections: [['test/doors/connection-limits.test.ts', 'limits.connections: one too many is 503']],
  connectionsPerAddress: [
    ['test/doors/connection-limits.test.ts', 'limits.connectionsPerAddress: one too many is 429'],
    ['test/wire/address-counts.test.ts', 'are ${alike ? '],
  ],
  requestsPerUser: [['test/doors/user-limits.test.ts', 'makes room for the next']],
  webSocketsPerUser: [['test/doors/user-limits.test.ts', 'a WebSocket is a request until the 101']],
};

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A head that proves alice. */
const head = (line: string, more = ''): string => `${line} HTTP/1.1\r\nHost: hub.example.org\r\n${proof}${more}\r\n`;
const get = head('GET /user/a/');
const post = (more: string, body: string): string => head('POST /user/a/', more) + body;

/** A head of so many bytes. */
function headOf(bytes: number): string {
  const bare = head('GET /user/a/', 'X: \r\n');
  return bare.replace('X: ', `X: ${'x'.repeat(bytes - bare.length)}`);
}

interface Edge {
  readonly key: Key;
  readonly limit: number;
  /** What is refused for one more, where the limit does not say it. */
  readonly title?: string;
  readonly bytes: (size: number) => string;
  readonly reason: ReasonId;
  /** Some of the request is with the hub already, and never all of it. */
  readonly begunAtHub?: true;
}

const chunk = (size: number): string => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`;

const edges: readonly Edge[] = [
  { key: 'headerBytes', limit: 1024, bytes: headOf, reason: 'headers-too-large' },
  {
    key: 'repeatedFields',
    limit: 3,
    bytes: size => head('GET /user/a/', 'X-A: 1\r\n'.repeat(size)),
    reason: 'headers-too-large',
  },
  {
    key: 'targetBytes',
    limit: 100,
    bytes: size => head(`GET /user/a/${'x'.repeat(size - '/user/a/'.length)}`),
    reason: 'target-too-long',
  },
  {
    key: 'bodyBytes',
    limit: 10,
    title: 'a length',
    bytes: size => post(`Content-Length: ${size}\r\n`, 'x'.repeat(size)),
    reason: 'body-too-large',
  },
  {
    key: 'bodyBytes',
    limit: 10,
    title: 'a chunked body',
    bytes: size => post('Transfer-Encoding: chunked\r\n', chunk(size)),
    reason: 'body-too-large',
    begunAtHub: true,
  },
  {
    key: 'bodyBytes',
    limit: 10,
    title: 'a chunked body that is read whole first',
    bytes: size => head('DELETE /user/a/', 'Transfer-Encoding: chunked\r\n') + chunk(size),
    reason: 'length-required',
  },
];

/** Answers whatever is whole. */
function answeringHub(): Promise<SocketHub> {
  return openSocketHub(socket => {
    let pending = '';
    socket.on('data', (bytes: Buffer) => {
      pending += bytes.toString('latin1');
      const [, length = 'none'] = /content-length: (\d+)/i.exec(pending) ?? [];
      const end = pending.indexOf('\r\n\r\n') + 4;
      const isWhole = /chunked/i.test(pending)
        ? pending.endsWith('\r\n0\r\n\r\n')
        : pending.length - end >= Number(length === 'none' ? 0 : length);
      if (end > 3 && isWhole) socket.write(ok);
    });
  });
}

for (const { key, limit, title = '', bytes, reason, begunAtHub } of edges) {
  test(`limits.${key}: ${title || 'as much'} as it says goes, one more is ${reasons[reason].status} ${reason}`, async t => {
    const hub = await answeringHub();
    await within(hub, { limits: { [key]: limit } }, async house => {
      const [good] = await rawRequest({ port: house.port, bytes: bytes(limit) });
      t.equal(good?.status, 200);
      const before = hub.received();
      const [answer, ...more] = await rawRequest({ port: house.port, bytes: bytes(limit + 1), untilClosed: true });
      assertRefused(t, answer, reason);
      t.ok(answer?.closed);
      t.same(more, []);
      if (begunAtHub === true) t.notMatch(hub.received().slice(before.length), /\r\n0\r\n\r\n$/);
      else t.equal(hub.received(), before);
      t.match(house.records[1], { refusal: { reason }, complete: true });
    });
  });
}

test('limits.bodyBytes: a client that waits for 100 Continue is refused before it sends its body', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, { limits: { bodyBytes: 10 } }, async house => {
    const bytes = post('Expect: 100-continue\r\nContent-Length: 11\r\n', '');
    const answers = await rawRequest({ port: house.port, bytes, untilClosed: true });
    t.equal(answers.length, 1, 'no 100');
    assertRefused(t, answers[0], 'body-too-large');
    t.equal(hub.received(), '');
  });
});

/** Sends bytes until an answer comes, one piece each time that the event loop has turned for a while. */
async function drip(socket: Socket, piece: string): Promise<string> {
  let got = '';
  socket
    .on('error', () => undefined)
    .on('data', (bytes: Buffer) => {
      got += bytes.toString('latin1');
    });
  while (got === '' && !socket.destroyed) {
    const begin = performance.now();
    await until(() => performance.now() - begin > 20);
    if (socket.writable) socket.write(piece);
  }
  return got;
}

test('limits.headerTimeout: a head that stands still is 408, and so is one that drips on', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, { limits: { headerTimeoutMs: 200 } }, async house => {
    const [answer] = await rawRequest({ port: house.port, bytes: 'GET / HTTP/1.1\r\nHo', untilClosed: true });
    assertRefused(t, answer, 'request-timeout');
    t.ok(answer?.closed);
    const socket = connect(house.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nX: ');
    t.match(await drip(socket, 'x'), /^HTTP\/1\.1 408 /);
    socket.destroy();
    t.equal(hub.received(), '');
  });
});

test('limits.headerTimeout holds for a later head of a connection too, from its first byte on', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, { limits: { headerTimeoutMs: 200, idleTimeoutMs: 60_000 } }, async house => {
    const bytes = `${get}GET / HT`;
    const answers = await rawRequest({ port: house.port, bytes, responses: 2, untilClosed: true });
    t.same(
      answers.map(({ status }) => status),
      [200, 408],
    );
    t.ok(answers[1]?.closed);
  });
});

test('limits.headerTimeout: a connection that never says anything is closed without a word', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, { limits: { headerTimeoutMs: 100 } }, async house => {
    t.same(await rawRequest({ port: house.port, bytes: '', untilClosed: true }), []);
    t.same(house.records, [], 'no request, no record');
  });
});

test('limits.idleTimeout: a kept connection that rests too long is closed without a word', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, { limits: { idleTimeoutMs: 100 } }, async house => {
    const begin = performance.now();
    const answers = await rawRequest({ port: house.port, bytes: get, untilClosed: true });
    t.same(
      answers.map(({ status, closed }) => [status, closed]),
      [[200, true]],
    );
    t.same(fieldValues(answers[0] ?? { fields: [] }, 'connection'), [], 'it was kept');
    t.ok(performance.now() - begin > 90);
  });
});

test('limits.idleTimeout does not count while a request is under way', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, { limits: { idleTimeoutMs: 50, headerTimeoutMs: 300 } }, async house => {
    const answered = rawRequest({ port: house.port, bytes: get });
    await until(() => hub.received() !== '');
    const begin = performance.now();
    await until(() => performance.now() - begin > 700);
    hub.sockets[0]?.write(ok);
    t.equal((await answered)[0]?.status, 200);
  });
});

test('limits.hubResponseTimeout: a hub that does not answer is 504, and the connection stays', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, { limits: { hubResponseTimeoutMs: 100 } }, async house => {
    const answers = await rawRequest({ port: house.port, bytes: get.repeat(2), responses: 2 });
    t.equal(answers.length, 2);
    for (const answer of answers) assertRefused(t, answer, 'hub-timeout');
    t.equal(hub.received().match(/GET \//g)?.length, 2, 'nothing is asked twice');
    await until(() => hub.sockets.every(({ destroyed }) => destroyed));
  });
});

/** Listens, accepts nobody, and has no room for another who waits. */
async function fullListener(t: Test): Promise<number> {
  const script =
    "const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => { process.stdout.write(String(s.address().port)); process.kill(process.pid, 'SIGSTOP'); });";
  const child = spawnOutsideTap(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const [port] = (await once(child.stdout ?? child, 'data')) as [Buffer];
  const waiting = Array.from({ length: 4 }, () => connect(Number(port), '127.0.0.1').on('error', () => undefined));
  t.teardown(() => waiting.forEach(socket => void socket.destroy()));
  await Promise.all(waiting.slice(0, 2).map(socket => once(socket, 'connect')));
  return Number(port);
}

test('limits.hubConnectTimeout: a hub that takes no connection is 502, and the connection stays', async t => {
  const house = await openHouse({ hub: await fullListener(t), limits: { hubConnectTimeoutMs: 100 } });
  const answers = await rawRequest({ port: house.port, bytes: get.repeat(2), responses: 2 });
  t.equal(answers.length, 2);
  for (const answer of answers) assertRefused(t, answer, 'hub-unreachable');
  t.match(house.records[0]?.refusal, { detail: 'ETIMEDOUT' });
  await house.close();
});

test('no key is without a proof, and those elsewhere are where they are said to be', async t => {
  const source = readFileSync(import.meta.filename, 'utf8');
  for (const key of Object.keys(testLimits) as Key[]) {
    const isHere = source.includes(`test('limits.${key.replace(/Ms$/, '')}`) || edges.some(edge => edge.key === key);
    const there = elsewhere[key] ?? [];
    t.ok(isHere || there.length > 0, key);
    for (const [file, title] of there)
      t.ok(readFileSync(join(checkoutRoot, file), 'utf8').includes(title), `${key}: ${title}`);
  }
});
