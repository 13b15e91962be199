/** One request under way to the hub: its bytes, its clock, and the door's hold on it. */
import type { Socket } from 'node:net';
import type { ReasonId } from '../../gate/reasons.ts';
import type { Deadlines, Waiting } from '../deadlines.ts';
import { letGo } from '../read-buffer.ts';
import type { AnswerSink, HubRequest, Running } from './hub-request.ts';
import { isChunked, wireLines, writeOutboundHead } from './outbound-head.ts';

/** What an exchange needs of its connection. */
export interface Carrier {
  readonly socket: Socket;
  /** What was written is more than should wait. */
  readonly isFull: boolean;
  resume(): void;
  /** The request is given up, and the connection with it. */
  abandon(): void;
}

/** How long the hub may take, and who looks. */
export interface ExchangeClock {
  readonly deadlines: Deadlines;
  /** From the last byte of the request that the hub took to the head of its answer. */
  readonly responseTimeoutMs: number;
}

/** The door's hold on a request, and the connection's. */
export class HubExchange implements Running, Waiting {
  readonly request: HubRequest;
  readonly sink: AnswerSink;
  readonly #clock: ExchangeClock;
  readonly #chunked: boolean;
  /** Latin1; null when it must not be sent. */
  readonly #head: string | null = null;
  deadline: number;
  /** The request is with the hub, as far as it is up to us. */
  requestSent: boolean;
  #over = false;
  #connection: Carrier | null = null;
  /** Parts of the body that came before there was a connection. */
  #early: Buffer[] = [];
  /** The hub, or the wait for a connection, holds the body up. */
  #blocked = false;
  #bodyWhole = false;

  constructor(request: HubRequest, sink: AnswerSink, clock: ExchangeClock) {
    this.request = request;
    this.sink = sink;
    this.#clock = clock;
    this.#chunked = isChunked(request);
    this.requestSent = request.body !== 'stream';
    this.deadline = performance.now() + clock.responseTimeoutMs;
    clock.deadlines.add(this);
    const head = writeOutboundHead(request, wireLines(request.protocol, this.#chunked));
    if (head.ok) this.#head = head.text;
    else this.fail('internal-error', head.fault);
  }

  get over(): boolean {
    return this.#over;
  }

  /** All that was sent can be sent once more, because none of it is gone. */
  get repeatable(): boolean {
    return this.request.body !== 'stream';
  }

  /** Sends the head, and what is there of the body. */
  begin(connection: Carrier): void {
    this.#connection = connection;
    const { body } = this.request;
    const head = this.#head ?? '';
    const { socket } = connection;
    if (Buffer.isBuffer(body) && body.length > 0) {
      socket.cork();
      socket.write(head, 'latin1');
      socket.write(body);
      socket.uncork();
    } else socket.write(head, 'latin1');
    if (body === 'stream') this.#sendEarly();
  }

  #sendEarly(): void {
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) this.#send(chunk);
    if (this.#bodyWhole) this.#sendEnd();
    else if (this.#blocked) this.drained();
  }

  #send(chunk: Buffer): void {
    const socket = this.#connection?.socket;
    if (socket === undefined) return;
    if (this.#chunked) {
      socket.cork();
      socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
      socket.write(chunk, () => letGo(chunk));
      socket.write('\r\n', 'latin1');
      socket.uncork();
    } else socket.write(chunk, () => letGo(chunk));
  }

  #sendEnd(): void {
    if (this.#chunked) this.#connection?.socket.write('0\r\n\r\n', 'latin1');
    this.requestSent = true;
  }

  write(chunk: Buffer): boolean {
    if (this.#over) return true;
    this.#moved();
    if (this.#connection === null) this.#early.push(chunk);
    else this.#send(chunk);
    this.#blocked = this.#connection === null || this.#connection.isFull;
    return !this.#blocked;
  }

  end(): void {
    if (this.#over) return;
    this.#moved();
    this.#bodyWhole = true;
    if (this.#connection !== null) this.#sendEnd();
  }

  /** The hub took what was sent. */
  drained(): void {
    this.#moved();
    if (!this.#blocked || this.#over) return;
    this.#blocked = false;
    this.sink.room();
  }

  #moved(): void {
    if (this.deadline !== Number.POSITIVE_INFINITY) this.deadline = performance.now() + this.#clock.responseTimeoutMs;
  }

  /** The answer has begun: it may take what time it wants. */
  answered(): void {
    this.deadline = Number.POSITIVE_INFINITY;
  }

  /** A client that does not send is not the hub's fault, and has a clock of its own. */
  late(now: number): void {
    const waitsForClient = this.request.body === 'stream' && !this.#bodyWhole && !this.#blocked;
    if (waitsForClient) this.deadline = now + this.#clock.responseTimeoutMs;
    else this.fail('hub-timeout', '');
  }

  /** Ends it with a reason, once. */
  fail(reason: ReasonId, detail: string): void {
    if (this.#over) return;
    this.abort();
    this.sink.failed(reason, detail);
  }

  /** The answer is whole. */
  finish(): void {
    if (this.#over) return;
    this.#end();
    this.sink.end();
  }

  /** The connection is the door's now. */
  leave(): void {
    this.#end();
  }

  abort(): void {
    const connection = this.#connection;
    this.#end();
    connection?.abandon();
  }

  resume(): void {
    this.#connection?.resume();
  }

  #end(): void {
    this.#over = true;
    this.#connection = null;
    this.#early = [];
    this.#clock.deadlines.delete(this);
  }
}
