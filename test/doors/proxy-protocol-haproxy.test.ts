/** The PROXY protocol as HAProxy speaks it: relaying bytes, speaking HTTP, and asking whether the gate is well. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectSecurely } from 'node:tls';
import { type Test, test } from 'tap';
import { reservePort } from '../../scripts/reserved-ports.ts';
import type { ListenerTls } from '../../src/wire/secure.ts';
import { makeAuthority, makeCertificate } from '../clients/certificates.ts';
import { runProgram } from '../clients/program.ts';
import { type House, type HouseOptions, proof, scriptedHub, within } from './door-house.ts';

const authority = makeAuthority();
const tls: ListenerTls = { ...makeCertificate({ issuer: authority }), clientCa: null, clientCertificate: 'none' };
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const host = 'hub.example.org';

/** What stands behind `server gate 127.0.0.1:PORT`. */
const senders = {
  'version 1': 'send-proxy',
  'version 2': 'send-proxy-v2',
  'version 2 with all that HAProxy can add without TLS': 'send-proxy-v2 proxy-v2-options crc32c,unique-id,authority',
};

interface Wish {
  readonly mode: 'tcp' | 'http';
  readonly sender: string;
  /** `bind`, a port or a Unix socket's path. */
  readonly bind: number | string;
}

function configText(gatePort: number, { mode, sender, bind }: Wish): string {
  const check =
    mode === 'tcp'
      ? ''
      : `
  option httpchk
  http-check send meth GET uri /user/a/well hdr Host ${host} hdr ${proof.trimEnd().replace(': ', ' ').replace(' alice', '\\ alice')}`;
  return `
global
  nbthread 1
defaults
  mode ${mode}
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout check 30s
  http-reuse always
frontend browsers
  bind ${typeof bind === 'number' ? `127.0.0.1:${bind}` : `unix@${bind}`}
  unique-id-format %{+X}o%ci:%cp_%rt
  default_backend gate
backend gate${check}
  server gate 127.0.0.1:${gatePort} source 127.0.0.1 ${sender}${mode === 'tcp' ? '' : ' check inter 100 fall 100 check-send-proxy'}
`;
}

/** In front of the gate until the test ends. */
async function openHaproxy(t: Test, gatePort: number, wish: Wish): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'haproxy-'));
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, configText(gatePort, wish));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const where = typeof wish.bind === 'number' ? { port: wish.bind, host: '127.0.0.1' } : { path: wish.bind };
  await runProgram(t, ['haproxy', '-q', '-db', '-f', file], where);
}

const request = `GET /user/a/x HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n${proof}\r\n`;

async function readAll(socket: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

async function headed(options: Partial<HouseOptions>, use: (house: House) => Promise<void>): Promise<void> {
  await within(await scriptedHub(ok), { proxyProtocol: 'required', ...options }, use);
}

for (const [title, sender] of Object.entries(senders)) {
  test(`HAProxy relays bytes, ${title}`, async t => {
    for (const secure of [false, true]) {
      await headed(secure ? { tls } : {}, async house => {
        const port = await reservePort();
        await openHaproxy(t, house.port, { mode: 'tcp', sender, bind: port });
        const bare = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.9' });
        const socket = secure ? connectSecurely({ socket: bare, host: '127.0.0.1', ca: authority.cert }) : bare;
        socket.write(request);
        t.match(await readAll(socket), /^HTTP\/1\.1 200 /);
        await house.settled(1);
        t.match(house.records, [{ client: '127.0.0.9', peer: '127.0.0.1', status: 200 }]);
      });
    }
  });

  test(`HAProxy speaks HTTP, ${title}: no client gets another's connection, and its own questions are its own`, async t => {
    await headed({}, async house => {
      const port = await reservePort();
      await openHaproxy(t, house.port, { mode: 'http', sender, bind: port });
      const clients = ['127.0.0.8', '127.0.0.9', '127.0.0.10'];
      const agents = clients.map(localAddress => new Agent({ keepAlive: true, maxSockets: 1, localAddress }));
      const headers = { Host: host, Authorization: 'Bearer alice' };
      const asked: Promise<unknown>[] = [];
      for (let round = 0; round < 5; round += 1) {
        for (const agent of agents) {
          const going = httpRequest({ port, host: '127.0.0.1', path: '/user/a/x', agent, headers }).end();
          const [response] = await once(going, 'response');
          t.equal(response.statusCode, 200);
          asked.push(once(response.resume(), 'end'));
        }
      }
      await Promise.all(asked);
      for (const agent of agents) agent.destroy();
      const byClient = (client: string): number => house.records.filter(record => record.client === client).length;
      t.strictSame(clients.map(byClient), [5, 5, 5]);
      await house.settled(17);
      t.ok(byClient('127.0.0.1') >= 2, 'whether the gate is well');
      t.ok(house.records.every(({ status }) => status === 200));
    });
  });
}

for (const sender of ['send-proxy', 'send-proxy-v2']) {
  test(`HAProxy names nobody whose clients come by a Unix socket (${sender})`, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'clients-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    await headed({}, async house => {
      const path = join(folder, 'front.sock');
      await openHaproxy(t, house.port, { mode: 'tcp', sender, bind: path });
      const socket = connect({ path });
      socket.write(request);
      t.match(await readAll(socket), /^HTTP\/1\.1 200 /);
      await house.settled(1);
      t.match(house.records, [{ client: '127.0.0.1', peer: '127.0.0.1' }]);
    });
  });
}

test('HAProxy that sends no header is told so', async t => {
  await headed({}, async house => {
    const port = await reservePort();
    await openHaproxy(t, house.port, { mode: 'tcp', sender: '', bind: port });
    const socket = connect({ port, host: '127.0.0.1' });
    socket.write(request);
    t.match(await readAll(socket), /^HTTP\/1\.1 400 .*"proxy-header-invalid"/s);
  });
});
