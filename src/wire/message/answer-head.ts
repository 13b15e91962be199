/** The grammar of an answer's head, and where its body ends: what lies about itself is a fault (R5). */
import { type FieldLine, isFieldValue } from '../../http/field.ts';
import { connectionOptions, isHopByHop } from '../../http/hop-by-hop.ts';
import { remembering } from '../../http/recent-texts.ts';
import { type BodyReader, LengthReader } from './body-reader.ts';
import { ChunkedReader } from './chunked.ts';
import { lineEnd, readFieldLines } from './field-lines.ts';

/** How the answer's body ends: `none` has none, whatever its fields say; `close` ends with the connection. */
export type AnswerFraming =
  | { readonly kind: 'none' | 'chunked' | 'close' }
  | { readonly kind: 'length'; readonly bytes: number };

/** A head that can be relayed. */
export interface AnswerHeadParse {
  readonly status: number;
  /** As received; may be empty. */
  readonly phrase: string;
  /** All of them, in wire order, spelled as received, values trimmed, latin1. */
  readonly lines: readonly FieldLine[];
  /** Without framing and hop-by-hop fields. */
  readonly fields: readonly FieldLine[];
  /** As received; null when the hub gave none, or where none may stand (204). */
  readonly contentLength: string | null;
  readonly framing: AnswerFraming;
  /** The connection goes on after this answer. */
  readonly persists: boolean;
}

const statusLine = /^HTTP\/1\.([01]) ([0-9]{3})(?: ([^\0\r\n]*))?$/;
const lengthPattern = /^[0-9]{1,15}$/;

/** What a field is to the framing of its answer. */
type Role = 'length' | 'coding' | 'option' | 'hop' | 'end-to-end';

function roleOf(name: string): Role {
  const lower = name.toLowerCase();
  if (lower === 'content-length') return 'length';
  if (lower === 'transfer-encoding') return 'coding';
  if (lower === 'connection') return 'option';
  return isHopByHop(lower) ? 'hop' : 'end-to-end';
}

const roles = remembering(roleOf, { entries: 1024, characters: 32 * 1024 });

/** The lines by what they are for. */
interface Sorted {
  readonly lengths: readonly string[];
  readonly codings: readonly string[];
  readonly connections: readonly FieldLine[];
  readonly rest: readonly FieldLine[];
}

function sorted(lines: readonly FieldLine[]): Sorted {
  const lengths: string[] = [];
  const codings: string[] = [];
  const connections: FieldLine[] = [];
  const rest: FieldLine[] = [];
  for (const line of lines) {
    const role = roles(line[0]);
    if (role === 'end-to-end') rest.push(line);
    else if (role === 'length') lengths.push(line[1]);
    else if (role === 'coding') codings.push(line[1]);
    else if (role === 'option') connections.push(line);
  }
  return { lengths, codings, connections, rest };
}

function framingFault({ lengths, codings }: Sorted): string | null {
  if (lengths.length > 1) return 'more than one Content-Length';
  if (lengths.length === 1 && codings.length > 0) return 'both Content-Length and Transfer-Encoding';
  if (lengths.some(length => !lengthPattern.test(length))) return 'Content-Length is not a number';
  const chunked = codings.length === 0 || (codings.length === 1 && codings[0]?.toLowerCase() === 'chunked');
  return chunked ? null : 'Transfer-Encoding is not exactly "chunked"';
}

function framingOf(status: number, toHead: boolean, length: string | undefined, chunked: boolean): AnswerFraming {
  if (toHead || status < 200 || status === 204 || status === 304) return { kind: 'none' };
  if (chunked) return { kind: 'chunked' };
  return length === undefined ? { kind: 'close' } : { kind: 'length', bytes: Number(length) };
}

/** Reads the head that ends where the first CRLF CRLF stands at `end`; a text is what is wrong with it. */
export function parseAnswerHead(text: string, end: number, toHead: boolean): AnswerHeadParse | string {
  const stop = lineEnd(text, 0);
  const [, minor, digits, phrase = ''] = stop === -1 ? [] : (statusLine.exec(text.slice(0, stop)) ?? []);
  const status = Number(digits ?? 0);
  if (status < 100 || status > 599) return 'no status line with a status from 100 to 599';
  const lines = readFieldLines(text, stop + 2, end);
  if (typeof lines === 'string') return lines;
  if (!lines.every(([, value]) => isFieldValue(value))) return 'a field value holds a control character';
  const parts = sorted(lines);
  const { lengths, codings, connections, rest } = parts;
  const fault = framingFault(parts);
  if (fault !== null) return fault;
  if (codings.length > 0 && minor === '0') return 'Transfer-Encoding in an HTTP/1.0 answer';
  const listed = connectionOptions(connections);
  if (listed === null) return 'Connection is not a list of names';
  const options = new Set(listed);
  const framing = framingOf(status, toHead, lengths[0], codings.length > 0);
  return {
    status,
    phrase,
    lines,
    fields: options.size === 0 ? rest : rest.filter(([name]) => !options.has(name.toLowerCase())),
    contentLength: status === 204 ? null : (lengths[0] ?? null),
    framing,
    persists: minor === '1' && framing.kind !== 'close' && !options.has('close'),
  };
}

/** Reads a body that is framed so. */
export function answerBodyReader(framing: AnswerFraming): BodyReader {
  if (framing.kind === 'chunked') return new ChunkedReader();
  if (framing.kind === 'length') return new LengthReader(framing.bytes);
  return new LengthReader(framing.kind === 'none' ? 0 : Number.POSITIVE_INFINITY);
}
