/** The hub of the soak: it does what each request asks of it, good or bad, and looks at all that the gate lets through. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { foldName } from '../../src/http/field.ts';
import type { Teardown } from '../gates/lab.ts';
import { contentStream, hashOf, hashOfStream, pieces } from './content.ts';
import { type Ledger, markOf, nameOf, type Ticket } from './ledger.ts';
import { type Lie, lies } from './lies.ts';
import { listenStopping, type Stopping } from './stopping.ts';

/** The hub, seen from the run. */
export type SoakHub = {
  readonly url: string;
  /** Requests that are not answered yet. */
  readonly busy: () => number;
  /** WebSockets that are open. */
  readonly webSockets: () => number;
  /** Closes a connection that is idle just now. */
  readonly dropOne: () => void;
  /** All of them, uncounted. */
  readonly dropIdle: () => void;
  readonly stopping: Stopping;
};

/** What is counted when the hub closes a connection on which it owes nothing. */
export const closedWhileIdle = 'hub connections closed while idle';

/** Interim answers before the answer, by what is asked for; the gate takes sixteen. */
const hintsOf: ReadonlyMap<string, number> = new Map([
  ['hinted', 1],
  ['hinted often', 12],
]);

const neverFromClients: ReadonlySet<string> = new Set(['x-lab-user', 'x-lab-state']);

/** What is wrong with the identity that the request speaks of; null when nothing is. */
function identityFault(incoming: IncomingMessage, ticket: Ticket): string | null {
  const users: string[] = [];
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    const name = foldName(incoming.rawHeaders[at] ?? '');
    if (name === 'remote-user') users.push(incoming.rawHeaders[at + 1] ?? '');
    else if (neverFromClients.has(name)) return `a client's own ${name}`;
  }
  const wanted = ticket.named ? [ticket.user] : [];
  return users.join() === wanted.join() ? null : `Remote-User is [${users.join()}] instead of [${wanted.join()}]`;
}

/** The gate asks for the hub's version by itself; what a client asks comes with the forwarding family. */
function isGates({ method, url, headers }: IncomingMessage): boolean {
  return method === 'GET' && url === '/hub/api' && headers['x-forwarded-host'] === undefined;
}

class Hub {
  readonly busy: Set<IncomingMessage> = new Set();
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** The ticket of a request that may be here; null otherwise, and that is a breach. */
  arrived(incoming: IncomingMessage): Ticket | null {
    const ledger = this.#ledger;
    const number = Number(this.query(incoming).get('n'));
    const ticket = ledger.find(number);
    if (ticket === undefined) {
      ledger.breach(`a request at the hub that nobody sent: ${incoming.method} ${incoming.url}`);
      return null;
    }
    ticket.arrivals += 1;
    ledger.count('requests at the hub');
    ledger.expect(!ticket.refused, `request ${number} was to be refused, and came to the hub`);
    ledger.expect(
      ticket.arrivals === 1,
      `request ${number} (${incoming.method} ${incoming.url}) came to the hub ${ticket.arrivals} times`,
    );
    const fault = identityFault(incoming, ticket);
    ledger.expect(fault === null, `request ${number}: ${fault}`);
    return ticket;
  }

  query(incoming: IncomingMessage): URLSearchParams {
    return new URL(incoming.url ?? '/', 'http://hub').searchParams;
  }

