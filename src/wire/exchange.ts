/** What a door sees of a request on a connection, and how it answers; nothing of the transport shows through. */
import type { Duplex, Readable } from 'node:stream';
import type { ReasonId } from '../gate/reasons.ts';
import type { InboundRequest } from '../gate/stages.ts';
import type { FieldLine } from '../http/field.ts';

/** The head of an answer. Framing is in `fields` as Content-Length, or absent: then the transport chooses. */
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

/** What an exchange and a handshake have in common. */
export interface Inbound {
  readonly inbound: InboundRequest;
  /** Set when the transport has refused already: the door answers with it and asks nobody. */
  readonly fault: ReasonId | null;
  /** Called at most once, when the client goes or its bytes stop making sense before the answer is complete. */
  onBroken(listener: (breakage: Breakage) => void): void;
}

/** One plain request. Exactly one of `finish` and `cut` ends it. */
export interface Exchange extends Inbound {
  /** As it arrives, without framing; not read before somebody reads it. */
  readonly body: Readable;
  /** Some of the body has not arrived yet. */
  readonly bodyPending: boolean;
  /** Asks a client that waits for 100 Continue to send its body. */
  acceptBody(): void;
  readonly started: boolean;
  /** Sends the head at once. */
  start(head: AnswerHead): void;
  /** False: wait for `onDrain` before the next chunk. */
  write(chunk: Buffer): boolean;
  /** Called every time that there is room again. */
  onDrain(listener: () => void): void;
  finish(): void;
  /** Destroys the connection, so that a half answer is seen as one. */
  cut(): void;
}

/** One request for a protocol switch; its connection is answered once or becomes a stream. */
export interface Handshake extends Inbound {
  /** Writes a whole answer and closes. */
  refuse(head: AnswerHead, body: Buffer): void;
  /** Relays an answer with its body and closes; a body that breaks off cuts the connection. */
  relay(head: AnswerHead, body: Readable): void;
  /** Writes the 101 and gives up the connection. */
  accept(fields: readonly FieldLine[]): Duplex;
}
