/** PROXY headers in front of the doors: required means required, of trusted proxies alone, and one to a connection (T3). */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as tick } from 'node:timers/promises';
import { connect as connectSecurely } from 'node:tls';
import { test } from 'tap';
import type { TrustRules } from '../../src/gate/policy.ts';
import { addressSet, parseCidr } from '../../src/http/address.ts';
import type { ListenerTls } from '../../src/wire/secure.ts';
import { makeAuthority, makeCertificate } from '../clients/certificates.ts';
import { versionTwo, versionTwoFrom } from '../clients/proxy-headers.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { type House, type HouseOptions, proof, type SocketHub, scriptedHub, until, within } from './door-house.ts';

const authority = makeAuthority();
const listenerTls: ListenerTls = {
  ...makeCertificate({ issuer: authority }),
  clientCa: null,
  clientCertificate: 'none',
};

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const client = '203.0.113.9';
const versionOne = `PROXY TCP4 ${client} 10.0.0.1 51234 443\r\n`;
const anotherSource = 'PROXY TCP4 198.51.100.7 10.0.0.1 51234 443\r\n';

function request(...lines: readonly string[]): string {
  return ['GET /user/a/x HTTP/1.1', 'Host: hub.example.org', proof.trimEnd(), ...lines, '', ''].join('\r\n');
}

const last = request('Connection: close');

function rangesOf(...texts: readonly string[]): TrustRules['proxies'] {
  return addressSet(
    texts.map(text => {
      const parsed = parseCidr(text);
      if (!parsed.ok) throw new Error(parsed.fault);
      return parsed.cidr;
    }),
  );
}

const trust: TrustRules = {
  proxies: rangesOf('127.0.0.1', '10.42.0.0/16'),
  others: 'refuse',
  clientAddress: 'X-Forwarded-For',
  unixPeers: true,
  signInProxies: rangesOf(),
};

function trusting(more: Partial<TrustRules>): Pick<HouseOptions, 'policy'> {
  return { policy: { trust: { ...trust, ...more } } };
}

/** All that comes until the connection ends. */
async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
  if (!socket.closed) await new Promise(resolve => socket.once('close', resolve));
  return Buffer.concat(chunks).toString('latin1');
}

type Piece = string | Buffer;

const bytesOf = (...pieces: readonly Piece[]): Buffer =>
  Buffer.concat(pieces.map(piece => Buffer.from(piece as string, 'latin1')));

/** Sends it in one piece; gives all that comes back. */
function send(house: House, pieces: readonly Piece[], from: Partial<NetConnectOpts> = {}): Promise<string> {
  const socket = connect({ port: house.port, host: '127.0.0.1', ...from });
  socket.write(bytesOf(...pieces));
  return readAll(socket);
}

async function headed(
  use: (house: House, hub: SocketHub) => Promise<void>,
  options: Partial<HouseOptions> = {},
): Promise<void> {
  const hub = await scriptedHub(ok);
  await within(hub, { proxyProtocol: 'required', ...trusting({}), ...options }, house => use(house, hub));
}

const forwardingTo = (address: string): RegExp =>
  new RegExp(`\r\nX-Forwarded-For: ${address}\r\nX-Real-IP: ${address}\r\nForwarded: for=${address};`);

const whole: readonly [title: string, header: Piece, source: string][] = [
  ['version 1', versionOne, client],
  ['version 1 over IPv6', 'PROXY TCP6 2001:db8::9 fd00::1 1 2\r\n', '2001:db8::9'],
  ['version 2', versionTwoFrom(client), client],
  ['UNKNOWN is the peer itself', 'PROXY UNKNOWN\r\n', '127.0.0.1'],
  ['LOCAL is the peer itself', versionTwo({ command: 0x20, family: 0 }), '127.0.0.1'],
  ['a Unix socket names nobody', versionTwo({ family: 0x31, block: Buffer.alloc(216) }), '127.0.0.1'],
];

for (const [title, header, source] of whole) {
  test(`${title}: the source is the client address, above and in the audit line`, async t => {
    await headed(async (house, hub) => {
      t.match(await send(house, [header, last]), /^HTTP\/1\.1 200 /);
      t.match(hub.received(), source.includes(':') ? /For: 2001:db8::9\r\n/ : forwardingTo(source));
      await house.settled(1);
      t.match(house.records, [{ client: source, peer: '127.0.0.1', status: 200 }]);
    });
  });
}

