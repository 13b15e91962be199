/** The raw client against bytes that a server of its own sends: what it says must be what stood on the wire. */
import { type AddressInfo, createServer, type Server } from 'node:net';
import { type Test, test } from 'tap';
import { fieldValues, type RawRequest, rawRequest } from './raw-client.ts';

type Shown = { status: number; reason: string; body: string; complete: boolean; closed: boolean };

type Row = { title: string; sent: string; closes: boolean; request?: Partial<RawRequest>; expected: Shown[] };

const ok = { status: 200, reason: 'OK', complete: true, closed: false };

const rows: Row[] = [
  {
    title: 'reads as many bytes as Content-Length says, as latin1',
    sent: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\x00é\xff',
    closes: false,
    expected: [{ ...ok, body: '\x00é\xff' }],
  },
  {
    title: 'takes the chunked coding and its trailers off',
    sent: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n',
    closes: false,
    expected: [{ ...ok, body: 'abc0123456789' }],
  },
  {
    title: 'shows interim responses before the final one',
    sent: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    closes: false,
    expected: [
      { ...ok, status: 100, reason: 'Continue', body: '' },
      { ...ok, status: 103, reason: 'Early Hints', body: '' },
      { ...ok, body: '' },
    ],
  },
  {
    title: 'a response to HEAD has no body',
    sent: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n',
    closes: false,
    request: { head: true },
    expected: [{ ...ok, body: '' }],
  },
  {
    title: 'reads several responses',
    sent: 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 204 No Content\r\n\r\n',
    closes: false,
    request: { responses: 2 },
    expected: [
      { ...ok, body: 'a' },
      { ...ok, status: 204, reason: 'No Content', body: '' },
    ],
  },
  {
    title: 'a body without a length ends with the connection',
    sent: 'HTTP/1.1 200 OK\r\n\r\nall of it',
    closes: true,
    expected: [{ ...ok, body: 'all of it', closed: true }],
  },
  {
    title: 'a body that is cut short is not complete',
    sent: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome',
    closes: true,
    expected: [{ ...ok, body: 'some', complete: false, closed: true }],
  },
  {
    title: 'waits for the close that was announced',
    sent: 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    closes: true,
    expected: [{ status: 400, reason: 'Bad Request', body: '', complete: true, closed: true }],
  },
  {
    title: 'shows what follows a response that should have been the last',
    sent: 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    closes: true,
    request: { untilClosed: true },
    expected: [
      { status: 400, reason: 'Bad Request', body: '', complete: true, closed: false },
      { ...ok, body: '', closed: true },
    ],
  },
  { title: 'a connection closed without a byte is no response', sent: '', closes: true, expected: [] },
];

for (const { title, sent, closes, request, expected } of rows) {
  test(title, async t => {
    const { port } = await serverSending(t, sent, closes);
    const responses = await rawRequest({ port, bytes: 'GET / HTTP/1.1\r\n\r\n', ...request });
    const shown = responses.map(({ status, reason, body, complete, closed }) => ({
      status,
      reason,
      body: body.toString('latin1'),
      complete,
      closed,
    }));
    t.strictSame(shown, expected);
    t.equal(Buffer.concat(responses.map(({ raw }) => raw)).toString('latin1'), sent, 'every byte is in raw');
  });
}

test('field values keep their order and their bytes', async t => {
  const { port } = await serverSending(
    t,
    'HTTP/1.1 200 OK\r\nA: \xe9\r\nb: 1\r\na:2 \r\nContent-Length: 0\r\n\r\n',
    false,
  );
  const [response] = await rawRequest({ port, bytes: '\r\n' });
  t.strictSame(fieldValues(response ?? { fields: [] }, 'A'), ['\xe9', '2']);
});

test('a server that does not answer is told with what came', async t => {
  const { port } = await serverSending(t, 'HTTP/1.1 200 OK\r\nConte', false);
  await t.rejects(rawRequest({ port, bytes: '\r\n', deadlineMs: 200 }), { message: /22 bytes came.*Conte/ });
});

test('a port without a server rejects', async t => {
  const { port, server } = await serverSending(t, '', true);
  await new Promise(resolve => server.close(resolve));
  await t.rejects(rawRequest({ port, bytes: '' }), { code: 'ECONNREFUSED' });
});

/** Sends the same bytes on every connection once it has received something. */
async function serverSending(t: Test, sent: string, closes: boolean): Promise<{ port: number; server: Server }> {
  const server = createServer(socket => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      if (closes) socket.end(sent, 'latin1');
      else socket.write(sent, 'latin1');
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port }: AddressInfo = addressOf(server);
  return { port, server };
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  return address;
}
