/** One client's connection: its requests one after another, each head by the strict grammar, and an end that is seen. */
import type { Socket } from 'node:net';
import type { ReasonId } from '../../gate/reasons.ts';
import type { Peer } from '../../gate/stages.ts';
import type { Deadlines, Waiting } from '../deadlines.ts';
import { beginLook } from '../loop-look.ts';
import { earlyBytes, type RequestHead } from '../message/request-head.ts';
import { hasRoom } from './answer-writer.ts';
import { type Carrier, ClientExchange } from './client-exchange.ts';
import type { FrontHandlers } from './exchange.ts';
import type { HeadFault, HeadReader } from './head-reader.ts';
import { endGently, lingerMs } from './lingering.ts';
import { WaitingBytes } from './waiting-bytes.ts';

/** Bytes of a body that may come while nobody has decided on its request. */
const mostUndecided = 64 * 1024;

/** Bytes that may come behind a request that is not answered, or whose answer is not taken. They are read, so that its client's going shows. */
const mostBehind = 256 * 1024;

/** Requests that one read may bring; hardly a client sends a second one ahead. */
const mostInRead = 64;

/** A client that has gone answers the first probe with a reset, which the second one meets. */
const probeAgainMs = 100;

/** An answer that stands still to a client that said its last goes to nobody; interim bytes can not tell within it. */
const longestSilenceMs = 2000;

const nothing = Buffer.alloc(0);

/** What connections of one front share. */
export interface ClientSurroundings {
  readonly handlers: FrontHandlers;
  readonly deadlines: Deadlines;
  readonly heads: HeadReader;
  readonly headerTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** The longest time without a byte of a body, in either direction. */
  readonly stallMs: number;
  readonly onGone: (connection: ClientConnection) => void;
}

/** A connection, and who is at its other end. */
export interface Arrival {
  readonly socket: Socket;
  /** What can be reset: what lies under TLS, else the socket itself; null where nothing can. */
  readonly bare: Socket | null;
  readonly peer: Peer;
}

/** One connection. */
export class ClientConnection implements Carrier, Waiting {
  readonly socket: Socket;
  readonly peer: Peer;
  deadline: number;
  /** No further request is served. */
  closing = false;
  readonly #bare: Socket | null;
  readonly #around: ClientSurroundings;
  /** There were too many when it came: it gets one answer, and that says so. */
  readonly #fault: ReasonId | null;
  readonly #waiting = new WaitingBytes();
  #exchange: ClientExchange | null = null;
  #taking = false;
  #inRead = 0;
  /** What comes in is nobody's. */
  #deaf = false;
  #inputEnded = false;
  #paused = false;
  /** What waits begins with a head, and waits for the client to take its answers. */
  #heldBack = false;
  #probedAgain = false;
  #writtenBefore = -1;
  /** Bytes of the next head have come, or are due. */
  #headBegun = true;

  constructor({ socket, bare, peer }: Arrival, around: ClientSurroundings, fault: ReasonId | null) {
    this.socket = socket;
    this.#bare = bare;
    this.peer = peer;
    this.#around = around;
    this.#fault = fault;
    this.deadline = performance.now() + around.headerTimeoutMs;
    around.deadlines.add(this);
    socket
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('drain', this.#onDrain)
      .on('timeout', this.#onStalled)
      .on('error', this.#onError)
      .on('close', this.#onClose);
  }

  get isIdle(): boolean {
    return this.#exchange === null && this.#waiting.length === 0;
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  readonly #onData = (chunk: Buffer): void => {
    beginLook();
    this.#inRead = 0;
    if (this.#exchange !== null || this.#waiting.length === 0 || this.#deaf) this.#take(chunk);
    else if (this.#heldBack) this.#holdBack(chunk);
    else this.#growHead(chunk);
  };

  /** A head that comes byte by byte is looked at byte by byte. */
  #growHead(chunk: Buffer): void {
    this.#waiting.add(chunk);
    const grown = this.#around.heads.grow(this.#waiting, chunk.length);
    if (grown === 'whole') this.#take(this.#waiting.take());
    else if (grown !== null) this.#answerBroken(grown);
  }

  /** Works off bytes until they are used up, or have to wait. */
  #take(bytes: Buffer): void {
    let rest = bytes;
    this.#taking = true;
    while (rest.length > 0 && !this.#deaf) {
      const exchange = this.#exchange;
      if (exchange === null) rest = hasRoom(this.socket) ? this.#readHead(rest) : this.#holdBack(rest);
      else if (exchange.wantsBody) rest = this.#readBody(rest, exchange);
      else rest = this.#keep(rest, exchange);
    }
    this.#taking = false;
    if (this.#inputEnded) this.#nothingMoreComes();
  }

  #nothingMoreComes(): void {
    const exchange = this.#exchange;
    if (exchange === null) {
      if (this.#waiting.length === 0 && !this.#deaf) this.#leave();
    } else if (exchange.wantsBody) this.#bodyBreaksOff(exchange);
  }

  /** A client that ends within a body may read on. */
  #bodyBreaksOff(exchange: ClientExchange): void {
    this.#deaf = true;
    if (exchange.over) this.#leave();
    else exchange.break('request-ambiguous', 'the body breaks off');
  }

  #readHead(bytes: Buffer): Buffer {
    const read = this.#around.heads.read(bytes);
    if (read === null) this.#keepPartial(bytes);
    else if ('reason' in read) this.#answerBroken(read);
    else return this.#begin(read.head, read.rest);
    return nothing;
  }

  #begin(head: RequestHead, rest: Buffer): Buffer {
    this.#inRead += 1;
    if (this.#inRead > mostInRead) {
      this.#answerBroken({ reason: 'request-ambiguous', detail: `more than ${mostInRead} requests in one piece` });
      return nothing;
    }
    this.deadline = Number.POSITIVE_INFINITY;
    this.closing ||= !head.persists;
    this.#serve(new ClientExchange(head, this, this.#fault), rest);
    return rest;
  }

  /** Nothing may stand behind a head that asks for a switch (P8); the door is told before it asks anybody. */
  #serve(exchange: ClientExchange, behind: Buffer): void {
    this.#exchange = exchange;
    if (exchange.asksToSwitch && behind.length > 0) this.#breakSwitch(exchange);
    this.#around.handlers.serve(exchange);
  }

  #breakSwitch(exchange: ClientExchange): void {
    this.#deaf = true;
    exchange.break('request-ambiguous', earlyBytes);
  }

