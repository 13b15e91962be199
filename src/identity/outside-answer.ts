/** What somebody outside answered who was asked about a token or a user: its JSON, or what may be said of why there is none. */
import { utf8TextOf } from '../http/utf8.ts';
import { type JsonValue, readJson } from './tokens/strict-json.ts';

const jsonType = /^application\/json[ \t]*(?:;|$)/i;

/** The body of an answer of status 200. */
export function readJsonAnswer(
  contentType: string,
  body: Uint8Array,
): { readonly value: JsonValue } | { readonly fault: string } {
  if (!jsonType.test(contentType)) return { fault: 'answered with something else than application/json' };
  const text = utf8TextOf(body);
  const value = text === null ? undefined : readJson(text);
  return value === undefined ? { fault: 'answered with no JSON of one meaning' } : { value };
}

/** What may be said of a question that failed: the error's code where it has one, as `ECONNREFUSED` or `CERT_HAS_EXPIRED`. */
export function askingFault(error: unknown): string {
  if (!(error instanceof Error)) return 'the question failed';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
