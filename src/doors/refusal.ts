/** Turns a refusal into an answer: problem+json for programs (RFC 9457), a page for browsers. */
import { docsAnchor, type Reason, type Refusal, reasons } from '../gate/reasons.ts';
import { prefersHtml } from '../http/accept.ts';
import type { FieldLine } from '../http/field.ts';
import { pagePolicy, writePage } from './refusal-page.ts';

/** What of the request the answer depends on. */
export interface RefusalContext {
  /** Values of every Accept line. */
  readonly accept: readonly string[];
  readonly requestId: string;
  readonly method: string;
}

/** A complete answer but for Date and Connection, which are the door's. */
export interface RefusalAnswer {
  readonly status: number;
  readonly fields: FieldLine[];
  /** Empty for HEAD; Content-Length says then what GET would have had (RFC 9110 §8.6). */
  readonly body: Buffer;
}

/** Every method passes but CONNECT and TRACE; RFC 9110 §15.5.6 wants them listed. */
const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

const contentTypes = { page: 'text/html; charset=utf-8', problem: 'application/problem+json' } as const;

/** Writes the answer to a refusal; it says nothing that the refusal does not. */
export function renderRefusal(refusal: Refusal, context: RefusalContext): RefusalAnswer {
  const reason: Reason = reasons[refusal.reason];
  const form = prefersHtml(context.accept) ? 'page' : 'problem';
  const text = form === 'page' ? pageText(refusal, context) : problemText(refusal, context);
  const body = Buffer.from(text, 'utf8');
  const fields: FieldLine[] = [
    ['Content-Type', contentTypes[form]],
    ['Content-Length', String(body.length)],
    ['Cache-Control', 'no-store'],
    ['X-Content-Type-Options', 'nosniff'],
    ['Referrer-Policy', 'no-referrer'],
    ...(form === 'page' ? [['Content-Security-Policy', pagePolicy] as const] : []),
    ...reasonFields(reason),
  ];
  return { status: reason.status, fields, body: context.method === 'HEAD' ? Buffer.alloc(0) : body };
}

function reasonFields(reason: Reason): FieldLine[] {
  const fields: FieldLine[] = [];
  if (reason.challenge !== undefined) fields.push(['WWW-Authenticate', challenge(reason.challenge, reason.help)]);
  if (reason.retryAfter !== undefined) fields.push(['Retry-After', String(reason.retryAfter)]);
  if (reason.status === 405) fields.push(['Allow', allowedMethods]);
  return fields;
}

/** RFC 6750 §3; without an error code where no token was shown (§3.1). */
function challenge(error: string, help: string): string {
  if (error === '') return 'Bearer realm="hubgate"';
  const description = help.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "'");
  return `Bearer realm="hubgate", error="${error}", error_description="${description}"`;
}

/** `token-expired` reads as "Token expired". */
function titleOf(id: string): string {
  const words = id.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function pageText(refusal: Refusal, context: RefusalContext): string {
  const { status, help } = reasons[refusal.reason];
  const { detail, reason } = refusal;
  return writePage({ status, title: titleOf(reason), help, detail, reason, requestId: context.requestId });
}

function problemText(refusal: Refusal, context: RefusalContext): string {
  const { status, help } = reasons[refusal.reason];
  const problem = {
    type: `urn:hubgate:reason:${refusal.reason}`,
    title: titleOf(refusal.reason),
    status,
    detail: refusal.detail === '' ? help : `${help} (${refusal.detail})`,
    reason: refusal.reason,
    requestId: context.requestId,
    docs: docsAnchor(refusal.reason),
  };
  return `${JSON.stringify(problem)}\n`;
}
