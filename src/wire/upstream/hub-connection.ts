/** One connection to the hub: a request at a time, and an answer that is believed only as far as it keeps to the grammar. */
import type { Socket } from 'node:net';
import type { Waiting } from '../deadlines.ts';
import { beginLook, currentLook, type Look } from '../loop-look.ts';
import { type AnswerHeadParse, answerBodyReader, parseAnswerHead } from '../message/answer-head.ts';
import type { BodyReader } from '../message/body-reader.ts';
import { mayGoOn } from '../message/field-lines.ts';
import { phraseOf } from '../message/head-text.ts';
import { endOfHead } from '../message/request-head.ts';
import { type ReadBuffer, readBytes, takeReadBuffer } from '../read-buffer.ts';
import { connectFault } from './connect-fault.ts';
import type { Carrier, HubExchange } from './hub-exchange.ts';
import { type HubLine, openHubSocket } from './hub-socket.ts';
import { switchFault } from './switch-fault.ts';

const largestAnswerHead = 64 * 1024;

/** More interim answers than this are a storm (R5). */
const mostInterim = 16;

/** Bytes that may wait for the hub to take them. */
const mostUnsent = 128 * 1024;

/** Every connection reads into it, one after another; what must outlive the read is copied, or read into memory of its own. */
const sharedBuffer = Buffer.allocUnsafeSlow(readBytes);

const nothing = Buffer.alloc(0);

/** Who owns connections. */
export interface ConnectionOwner {
  /** It can take another request. */
  freed(connection: HubConnection): void;
  /** It is gone; the hub had closed before `unsent` could reach it, so that nothing of it was processed. */
  closed(connection: HubConnection, unsent: HubExchange | null): void;
}

/** Where a connection leads, and how long it may take to come about. */
export interface ConnectOptions extends HubLine {
  readonly connectTimeoutMs: number;
}

/** One connection. */
export class HubConnection implements Carrier, Waiting {
  readonly socket: Socket;
  /** Until it is connected, or while it is idle. */
  deadline: number;
  readonly #owner: ConnectionOwner;
  readonly #ready: 'connect' | 'secureConnect';
  #exchange: HubExchange | null = null;
  #answer: AnswerHeadParse | null = null;
  #reader: BodyReader | null = null;
  #partialHead: Buffer = nothing;
  #interim = 0;
  #served = 0;
  #sentIn: Look | null = null;
  #goneIn: Look | null = null;
  #paused = false;
  #lastRead = 0;
  /** What bulk is read into. */
  #own: ReadBuffer | null = null;
  #error: NodeJS.ErrnoException | null = null;

