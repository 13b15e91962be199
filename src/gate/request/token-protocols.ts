/** WebSocket subprotocols that carry a token: taken out before anybody behind the gate reads the field. */
import { type FieldLine, isToken, listElements, trimOws } from '../../http/field.ts';
import { type Refusal, refuse } from '../reasons.ts';

/** Browsers and servers compare subprotocols by case; nobody has a use for another spelling of one that carries a token. */
function carriesToken(protocol: string, beginnings: readonly string[]): boolean {
  const lower = protocol.toLowerCase();
  return beginnings.some(beginning => lower.startsWith(beginning));
}

/** What is no token may hide one from us that somebody behind the gate finds. */
const garbled: Refusal = refuse('request-ambiguous', 'a WebSocket subprotocol is not a token');

/**
 * The line without subprotocols that begin so, which go to `taken`; byte for byte where there are none, null where nothing stays.
 * Refused where another of them is no token (RFC 6455 §4.1).
 */
export function withoutTokens(
  line: FieldLine,
  beginnings: readonly string[],
  taken: string[],
): FieldLine | null | Refusal {
  const [name, value] = line;
  const protocols = listElements([value]);
  const staying = protocols.filter(protocol => !carriesToken(protocol, beginnings));
  if (!staying.every(isToken)) return garbled;
  if (staying.length === protocols.length) return [name, trimOws(value)];
  taken.push(...protocols.filter(protocol => carriesToken(protocol, beginnings)));
  return staying.length === 0 ? null : [name, staying.join(', ')];
}
