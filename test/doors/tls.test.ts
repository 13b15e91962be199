/** TLS in front of the doors and behind them: who is let in, who is believed, and the same HTTP inside. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer as createHttpsServer, request as requestSecurely } from 'node:https';
import { connect as connectPlain, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ConnectionOptions, connect, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { type Test, test } from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import type { HubTls, ListenerTls } from '../../src/wire/secure.ts';
import { openHubClient } from '../../src/wire/upstream/hub-client.ts';
import { makeAuthority, makeCertificate, type TestCertificate } from '../clients/certificates.ts';
import { spawnOutsideTap } from '../clients/spawn-outside-tap.ts';
import {
  type House,
  type HouseOptions,
  openSocketHub,
  proof,
  type SocketHub,
  scriptedHub,
  until,
  within,
} from './door-house.ts';

const authority = makeAuthority();
const stranger = makeAuthority('another CA');
const own = makeCertificate({ issuer: authority });
const anotherCert = makeCertificate({ issuer: authority });
const clientCert = makeCertificate({ names: ['client'], issuer: authority });
const strangersCert = makeCertificate({ names: ['client'], issuer: stranger });
const past = new Date(Date.now() - 60_000);
const expired = makeCertificate({ issuer: authority, notAfter: past });

const listenerTls: ListenerTls = { ...own, clientCa: null, clientCertificate: 'none' };
const hubTls: HubTls = { ca: authority.cert, own: null, serverName: null };

const request = (line = 'GET /hub/login HTTP/1.1'): string => `${line}\r\nHost: hub.example.org\r\n${proof}\r\n`;
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

function clientOf(house: House, options: ConnectionOptions = {}): TLSSocket {
  return connect({ port: house.port, host: '127.0.0.1', ca: authority.cert, ...options });
}

/** What came until the connection ended, and by what code if by a fault. */
async function readAll(socket: Socket): Promise<{ text: string; code: string | undefined }> {
  const chunks: Buffer[] = [];
  let code: string | undefined;
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    code = error.code;
  });
  if (!socket.closed) await new Promise(resolve => socket.once('close', resolve));
  return { text: Buffer.concat(chunks).toString('latin1'), code };
}

async function ask(house: House, options: ConnectionOptions = {}): Promise<{ text: string; code: string | undefined }> {
  const socket = clientOf(house, options);
  socket.write(request().replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  return readAll(socket);
}

/** A hub that speaks HTTPS by itself. */
function secureHub(certificate: TestCertificate, more: object = {}): Promise<SocketHub> {
  const server = createHttpsServer({ cert: certificate.cert, key: certificate.key, ...more });
  server.on('request', (incoming, response) => {
    const hash = createHash('sha256');
    incoming.on('data', (chunk: Buffer) => hash.update(chunk));
    incoming.on('end', () => {
      const sum = hash.digest('hex');
      response.setHeader('X-Sum', sum);
      response.end(incoming.url === '/user/a/bulk' ? bulk : `seen ${incoming.method} ${incoming.url}`);
    });
  });
  const sockets = new WebSocketServer({ server, maxPayload: 1 << 26 });
  sockets.on('connection', socket => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })));
  return openSocketHub(server);
}

const bulk = randomBytes(64 * 1024 * 1024);
/** Of all sizes. */
function* pieces(): Generator<Buffer> {
  for (let at = 0, size = 1; at < bulk.length; at += size, size = ((size * 7) % 200_003) + 1)
    yield bulk.subarray(at, at + size);
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function withSecureListener(
  use: (house: House) => Promise<void>,
  more: Partial<HouseOptions> = {},
): Promise<void> {
  await within(await scriptedHub(ok), { tls: listenerTls, ...more }, use);
}

test('a listener with TLS: 1.2 or newer, and HTTP/1.1 inside', async t => {
  await withSecureListener(async house => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = clientOf(house, { maxVersion, ALPNProtocols: ['h2', 'http/1.1'] });
      await once(socket, 'secureConnect');
      t.equal(socket.getProtocol(), maxVersion);
      t.equal(socket.alpnProtocol, 'http/1.1');
      socket.write(request());
      const [answer] = (await once(socket, 'data')) as [Buffer];
      t.match(answer.toString(), /^HTTP\/1\.1 200 OK\r\n/);
      socket.destroy();
    }
    const old = await ask(house, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    t.match(old, { code: 'EPROTO', text: '' });
    const alone = await ask(house, { ALPNProtocols: ['h2'] });
    t.match(alone, { code: 'EPROTO', text: '' });
  });
});

