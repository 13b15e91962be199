/** The head's own grammar and bounds, before anything in it is believed (RFC 9110 §5, RFC 9112 §3). */
import { derived } from '../../http/derived.ts';
import { type FieldLine, isFieldValue, isToken, trimOws } from '../../http/field.ts';
import type { Policy, RequestLimits } from '../policy.ts';
import { type Refusal, refuse } from '../reasons.ts';
import type { AcceptedRequest, InboundRequest } from '../stages.ts';
import { fieldNames } from './field-names.ts';
import type { Field, Head, ReadName } from './head-shapes.ts';

function noValues(): { [name in ReadName]: string[] | undefined } {
  return {
    host: undefined,
    authorization: undefined,
    dpop: undefined,
    cookie: undefined,
    connection: undefined,
    upgrade: undefined,
    expect: undefined,
    'content-length': undefined,
    'transfer-encoding': undefined,
    'x-forwarded-for': undefined,
    forwarded: undefined,
  };
}

/** Reads every name once. */
function readHead(lines: readonly FieldLine[], policy: Policy): Head {
  const nameOf = fieldNames(policy);
  const fields: Field[] = [];
  const values = noValues();
  let bytes = 0;
  for (const line of lines) {
    const name = nameOf(line[0]);
    fields.push({ name, line });
    bytes += line[0].length + line[1].length + ': \r\n'.length;
    const { reads } = name;
    if (reads === null) continue;
    const value = trimOws(line[1]);
    const before = values[reads];
    if (before === undefined) values[reads] = [value];
    else before.push(value);
  }
  return { fields, values, bytes, memory: { fault: undefined, host: undefined, sorted: new Map() } };
}

const recurring = derived((policy: Policy) => derived((fields: readonly FieldLine[]) => readHead(fields, policy)));

/** The head of a request; the one that was read before where its fields recur. */
export function headOf({ fields, fieldsRecur }: InboundRequest, policy: Policy): Head {
  return fieldsRecur === true ? recurring(policy)(fields) : readHead(fields, policy);
}

const none: readonly string[] = [];

/** The trimmed values of every line of that name, in wire order; case is ignored, nothing is folded. */
export function valuesIn({ values }: Head, name: ReadName): readonly string[] {
  return values[name] ?? none;
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

function headBytes({ method, target, head }: AcceptedRequest): number {
  return method.length + target.length + '  HTTP/1.1\r\n\r\n'.length + head.bytes;
}

function grammarFault({ fields }: Head): Refusal | null {
  for (const { name, line } of fields) {
    if (!name.isToken) return refuse('request-ambiguous', 'a field name is not a token');
    if (!isFieldValue(line[1])) return refuse('request-ambiguous', 'a field value holds a control character');
  }
  return null;
}

function expectFault(head: Head): Refusal | null {
  const [expect, ...more] = valuesIn(head, 'expect');
  const fits = expect === undefined || (more.length === 0 && expect.toLowerCase() === '100-continue');
  return fits ? null : refuse('request-ambiguous', 'Expect other than 100-continue');
}

/** What is wrong with the fields, whatever the request line says. */
function fieldsFault(head: Head, limits: RequestLimits): Refusal | null {
  if (repeatsTooMuch(head, limits.repeatedFields)) {
    return refuse('headers-too-large', 'one name more often than limits.repeatedFields');
  }
  return grammarFault(head) ?? expectFault(head);
}

/** Refuses a head that is too large, or that holds a name or value outside the grammar. */
export function checkHead(request: AcceptedRequest, { limits }: Policy): Refusal | null {
  const { method, head, fields } = request;
  if (!isToken(method)) return refuse('request-ambiguous', 'the method is not a token');
  if (method === 'CONNECT' || method === 'TRACE') return refuse('method-refused');
  if (fields.length > limits.headers) return refuse('headers-too-large', 'more fields than limits.headers');
  if (headBytes(request) > limits.headerBytes) return refuse('headers-too-large', 'more bytes than limits.headerBytes');
  if (head.memory.fault === undefined) head.memory.fault = fieldsFault(head, limits);
  return head.memory.fault;
}
