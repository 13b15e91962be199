/** Clients that keep their connections and their WebSockets, and notice every answer that is not theirs, or none. */
import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { get as getSecurely, Agent as SecureAgent } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { publicHost } from '../../gates/lab.ts';
import { hubAnswer } from './tls-hub.ts';

/** Where a client comes in; `ca` by TLS. */
export type Entrance = { readonly port: number; readonly ca?: string };

/** Who asks. */
export type Visitor = { readonly user: string; readonly token: string; readonly entrance: Entrance };

/** What came of the load. */
export type Tally = {
  /** Answers that were whole and right. */
  readonly right: number;
  /** In words, what was not. */
  readonly wrong: readonly string[];
  /** Connections that it took. */
  readonly connections: number;
};

/** Load that goes on until it is ended. */
export type SteadyLoad = { readonly end: () => Promise<Tally> };

const patienceMs = 20_000;
const restMs = 5;

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of incoming) text += part;
  return text;
}

class KeptClient {
  right = 0;
  connections = 0;
  readonly wrong: string[] = [];
  readonly #visitor: Visitor;
  readonly #agent: Agent;

  constructor(visitor: Visitor) {
    this.#visitor = visitor;
    const kept = { keepAlive: true, maxSockets: 1 };
    this.#agent = visitor.entrance.ca === undefined ? new Agent(kept) : new SecureAgent(kept);
  }

  async #ask(target: string): Promise<string> {
    const { token, entrance } = this.#visitor;
    const outgoing = (entrance.ca === undefined ? get : getSecurely)({
      ...entrance,
      host: '127.0.0.1',
      agent: this.#agent,
      path: target,
      headers: { Host: publicHost, Authorization: `Bearer ${token}` },
      timeout: patienceMs,
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')));
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    if (!outgoing.reusedSocket) this.connections += 1;
    return `${incoming.statusCode} ${await textOf(incoming)}`;
  }

  async askUntil(isOver: () => boolean): Promise<void> {
    const { user } = this.#visitor;
    for (let mark = 1; !isOver(); mark += 1) {
      const target = `/hub/login?mark=${user}-${mark}`;
      const answer = await this.#ask(target).catch(error => String(error));
      if (answer === `200 ${hubAnswer(user, target)}`) this.right += 1;
      else this.wrong.push(`${target}: ${answer.slice(0, 300)}`);
      await pause(restMs);
    }
    this.#agent.destroy();
  }
}

/** One client for each visitor. */
export function startLoad(visitors: readonly Visitor[]): SteadyLoad {
  const clients = visitors.map(visitor => new KeptClient(visitor));
  let over = false;
  const asking = Promise.all(clients.map(client => client.askUntil(() => over)));
  const sum = (of: (client: KeptClient) => number): number => clients.reduce((all, client) => all + of(client), 0);
  return {
    async end() {
      over = true;
      await asking;
      return {
        right: sum(({ right }) => right),
        wrong: clients.flatMap(({ wrong }) => wrong),
        connections: sum(({ connections }) => connections),
      };
    },
  };
}

/** Opens a WebSocket of that visitor's. */
export async function openWebSocket({ user, token, entrance: { port, ca } }: Visitor): Promise<WebSocket> {
  const headers = { Host: publicHost, Authorization: `Bearer ${token}` };
  const scheme = ca === undefined ? 'ws' : 'wss';
  const socket = new WebSocket(`${scheme}://127.0.0.1:${port}/user/${user}/channels`, {
    headers,
    ...(ca === undefined ? {} : { ca }),
  });
  await once(socket, 'open');
  return socket;
}

/** What comes back for that text; why nothing does, where the WebSocket has ended. */
export function echo(socket: WebSocket, text: string): Promise<string> {
  if (socket.readyState !== WebSocket.OPEN) return Promise.resolve('closed');
  return new Promise(resolve => {
    const closed = (code: number): void => resolve(`closed by ${code}`);
    socket.once('close', closed);
    socket.once('message', (data: Buffer) => {
      socket.off('close', closed);
      resolve(data.toString());
    });
    socket.send(text);
  });
}