test('one source for all requests of a connection, whatever chain a client writes', async t => {
  await headed(async (house, hub) => {
    const forged = request('X-Forwarded-For: 6.6.6.6', 'X-Real-IP: 6.6.6.6', 'Forwarded: for=6.6.6.6');
    const text = await send(house, [versionOne, forged, forged, last]);
    t.equal(text.match(/HTTP\/1\.1 200 /g)?.length, 3);
    t.notMatch(hub.received(), '6.6.6.6');
    await house.settled(3);
    t.strictSame(
      house.records.map(record => record.client),
      [client, client, client],
    );
  });
});

for (const clientAddress of ['X-Forwarded-For', 'Forwarded', 'peer'] as const) {
  test(`a source that is a proxy itself is believed its chain (${clientAddress})`, async t => {
    const chain = ['X-Forwarded-For: 192.0.2.1, 198.51.100.7', 'Forwarded: for=192.0.2.2, for=198.51.100.8'];
    const found = { 'X-Forwarded-For': '198.51.100.7', Forwarded: '198.51.100.8', peer: '10.42.0.7' }[clientAddress];
    await headed(async (house, hub) => {
      await send(house, ['PROXY TCP4 10.42.0.7 10.0.0.1 1 2\r\n', request('Connection: close', ...chain)]);
      t.match(hub.received(), forwardingTo(found));
    }, trusting({ clientAddress }));
  });
}

test('byte by byte, in two halves at every place, and with what follows in the same piece', async t => {
  await headed(async (house, hub) => {
    for (const header of [Buffer.from(versionOne), versionTwoFrom(client)]) {
      const slow = connect({ port: house.port, host: '127.0.0.1', noDelay: true });
      const answer = readAll(slow);
      for (const byte of bytesOf(header, last)) {
        slow.write(Buffer.from([byte]));
        await tick();
      }
      t.match(await answer, /^HTTP\/1\.1 200 /);
      const all = bytesOf(header, last);
      for (let at = 1; at < header.length + 3; at += 1) {
        const socket = connect({ port: house.port, host: '127.0.0.1', noDelay: true });
        const read = readAll(socket);
        socket.write(all.subarray(0, at), () => setImmediate(() => socket.write(all.subarray(at))));
        t.match(await read, /^HTTP\/1\.1 200 /, `cut at ${at}`);
      }
    }
    t.equal(new Set(hub.received().match(/X-Forwarded-For: .*/g)).size, 1);
  });
});

test('a body behind the header arrives whole', async t => {
  await headed(async (house, hub) => {
    const body = 'x'.repeat(200_000);
    const head = request(`Content-Length: ${body.length}`, 'Connection: close').replace('GET', 'POST');
    t.match(await send(house, [versionTwoFrom(client), head, body]), /^HTTP\/1\.1 200 /);
    t.ok(hub.received().endsWith(`\r\n\r\n${body}`));
  });
});

