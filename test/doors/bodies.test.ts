/** Bodies through the HTTP door: streamed both ways in bounded memory, measured where they must be, cut when somebody goes. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { test } from 'tap';
import { rawRequest } from '../clients/raw-client.ts';
import { openSocketHub, proof, type SocketHub, scriptedHub, until, within } from './door-house.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const tick = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

const post = (more: string, method = 'POST'): string =>
  `${method} /user/a/ HTTP/1.1\r\nHost: hub.example.org\r\n${proof}${more}\r\n`;

function bodyAtHub(hub: SocketHub): string {
  return hub.received().split('\r\n\r\n').slice(1).join('\r\n\r\n');
}

const plans = [
  {
    title: 'a length stays that length',
    bytes: `${post('Content-Length: 5\r\n')}hello`,
    framing: 'content-length: 5',
    body: 'hello',
  },
  { title: 'an empty POST says so', bytes: post('Content-Length: 0\r\n'), framing: 'content-length: 0', body: '' },
  {
    title: 'P14: a chunked DELETE goes with its exact length',
    bytes: `${post('Transfer-Encoding: chunked\r\n', 'DELETE')}5\r\nhello\r\n0\r\n\r\n`,
    framing: 'content-length: 5',
    body: 'hello',
  },
  {
    title: 'P14: a DELETE with a length keeps it',
    bytes: `${post('Content-Length: 5\r\n', 'DELETE')}hello`,
    framing: 'content-length: 5',
    body: 'hello',
  },
  {
    title: 'P14: an empty chunked OPTIONS has no body',
    bytes: `${post('Transfer-Encoding: chunked\r\n', 'OPTIONS')}0\r\n\r\n`,
    framing: '',
    body: '',
  },
];

for (const { title, bytes, framing, body } of plans) {
  test(title, async t => {
    const hub = await scriptedHub(ok);
    await within(hub, {}, async house => {
      const [answer] = await rawRequest({ port: house.port, bytes });
      t.equal(answer?.status, 200);
      const lines = hub.received().toLowerCase().split('\r\n');
      t.same(
        lines.filter(line => /^(content-length|transfer-encoding):/.test(line)),
        framing === '' ? [] : [framing],
      );
      await until(() => bodyAtHub(hub).length >= body.length);
      t.equal(bodyAtHub(hub), body);
    });
  });
}

test('chunked goes chunked, as it comes, without extensions and trailers', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, {}, async house => {
    const socket = connect(house.port, '127.0.0.1');
    socket.write(post('Transfer-Encoding: chunked\r\n'));
    socket.write('5;x=y\r\nhello\r\n');
    await until(() => bodyAtHub(hub).startsWith('5\r\nhello'));
    t.match(hub.received(), /\r\ntransfer-encoding: chunked\r\n/i);
    t.notMatch(hub.received(), /content-length/i);
    socket.write('0\r\nX-T: 1\r\n\r\n');
    await until(() => bodyAtHub(hub).endsWith('0\r\n\r\n'));
    t.equal(bodyAtHub(hub), '5\r\nhello\r\n0\r\n\r\n');
    socket.destroy();
  });
});

test('chunks that come together go up as one, or a flood of small ones would cost more to send than to make', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, {}, async house => {
    const socket = connect(house.port, '127.0.0.1');
    socket.write(`${post('Transfer-Encoding: chunked\r\n')}${'1\r\nx\r\n'.repeat(1000)}0\r\n\r\n`);
    await until(() => bodyAtHub(hub).endsWith('\r\n0\r\n\r\n'));
    const body = bodyAtHub(hub);
    t.equal(body.match(/x/g)?.length, 1000);
    t.ok(body.length < 1100, `${body.length} bytes`);
    socket.destroy();
  });
});

test('P14: a chunked DELETE that comes slowly is waited for, and goes with its exact length', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, {}, async house => {
    const socket = connect(house.port, '127.0.0.1');
    socket.write(post('Transfer-Encoding: chunked\r\n', 'DELETE'));
    for (const part of ['5\r\nhel', 'lo\r\n', '0\r\n', '\r\n']) {
      for (let turn = 0; turn < 20; turn += 1) await tick();
      t.equal(hub.received(), '');
      socket.write(part);
    }
    await once(socket, 'data');
    t.match(hub.received(), /content-length: 5\r\n\r\nhello$/i);
    t.notMatch(hub.received(), /chunked/i);
    socket.destroy();
  });
});

const refused = [
  {
    title: 'P14: a large DELETE with a length',
    bytes: post('Content-Length: 70000\r\n', 'DELETE'),
    status: 413,
  },
  {
    title: 'P14: a large chunked DELETE',
    bytes: `${post('Transfer-Encoding: chunked\r\n', 'DELETE')}11170\r\n${'x'.repeat(70_000)}\r\n0\r\n\r\n`,
    status: 411,
  },
  {
    title: 'a chunk that is none',
    bytes: `${post('Transfer-Encoding: chunked\r\n')}5\r\nhello\r\nZZ\r\n`,
    status: 400,
  },
];

for (const { title, bytes, status } of refused) {
  test(`${title} is ${status}, and the hub never has a whole request`, async t => {
    const hub = await openSocketHub(socket => void socket.resume());
    await within(hub, {}, async house => {
      const [answer] = await rawRequest({ port: house.port, bytes, untilClosed: true });
      t.equal(answer?.status, status);
      t.ok(answer?.closed);
      t.notMatch(hub.received(), /\r\n0\r\n\r\n$/);
      t.equal(house.records.length, 1);
    });
  });
}

test('a large body that nobody wants does not take the refusal with it', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, { limits: { bodyBytes: 10 } }, async house => {
    const size = 4 * 1024 * 1024;
    const bytes = Buffer.concat([Buffer.from(post(`Content-Length: ${size}\r\n`)), Buffer.alloc(size)]);
    const [answer] = await rawRequest({ port: house.port, bytes, untilClosed: true });
    t.equal(answer?.status, 413);
    t.equal(hub.received(), '');
  });
});

test('100 Continue is sent after the decision, and only when it is yes', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, {}, async house => {
    const socket = connect(house.port, '127.0.0.1');
    socket.write(post('Expect: 100-continue\r\nContent-Length: 5\r\n'));
    const [interim] = (await once(socket, 'data')) as [Buffer];
    t.match(interim.toString(), /^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    socket.write('hello');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    t.match(answer.toString(), /^HTTP\/1\.1 200 OK/);
    t.notMatch(hub.received(), /expect/i);
    socket.destroy();
    const bytes = post('Expect: 100-continue\r\nContent-Length: 5\r\n').replace(proof, '');
    const answers = await rawRequest({ port: house.port, bytes });
    t.same(
      answers.map(({ status }) => status),
      [401],
    );
  });
});

test('latin-1 fields are flushed with the head, before the first byte of the body (event streams)', async t => {
  const hub = await scriptedHub(
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-L: \x80\xe9\xff\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  await within(hub, {}, async house => {
    const socket = connect(house.port, '127.0.0.1');
    socket.write(post('', 'GET'));
    const [head] = (await once(socket, 'data')) as [Buffer];
    t.match(head.toString('latin1'), /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/event-stream\r\nX-L: \x80\xe9\xff\r\n/);
    hub.sockets[0]?.write('6\r\ndata:1\r\n');
    const [event] = (await once(socket, 'data')) as [Buffer];
    t.match(event.toString(), /data:1/);
    socket.destroy();
  });
});

/** An http server that hashes what it gets, or sends so many zeros. */
function bulkHub(): Server {
  return createServer(async (incoming: IncomingMessage, response: ServerResponse) => {
    if (incoming.method === 'PUT') {
      const hash = createHash('sha256');
      await pipeline(incoming, hash);
      response.end(hash.digest('hex'));
      return;
    }
    await pipeline(zeros, response);
  });
}

