/** Words that many rows share; each is one line or a few of a head. */

/** The Host that publicUrl names. */
export const host = 'Host: hub.example';

/** Alice's good token. */
export const alice = 'Authorization: Bearer {alice}';

/** The forwarding family when the ingress names no client. */
const forwarding = '{forwarding 127.0.0.1}';

/** The head of a request that proves alice. */
export function asAlice(requestLine: string, ...fields: readonly string[]): string[] {
  return [`${requestLine} HTTP/1.1`, host, alice, ...fields];
}

/** What the hub gets of it: Host, what passes, and the gate's own. */
export function atHub(
  requestLine: string,
  passing: readonly string[] = [],
  injected: readonly string[] = [],
): string[] {
  return [requestLine, host, ...passing, forwarding, ...injected];
}

/** A whole WebSocket handshake but for its Origin. */
export const handshake: readonly string[] = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
];

/** What of the handshake the decision forwards; Connection and Upgrade are the door's. */
export const handshakeAtHub: readonly string[] = handshake.slice(2);
