/** How long a WebSocket lives: as long as some proof of its session, and not a second longer; and that it is kept awake meanwhile. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type Test, test } from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import type { Finding } from '../../src/gate/lookups.ts';
import { findingOf, type Policy, type Prover } from '../../src/gate/policy.ts';
import { refuse } from '../../src/gate/reasons.ts';
import { pingMark } from '../../src/wire/tunnel/control-frames.ts';
import { rawRequest } from '../clients/raw-client.ts';
import { sessions } from '../contract/sessions.ts';
import { type House, type HouseOptions, openSocketHub, type SocketHub, until, within } from './door-house.ts';

/** Takes `Bearer issuer/user/expiry` at its word, and again under any other policy. */
const wordIsProof: Prover = {
  name: 'word',
  prove({ authorization }, { now }) {
    const [, issuer, user, expiry] = /^Bearer ([a-z]+)\/([a-z]+)\/(\d+)$/.exec(authorization ?? '') ?? [];
    if (issuer === undefined || user === undefined || Number(expiry) < now) return null;
    return {
      prover: 'word',
      credential: 'bearer',
      carrier: 'authorization',
      issuer,
      username: user,
      groups: [],
      claims: {},
      asserted: new Map(),
      expiresAt: Number(expiry),
    };
  },
  again: proof => ({ proof }),
};

/** Of the hub's side. */
type HubSocket = { readonly socket: WebSocket; readonly heard: string[]; readonly closed: Promise<unknown[]> };

type Lives = { readonly house: House; readonly hubSockets: readonly HubSocket[] };

const soon = 400;
const later = 60_000;
const mostMs = 1000;

async function live(
  options: Partial<HouseOptions>,
  life: Partial<Policy['webSocketLife']>,
  use: (lives: Lives) => Promise<void>,
): Promise<void> {
  const server = createServer((_request, response) => response.end('ok'));
  const hubSockets: HubSocket[] = [];
  new WebSocketServer({ server, perMessageDeflate: { threshold: 0 } }).on('connection', socket => {
    const heard: string[] = [];
    socket.on('message', data => socket.send(data.toString()));
    for (const kind of ['ping', 'pong'] as const)
      socket.on(kind, (data: Buffer) => void heard.push(`${kind} ${data.equals(pingMark) ? 'ours' : data.toString()}`));
    hubSockets.push({ socket, heard, closed: once(socket, 'close') });
  });
  const hub: SocketHub = await openSocketHub(server);
  const webSocketLife = { pingIntervalMs: 0, closeOnExpiry: true, graceMs: 0, ...life };
  const policy = { provers: [wordIsProof], webSocketLife, ...options.policy };
  await within(hub, { ...options, policy }, house => use({ house, hubSockets }));
}

const bearer = (expiry: number, user = 'alice', issuer = 'lab'): string => `Bearer ${issuer}/${user}/${expiry}`;

async function openClient({ house }: Lives, authorization: string, more = {}): Promise<WebSocket> {
  const headers = { Authorization: authorization, Host: 'hub.example.org' };
  const client = new WebSocket(`ws://127.0.0.1:${house.port}/user/a/`, { headers, ...more });
  await once(client, 'open');
  return client;
}

const closing = async (client: WebSocket): Promise<{ code: number; reason: string; at: number }> => {
  const [code, reason] = (await once(client, 'close')) as [number, Buffer];
  return { code, reason: reason.toString(), at: Date.now() };
};

const ask = async ({ house }: Lives, authorization: string): Promise<void> => {
  const bytes = `GET /hub/home HTTP/1.1\r\nHost: hub.example.org\r\nAuthorization: ${authorization}\r\n\r\n`;
  const [answer] = await rawRequest({ port: house.port, bytes });
  if (answer?.status !== 200) throw new Error(`answered with ${answer?.status}`);
};

function inTime(t: Test, at: number, due: number, what: string): void {
  const late = at - due;
  t.comment(`${what}: closed ${late} ms later`);
  t.ok(late >= 0 && late <= mostMs, `${late} ms after ${what}`);
}

async function echoes(t: Test, client: WebSocket): Promise<void> {
  client.send('still there?');
  const [heard] = (await once(client, 'message')) as [Buffer];
  t.equal(heard.toString(), 'still there?');
}

