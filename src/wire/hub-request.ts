/** What the doors ask of the hub, and how they take its answer; no HTTP client shows through. */
import type { Readable } from 'node:stream';
import type { ReasonId } from '../gate/reasons.ts';
import type { FieldLine } from '../http/field.ts';

/** A request to the hub, its framing included: `body` is a stream, all of it, or null. */
export interface HubRequest {
  readonly method: string;
  readonly target: string;
  /** Content-Length where the length is known; a stream without it goes chunked. */
  readonly fields: readonly FieldLine[];
  readonly body: Readable | Buffer | null;
}

/** The head of the hub's answer, checked, without framing and hop-by-hop fields. */
export interface HubAnswer {
  readonly status: number;
  readonly phrase: string;
  readonly fields: readonly FieldLine[];
  readonly contentLength: string | null;
}

/** Takes the hub's answer: `head`, then any number of `data`, then `end`; or `failed`, at any point and once. */
export interface AnswerSink {
  head(answer: HubAnswer): void;
  /** False: the hub is made to wait until `resume`. */
  data(chunk: Buffer): boolean;
  end(): void;
  /** `cause` is the body stream's own error where that broke it off. */
  failed(reason: ReasonId, detail: string, cause: unknown): void;
}

/** A request that is under way. */
export interface Running {
  resume(): void;
  /** Ends it without a word to the sink. */
  abort(): void;
}