  /** `pooled` ones read into shared memory where they are plain; others can hand their socket over. */
  constructor(options: ConnectOptions, owner: ConnectionOwner, pooled: boolean) {
    const intoShared = pooled && options.tls === null;
    const onread = { buffer: () => this.#nextBuffer(), callback: this.#onRead.bind(this) };
    this.#owner = owner;
    this.deadline = performance.now() + options.connectTimeoutMs;
    this.#ready = options.tls === null ? 'connect' : 'secureConnect';
    this.socket = openHubSocket(options, intoShared ? onread : undefined);
    if (!intoShared) this.socket.on('data', this.#onData);
    this.socket
      .on(this.#ready, this.#onReady)
      .on('drain', this.#onDrain)
      .on('error', this.#onError)
      .on('end', this.#onEnd)
      .on('close', this.#onClose);
  }

  /** What was written is more than should wait. */
  get isFull(): boolean {
    return this.socket.writableLength > mostUnsent;
  }

  get isIdle(): boolean {
    return this.#exchange === null && !this.socket.destroyed;
  }

  readonly #onReady = (): void => {
    this.deadline = Number.POSITIVE_INFINITY;
    this.#exchange?.drained();
  };

  readonly #onDrain = (): void => this.#exchange?.drained();

  /** Node tells of TLS that breaks after its handshake, and leaves the connection open. */
  readonly #onError = (error: NodeJS.ErrnoException): void => {
    this.#error ??= error;
    this.#goneIn ??= currentLook();
    this.destroy();
  };

  /** A read that filled its buffer is bulk, and the next one will be. */
  #nextBuffer(): Buffer {
    this.#own = this.#lastRead === readBytes ? takeReadBuffer() : null;
    return this.#own?.bytes ?? sharedBuffer;
  }

  #onRead(length: number, buffer: Uint8Array): boolean {
    const own = this.#own;
    this.#lastRead = length;
    this.#take(Buffer.from(buffer.buffer, buffer.byteOffset, length), own);
    own?.release();
    return !this.#paused;
  }

  readonly #onData = (chunk: Buffer): void => this.#take(chunk, null);

  /** Sends a request; the connection is idle or new. */
  send(exchange: HubExchange): void {
    this.#exchange = exchange;
    this.#answer = null;
    this.#reader = null;
    this.#interim = 0;
    if (this.#served > 0) this.deadline = Number.POSITIVE_INFINITY;
    this.#served += 1;
    this.#sentIn = this.#served > 1 ? currentLook() : null;
    exchange.begin(this);
  }

  #take(bytes: Buffer, lender: ReadBuffer | null): void {
    beginLook();
    let rest = bytes;
    while (rest.length > 0) {
      const exchange = this.#exchange;
      if (exchange === null) {
        this.destroy();
        return;
      }
      rest = this.#reader === null ? this.#readHead(rest, exchange) : this.#readBody(rest, exchange, lender);
    }
    this.#exchange?.sink.flush();
  }

  #readHead(bytes: Buffer, exchange: HubExchange): Buffer {
    const whole = this.#partialHead.length === 0 ? bytes : Buffer.concat([this.#partialHead, bytes]);
    const text = whole.toString('latin1', 0, Math.min(whole.length, largestAnswerHead));
    const end = endOfHead(text);
    if (end === -1) return this.#keepPartial(whole, text, exchange);
    this.#partialHead = nothing;
    const head = parseAnswerHead(text, end, exchange.request.method === 'HEAD');
    const rest = whole.subarray(end + '\r\n\r\n'.length);
    if (typeof head === 'string') return this.#refuse(exchange, head);
    if (head.status === 101) return this.#switch(exchange, head, rest);
    return head.status < 200 ? this.#relayInterim(exchange, head, rest) : this.#begin(exchange, head, rest);
  }

  #keepPartial(whole: Buffer, text: string, exchange: HubExchange): Buffer {
    const begin = 'HTTP/1.';
    if (whole.length >= largestAnswerHead) return this.#refuse(exchange, 'the head is too large');
    if (!text.startsWith(begin.slice(0, text.length)) || !mayGoOn(text))
      return this.#refuse(exchange, 'no answer begins so');
    this.#partialHead = Buffer.from(whole);
    return nothing;
  }

  /** Nothing that comes from this connection is believed any more. */
  #refuse(exchange: HubExchange, fault: string): Buffer {
    this.#exchange = null;
    exchange.fail('hub-answer-invalid', fault);
    this.destroy();
    return nothing;
  }

  #relayInterim(exchange: HubExchange, head: AnswerHeadParse, rest: Buffer): Buffer {
    this.#interim += 1;
    if (this.#interim > mostInterim) return this.#refuse(exchange, 'too many interim answers');
    // Expect never goes up, so nobody waits for it.
    if (head.status === 100) return this.#refuse(exchange, '100 that nobody asked for');
    const { status, phrase, fields } = head;
    exchange.sink.interim({ status, phrase: phraseOf(status, phrase), fields, contentLength: null });
    return this.#exchange === exchange ? rest : nothing;
  }

