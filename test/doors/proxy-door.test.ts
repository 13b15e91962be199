/** The HTTP door on real sockets: what goes up, what comes back, and what is refused. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { fieldValues, rawRequest } from '../clients/raw-client.ts';
import type { RawResponse } from '../clients/response-reader.ts';
import { openHouse, openSocketHub, proof, scriptedHub, within } from './door-house.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Below the 107 bytes that a socket's path may have. */
function socketPath(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'gate-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return join(folder, 'gate.sock');
}

function reasonIn(response: RawResponse | undefined): string {
  return (JSON.parse(response?.body.toString() ?? '{}') as { reason?: string }).reason ?? '';
}

const get = (target: string, more = ''): string =>
  `GET ${target} HTTP/1.1\r\nHost: hub.example.org\r\n${proof}${more}\r\n`;

test('a request goes up once, rebuilt, with its path byte for byte and nothing of ours', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, {}, async house => {
    const [answer] = await rawRequest({
      port: house.port,
      bytes: get(
        '/user/a/%2e%2E/x%2Fy?q=%20',
        'X-A: \xe9\xff\x80\r\nx-a: two\r\nConnection: x-gone\r\nX-Gone: 1\r\nTE: gzip\r\n',
      ),
    });
    t.equal(answer?.status, 400, 'a path that leads elsewhere once decoded is not sent');
    const [second] = await rawRequest({
      port: house.port,
      bytes: get(
        '/user/a/x%2Fy?q=%20',
        'X-A: \xe9\xff\x80\r\nx-a: two\r\nConnection: x-gone\r\nX-Gone: 1\r\nTE: gzip\r\n',
      ),
    });
    t.equal(second?.body.toString(), 'ok');
    const lines = hub.received().split('\r\n');
    t.equal(lines[0], 'GET /user/a/x%2Fy?q=%20 HTTP/1.1');
    t.ok(
      lines.includes('X-A: \xe9\xff\x80') && lines.includes('x-a: two'),
      'latin-1 bytes, spelling and repetition stay',
    );
    t.notMatch(hub.received(), /x-gone|te: gzip|authorization|x-request-id|transfer-encoding|content-length/i);
    t.equal(lines.filter(line => /^host:/i.test(line)).length, 1);
    t.equal(house.records.length, 2);
    t.match(house.records[1], {
      user: 'alice',
      prover: 'test',
      placeClass: 'user',
      decision: 'forward',
      status: 200,
      complete: true,
      bytesDown: 2,
      method: 'GET',
      peer: '127.0.0.1',
      client: '127.0.0.1',
    });
    t.match(house.records[0], { decision: 'refuse', status: 400, refusal: { reason: 'request-ambiguous' } });
  });
});

test('the answer keeps bytes, repetition and order, and loses only hop-by-hop fields', async t => {
  const hub = await scriptedHub(
    'HTTP/1.1 200 Fine\r\nX-L: \x80\xe9\xff\r\nSet-Cookie: a=1; Path=/user/a/\r\nset-cookie: b=2; Path=/user/a/\r\nKeep-Alive: timeout=5\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nProxy-Authenticate: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n',
  );
  await within(hub, {}, async house => {
    const [answer] = await rawRequest({ port: house.port, bytes: get('/user/a/') });
    const own = (answer?.fields ?? []).filter(([name]) => !['Connection', 'Keep-Alive'].includes(name));
    t.same(own, [
      ['X-L', '\x80\xe9\xff'],
      ['Set-Cookie', 'a=1; Path=/user/a/'],
      ['set-cookie', 'b=2; Path=/user/a/'],
      ['Transfer-Encoding', 'chunked'],
    ]);
    t.equal(answer?.reason, 'Fine');
    t.equal(answer?.body.toString(), 'abc');
    t.notMatch(answer?.raw.toString('latin1'), /X-T|X-Hop/);
  });
});

