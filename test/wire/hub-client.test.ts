/** The hub's HTTP client: what it refuses before it sends, what it asks, and over which sockets. */

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import type { Address } from '../../src/config/sections/listen.ts';
import type { FieldLine } from '../../src/http/field.ts';
import { type HubClient, openHubClient } from '../../src/wire/upstream/hub-client.ts';
import { makeAuthority, makeCertificate } from '../clients/certificates.ts';

async function listening(server: Server | ReturnType<typeof createTcpServer>, path?: string): Promise<Address> {
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  if (path !== undefined) return { kind: 'unix', path };
  return { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

function clientOf(address: Address): HubClient {
  return openHubClient({ address, connectTimeoutMs: 5000, responseTimeoutMs: 5000 });
}

function socketPath(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'hub-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return join(folder, 'hub.sock');
}

/** The status, or the reason of the failure. */
function outcome(
  client: HubClient,
  target: string,
  fields: readonly FieldLine[],
  method = 'GET',
  protocol: 'http' | 'websocket' = 'http',
): Promise<string> {
  return new Promise(resolve => {
    let status = 0;
    client.forward(
      { method, target, fields, body: null, protocol },
      {
        head: answer => {
          status = answer.status;
        },
        interim: () => undefined,
        data: () => true,
        flush: () => undefined,
        room: () => undefined,
        switched: () => resolve('101'),
        end: () => resolve(String(status)),
        failed: reason => resolve(reason),
      },
    );
  });
}

const host: FieldLine = ['Host', 'hub.example.org'];

const poison: { title: string; target?: string; method?: string; fields: FieldLine[] }[] = [
  { title: 'Keep-Alive', fields: [host, ['Keep-Alive', 'timeout=5']] },
  { title: 'Expect', fields: [host, ['Expect', '100-continue']] },
  { title: 'Transfer-Encoding', fields: [host, ['Transfer-Encoding', 'chunked']] },
  { title: 'Upgrade', fields: [host, ['Upgrade', 'h2c']] },
  { title: 'Connection', fields: [host, ['Connection', 'a b']] },
  { title: 'two Hosts', fields: [host, ['host', 'other']] },
  { title: 'no Host', fields: [] },
  { title: 'P7: two Content-Lengths', fields: [host, ['Content-Length', '1'], ['content-length', '2']] },
  { title: 'a Content-Length that is none', fields: [host, ['Content-Length', '+1']] },
  { title: 'CR LF in a value', fields: [host, ['X', 'a\r\nRemote-User: root']] },
  { title: 'a name that is no token', fields: [host, ['X Y', 'a']] },
  { title: 'a character beyond latin-1', fields: [host, ['X', '\u0141']] },
  { title: 'an absolute target', target: 'http://evil.example/', fields: [host] },
  { title: 'a space in the target', target: '/a HTTP/1.1', fields: [host] },
  { title: 'a method that is no token', method: 'GET /', fields: [host] },
];

test('no request that the HTTP client would reject reaches it, so that none takes a connection out of the pool', async t => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? '');
    response.end('ok');
  });
  const client = clientOf(await listening(server));
  for (let round = 0; round < 10; round += 1) {
    for (const { title, target = '/', method = 'GET', fields } of poison) {
      const got = await outcome(client, target, fields, method);
      if (round === 0 || got !== 'internal-error') t.equal(got, 'internal-error', title);
    }
  }
  const good = await Promise.all(Array.from({ length: 20 }, (_, at) => outcome(client, `/${at}`, [host])));
  t.ok(good.every(status => status === '200'));
  t.equal(seen.length, 20);
  await client.close();
  server.close();
});

test('a Unix socket can be the hub, for requests, questions and WebSockets', async t => {
  const server = createServer((request, response) => response.end(`${request.headers.host}${request.url}`));
  const address = await listening(server, socketPath(t));
  const client = clientOf(address);
  t.equal(await outcome(client, '/hub/', [host]), '200');
  const asked = await client.ask('/hub/api/user?x=1', { maxBytes: 1000, timeoutMs: 5000 });
  t.equal(asked.body.toString(), 'localhost/hub/api/user?x=1');
  t.equal(await outcome(client, '/', [host], 'GET', 'websocket'), 'hub-answer-invalid', 'success without a switch');
  await client.close();
  server.close();
});