test('a WebSocket ends with its proof: both sides get a Close frame with the reason, and so does the record', async t => {
  await live({}, {}, async lives => {
    const expiry = Date.now() + soon;
    const client = await openClient(lives, bearer(expiry));
    await echoes(t, client);
    const { code, reason, at } = await closing(client);
    t.equal(code, 1008);
    t.equal(reason, 'token-expired');
    inTime(t, at, expiry, 'the expiry');
    const [hubCode, hubReason] = (await lives.hubSockets[0]?.closed) ?? [];
    t.equal(hubCode, 1008);
    t.equal(String(hubReason), 'token-expired');
    await lives.house.settled(1);
    t.match(lives.house.records, [
      { door: 'websocket', status: 101, decision: 'forward', complete: true, refusal: { reason: 'token-expired' } },
    ]);
  });
});

test('any fresh proof of the same session prolongs it; another session or an older proof does not', async t => {
  await live({}, {}, async lives => {
    const expiry = Date.now() + soon;
    const client = await openClient(lives, bearer(expiry));
    const stranger = await openClient(lives, bearer(expiry, 'bob'));
    const elsewhere = await openClient(lives, bearer(expiry, 'alice', 'other'));
    const ends = Promise.all([closing(stranger), closing(elsewhere)]);
    await ask(lives, bearer(Date.now() + later, 'carol'));
    await ask(lives, bearer(Date.now() + later));
    await ask(lives, bearer(expiry));
    for (const { code, at } of await ends) {
      t.equal(code, 1008);
      inTime(t, at, expiry, 'the expiry');
    }
    await echoes(t, client);
    t.equal(lives.house.doors.inUse().webSockets, 1);
    client.terminate();
  });
});

test('a WebSocket that opens with a fresh proof prolongs those that are open', async t => {
  await live({}, {}, async lives => {
    const first = await openClient(lives, bearer(Date.now() + soon));
    const other = await openClient(lives, bearer(Date.now() + soon, 'bob'));
    const second = await openClient(lives, bearer(Date.now() + later));
    await closing(other);
    await echoes(t, first);
    for (const client of [first, second]) client.terminate();
  });
});

test('grace keeps it open so much longer; with closeOnExpiry: false it stays', async t => {
  await live({}, { graceMs: soon }, async lives => {
    const expiry = Date.now() + soon;
    const client = await openClient(lives, bearer(expiry));
    inTime(t, (await closing(client)).at, expiry + soon, 'expiry and grace');
  });
  let looked = false;
  const seen = { once: (policy: Policy) => policy };
  await live({ inForce: policy => seen.once(policy) }, { closeOnExpiry: false }, async lives => {
    const client = await openClient(lives, bearer(Date.now() + soon));
    const expired = Date.now() + soon;
    seen.once = policy => {
      looked ||= Date.now() > expired;
      return policy;
    };
    await until(() => looked);
    await echoes(t, client);
    client.terminate();
  });
});

test('whose session is ended is closed at once with the reason; a handshake that was under way is judged again', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  let asked = 0;
  const counting: Prover = {
    ...wordIsProof,
    prove: (request, look) => {
      asked += 1;
      return wordIsProof.prove(request, look);
    },
  };
  await live({}, {}, async lives => {
    const authorization = bearer(Date.now() + later);
    const clients = [await openClient(lives, authorization), await openClient(lives, authorization)];
    const elsewhere = await openClient(lives, bearer(Date.now() + later, 'alice', 'other'));
    const bob = await openClient(lives, bearer(Date.now() + later, 'bob'));
    const ended = Promise.all(clients.map(closing));
    const begin = Date.now();
    lives.house.doors.endSessions({ hubUser: 'alice', issuer: 'lab' }, refuse('not-allowed'));
    for (const { code, reason, at } of await ended) {
      t.same([code, reason], [1008, 'not-allowed']);
      inTime(t, at, begin, 'the end of the session');
    }
    await echoes(t, elsewhere);
    const all = closing(elsewhere);
    lives.house.doors.endSessions({ hubUser: 'alice' }, refuse('not-allowed'));
    t.match(await all, { code: 1008 });
    await echoes(t, bob);
    bob.terminate();
  });
  await within(hub, { policy: { provers: [counting] } }, async house => {
    const socket = connect(house.port, '127.0.0.1');
    socket.write(
      `GET /user/a/ HTTP/1.1\r\nHost: hub.example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: ${bearer(Date.now() + later)}\r\n\r\n`,
    );
    await until(() => hub.received() !== '');
    t.equal(asked, 1);
    house.doors.endSessions({ hubUser: 'alice' }, refuse('not-allowed'));
    const answered = once(socket, 'data');
    hub.sockets[0]?.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
    );
    await answered;
    t.equal(asked, 2);
    socket.destroy();
  });
});

