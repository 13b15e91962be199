/** The head's own grammar and bounds, before anything in it is believed (RFC 9110 §5, RFC 9112 §3). */
import { isFieldValue, isToken, valuesOf } from '../http/field.ts';
import type { RequestLimits } from './policy.ts';
import { type Refusal, refuse } from './reasons.ts';
import type { InboundRequest } from './stages.ts';

/** Tornado joins repeated lines in quadratic time (CVE-2025-67725), and no application needs many of one name. */
function repeatsTooMuch(request: InboundRequest, most: number): boolean {
  const counts = new Map<string, number>();
  for (const [name] of request.fields) {
    const lower = name.toLowerCase();
    const count = (counts.get(lower) ?? 0) + 1;
    if (count > most) return true;
    counts.set(lower, count);
  }
  return false;
}

function headBytes(request: InboundRequest): number {
  const line = request.method.length + request.target.length + ' '.length * 2 + 'HTTP/1.1\r\n'.length;
  return request.fields.reduce(
    (sum, [name, value]) => sum + name.length + value.length + ': \r\n'.length,
    line + '\r\n'.length,
  );
}

/** Refuses a head that is too large, or that holds a name or value outside the grammar. */
export function checkHead(request: InboundRequest, limits: RequestLimits): Refusal | null {
  if (!isToken(request.method)) return refuse('request-ambiguous', 'the method is not a token');
  if (request.method === 'CONNECT' || request.method === 'TRACE') return refuse('method-refused');
  if (request.fields.length > limits.headers) return refuse('headers-too-large', 'more fields than limits.headers');
  if (headBytes(request) > limits.headerBytes) return refuse('headers-too-large', 'more bytes than limits.headerBytes');
  if (repeatsTooMuch(request, limits.repeatedFields)) {
    return refuse('headers-too-large', 'one name more often than limits.repeatedFields');
  }
  for (const [name, value] of request.fields) {
    if (!isToken(name)) return refuse('request-ambiguous', 'a field name is not a token');
    if (!isFieldValue(value)) return refuse('request-ambiguous', 'a field value holds a control character');
  }
  const [expect, ...more] = valuesOf(request.fields, 'expect');
  const expectFits = expect === undefined || (more.length === 0 && expect.toLowerCase() === '100-continue');
  return expectFits ? null : refuse('request-ambiguous', 'Expect other than 100-continue');
}
