/** Reads the head of the hub's answer: refuses what lies about itself (R5), and takes out what belongs to the hop. */
import { type FieldLine, isFieldValue, isToken, valuesOf } from '../http/field.ts';
import { connectionOptions, isHopByHop } from '../http/hop-by-hop.ts';

/** A head that can be relayed, or why it can not. */
export type AnswerHeadParse =
  | {
      readonly ok: true;
      /** In wire order, without framing and hop-by-hop fields. */
      readonly fields: readonly FieldLine[];
      /** As received; null when the hub gave none, or where none may stand (204). */
      readonly contentLength: string | null;
    }
  | { readonly ok: false; readonly fault: string };

const lengthPattern = /^[0-9]{1,15}$/;

function framingFault(lines: readonly FieldLine[]): string | null {
  const lengths = valuesOf(lines, 'content-length');
  const codings = valuesOf(lines, 'transfer-encoding');
  if (lengths.length > 1) return 'more than one Content-Length';
  if (lengths.length === 1 && codings.length > 0) return 'both Content-Length and Transfer-Encoding';
  if (lengths.some(length => !lengthPattern.test(length))) return 'Content-Length is not a number';
  const chunked = codings.length === 0 || (codings.length === 1 && codings[0]?.toLowerCase() === 'chunked');
  return chunked ? null : 'Transfer-Encoding is not exactly "chunked"';
}

function headFault(status: number, lines: readonly FieldLine[]): string | null {
  if (!(status >= 200 && status <= 599)) return 'status outside 200 to 599';
  if (!lines.every(([name]) => isToken(name))) return 'a field name is not a token';
  if (!lines.every(([, value]) => isFieldValue(value))) return 'a field value holds a control character';
  return framingFault(lines);
}

/** `lines` as received; 101 is not read here. */
export function readAnswerHead(status: number, lines: readonly FieldLine[]): AnswerHeadParse {
  const fault = headFault(status, lines);
  if (fault !== null) return { ok: false, fault };
  const options = connectionOptions(lines);
  if (options === null) return { ok: false, fault: 'Connection is not a list of names' };
  const dropped = new Set([...options, 'content-length']);
  const fields = lines.filter(([name]) => {
    const lower = name.toLowerCase();
    return !isHopByHop(lower) && !dropped.has(lower);
  });
  const [length] = valuesOf(lines, 'content-length');
  return { ok: true, fields, contentLength: status === 204 ? null : (length ?? null) };
}