test('a question is bounded in size and time, follows no redirect and carries its fields', async t => {
  const sockets: Socket[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/large') response.end('x'.repeat(2000));
    else if (request.url === '/redirect') response.writeHead(302, { Location: '/large' }).end('moved');
    else if (request.url === '/slow') response.write('x');
    else if (request.method === 'POST') {
      response.setHeader('Content-Type', 'application/json');
      response.write(`${request.headers['content-type']} ${request.headers['content-length']} `);
      request.pipe(response);
    } else response.setHeader('Cache-Control', ['private', 'max-age=5']).end(request.headers.authorization);
  });
  server.on('connection', socket => sockets.push(socket));
  const address = await listening(server);
  const client = clientOf(address);
  const origin = address.kind === 'tcp' ? `http://127.0.0.1:${address.port}` : '';
  const bounds = { maxBytes: 1000, timeoutMs: 5000 };
  t.same(await client.ask(`${origin}/`, { ...bounds, headers: { Authorization: 'token x' } }), {
    status: 200,
    contentType: '',
    body: Buffer.from('token x'),
    cacheControl: 'private, max-age=5',
  });
  t.same(await client.ask(`${origin}/`, { ...bounds, form: 'a=b' }), {
    status: 200,
    contentType: 'application/json',
    body: Buffer.from('application/x-www-form-urlencoded 3 a=b'),
    cacheControl: '',
  });
  t.match(await client.ask(`${origin}/redirect`, bounds), { status: 302 });
  await t.rejects(client.ask(`${origin}/large`, bounds), { message: 'the answer is larger than 1000 bytes' });
  await t.rejects(client.ask(`${origin}/slow`, { ...bounds, timeoutMs: 50 }), { name: 'TimeoutError' });
  await client.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

test('who is asked proves itself under the roots of Node, or under the CA that is named and no other', async t => {
  const [authority, other] = [makeAuthority(), makeAuthority('another CA')];
  const server = createSecureServer(
    makeCertificate({ issuer: authority }),
    (_request, response) => void response.end(),
  );
  const sockets: Socket[] = [];
  server.on('connection', socket => sockets.push(socket));
  const address = await listening(server);
  const client = clientOf({ kind: 'tcp', host: '127.0.0.1', port: 1 });
  const url = `https://127.0.0.1:${address.kind === 'tcp' ? address.port : 0}/`;
  const bounds = { maxBytes: 1000, timeoutMs: 5000 };
  await t.rejects(client.ask(url, bounds), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  await t.rejects(client.ask(url, { ...bounds, ca: other.cert }), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  t.match(await client.ask(url, { ...bounds, ca: authority.cert }), { status: 200 });
  await t.rejects(client.ask(url, bounds), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'the CA was for one question');
  await client.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

test('an idle connection is given up soon, whatever the hub allows', async t => {
  const server = createTcpServer(socket => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nKeep-Alive: timeout=600\r\nContent-Length: 0\r\n\r\n'));
  });
  const client = clientOf(await listening(server));
  const connected = once(server, 'connection') as Promise<[Socket]>;
  t.equal(await outcome(client, '/', [host]), '200');
  const [socket] = await connected;
  await t.resolves(once(socket, 'close', { signal: AbortSignal.timeout(60_000) }));
  await client.close();
  server.close();
});

test('a handshake that the hub does not answer is given up in time by a client that is retired meanwhile', async t => {
  const sockets: Socket[] = [];
  const server = createTcpServer(socket => void sockets.push(socket.resume()));
  const client = openHubClient({
    address: await listening(server),
    connectTimeoutMs: 5000,
    responseTimeoutMs: 200,
  });
  const connected = once(server, 'connection');
  const handshake = outcome(client, '/', [host], 'GET', 'websocket');
  await connected;
  const retired = client.retire();
  t.equal(await handshake, 'hub-timeout');
  await retired;
  for (const socket of sockets) socket.destroy();
  server.close();
});