test('TLS 1.2 without authenticated encryption does not come about, on either side', async t => {
  const weak = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' } as const;
  await withSecureListener(async house => {
    t.match(await ask(house, weak), { code: 'EPROTO', text: '' });
  });
  await within(await secureHub(own, weak), { hubTls, tls: listenerTls }, async house => {
    t.match((await ask(house)).text, /^HTTP\/1\.1 502 /);
  });
});

test('a client can not renegotiate', async t => {
  await withSecureListener(async house => {
    const socket = clientOf(house, { maxVersion: 'TLSv1.2' });
    await once(socket, 'secureConnect');
    const refused = once(socket, 'error') as Promise<[NodeJS.ErrnoException]>;
    socket.on('error', () => undefined).renegotiate({}, () => undefined);
    t.equal((await refused)[0].code, 'ERR_SSL_NO_RENEGOTIATION');
    socket.destroy();
  });
});

test('plain bytes on a TLS port end their connection and nothing else', async t => {
  await withSecureListener(async house => {
    const plain = connectPlain(house.port, '127.0.0.1');
    plain.write(request());
    const { text } = await readAll(plain);
    t.notMatch(text, /HTTP/);
    t.match((await ask(house)).text, /^HTTP\/1\.1 200 /);
    t.equal(house.records.length, 1);
  });
});

test('a handshake that does not come about ends after limits.headerTimeout, however it trickles', async t => {
  await withSecureListener(
    async house => {
      const silent = connectPlain(house.port, '127.0.0.1');
      const trickling = connectPlain(house.port, '127.0.0.1');
      // The start of a handshake record of 512 bytes.
      trickling.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]));
      const timer = setInterval(() => trickling.write(Buffer.from([0])), 20);
      await Promise.all([readAll(silent), readAll(trickling)]);
      clearInterval(timer);
      t.same(house.records, []);
    },
    { limits: { headerTimeoutMs: 300 } },
  );
});

const strict: ListenerTls = { ...own, clientCa: authority.cert, clientCertificate: 'require' };
const lenient: ListenerTls = { ...strict, clientCertificate: 'request' };

/** Connects by bare TCP, sends that, and waits for the end. */
async function bareBytes(house: House, bytes: string): Promise<void> {
  const socket = connectPlain(house.port, '127.0.0.1');
  socket.write(bytes);
  await readAll(socket);
}

const failures: readonly [
  fault: string | RegExp,
  tls: ListenerTls,
  visit: (house: House, t: Test) => Promise<unknown>,
][] = [
  ['a client spoke plain HTTP', listenerTls, house => bareBytes(house, request())],
  ['a client did not speak TLS', listenerTls, house => bareBytes(house, 'SSH-2.0-OpenSSH_9.2\r\n')],
  ['a client did not shake hands within limits.headerTimeout', listenerTls, house => bareBytes(house, '\x16\x03')],
  ['a client did not offer HTTP/1.1 (ALPN)', listenerTls, house => ask(house, { ALPNProtocols: ['h2'] })],
  [
    'a client speaks neither TLS 1.2 nor 1.3',
    listenerTls,
    house => ask(house, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
  ],
  [
    'a client knows none of the cipher suites',
    listenerTls,
    house => ask(house, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }),
  ],
  [
    "a client does not know who signed the listener's certificate",
    listenerTls,
    async (house, t) => {
      const path = t.testdir({ 'ca.pem': stranger.cert });
      const curl = ['-s', '--cacert', `${path}/ca.pem`, `https://127.0.0.1:${house.port}/`];
      await once(spawnOutsideTap('curl', curl, { stdio: 'ignore' }), 'close');
    },
  ],
  ['a client showed no certificate', strict, house => ask(house)],
  ["a client's certificate does not hold: UNABLE_TO_VERIFY_LEAF_SIGNATURE", strict, house => ask(house, strangersCert)],
  ["a client's certificate does not hold: CERT_HAS_EXPIRED", strict, house => ask(house, expired)],
  [
    "a client's certificate does not hold: UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    lenient,
    house => ask(house, strangersCert),
  ],
];

