/** Cuts bytes into HTTP/1.1 messages by the narrowest grammar there is; what a gate writes must fit it. All text is latin1. */

/** One `Name: value` of the wire, white space around the value taken off. */
export type Line = readonly [name: string, value: string];

/** A whole message, and how many bytes it took. */
export interface Message {
  /** The request or status line. */
  readonly start: string;
  readonly lines: readonly Line[];
  /** Without chunked coding. */
  readonly body: string;
  readonly length: number;
  /** Chunk sizes without leading zeros, no extensions, no trailers. */
  readonly plain: boolean;
}

/** What stands first in the bytes. */
export type Cut =
  | { readonly kind: 'whole'; readonly message: Message }
  /** More bytes are needed; `head` where the head was whole and `body` what came of the content. */
  | { readonly kind: 'partial'; readonly head?: Head; readonly body: string }
  | { readonly kind: 'fault'; readonly fault: string };

/** A head alone. */
export interface Head {
  readonly start: string;
  readonly lines: readonly Line[];
  readonly length: number;
}

/** How the content of a message ends. */
export type Framing =
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' };

type Content = Extract<Cut, { kind: 'partial' | 'fault' }> | Pick<Message, 'body' | 'length' | 'plain'>;

const endOfHead = '\r\n\r\n';
const fieldLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/;
const chunkLine = /^([0-9A-Fa-f]{1,15})(;[\t\x20-\x7e\x80-\xff]*)?$/;
const digits = /^[0-9]{1,15}$/;

/** Every value of that name (lower case). */
export function valuesOf(lines: readonly Line[], name: string): string[] {
  return lines.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
}

function fault(text: string): Extract<Cut, { kind: 'fault' }> {
  return { kind: 'fault', fault: text };
}

/** The head that the bytes begin with; null while it is not whole. */
function readHead(bytes: string, startLine: RegExp): Head | { fault: string } | null {
  const end = bytes.indexOf(endOfHead);
  if (end === -1) return null;
  const [start = '', ...rest] = bytes.slice(0, end).split('\r\n');
  if (!startLine.test(start)) return { fault: `not a start line: ${JSON.stringify(start)}` };
  const lines: Line[] = [];
  for (const text of rest) {
    const [, name, value] = fieldLine.exec(text) ?? [];
    if (name === undefined || value === undefined) return { fault: `not a field line: ${JSON.stringify(text)}` };
    lines.push([name, value]);
  }
  return { start, lines, length: end + endOfHead.length };
}

/** What the head says of its content; `absent` is what neither length nor coding means. */
export function framingOf(lines: readonly Line[], absent: Framing): Framing | { fault: string } {
  const lengths = valuesOf(lines, 'content-length');
  const codings = valuesOf(lines, 'transfer-encoding');
  if (lengths.length + codings.length === 0) return absent;
  if (lengths.length + codings.length > 1) return { fault: 'more than one word on the framing' };
  const [length] = lengths;
  if (length === undefined) {
    return codings[0]?.toLowerCase() === 'chunked' ? { kind: 'chunked' } : { fault: 'a coding other than chunked' };
  }
  return digits.test(length) ? { kind: 'length', bytes: Number(length) } : { fault: 'a length that is no number' };
}

/** Cuts the first message off; `framing` may overrule what the lines say, as it must for answers to HEAD. */
export function cutMessage(
  bytes: string,
  startLine: RegExp,
  framing: (head: Head) => Framing | { fault: string },
): Cut {
  const head = readHead(bytes, startLine);
  if (head === null) return { kind: 'partial', body: '' };
  if ('fault' in head) return fault(head.fault);
  const how = framing(head);
  if ('fault' in how) return fault(how.fault);
  const content = readContent(bytes.slice(head.length), how);
  if ('kind' in content) return content.kind === 'partial' ? { ...content, head } : content;
  const { start, lines } = head;
  return { kind: 'whole', message: { start, lines, ...content, length: head.length + content.length } };
}

function readContent(bytes: string, framing: Framing): Content {
  if (framing.kind === 'chunked') return readChunks(bytes);
  if (framing.kind === 'close' || bytes.length < framing.bytes) return { kind: 'partial', body: bytes };
  return { body: bytes.slice(0, framing.bytes), length: framing.bytes, plain: true };
}

function readChunks(bytes: string): Content {
  let body = '';
  let plain = true;
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n', at);
    if (end === -1) return { kind: 'partial', body };
    const [, size, extension] = chunkLine.exec(bytes.slice(at, end)) ?? [];
    if (size === undefined) return fault(`not a chunk size: ${JSON.stringify(bytes.slice(at, end))}`);
    plain &&= extension === undefined && /^(?:0|[1-9A-Fa-f].*)$/.test(size);
    const start = end + 2;
    const after = start + Number.parseInt(size, 16);
    if (after === start) return readTrailers(bytes, start, body, plain);
    body += bytes.slice(start, after);
    if (bytes.length >= after + 2 && !bytes.startsWith('\r\n', after)) return fault('no line end behind a chunk');
    if (bytes.length < after + 2) return { kind: 'partial', body };
    at = after + 2;
  }
}

function readTrailers(bytes: string, start: number, body: string, plain: boolean): Content {
  if (bytes.startsWith('\r\n', start)) return { body, length: start + 2, plain };
  const end = bytes.indexOf(endOfHead, start);
  if (end === -1) return { kind: 'partial', body };
  const lines = bytes.slice(start, end).split('\r\n');
  if (!lines.every(line => fieldLine.test(line))) return fault('not a trailer line');
  return { body, length: end + endOfHead.length, plain: false };
}
