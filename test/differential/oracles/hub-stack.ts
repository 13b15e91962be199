/** The hub's own proxy in front of Tornado: what Tornado reads of the bytes that the proxy makes of a gate's. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Teardown } from '../../gates/lab.ts';
import { readAnswers } from '../answers.ts';
import type { Oracle, Reading, RequestRead } from '../reading.ts';
import { cutRequest, openTappedHub, type Segment, type TappedHub } from '../tapped-hub.ts';

interface ConfigurableProxy {
  readonly proxyServer: Server;
}

/** The package has no types; the name in a variable keeps the compiler from looking for them. */
const proxyModule: string = 'configurable-http-proxy';
const { ConfigurableProxy }: { ConfigurableProxy: new (options: object) => ConfigurableProxy } = await import(
  proxyModule
);

const patienceMs = 5000;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };

/** As the hub starts it; it says nothing. */
async function openProxy(t: Teardown, hubPort: number): Promise<number> {
  const target = `http://127.0.0.1:${hubPort}`;
  const { proxyServer } = new ConfigurableProxy({ defaultTarget: target, xfwd: true, log: silent });
  proxyServer.listen(0, '127.0.0.1');
  await once(proxyServer, 'listening');
  t.teardown(() => {
    proxyServer.close();
    proxyServer.closeAllConnections();
  });
  return (proxyServer.address() as AddressInfo).port;
}

/** The requests one by one, and what stands behind them. */
function messagesOf(bytes: string): string[] {
  const messages: string[] = [];
  for (let rest = bytes; rest !== ''; ) {
    const cut = cutRequest(rest);
    const length = cut.kind === 'whole' ? cut.message.length : rest.length;
    messages.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return messages;
}

/** Sends each message when the one before it is answered, as a gate does; resolves when the proxy has closed. */
function send(port: number, messages: readonly string[]): Promise<void> {
  return new Promise(resolve => {
    let heard = '';
    let sent = 0;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const timer = setTimeout(() => socket.destroy(), patienceMs);
    const goOn = (): void => {
      if (readAnswers(heard, false).answers.length < sent) return;
      const message = messages[sent];
      sent += 1;
      if (message === undefined) socket.end();
      else socket.write(Buffer.from(message, 'latin1'));
      if (sent === messages.length && cutRequest(message ?? '').kind !== 'whole') socket.end();
    };
    socket.on('connect', goOn);
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
      goOn();
    });
    socket.on('error', () => undefined);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** In the order in which they came, whichever connection the proxy took for each. */
function inOrder(segments: readonly Segment[], readings: readonly Reading[]): RequestRead[] {
  return segments
    .flatMap(({ serials }, at) => {
      const requests = readings[at]?.requests ?? [];
      return requests.map((request, each) => ({ request, serial: Number(serials[each] ?? Number.MAX_SAFE_INTEGER) }));
    })
    .toSorted((left, right) => left.serial - right.serial)
    .map(({ request }) => request);
}

async function readOne(bytes: string, port: number, hub: TappedHub, tornado: Oracle): Promise<Reading> {
  await send(port, messagesOf(bytes));
  await hub.settled(patienceMs);
  const segments = hub.take();
  const readings = await tornado.read(segments.map(segment => segment.bytes));
  const refused = readings.find(reading => reading.refused !== null)?.refused ?? null;
  return { requests: inOrder(segments, readings), refused };
}

/** The test's end closes it. */
export async function openHubStack(t: Teardown, tornado: Oracle): Promise<Oracle> {
  const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
  const hub = await openTappedHub(() => ({ pieces: [answer], behind: 'stay' }));
  t.teardown(() => hub.close());
  const port = await openProxy(t, hub.port);
  return {
    name: 'hub stack',
    async read(batch) {
      const readings: Reading[] = [];
      for (const bytes of batch) readings.push(await readOne(bytes, port, hub, tornado));
      return readings;
    },
  };
}