  #begin(exchange: HubExchange, head: AnswerHeadParse, rest: Buffer): Buffer {
    const { status, phrase, fields, contentLength } = head;
    if (exchange.request.protocol === 'websocket' && status < 300)
      return this.#refuse(exchange, 'success without a switch');
    this.#answer = head;
    this.#reader = answerBodyReader(head.framing);
    exchange.answered();
    exchange.sink.head({ status, phrase: phraseOf(status, phrase), fields, contentLength });
    if (this.#exchange !== exchange) return nothing;
    return this.#reader.complete ? this.#finish(exchange, rest) : rest;
  }

  #readBody(bytes: Buffer, exchange: HubExchange, lender: ReadBuffer | null): Buffer {
    const reader = this.#reader;
    if (reader === null) return nothing;
    const stop = reader.read(bytes, 0, part => {
      if (this.#exchange === exchange && !exchange.sink.data(part, lender)) this.#pause();
    });
    if (this.#exchange !== exchange) return nothing;
    if (reader.fault !== null) return this.#refuse(exchange, reader.fault);
    return reader.complete ? this.#finish(exchange, bytes.subarray(stop)) : nothing;
  }

  #finish(exchange: HubExchange, behind: Buffer): Buffer {
    const reusable = this.#answer?.persists === true && exchange.requestSent && behind.length === 0;
    this.#exchange = null;
    this.#reader = null;
    this.resume();
    if (reusable && !this.socket.destroyed) this.#owner.freed(this);
    else this.destroy();
    exchange.finish();
    return nothing;
  }

  #switch(exchange: HubExchange, head: AnswerHeadParse, early: Buffer): Buffer {
    const asked = exchange.request.protocol === 'websocket' ? exchange.request.fields : null;
    const fault = asked === null ? '101 that nobody asked for' : switchFault(asked, head.lines);
    if (fault !== null) return this.#refuse(exchange, fault);
    this.#release();
    exchange.leave();
    exchange.sink.switched(head.fields, this.socket, early);
    return nothing;
  }

  /** The socket is somebody else's from now on, and nothing of this stays with it. */
  #release(): void {
    this.#exchange = null;
    this.socket
      .off('data', this.#onData)
      .off(this.#ready, this.#onReady)
      .off('drain', this.#onDrain)
      .off('error', this.#onError)
      .off('end', this.#onEnd)
      .off('close', this.#onClose)
      .pause();
    this.#owner.closed(this, null);
  }

  #pause(): void {
    this.#paused = true;
    this.socket.pause();
  }

  /** Reads on. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.socket.resume();
  }

  /** The hub has said its last: the end of an answer that has no other, a break otherwise. */
  readonly #onEnd = (): void => {
    this.#goneIn ??= currentLook();
    const exchange = this.#exchange;
    if (exchange !== null && this.#reader !== null && this.#answer?.framing.kind === 'close') {
      this.#finish(exchange, nothing);
    } else this.destroy();
  };

  readonly #onClose = (): void => {
    const exchange = this.#exchange?.over === false ? this.#exchange : null;
    this.#exchange = null;
    const unsent = exchange !== null && this.#nothingWasProcessed(exchange) ? exchange : null;
    this.#owner.closed(this, unsent);
    if (unsent === null) exchange?.fail('hub-unreachable', this.#error === null ? 'closed' : connectFault(this.#error));
  };

  /**
   * An idle connection whose end was there before the request was written: one look of the event loop found both, so
   * the hub had closed and never saw a byte.
   */
  #nothingWasProcessed(exchange: HubExchange): boolean {
    const sameLook = this.#sentIn !== null && this.#sentIn === this.#goneIn;
    return sameLook && this.#answer === null && exchange.repeatable;
  }

  late(): void {
    this.#error ??= Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' });
    this.destroy();
  }

  /** Its request is given up, and it with that. */
  abandon(): void {
    this.#exchange = null;
    this.destroy();
  }

  destroy(): void {
    this.socket.destroy();
  }
}