test('a reload that denies a user closes what is open of that user, and nothing else', async t => {
  let reloaded: Policy | null = null;
  await live({ inForce: policy => reloaded ?? policy }, {}, async lives => {
    const alice = await openClient(lives, bearer(Date.now() + later));
    const bob = await openClient(lives, bearer(Date.now() + later, 'bob'));
    const closed = closing(alice);
    const { policy } = lives.house;
    const begin = Date.now();
    reloaded = { ...policy, user: { ...policy.user, deny: { users: new Set(['alice']), groups: new Set() } } };
    const { code, reason, at } = await closed;
    t.same([code, reason], [1008, 'not-allowed']);
    inTime(t, at, begin, 'the reload');
    await lives.house.settled(1);
    t.match(lives.house.records, [{ user: 'alice', refusal: { reason: 'not-allowed', inAudit: 'user.deny.users' } }]);
    await echoes(t, bob);
    bob.terminate();
  });
});

test('what a fresh proof has added ends with that proof, when a reload refuses it', async t => {
  let reloaded: Policy | null = null;
  const refusesLater: Prover = {
    ...wordIsProof,
    again: proof => (proof.expiresAt > Date.now() + soon * 10 ? refuse('token-revoked') : { proof }),
  };
  await live({ inForce: policy => reloaded ?? policy, policy: { provers: [refusesLater] } }, {}, async lives => {
    const expiry = Date.now() + soon;
    const client = await openClient(lives, bearer(expiry));
    await ask(lives, bearer(Date.now() + later));
    const other = await openClient(lives, bearer(expiry, 'bob'));
    await closing(other);
    await echoes(t, client);
    const closed = closing(client);
    const begin = Date.now();
    reloaded = { ...lives.house.policy };
    const { reason, at } = await closed;
    t.equal(reason, 'token-expired');
    inTime(t, at, begin, 'the reload');
  });
});

test('an issuer whose keys can not be asked for ends nobody', async t => {
  let reloaded: Policy | null = null;
  const asks: Prover = {
    ...wordIsProof,
    again: proof => ({
      proof,
      signature: {
        kind: 'lookup',
        key: `signature:${proof.username}`,
        what: 'signature',
        issuer: 'lab',
        token: 'a.b.c',
      },
    }),
  };
  let looked = 0;
  const inForce = (policy: Policy): Policy => {
    looked += reloaded === null ? 0 : 1;
    return reloaded ?? policy;
  };
  await live({ inForce, policy: { provers: [asks] } }, {}, async lives => {
    const client = await openClient(lives, bearer(Date.now() + later));
    reloaded = { ...lives.house.policy };
    await until(() => looked > 8);
    await echoes(t, client);
    client.terminate();
  });
});

test('what prolonged a session that was ended prolongs nothing that comes after', async t => {
  await live({}, {}, async lives => {
    const lingering = connect({ port: lives.house.port, host: '127.0.0.1', allowHalfOpen: true });
    lingering.write(handshake(bearer(Date.now() + later)));
    await until(() => lives.house.doors.inUse().webSockets === 1);
    await ask(lives, bearer(Date.now() + later + 1000));
    lives.house.doors.endSessions({ hubUser: 'alice' }, refuse('not-allowed'));
    const expiry = Date.now() + soon;
    const client = await openClient(lives, bearer(expiry));
    t.equal(lives.house.doors.inUse().webSockets, 2, 'the first one has not gone yet');
    inTime(t, (await closing(client)).at, expiry, 'the expiry');
    lingering.destroy();
  });
});

const handshake = (authorization: string): string =>
  `GET /user/a/ HTTP/1.1\r\nHost: hub.example.org\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: ${authorization}\r\n\r\n`;

const switched =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';

