/** Clients' connections without doors behind them: what becomes of an answer that nobody takes. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'tap';
import { openDeadlines } from '../../src/wire/deadlines.ts';
import { openClientConnections } from '../../src/wire/downstream/client-connections.ts';
import type { FrontHandlers } from '../../src/wire/downstream/exchange.ts';

/** More than the kernel takes on behalf of a client that does not read. */
const large = Buffer.alloc(32 * 1024 * 1024);

/** Answers at once and whole, whatever has room. */
const handlers: FrontHandlers = {
  answerBroken: () => '',
  serve(exchange) {
    exchange.listen({ broken: () => undefined, drained: () => undefined });
    exchange.start({ status: 200, phrase: 'OK', fields: [['Content-Length', String(large.length)]], closes: false });
    exchange.write(large, null);
    exchange.finish();
  },
};

test('a client that never takes the end of its answer is cut after the idle time and the stall time', async t => {
  const times = { headerTimeoutMs: 10_000, idleTimeoutMs: 40, stallMs: 200 };
  const deadlines = openDeadlines(times.idleTimeoutMs);
  const connections = openClientConnections(0, { handlers, deadlines, headerBytes: 4096, ...times });
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined).write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const [served] = (await once(server, 'connection')) as [Socket];
  connections.enter(served, served, false);
  await once(served, 'close');
  await new Promise(resolve => socket.once('close', resolve).resume());
  t.ok(socket.bytesRead < large.length, `${socket.bytesRead} bytes came`);
  deadlines.stop();
  server.close();
});