for (const [fault, tls, visit] of failures) {
  test(`told of a handshake: ${fault} (${tls.clientCertificate})`, async t => {
    const faults: string[] = [];
    const more = { tls, limits: { headerTimeoutMs: 200 }, onHandshakeFailed: (text: string) => faults.push(text) };
    await withSecureListener(async house => {
      await visit(house, t);
      await until(() => faults.length > 0);
      t.strictSame(faults, [fault]);
      t.strictSame(house.records, []);
    }, more);
  });
}

test('a client that only connects is not worth a word', async t => {
  const faults: string[] = [];
  await withSecureListener(
    async house => {
      for (const end of ['end', 'destroy', 'resetAndDestroy'] as const) {
        const socket = connectPlain({ port: house.port, host: '127.0.0.1', allowHalfOpen: true });
        await once(socket, 'connect');
        const ended = readAll(socket);
        socket[end]();
        await ended;
      }
      const begin = performance.now();
      await until(() => performance.now() - begin > 300);
      t.strictSame(faults, []);
    },
    { onHandshakeFailed: text => faults.push(text), limits: { headerTimeoutMs: 100 } },
  );
});

test('TLS on a plain listener: the record says so', async t => {
  await within(await scriptedHub(ok), {}, async house => {
    t.match(await ask(house), { code: 'EPROTO' });
    await house.settled(1);
    const detail = 'TLS, which this listener does not speak';
    t.match(house.records, [{ status: 400, refusal: { reason: 'request-ambiguous', detail } }]);
  });
});

test('a drain waits for no handshake', async t => {
  const hub = await scriptedHub(ok);
  await within(hub, { tls: listenerTls }, async house => {
    const silent = connectPlain(house.port, '127.0.0.1');
    await once(silent, 'connect');
    t.match((await ask(house)).text, /^HTTP\/1\.1 200 /, 'the one before was accepted');
    const ended = readAll(silent);
    await house.doors.drain(5000);
    await ended;
    t.equal(house.records.length, 1);
  });
});

const asked: readonly [clientCertificate: ListenerTls['clientCertificate'], shown: string, isIn: boolean][] = [
  ['none', 'nothing', true],
  ['none', 'a bad one', true],
  ['request', 'nothing', true],
  ['request', 'a good one', true],
  ['request', 'a bad one', false],
  ['request', 'an expired one', false],
  ['require', 'nothing', false],
  ['require', 'a good one', true],
  ['require', 'a bad one', false],
];
const shownCertificates: Readonly<Record<string, TestCertificate | undefined>> = {
  'a good one': clientCert,
  'a bad one': strangersCert,
  'an expired one': expired,
};

for (const [clientCertificate, shown, isIn] of asked) {
  test(`client certificate: ${clientCertificate}, and the client shows ${shown}`, async t => {
    const tls: ListenerTls = { ...own, clientCa: authority.cert, clientCertificate };
    const { cert, key } = shownCertificates[shown] ?? {};
    const credentials = cert === undefined || key === undefined ? {} : { cert, key };
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      await withSecureListener(
        async house => {
          const { text } = await ask(house, { ...credentials, maxVersion });
          t.equal(text.startsWith('HTTP/1.1 200 '), isIn, maxVersion);
          if (!isIn) t.equal(text, '');
          t.equal(house.records.length, isIn ? 1 : 0);
        },
        { tls },
      );
    }
  });
}