  async serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    if (isGates(incoming)) {
      outgoing.end('{"version":"6.1.1"}');
      return;
    }
    this.busy.add(incoming);
    outgoing.once('close', () => this.busy.delete(incoming));
    const ticket = this.arrived(incoming);
    const { socket } = incoming;
    if (ticket === null) {
      socket.destroy();
      return;
    }
    const act = this.query(incoming).get('do') ?? 'answer';
    const lie = lies.get(act);
    if (act === 'early') this.#answer(incoming, outgoing, ticket);
    else if (!(await this.#takeBody(incoming, ticket)) || act === 'stall') return;
    else if (lie !== undefined) tell(lie, ticket, socket);
    else {
      if (act === 'late') await pause(ticket.thinkMs);
      for (let hint = 0; hint < (hintsOf.get(act) ?? 0); hint += 1) outgoing.writeEarlyHints({ link: '</style.css>' });
      this.#answer(incoming, outgoing, ticket);
      if (act === 'close-behind') outgoing.once('finish', () => setImmediate(() => this.#closeBehind(socket)));
    }
  }

  #closeBehind(socket: Socket): void {
    socket.destroy();
    this.#ledger.count(closedWhileIdle);
  }

  /** Whether all of it came, as it was sent. */
  async #takeBody(incoming: IncomingMessage, ticket: Ticket): Promise<boolean> {
    const { number, bodyBytes } = ticket;
    const hash = await hashOfStream(incoming).catch(() => null);
    if (hash === null) return false;
    if (bodyBytes === null) this.#ledger.breach(`request ${number}: a body that was broken off came as a whole one`);
    else {
      const wanted = hashOf(pieces(nameOf.up(ticket), bodyBytes));
      this.#ledger.expect(hash === wanted, `request ${number}: its body is not the one that was sent`);
    }
    return true;
  }

  #answer(incoming: IncomingMessage, outgoing: ServerResponse, ticket: Ticket): void {
    const { answerBytes } = ticket;
    outgoing.setHeader('X-Soak', markOf(ticket));
    if (this.query(incoming).get('framing') === 'length') outgoing.setHeader('Content-Length', answerBytes);
    if (incoming.method === 'HEAD') outgoing.end();
    else contentStream(nameOf.down(ticket), answerBytes).pipe(outgoing);
  }
}

function tell({ bytes, afterwards }: Lie, ticket: Ticket, socket: Socket): void {
  socket.write(bytes(ticket), () => {
    if (afterwards === 'close') socket.end();
    else if (afterwards === 'reset') socket.resetAndDestroy();
  });
}

/** Echoes; a message `close` or `reset` makes the hub do that. */
function openWebSockets(hub: Hub, ledger: Ledger): (incoming: IncomingMessage, socket: Duplex, early: Buffer) => void {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1 << 24 });
  server.on('connection', webSocket => {
    webSocket.on('error', () => undefined);
    webSocket.on('message', (data: Buffer, binary) => {
      const text = data.length < 10 ? data.toString() : '';
      if (text === 'close') webSocket.close(1000);
      else if (text === 'reset') webSocket.terminate();
      else webSocket.send(data, { binary });
    });
  });
  return (incoming, socket, early) => {
    const ticket = hub.arrived(incoming);
    const act = hub.query(incoming).get('do');
    const lie = lies.get(act ?? '');
    socket.on('error', () => undefined);
    if (ticket === null) socket.destroy();
    else if (lie !== undefined || act === 'stall') {
      socket.resume().once('end', () => socket.end());
      if (lie !== undefined) tell(lie, ticket, socket as Socket);
    } else server.handleUpgrade(incoming, socket, early, webSocket => server.emit('connection', webSocket, incoming));
    ledger.count('handshakes at the hub');
  };
}

/** Listens on 127.0.0.1; the end closes it. */
export async function startSoakHub(t: Teardown, ledger: Ledger): Promise<SoakHub> {
  const hub = new Hub(ledger);
  const idle = new Set<Socket>();
  const switched = new Set<Duplex>();
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (incoming, outgoing) => {
    const { socket } = incoming;
    idle.delete(socket);
    outgoing.once('finish', () => {
      if (!socket.destroyed) idle.add(socket);
    });
    void hub.serve(incoming, outgoing);
  });
  server.on('connection', (socket: Socket) => socket.once('close', () => idle.delete(socket)));
  const switchTo = openWebSockets(hub, ledger);
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, early: Buffer) => {
    switched.add(socket);
    socket.once('close', () => switched.delete(socket));
    switchTo(incoming, socket, early);
  });
  const stopping = await listenStopping(t, server);
  t.teardown(() => {
    for (const socket of switched) socket.destroy();
  });
  return {
    url: `http://${stopping.place}`,
    stopping,
    busy: () => hub.busy.size,
    webSockets: () => switched.size,
    dropOne() {
      const [first] = idle;
      if (first === undefined) return;
      first.destroy();
      ledger.count(closedWhileIdle);
    },
    dropIdle() {
      for (const socket of idle) socket.destroy();
    },
  };
}
