/** A stand-in for a hub and its user servers: shows what it received, and answers a login as a header authenticator does. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { listenOnLoopback } from './loopback.ts';

/** What arrived, as the answer's body and a WebSocket's first message show it. */
export interface Received {
  readonly method: string;
  readonly target: string;
  /** `name: value` in wire order; the hub's proxy has made the names lower case and joined repeats, as it does for a real hub. */
  readonly fields: readonly string[];
  readonly bodyBytes: number;
}

/** A running stand-in. */
export interface HubStandIn {
  readonly port: number;
  /** How many requests and upgrades arrived so far. */
  arrivals(): number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly fields?: readonly (readonly [name: string, value: string])[];
  readonly says: string;
  /** What the hub's API tells every server that asks. */
  readonly version?: string;
}

/** Starts it on a loopback port of the system's choice. */
export async function startHubStandIn(): Promise<HubStandIn> {
  let arrivals = 0;
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  server.on('request', (request, response) => {
    arrivals += 1;
    void respond(request, response);
  });
  server.on('upgrade', (request, socket, head) => {
    arrivals += 1;
    sockets.handleUpgrade(request, socket, head, webSocket => echo(webSocket, receivedOf(request, 0)));
  });
  const port = await listenOnLoopback(server);
  return {
    port,
    arrivals: () => arrivals,
    close: async () => {
      for (const webSocket of sockets.clients) webSocket.terminate();
      server.close();
      server.closeAllConnections();
    },
  };
}

function receivedOf(request: IncomingMessage, bodyBytes: number): Received {
  const { method = '', url: target = '', rawHeaders } = request;
  const fields: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) fields.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return { method, target, fields, bodyBytes };
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let bodyBytes = 0;
  try {
    for await (const chunk of request) bodyBytes += chunk.length;
  } catch {
    return;
  }
  const received = receivedOf(request, bodyBytes);
  const { status, fields = [], says, version } = answerTo(received);
  const body = `${JSON.stringify({ hub: says, version, received }, null, 2)}\n`;
  response.writeHead(
    status,
    [...fields, ['Content-Type', 'application/json'], ['Content-Length', String(Buffer.byteLength(body))]].flat(),
  );
  response.end(request.method === 'HEAD' ? undefined : body);
}

function answerTo(received: Received): Answer {
  const path = received.target.replace(/\?.*$/s, '');
  if (path === '/hub/login' && received.method === 'GET') return login(received);
  if (path === '/hub/api') return { status: 200, says: 'the API of the hub', version: '6.1.1+demo' };
  return { status: 200, says: path.startsWith('/user/') ? "a user's server" : 'a page of the hub' };
}

/** What the header authenticators do: believe whatever Remote-User says. */
function login({ fields }: Received): Answer {
  const users = fields.flatMap(line => /^remote-user: (.*)$/i.exec(line)?.[1] ?? []);
  if (users.length === 0) return { status: 401, says: 'no Remote-User' };
  return {
    status: 302,
    says: `logged in ${users.join(',')}`,
    fields: [
      ['Location', '/hub/home'],
      ['Set-Cookie', 'jupyterhub-hub-login="demo"; HttpOnly; Path=/hub/'],
      ['Set-Cookie', '_xsrf="demo"; Path=/hub/'],
      ['Set-Cookie', 'jupyterhub-session-id="demo"; HttpOnly; Path=/'],
    ],
  };
}

function echo(webSocket: WebSocket, received: Received): void {
  webSocket.on('error', () => webSocket.terminate());
  webSocket.send(`${JSON.stringify({ hub: "a user's server", received }, null, 2)}\n`);
  webSocket.on('message', (message, isBinary) => webSocket.send(message, { binary: isBinary }));
}
