/** A connection that has to begin with a PROXY header: that is read, and what stands behind it goes on untouched. */
import type { Socket } from 'node:net';
import type { ReasonId } from '../../gate/reasons.ts';
import type { Peer } from '../../gate/stages.ts';
import type { Deadlines, Waiting } from '../deadlines.ts';
import { readProxyHeader } from '../message/proxy-header.ts';
import type { FrontHandlers } from './exchange.ts';
import { endGently } from './lingering.ts';

/** What connections of one listener share until their header is read. */
export interface HeadedSurroundings {
  readonly handlers: FrontHandlers;
  readonly deadlines: Deadlines;
  readonly headerTimeoutMs: number;
  /** How long an answer may stand still. */
  readonly stallMs: number;
  /** What follows is HTTP, so a refusal can be answered; in front of TLS nobody would read one. */
  readonly isAnswered: boolean;
  /** Takes over the socket, which is paused; the peer now has a source. */
  readonly onHeader: (socket: Socket, peer: Peer) => void;
  /** Told of each connection that was refused without an answer, in a few fixed words. */
  readonly onRefused: (fault: string, peer: Peer) => void;
  /** Those that have got no further. */
  readonly open: Set<HeadedConnection>;
}

const nothing = Buffer.alloc(0);

/** One of them, until its header is read. */
export class HeadedConnection implements Waiting {
  readonly socket: Socket;
  deadline: number;
  readonly #peer: Peer;
  readonly #around: HeadedSurroundings;
  #begun: Buffer = nothing;

  constructor(socket: Socket, peer: Peer, around: HeadedSurroundings) {
    this.socket = socket;
    this.#peer = peer;
    this.#around = around;
    this.deadline = performance.now() + around.headerTimeoutMs;
    around.deadlines.add(this);
    around.open.add(this);
    socket.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose);
  }

  /** Of a peer that is not trusted nothing is read, under `others: bearerOnly` neither: it could be a header. */
  readonly #onData = (chunk: Buffer): void => {
    if (!this.#around.handlers.isTrusted(this.#peer)) {
      this.#refuse('peer-untrusted', 'PROXY headers are taken from trust.proxies alone');
      return;
    }
    const bytes = this.#begun.length === 0 ? chunk : Buffer.concat([this.#begun, chunk]);
    const header = readProxyHeader(bytes);
    if (header === null) this.#begun = bytes;
    else if (typeof header === 'string') this.#refuse('proxy-header-invalid', header);
    else this.#handOn({ ...this.#peer, source: header.source }, bytes.subarray(header.length));
  };

  #handOn(peer: Peer, rest: Buffer): void {
    const { socket } = this;
    this.#stopReading();
    socket.off('error', this.#onError).off('close', this.#onClose).pause();
    if (rest.length > 0) socket.unshift(rest);
    this.#onClose();
    this.#around.onHeader(socket, peer);
  }

  #stopReading(): void {
    this.deadline = Number.POSITIVE_INFINITY;
    this.socket.off('data', this.#onData).off('end', this.#onEnd);
  }

  #refuse(reason: ReasonId, detail: string): void {
    const { socket } = this;
    const { handlers, stallMs, isAnswered, onRefused } = this.#around;
    this.#stopReading();
    if (!isAnswered) {
      onRefused(detail, this.#peer);
      socket.destroy();
      return;
    }
    socket.setTimeout(stallMs, () => socket.destroy());
    socket.write(handlers.answerBroken(reason, detail, this.#peer), 'latin1');
    endGently(socket);
  }

  /** A client that only connects, as probes of ports do, is not worth a word. */
  readonly #onEnd = (): void => {
    if (this.#begun.length === 0) this.socket.destroy();
    else this.#refuse('proxy-header-invalid', 'the PROXY header breaks off');
  };

  late(): void {
    if (this.#begun.length === 0) this.socket.destroy();
    else this.#refuse('request-timeout', 'the PROXY header is not whole within limits.headerTimeout');
  }

  readonly #onError = (): void => void this.socket.destroy();

  readonly #onClose = (): void => {
    this.#around.deadlines.delete(this);
    this.#around.open.delete(this);
  };
}
