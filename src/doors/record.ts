/** What the audit trail is told of a request: once, when it is over. No path, query, field or token is in it. */
import type { Refusal } from '../gate/reasons.ts';
import type { Peer, Trail } from '../gate/stages.ts';
import type { AuditRecord } from '../observe/audit.ts';

/** Where records go. */
export type OnSettled = (record: AuditRecord) => void;

/** A record in the making; `settle` hands it over, once. */
export interface OpenRecord {
  readonly requestId: string;
  trail: Readonly<Trail> | undefined;
  decision: AuditRecord['decision'];
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
  readonly door: AuditRecord['door'];
  readonly method: string;
  readonly peer: Peer;
}

/** The peer as the audit trail writes it. */
function peerText(peer: Peer): string {
  return peer.kind === 'ip' ? peer.address.text : 'unix';
}

/** Starts a record. */
export function openRecord(opening: Opening, onSettled: OnSettled): OpenRecord {
  const { requestId, door, method, peer } = opening;
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
        ...{ requestId, durationMs: performance.now() - begin, door, peer: peerText(peer), method },
        ...{ client: trail?.client, placeClass: trail?.placeClass, user: trail?.user, prover: trail?.prover },
        ...{ decision, refusal, status, complete, bytesUp, bytesDown, spoofed: trail?.spoofed ?? [] },
      });
    },
  };
  return record;
}