test('a client that has said its last behind the header is still answered', async t => {
  await headed(async house => {
    const socket = connect({ port: house.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end(bytesOf(versionOne, request()));
    t.match(await readAll(socket), /HTTP\/1\.1 200 /);
  });
});

const refused: readonly [title: string, bytes: readonly Piece[], detail: string][] = [
  ['none', [request()], 'no PROXY header comes first'],
  ['TLS, which is not spoken here either', ['\x16\x03\x01\x02\x00\x01'], 'no PROXY header comes first'],
  ['one that is not whole, and its end', ['PROXY TCP4 203.0.113.9 10.0.0.1 1'], 'the PROXY header breaks off'],
  ['half a signature, and its end', ['\r\n\r\n\0\r'], 'the PROXY header breaks off'],
  ['no address', ['PROXY TCP4 0177.0.0.1 10.0.0.1 1 2\r\n', last], 'version 1: an address is none'],
  ['no CR', [versionOne.replace('\r', ''), last], 'version 1: a character that is not printable, or CR and LF apart'],
  ['another version', [versionTwo({ command: 0x31, family: 0 }), last], 'version 2: another version, or no command'],
  [
    'a vector that is longer than the header',
    [versionTwo({ family: 0, block: Buffer.from([4, 0, 9]) }), last],
    'version 2: a vector is longer than the header',
  ],
  [
    'a sum that does not hold',
    [versionTwo({ family: 0, checksum: 'broken' }), last],
    'version 2: the checksum does not hold',
  ],
];

for (const [title, bytes, detail] of refused) {
  test(`a bad header: ${title}`, async t => {
    await headed(async (house, hub) => {
      const socket = connect({ port: house.port, host: '127.0.0.1', allowHalfOpen: true });
      socket.end(bytesOf(...bytes));
      const answer = await readAll(socket);
      t.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n.*"proxy-header-invalid"/s);
      t.match(answer, /\r\nConnection: close\r\n/);
      t.equal(answer.match(/HTTP\/1\.1/g)?.length, 1);
      t.equal(hub.sockets.length, 0);
      await house.settled(1);
      const refusal = { reason: 'proxy-header-invalid', detail };
      t.match(house.records, [{ status: 400, peer: '127.0.0.1', client: undefined, refusal }]);
    });
  });
}

const seconds: readonly [title: string, pieces: readonly Piece[]][] = [
  ['version 1 behind version 1', [versionOne, anotherSource, last]],
  ['version 2 behind version 1', [versionOne, versionTwoFrom('198.51.100.7'), last]],
  ['version 1 behind version 2', [versionTwoFrom(client), anotherSource, last]],
  ['version 2 behind version 2', [versionTwoFrom(client), versionTwoFrom('198.51.100.7'), last]],
];

for (const [title, pieces] of seconds) {
  test(`a second header is no request: ${title}`, async t => {
    await headed(async (house, hub) => {
      t.match(await send(house, pieces), /^HTTP\/1\.1 400 .*"request-ambiguous"/s);
      t.equal(hub.sockets.length, 0);
      await house.settled(1);
      t.match(house.records, [{ client, refusal: { reason: 'request-ambiguous' } }]);
    });
  });
}

for (const header of [anotherSource, versionTwoFrom('198.51.100.7')]) {
  test('a header between the requests of a kept connection is no request', async t => {
    await headed(async (house, hub) => {
      const socket = connect({ port: house.port, host: '127.0.0.1' });
      socket.write(bytesOf(versionOne, request()));
      t.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 200 /);
      socket.write(bytesOf(header, last));
      t.match(await readAll(socket), /^HTTP\/1\.1 400 .*"request-ambiguous"/s);
      t.notMatch(hub.received(), '198.51.100.7');
    });
  });
  test('a header where none is taken is no request', async t => {
    await headed(
      async (house, hub) => {
        t.match(await send(house, [header, last]), /^HTTP\/1\.1 400 .*"request-ambiguous"/s);
        t.equal(hub.sockets.length, 0);
      },
      { proxyProtocol: 'none' },
    );
  });
}

for (const others of ['refuse', 'bearerOnly'] as const) {
  test(`of a stranger nothing is read (others: ${others})`, async t => {
    await headed(async (house, hub) => {
      const stranger = { localAddress: '127.0.0.2' };
      for (const pieces of [[versionOne, last], [versionTwoFrom('127.0.0.1'), last], [last], ['P']]) {
        const answer = await send(house, pieces, stranger);
        t.match(answer, /^HTTP\/1\.1 403 .*"peer-untrusted"/s);
      }
      await house.settled(4);
      t.equal(hub.sockets.length, 0);
      for (const record of house.records) t.match(record, { peer: '127.0.0.2', client: undefined });
    }, trusting({ others }));
  });
}

test('a peer that is trusted no more is refused on the connection that it has, and its source does not speak for it', async t => {
  let now = trust;
  const inForce: HouseOptions['inForce'] = policy => ({ ...policy, trust: now });
  for (const others of ['refuse', 'bearerOnly'] as const) {
    now = trust;
    await headed(
      async (house, hub) => {
        const socket = connect({ port: house.port, host: '127.0.0.1' });
        socket.write(bytesOf(versionOne, request()));
        t.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 200 /);
        now = { ...trust, proxies: rangesOf('10.42.0.0/16', client), others };
        socket.write(last);
        const answer = await readAll(socket);
        if (others === 'refuse') t.match(answer, /^HTTP\/1\.1 403 /);
        else t.match(hub.received().slice(hub.received().lastIndexOf('GET')), forwardingTo('127.0.0.1'));
      },
      { inForce },
    );
  }
});

