/** limits.requestsPerUser and webSocketsPerUser: who counts for whom, and that every end of a request gives its place up. */
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { test } from 'tap';
import type { Policy, Prover } from '../../src/gate/policy.ts';
import { fieldValues, rawRequest } from '../clients/raw-client.ts';
import type { RawResponse } from '../clients/response-reader.ts';
import { type House, type HouseOptions, openSocketHub, proof, type SocketHub, until, within } from './door-house.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
const switching = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;

const head = (method: string, path: string, more = '', by = proof): string =>
  `${method} /user/a/${path} HTTP/1.1\r\nHost: hub.example.org\r\n${by}${more}\r\n`;
const free = head('GET', 'free');
const handshake = head(
  'GET',
  'held',
  `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`,
);

interface HoldingHub extends SocketHub {
  /** Connections with a request that waits for its answer. */
  readonly held: Socket[];
}

/** Answers what asks for `free`; whatever else comes is held. */
async function holdingHub(): Promise<HoldingHub> {
  const held: Socket[] = [];
  const hub = await openSocketHub(socket => {
    let pending = '';
    socket.on('data', (chunk: Buffer) => {
      pending += chunk.toString('latin1');
      if (!/^\w+ \/user\/a\/\w+ HTTP\/1\.1\r\n(?:.+\r\n)*\r\n/.test(pending)) return;
      if (pending.includes('/free ')) socket.write(ok);
      else if (!held.includes(socket)) held.push(socket);
      if (pending.includes('/free ')) pending = '';
    });
  });
  return Object.assign(hub, { held });
}

async function withHolding(
  options: Partial<HouseOptions>,
  use: (house: House, hub: HoldingHub) => Promise<void>,
): Promise<void> {
  const hub = await holdingHub();
  await within(hub, options, house => use(house, hub));
}

/** A client that has sent something, and what it got. */
function client(house: House, bytes: string): { readonly socket: Socket; readonly text: () => string } {
  const socket = connect(house.port, '127.0.0.1');
  let got = '';
  socket
    .on('error', () => undefined)
    .on('data', (chunk: Buffer) => {
      got += chunk.toString('latin1');
    });
  socket.write(Buffer.from(bytes, 'latin1'));
  return { socket, text: () => got };
}

async function ask(house: House, bytes: string): Promise<RawResponse> {
  const [answer] = await rawRequest({ port: house.port, bytes });
  if (answer === undefined) throw new Error('no answer');
  return answer;
}

/** Status and reason. */
function wordsOf(answer: RawResponse): string {
  const { status, body } = answer;
  return status === 200 ? '200' : `${status} ${JSON.parse(body.toString()).reason}`;
}

const askFor = async (house: House, bytes = free): Promise<string> => wordsOf(await ask(house, bytes));

const tooMany = '429 too-many-requests';

interface Ending {
  readonly title: string;
  readonly begin: string;
  readonly end: (client: Socket, hub: Socket | undefined) => unknown;
  readonly limits?: HouseOptions['limits'];
}

const post = (more: string, method = 'POST'): string => head(method, 'held', more);
const chunked = post('Transfer-Encoding: chunked\r\n');