const bodiless = [
  {
    title: 'HEAD keeps the Content-Length and has no body',
    method: 'HEAD',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n',
    status: 200,
    length: ['77'],
  },
  { title: '204 has neither', method: 'GET', answer: 'HTTP/1.1 204 No Content\r\n\r\n', status: 204, length: [] },
  {
    title: '304 keeps its fields and has no body',
    method: 'GET',
    answer: 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n',
    status: 304,
    length: [],
  },
];

for (const { title, method, answer, status, length } of bodiless) {
  test(title, async t => {
    const hub = await scriptedHub(answer);
    await within(hub, {}, async house => {
      const bytes = get('/user/a/').replace('GET', method);
      const [first, second] = await rawRequest({
        port: house.port,
        bytes: bytes + bytes,
        responses: 2,
        head: method === 'HEAD',
      });
      t.equal(first?.status, status);
      t.same(fieldValues(first ?? { fields: [] }, 'content-length'), length);
      t.same(fieldValues(first ?? { fields: [] }, 'transfer-encoding'), []);
      t.equal(second?.status, status, 'and the connection goes on');
    });
  });
}

const lies = [
  { title: 'two Content-Lengths', answer: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok' },
  {
    title: 'Content-Length and Transfer-Encoding',
    answer: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  },
  { title: 'a status above 599', answer: 'HTTP/1.1 999 OK\r\nContent-Length: 2\r\n\r\nok' },
  { title: 'NUL in a value', answer: 'HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 2\r\n\r\nok' },
  { title: 'obs-fold', answer: 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok' },
  {
    title: 'a storm of interim answers',
    answer: `${'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(40)}${ok}`,
  },
  { title: 'bytes that are no answer', answer: 'SSH-2.0-OpenSSH_9.2\r\n\r\n' },
  {
    title: '101 to a plain request',
    answer: 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  },
  { title: '101 without Upgrade', answer: 'HTTP/1.1 101 Switching Protocols\r\n\r\n' },
  { title: '100 that nobody asked for', answer: `HTTP/1.1 100 Continue\r\n\r\n${ok}` },
  { title: 'CR in a value', answer: 'HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 2\r\n\r\nok' },
  { title: 'LF in a value', answer: 'HTTP/1.1 200 OK\r\nX: a\nb: c\r\nContent-Length: 2\r\n\r\nok' },
];

for (const { title, answer } of lies) {
  test(`R5: ${title} in the hub's answer is 502 and never relayed`, async t => {
    const hub = await scriptedHub(answer);
    await within(hub, {}, async house => {
      const got = (await rawRequest({ port: house.port, bytes: get('/user/a/') })).at(-1);
      t.equal(got?.status, 502);
      t.equal(reasonIn(got), 'hub-answer-invalid');
      t.equal(house.records.length, 1);
    });
  });
}

test('interim answers of the hub are relayed before the final one, filtered as it is, but not to HTTP/1.0', async t => {
  const early =
    'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\nX-Accel-Redirect: /x\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n';
  const hub = await scriptedHub(`${early}${ok}`);
  await within(hub, {}, async house => {
    const answers = await rawRequest({ port: house.port, bytes: get('/user/a/') });
    t.same(
      answers.map(({ status, fields }) => [status, fields]),
      [
        [103, [['Link', '</x>']]],
        [200, [['Content-Length', '2']]],
      ],
    );
    const old = await rawRequest({ port: house.port, bytes: get('/user/a/').replace('HTTP/1.1', 'HTTP/1.0') });
    t.same(
      old.map(({ status }) => status),
      [200],
    );
  });
});

test('the connection to client and hub is kept for the next request', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, {}, async house => {
    for (const target of ['/user/a/1', '/user/a/2', '/user/a/3']) {
      const bytes = get(target) + get(target);
      const answers = await rawRequest({ port: house.port, bytes, responses: 2 });
      t.same(
        answers.map(({ status }) => status),
        [200, 200],
      );
    }
    t.ok(hub.sockets.length < 3, 'six requests, two connections at most');
  });
});

