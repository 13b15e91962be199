/** Cuts a byte stream into HTTP/1.1 responses (RFC 9112 §6.3), keeping every byte as latin1. */

/** One response as it stood on the wire. */
export type RawResponse = {
  readonly status: number;
  readonly reason: string;
  /** Field lines in wire order, names as spelled, values without the surrounding white space. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Content, chunked coding taken off; what had come of it when the connection was cut. */
  readonly body: Buffer;
  /** Every byte of this response, framing included. */
  readonly raw: Buffer;
  /** Whether body and framing were there to the end. */
  readonly complete: boolean;
  /** Whether the server closed the connection after it. */
  readonly closed: boolean;
};

type Head = Pick<RawResponse, 'status' | 'reason' | 'fields'> & { readonly length: number };

/** The body's bytes, and how many bytes it took on the wire; `null` while it is not complete. */
type Body = { readonly body: Buffer; readonly length: number };

const endOfHead = '\r\n\r\n';
const withoutBody: ReadonlySet<number> = new Set([204, 304]);

/** Takes bytes as they come; responses are complete as soon as their last byte is there. */
export class ResponseReader {
  readonly #head: boolean;
  readonly #responses: RawResponse[] = [];
  #pending: Buffer = Buffer.alloc(0);
  #all: Buffer[] = [];

  constructor(head: boolean) {
    this.#head = head;
  }

  /** Adds bytes that came in. */
  push(chunk: Buffer): void {
    this.#all.push(chunk);
    this.#pending = Buffer.concat([this.#pending, chunk]);
    for (let response = this.#next(); response !== null; response = this.#next()) this.#responses.push(response);
  }

  /** Every byte so far. */
  received(): Buffer {
    return Buffer.concat(this.#all);
  }

  /** Complete responses that are no interim ones. */
  finalCount(): number {
    return this.#responses.filter(({ status }) => isFinal(status)).length;
  }

  /** Whether the last response announced that the connection closes after it. */
  expectsClose(): boolean {
    const fields = this.#responses.at(-1)?.fields ?? [];
    return fields.some(([name, value]) => name.toLowerCase() === 'connection' && /\bclose\b/i.test(value));
  }

  /** All responses; an unfinished one is the last, `complete: false` unless its end was to be the connection's. */
  finish(closed: boolean): RawResponse[] {
    const rest = this.#rest();
    const all = rest === null ? this.#responses : [...this.#responses, rest];
    return all.map((response, place) => ({ ...response, closed: closed && place === all.length - 1 }));
  }

  #next(): RawResponse | null {
    const head = readHead(this.#pending);
    if (head === null) return null;
    const body = readBody(head, this.#pending.subarray(head.length), this.#head);
    if (body === null) return null;
    const raw = this.#pending.subarray(0, head.length + body.length);
    this.#pending = this.#pending.subarray(raw.length);
    return { ...shown(head), body: body.body, raw, complete: true, closed: false };
  }

  #rest(): RawResponse | null {
    const raw = this.#pending;
    if (raw.length === 0) return null;
    const head = readHead(raw);
    if (head === null) return { status: 0, reason: '', fields: [], body: raw, raw, complete: false, closed: true };
    return { ...shown(head), body: raw.subarray(head.length), raw, complete: !isFramed(head), closed: true };
  }
}

function shown({ status, reason, fields }: Head): Pick<RawResponse, 'status' | 'reason' | 'fields'> {
  return { status, reason, fields };
}

function isFinal(status: number): boolean {
  return status >= 200 || status === 101;
}

function readHead(bytes: Buffer): Head | null {
  const end = bytes.indexOf(endOfHead);
  if (end === -1) return null;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const match = /^HTTP\/1\.[01] (\d{3})(?: (.*))?$/s.exec(statusLine);
  if (match === null) throw new Error(`not a status line: ${JSON.stringify(statusLine)}`);
  return {
    status: Number(match[1]),
    reason: match[2] ?? '',
    fields: lines.map(fieldLine),
    length: end + endOfHead.length,
  };
}

function fieldLine(line: string): [string, string] {
  const colon = line.indexOf(':');
  if (colon === -1) throw new Error(`not a field line: ${JSON.stringify(line)}`);
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')];
}

function readBody(head: Head, bytes: Buffer, answersHead: boolean): Body | null {
  const { status } = head;
  if (answersHead || status < 200 || withoutBody.has(status)) return { body: Buffer.alloc(0), length: 0 };
  if (isChunked(head)) return readChunks(bytes);
  const length = fieldValue(head, 'content-length');
  if (length === undefined || bytes.length < Number(length)) return null;
  return { body: bytes.subarray(0, Number(length)), length: Number(length) };
}

function readChunks(bytes: Buffer): Body | null {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return null;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error('not a chunk size');
    const start = lineEnd + 2;
    if (size === 0) return withoutTrailers(bytes, start, parts);
    if (bytes.length < start + size + 2) return null;
    parts.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}

/** The last chunk is followed by trailer lines and an empty line. */
function withoutTrailers(bytes: Buffer, start: number, parts: readonly Buffer[]): Body | null {
  if (bytes.indexOf('\r\n', start) === start) return { body: Buffer.concat(parts), length: start + 2 };
  const end = bytes.indexOf(endOfHead, start);
  return end === -1 ? null : { body: Buffer.concat(parts), length: end + endOfHead.length };
}

function isFramed(head: Head): boolean {
  return isChunked(head) || fieldValue(head, 'content-length') !== undefined;
}

function isChunked(head: Head): boolean {
  return /\bchunked\s*$/i.test(fieldValue(head, 'transfer-encoding') ?? '');
}

function fieldValue({ fields }: Head, name: string): string | undefined {
  return fields.find(([each]) => each.toLowerCase() === name)?.[1];
}
