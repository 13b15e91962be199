/** What the audit trail is told of a request: once, when it is over. No path, query, field or token is in it. */
import type { Refusal } from '../gate/reasons.ts';
import type { Peer, Trail } from '../gate/stages.ts';

/** One request, settled. */
export interface RequestRecord {
  /** Made here, never taken from the client. */
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly door: 'http' | 'websocket';
  /** The address, or `unix`. */
  readonly peer: string;
  readonly client: string | undefined;
  /** Empty when no request could be read. */
  readonly method: string;
  readonly placeClass: string | undefined;
  readonly user: string | undefined;
  readonly prover: string | undefined;
  /** What the gate said; `none` when the client went before that. */
  readonly decision: 'forward' | 'refuse' | 'none';
  /** Why the client was refused, by the gate or by what happened later. */
  readonly refusal: Refusal | undefined;
  /** What the client was answered; 0: nothing. */
  readonly status: number;
  /** The answer went out whole. */
  readonly complete: boolean;
  /** Body bytes from the client to the hub. */
  readonly bytesUp: number;
  /** Body bytes to the client. */
  readonly bytesDown: number;
  /** Folded names of reserved fields that the client had no business to send. */
  readonly spoofed: readonly string[];
}

/** Where records go. */
export type OnSettled = (record: RequestRecord) => void;

/** A record in the making; `settle` hands it over, once. */
export interface OpenRecord {
  readonly requestId: string;
  trail: Readonly<Trail> | undefined;
  decision: RequestRecord['decision'];
  refusal: Refusal | undefined;
  status: number;
  complete: boolean;
  bytesUp: number;
  bytesDown: number;
  settle(): void;
}

/** Who asks, as far as the transport knows. */
export interface Opening {
  readonly requestId: string;
  readonly door: RequestRecord['door'];
  readonly method: string;
  readonly peer: Peer;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The peer as the audit trail writes it. */
function peerText(peer: Peer): string {
  return peer.kind === 'ip' ? peer.address.text : 'unix';
}

/** Starts a record. */
export function openRecord(opening: Opening, onSettled: OnSettled): OpenRecord {
  const { requestId, door, method, peer } = opening;
  const startedAt = opening.now();
  const begin = performance.now();
  let settled = false;
  const record: OpenRecord = {
    requestId,
    trail: undefined,
    decision: 'none',
    refusal: undefined,
    status: 0,
    complete: false,
    bytesUp: 0,
    bytesDown: 0,
    settle() {
      if (settled) return;
      settled = true;
      const { decision, refusal, status, complete, bytesUp, bytesDown, trail } = record;
      onSettled({
        ...{ requestId, startedAt, durationMs: performance.now() - begin, door, peer: peerText(peer), method },
        ...{ client: trail?.client, placeClass: trail?.placeClass, user: trail?.user, prover: trail?.prover },
        ...{ decision, refusal, status, complete, bytesUp, bytesDown, spoofed: trail?.spoofed ?? [] },
      });
    },
  };
  return record;
}
