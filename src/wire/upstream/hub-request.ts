/** What the doors ask of the hub, and how they take its answer; no socket shows through but a switched one. */
import type { Duplex } from 'node:stream';
import type { ReasonId } from '../../gate/reasons.ts';
import type { FieldLine } from '../../http/field.ts';
import type { ReadBuffer } from '../read-buffer.ts';

/** A request to the hub. */
export interface HubRequest {
  readonly method: string;
  readonly target: string;
  /** Complete but for hop-by-hop fields; Content-Length where the length is known, a stream without it goes chunked. */
  readonly fields: readonly FieldLine[];
  /** `stream` comes by `write` and `end`; a buffer is all of it. */
  readonly body: 'stream' | Buffer | null;
  /** Asks for a WebSocket, on a connection of its own. */
  readonly protocol: 'http' | 'websocket';
}

/** The head of the hub's answer, checked, without framing and hop-by-hop fields. */
export interface HubAnswer {
  readonly status: number;
  readonly phrase: string;
  readonly fields: readonly FieldLine[];
  /** Null when the body's length is not known, or where none may be told. */
  readonly contentLength: string | null;
}

/** Takes the hub's answer: `head`, then any number of `data`, then `end`; or `failed`, at any point and once. */
export interface AnswerSink {
  /** An interim answer (RFC 9110 §15.2) but 100 and 101, before the head; `contentLength` is null. */
  interim(answer: HubAnswer): void;
  head(answer: HubAnswer): void;
  /** The chunk is valid during the call, and for as long as `lender` is held. False: the hub is made to wait until `resume`. */
  data(chunk: Buffer, lender: ReadBuffer | null): boolean;
  end(): void;
  /** What one read brought has been told, and the answer is not over. */
  flush(): void;
  /** More of the request's body may come. */
  room(): void;
  failed(reason: ReasonId, detail: string): void;
  /** The hub switched to the WebSocket that was asked for; `early` stood behind its head. Nothing else comes then. */
  switched(fields: readonly FieldLine[], socket: Duplex, early: Buffer): void;
}

/** A request that is under way. */
export interface Running {
  /** The next part of a streamed body, which the caller does not touch any more. False: wait for `room`. */
  write(chunk: Buffer): boolean;
  /** The streamed body is whole. */
  end(): void;
  /** The answer may go on. */
  resume(): void;
  /** Ends it without a word to the sink; the hub never sees a whole body. */
  abort(): void;
}