  /** A client that does not take its answers gets no more of them. */
  #holdBack(bytes: Buffer): Buffer {
    this.#heldBack = true;
    this.#waiting.add(bytes);
    this.deadline = Number.POSITIVE_INFINITY;
    this.answerHeldUp();
    if (this.#waiting.length > mostBehind) this.cut();
    return bytes.subarray(bytes.length);
  }

  #keepPartial(bytes: Buffer): void {
    if (this.#inputEnded) {
      this.#answerBroken({ reason: 'request-ambiguous', detail: 'the head breaks off' });
      return;
    }
    if (!this.#headBegun) this.deadline = performance.now() + this.#around.headerTimeoutMs;
    this.#headBegun = true;
    this.#waiting.add(bytes);
  }

  #readBody(bytes: Buffer, exchange: ClientExchange): Buffer {
    if (!exchange.over) this.#expectBody();
    const rest = exchange.readBody(bytes);
    this.#deaf ||= exchange.broken;
    if (exchange.bodyPending) return rest;
    // Nothing of it is left that could be too much, and a client's going shows only to who reads.
    this.resume();
    if (exchange.over) this.#next();
    else this.deadline = Number.POSITIVE_INFINITY;
    return rest;
  }

  /** The client is waited for, unless it is the hub that takes no more. */
  #expectBody(): void {
    this.deadline = this.#paused ? Number.POSITIVE_INFINITY : performance.now() + this.#around.stallMs;
  }

  /** Bytes of a body that nobody takes yet, or behind the request. */
  #keep(bytes: Buffer, exchange: ClientExchange): Buffer {
    const none = bytes.subarray(bytes.length);
    if (exchange.asksToSwitch) {
      this.#breakSwitch(exchange);
      return none;
    }
    this.#waiting.add(bytes);
    if (exchange.bodyPending) {
      if (this.#waiting.length > mostUndecided) this.pause();
    } else if (this.#waiting.length > mostBehind) this.#overrun(exchange);
    return none;
  }

  /** One request that is too large to wait is dropped with all that follows; of many of them nobody waits for an end. */
  #overrun(exchange: ClientExchange): void {
    const goesOn = this.#around.heads.isPartOfOne(this.#waiting.take());
    this.closing = true;
    this.#deaf = true;
    if (goesOn) return;
    if (exchange.over) this.cut();
    else exchange.break('request-ambiguous', 'too much is sent ahead of the answer');
  }

  #answerBroken({ reason, detail }: HeadFault): void {
    this.closing = true;
    this.socket.write(this.#around.handlers.answerBroken(reason, detail, this.peer), 'latin1');
    this.#leave();
  }

  /** Somebody takes the body of the request that is under way. */
  bodyWanted(): void {
    this.#expectBody();
    if (this.#taking) return;
    this.#take(this.#waiting.take());
    this.resume();
  }

  pause(): void {
    this.#paused = true;
    this.deadline = Number.POSITIVE_INFINITY;
    this.socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#exchange?.wantsBody === true) this.#expectBody();
    this.socket.resume();
  }

  /** The answer waits for the client: it may take its time as long as it takes anything. */
  answerHeldUp(): void {
    this.socket.setTimeout(this.#around.stallMs);
  }

  readonly #onDrain = (): void => {
    this.socket.setTimeout(0);
    if (this.#exchange !== null) this.#exchange.drained();
    else if (this.#heldBack) {
      this.#heldBack = false;
      this.#take(this.#waiting.take());
    }
  };

  readonly #onStalled = (): void => {
    if (this.#exchange === null || this.#exchange.over) this.cut();
    else this.#exchange.break('request-timeout', 'the answer is not taken');
  };

  /** The answer is out. */
  answered(exchange: ClientExchange): void {
    if (exchange.bodyPending && !this.closing) this.#dropRest(exchange);
    else this.#next();
  }

  /** The hub has answered before the body was whole: a short rest is let go by, so that the connection can go on. */
  #dropRest(exchange: ClientExchange): void {
    exchange.dropBody();
    this.deadline = performance.now() + lingerMs;
    this.resume();
    if (!this.#taking) this.#take(this.#waiting.take());
  }

  #next(): void {
    this.#exchange = null;
    this.#headBegun = false;
    if (this.closing) {
      this.#leave();
      return;
    }
    this.deadline = performance.now() + this.#around.idleTimeoutMs;
    if (!this.#taking && (this.#inputEnded || this.#waiting.length > 0)) this.#take(this.#waiting.take());
  }

  #leave(): void {
    this.#deaf = true;
    this.#waiting.take();
    this.deadline = Number.POSITIVE_INFINITY;
    if (this.socket.destroyed) return;
    this.answerHeldUp();
    endGently(this.socket);
  }

  /**
   * The client has said its last. It may still read (RFC 9112 §9.6), or be gone altogether: that the kernel tells when
   * something is sent.
   */
  readonly #onEnd = (): void => {
    this.#inputEnded = true;
    const exchange = this.#exchange;
    if (exchange === null) this.#take(this.#waiting.take());
    else if (exchange.asksToSwitch) this.socket.destroy();
    else if (exchange.bodyPending) this.#bodyBreaksOff(exchange);
    else {
      exchange.probe();
      this.deadline = performance.now() + probeAgainMs;
    }
  };

  /** Whether the client is still there shows by what is written: the probe's reset, or an answer that moves. */
  #watchHalfClosed(exchange: ClientExchange, now: number): void {
    const { bytesWritten } = this.socket;
    if (exchange.started && bytesWritten === this.#writtenBefore) this.socket.destroy();
    if (!this.#probedAgain) exchange.probe();
    this.#probedAgain = true;
    this.#writtenBefore = bytesWritten;
    this.deadline = now + longestSilenceMs;
  }

  late(now: number): void {
    const exchange = this.#exchange;
    if (exchange === null) {
      if (this.#waiting.length > 0) this.#answerBroken({ reason: 'request-timeout', detail: '' });
      else this.#endIdle();
    } else if (exchange.over) this.#leave();
    else if (this.#inputEnded) this.#watchHalfClosed(exchange, now);
    else {
      this.#deaf = true;
      this.deadline = Number.POSITIVE_INFINITY;
      exchange.break('request-timeout', 'the body stands still');
    }
  }

  /** Node tells of TLS that breaks after its handshake, and leaves the connection open. */
  readonly #onError = (): void => void this.socket.destroy();

  /** No request after the one that is under way. */
  drain(): void {
    this.closing = true;
    if (this.isIdle && !this.#deaf) this.#endIdle();
  }

  /** The end of the last answer may still be on its way. */
  #endIdle(): void {
    if (this.socket.writableLength === 0) this.socket.destroy();
    else this.#leave();
  }

  /** Ends with a reset where there is one, because to HTTP/1.0 a mere close is a clean end; TLS lacks its own end as well. */
  cut(): void {
    this.#deaf = true;
    if (this.#bare === null) this.socket.destroy();
    else this.#bare.resetAndDestroy();
  }

  /** The socket is somebody else's from now on. */
  release(): void {
    this.#exchange = null;
    this.#deaf = true;
    this.deadline = Number.POSITIVE_INFINITY;
    const { socket } = this;
    socket
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('drain', this.#onDrain)
      .off('timeout', this.#onStalled);
    socket.setTimeout(0);
    socket.pause();
  }

  readonly #onClose = (): void => {
    this.#around.deadlines.delete(this);
    this.#deaf = true;
    this.#exchange?.break(null, '');
    this.#around.onGone(this);
  };
}
