/** The audit line: what is written of every request, and nothing else of it. */
import { type ReasonLevel, type Refusal, reasons } from '../gate/reasons.ts';
import { visibleText } from '../http/visible-text.ts';

/** What a door knows of a request once it is over. There is no place for a target, a query, a cookie or a token. */
export interface AuditRecord {
  /** Made by the gate, never taken from the client. */
  readonly requestId: string;
  readonly door: 'http' | 'websocket' | 'servers';
  /** Client address; undefined where nobody names one. */
  readonly client: string | undefined;
  /** Address of the connection's other end, or `unix`. */
  readonly peer: string;
  /** Empty when no request could be read. */
  readonly method: string;
  /** Undefined when the request was refused before it had a path class. */
  readonly placeClass: string | undefined;
  readonly user: string | undefined;
  readonly prover: string | undefined;
  /** Where the proof stood; undefined without one. */
  readonly carrier: string | undefined;
  /** `answer`: one of the gate's own endpoints. `none` when the client went before there was one. */
  readonly decision: 'forward' | 'answer' | 'refuse' | 'none';
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
  readonly durationMs: number;
  /** Folded names of reserved fields that the client had no business to send. */
  readonly spoofed: readonly string[];
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/;
const longestText = 256;
const longestName = 64;
const mostNames = 20;

function bounded(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : visibleText(text, longestText);
}

function detailOf(refusal: Refusal | undefined): string | undefined {
  return bounded(refusal?.inAudit ?? refusal?.detail);
}

/** How loudly the line speaks: as its reason's row says. */
export function auditLevel(record: Pick<AuditRecord, 'refusal'>): ReasonLevel {
  return record.refusal === undefined ? 'info' : reasons[record.refusal.reason].level;
}

/**
 * The line, with its newline, at `time` (ISO 8601). What is undefined is left out, as is all that the record has beyond
 * AuditRecord. One flat literal: JSON.stringify is quickest on it, as quick as putting the text together by hand.
 */
export function auditLine(record: AuditRecord, time: string): string {
  const members = {
    level: auditLevel(record),
    time,
    log: 'audit',
    requestId: bounded(record.requestId),
    door: record.door,
    client: bounded(record.client),
    peer: bounded(record.peer),
    method: methodOf(record.method),
    class: bounded(record.placeClass),
    user: bounded(record.user),
    prover: bounded(record.prover),
    carrier: bounded(record.carrier),
    decision: record.decision,
    reason: record.refusal?.reason,
    detail: detailOf(record.refusal),
    status: record.status,
    complete: record.complete ? undefined : false,
    bytesIn: record.bytesUp,
    bytesOut: record.bytesDown,
    durationMs: Math.round(record.durationMs * 1000) / 1000,
    spoofed: namesOf(record.spoofed),
  };
  return `${JSON.stringify(members)}\n`;
}

/** A method that is no token is whatever a client liked to send, a secret perhaps. */
function methodOf(method: string): string | undefined {
  if (method === '') return undefined;
  return token.test(method) ? method : '(not a token)';
}

function namesOf(names: readonly string[]): readonly string[] | undefined {
  return names.length === 0 ? undefined : names.slice(0, mostNames).map(name => visibleText(name, longestName));
}
