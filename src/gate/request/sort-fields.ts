/** Sorts the fields of a request into those that pass, and the reserved ones that are set aside. */
import { derived } from '../../http/derived.ts';
import { type FieldLine, trimOws } from '../../http/field.ts';
import { isHopByHop, optionsIn } from '../../http/hop-by-hop.ts';
import { remembering } from '../../http/recent-texts.ts';
import type { Place } from '../place.ts';
import type { Policy } from '../policy.ts';
import { isRefusal, type Refusal, refuse } from '../reasons.ts';
import type { AcceptedRequest } from '../stages.ts';
import { fieldNames, mustReachTheGate } from './field-names.ts';
import { valuesIn } from './head.ts';
import type { FieldName, Sorted } from './head-shapes.ts';
import { withoutTokens } from './token-protocols.ts';

/** The names that Connection takes out besides those that end at this hop by nature. */
function namedIn(connection: string, policy: Policy): ReadonlySet<string> | Refusal {
  const options = optionsIn([connection]);
  if (options === null) return refuse('request-ambiguous', 'Connection is not a list of names');
  if (options.some(option => mustReachTheGate(fieldNames(policy)(option)))) {
    return refuse('request-ambiguous', 'Connection names a field that must reach the gate');
  }
  return new Set(options.filter(option => !isHopByHop(option)));
}

const connections = derived((policy: Policy) =>
  remembering(connection => namedIn(connection, policy), { entries: 256, characters: 64 * 1024 }),
);

const nothing: ReadonlySet<string> = new Set();

function namedInConnection({ head }: AcceptedRequest, policy: Policy): ReadonlySet<string> | Refusal {
  const values = valuesIn(head, 'connection');
  return values.length === 0 ? nothing : connections(policy)(values.join());
}

function isSignInProxy({ peer, standing }: AcceptedRequest, { trust }: Policy): boolean {
  if (standing !== 'proxy' || trust.signInProxies.size === 0) return false;
  const { source } = peer;
  if (source !== undefined && source !== null && !trust.signInProxies.contains(source)) return false;
  return peer.kind === 'unix' || trust.signInProxies.contains(peer.address);
}

const noneAsserted: Sorted['setAside'] = new Map();

/** What a trusted proxy may assert users with. */
function assertedIn({ head, standing }: AcceptedRequest): Sorted['setAside'] {
  if (standing !== 'proxy') return noneAsserted;
  let setAside: Map<string, string[]> | undefined;
  for (const { name, line } of head.fields) {
    if (!name.asserted) continue;
    setAside ??= new Map();
    setAside.set(name.lower, [...(setAside.get(name.lower) ?? []), trimOws(line[1])]);
  }
  return setAside ?? noneAsserted;
}

function spoofedIn(request: AcceptedRequest, policy: Policy): readonly string[] {
  const fromProxy = request.standing === 'proxy';
  const asserting = isSignInProxy(request, policy);
  const isTheirs = (name: FieldName): boolean => fromProxy && (asserting ? name.expectedAtSignIn : name.expected);
  const spoofed: string[] = [];
  for (const { name } of request.head.fields) {
    if (name.reserved && !isTheirs(name) && !spoofed.includes(name.said)) spoofed.push(name.said);
  }
  return spoofed;
}

function trimmed(line: FieldLine): FieldLine {
  const value = trimOws(line[1]);
  return value.length === line[1].length ? line : [line[0], value];
}

function sort(request: AcceptedRequest, toHub: boolean, policy: Policy): Sorted | Refusal {
  const dropped = namedInConnection(request, policy);
  if (isRefusal(dropped)) return dropped;
  const spoofed = spoofedIn(request, policy);
  if (spoofed.length > 0 && policy.onSpoof === 'refuse') return refuse('header-spoofed', spoofed.join(', '));
  const passing: FieldLine[] = [];
  const tokenProtocols: string[] = [];
  for (const { name, line } of request.head.fields) {
    if (!(toHub ? name.toHub : name.toUsers) || dropped.has(name.lower)) continue;
    const kept = name.offersProtocols ? withoutTokens(line, policy.tokenProtocols, tokenProtocols) : trimmed(line);
    if (kept === null) continue;
    if (isRefusal(kept)) return kept;
    passing.push(kept);
  }
  return { passing, setAside: assertedIn(request), tokenProtocols, spoofed };
}

/** Hop-by-hop first, so that Connection can not take out what is injected later (RFC 9110 §7.6.1, CVE-2024-45410). */
export function sortFields(request: AcceptedRequest, { audience }: Place, policy: Policy): Sorted | Refusal {
  const { sorted } = request.head.memory;
  const sender = isSignInProxy(request, policy) ? 'sign-in proxy' : request.standing;
  const known = sorted.get(`${sender}>${audience}`);
  if (known !== undefined) return known;
  const made = sort(request, audience === 'hub', policy);
  sorted.set(`${sender}>${audience}`, made);
  return made;
}
