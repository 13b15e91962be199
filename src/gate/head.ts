/** The head's own grammar and bounds, before anything in it is believed (RFC 9110 §5, RFC 9112 §3). */
import { type FieldLine, isFieldValue, isToken, trimOws } from '../http/field.ts';
import { fieldNames } from './field-names.ts';
import type { Field, Head, ReadName } from './head-shapes.ts';
import type { Policy, RequestLimits } from './policy.ts';
import { type Refusal, refuse } from './reasons.ts';
import type { AcceptedRequest } from './stages.ts';

/** Reads every name once. */
export function readHead(lines: readonly FieldLine[], policy: Policy): Head {
  const nameOf = fieldNames(policy);
  const fields: Field[] = [];
  const read: Field[] = [];
  for (const line of lines) {
    const field = { name: nameOf(line[0]), line };
    fields.push(field);
    if (field.name.reads !== null) read.push(field);
  }
  return { fields, read };
}

/** The trimmed values of every line of that name, in wire order; case is ignored, nothing is folded. */
export function valuesIn({ read }: Head, name: ReadName): readonly string[] {
  const values: string[] = [];
  for (const field of read) if (field.name.reads === name) values.push(trimOws(field.line[1]));
  return values;
}

/** Tornado joins repeated lines in quadratic time (CVE-2025-67725), and no application needs many of one name. */
function repeatsTooMuch({ fields }: Head, most: number): boolean {
  if (fields.length <= most) return false;
  const counts = new Map<string, number>();
  for (const { name } of fields) {
    const count = (counts.get(name.lower) ?? 0) + 1;
    if (count > most) return true;
    counts.set(name.lower, count);
  }
  return false;
}

function headBytes({ method, target, fields }: AcceptedRequest): number {
  let bytes = method.length + target.length + ' '.length * 2 + 'HTTP/1.1\r\n'.length + '\r\n'.length;
  for (const line of fields) bytes += line[0].length + line[1].length + ': \r\n'.length;
  return bytes;
}

function boundsFault(request: AcceptedRequest, limits: RequestLimits): Refusal | null {
  if (request.fields.length > limits.headers) return refuse('headers-too-large', 'more fields than limits.headers');
  if (headBytes(request) > limits.headerBytes) return refuse('headers-too-large', 'more bytes than limits.headerBytes');
  if (repeatsTooMuch(request.head, limits.repeatedFields)) {
    return refuse('headers-too-large', 'one name more often than limits.repeatedFields');
  }
  return null;
}

function grammarFault({ fields }: Head): Refusal | null {
  for (const { name, line } of fields) {
    if (!name.isToken) return refuse('request-ambiguous', 'a field name is not a token');
    if (!isFieldValue(line[1])) return refuse('request-ambiguous', 'a field value holds a control character');
  }
  return null;
}

/** Refuses a head that is too large, or that holds a name or value outside the grammar. */
export function checkHead(request: AcceptedRequest, limits: RequestLimits): Refusal | null {
  const { method, head } = request;
  if (!isToken(method)) return refuse('request-ambiguous', 'the method is not a token');
  if (method === 'CONNECT' || method === 'TRACE') return refuse('method-refused');
  const fault = boundsFault(request, limits) ?? grammarFault(head);
  if (fault !== null) return fault;
  const [expect, ...more] = valuesIn(head, 'expect');
  const expectFits = expect === undefined || (more.length === 0 && expect.toLowerCase() === '100-continue');
  return expectFits ? null : refuse('request-ambiguous', 'Expect other than 100-continue');
}
