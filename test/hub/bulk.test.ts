/** A quarter of a gibibyte each way through a gate process, the hub's proxy and a user's server: every byte arrives, none is kept. */
import { createHash } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { test } from 'tap';
import { BrowserSession } from '../clients/browser-session.ts';
import { assertNothingLeaked } from '../clients/nothing-leaked.ts';
import { gateCommand, residentMemory, startGateProcess } from '../gates/gate-process.ts';
import { labConfig, makeLab, publicHost } from '../gates/lab.ts';
import { patternOf } from './fixtures/pattern.ts';
import { startHub } from './setup/hub.ts';
import { startServer, userServerConfig } from './setup/user-server.ts';

const mebibyte = 1024 * 1024;
const bulkBytes = 256 * mebibyte;
const warmUpBytes = 16 * mebibyte;
const mostGrowth = 64 * mebibyte;

type Going = { readonly port: number; readonly headers: Readonly<Record<string, string>> };

/** With its length, or chunked when `framing` is empty; gives the answer's body. */
async function upload({ port, headers }: Going, bytes: number, framing: Record<string, number>): Promise<string> {
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path: '/user/alice/upload',
    method: 'PUT',
    headers: { ...headers, ...framing },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) =>
    outgoing.once('error', reject).once('response', resolve),
  );
  const [, response] = await Promise.all([pipeline(patternOf(bytes), outgoing), answered]);
  return text(response);
}

/** Nothing of the body is read until somebody reads the answer. */
function download({ port, headers }: Going, bytes: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: `/user/alice/download?size=${bytes}`, headers })
      .once('error', reject)
      .once('response', resolve)
      .end();
  });
}

async function hashOf(stream: Readable): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(stream, hash);
  return hash.digest('hex');
}

test('256 MiB up and 256 MiB down', async t => {
  const authenticator = 'jhub_remote_user_authenticator.RemoteUserAuthenticator';
  const hub = await startHub(t, 'remote-user-authenticator', { extraConfig: userServerConfig });
  const lab = makeLab(t);
  const config = lab.write('proxy.yaml', labConfig({ url: hub.url, authenticator }));
  const gate = startGateProcess(t, gateCommand(config));
  const port = await gate.port();
  const headers = { Host: publicHost, Authorization: `Bearer ${lab.token('alice')}` };
  const browser = new BrowserSession({ port, origin: `http://${publicHost}`, headers });
  await browser.open('/hub/login', { follow: false });
  await startServer(browser, 'alice');
  const going: Going = { port, headers };

  const small = await hashOf(patternOf(warmUpBytes));
  t.equal(await upload(going, warmUpBytes, {}), small, 'a chunked upload');
  t.equal(await hashOf(await download(going, warmUpBytes)), small, 'a download');
  const { now: before } = residentMemory(gate.pid);

  const large = await hashOf(patternOf(bulkBytes));
  const stalled = await download(going, bulkBytes);
  t.equal(await upload(going, bulkBytes, { 'Content-Length': bulkBytes }), large, 'up: SHA-256 at the server');
  t.equal(await hashOf(await download(going, bulkBytes)), large, 'down: SHA-256 at the client');
  t.equal(await hashOf(stalled), large, 'down to a client that let it wait meanwhile');
  const growth = residentMemory(gate.pid).peak - before;
  t.ok(growth < mostGrowth, `the peak is ${(growth / mebibyte).toFixed(1)} MiB over the state before`);

  gate.signal('SIGTERM');
  t.strictSame(await gate.ended, { code: 0, signal: null });
  assertNothingLeaked(t, gate.output(), [...lab.secrets, ...browser.cookies.values()]);
});