test('a header that does not come whole in time', async t => {
  await headed(
    async house => {
      const begun = connect({ port: house.port, host: '127.0.0.1' });
      begun.write('PROXY TCP4 ');
      t.match(await readAll(begun), /^HTTP\/1\.1 408 .*"request-timeout"/s);
      const silent = connect({ port: house.port, host: '127.0.0.1' });
      t.equal(await readAll(silent), '', 'a client that only connects is not worth a word');
      t.match(house.records, [{ refusal: { reason: 'request-timeout' } }]);
      t.equal(house.records.length, 1);
    },
    { limits: { headerTimeoutMs: 100 } },
  );
});

test('a drain does not wait for a header', async t => {
  await headed(async house => {
    const silent = connect({ port: house.port, host: '127.0.0.1' });
    const begun = connect({ port: house.port, host: '127.0.0.1' });
    begun.write('PROXY');
    t.match(await send(house, [versionOne, last]), /^HTTP\/1\.1 200 /, 'those before were accepted');
    const ended = Promise.all([readAll(silent), readAll(begun)]);
    await house.doors.drain(5000);
    t.strictSame(await ended, ['', '']);
  });
});

test('connections above the limit are counted behind their header', async t => {
  await headed(
    async house => {
      const first = connect({ port: house.port, host: '127.0.0.1' });
      first.write(bytesOf(versionOne, request()));
      t.match(String((await once(first, 'data'))[0]), /^HTTP\/1\.1 200 /);
      t.match(await send(house, [versionOne, last]), /^HTTP\/1\.1 503 .*"too-many-connections"/s);
      first.destroy();
    },
    { limits: { connections: 1 } },
  );
});

/** Speaks TLS behind what is sent in the clear first; the ClientHello comes in the same segment. */
async function askSecurely(where: NetConnectOpts, header: Piece): Promise<string> {
  const outer = createServer(through => {
    const bare = connect(where);
    through.once('data', hello => {
      bare.write(bytesOf(header, hello));
      through.pipe(bare);
    });
    bare.pipe(through);
    for (const [one, other] of [
      [bare, through],
      [through, bare],
    ] as const)
      one.on('error', () => undefined).on('close', () => other.destroy());
  });
  outer.listen(0, '127.0.0.1');
  await once(outer, 'listening');
  const bound = outer.address();
  const port = typeof bound === 'object' ? (bound?.port ?? 0) : 0;
  const socket = connectSecurely({ port, host: '127.0.0.1', ca: authority.cert });
  socket.write(last);
  const text = await readAll(socket);
  outer.close();
  return text;
}

for (const header of [versionOne, versionTwoFrom(client)]) {
  test('in front of TLS: the header, then the handshake, in one piece or apart', async t => {
    await headed(
      async (house, hub) => {
        const where = { port: house.port, host: '127.0.0.1' };
        t.match(await askSecurely(where, header), /^HTTP\/1\.1 200 /);
        const bare = connect(where);
        for (const byte of bytesOf(header)) {
          bare.write(Buffer.from([byte]));
          await tick();
        }
        const socket = connectSecurely({ socket: bare, host: '127.0.0.1', ca: authority.cert });
        socket.write(request());
        t.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 200 /);
        const certificate = makeCertificate({ issuer: authority });
        house.doors.renew([{ ...listenerTls, ...certificate }]);
        socket.write(last);
        t.match(await readAll(socket), /^HTTP\/1\.1 200 /, 'a renewal leaves it alone');
        t.equal(hub.received().match(forwardingTo(client))?.length, 1);
        await house.settled(3);
        t.strictSame(
          house.records.map(record => [record.client, record.peer]),
          Array.from({ length: 3 }, () => [client, '127.0.0.1']),
        );
      },
      { tls: listenerTls },
    );
  });
}

test('in front of TLS: many at once, each with its own source', async t => {
  await headed(
    async (house, hub) => {
      const sources = Array.from({ length: 20 }, (_, at) => `203.0.113.${at + 1}`);
      const where = { port: house.port, host: '127.0.0.1' };
      await Promise.all(
        sources.map(async source => {
          const bare = connect(where);
          bare.write(versionTwoFrom(source));
          const socket = connectSecurely({ socket: bare, host: '127.0.0.1', ca: authority.cert });
          socket.write(request(`X-Said: ${source}`, 'Connection: close'));
          t.match(await readAll(socket), /^HTTP\/1\.1 200 /);
        }),
      );
      const heads = hub.received().split('\r\n\r\n').slice(0, -1);
      t.equal(heads.length, sources.length);
      for (const head of heads) {
        const said = /X-Said: (.*)/.exec(head)?.[1];
        t.equal(/X-Forwarded-For: (.*)/.exec(head)?.[1], said);
      }
    },
    { tls: listenerTls },
  );
});

