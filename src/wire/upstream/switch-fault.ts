/** What is wrong with a hub's 101: what a client has to check (RFC 6455 §4.1), the gate checks before the client hears of it. */
import { createHash } from 'node:crypto';
import { type FieldLine, listElements, valuesOf } from '../../http/field.ts';

/** RFC 6455 §1.3. */
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}${acceptSuffix}`).digest('base64');
}

/** `asked` and `answered` are all field lines of the request and of the 101; null when it fits. */
export function switchFault(asked: readonly FieldLine[], answered: readonly FieldLine[]): string | null {
  const one = (name: string): string | null => {
    const values = valuesOf(answered, name);
    return values.length === 1 ? (values[0] ?? null) : null;
  };
  const options = listElements(valuesOf(answered, 'connection')).map(option => option.toLowerCase());
  if (one('upgrade')?.toLowerCase() !== 'websocket' || !options.includes('upgrade')) return 'a 101 without Upgrade';
  const [key = ''] = valuesOf(asked, 'sec-websocket-key');
  if (one('sec-websocket-accept') !== acceptOf(key)) return 'Sec-WebSocket-Accept does not fit the key';
  const offered = listElements(valuesOf(asked, 'sec-websocket-protocol'));
  const chosen = valuesOf(answered, 'sec-websocket-protocol');
  if (chosen.length > 1 || !chosen.every(name => offered.includes(name))) return 'a subprotocol that was not offered';
  const extensions = valuesOf(answered, 'sec-websocket-extensions');
  const unasked = extensions.length > 0 && valuesOf(asked, 'sec-websocket-extensions').length === 0;
  return unasked ? 'an extension that was not offered' : null;
}