test('a session that ends while a handshake waits for a look-up opens nothing, nor does one that ends during the second look', async t => {
  const hub = await openSocketHub(socket => void socket.on('data', () => socket.write(switched)));
  const lookups: (() => void)[] = [];
  let isOver = false;
  const findOut = async (): Promise<Finding> => {
    const session = isOver ? undefined : sessions.get('sealed-alice');
    await new Promise<void>(resolve => void lookups.push(resolve));
    return { what: 'session', session };
  };
  const lookup = { kind: 'lookup', key: 'session:sealed', what: 'session', sealed: 'sealed' } as const;
  const ofSession: Prover = {
    ...wordIsProof,
    prove(request, look) {
      const found = findingOf(look, lookup);
      if (found === undefined) return lookup;
      return 'reason' in found || found.session === undefined ? null : wordIsProof.prove(request, look);
    },
  };
  await within(hub, { policy: { provers: [ofSession] }, findOut }, async house => {
    const socket = connect(house.port, '127.0.0.1');
    socket.write(handshake(bearer(Date.now() + later)));
    await until(() => lookups.length === 1);
    house.doors.endSessions({ hubUser: 'bob' }, refuse('logged-out'));
    lookups[0]?.();
    await until(() => lookups.length === 2);
    isOver = true;
    house.doors.endSessions({ hubUser: 'alice' }, refuse('logged-out'));
    lookups[1]?.();
    await until(() => lookups.length === 3);
    lookups[2]?.();
    const [answer] = (await once(socket, 'data')) as [Buffer];
    t.match(answer.toString(), /^HTTP\/1\.1 401 /);
    t.equal(house.doors.inUse().webSockets, 0);
    socket.destroy();
  });
});

test('a proof that ends while the hub takes its time for the 101 opens nothing', async t => {
  let now = Date.now();
  const clock = { wall: () => now, steady: () => now };
  const expiry = now + later;
  const outcome = async (life: Partial<Policy['webSocketLife']>, before: string[] = []): Promise<string> => {
    const hub = await openSocketHub(socket => void socket.resume());
    now = expiry - later;
    let answer = '';
    const webSocketLife = { pingIntervalMs: 0, closeOnExpiry: true, graceMs: 0, ...life };
    await within(hub, { policy: { provers: [wordIsProof], webSocketLife }, clock }, async house => {
      const open = async (authorization: string, over: number): Promise<Socket> => {
        const asked = hub.received().length;
        const socket = connect(house.port, '127.0.0.1');
        socket.write(handshake(authorization));
        await until(() => hub.received().length > asked && hub.received().endsWith('\r\n\r\n'));
        now = over;
        hub.sockets.at(-1)?.write(`${switched}\x81\x01a`);
        const [bytes] = (await once(socket, 'data')) as [Buffer];
        answer = bytes.toString('latin1');
        return socket;
      };
      const sockets = [];
      for (const authorization of before) sockets.push(await open(authorization, now));
      sockets.push(await open(bearer(expiry), expiry + 1));
      for (const socket of sockets) socket.destroy();
    });
    return answer.split('\r\n', 1)[0] ?? '';
  };
  t.equal(await outcome({}), 'HTTP/1.1 401 Unauthorized');
  const others = [bearer(expiry, 'alice', 'other'), bearer(expiry + later, 'alice', 'other')];
  t.equal(await outcome({}, others), 'HTTP/1.1 401 Unauthorized', 'another session that lasts is no help');
  const opens = 'HTTP/1.1 101 Switching Protocols';
  t.equal(await outcome({}, [bearer(expiry), bearer(expiry + later)]), opens, 'as long as its session lasts');
  t.equal(await outcome({ graceMs: 1000 }), opens);
  t.equal(await outcome({ closeOnExpiry: false }), opens);
});

for (const { title, more, end } of [
  { title: 'the end of a frame is waited for', more: 'XYZ\x81\x01n', end: 'abcXYZ\x88\x0f\x03\xf0token-expired' },
  { title: 'where no end of a frame comes, the connection is cut', more: '', end: 'abc' },
]) {
  test(title, async t => {
    const hub = await openSocketHub(socket => {
      socket.once('data', () => socket.write(Buffer.from(`${switched}\x82\x06abc`, 'latin1')));
    });
    await within(hub, { policy: { provers: [wordIsProof] } }, async house => {
      const expiry = Date.now() + soon;
      const socket = connect(house.port, '127.0.0.1');
      const got: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => got.push(chunk));
      socket.write(handshake(bearer(expiry)));
      const text = (): string => Buffer.concat(got).toString('latin1');
      await until(() => text().endsWith('abc'));
      hub.sockets[0]?.once('end', () => hub.sockets[0]?.write(Buffer.from(more, 'latin1')));
      const closed = once(socket, 'close');
      await closed;
      inTime(t, Date.now(), expiry, 'the expiry');
      t.ok(text().endsWith(`\x82\x06${end}`), 'nothing in the middle of a frame, and nothing of the next one');
      t.match(hub.received(), /\r\n\r\n\x88\x8f/, 'the hub gets a masked Close');
    });
  });
}