const endings: readonly Ending[] = [
  { title: 'a whole answer', begin: post(''), end: (_, hub) => hub?.write(ok) },
  {
    title: 'a chunked answer',
    begin: post(''),
    end: (_, hub) => hub?.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n'),
  },
  {
    title: 'an answer that ends with its connection',
    begin: post(''),
    end: (_, hub) => hub?.end('HTTP/1.1 200 OK\r\n\r\nok'),
  },
  { title: 'an answer without a body', begin: post(''), end: (_, hub) => hub?.write('HTTP/1.1 204 None\r\n\r\n') },
  {
    title: 'an answer that comes before the body is whole',
    begin: post('Content-Length: 10\r\n'),
    end: (_, hub) => hub?.write(ok),
  },
  { title: 'a client that goes', begin: post(''), end: socket => socket.destroy() },
  { title: 'a client that resets', begin: post(''), end: socket => socket.resetAndDestroy() },
  { title: 'a client that goes within its body', begin: `${chunked}5\r\nhel`, end: socket => socket.destroy() },
  { title: 'a client that ends within its body', begin: `${chunked}5\r\nhel`, end: socket => socket.end() },
  {
    title: 'a client that goes within the answer',
    begin: post(''),
    end(socket, hub) {
      socket.once('data', () => socket.destroy());
      hub?.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok');
    },
  },
  { title: 'a chunk that is none', begin: chunked, end: socket => socket.write('ZZ\r\n') },
  {
    title: 'a body over limits.bodyBytes',
    begin: chunked,
    limits: { bodyBytes: 4 },
    end: socket => socket.write('5\r\nhello\r\n'),
  },
  {
    title: 'a body that stands still',
    begin: post('Content-Length: 10\r\n'),
    limits: { bodyStallTimeoutMs: 400 },
    end: () => undefined,
  },
  {
    title: 'a body that is read whole first, and stands still',
    begin: post('Content-Length: 10\r\n', 'DELETE'),
    limits: { bodyStallTimeoutMs: 400 },
    end: () => undefined,
  },
  {
    title: 'a body that is read whole first, and grows too large',
    begin: post('Transfer-Encoding: chunked\r\n', 'DELETE'),
    end: socket => socket.write(`${(70_000).toString(16)}\r\n${'x'.repeat(70_000)}\r\n`),
  },
  {
    title: 'a client that goes within a body that is read whole first',
    begin: post('Content-Length: 10\r\n', 'DELETE'),
    end: socket => socket.destroy(),
  },
  { title: 'a hub that goes', begin: post(''), end: (_, hub) => hub?.end() },
  { title: 'a hub that resets', begin: post(''), end: (_, hub) => hub?.resetAndDestroy() },
  {
    title: 'a hub that goes within its answer',
    begin: post(''),
    end: (_, hub) => hub?.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok'),
  },
  { title: 'a hub that talks nonsense', begin: post(''), end: (_, hub) => hub?.write('SSH-2.0-x\r\n\r\n') },
  { title: 'a hub that does not answer', begin: post(''), limits: { hubResponseTimeoutMs: 400 }, end: () => undefined },
  {
    title: 'a handshake that the hub refuses',
    begin: handshake,
    end: (_, hub) => hub?.write('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n'),
  },
  { title: 'a handshake that the hub answers wrongly', begin: handshake, end: (_, hub) => hub?.write(ok) },
  { title: 'a client that goes before the 101', begin: handshake, end: socket => socket.destroy() },
  { title: 'bytes behind a handshake', begin: handshake, end: socket => socket.write('early') },
];

for (const { title, begin, end, limits } of endings) {
  test(`one request at a time: ${title} makes room for the next`, async t => {
    await withHolding({ limits: { ...limits, requestsPerUser: 1 } }, async (house, hub) => {
      const { socket } = client(house, begin);
      let answered = await ask(house, free);
      while (answered.status === 200) answered = await ask(house, free);
      t.equal(wordsOf(answered), tooMany);
      t.same(fieldValues(answered, 'retry-after'), ['1']);
      t.equal(await askFor(house, head('GET', 'free', '', 'Authorization: Bearer bob\r\n')), '200', 'bob has his own');
      if (!begin.startsWith('DELETE')) await until(() => hub.held.length === 1);
      end(socket, hub.held[0]);
      await until(() => house.records.some(({ method, door }) => method !== 'GET' || door === 'websocket'));
      t.equal(await askFor(house), '200');
      socket.destroy();
    });
  });
}

test('a refused request leaves its connection open, and nothing of it is at the hub', async t => {
  await withHolding({ limits: { requestsPerUser: 1 } }, async (house, hub) => {
    const { socket } = client(house, post(''));
    await until(() => hub.held.length === 1);
    const before = hub.received();
    const bytes = `${free}${free}`;
    const answers = await rawRequest({ port: house.port, bytes, responses: 2 });
    t.same(answers.map(wordsOf), [tooMany, tooMany]);
    t.same(
      answers.flatMap(answer => fieldValues(answer, 'connection')),
      [],
    );
    const [upload] = await rawRequest({ port: house.port, bytes: post('Content-Length: 3\r\n'), untilClosed: true });
    t.equal(upload && wordsOf(upload), tooMany);
    t.ok(upload?.closed, 'a body that nobody reads ends its connection');
    t.equal(hub.received(), before);
    t.match(house.records.slice(0, 3), Array(3).fill({ user: 'alice', decision: 'refuse', status: 429 }));
    socket.destroy();
  });
});

test('a browser gets a page', async t => {
  await withHolding({ limits: { requestsPerUser: 1 } }, async (house, hub) => {
    const { socket } = client(house, post(''));
    await until(() => hub.held.length === 1);
    const answer = await ask(house, head('GET', 'free', 'Accept: text/html\r\n'));
    t.equal(answer.status, 429);
    t.match(answer.body.toString(), /Too much at once.*Too much is open or under way for you/s);
    socket.destroy();
  });
});

