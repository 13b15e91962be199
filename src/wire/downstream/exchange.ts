/** What a door sees of a request on a connection, and how it answers; nothing of the transport shows through. */
import type { Duplex } from 'node:stream';
import type { ReasonId } from '../../gate/reasons.ts';
import type { BodyFraming, InboundRequest, Peer } from '../../gate/stages.ts';
import type { FieldLine } from '../../http/field.ts';
import type { ReadBuffer } from '../read-buffer.ts';

/** The head of an answer. Its length is in `fields` as Content-Length, or absent: then the transport frames it. */
export interface AnswerHead {
  readonly status: number;
  /** May be empty. */
  readonly phrase: string;
  readonly fields: readonly FieldLine[];
  /** The connection ends with this answer. */
  readonly closes: boolean;
}

/** Why an exchange can not go on: the reason to refuse with, or null when the client is gone. */
export type Breakage = ReasonId | null;

/** Told what becomes of an exchange. */
export interface ExchangeEvents {
  /** Called at most once, when the client goes or its bytes stop making sense before the answer is complete. */
  broken(breakage: Breakage, detail: string): void;
  /** There is room for more of the answer. */
  drained(): void;
}

/** Takes a request's body as it arrives, without its framing. */
export interface BodyTaker {
  /** The taker's own from then on. False: nothing more until `resumeBody`. */
  bodyData(chunk: Buffer): boolean;
  bodyEnd(): void;
}

/** One request. Exactly one of `finish`, `cut` and `switchProtocols` ends it. */
export interface Exchange {
  readonly inbound: InboundRequest;
  /** Set when the transport has refused already: the door answers with it and asks nobody. */
  readonly fault: ReasonId | null;
  /** How the body is framed on its way in. */
  readonly framing: BodyFraming;
  /** Asks to leave HTTP; bytes behind the head are a breakage then. */
  readonly asksToSwitch: boolean;
  /** Some of the body has not arrived yet. */
  readonly bodyPending: boolean;
  /** To be called before anything else; what has happened already is told at once. */
  listen(events: ExchangeEvents): void;
  /** Asks a client that waits for 100 Continue to send its body, and hands that on. */
  takeBody(taker: BodyTaker): void;
  resumeBody(): void;
  /** Something of the final answer is out; until then another may take its place. */
  readonly started: boolean;
  /** An interim answer, which HTTP/1.0 does not know and does not get. */
  interim(head: AnswerHead): void;
  start(head: AnswerHead): void;
  /** The chunk is valid during the call, and for as long as `lender` is held. False: wait for `drained` before the next one. */
  write(chunk: Buffer, lender: ReadBuffer | null): boolean;
  /** What was started and written goes out now. */
  flush(): void;
  finish(): void;
  /** Destroys the connection, so that a half answer is seen as one. */
  cut(): void;
  /** Writes the 101 and gives up the connection. */
  switchProtocols(fields: readonly FieldLine[]): Duplex;
}

/** What a door does with what comes in. */
export interface FrontHandlers {
  /** Whether the peer's PROXY header counts. */
  isTrusted(peer: Peer): boolean;
  serve(exchange: Exchange): void;
  /** Bytes that are no request; gives the whole answer in latin1. */
  answerBroken(reason: ReasonId, detail: string, peer: Peer): string;
}
