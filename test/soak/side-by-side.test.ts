/** Slow and fast clients at once: large bodies both ways arrive as they were, and nobody waits for anybody else. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'tap';
import { ResponseReader } from '../clients/response-reader.ts';
import { residentMemory } from '../gates/gate-process.ts';
import { labConfig, makeLab, publicHost, type Teardown } from '../gates/lab.ts';
import { contentStream, hashOf, hashOfStream, pieces } from './content.ts';
import { startInspectedGate } from './inspected-gate.ts';

const mebibyte = 1024 * 1024;
const bodyBytes = 64 * mebibyte;
const pipelined = 8;
const pipelining = 4;

/** A slow client goes on by so much when others have been answered. */
const stepBytes = 128 * 1024;

/** No body is held: all streams together take far less than the 512 MiB that pass, garbage included. */
const mostGrowth = 128 * mebibyte;

type Bulk = { readonly way: 'up' | 'down'; readonly framing: 'length' | 'chunked'; readonly slow: boolean };

const bulks: readonly Bulk[] = (['up', 'down'] as const).flatMap(way =>
  (['length', 'chunked'] as const).flatMap(framing => [true, false].map(slow => ({ way, framing, slow }))),
);

/** Answers with the body that the query names, or with the hash of the one that came. */
async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const query = new URL(incoming.url ?? '/', 'http://hub').searchParams;
  const size = Number(query.get('size'));
  if (query.has('up')) outgoing.end(await hashOfStream(incoming));
  else {
    if (query.get('framing') === 'length') outgoing.setHeader('Content-Length', size);
    contentStream(query.get('name') ?? '', size).pipe(outgoing);
  }
}

async function startBodyHub(t: Teardown): Promise<string> {
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Wakes the slow ones each time that somebody else was served. */
class Beat {
  #next = Promise.withResolvers<void>();

  now(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers<void>();
  }

  next(): Promise<void> {
    return this.#next.promise;
  }
}

/** The same parts, one step for each beat. */
async function* paced(parts: AsyncIterable<Buffer>, beat: Beat | null): AsyncGenerator<Buffer> {
  let sinceBeat = 0;
  for await (const part of parts) {
    yield part;
    sinceBeat += part.length;
    if (beat === null || sinceBeat < stepBytes) continue;
    sinceBeat = 0;
    await beat.next();
  }
}

type World = { readonly port: number; readonly headers: Readonly<Record<string, string>>; readonly beat: Beat };

/** Gives the hash of the body at its other end. */
async function carry({ way, framing, slow }: Bulk, name: string, world: World): Promise<string> {
  const { port, headers, beat } = world;
  const pace = slow ? beat : null;
  const length = way === 'up' && framing === 'length' ? { 'Content-Length': bodyBytes } : {};
  const outgoing = request({
    host: '127.0.0.1',
    port,
    method: way === 'up' ? 'PUT' : 'GET',
    path: `/user/alice/x?${way}&name=${name}&size=${bodyBytes}&framing=${framing}`,
    headers: { ...headers, ...length },
  });
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  if (way === 'up') {
    for await (const part of paced(contentStream(name, bodyBytes), pace)) {
      if (!outgoing.write(part)) await once(outgoing, 'drain');
    }
  }
  outgoing.end();
  const [incoming] = await answered;
  if (way === 'down') return hashOfStream(paced(incoming, pace));
  let text = '';
  for await (const part of incoming) text += part;
  return text;
}

/** Pipelines small requests on one connection until told to stop; gives how many there were, and the answers that are not right. */
function pipeline(who: number, world: World, stopped: () => boolean): Promise<{ sent: number; wrong: string[] }> {
  const { port, headers, beat } = world;
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const socket = connect(port, '127.0.0.1');
  const reader = new ResponseReader(false);
  let sent = 0;
  const sendSome = (): void => {
    const names = Array.from({ length: pipelined }, (_, at) => `small-${who}-${sent + at}`);
    socket.write(
      names.map(name => `GET /user/alice/x?down&name=${name}&size=100 HTTP/1.1\r\n${fields.join('')}\r\n`).join(''),
    );
    sent += pipelined;
  };
  return new Promise((resolve, reject) => {
    socket.on('error', reject).on('close', () => reject(new Error('the gate closed')));
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk);
      if (reader.finalCount() < sent) return;
      beat.now();
      if (!stopped()) {
        sendSome();
        return;
      }
      socket.destroy();
      const wrong = reader
        .finish(false)
        .map(({ status, body }, at) =>
          hashOf([body]) === hashOf(pieces(`small-${who}-${at}`, 100)) ? '' : `${who}-${at}: ${status} ${String(body)}`,
        );
      resolve({ sent, wrong: wrong.filter(each => each !== '') });
    });
    sendSome();
  });
}

test('eight bodies of 64 MiB, slow and fast, while others pipeline on the same gate', async t => {
  const lab = makeLab(t);
  const config = labConfig({
    url: await startBodyHub(t),
    authenticator: 'jhub_remote_user_authenticator.RemoteUserAuthenticator',
  });
  const gate = await startInspectedGate(t, lab.write('proxy.yaml', config));
  const headers = { Host: publicHost, Authorization: `Bearer ${lab.token('alice')}` };
  const world: World = { port: await gate.port(), headers, beat: new Beat() };
  const before = residentMemory(gate.pid).now;
  let over = false;
  const small = Array.from({ length: pipelining }, (_, who) => pipeline(who, world, () => over));
  const hashes = await Promise.all(bulks.map((bulk, at) => carry(bulk, `bulk-${at}`, world)));
  over = true;
  for (const [at, { way, framing, slow }] of bulks.entries()) {
    const wanted = hashOf(pieces(`bulk-${at}`, bodyBytes));
    t.equal(hashes[at], wanted, `${slow ? 'slow' : 'fast'}, ${way}, ${framing}`);
  }
  const done = await Promise.all(small);
  t.strictSame(
    done.flatMap(({ wrong }) => wrong),
    [],
  );
  const sent = done.reduce((sum, each) => sum + each.sent, 0);
  t.ok(sent > (bodyBytes / stepBytes) * pipelined, `${sent} small requests were answered meanwhile`);
  const growth = residentMemory(gate.pid).peak - before;
  t.comment(`memory grew by ${Math.round(growth / mebibyte)} MiB at most`);
  t.ok(growth < mostGrowth, `memory grew by ${growth} bytes at most`);
});
