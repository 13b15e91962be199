/** A hub that keeps every byte of a request and answers it with the bytes it is told. */
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** One request as it stood on the wire; text is latin1. */
export interface Captured {
  /** Request line and field lines. */
  readonly head: readonly string[];
  /** Framing included. */
  readonly content: string;
}

/** A hub on a port of its own. */
export interface CapturingHub {
  readonly port: number;
  /** What came since it was last asked; bytes that are no whole request count as one. */
  take(): Captured[];
  /** Sets the answer to all that comes; the connection closes behind it, unless the hub is to `stay`. */
  answerWith(answer: string, then?: 'close' | 'stay'): void;
  /** Answers whoever is connected, and closes. */
  answerNow(text: string): void;
  /** Cuts whoever is connected; what had come of a request is forgotten. */
  cut(): void;
  /** Resolves when nobody is connected. */
  left(): Promise<void>;
  close(): Promise<void>;
}

const endOfHead = '\r\n\r\n';

function contentEnd(head: readonly string[], rest: string): number {
  const length = head.map(line => /^content-length: (\d+)$/i.exec(line)?.[1]).find(digits => digits !== undefined);
  if (length !== undefined) return Number(length);
  if (!head.some(line => /^transfer-encoding: chunked$/i.test(line))) return 0;
  const last = /(?:^|\r\n)0\r\n(?:[^\r\n]+\r\n)*\r\n/.exec(rest);
  return last === null ? Number.POSITIVE_INFINITY : last.index + last[0].length;
}

/** The whole request in the bytes, with whatever stands behind it; null while there is none. */
function wholeRequest(bytes: string): Captured | null {
  const end = bytes.indexOf(endOfHead);
  if (end === -1) return null;
  const head = bytes.slice(0, end).split('\r\n');
  const content = bytes.slice(end + endOfHead.length);
  return content.length < contentEnd(head, content) ? null : { head, content };
}

/** The gate asks for the hub's version by itself, and is told none; what a client asks comes with the forwarding family. */
function isGates({ head }: Captured): boolean {
  return head[0] === 'GET /hub/api HTTP/1.1' && !head.some(line => /^x-forwarded-/i.test(line));
}

const noVersion = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}';

/** Listens on port 0 of 127.0.0.1. */
export async function openCapturingHub(): Promise<CapturingHub> {
  const pending = new Map<Socket, string>();
  let captured: Captured[] = [];
  const gone = new EventEmitter();
  let answer = '';
  let stays = false;
  const server = createServer(socket => {
    pending.set(socket, '');
    socket.on('error', () => undefined);
    socket.on('close', () => {
      pending.delete(socket);
      gone.emit('one');
    });
    socket.on('data', (chunk: Buffer) => {
      const bytes = (pending.get(socket) ?? '') + chunk.toString('latin1');
      const request = wholeRequest(bytes);
      pending.set(socket, request === null ? bytes : '');
      if (request === null) return;
      if (isGates(request)) return void socket.end(noVersion);
      captured.push(request);
      const reply = Buffer.from(answer, 'latin1');
      if (stays) socket.write(reply);
      else socket.end(reply);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    take() {
      const halves = [...pending.values()].filter(bytes => bytes !== '').map(content => ({ head: [], content }));
      const all = [...captured, ...halves];
      captured = [];
      return all;
    },
    answerWith(text, then = 'close') {
      answer = text;
      stays = then === 'stay';
    },
    answerNow(text) {
      for (const socket of pending.keys()) socket.end(Buffer.from(text, 'latin1'));
    },
    cut() {
      for (const socket of pending.keys()) socket.destroy();
      pending.clear();
    },
    async left() {
      while (pending.size > 0) await once(gone, 'one');
    },
    async close() {
      for (const socket of pending.keys()) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