test('another certificate: new connections get it, open ones go on, and old sessions do not come back', async t => {
  await withSecureListener(
    async house => {
      const open = clientOf(house, clientCert);
      const [session] = (await once(open, 'session')) as [Buffer];
      const both = `${authority.cert}${stranger.cert}`;
      house.doors.renew([{ ...anotherCert, clientCa: both, clientCertificate: 'require' }]);
      open.write(request());
      t.match(String((await once(open, 'data'))[0]), /^HTTP\/1\.1 200 /);
      open.destroy();
      house.doors.renew([{ ...anotherCert, clientCa: stranger.cert, clientCertificate: 'require' }]);
      t.equal((await ask(house, { cert: clientCert.cert, key: clientCert.key, session })).text, '', 'no more believed');
      const next = clientOf(house, strangersCert);
      await once(next, 'secureConnect');
      t.equal(next.getPeerX509Certificate()?.toString(), anotherCert.cert.toString());
      next.write(request());
      t.match(String((await once(next, 'data'))[0]), /^HTTP\/1\.1 200 /);
      next.destroy();
    },
    { tls: strict },
  );
});

test('an authority that is believed no more ends what its certificates have open: at once, or after the answer', async t => {
  const held: Socket[] = [];
  const hub = await openSocketHub(socket => void held.push(socket.resume()));
  const asking: ListenerTls = { ...own, clientCa: `${authority.cert}${stranger.cert}`, clientCertificate: 'request' };
  await within(hub, { tls: asking }, async house => {
    const idle = clientOf(house, clientCert);
    const busy = clientOf(house, clientCert);
    const nameless = clientOf(house);
    await Promise.all([idle, busy, nameless].map(client => once(client, 'secureConnect')));
    for (const client of [busy, nameless]) client.write(request('GET /user/a/ HTTP/1.1'));
    await until(() => held.length === 2 && house.doors.inUse().connections === 3);
    const answers = [busy, nameless].map(client => once(client, 'data'));
    const ends = [idle, busy].map(client => once(client, 'close'));
    house.doors.renew([{ ...asking, clientCa: stranger.cert }]);
    await ends[0];
    for (const socket of held) socket.write(ok);
    const [[ofBusy], [ofNameless]] = (await Promise.all(answers)) as [[Buffer], [Buffer]];
    t.match(ofBusy.toString(), /^HTTP\/1\.1 200 (?:.*\r\n)+Connection: close\r\n/);
    await ends[1];
    t.notMatch(ofNameless.toString(), /Connection: close/);
    nameless.destroy();
  });
});

test('nor does a handshake come through that was under way meanwhile', async t => {
  const believing: ListenerTls = {
    ...own,
    clientCa: `${authority.cert}${stranger.cert}`,
    clientCertificate: 'require',
  };
  await withSecureListener(
    async house => {
      const bare = connectPlain(house.port, '127.0.0.1');
      await once(bare, 'connect');
      const later = clientOf(house, strangersCert);
      await once(later, 'secureConnect');
      house.doors.renew([{ ...believing, clientCa: stranger.cert }]);
      const socket = connect({ socket: bare, host: '127.0.0.1', ca: authority.cert, ...clientCert });
      const answered = readAll(socket);
      socket.write(request());
      t.equal((await answered).text, '');
      later.destroy();
    },
    { tls: believing },
  );
});

test('a client that goes takes its request along', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, { tls: listenerTls }, async house => {
    for (const end of ['destroy', 'resetAndDestroy'] as const) {
      const bare = connectPlain(house.port, '127.0.0.1');
      const socket = connect({ socket: bare, host: '127.0.0.1', ca: authority.cert });
      const before = hub.sockets.length;
      socket.on('error', () => undefined).write(request('GET /user/a/ HTTP/1.1'));
      await until(() => hub.sockets.length > before);
      bare[end]();
      await until(() => hub.sockets.every(({ destroyed }) => destroyed));
    }
    await house.settled(2);
    t.match(house.records, [{ complete: false }, { complete: false }]);
  });
});

