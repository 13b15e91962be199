/** The query as form parameters that can be written back byte for byte. */
import { utf8TextOf } from './utf8.ts';

/** One parameter; `separator` is what stood before it, '' for the first. */
export interface QueryParameter {
  /** As it stands in the target, without separator. */
  readonly raw: string;
  /** Form-decoded; UTF-8 where the bytes are, else latin1. */
  readonly name: string;
  /** Form-decoded; '' where there is no `=`. */
  readonly value: string;
  readonly separator: '' | '&' | ';';
}

const percentEncoded = /%([0-9A-Fa-f]{2})/g;
const notBytes = /[^\x00-\xff]/;
const highByte = /[\x80-\xff]/;

function readBytes(bytes: string): string {
  if (!highByte.test(bytes) || notBytes.test(bytes)) return bytes;
  return utf8TextOf(Uint8Array.from(bytes, byte => byte.charCodeAt(0))) ?? bytes;
}

function decodeForm(text: string): string {
  const bytes = text
    .replaceAll('+', ' ')
    .replace(percentEncoded, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return readBytes(bytes);
}

function parameterOf(raw: string, separator: QueryParameter['separator']): QueryParameter {
  const equals = raw.indexOf('=');
  const name = equals === -1 ? raw : raw.slice(0, equals);
  const value = equals === -1 ? '' : raw.slice(equals + 1);
  return { raw, name: decodeForm(name), value: decodeForm(value), separator };
}

type Separators = '&;' | '&';

const separatorsOf: Readonly<Record<Separators, RegExp>> = { '&;': /([&;])/, '&': /(&)/ };

/**
 * Splits on `&` and on `;`, which Pythons before 3.9.2 do as well (CVE-2021-23336), or on `&` alone, as newer ones do; the
 * empty query has no parameter.
 */
export function queryParameters(query: string, separators: Separators = '&;'): QueryParameter[] {
  if (query === '') return [];
  const parameters: QueryParameter[] = [];
  let separator: QueryParameter['separator'] = '';
  for (const part of query.split(separatorsOf[separators])) {
    if (part === '&' || part === ';') separator = part;
    else parameters.push(parameterOf(part, separator));
  }
  return parameters;
}

/** The parameters' raw text behind their separators; whatever comes first loses its own. */
export function writeQuery(parameters: readonly QueryParameter[]): string {
  return parameters.map(({ raw, separator }, at) => (at === 0 ? raw : `${separator || '&'}${raw}`)).join('');
}
