/** Sorts the fields of a request into those that pass, and the reserved ones that are set aside. */
import { type FieldLine, foldName, trimOws } from '../http/field.ts';
import { connectionOptions, isHopByHop } from '../http/hop-by-hop.ts';
import type { Place } from './place.ts';
import type { Policy } from './policy.ts';
import { type Refusal, refuse } from './reasons.ts';
import type { AcceptedRequest } from './stages.ts';

/** What sorting gives. */
export interface Sorted {
  readonly passing: readonly FieldLine[];
  /** By lower-case name; only what a trusted proxy sent. */
  readonly setAside: ReadonlyMap<string, readonly string[]>;
  /** Folded names that were no trusted proxy's to send. */
  readonly spoofed: readonly string[];
}

/** Fields that the gate reads itself, or writes itself, and therefore never copies. */
const handled: ReadonlySet<string> = new Set([
  'host',
  'cookie',
  'authorization',
  'content-length',
  'transfer-encoding',
  'expect',
]);

/** Names that Connection must not list: taking them out would change who the user is, or where the body ends. */
function namesWhatItMustNot(options: readonly string[], policy: Policy): boolean {
  return options.some(option => policy.reserved.has(foldName(option)) || (handled.has(option) && option !== 'expect'));
}

function mayPass(lowerName: string, folded: string, place: Place, policy: Policy): boolean {
  // An odd spelling of a name on the list (`user_agent`) is another field, and the list is closed.
  if (place.audience === 'hub') return policy.hubFields.has(lowerName);
  // `content_length` and `HTTP_AUTHORIZATION` are the real ones to a CGI-like server behind the hub.
  const asCgi = folded.replace(/^http-/, '');
  return !handled.has(asCgi) && !isHopByHop(asCgi);
}

function isSignInProxy({ peer, standing }: AcceptedRequest, { trust }: Policy): boolean {
  if (standing !== 'proxy' || trust.signInProxies.size === 0) return false;
  return peer.kind === 'unix' || trust.signInProxies.contains(peer.address);
}

/** Hop-by-hop first, so that Connection can not take out what is injected later (RFC 9110 §7.6.1, CVE-2024-45410). */
export function sortFields(request: AcceptedRequest, place: Place, policy: Policy): Sorted | Refusal {
  const options = connectionOptions(request.fields);
  if (options === null) return refuse('request-ambiguous', 'Connection is not a list of names');
  if (namesWhatItMustNot(options, policy)) {
    return refuse('request-ambiguous', 'Connection names a field that must reach the gate');
  }
  const asserting = isSignInProxy(request, policy);
  const dropped = new Set(options);
  const passing: FieldLine[] = [];
  const setAside = new Map<string, string[]>();
  const spoofed = new Set<string>();
  for (const line of request.fields) {
    const [name, value] = line;
    const lowerName = name.toLowerCase();
    const folded = foldName(name);
    if (policy.reserved.has(folded)) {
      const fromProxy = request.standing === 'proxy';
      if (!(fromProxy && policy.reserved.expected(lowerName, asserting))) spoofed.add(folded);
      if (fromProxy) setAside.set(lowerName, [...(setAside.get(lowerName) ?? []), trimOws(value)]);
      continue;
    }
    if (isHopByHop(lowerName) || dropped.has(lowerName) || handled.has(lowerName)) continue;
    if (mayPass(lowerName, folded, place, policy)) passing.push([name, trimOws(value)]);
  }
  if (spoofed.size > 0 && policy.onSpoof === 'refuse') {
    return refuse('header-spoofed', [...spoofed].join(', '));
  }
  return { passing, setAside, spoofed: [...spoofed] };
}