test('a client that takes nothing of its answer is let go', async t => {
  const hub = await openSocketHub(socket => {
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const more = (): void => {
      while (socket.write(chunk));
    };
    socket.on('drain', more).once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      more();
    });
  });
  await within(hub, { tls: listenerTls, limits: { bodyStallTimeoutMs: 200 } }, async house => {
    const socket = clientOf(house);
    socket.on('error', () => undefined).pause();
    socket.write(request('GET /user/a/ HTTP/1.1'));
    await house.settled(1);
    t.match(house.records[0], { complete: false, refusal: { reason: 'request-timeout' } });
    socket.destroy();
  });
});

test('a half answer is seen as one', async t => {
  const halves: readonly [answer: string, line: string][] = [
    ['HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', 'GET /user/a/ HTTP/1.1'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', 'GET /user/a/ HTTP/1.1'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', 'GET /user/a/ HTTP/1.0'],
  ];
  for (const [answer, line] of halves) {
    const hub = await openSocketHub(socket => socket.once('data', () => socket.write(answer)));
    await within(hub, { tls: listenerTls }, async house => {
      const socket = clientOf(house);
      socket.write(request(line));
      await once(socket, 'data');
      const end = readAll(socket);
      for (const each of hub.sockets) each.destroy();
      t.equal((await end).code, 'ECONNRESET', line);
      await house.settled(1);
      t.match(house.records[0], { complete: false, refusal: { reason: 'hub-unreachable' } });
    });
  }
});

test('TLS on a Unix socket: answered, cut where the answer is half, and left in no drain', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'gate.sock');
  const hub = await openSocketHub(socket =>
    socket.once('data', () => socket.write(ok.replace('Length: 2', 'Length: 9'))),
  );
  await within(hub, { tls: listenerTls, listen: [{ kind: 'unix', path }] }, async house => {
    const silent = connectPlain({ path });
    await once(silent, 'connect');
    const socket = connect({ path, ca: authority.cert, servername: '', checkServerIdentity: () => undefined });
    socket.write(request());
    t.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 200 /);
    const ended = Promise.all([readAll(socket), readAll(silent)]);
    for (const each of hub.sockets) each.destroy();
    await house.settled(1);
    t.match(house.records, [{ complete: false, refusal: { reason: 'hub-unreachable' } }]);
    await house.doors.drain(5000);
    await ended;
  });
});

test('bytes that are no TLS end a connection and its request', async t => {
  const hub = await openSocketHub(socket => void socket.resume());
  await within(hub, { tls: listenerTls }, async house => {
    const bare = connectPlain(house.port, '127.0.0.1');
    const socket = connect({ socket: bare, host: '127.0.0.1', ca: authority.cert });
    const end = readAll(socket);
    socket.write(request('GET /user/a/ HTTP/1.1'));
    await until(() => hub.received() !== '');
    bare.write('no record of TLS begins so');
    await house.settled(1);
    t.match(house.records[0], { complete: false });
    await until(() => hub.sockets.every(({ destroyed }) => destroyed));
    bare.destroy();
    await end;
  });
});

test('bytes of the hub that are no TLS end its answer', async t => {
  const server = createTlsServer(own, socket => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'));
  });
  const hub = await openSocketHub(server);
  await within(hub, { tls: listenerTls, hubTls }, async house => {
    const socket = clientOf(house);
    socket.write(request('GET /user/a/ HTTP/1.1'));
    await once(socket, 'data');
    const end = readAll(socket);
    hub.sockets[0]?.write('no record of TLS begins so');
    t.equal((await end).code, 'ECONNRESET');
    t.match(house.records[0], { complete: false, refusal: { reason: 'hub-unreachable' } });
  });
});

