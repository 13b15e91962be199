/** Which fields end at this hop and must not be forwarded (RFC 9110 §7.6.1). */
import { type FieldLine, isToken, listElements, valuesOf } from './field.ts';

const hopByHopNames: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A hop-by-hop field by its own nature, named in Connection or not. */
export function isHopByHop(lowerName: string): boolean {
  return hopByHopNames.has(lowerName);
}

/** The lower-case options in the values of Connection, in wire order; null when one of them is not a token. */
export function optionsIn(values: readonly string[]): string[] | null {
  const options = listElements(values);
  return options.every(isToken) ? options.map(option => option.toLowerCase()) : null;
}

/** The options of every Connection line. */
export function connectionOptions(lines: readonly FieldLine[]): string[] | null {
  return optionsIn(valuesOf(lines, 'connection'));
}
