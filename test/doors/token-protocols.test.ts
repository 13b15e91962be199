/** A token in a WebSocket subprotocol, as programs written for Kubernetes send it: through real doors to a real server, and back. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'tap';
import { WebSocket, WebSocketServer } from 'ws';
import { fieldValues, rawRequest } from '../clients/raw-client.ts';
import { handshake, host } from '../contract/rows/lines.ts';
import { openSocketGate } from '../contract/socket-world.ts';
import { fillIn } from '../contract/tokens.ts';
import { openSocketHub, type SocketHub, scriptedHub } from './door-house.ts';

const kernel = 'v1.kernel.websocket.jupyter.org';
const carrying = fillIn('base64url.bearer.authorization.k8s.io.{encoded-alice}');
const path = '/user/alice/api/kernels/k/channels';

/** Chooses the first that it is offered, and says to its client what that field was. */
function choosingHub(): Promise<SocketHub> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, handleProtocols: offered => [...offered][0] ?? false });
  sockets.on('connection', (socket, request) => socket.send(request.headers['sec-websocket-protocol'] ?? ''));
  return openSocketHub(server);
}

async function behindGate(hub: SocketHub, body: (port: number) => Promise<void>): Promise<void> {
  const gate = await openSocketGate('carriers', hub.port);
  try {
    await body(gate.port);
  } finally {
    await gate.close();
    await hub.close();
  }
}

test('the server gets the other subprotocols, and the client the one that it chose', async t => {
  await behindGate(await choosingHub(), async port => {
    const headers = { Host: 'hub.example', Origin: 'https://hub.example' };
    const client = new WebSocket(`ws://127.0.0.1:${port}${path}`, [carrying, kernel, 'other'], { headers });
    const [[seen]] = (await Promise.all([once(client, 'message'), once(client, 'open')])) as [[Buffer], unknown];
    t.equal(client.protocol, kernel);
    t.equal(seen.toString().replaceAll(' ', ''), `${kernel},other`);
    client.terminate();
  });
});

const accept = 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

for (const [answered, status] of [
  [kernel, 101],
  [carrying, 502],
  ['other', 502],
] as const) {
  test(`a hub that answers ${answered.slice(0, 40)} is ${status}`, async t => {
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', accept];
    const hub = await scriptedHub(`${lines.join('\r\n')}\r\nSec-WebSocket-Protocol: ${answered}\r\n\r\n`);
    await behindGate(hub, async port => {
      const offers = `Sec-WebSocket-Protocol: ${carrying}, ${kernel}`;
      const head = [`GET ${path} HTTP/1.1`, host, ...handshake, offers];
      const [answer] = await rawRequest({ port, bytes: `${head.join('\r\n')}\r\n\r\n`, untilClosed: status !== 101 });
      t.equal(answer?.status, status);
      t.same(answer && fieldValues(answer, 'sec-websocket-protocol'), status === 101 ? [kernel] : []);
      t.notMatch(hub.received(), /k8s/, 'and never saw the token');
      t.match(hub.received(), new RegExp(`\r\nSec-WebSocket-Protocol: ${kernel}\r\n`));
    });
  });
}
