/** Which field names a config may give away: to be injected, to be asserted, to be let through to the hub. */
import { foldName, isToken } from '../http/field.ts';
import { isHopByHop } from '../http/hop-by-hop.ts';
import { type Shape, text } from './shape.ts';

/** Framing, routing and credentials: what they say decides how a request is read, so nobody else may speak them. */
const STRUCTURAL: ReadonlySet<string> = new Set([
  'authorization',
  'content-length',
  'cookie',
  'dpop',
  'expect',
  'host',
  'set-cookie',
]);

/** The forwarding family: the gate writes one consistent set of it. */
const FORWARDING: ReadonlySet<string> = new Set([
  'forwarded',
  'true-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-forwarded-protocol',
  'x-forwarded-scheme',
  'x-forwarded-server',
  'x-forwarded-ssl',
  'x-real-ip',
  'x-scheme',
]);

/** Families that only the gate or a sign-in proxy speaks (the gate's own table is longer). */
const RESERVED_PREFIXES = ['remote-', 'x-remote-', 'x-forwarded-', 'x-hubgate-', 'x-auth-request-', 'http-'];

function structureFault(name: string): string | null {
  if (!isToken(name)) return 'has a character that no header name has';
  const folded = foldName(name);
  if (STRUCTURAL.has(folded) || isHopByHop(folded)) return 'is a field of framing, routing or credentials';
  return null;
}

/** What is wrong with the name of a field that somebody but the client writes; null where nothing is. */
export function assertedFault(name: string): string | null {
  const folded = foldName(name);
  if (FORWARDING.has(folded)) return 'is a field of the forwarding family, which the gate writes itself';
  return folded.startsWith('x-hubgate-') ? "is one of the gate's own fields" : structureFault(name);
}

/** Whether a name is kept from the hub whatever the rest of the config says. */
function isReserved(name: string): boolean {
  const folded = foldName(name);
  return FORWARDING.has(folded) || RESERVED_PREFIXES.some(prefix => folded.startsWith(prefix));
}

/** A field that the gate writes. */
export function injectedHeader(): Shape<string> {
  return text('a header name of its own such as Remote-User', assertedFault);
}

/** A field in which a proxy asserts. */
export function assertedHeader(): Shape<string> {
  return text('the name of a header that only the proxy writes', assertedFault);
}

/** A field that hub paths get beside the closed list. */
export function passedHeader(): Shape<string> {
  return text('the name of a header that a client may speak', name =>
    isReserved(name) ? 'is reserved for the gate' : structureFault(name),
  );
}
