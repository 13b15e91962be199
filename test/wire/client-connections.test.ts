/** Clients' connections without doors behind them: what becomes of an answer that nobody takes. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Test, test } from 'tap';
import { openDeadlines } from '../../src/wire/deadlines.ts';
import { openClientConnections } from '../../src/wire/downstream/client-connections.ts';
import type { FrontHandlers } from '../../src/wire/downstream/exchange.ts';
import { HeadReader } from '../../src/wire/downstream/head-reader.ts';

/** More than the kernel takes on behalf of a client that does not read. */
const large = Buffer.alloc(32 * 1024 * 1024);

/** No more than it takes. */
const small = Buffer.alloc(512 * 1024);

/** Answers at once and whole, whatever has room. */
function answering(body: Buffer): FrontHandlers {
  return {
    isTrusted: () => true,
    answerBroken: () => '',
    serve(exchange) {
      exchange.listen({ broken: () => undefined, drained: () => undefined });
      exchange.start({ status: 200, phrase: 'OK', fields: [['Content-Length', String(body.length)]], closes: false });
      exchange.write(body, null);
      exchange.finish();
    },
  };
}

const times = { headerTimeoutMs: 10_000, idleTimeoutMs: 40, stallMs: 200 };

/** A client that has sent a head and does not read, and the gate's end of its connection. */
async function silentClient(
  t: Test,
  body: Buffer,
  head: string,
): Promise<{ readonly socket: Socket; readonly served: Socket }> {
  const deadlines = openDeadlines(times.idleTimeoutMs);
  const around = { handlers: answering(body), deadlines, heads: new HeadReader(4096), ...times };
  const connections = openClientConnections({ connections: 0, connectionsPerAddress: 0 }, around);
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined).write(head);
  const [served] = (await once(server, 'connection')) as [Socket];
  connections.enter(served, served, {
    kind: 'ip',
    address: { kind: 'ipv4', text: '127.0.0.1', bytes: [127, 0, 0, 1] },
  });
  t.teardown(() => {
    socket.destroy();
    deadlines.stop();
    server.close();
  });
  return { socket, served };
}

test('a client that never takes the end of its answer is cut after the idle time and the stall time', async t => {
  const { socket, served } = await silentClient(t, large, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(served, 'close');
  await new Promise(resolve => socket.once('close', resolve).resume());
  t.ok(socket.bytesRead < large.length, `${socket.bytesRead} bytes came`);
});

test('an answer that the kernel has taken is not cut, however late its client reads it', async t => {
  const head = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  const { socket, served } = await silentClient(t, small, head);
  await once(served, 'close');
  await once(socket.resume(), 'end');
  t.ok(socket.bytesRead > small.length, `${socket.bytesRead} bytes came`);
});
