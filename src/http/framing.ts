/** How long a request's body is, where nobody can read it otherwise (RFC 9112 §6.3). */
import { type FieldLine, valuesOf } from './field.ts';

/** The body's framing, or why it is refused. */
export type FramingParse =
  | {
      readonly ok: true;
      readonly body:
        | { readonly kind: 'none' }
        | { readonly kind: 'length'; readonly bytes: number }
        | { readonly kind: 'chunked' };
    }
  | { readonly ok: false; readonly fault: string };

/** Fifteen digits stay below 2^53. */
const lengthPattern = /^[0-9]{1,15}$/;

const noBody: FramingParse = { ok: true, body: { kind: 'none' } };

function fault(text: string): FramingParse {
  return { ok: false, fault: text };
}

function lengthFraming(lengths: readonly string[]): FramingParse {
  const [length = '', ...more] = lengths;
  if (more.length > 0) return fault('more than one Content-Length line');
  if (!lengthPattern.test(length)) return fault('Content-Length is not one number of at most 15 digits');
  return { ok: true, body: { kind: 'length', bytes: Number(length) } };
}

function codingFraming(codings: readonly string[], httpVersion: '1.0' | '1.1'): FramingParse {
  const [coding = '', ...more] = codings;
  if (httpVersion === '1.0') return fault('Transfer-Encoding in an HTTP/1.0 request');
  if (more.length > 0) return fault('more than one Transfer-Encoding line');
  if (coding.toLowerCase() !== 'chunked') return fault('Transfer-Encoding is not exactly "chunked"');
  return { ok: true, body: { kind: 'chunked' } };
}

/** The framing that the values of Content-Length and of Transfer-Encoding give together. */
export function framingOf(
  lengths: readonly string[],
  codings: readonly string[],
  httpVersion: '1.0' | '1.1',
): FramingParse {
  if (lengths.length > 0 && codings.length > 0) return fault('both Content-Length and Transfer-Encoding');
  if (codings.length > 0) return codingFraming(codings, httpVersion);
  return lengths.length > 0 ? lengthFraming(lengths) : noBody;
}

/** Refuses every form that two servers have ever read differently (P6: CVE-2022-32214, CVE-2022-35256, CVE-2023-25725). */
export function requestFraming(lines: readonly FieldLine[], httpVersion: '1.0' | '1.1'): FramingParse {
  return framingOf(valuesOf(lines, 'content-length'), valuesOf(lines, 'transfer-encoding'), httpVersion);
}
