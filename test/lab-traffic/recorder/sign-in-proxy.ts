/** A sign-in proxy in front of the gate: asserts its one user on every request, and keeps each head as the browser sent it. */
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { makeCertificate } from '../../clients/certificates.ts';
import { assertedUserHeader } from '../../gates/lab.ts';

/** One request as the browser sent it. */
export type SeenRequest = {
  readonly user: string;
  /** Request line and field lines, latin1, in wire order. */
  readonly head: readonly string[];
  readonly bodyBytes: number;
};

/** A proxy for one user's browser. */
export type SignInProxy = {
  /** On 127.0.0.1, TLS. */
  readonly port: number;
  readonly close: () => Promise<void>;
};

/** What a proxy is made with. */
export type SignInProxyOptions = {
  readonly gatePort: number;
  readonly user: string;
  readonly host: string;
  readonly onRequest: (request: SeenRequest) => void;
};

const endOfHead = '\r\n\r\n';

function lengthIn(head: readonly string[]): number {
  if (head.some(line => /^transfer-encoding:/i.test(line))) throw new Error(`a chunked request: ${head[0]}`);
  return Number(
    head.map(line => /^content-length: *(\d+)$/i.exec(line)?.[1]).find(digits => digits !== undefined) ?? 0,
  );
}

/** Cuts one connection's bytes into requests; behind a handshake everything is the tunnel's. */
class Relay {
  readonly #options: SignInProxyOptions;
  readonly #gate: Socket;
  #pending: Buffer = Buffer.alloc(0);
  #bodyLeft = 0;
  #isTunnel = false;

  constructor(options: SignInProxyOptions, gate: Socket) {
    this.#options = options;
    this.#gate = gate;
  }

  push(chunk: Buffer): void {
    if (this.#isTunnel) {
      this.#gate.write(chunk);
      return;
    }
    this.#pending = Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length > 0 && (this.#passBody() || this.#passHead()));
  }

  #pass(bytes: number): void {
    this.#gate.write(this.#pending.subarray(0, bytes));
    this.#pending = this.#pending.subarray(bytes);
  }

  #passBody(): boolean {
    if (!this.#isTunnel && this.#bodyLeft === 0) return false;
    const bytes = this.#isTunnel ? this.#pending.length : Math.min(this.#bodyLeft, this.#pending.length);
    this.#bodyLeft = Math.max(0, this.#bodyLeft - bytes);
    this.#pass(bytes);
    return true;
  }

  #passHead(): boolean {
    const end = this.#pending.indexOf(endOfHead);
    if (end === -1) return false;
    const head = this.#pending.toString('latin1', 0, end).split('\r\n');
    const { user, onRequest } = this.#options;
    this.#bodyLeft = lengthIn(head);
    this.#isTunnel = head.some(line => /^upgrade: *websocket$/i.test(line));
    onRequest({ user, head, bodyBytes: this.#bodyLeft });
    this.#pending = this.#pending.subarray(end + endOfHead.length);
    this.#gate.write([...head, `${assertedUserHeader}: ${user}`, '', ''].join('\r\n'), 'latin1');
    return true;
  }
}

/** Listens with a certificate of its own for the host. */
export async function startSignInProxy(options: SignInProxyOptions): Promise<SignInProxy> {
  const sockets = new Set<Socket>();
  const server = createServer(makeCertificate({ names: [options.host] }), socket => {
    const gate = connect(options.gatePort, '127.0.0.1');
    const relay = new Relay(options, gate);
    for (const [one, other] of [
      [socket, gate],
      [gate, socket],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.end();
      });
    }
    socket.on('data', (chunk: Buffer) => relay.push(chunk));
    gate.pipe(socket);
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
