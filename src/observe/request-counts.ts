/** Counts requests by what became of them; a few additions a request. */
import type { ReasonId } from '../gate/reasons.ts';
import type { AuditRecord } from './audit.ts';

/** Requests that are over; all of it only grows. */
export class RequestCounts {
  /** Sent to the hub, and not broken off by anybody but the client. */
  forwarded = 0;
  /** By the gate's own endpoints. */
  answered = 0;
  /** Their clients went before anything was decided. */
  gone = 0;
  /** Refused by the gate. */
  readonly refused: Map<ReasonId, number> = new Map();
  /** Sent to the hub, and then broken off. */
  readonly failed: Map<ReasonId, number> = new Map();

  note({ decision, refusal }: Pick<AuditRecord, 'decision' | 'refusal'>): void {
    if (refusal !== undefined) {
      const counts = decision === 'forward' ? this.failed : this.refused;
      counts.set(refusal.reason, (counts.get(refusal.reason) ?? 0) + 1);
    } else if (decision === 'forward') this.forwarded += 1;
    else if (decision === 'answer') this.answered += 1;
    else this.gone += 1;
  }
}
