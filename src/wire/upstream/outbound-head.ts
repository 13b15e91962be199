/** Checks a head before the HTTP client sees it: a rejected dispatch takes a pool's connection out for good (undici 8). */
import { type FieldLine, isFieldValue, isToken } from '../../http/field.ts';

const notInTarget = /[^\x21-\x7e\x80-\xff]/;

/** Fields that the client writes itself or refuses. */
const clientsOwn: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const onlyOnce: readonly string[] = ['host', 'content-length'];

function linesFault(fields: readonly FieldLine[]): string | null {
  for (const [name, value] of fields) {
    if (!isToken(name)) return 'a field name is not a token';
    if (!isFieldValue(value)) return `${name} holds a control character`;
    if (clientsOwn.has(name.toLowerCase())) return `${name} is not for a door to write`;
  }
  return null;
}

/** Why this head must not be dispatched; null when it may. `fields` hold Content-Length where it is known. */
export function outboundFault(method: string, target: string, fields: readonly FieldLine[]): string | null {
  if (!isToken(method) || method === 'CONNECT') return 'the method is not a token';
  if (!target.startsWith('/') || notInTarget.test(target)) return 'the target is not in origin-form';
  const fault = linesFault(fields);
  if (fault !== null) return fault;
  for (const once of onlyOnce) {
    const values = fields.filter(([name]) => name.toLowerCase() === once);
    if (values.length > 1) return `more than one ${once}`;
    if (once === 'content-length' && !values.every(([, value]) => /^[0-9]{1,15}$/.test(value))) return `bad ${once}`;
  }
  return fields.some(([name]) => name.toLowerCase() === 'host') ? null : 'no host';
}