test('requests one behind another on one connection are never two at a time', async t => {
  await withHolding({ limits: { requestsPerUser: 1 } }, async house => {
    const answers = await rawRequest({ port: house.port, bytes: free.repeat(20), responses: 20 });
    t.same(answers.map(wordsOf), Array(20).fill('200'));
  });
});

test('a refusal of another kind takes no place, nor does a request that needs no proof', async t => {
  const places: Policy['places'] = {
    baseUrl: '/',
    publicExact: new Set(['/user/a/held']),
    publicPrefixes: [],
    general: false,
  };
  await withHolding({ limits: { requestsPerUser: 1 }, policy: { places } }, async (house, hub) => {
    for (let times = 0; times < 3; times += 1)
      t.equal((await ask(house, head('GET', 'free', 'Transfer-Encoding: x\r\n'))).status, 400);
    const open = [client(house, head('GET', 'held', '', '')), client(house, head('GET', 'held', '', ''))];
    await until(() => hub.held.length === 2);
    t.equal(await askFor(house), '200');
    for (const { socket } of open) socket.destroy();
  });
});

/** Proves users by what stands behind another word. */
function provesBy(word: string): Prover {
  return {
    name: word,
    prove(request) {
      const username = request.authorization?.startsWith(`${word} `)
        ? request.authorization.slice(word.length + 1)
        : '';
      if (username === '') return null;
      const nothing = { groups: [], claims: {}, asserted: new Map(), expiresAt: Number.MAX_SAFE_INTEGER };
      return { prover: word, credential: 'bearer', carrier: 'authorization', issuer: word, username, ...nothing };
    },
  };
}

test('proofs of one user count together, whoever vouches and however they spell the name', async t => {
  const provers = [provesBy('One'), provesBy('Other')];
  await withHolding({ limits: { requestsPerUser: 2 }, policy: { provers } }, async (house, hub) => {
    const by = (word: string, path = 'held'): string => head('GET', path, '', `Authorization: ${word}\r\n`);
    const open = [client(house, by('One alice')), client(house, by('Other ALICE'))];
    await until(() => hub.held.length === 2);
    for (const word of ['One Alice', 'Other alice']) t.equal(await askFor(house, by(word, 'free')), tooMany);
    t.equal(await askFor(house, by('One bob', 'free')), '200');
    for (const { socket } of open) socket.destroy();
  });
});

test('a WebSocket is a request until the 101, and from then on a WebSocket', async t => {
  await withHolding({ limits: { requestsPerUser: 1, webSocketsPerUser: 1 } }, async (house, hub) => {
    const first = client(house, handshake);
    await until(() => hub.held.length === 1);
    t.equal(await askFor(house), tooMany);
    hub.held[0]?.write(switching);
    await until(() => first.text().includes('101'));
    t.equal(await askFor(house), '200');
    const answer = await ask(house, handshake);
    t.equal(wordsOf(answer), '429 too-many-websockets');
    t.same(fieldValues(answer, 'retry-after'), ['30']);
    t.same(fieldValues(answer, 'connection'), ['close']);
    t.equal(hub.held.length, 1);
    first.socket.destroy();
    await until(() => house.records.some(({ status }) => status === 101));
    const second = client(house, handshake);
    await until(() => hub.held.length === 2);
    hub.held[1]?.write(switching);
    await until(() => second.text().includes('101'));
    hub.held[1]?.resetAndDestroy();
    await until(() => house.records.filter(({ status }) => status === 101).length === 2);
    t.equal(await askFor(house), '200');
    const third = client(house, handshake);
    await until(() => hub.held.length === 3);
    third.socket.destroy();
  });
});

test('of many handshakes at once no more come to the hub than there may be WebSockets', async t => {
  await withHolding({ limits: { webSocketsPerUser: 3 } }, async (house, hub) => {
    const open = Array.from({ length: 12 }, () => client(house, handshake));
    await until(() => open.filter(({ text }) => text().includes('too-many-websockets')).length === 9);
    await until(() => hub.held.length === 3);
    for (const each of hub.held) each.write(switching);
    await until(() => open.filter(({ text }) => text().startsWith('HTTP/1.1 101 ')).length === 3);
    t.equal(hub.held.length, 3);
    for (const { socket } of open) socket.destroy();
  });
});

/** A house whose policy a test can change, as a reload does. */
async function withReloads(
  first: HouseOptions['limits'],
  use: (
    house: House,
    hub: HoldingHub,
    reload: (limits: Partial<Policy['limits']>, more?: Partial<Policy>) => void,
  ) => Promise<void>,
): Promise<void> {
  let current: Policy | undefined;
  const inForce = (policy: Policy): Policy => {
    current ??= policy;
    return current;
  };
  await withHolding({ ...(first && { limits: first }), inForce }, async (house, hub) => {
    const reload = (limits: Partial<Policy['limits']>, more: Partial<Policy> = {}): void => {
      const before = current ?? house.policy;
      current = { ...before, ...more, limits: { ...before.limits, ...limits } };
    };
    await use(house, hub, reload);
  });
}

