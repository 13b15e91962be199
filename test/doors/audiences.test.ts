/** Browsers' and servers' listeners of one gate: each at its place, closed together, bound all or none. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { test } from 'tap';
import { StartError, startGate } from '../../src/serve.ts';
import { rawRequest } from '../clients/raw-client.ts';
import { startGateHere } from '../gates/gate-here.ts';
import { labConfig, makeLab, publicHost, type Teardown } from '../gates/lab.ts';

async function hubNamed(t: Teardown, name: string): Promise<string> {
  const hub = createServer((_, response) => response.end(name)).listen(0, '127.0.0.1');
  await once(hub, 'listening');
  t.teardown(() => void hub.close());
  return `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
}

const authenticator = 'jhub_remote_auth_mount.RemoteUserAuthenticator';

test('each listener leads to its own port of the hub', async t => {
  const hub = { url: await hubNamed(t, 'proxy'), internalUrl: await hubNamed(t, 'hub'), authenticator };
  const lab = makeLab(t);
  const address = '127.0.0.1:0';
  const listen = [{ address, for: 'servers' }, { address }, { address, for: 'servers' }, { address }];
  const gate = await startGateHere(t, lab.write('proxy.yaml', labConfig(hub, { listen })));
  const lines = ['GET /hub/api/user HTTP/1.1', `Host: ${publicHost}`, 'Connection: close'];
  const answers: string[] = [];
  for (const port of gate.ports) {
    const token = answers.length % 2 === 0 ? 'token 0123456789abcdef' : `Bearer ${lab.token('alice')}`;
    const [answer] = await rawRequest({ port, bytes: `${[...lines, `Authorization: ${token}`].join('\r\n')}\r\n\r\n` });
    answers.push(`${answer?.status} ${answer?.body}`);
  }
  t.same(answers, ['200 hub', '200 proxy', '200 hub', '200 proxy']);
  await gate.stop();
  for (const port of gate.ports) {
    const [error] = (await once(connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
    t.equal(error.code, 'ECONNREFUSED', 'all are closed');
  }
});

test('a reload leads servers to another port of the hub', async t => {
  const hub = { url: await hubNamed(t, 'proxy'), internalUrl: await hubNamed(t, 'hub'), authenticator };
  const lab = makeLab(t);
  const listen = [{ address: '127.0.0.1:0', for: 'servers' }];
  const gate = await startGateHere(t, lab.write('proxy.yaml', labConfig(hub, { listen })));
  lab.write('proxy.yaml', labConfig({ ...hub, internalUrl: await hubNamed(t, 'moved') }, { listen }));
  await gate.reload();
  const bytes = 'GET /hub/api HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n';
  const [answer] = await rawRequest({ port: gate.port, bytes });
  t.equal(String(answer?.body), 'moved');
});

test("servers' address taken: browsers' is given up too", async t => {
  const taken = createTcpServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.teardown(() => void taken.close());
  const { port } = taken.address() as AddressInfo;
  const free = createTcpServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port: browsers } = free.address() as AddressInfo;
  free.close();
  await once(free, 'close');
  const lab = makeLab(t);
  const hub = { url: 'http://127.0.0.1:1', internalUrl: 'http://127.0.0.1:2', authenticator };
  const listen = [{ address: `127.0.0.1:${browsers}` }, { address: `127.0.0.1:${port}`, for: 'servers' }];
  const configPath = lab.write('proxy.yaml', labConfig(hub, { listen }));
  const nowhere = { stdout: new PassThrough(), stderr: new PassThrough(), env: {} };
  const error = await startGate({ configPath, ...nowhere }).then(
    () => null,
    (reason: unknown) => reason,
  );
  t.ok(error instanceof StartError && error.message.includes(String(port)), String(error));
  const [refused] = (await once(connect(browsers, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
  t.equal(refused.code, 'ECONNREFUSED');
});
