/** Heads that come in pieces: read as one, refused as soon as they can not become one, and never dear. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as tick } from 'node:timers/promises';
import { test } from 'tap';
import { rawRequest } from '../clients/raw-client.ts';
import { type House, proof, scriptedHub, until, within } from './door-house.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const head = `GET /user/a/ HTTP/1.1\r\nHost: hub.example.org\r\n${proof}X-A: b\r\n\r\n`;

/** Writes piece by piece, each in a segment of its own; gives all that came back. */
async function inPieces(house: House, pieces: Iterable<string>): Promise<string> {
  const socket = connect({ port: house.port, host: '127.0.0.1', noDelay: true });
  let got = '';
  socket
    .on('error', () => undefined)
    .on('data', chunk => {
      got += chunk.toString('latin1');
    });
  await once(socket, 'connect');
  for (const piece of pieces) {
    if (!socket.writable || got !== '') break;
    socket.write(Buffer.from(piece, 'latin1'));
    await tick();
    await tick();
  }
  await until(() => got !== '' || socket.destroyed);
  socket.destroy();
  return got;
}

test('a head byte by byte is one head, and a second one behind it too', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, {}, async house => {
    t.match(await inPieces(house, head), /^HTTP\/1\.1 200 OK/);
    t.equal(hub.received().match(/X-A: b\r\n/g)?.length, 1);
    const pieces = [head.slice(0, 30), head.slice(30) + head.slice(0, 20), head.slice(20)];
    t.match(await inPieces(house, pieces), /^HTTP\/1\.1 200 OK/);
  });
});

const stray = [
  { title: 'a bare LF at the end of a piece', pieces: ['GET / HTTP/1.1\r\nHost: a', '\n', 'X: y'] },
  { title: 'a CR at the end of a piece and no LF in the next', pieces: ['GET / HTTP/1.1\r', 'Host: a\r\n'] },
  { title: 'a NUL in the second piece', pieces: ['GET / HTTP/1.1\r\nX: ', 'a\0', 'b'] },
];

for (const { title, pieces } of stray) {
  test(`${title} is refused before the head is whole`, async t => {
    const hub = await scriptedHub(ok);
    await within(hub, {}, async house => {
      t.match(await inPieces(house, pieces), /^HTTP\/1\.1 400 /);
      t.match(house.records, [{ refusal: { reason: 'request-ambiguous' } }]);
    });
  });
}

test('a head without end in small pieces is 431, and costs what its bytes cost', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, {}, async house => {
    const begin = 'GET / HTTP/1.1\r\nHost: hub.example.org\r\nX: ';
    const pieces = [begin, ...new Array<string>(5000).fill('x'.repeat(8))];
    t.match(await inPieces(house, pieces), /^HTTP\/1\.1 431 /);
    const [answer] = await rawRequest({ port: house.port, bytes: head });
    t.equal(answer?.status, 200);
  });
});
