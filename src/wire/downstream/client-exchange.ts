/** One request on a client's connection, as the door has it. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ReasonId } from '../../gate/reasons.ts';
import type { BodyFraming, InboundRequest, Peer } from '../../gate/stages.ts';
import type { FieldLine } from '../../http/field.ts';
import { type BodyReader, LengthReader } from '../message/body-reader.ts';
import { ChunkedReader } from '../message/chunked.ts';
import { answerHeadText } from '../message/head-text.ts';
import type { RequestHead } from '../message/request-head.ts';
import type { ReadBuffer } from '../read-buffer.ts';
import { AnswerWriter } from './answer-writer.ts';
import type { AnswerHead, BodyTaker, Breakage, Exchange, ExchangeEvents } from './exchange.ts';

const continueText = 'HTTP/1.1 100 Continue\r\n\r\n';
const noBody: BodyFraming = { kind: 'none' };

function bodyReader(framing: BodyFraming): BodyReader {
  if (framing.kind === 'chunked') return new ChunkedReader();
  return new LengthReader(framing.kind === 'length' ? framing.bytes : 0);
}

/** What an exchange needs of its connection. */
export interface Carrier {
  readonly socket: Socket;
  readonly peer: Peer;
  /** No further request is served. */
  closing: boolean;
  /** Bytes have come that nobody has taken yet. */
  readonly hasWaiting: boolean;
  /** Somebody takes the body of the request that is under way. */
  bodyWanted(): void;
  pause(): void;
  resume(): void;
  /** The answer waits for the client. */
  answerHeldUp(): void;
  /** The answer is out. */
  answered(exchange: ClientExchange): void;
  cut(): void;
  /** The socket is somebody else's from now on. */
  release(): void;
}

/** A request and its answer. */
export class ClientExchange implements Exchange {
  readonly inbound: InboundRequest;
  readonly fault: ReasonId | null;
  readonly framing: BodyFraming;
  readonly asksToSwitch: boolean;
  readonly #connection: Carrier;
  readonly #writer: AnswerWriter;
  readonly #reader: BodyReader;
  #waitsForContinue: boolean;
  #events: ExchangeEvents | null = null;
  #breakage: { readonly reason: Breakage; readonly detail: string } | null = null;
  #taker: BodyTaker | null = null;
  #over = false;

  constructor(head: RequestHead, connection: Carrier, fault: ReasonId | null) {
    const { method, target, httpVersion, fields, recurs, framing } = head;
    this.inbound = { method, target, httpVersion, fields, fieldsRecur: recurs, peer: connection.peer };
    this.fault = fault;
    this.framing = framing.ok ? framing.body : noBody;
    this.asksToSwitch = head.asksToSwitch;
    this.#connection = connection;
    this.#writer = new AnswerWriter(connection.socket);
    this.#reader = bodyReader(this.framing);
    this.#waitsForContinue = head.expectsContinue;
  }

  get bodyPending(): boolean {
    return !this.#reader.complete;
  }

  /** Somebody takes the body, and it goes on. */
  get wantsBody(): boolean {
    return this.#taker !== null && this.bodyPending && this.#reader.fault === null;
  }

  get broken(): boolean {
    return this.#breakage !== null;
  }

  get over(): boolean {
    return this.#over;
  }

  listen(events: ExchangeEvents): void {
    this.#events = events;
    if (this.#breakage !== null) events.broken(this.#breakage.reason, this.#breakage.detail);
  }

  /** Only the first breakage counts, and none after the end. */
  break(reason: Breakage, detail: string): void {
    if (this.#over || this.#breakage !== null) return;
    this.#breakage = { reason, detail };
    this.#events?.broken(reason, detail);
  }

  drained(): void {
    if (!this.#over) this.#events?.drained();
  }

  takeBody(taker: BodyTaker): void {
    this.#taker = taker;
    if (this.#waitsForContinue && !this.#connection.hasWaiting) this.#connection.socket.write(continueText, 'latin1');
    this.#waitsForContinue = false;
    this.#connection.bodyWanted();
  }

  resumeBody(): void {
    this.#connection.resume();
  }

  /** Hands on what belongs to the body; gives what stands behind it, nothing where that can not be known. */
  readBody(bytes: Buffer): Buffer {
    const taker = this.#taker;
    if (taker === null) return bytes;
    const parts: Buffer[] = [];
    const stop = this.#reader.read(bytes, 0, part => void parts.push(part));
    if (parts.length > 0) this.#handOn(parts, taker);
    if (this.#reader.fault !== null) {
      this.break('request-ambiguous', this.#reader.fault);
      return bytes.subarray(bytes.length);
    }
    if (this.#reader.complete) taker.bodyEnd();
    return bytes.subarray(stop);
  }

  /** In one piece: each chunk of a byte would cost the hub's side a system call of its own. */
  #handOn(parts: readonly Buffer[], taker: BodyTaker): void {
    const [first] = parts;
    const whole = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
    if (!taker.bodyData(whole)) this.#connection.pause();
  }

  /** The answer is out, and what comes of the body is nobody's. */
  dropBody(): void {
    this.#taker = { bodyData: () => true, bodyEnd: () => undefined };
  }

  get started(): boolean {
    return this.#writer.started;
  }

  interim(head: AnswerHead): void {
    if (this.inbound.httpVersion === '1.1' && !this.started) this.#writer.interim(head);
  }

  start(head: AnswerHead): void {
    const connection = this.#connection;
    const { method, httpVersion } = this.inbound;
    connection.closing = this.#writer.start(head, method, httpVersion, head.closes || connection.closing);
  }

  write(chunk: Buffer, lender: ReadBuffer | null): boolean {
    const hasRoom = this.#writer.write(chunk, lender);
    if (!hasRoom) this.#connection.answerHeldUp();
    return hasRoom;
  }

  flush(): void {
    this.#writer.flush();
  }

  finish(): void {
    if (this.#over) return;
    this.#writer.finish();
    this.#over = true;
    this.#connection.answered(this);
  }

  cut(): void {
    this.#over = true;
    this.#connection.cut();
  }

  switchProtocols(fields: readonly FieldLine[]): Duplex {
    this.#over = true;
    const { socket } = this.#connection;
    this.#connection.release();
    socket.write(answerHeadText(101, 'Switching Protocols', fields), 'latin1');
    return socket;
  }

  /** Interim bytes that make the kernel of a client which has gone say so; one that half-closed reads past them. */
  probe(): void {
    if (this.inbound.httpVersion === '1.1' && !this.started) this.#connection.socket.write(continueText, 'latin1');
  }
}