test('a client that has said its last by TLS is answered', async t => {
  await withSecureListener(async house => {
    const bare = connectPlain({ port: house.port, host: '127.0.0.1', allowHalfOpen: true });
    const socket = connect({ socket: bare, host: '127.0.0.1', ca: authority.cert });
    socket.end(request());
    t.match((await readAll(socket)).text, /200 OK\r\n/);
  });
});

for (const framing of [{ 'Content-Length': bulk.length }, {}]) {
  test(`TLS on both sides: 64 MiB both ways, up ${Object.keys(framing)[0] ?? 'chunked'}`, async t => {
    await within(await secureHub(own), { tls: listenerTls, hubTls }, async house => {
      const headers = { Authorization: 'Bearer alice', Host: 'hub.example.org', ...framing };
      const createConnection = (): Socket => clientOf(house);
      const outgoing = requestSecurely({ path: '/user/a/bulk', method: 'POST', headers, createConnection });
      const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
      await pipeline(Readable.from(pieces()), outgoing);
      const [answer] = await answered;
      t.equal(answer.headers['x-sum'], sha256(bulk), 'up');
      const down = createHash('sha256');
      await pipeline(answer, down);
      t.equal(down.digest('hex'), sha256(bulk), 'down');
    });
  });
}

test('TLS on both sides: one connection for many requests, also to the hub', async t => {
  const hub = await secureHub(own);
  await within(hub, { tls: listenerTls, hubTls }, async house => {
    const socket = clientOf(house);
    for (const name of ['a', 'b', 'c']) {
      socket.write(request(`GET /user/${name} HTTP/1.1`));
      const [answer] = (await once(socket, 'data')) as [Buffer];
      t.match(answer.toString(), `seen GET /user/${name}`);
    }
    socket.destroy();
    t.equal(hub.sockets.length, 1);
  });
});

test('TLS on both sides: WebSockets', async t => {
  await within(await secureHub(own), { tls: listenerTls, hubTls }, async house => {
    const headers = { Authorization: 'Bearer alice', Host: 'hub.example.org' };
    const options = { headers, maxPayload: 1 << 26, ca: authority.cert };
    const client = new WebSocket(`wss://127.0.0.1:${house.port}/user/a/`, options);
    await once(client, 'open');
    for (const size of [5, 70_000, 4 * 1024 * 1024]) {
      const sent = bulk.subarray(0, size);
      client.send(sent);
      const [got] = (await once(client, 'message')) as [Buffer];
      t.ok(sent.equals(got), `${size} bytes`);
    }
    const closed = once(client, 'close');
    void house.doors.drain(5000);
    t.equal((await closed)[0], 1001, 'a drain says so');
  });
});

test('the hub sees the name and the certificate of the gate', async t => {
  const certificate = makeCertificate({ names: ['hub.internal'], issuer: authority });
  const server = createTlsServer({
    ...certificate,
    ca: authority.cert,
    requestCert: true,
    ALPNProtocols: ['http/1.1'],
  });
  const seen: unknown[] = [];
  server.on('secureConnection', socket => {
    seen.push([socket.servername, socket.getPeerX509Certificate()?.subject, socket.alpnProtocol]);
    socket.on('error', () => undefined).once('data', () => socket.write(ok));
  });
  const tls = { ...hubTls, own: clientCert, serverName: 'hub.internal' };
  await within(await openSocketHub(server), { hubTls: tls, tls: listenerTls }, async house => {
    t.match((await ask(house)).text, /^HTTP\/1\.1 200 /);
    t.strictSame(seen, [['hub.internal', 'CN=client', 'http/1.1']]);
  });
});

