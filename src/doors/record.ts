/** What the audit trail is told of a request: once, when it is over. No path, query, field or token is in it. */
import type { Refusal } from '../gate/reasons.ts';
import type { Peer, Trail } from '../gate/stages.ts';
import type { AuditRecord } from '../observe/audit.ts';

/** Where records go. */
export type OnSettled = (record: AuditRecord) => void;

/** Who asks, as far as the transport knows. */
export interface Opening {
  readonly requestId: string;
  readonly door: AuditRecord['door'];
  readonly method: string;
  readonly peer: Peer;
}

/** The peer as the log writes it. */
export function peerText(peer: Peer): string {
  return peer.kind === 'ip' ? peer.address.text : 'unix';
}

const nothing: readonly string[] = [];

/** A record in the making; its duration counts from here. */
export class OpenRecord {
  readonly requestId: string;
  trail: Readonly<Trail> | undefined = undefined;
  decision: AuditRecord['decision'] = 'none';
  refusal: Refusal | undefined = undefined;
  status = 0;
  complete = false;
  bytesUp = 0;
  bytesDown = 0;
  readonly #opening: Opening;
  readonly #onSettled: OnSettled;
  readonly #begin = performance.now();
  #settled = false;

  constructor(opening: Opening, onSettled: OnSettled) {
    this.requestId = opening.requestId;
    this.#opening = opening;
    this.#onSettled = onSettled;
  }

  /** Hands over what is known by now; the first time only. */
  settle(): void {
    if (this.#settled) return;
    this.#settled = true;
    const { door, method, peer } = this.#opening;
    const { trail } = this;
    this.#onSettled({
      requestId: this.requestId,
      door,
      // A connection that is refused before anybody looks at its request has a source at most.
      client: trail?.client ?? peer.source?.text,
      peer: peerText(peer),
      method,
      placeClass: trail?.placeClass,
      user: trail?.user,
      prover: trail?.prover,
      carrier: trail?.carrier,
      decision: this.decision,
      refusal: this.refusal,
      status: this.status,
      complete: this.complete,
      bytesUp: this.bytesUp,
      bytesDown: this.bytesDown,
      durationMs: performance.now() - this.#begin,
      spoofed: trail?.spoofed ?? nothing,
    });
  }
}

/** Starts a record. */
export function openRecord(opening: Opening, onSettled: OnSettled): OpenRecord {
  return new OpenRecord(opening, onSettled);
}