const total = 256 * 1024 * 1024;

/** Far above what the kernel and all buffers hold. */
const aLot = 64 * 1024 * 1024;

function* zeros(): Generator<Buffer> {
  const block = Buffer.alloc(256 * 1024);
  for (let sent = 0; sent < total; sent += block.length) yield block;
}

const zerosHash = (): string => {
  const hash = createHash('sha256');
  for (const block of zeros()) hash.update(block);
  return hash.digest('hex');
};

test('256 MiB go up and 256 MiB come down, whole, and no body is held', async t => {
  const hub = await openSocketHub(bulkHub());
  await within(hub, {}, async house => {
    const headers = { Host: 'hub.example.org', Authorization: 'Bearer alice' };
    const expected = zerosHash();
    const up = request({ port: house.port, host: '127.0.0.1', method: 'PUT', path: '/user/a/', headers, agent: false });
    let most = 0;
    const sampler = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }, 5);
    const answered = once(up, 'response') as Promise<[IncomingMessage]>;
    await pipeline(zeros, up);
    const [uploaded] = await answered;
    t.equal((await uploaded.toArray()).join(''), expected);
    const down = request({ port: house.port, host: '127.0.0.1', path: '/user/a/', headers, agent: false }).end();
    const [downloading] = (await once(down, 'response')) as [IncomingMessage];
    const hash = createHash('sha256');
    await pipeline(downloading, hash);
    clearInterval(sampler);
    t.equal(hash.digest('hex'), expected);
    t.ok(most < total / 2, `${most} bytes of buffers at most`);
    t.same(
      house.records.map(({ bytesUp, bytesDown }) => [bytesUp, bytesDown]),
      [
        [total, 64],
        [0, total],
      ],
    );
  });
});

