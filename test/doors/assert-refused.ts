/** What a refusal looks like from outside, by its row of the table. */
import type { Test } from 'tap';
import { type ReasonId, reasons } from '../../src/gate/reasons.ts';
import { fieldValues } from '../clients/raw-client.ts';
import type { RawResponse } from '../clients/response-reader.ts';

/** The reason that a problem+json tells. */
export function reasonIn(answer: RawResponse | undefined): unknown {
  return JSON.parse(answer?.body.toString() || '{}').reason;
}

/** Refused in the words of the table, with a Retry-After where it names one, and closed where it says so. */
export function assertRefused(t: Test, answer: RawResponse | undefined, reason: ReasonId): void {
  const { status, ...row } = reasons[reason];
  t.equal(answer?.status, status);
  t.equal(reasonIn(answer), reason);
  const after = 'retryAfter' in row ? [String(row.retryAfter)] : [];
  t.same(fieldValues(answer ?? { fields: [] }, 'retry-after'), after);
  const closes = 'closes' in row ? ['close'] : [];
  t.same(fieldValues(answer ?? { fields: [] }, 'connection'), closes);
}
