/** Connections to the hub: which one is used, how many there are, and when a request may be sent again. */
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'tap';
import { type HubClient, openHubClient } from '../../src/wire/upstream/hub-client.ts';
import type { AnswerSink, HubRequest } from '../../src/wire/upstream/hub-request.ts';
import { openSocketHub, proof, type SocketHub, until, within } from '../doors/door-house.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

function clientOf(hub: SocketHub, mostConnections?: number): HubClient {
  const address = { kind: 'tcp', host: '127.0.0.1', port: hub.port } as const;
  const times = { connectTimeoutMs: 5000, responseTimeoutMs: 5000 };
  return openHubClient({ address, ...times, ...(mostConnections === undefined ? {} : { mostConnections }) });
}

function requestTo(target: string): HubRequest {
  return { method: 'GET', target, fields: [['Host', 'a']], body: null, protocol: 'http' };
}

/** The body, or the reason of the failure. */
function outcome(client: HubClient, request: HubRequest): Promise<string> {
  return new Promise(resolve => {
    let body = '';
    const sink: AnswerSink = {
      interim: () => undefined,
      head: () => undefined,
      data(chunk) {
        body += chunk.toString();
        return true;
      },
      end: () => resolve(body),
      flush: () => undefined,
      room: () => undefined,
      failed: reason => resolve(reason),
      switched: () => resolve('switched'),
    };
    client.forward(request, sink);
  });
}

