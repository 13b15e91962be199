/** The figures of a running gate: what is open shows while it is open, and what is over is counted. */
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { startGateHere } from '../gates/gate-here.ts';
import { assertedUserHeader, labConfig, makeLab, publicHost } from '../gates/lab.ts';

const patienceMs = 10_000;

function getText(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent: false }, answer => void text(answer).then(resolve, reject)).on(
      'error',
      reject,
    );
  });
}

/** A page that has all these lines, or the last one there was. */
async function pageWith(write: () => Promise<string>, ...lines: readonly string[]): Promise<string> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const page = await write();
    if (lines.every(line => page.includes(`\n${line}\n`)) || performance.now() > deadline) return page;
    await pause(20);
  }
}

test('what is open shows, what is over is counted, and a reload that fails is told', async t => {
  const lab = makeLab(t);
  const hub = createServer((_request, response) => response.end('ok'));
  const sockets = new WebSocketServer({ server: hub });
  hub.listen(0, '127.0.0.1');
  await once(hub, 'listening');
  t.teardown(() => {
    sockets.close();
    hub.close();
    hub.closeAllConnections();
  });
  const place = { url: `http://127.0.0.1:${(hub.address() as AddressInfo).port}`, authenticator: 'custom' };
  const more = {
    admin: { address: '127.0.0.1:0' },
    inject: { user: { header: 'Remote-User', paths: ['/hub/login'] } },
  };
  const config = labConfig(place, more);
  const gate = await startGateHere(t, lab.write('proxy.yaml', config));
  const metrics = async (): Promise<string> => {
    const admin = /"for":"admin","address":"127\.0\.0\.1:(\d+)"/.exec(gate.output())?.[1];
    return admin === undefined ? '' : getText(Number(admin), '/metrics');
  };
  const expect = async (...lines: readonly string[]): Promise<void> => {
    const page = await pageWith(metrics, ...lines);
    for (const line of lines) t.ok(page.includes(`\n${line}\n`), line);
  };
  await expect('hubgate_connections 0', 'hubgate_websockets 0', 'hubgate_hub_connections{state="idle"} 0');

  const client = connect(gate.port, '127.0.0.1');
  t.teardown(() => client.destroy());
  await once(client, 'connect');
  client.write(`GET /hub/home HTTP/1.1\r\nHost: ${publicHost}\r\n${assertedUserHeader}: alice\r\n\r\n`);
  await once(client, 'data');
  await expect(
    'hubgate_connections 1',
    'hubgate_hub_connections{state="idle"} 1',
    'hubgate_requests_total{outcome="forwarded",reason=""} 1',
  );

  const socket = new WebSocket(`ws://127.0.0.1:${gate.port}/user/alice/ws`, {
    headers: { Host: publicHost, Origin: `http://${publicHost}`, [assertedUserHeader]: 'alice' },
  });
  await once(socket, 'open');
  await expect('hubgate_websockets 1', 'hubgate_requests_total{outcome="forwarded",reason=""} 1');
  socket.terminate();
  client.destroy();
  await expect(
    'hubgate_connections 0',
    'hubgate_websockets 0',
    'hubgate_requests_total{outcome="forwarded",reason=""} 2',
  );

  lab.write('proxy.yaml', { ...config, mode: 'observe' });
  await gate.reload();
  await expect('hubgate_config_generation 1', 'hubgate_config_last_reload_good 0');
  lab.write('proxy.yaml', config);
  await gate.reload();
  await expect('hubgate_config_generation 2', 'hubgate_config_last_reload_good 1');
});