test('a WebSocket at rest is pinged both ways; answers to that go no further, and what the ends say to each other does', async t => {
  await live({}, { pingIntervalMs: 100 }, async lives => {
    const client = await openClient(lives, bearer(Date.now() + later));
    t.match(client.extensions, /permessage-deflate/, 'messages are compressed');
    const heard: string[] = [];
    for (const kind of ['ping', 'pong'] as const)
      client.on(kind, (data: Buffer) => void heard.push(`${kind} ${data.equals(pingMark) ? 'ours' : data}`));
    const [hubSocket] = lives.hubSockets;
    if (hubSocket === undefined) throw new Error('the hub has no WebSocket');
    await until(() => heard.length >= 2 && hubSocket.heard.length >= 2);
    t.same(new Set(heard), new Set(['ping ours']));
    t.same(new Set(hubSocket.heard), new Set(['ping ours']));
    hubSocket.socket.ping('the hub asks');
    client.ping('the client asks');
    await until(() => heard.includes('pong the client asks') && hubSocket.heard.includes('pong the hub asks'));
    const others = (all: readonly string[]): string[] => all.filter(one => one !== 'ping ours').sort();
    t.same(others(heard), ['ping the hub asks', 'pong the client asks']);
    t.same(others(hubSocket.heard), ['ping the client asks', 'pong the hub asks']);
    await echoes(t, client);
    client.close(1000);
    t.same((await hubSocket.closed)[0], 1000);
    await lives.house.settled(1);
    t.equal(lives.house.records[0]?.refusal, undefined, 'it was the client who went');
  });
});

test('a client that answers no ping is let go, and its record says so', async t => {
  await live({}, { pingIntervalMs: 100 }, async lives => {
    const client = await openClient(lives, bearer(Date.now() + later), { autoPong: false });
    const { code, reason } = await closing(client);
    t.same([code, reason], [1008, 'websocket-unanswered']);
    await lives.house.settled(1);
    t.match(lives.house.records, [{ refusal: { reason: 'websocket-unanswered' } }]);
  });
});

test('a client that answers no ping but speaks is there', async t => {
  await live({}, { pingIntervalMs: 100 }, async lives => {
    const client = await openClient(lives, bearer(Date.now() + later), { autoPong: false });
    let pings = 0;
    client.on('ping', () => {
      pings += 1;
      client.pong('an answer to nobody');
    });
    await until(() => pings >= 8);
    await echoes(t, client);
    client.terminate();
  });
});

test('a WebSocket that is over is forgotten', async t => {
  await live({}, {}, async lives => {
    const client = await openClient(lives, bearer(Date.now() + later));
    t.equal(lives.house.doors.inUse().webSockets, 1);
    client.terminate();
    await lives.house.settled(1);
    t.equal(lives.house.doors.inUse().webSockets, 0);
  });
});

test('behind a Close frame of an end the gate says nothing more that way', async t => {
  const hub = await openSocketHub(socket => {
    socket.once('data', () => socket.write(Buffer.from(`${switched}\x88\x02\x03\xe8`, 'latin1')));
  });
  const webSocketLife = { pingIntervalMs: 100, closeOnExpiry: true, graceMs: 0 };
  await within(hub, { policy: { provers: [wordIsProof], webSocketLife } }, async house => {
    const socket = connect(house.port, '127.0.0.1');
    const got: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => got.push(chunk));
    socket.write(handshake(bearer(Date.now() + later)));
    const text = (): string => Buffer.concat(got).toString('latin1');
    await until(() => text().endsWith('\x88\x02\x03\xe8'));
    await until(() => hub.received().split('\x89\x88').length > 3);
    const ended = once(socket, 'end');
    house.doors.endSessions({ hubUser: 'alice' }, refuse('not-allowed'));
    await ended;
    t.ok(text().endsWith('\r\n\r\n\x88\x02\x03\xe8'), 'neither a ping nor a second Close');
    socket.destroy();
  });
});
