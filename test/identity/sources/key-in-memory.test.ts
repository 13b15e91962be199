/** A private key that passed through the gate is in its memory no longer than the config and the key itself say. */
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as timersRun } from 'node:timers/promises';
import { setFlagsFromString, writeHeapSnapshot } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Test, test } from 'tap';
import { serveHere } from '../../clients/loopback-server.ts';
import { rawRequest } from '../../clients/raw-client.ts';
import { startGateHere } from '../../gates/gate-here.ts';
import { assertedUserHeader, type Lab, labConfig, makeLab, publicHost, type WrittenConfig } from '../../gates/lab.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

/** Letters, as bytes: this test has the key in no string of its own. */
const makeKeyBytes = (): Buffer => Buffer.from(randomBytes(400).map(byte => 97 + (byte % 26)));

/** Which of the keys any string of this process holds, once what nobody holds any more is gone. */
function inMemory(keys: readonly Buffer[], lab: Lab): readonly boolean[] {
  if (typeof collectGarbage !== 'function') throw new Error('garbage can not be collected');
  collectGarbage();
  const file = writeHeapSnapshot(join(lab.folder, 'memory.heapsnapshot'));
  const memory = readFileSync(file);
  rmSync(file);
  return keys.map(key => memory.includes(key));
}

const seconds = (): number => Date.now() / 1000;

/** The mount in bytes. */
function mountBytes(key: Buffer, lastsSeconds: number): Buffer {
  const before = '{"HOST":"h","USERNAME":"u","PATH":"p","MOUNTSSHPRIVATEKEY":"';
  return Buffer.concat([Buffer.from(before), key, Buffer.from(`","expiresAt":${seconds() + lastsSeconds}}`)]);
}

interface Gate {
  readonly login: () => Promise<number | undefined>;
  readonly reload: () => Promise<void>;
  readonly output: () => string;
}

async function openGate(t: Test, lab: Lab, name: string, from: WrittenConfig): Promise<Gate> {
  const url = await serveHere(t, ({ headers }, response) => void response.end(`${headers['mount']?.length}`));
  const hub = { url, authenticator: 'jhubauthenticators.HeaderAuthenticator' };
  const gate = await startGateHere(t, lab.write(`${name}.yaml`, labConfig(hub, { inject: { mount: { from } } })));
  const head = ['GET /hub/login HTTP/1.1', `Host: ${publicHost}`, 'Connection: close', `${assertedUserHeader}: ada`];
  const bytes = `${head.join('\r\n')}\r\n\r\n`;
  return { ...gate, login: async () => (await rawRequest({ port: gate.port, bytes }))[0]?.status };
}

test('a private key is in memory for as long as it is kept, and not longer', async t => {
  const lab = makeLab(t);
  const keys = [makeKeyBytes(), makeKeyBytes(), makeKeyBytes(), makeKeyBytes()] as const;
  const [passing, filed, brief, kept] = keys;
  const mounts: Readonly<Record<string, () => Buffer>> = {
    '/passing/ada': () => mountBytes(passing, 600),
    '/brief/ada': () => mountBytes(brief, 3),
    '/kept/ada': () => mountBytes(kept, 600),
  };
  const url = await serveHere(t, (request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(mounts[request.url ?? '']?.());
  });
  writeFileSync(join(lab.folder, 'ada.json'), mountBytes(filed, 600));
  const gates = [
    await openGate(t, lab, 'passing', { url: `${url}/passing/{user}` }),
    await openGate(t, lab, 'filed', { file: '{user}.json' }),
    await openGate(t, lab, 'brief', { url: `${url}/brief/{user}`, cacheFor: '1h' }),
    await openGate(t, lab, 'kept', { url: `${url}/kept/{user}`, cacheFor: '1h' }),
  ] as const;
  for (const gate of gates) t.strictSame([await gate.login(), await gate.login()], [200, 200]);

  let found = inMemory(keys, lab);
  while (found[2] === true) {
    await timersRun();
    found = inMemory(keys, lab);
  }
  t.strictSame(found, [false, false, false, true], 'passing, from a file, past its expiresAt, and with cacheFor');

  writeFileSync(join(lab.folder, 'kept.yaml'), readFileSync(join(lab.folder, 'kept.yaml'), 'utf8').replace('1h', '0s'));
  await gates[3].reload();
  t.equal(await gates[3].login(), 200);
  t.strictSame(inMemory([kept], lab), [false], 'what is kept ends with the config');
  const output = Buffer.from(gates.map(gate => gate.output()).join(''));
  t.notOk(
    keys.some(key => output.includes(key)),
    'and no line of a log has one',
  );
});
