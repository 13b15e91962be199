/** More sockets have news at once than the system tells in one go: a request that the hub took, and then closed, is not sent again. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'tap';
import { gateCommand, startGateProcess } from '../gates/gate-process.ts';
import { labConfig, makeLab, publicHost, type Teardown } from '../gates/lab.ts';

/** libuv takes 1024 at a time, and looks again at once when there were as many. */
const clients = 1300;
const idleAtHub = 40;
const preset = 'jhub_remote_user_authenticator.RemoteUserAuthenticator';

/** Answers while it is well; later it takes a request, and resets the connection. */
async function startFickleHub(t: Teardown) {
  const arrivals = new Map<string, number>();
  const waiting: Socket[] = [];
  let isWell = true;
  const server = createServer(socket => {
    socket
      .on('error', () => undefined)
      .on('data', (bytes: Buffer) => {
        const [target] = /(?<=^POST )\S+/.exec(bytes.toString('latin1')) ?? [];
        // What the gate asks for itself, the hub's version, is none of the crowd's.
        if (target === undefined) return void socket.end();
        arrivals.set(target, (arrivals.get(target) ?? 0) + 1);
        if (!isWell) socket.resetAndDestroy();
        else if (waiting.push(socket) === idleAtHub) {
          for (const one of waiting.splice(0)) one.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        }
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    fallIll: () => {
      isWell = false;
    },
  };
}

test('a thousand requests at once before a hub that takes them and resets', async t => {
  const hub = await startFickleHub(t);
  const lab = makeLab(t);
  const config = labConfig(
    { url: hub.url, authenticator: preset },
    { limits: { connections: 0, requestsPerUser: 2 * clients } },
  );
  const gate = startGateProcess(t, gateCommand(lab.write('proxy.yaml', config)));
  const port = await gate.port();
  const fields = `Host: ${publicHost}\r\nAuthorization: Bearer ${lab.token('alice')}\r\nContent-Length: 0\r\n\r\n`;
  const ask = (socket: Socket, at: number | string): void =>
    void socket.write(`POST /user/alice/${at} HTTP/1.1\r\n${fields}`);
  const crowd: Socket[] = [];
  for (let at = 0; at < clients; at += 1) {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    crowd.push(socket);
  }
  t.teardown(() => {
    for (const socket of crowd) socket.destroy();
  });
  const first = crowd.slice(0, idleAtHub);
  for (const [at, socket] of first.entries()) ask(socket, `first-${at}`);
  await Promise.all(first.map(socket => once(socket, 'data')));
  hub.fallIll();
  const answered = Promise.all(crowd.map(socket => once(socket, 'data')));
  gate.signal('SIGSTOP');
  for (const [at, socket] of crowd.entries()) ask(socket, at);
  gate.signal('SIGCONT');
  await answered;
  const twice = [...hub.arrivals].filter(([, times]) => times > 1);
  t.equal(hub.arrivals.size, clients + idleAtHub);
  t.strictSame(twice, []);
});
