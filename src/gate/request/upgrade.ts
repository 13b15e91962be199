/** Protocol switches: a WebSocket handshake and nothing else (RFC 6455 §4.2.1; h2c smuggling). */
import { listElements, valuesOf } from '../../http/field.ts';
import { type Refusal, refuse } from '../reasons.ts';
import type { AcceptedRequest, BodyFraming } from '../stages.ts';
import { valuesIn } from './head.ts';

const key = /^[A-Za-z0-9+/]{22}==$/;

function isHandshake(request: AcceptedRequest, body: BodyFraming): boolean {
  const keys = valuesOf(request.fields, 'sec-websocket-key');
  const versions = valuesOf(request.fields, 'sec-websocket-version');
  return (
    request.method === 'GET' &&
    request.httpVersion === '1.1' &&
    body.kind === 'none' &&
    keys.length === 1 &&
    key.test(keys[0] ?? '') &&
    versions.length === 1 &&
    versions[0] === '13'
  );
}

/**
 * What the request asks to switch to; a switch that is not a whole WebSocket handshake is refused. `Connection: upgrade`
 * alone names nothing to switch to (RFC 9110 §7.8): an nginx that always writes it sends plain requests so.
 */
export function upgradeOf(request: AcceptedRequest, body: BodyFraming): 'websocket' | null | Refusal {
  const protocols = valuesIn(request.head, 'upgrade');
  if (protocols.length === 0) return null;
  if (protocols.length !== 1 || protocols[0]?.toLowerCase() !== 'websocket') return refuse('upgrade-unsupported');
  const options = listElements(valuesIn(request.head, 'connection')).map(option => option.toLowerCase());
  if (!options.includes('upgrade')) return refuse('request-ambiguous', 'Upgrade without Connection: upgrade');
  return isHandshake(request, body) ? 'websocket' : refuse('upgrade-unsupported', 'not a whole handshake');
}
