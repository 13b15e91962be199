/** llhttp as node:http runs it, strict: one server, each text on a connection of its own that is no socket. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { Duplex } from 'node:stream';
import type { Oracle, Reading, RequestRead } from '../reading.ts';
import type { Line } from '../strict-messages.ts';

/** The end of input in the middle of a message: nothing was refused. */
const unfinished = 'HPE_INVALID_EOF_STATE';

interface Course {
  readonly requests: RequestRead[];
  refused: string | null;
}

/** The client's end: gives its bytes and then ends; what comes back is not looked at. */
class Client extends Duplex {
  readonly #bytes: Buffer;
  #given = false;

  constructor(bytes: string) {
    super();
    this.#bytes = Buffer.from(bytes, 'latin1');
  }

  override _read(): void {
    if (this.#given) return;
    this.#given = true;
    if (this.#bytes.length > 0) this.push(this.#bytes);
    this.push(null);
  }

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done();
  }
}

function pairs(raw: readonly string[]): Line[] {
  return raw.flatMap((name, at): Line[] => (at % 2 === 0 ? [[name, raw[at + 1] ?? '']] : []));
}

function keep(request: IncomingMessage, course: Course, then: () => void): void {
  const chunks: Buffer[] = [];
  request.on('error', () => undefined);
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { method = '', url = '', rawHeaders } = request;
    const body = Buffer.concat(chunks).toString('latin1');
    course.requests.push({ method, target: url, lines: pairs(rawHeaders), body });
    then();
  });
}

function openServer(courses: WeakMap<Duplex, Course>): Server {
  const server = createServer({
    insecureHTTPParser: false,
    maxHeaderSize: 1024 * 1024,
    keepAliveTimeout: 0,
    requestTimeout: 0,
  });
  const courseOf = (stream: Duplex): Course => courses.get(stream) ?? { requests: [], refused: null };
  // A client that has half-closed is answered still.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.maxHeadersCount = 0;
  server.on('request', (request, response) => keep(request, courseOf(request.socket), () => response.end()));
  server.on('connect', (_request, socket) => {
    courseOf(socket).refused = 'CONNECT';
    socket.destroy();
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code !== unfinished) courseOf(socket).refused ??= error.code ?? error.message;
    // Whole requests before the fault have not told their end yet.
    setImmediate(() => setImmediate(() => socket.destroy()));
  });
  return server;
}

/** Needs no closing: it listens nowhere. */
export function openLlhttp(): Oracle {
  const courses = new WeakMap<Duplex, Course>();
  const server = openServer(courses);
  const readOne = (bytes: string): Promise<Reading> => {
    const client = new Client(bytes);
    const course: Course = { requests: [], refused: null };
    courses.set(client, course);
    return new Promise(resolve => {
      client.on('error', () => undefined);
      client.on('close', () => resolve(course));
      server.emit('connection', client);
    });
  };
  return { name: 'llhttp', read: batch => Promise.all(batch.map(readOne)) };
}
