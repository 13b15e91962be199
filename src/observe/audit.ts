/** The audit line: what is written of every request, and nothing else of it. */
import { visibleText } from './visible-text.ts';

/** What a door knows of a request once it is over. There is no place for a target, a query, a cookie or a token. */
export interface AuditRecord {
  readonly requestId: string;
  /** Client address; undefined where nobody names one. */
  readonly client: string | undefined;
  /** Address of the connection's other end; undefined on a Unix socket. */
  readonly peer: string | undefined;
  readonly method: string;
  /** Path class: hub, user, services, other, own; undefined when the request was refused before it had one. */
  readonly class: string | undefined;
  readonly user: string | undefined;
  readonly prover: string | undefined;
  readonly decision: 'forward' | 'refuse';
  /** Id of a refusal's reason. */
  readonly reason: string | undefined;
  /** Which rule or field fired; empty or undefined where there is nothing to say. */
  readonly detail: string | undefined;
  /** Status that the client got; 0 when it was gone before. */
  readonly status: number;
  /** Bytes of the request's body. */
  readonly bytesIn: number;
  /** Bytes of the answer's body. */
  readonly bytesOut: number;
  readonly durationMs: number;
  /** Folded names of reserved fields that the client had no business to send. */
  readonly spoofed: readonly string[];
  /** How loudly the line speaks. */
  readonly level: AuditLevel;
}

/** Levels of audit lines; `log.level` never silences them. */
export type AuditLevel = 'info' | 'warn' | 'error';

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/;
const longestText = 256;
const longestName = 64;
const mostNames = 20;

function bounded(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : visibleText(text, longestText);
}

/** The members of the line, in order; what the record has beyond AuditRecord is left out, as is what is undefined. */
export function auditMembers(record: AuditRecord): Readonly<Record<string, unknown>> {
  return {
    requestId: bounded(record.requestId),
    client: bounded(record.client),
    peer: bounded(record.peer),
    method: token.test(record.method) ? record.method : '(not a token)',
    class: bounded(record.class),
    user: bounded(record.user),
    prover: bounded(record.prover),
    decision: record.decision,
    reason: bounded(record.reason),
    detail: bounded(record.detail),
    status: record.status,
    bytesIn: record.bytesIn,
    bytesOut: record.bytesOut,
    durationMs: Math.round(record.durationMs * 1000) / 1000,
    spoofed: namesOf(record.spoofed),
  };
}

function namesOf(names: readonly string[]): readonly string[] | undefined {
  return names.length === 0 ? undefined : names.slice(0, mostNames).map(name => visibleText(name, longestName));
}
