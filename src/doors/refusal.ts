/** Turns a refusal into an answer: problem+json for programs (RFC 9457), a page for browsers. */
import { docsAnchor, type Reason, type Refusal, reasons } from '../gate/reasons.ts';
import { prefersHtml } from '../http/accept.ts';
import type { FieldLine } from '../http/field.ts';
import { ownText, RecentTexts } from '../http/recent-texts.ts';
import { dpopAlgorithms } from '../identity/holders/dpop-proof.ts';
import { ownFields } from './own-fields.ts';
import { escapeHtml, pagePolicy, writePage } from './refusal-page.ts';

/** What of the policy a page depends on. */
export interface PageSurroundings {
  /** Sites that may show it in a frame; absent or null: none. */
  readonly frames?: readonly string[] | null;
  /** The address of the hub's; empty or absent: its name is no link. Nothing of it comes from a request. */
  readonly startPage?: string;
}

/** What of the request the answer depends on. */
export interface RefusalContext extends PageSurroundings {
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

/** An answer but for the request's id: the text on both sides of it, each character a byte, and the fields behind the length. */
interface Draft {
  readonly before: string;
  readonly after: string;
  readonly fields: readonly FieldLine[];
}

type Form = keyof typeof contentTypes;

/** Details are few: what of a request is in one is a field's name or the Host. */
const drafts = new RecentTexts<Draft>({ entries: 512, characters: 64 * 1024 });

/** Each character of what it gives is a byte of the text in UTF-8. */
function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Nothing that stands behind the id comes from a request. */
const idPlace = '{id}';

function writeDraft(refusal: Refusal, form: Form, startPage: string): Draft {
  const text = form === 'page' ? pageText(refusal, idPlace, startPage) : problemText(refusal, idPlace);
  const at = text.lastIndexOf(idPlace);
  return {
    before: bytesOf(text.slice(0, at)),
    after: bytesOf(text.slice(at + idPlace.length)),
    fields: [...ownFields, ...reasonFields(reasons[refusal.reason])],
  };
}

/** Refusals come in floods, and in a flood they are alike. */
function draftOf(refusal: Refusal, form: Form, startPage: string): Draft {
  const key = `${form} ${form === 'page' ? startPage : ''} ${refusal.reason} ${refusal.detail}`;
  const known = drafts.get(key);
  if (known !== undefined) return known;
  const draft = writeDraft(refusal, form, startPage);
  drafts.set(ownText(key), draft);
  return draft;
}

/** Writes the answer to a refusal; it says nothing that the refusal does not. */
export function renderRefusal(
  refusal: Refusal,
  { accept, requestId, method, frames = null, startPage = '' }: RefusalContext,
): RefusalAnswer {
  const form = prefersHtml(accept) ? 'page' : 'problem';
  const { before, after, fields } = draftOf(refusal, form, startPage);
  const id = bytesOf(form === 'page' ? escapeHtml(requestId) : JSON.stringify(requestId).slice(1, -1));
  const body = Buffer.from(before + id + after, 'latin1');
  return {
    status: reasons[refusal.reason].status,
    fields: [
      ['Content-Type', contentTypes[form]],
      ['Content-Length', String(body.length)],
      ...fields,
      ...(form === 'page' ? [['Content-Security-Policy', pagePolicy(frames)] as const] : []),
    ],
    body: method === 'HEAD' ? Buffer.alloc(0) : body,
  };
}

function reasonFields(reason: Reason): FieldLine[] {
  const fields: FieldLine[] = challenges(reason).map(value => ['WWW-Authenticate', value]);
  if (reason.retryAfter !== undefined) fields.push(['Retry-After', String(reason.retryAfter)]);
  if (reason.status === 405) fields.push(['Allow', allowedMethods]);
  return fields;
}

/** Without an error code where no token was shown (RFC 6750 §3.1); a scheme that is not at fault has none (RFC 9449 §7.2). */
function challenges({ challenge, offersDpop, help }: Reason): string[] {
  if (challenge === undefined) return [];
  const description = help.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "'");
  const error = challenge === '' ? '' : `, error="${challenge}", error_description="${description}"`;
  const bearer = 'Bearer realm="hubgate"';
  if (offersDpop !== true) return [bearer + error];
  const dpop = `DPoP realm="hubgate", algs="${dpopAlgorithms.join(' ')}"`;
  return challenge === 'invalid_dpop_proof' ? [dpop + error, bearer] : [bearer + error, dpop + error];
}

/** `token-expired` reads as "Token expired", `dpop-invalid` as "DPoP invalid". */
function titleOf(id: string): string {
  const words = id.replaceAll('-', ' ').replace(/^dpop\b/, 'DPoP');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function pageText(refusal: Refusal, requestId: string, startPage: string): string {
  const { status, help } = reasons[refusal.reason];
  const { detail, reason } = refusal;
  return writePage({ status, help, detail, reason, requestId, startPage });
}

function problemText(refusal: Refusal, requestId: string): string {
  const { status, help } = reasons[refusal.reason];
  const problem = {
    type: `urn:hubgate:reason:${refusal.reason}`,
    title: titleOf(refusal.reason),
    status,
    detail: refusal.detail === '' ? help : `${help} (${refusal.detail})`,
    reason: refusal.reason,
    requestId,
    docs: docsAnchor(refusal.reason),
  };
  return `${JSON.stringify(problem)}\n`;
}