test('what stands behind a request that closes is never served', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, {}, async house => {
    const bad = `GET /user/a/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n${proof}\r\n`;
    const answers = await rawRequest({ port: house.port, bytes: bad + get('/user/a/'), untilClosed: true });
    t.same(
      answers.map(({ status }) => status),
      [400],
    );
    t.equal(reasonIn(answers[0]), 'request-ambiguous');
    t.equal(hub.received(), '', 'and nothing went to the hub');
  });
});

const broken = [
  { title: 'a request line that is none', bytes: 'HELLO\r\n\r\n', status: 400, reason: 'request-ambiguous' },
  { title: 'an HTTP/2 preface', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', status: 400, reason: 'request-ambiguous' },
  {
    title: 'HTTP/2.0 in a request line',
    bytes: 'GET / HTTP/2.0\r\nHost: a\r\n\r\n',
    status: 400,
    reason: 'request-ambiguous',
  },
  {
    title: 'P6: Content-Length with Transfer-Encoding',
    bytes: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    status: 400,
    reason: 'request-ambiguous',
  },
  {
    title: 'P6: HTTP/1.0 with Transfer-Encoding',
    bytes: 'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    status: 400,
    reason: 'request-ambiguous',
  },
  { title: 'no Host', bytes: 'GET / HTTP/1.1\r\n\r\n', status: 400, reason: 'request-ambiguous' },
  {
    title: 'fields beyond all limits',
    bytes: `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`,
    status: 431,
    reason: 'headers-too-large',
  },
  {
    title: 'fields beyond limits.headerBytes',
    bytes: `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`,
    status: 431,
    reason: 'headers-too-large',
  },
  {
    title: 'thousands of fields (node drops those beyond 2000)',
    bytes: `GET / HTTP/1.1\r\nHost: a\r\n${'a:b\r\n'.repeat(2500)}Remote-User: root\r\n\r\n`,
    status: 431,
    reason: 'headers-too-large',
  },
  { title: 'CONNECT', bytes: 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', status: 405, reason: 'method-refused' },
  { title: 'TRACE', bytes: 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', status: 405, reason: 'method-refused' },
  {
    title: 'P8: Upgrade: h2c',
    bytes: 'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n',
    status: 501,
    reason: 'upgrade-unsupported',
  },
  {
    title: 'an expectation that is not 100-continue',
    bytes: 'POST / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nContent-Length: 0\r\n\r\n',
    status: 400,
    reason: 'request-ambiguous',
  },
];

for (const { title, bytes, status, reason } of broken) {
  test(`${title}: a real answer, ${status} ${reason}, then closed`, async t => {
    const hub = await scriptedHub(ok);
    await within(hub, {}, async house => {
      const [answer, ...more] = await rawRequest({ port: house.port, bytes, untilClosed: true });
      t.equal(answer?.status, status);
      t.equal(reasonIn(answer), reason);
      t.ok(answer?.closed);
      t.same(more, []);
      t.equal(hub.received(), '');
      t.same(
        house.records.map(record => record.refusal?.reason),
        [reason],
      );
      t.equal(new Set(house.records.map(record => record.requestId)).size, 1);
    });
  });
}

test('a method that not every parser knows is refused in words, as JSON whatever the client prefers', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, {}, async house => {
    const bytes = get('/hub/home', 'Accept: text/html\r\n').replace('GET', 'FOO');
    const [answer] = await rawRequest({ port: house.port, bytes, untilClosed: true });
    t.equal(answer?.status, 400);
    t.same(fieldValues(answer ?? { fields: [] }, 'content-type'), ['application/problem+json']);
    t.match(JSON.parse(answer?.body.toString() ?? ''), {
      reason: 'request-ambiguous',
      detail: /\(a method that this transport does not know\)$/,
    });
    t.match(house.records, [{ method: '', refusal: { detail: 'a method that this transport does not know' } }]);
  });
});

test('a hub that refuses connections is 502, and is asked once', async t => {
  const hub = await scriptedHub(ok);
  const house = await openHouse({ hub: hub.port });
  await hub.close();
  const [answer] = await rawRequest({ port: house.port, bytes: get('/user/a/') });
  t.equal(answer?.status, 502);
  t.equal(reasonIn(answer), 'hub-unreachable');
  await house.close();
});

test('a hub that goes before its answer is 502, and nothing is sent again', async t => {
  const hub = await openSocketHub(socket => socket.once('data', () => socket.resetAndDestroy()));
  await within(hub, {}, async house => {
    const [answer] = await rawRequest({ port: house.port, bytes: get('/user/a/') });
    t.equal(answer?.status, 502);
    t.equal(hub.received().match(/GET \//g)?.length, 1);
    t.equal(hub.sockets.length, 1);
  });
});

const cutShort = [
  { title: 'within its Content-Length', answer: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc' },
  { title: 'within a chunk', answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nabc' },
  {
    title: 'between chunks',
    answer: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
  },
];

for (const { title, answer } of cutShort) {
  test(`an answer that breaks off ${title} is never a clean end`, async t => {
    const hub = await scriptedHub(answer, 'close');
    await within(hub, {}, async house => {
      const [got] = await rawRequest({ port: house.port, bytes: get('/user/a/'), untilClosed: true });
      t.not(got?.complete, true);
      await house.settled(1);
      t.match(house.records[0], { status: 200, complete: false, refusal: { reason: 'hub-unreachable' } });
    });
  });
}

test('an answer that ends with its connection is relayed whole', async t => {
  const hub = await scriptedHub('HTTP/1.1 200 OK\r\n\r\nabc', 'close');
  await within(hub, {}, async house => {
    const [got] = await rawRequest({ port: house.port, bytes: get('/user/a/') });
    t.equal(got?.body.toString(), 'abc');
    t.ok(got?.complete);
  });
});

test('a gate that fails in a way nobody foresaw answers 500, once, and says nothing of it', async t => {
  const failing = {
    name: 'failing',
    prove: () => {
      throw new RangeError('secret');
    },
  };
  const hub = await scriptedHub(ok);
  await within(hub, { policy: { provers: [failing] } }, async house => {
    const upgrade = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n';
    for (const more of ['', `${upgrade}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`]) {
      const [answer] = await rawRequest({ port: house.port, bytes: get('/user/a/', more), untilClosed: true });
      t.equal(answer?.status, 500);
      t.equal(reasonIn(answer), 'internal-error');
      t.notMatch(answer?.raw.toString(), /secret/);
    }
    t.equal(hub.received(), '');
    t.equal(house.records.length, 2);
  });
});

test('a Unix socket serves, and its peer has no address', async t => {
  const path = socketPath(t);
  const hub = await scriptedHub(ok);
  await within(hub, { listen: [{ kind: 'unix', path }] }, async house => {
    const [answer] = await rawRequest({ path, bytes: get('/user/a/') });
    t.equal(answer?.status, 200);
    t.match(house.records[0], { peer: 'unix', client: undefined });
  });
});

test('a socket file that nobody listens on any more is taken over, one that serves is not', async t => {
  const path = socketPath(t);
  const abandon = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', abandon]);
  const hub = await scriptedHub(ok);
  await within(hub, { listen: [{ kind: 'unix', path }] }, async () => {
    const again = openHouse({ hub: hub.port, listen: [{ kind: 'unix', path }] });
    await t.rejects(again, { message: `can not listen on unix:${path}: EADDRINUSE` });
    const [answer] = await rawRequest({ path, bytes: get('/user/a/') });
    t.equal(answer?.status, 200);
  });
});

test('a Unix socket in a folder that is not there is an error that says so', async t => {
  const folder = `${socketPath(t)}.none`;
  const opening = openHouse({ hub: 1, listen: [{ kind: 'unix', path: `${folder}/x.sock` }] });
  await t.rejects(opening, {
    message: `can not listen on unix:${folder}/x.sock: the folder ${folder} does not exist`,
  });
});

test('an address that is taken is an error that names it and the code', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, {}, async house => {
    const taken = { kind: 'tcp', host: '127.0.0.1', port: house.port } as const;
    await t.rejects(openHouse({ hub: hub.port, listen: [taken] }), {
      message: `can not listen on 127.0.0.1:${house.port}: EADDRINUSE`,
    });
  });
});