test('in front of TLS a bad header ends the connection, and an event says so', async t => {
  const [headers, handshakes]: [string[], string[]] = [[], []];
  const stranger = { localAddress: '127.0.0.2' };
  const rows: readonly [bytes: readonly Piece[], from: Partial<NetConnectOpts>, fault: string][] = [
    [['\x16\x03\x01\x02\x00\x01'], {}, 'no PROXY header comes first'],
    [[last], {}, 'no PROXY header comes first'],
    [['PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n'], {}, 'version 1: a character that is not printable, or CR and LF apart'],
    [['PROXY TCP4 1.2'], {}, 'the PROXY header is not whole within limits.headerTimeout'],
    [[versionOne], stranger, 'PROXY headers are taken from trust.proxies alone'],
  ];
  await headed(
    async (house, hub) => {
      for (const [bytes, from, fault] of rows) {
        t.equal(await send(house, bytes, from), '');
        t.equal(headers.at(-1), fault);
      }
      t.equal(headers.length, rows.length);
      t.equal(await send(house, [versionOne, anotherSource]), '', 'a second header is no handshake');
      t.equal(await send(house, [versionOne, last]), '', 'nor is a request');
      t.equal(await send(house, [versionOne]), '', 'nor is nothing');
      t.strictSame(handshakes, [
        'a client did not speak TLS',
        'a client spoke plain HTTP',
        'a client did not shake hands within limits.headerTimeout',
      ]);
      t.equal(headers.length, rows.length);
      t.equal(house.records.length, 0);
      t.equal(hub.sockets.length, 0);
    },
    {
      tls: listenerTls,
      limits: { headerTimeoutMs: 300 },
      onHeaderRefused: fault => headers.push(fault),
      onHandshakeFailed: fault => handshakes.push(fault),
    },
  );
});

test('in front of TLS a half answer still ends in a reset, and a drain waits for nobody', async t => {
  const hub = await scriptedHub('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', 'close');
  await within(hub, { tls: listenerTls, proxyProtocol: 'required', ...trusting({}) }, async house => {
    const bare = connect({ port: house.port, host: '127.0.0.1' });
    bare.write(versionOne);
    const socket = connectSecurely({ socket: bare, host: '127.0.0.1', ca: authority.cert });
    let code: string | undefined;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      code = error.code;
    });
    socket.write(request());
    await readAll(socket);
    t.equal(code, 'ECONNRESET');
    const waiting = [
      connect({ port: house.port, host: '127.0.0.1' }),
      connect({ port: house.port, host: '127.0.0.1' }),
    ];
    waiting[1]?.write(versionOne);
    await Promise.all(waiting.map(each => once(each, 'connect')));
    const ended = Promise.all(waiting.map(readAll));
    await house.doors.drain(5000);
    t.strictSame(await ended, ['', '']);
  });
});

for (const tls of [null, listenerTls]) {
  test(`on a Unix socket ${tls === null ? 'in the clear' : 'by TLS'}`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'headed-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'gate.sock');
    const ask = (header: Piece): Promise<string> => {
      const bare = connect({ path });
      bare.write(header);
      const socket =
        tls === null
          ? bare
          : connectSecurely({ socket: bare, ca: authority.cert, servername: '', checkServerIdentity: () => undefined });
      socket.write(last);
      return readAll(socket);
    };
    const options: Partial<HouseOptions> = { listen: [{ kind: 'unix', path }], ...(tls === null ? {} : { tls }) };
    await headed(async (house, hub) => {
      t.match(await ask(versionTwoFrom(client)), /^HTTP\/1\.1 200 /);
      t.match(hub.received(), forwardingTo(client));
      t.match(await ask('PROXY UNKNOWN\r\n'), /^HTTP\/1\.1 200 /);
      t.equal(hub.received().match(/X-Forwarded-For/g)?.length, 1, 'nobody is named');
      await house.settled(2);
      t.match(house.records, [
        { client, peer: 'unix' },
        { client: undefined, peer: 'unix' },
      ]);
    }, options);
    await headed(
      async (house, hub) => {
        t.match(await ask(versionOne), tls === null ? /^HTTP\/1\.1 403 / : /^$/);
        t.equal(hub.sockets.length, 0);
        await until(() => house.records.length === (tls === null ? 1 : 0));
      },
      { ...options, ...trusting({ unixPeers: false }) },
    );
  });
}