test('a reload forgets nobody: a lower limit holds for the next request, and a higher one too', async t => {
  await withReloads({ requestsPerUser: 3 }, async (house, hub, reload) => {
    const open = Array.from({ length: 3 }, () => client(house, post('')));
    await until(() => hub.held.length === 3);
    t.equal(await askFor(house), tooMany);
    reload({ requestsPerUser: 1 });
    for (const [place, each] of hub.held.entries()) {
      t.equal(await askFor(house), tooMany);
      each.write(ok);
      await until(() => house.records.filter(({ method }) => method === 'POST').length === place + 1);
    }
    t.equal(await askFor(house), '200');
    t.ok(open.every(({ text }) => text().startsWith('HTTP/1.1 200 ')));
    reload({ requestsPerUser: 2 });
    const again = [client(house, post('')), client(house, post(''))];
    await until(() => hub.received().match(/POST /g)?.length === 5);
    t.equal(await askFor(house), tooMany);
    for (const { socket } of [...open, ...again]) socket.destroy();
  });
});

test('a limit that a reload takes away and gives back is right about those who stayed', async t => {
  await withReloads({ requestsPerUser: 1 }, async (house, hub, reload) => {
    const stayed = client(house, post(''));
    await until(() => hub.held.length === 1);
    reload({ requestsPerUser: 0 });
    t.equal(await askFor(house), '200');
    reload({ requestsPerUser: 1 });
    t.equal(await askFor(house), tooMany);
    reload({ requestsPerUser: 0 });
    stayed.socket.destroy();
    await until(() => house.records.some(({ method }) => method === 'POST'));
    reload({ requestsPerUser: 1 });
    const next = client(house, post(''));
    await until(() => hub.held.length === 2);
    t.equal(await askFor(house), tooMany, 'nothing was given back twice');
    next.socket.destroy();
  });
});

test('WebSockets that were open before a reload set a limit count against it', async t => {
  await withReloads({}, async (house, hub, reload) => {
    const open = [client(house, handshake), client(house, handshake)];
    await until(() => hub.held.length === 2);
    for (const each of hub.held) each.write(switching);
    await until(() => open.every(({ text }) => text().startsWith('HTTP/1.1 101 ')));
    reload({ webSocketsPerUser: 2 });
    t.equal(await askFor(house, handshake), '429 too-many-websockets');
    for (const { socket } of open) socket.destroy();
  });
});

test('a handshake that another policy judges once more keeps its place, and gives it up once', async t => {
  await withReloads({ requestsPerUser: 1, webSocketsPerUser: 1 }, async (house, hub, reload) => {
    for (const times of [1, 2]) {
      const { socket, text } = client(house, handshake);
      await until(() => hub.held.length === times);
      reload({});
      hub.held[times - 1]?.write(switching);
      await until(() => text().startsWith('HTTP/1.1 101 '));
      t.equal(await askFor(house), '200');
      t.equal(await askFor(house, handshake), '429 too-many-websockets');
      socket.destroy();
      await until(() => house.records.filter(({ status }) => status === 101).length === times);
    }
  });
});

for (const mapped of [false, true]) {
  const title = mapped ? 'takes that of the user whose it is now' : 'keeps its place';
  test(`a body that is read whole first is judged once more, and ${title}`, async t => {
    await withReloads({ requestsPerUser: 1 }, async (house, hub, reload) => {
      const { user } = house.policy;
      const first = client(house, post('Content-Length: 2\r\n', 'DELETE'));
      let answered = await askFor(house);
      while (answered === '200') answered = await askFor(house);
      reload({}, { user: { ...user, map: new Map(mapped ? [['alice', 'carol']] : []) } });
      first.socket.write('{}');
      await until(() => hub.held.length === 1);
      t.equal(await askFor(house), tooMany);
      reload({}, { user });
      t.equal(await askFor(house), mapped ? '200' : tooMany);
      t.equal(
        await askFor(house, head('GET', 'free', '', 'Authorization: Bearer carol\r\n')),
        mapped ? tooMany : '200',
      );
      hub.held[0]?.write(ok);
      await until(() => first.text().startsWith('HTTP/1.1 200 '));
      for (const by of ['alice', 'carol'])
        t.equal(await askFor(house, head('GET', 'free', '', `Authorization: Bearer ${by}\r\n`)), '200');
      first.socket.destroy();
    });
  });
}