/** Writes until the socket has not taken anything for a while. */
async function fill(socket: Socket, chunk: Buffer): Promise<number> {
  let written = 0;
  for (let idle = 0; idle < 200; ) {
    if (socket.writableLength > chunk.length * 2) {
      idle += 1;
      await tick();
      continue;
    }
    idle = 0;
    written += chunk.length;
    socket.write(chunk);
    if (written > aLot) break;
  }
  return written;
}

test('a hub that does not read makes the client wait', async t => {
  const hub = await openSocketHub(socket => void socket.pause());
  await within(hub, {}, async house => {
    const socket = connect(house.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(post(`Content-Length: ${aLot * 2}\r\n`));
    t.ok((await fill(socket, Buffer.alloc(256 * 1024))) < aLot);
    socket.destroy();
  });
});

test('a client that does not read makes the hub wait', async t => {
  const hub = await scriptedHub(`HTTP/1.1 200 OK\r\nContent-Length: ${aLot * 2}\r\n\r\n`);
  await within(hub, {}, async house => {
    const socket = connect(house.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(post('', 'GET'));
    await once(socket, 'readable');
    const [upstream] = hub.sockets;
    if (upstream === undefined) throw new Error('the hub was not asked');
    t.ok((await fill(upstream, Buffer.alloc(256 * 1024))) < aLot);
    socket.destroy();
  });
});

const leaving = [
  { title: 'while the hub thinks', answer: '' },
  { title: 'in the middle of the answer', answer: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc' },
];

for (const { title, answer } of leaving) {
  test(`a client that goes ${title} ends the hub's request`, async t => {
    const hub = await openSocketHub(socket => void socket.once('data', () => socket.write(answer)));
    await within(hub, {}, async house => {
      const socket = connect(house.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(post('', 'GET'));
      await until(() => hub.received() !== '');
      if (answer !== '') await once(socket, 'data');
      const gone = once(hub.sockets[0] ?? socket, 'close');
      socket.destroy();
      await gone;
      await house.settled(1);
      t.match(house.records[0], { complete: false, decision: 'forward' });
    });
  });
}

test('a hub that resets in the middle of the answer, or of an upload, is seen by the client', async t => {
  const hub = await scriptedHub('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc', 'reset');
  await within(hub, {}, async house => {
    const [answer] = await rawRequest({ port: house.port, bytes: post('', 'GET'), untilClosed: true });
    t.not(answer?.complete, true);
  });
  const deaf = await openSocketHub(socket => void socket.once('data', () => socket.resetAndDestroy()));
  await within(deaf, {}, async house => {
    const [answer] = await rawRequest({ port: house.port, bytes: `${post('Content-Length: 100\r\n')}abc` });
    t.equal(answer?.status, 502);
  });
});

test('an answer before the end of the upload is relayed', async t => {
  const hub = await scriptedHub('HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno', 'close');
  await within(hub, {}, async house => {
    const [answer] = await rawRequest({ port: house.port, bytes: `${post('Content-Length: 100\r\n')}abc` });
    t.equal(answer?.status, 413);
    t.equal(answer?.body.toString(), 'no');
  });
});

test('an answer that breaks off is a reset to HTTP/1.0, where a close would be a clean end', async t => {
  const hub = await openSocketHub(socket => {
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'));
  });
  await within(hub, {}, async house => {
    const socket = connect(house.port, '127.0.0.1');
    socket.write(post('', 'GET').replace('HTTP/1.1', 'HTTP/1.0'));
    let got = '';
    socket.on('data', (chunk: Buffer) => {
      got += chunk.toString();
    });
    await until(() => got.endsWith('abc'));
    const failed = once(socket, 'error');
    hub.sockets[0]?.end();
    t.match(await once(socket, 'close').catch((error: unknown) => error), { code: 'ECONNRESET' });
    await failed.catch(() => undefined);
  });
});

test("memory of an upload that is given back as it is written is nobody else's", async t => {
  const hub = await openSocketHub(bulkHub());
  await within(hub, {}, async house => {
    const headers = { Host: 'hub.example.org', Authorization: 'Bearer alice' };
    const size = 16 * 1024 * 1024;
    const send = async (fill: number, chunked: boolean): Promise<void> => {
      const body = Buffer.alloc(size, `${fill}-pattern-of-its-own-`);
      const framing: Record<string, string> = chunked ? {} : { 'Content-Length': String(size) };
      const where = { port: house.port, host: '127.0.0.1', method: 'PUT', path: '/user/a/', agent: false };
      const up = request({ ...where, headers: { ...headers, ...framing } });
      const answered = once(up, 'response') as Promise<[IncomingMessage]>;
      up.end(body);
      const [answer] = await answered;
      t.equal((await answer.toArray()).join(''), createHash('sha256').update(body).digest('hex'));
    };
    await Promise.all([0, 1, 2, 3, 4, 5].map(each => send(each, each % 2 === 0)));
  });
});