for (const tls of [null, listenerTls]) {
  test(`connections of an address are counted by source, ${tls === null ? 'in the clear' : 'by TLS'}`, async t => {
    const options: Partial<HouseOptions> = { limits: { connectionsPerAddress: 2 }, ...(tls === null ? {} : { tls }) };
    await headed(async house => {
      const open: Socket[] = [];
      const answered = async (header: Piece): Promise<string | undefined> => {
        const bare = connect({ port: house.port, host: '127.0.0.1' });
        bare.write(header);
        const socket = tls === null ? bare : connectSecurely({ socket: bare, host: '127.0.0.1', ca: authority.cert });
        open.push(socket);
        socket.write(request());
        return /^HTTP\/1\.1 (\d+) /.exec(String((await once(socket, 'data'))[0]))?.[1];
      };
      for (const source of ['203.0.113.1', '203.0.113.2'])
        for (const status of ['200', '200', '429']) t.equal(await answered(versionTwoFrom(source)), status, source);
      for (const status of ['200', '200', '429']) t.equal(await answered('PROXY UNKNOWN\r\n'), status, 'nobody');
      for (const socket of open) socket.destroy();
      await until(() => house.records.length === open.length);
    }, options);
  });
}

test('connections of a stranger are counted before it says anything', async t => {
  await headed(
    async house => {
      const open = Array.from({ length: 40 }, () =>
        connect({ port: house.port, host: '127.0.0.1', localAddress: '127.0.0.2' }).on('error', () => undefined),
      );
      await until(() => open.filter(socket => socket.closed).length >= 7);
      t.equal(open.filter(socket => socket.closed).length, 7, 'one may be served, 32 may be told');
      const trusted = Array.from({ length: 40 }, () => connect({ port: house.port, host: '127.0.0.1' }));
      t.match(await send(house, [versionOne, last]), /^HTTP\/1\.1 200 /);
      t.ok(
        trusted.every(socket => !socket.closed),
        'a balancer may have many',
      );
      for (const socket of [...open, ...trusted]) socket.resume().destroy();
    },
    { limits: { connectionsPerAddress: 1 } },
  );
});

test('a whole gate: the config asks for headers, the log tells of bad ones, the audit line of the source', async t => {
  const lab = makeLab(t);
  const hub = await scriptedHub(ok);
  t.teardown(() => hub.close());
  const { cert, key } = makeCertificate({ issuer: authority });
  lab.write('gate.crt', cert);
  lab.write('gate.key', key);
  const listen = [
    { address: '127.0.0.1:0', proxyProtocol: 'required', tls: { certFile: 'gate.crt', keyFile: 'gate.key' } },
  ];
  const authenticator = 'jhub_remote_user_authenticator.RemoteUserAuthenticator';
  const config = labConfig({ url: `http://127.0.0.1:${hub.port}`, authenticator }, { listen });
  const gate = await startGateHere(t, lab.write('proxy.yaml', config));
  for (const _ of [1, 2, 3]) {
    const bad = connect(gate.port, '127.0.0.1');
    bad.write('GET / HTTP/1.1\r\n\r\n');
    t.equal(await readAll(bad), '');
  }
  const bare = connect(gate.port, '127.0.0.1');
  bare.write(versionTwoFrom(client));
  const socket = connectSecurely({ socket: bare, host: '127.0.0.1', ca: authority.cert });
  const token = `Authorization: Bearer ${lab.token('alice')}`;
  socket.write(`GET /hub/login HTTP/1.1\r\nHost: ${publicHost}\r\nConnection: close\r\n${token}\r\n\r\n`);
  t.match(await readAll(socket), /^HTTP\/1\.1 200 /);
  await until(() => gate.output().includes('"log":"audit"'));
  t.match(gate.output(), `"client":"${client}","peer":"127.0.0.1"`);
  t.equal(gate.output().match(/"msg":"PROXY header refused"/g)?.length, 1, 'one event for many');
  t.match(gate.output(), '"fault":"no PROXY header comes first"');
});