/** Answers each request with the number of its connection, when `gate` lets it. */
function numberingHub(held: Set<string>): Promise<SocketHub> {
  let connections = 0;
  return openSocketHub(socket => {
    const number = String(connections);
    connections += 1;
    let got = '';
    socket.on('data', async chunk => {
      got += chunk.toString();
      const target = /^GET (\S+) /.exec(got)?.[1] ?? '';
      if (!got.endsWith('\r\n\r\n')) return;
      got = '';
      await until(() => !held.has(target));
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${number.length}\r\n\r\n${number}`);
    });
  });
}

test('the connection that was used last is used first, so that the others can end', async t => {
  const held = new Set(['/a', '/b']);
  const hub = await numberingHub(held);
  const client = clientOf(hub);
  const [first, second] = [outcome(client, requestTo('/a')), outcome(client, requestTo('/b'))];
  held.delete('/b');
  const last = await second;
  held.delete('/a');
  const lastOfAll = await first;
  t.not(last, lastOfAll);
  for (let round = 0; round < 5; round += 1) t.equal(await outcome(client, requestTo('/c')), lastOfAll);
  await client.close();
  await hub.close();
});

test('a connection that has been idle for too long is not used, though nobody has come round to end it', async t => {
  const hub = await numberingHub(new Set());
  const client = clientOf(hub);
  t.equal(await outcome(client, requestTo('/a')), '0');
  const { now } = performance;
  performance.now = () => now.call(performance) + 4100;
  const late = outcome(client, requestTo('/b'));
  performance.now = now;
  t.equal(await late, '1');
  await client.close();
  await hub.close();
});

test('there are so many connections and no more; what comes beyond waits, and a request given up meanwhile is never sent', async t => {
  const held = new Set(['/a', '/b']);
  const hub = await numberingHub(held);
  const client = clientOf(hub, 2);
  const running = [outcome(client, requestTo('/a')), outcome(client, requestTo('/b'))];
  const waiting = outcome(client, requestTo('/c'));
  const silent: AnswerSink = {
    interim: () => undefined,
    head: () => t.fail('an answer to a request that was given up'),
    data: () => true,
    end: () => undefined,
    flush: () => undefined,
    room: () => undefined,
    failed: () => t.fail('told of a request that was given up'),
    switched: () => undefined,
  };
  client.forward(requestTo('/given-up'), silent).abort();
  await until(() => hub.received().includes('/a') && hub.received().includes('/b'));
  t.notMatch(hub.received(), /\/c|given-up/);
  held.clear();
  await Promise.all([...running, waiting]);
  t.equal(hub.sockets.length, 2);
  t.match(hub.received(), /\/c/);
  t.notMatch(hub.received(), /given-up/);
  await client.close();
  await hub.close();
});

const unusable = [
  { title: 'says Connection: close', answer: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok' },
  { title: 'is HTTP/1.0', answer: 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok' },
  { title: 'has bytes behind it', answer: `${ok}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil` },
];

for (const { title, answer } of unusable) {
  test(`a connection whose answer ${title} is not used again, and nothing of it reaches another request`, async t => {
    const hub = await openSocketHub(socket => void socket.on('data', () => socket.write(answer)));
    const client = clientOf(hub);
    for (let round = 1; round <= 3; round += 1) {
      t.equal(await outcome(client, requestTo('/')), 'ok');
      t.equal(hub.sockets.length, round);
    }
    await client.close();
    await hub.close();
  });
}

test('bytes that nobody asked for end an idle connection', async t => {
  const hub = await openSocketHub(socket => void socket.on('data', () => socket.write(ok)));
  const client = clientOf(hub);
  t.equal(await outcome(client, requestTo('/')), 'ok');
  const [idle] = hub.sockets;
  idle?.write('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n');
  await until(() => idle?.destroyed === true);
  t.equal(await outcome(client, requestTo('/')), 'ok');
  t.equal(hub.sockets.length, 2);
  await client.close();
  await hub.close();
});

const request = (method: string): string =>
  `${method} /user/a/ HTTP/1.1\r\nHost: hub.example.org\r\n${proof}${method === 'POST' ? 'Content-Length: 0\r\n' : ''}\r\n`;

/** Answers, and is told how the connection goes on. */
async function twoRequests(
  method: string,
  between: (hubSocket: Socket, second: () => void) => void,
): Promise<{ answers: string; connections: number; requests: number }> {
  const hub = await openSocketHub(socket => void socket.on('data', () => socket.write(ok)));
  let answers = '';
  await within(hub, {}, async house => {
    const client = connect(house.port, '127.0.0.1');
    client.on('data', (chunk: Buffer) => {
      answers += chunk.toString();
    });
    client.write(request(method));
    await until(() => answers.endsWith('ok'));
    const [upstream] = hub.sockets;
    if (upstream === undefined) throw new Error('the hub was not asked');
    between(upstream, () => client.write(request(method)));
    await until(() => (answers.match(/HTTP\/1\.1 (?:200|502)/g) ?? []).length === 2);
    client.destroy();
  });
  return {
    answers,
    connections: hub.sockets.length,
    requests: hub.received().match(/HTTP\/1\.1\r\n/g)?.length ?? 0,
  };
}

for (const method of ['GET', 'POST']) {
  test(`${method} on a connection that the hub had just closed goes on another, once`, async t => {
    // Both are in the kernel before the gate looks: this process is the hub, the client and the gate.
    const got = await twoRequests(method, (upstream, second) => {
      second();
      upstream.destroy();
      const settled = performance.now() + 20;
      while (performance.now() < settled);
    });
    t.match(got, { connections: 2, requests: 2 });
    t.equal(got.answers.match(/HTTP\/1\.1 200/g)?.length, 2);
  });
}

test('a request that the hub took and did not answer is not sent again, though its connection had been kept', async t => {
  let served = 0;
  const hub = await openSocketHub(socket => {
    socket.on('data', () => {
      served += 1;
      if (served === 1) socket.write(ok);
      else socket.destroy();
    });
  });
  const client = clientOf(hub);
  t.equal(await outcome(client, requestTo('/')), 'ok');
  t.equal(await outcome(client, requestTo('/')), 'hub-unreachable');
  t.equal(served, 2);
  await client.close();
  await hub.close();
});

test('a WebSocket takes no place of a request', async t => {
  const server = createServer(socket => {
    socket.on('error', () => undefined);
    socket.on('data', chunk =>
      socket.write(chunk.includes('Upgrade') ? 'HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno' : ok),
    );
  });
  const hub = await openSocketHub(server);
  const client = clientOf(hub, 1);
  const asked = { ...requestTo('/'), protocol: 'websocket' } as const;
  const [one, other, plain] = await Promise.all([
    outcome(client, asked),
    outcome(client, asked),
    outcome(client, requestTo('/')),
  ]);
  t.same([one, other, plain], ['no', 'no', 'ok']);
  t.equal(hub.sockets.length, 3);
  await client.close();
  await hub.close();
});

test('requests that were given up while they waited for a connection leave no trace', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  const client = clientOf(hub, 1);
  const running = outcome(client, requestTo('/'));
  const sink: AnswerSink = {
    interim: () => undefined,
    head: () => undefined,
    data: () => true,
    end: () => undefined,
    flush: () => undefined,
    room: () => undefined,
    failed: () => undefined,
    switched: () => undefined,
  };
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 20_000; count += 1) {
    const fields = [['Host', 'a'] as const, ['X-Large', `${count}`.padEnd(14_000)] as const];
    client.forward({ ...requestTo('/'), fields }, sink).abort();
  }
  const grown = process.memoryUsage().heapUsed - before;
  t.ok(grown < 128 * 1024 * 1024, `${grown} bytes for 280 MB of heads`);
  await client.close();
  await running;
  await hub.close();
});

test('a client that closes ends those that wait for a connection too', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  const client = clientOf(hub, 1);
  const asked = [outcome(client, requestTo('/a')), outcome(client, requestTo('/b'))];
  await until(() => hub.received() !== '');
  await client.close();
  t.same(await Promise.all(asked), ['hub-unreachable', 'hub-unreachable']);
  t.equal(hub.sockets.length, 1);
  await hub.close();
});
