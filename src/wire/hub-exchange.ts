/** One request under way to the hub: its clock, its answer's head, and what its errors mean. */
import type { ReasonId } from '../gate/reasons.ts';
import type { FieldLine } from '../http/field.ts';
import { readAnswerHead } from './answer-head.ts';
import type { AnswerSink, HubRequest, Running } from './hub-request.ts';
import { phraseOf } from './raw-head.ts';

/** The HTTP client's hold on a request that is under way. */
interface Controller {
  readonly rawHeaders?: unknown;
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

/** More interim answers than this are a storm (R5); they are dropped all the same. */
const mostInterim = 16;

const aborted = new Error('aborted by the gate');

/** Raw header buffers as field lines. */
function linesOf(raw: unknown): FieldLine[] {
  if (!Array.isArray(raw)) return [];
  const text = (part: unknown): string => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part));
  const lines: FieldLine[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) lines.push([text(raw[at]), text(raw[at + 1])]);
  return lines;
}

/** Errors that an answer's bytes cause, by code. */
const invalidCodes: ReadonlySet<string> = new Set([
  // The client's parser asserts what a hub can break: a 101 without Upgrade.
  'ERR_ASSERTION',
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RESPONSE',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
]);

/** What the client says of a socket that it gave up for its bytes: 100 or 101 unasked, an answer to nothing. */
const invalidMessages: ReadonlySet<string> = new Set(['bad response', 'bad upgrade']);

function reasonOf(error: Error): ReasonId {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // The parser's errors have no code when their number is none that it names.
  if (error.name === 'HTTPParserError' || invalidCodes.has(code)) return 'hub-answer-invalid';
  if (code === 'UND_ERR_SOCKET' && invalidMessages.has(error.message)) return 'hub-answer-invalid';
  return code === 'UND_ERR_INVALID_ARG' ? 'internal-error' : 'hub-unreachable';
}

function detailOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** The HTTP client's handler, and the door's hold on it. */
export class HubExchange implements Running {
  readonly #request: HubRequest;
  readonly #sink: AnswerSink;
  readonly #timer: NodeJS.Timeout;
  #controller: Controller | undefined;
  #over = false;
  #interim = 0;

  constructor(request: HubRequest, sink: AnswerSink, responseTimeoutMs: number) {
    this.#request = request;
    this.#sink = sink;
    this.#timer = setTimeout(() => this.#late(), responseTimeoutMs);
  }

  /** Ends it with a reason, once. */
  fail(reason: ReasonId, detail: string, cause: unknown): void {
    if (this.#over) return;
    this.abort();
    this.#sink.failed(reason, detail, cause);
  }

  abort(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#controller?.abort(aborted);
    const { body } = this.#request;
    if (body !== null && !Buffer.isBuffer(body)) body.destroy();
  }

  resume(): void {
    this.#controller?.resume();
  }

  /** A client that does not send is not the hub's fault, and has a clock of its own. */
  #late(): void {
    const { body } = this.#request;
    const waitsForClient = body !== null && !Buffer.isBuffer(body) && !body.readableEnded && body.readableLength === 0;
    if (waitsForClient) this.#timer.refresh();
    else this.fail('hub-timeout', '', null);
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#over) controller.abort(aborted);
  }

  onBodySent(): void {
    this.#timer.refresh();
  }

  onResponseStart(controller: Controller, status: number, _headers: unknown, phrase: string | undefined): void {
    if (this.#over) return;
    if (status < 200) {
      this.#interim += 1;
      if (this.#interim > mostInterim) this.fail('hub-answer-invalid', 'too many interim answers', null);
      return;
    }
    const parsed = readAnswerHead(status, linesOf(controller.rawHeaders));
    if (!parsed.ok) {
      this.fail('hub-answer-invalid', parsed.fault, null);
      return;
    }
    clearTimeout(this.#timer);
    const { fields, contentLength } = parsed;
    this.#sink.head({ status, phrase: phraseOf(status, phrase ?? ''), fields, contentLength });
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (!this.#over && !this.#sink.data(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#over = true;
    this.#sink.end();
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.fail(reasonOf(error), detailOf(error), error);
  }
}
