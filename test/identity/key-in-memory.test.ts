/** A private key that passed through the gate is in its memory no longer than the config and the key itself say. */
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Test, test } from 'tap';
import { serveHere } from '../clients/loopback-server.ts';
import { rawRequest } from '../clients/raw-client.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { assertedUserHeader, type Lab, labConfig, makeLab, publicHost, type WrittenConfig } from '../gates/lab.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

/** Letters, as bytes: this test has the key in no string of its own. */
const makeKeyBytes = (): Buffer => Buffer.from(randomBytes(400).map(byte => 97 + (byte % 26)));

/** Whether any string of this process holds the key, once what nobody holds any more is gone. */
function isInMemory(key: Buffer, lab: Lab): boolean {
  if (typeof collectGarbage !== 'function') throw new Error('garbage can not be collected');
  collectGarbage();
  const file = writeHeapSnapshot(join(lab.folder, 'memory.heapsnapshot'));
  const found = readFileSync(file).includes(key);
  rmSync(file);
  return found;
}

interface Gate {
  readonly lab: Lab;
  readonly login: (times: number) => Promise<readonly (number | undefined)[]>;
  readonly output: () => string;
}

const headerAuthenticator = 'jhubauthenticators.HeaderAuthenticator';

async function openGate(t: Test, from: (lab: Lab) => WrittenConfig): Promise<Gate> {
  const lab = makeLab(t);
  const url = await serveHere(t, ({ headers }, response) => void response.end(`${headers['mount']?.length}`));
  const inject = { mount: { from: from(lab) } };
  const config = lab.write('proxy.yaml', labConfig({ url, authenticator: headerAuthenticator }, { inject }));
  const gate = await startGateHere(t, config);
  const head = ['GET /hub/login HTTP/1.1', `Host: ${publicHost}`, 'Connection: close', `${assertedUserHeader}: ada`];
  const login = async (): Promise<number | undefined> =>
    (await rawRequest({ port: gate.port, bytes: `${head.join('\r\n')}\r\n\r\n` }))[0]?.status;
  return { lab, output: gate.output, login: times => Promise.all(Array.from({ length: times }, login)) };
}

/** The mount in bytes; `expiresAt` in seconds since the epoch. */
function mountBytes(key: Buffer, expiresAt: number): Buffer {
  const [before, after] = [
    '{"HOST":"h","USERNAME":"u","PATH":"p","MOUNTSSHPRIVATEKEY":"',
    `","expiresAt":${expiresAt}}`,
  ];
  return Buffer.concat([Buffer.from(before), key, Buffer.from(after)]);
}

const provided = (t: Test, mount: () => Buffer): Promise<string> =>
  serveHere(
    t,
    (_request, response) => void response.writeHead(200, { 'Content-Type': 'application/json' }).end(mount()),
  );

const seconds = (): number => Date.now() / 1000;

test('without cacheFor it is gone with the login', async t => {
  const key = makeKeyBytes();
  const url = await provided(t, () => mountBytes(key, seconds() + 600));
  const { lab, login, output } = await openGate(t, () => ({ url: `${url}/{user}` }));
  t.strictSame(await login(3), [200, 200, 200]);
  t.notOk(isInMemory(key, lab));
  t.notOk(Buffer.from(output()).includes(key), 'and in no line of the log');
});

test('from a file as well', async t => {
  const key = makeKeyBytes();
  const { lab, login } = await openGate(t, ({ folder }) => ({ file: `${folder}/{user}.json` }));
  writeFileSync(join(lab.folder, 'ada.json'), mountBytes(key, seconds() + 600));
  t.strictSame(await login(3), [200, 200, 200]);
  t.notOk(isInMemory(key, lab));
});

test('with cacheFor it is there, and gone at its expiresAt though nobody asks', async t => {
  const key = makeKeyBytes();
  const end = seconds() + 10;
  const url = await provided(t, () => mountBytes(key, end));
  const { lab, login } = await openGate(t, () => ({ url: `${url}/{user}`, cacheFor: '1h' }));
  t.strictSame(await login(1), [200]);
  t.ok(isInMemory(key, lab), 'which shows that it would be found');
  while (isInMemory(key, lab));
  t.ok(seconds() >= end, 'and not before');
  t.strictSame(await login(1), [503]);
});