const wrongHubs: readonly [rule: string, open: () => Promise<SocketHub>, tls: HubTls, detail: RegExp][] = [
  ['expired', () => secureHub(expired), hubTls, /^CERT_HAS_EXPIRED: .*renew it/],
  [
    'not valid yet',
    () => secureHub(makeCertificate({ issuer: authority, notBefore: new Date(Date.now() + 3_600_000) })),
    hubTls,
    /^CERT_NOT_YET_VALID: .*clock/,
  ],
  ['signed by a stranger', () => secureHub(own), { ...hubTls, ca: stranger.cert }, /hub\.tls\.caFile must hold/],
  ['signed by nobody whom Node knows', () => secureHub(own), { ...hubTls, ca: null }, /hub\.tls\.caFile must hold/],
  ['signed by itself', () => secureHub(makeCertificate()), hubTls, /hub\.tls\.caFile must hold/],
  [
    'of another name',
    () => secureHub(makeCertificate({ names: ['elsewhere'], issuer: authority })),
    hubTls,
    /^ERR_TLS_CERT_ALTNAME_INVALID: .*set hub\.tls\.serverName/,
  ],
  ['of another name than serverName', () => secureHub(own), { ...hubTls, serverName: 'hub' }, /hub\.tls\.serverName/],
  [
    'not shown: the hub is plain',
    () => openSocketHub(socket => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
    hubTls,
    /does not speak TLS/,
  ],
];

for (const [rule, open, tls, detail] of wrongHubs) {
  test(`the hub's certificate is ${rule}`, async t => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    t.teardown(() => void delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']);
    const hub = await open();
    let requests = 0;
    const server = hub.server;
    server.on('request', () => {
      requests += 1;
    });
    await within(hub, { hubTls: tls, tls: listenerTls }, async house => {
      const webSocket =
        'GET /user/a/ HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
      for (const line of ['GET /hub/login HTTP/1.1', webSocket]) {
        const socket = clientOf(house);
        socket.write(request(line));
        const [answer] = (await once(socket, 'data')) as [Buffer];
        t.match(answer.toString(), /^HTTP\/1\.1 502 /);
        socket.destroy();
      }
      for (const record of house.records) t.match(record.refusal, { reason: 'hub-unreachable', detail });
      const client = openHubClient({
        address: { kind: 'tcp', host: '127.0.0.1', port: hub.port },
        tls,
        connectTimeoutMs: 5000,
        responseTimeoutMs: 5000,
      });
      await t.rejects(client.ask('/hub/api', { maxBytes: 100, timeoutMs: 5000 }), { message: detail });
      await client.close();
      t.equal(requests, 0, 'not a request reached it');
    });
  });
}

test('a hub that asks for a certificate, and gets none', async t => {
  const hub = await secureHub(own, { ca: authority.cert, requestCert: true, rejectUnauthorized: true });
  await within(hub, { hubTls, tls: listenerTls }, async house => {
    t.match((await ask(house)).text, /^HTTP\/1\.1 502 /);
    const detail = /the hub asks for a certificate: set hub\.tls\.certFile/;
    t.match(house.records[0]?.refusal, { reason: 'hub-unreachable', detail });
  });
});

test("the gate's own questions go by TLS too", async t => {
  const certificate = makeCertificate({ names: ['hub.internal'], issuer: authority });
  const hub = await secureHub(certificate, { ca: authority.cert, requestCert: true });
  const client = openHubClient({
    address: { kind: 'tcp', host: '127.0.0.1', port: hub.port },
    tls: { ca: authority.cert, own: clientCert, serverName: 'hub.internal' },
    connectTimeoutMs: 5000,
    responseTimeoutMs: 5000,
  });
  const { status, body } = await client.ask('/hub/api/user', { maxBytes: 100, timeoutMs: 5000 });
  t.equal(status, 200);
  t.equal(body.toString(), 'seen GET /hub/api/user');
  await client.close();
  await hub.close();
});

test('a hub that never shakes hands is given up after limits.hubConnectTimeout', async t => {
  const hub = await openSocketHub(createTcpServer(socket => void socket.resume()));
  await within(hub, { hubTls, tls: listenerTls, limits: { hubConnectTimeoutMs: 200 } }, async house => {
    t.match((await ask(house)).text, /^HTTP\/1\.1 502 /);
    t.match(house.records[0]?.refusal, { reason: 'hub-unreachable', detail: 'ETIMEDOUT' });
  });
});
