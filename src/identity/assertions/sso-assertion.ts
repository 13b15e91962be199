/** Proves a user by what a trusted sign-in proxy asserts in header fields. */

import type { SsoHeaders } from '../../config/sections/sso.ts';
import type { Look, ProvedAgain, Prover } from '../../gate/policy.ts';
import type { Proof } from '../../gate/proof.ts';
import { type Refusal, refuse, refuseWithAudit } from '../../gate/reasons.ts';
import type { Peer, SanitisedRequest } from '../../gate/stages.ts';
import type { AddressSet } from '../../http/address.ts';
import { trimOws } from '../../http/field.ts';
import { utf8TextOf } from '../../http/utf8.ts';
import { type SecondFactor, secondFactorFault } from './second-factor.ts';

/** One sign-in proxy, compiled. */
export interface SsoRules {
  readonly name: string;
  /** Put before the username. */
  readonly prefix: string;
  /** Whose assertions count, narrower than who is trusted. */
  readonly proxies: AddressSet;
  /** Whether a trusted peer on a Unix socket is this proxy. */
  readonly unixPeers: boolean;
  /** In any case. */
  readonly headers: SsoHeaders;
  /** Not empty. */
  readonly separator: string;
  readonly encoding: 'utf-8' | 'latin-1';
  /** Milliseconds that one assertion holds. */
  readonly maxAgeMs: number;
  /** Null: the address is enough. */
  readonly secondFactor: SecondFactor | null;
}

/** The part of a request in which a proxy asserts. */
type Asserting = Pick<SanitisedRequest, 'peer' | 'standing' | 'setAside'>;

/** Asks for an assertion; looks at the peer and at what was set aside. */
export interface SsoProver extends Prover {
  prove(request: Asserting, look: Look): Proof | null | Refusal;
}

const control = /\p{Cc}/u;

/** Where a PROXY header names whom a connection comes from, the peer only passes bytes on: then that one must be the proxy as well. */
function isAsserting(peer: Peer, rules: SsoRules): boolean {
  const { source } = peer;
  if (source !== undefined && source !== null && !rules.proxies.contains(source)) return false;
  return peer.kind === 'unix' ? rules.unixPeers : rules.proxies.contains(peer.address);
}

/** Field values are bytes, one a character; null where they are not text in this encoding. */
function decode(value: string, encoding: SsoRules['encoding']): string | null {
  return encoding === 'latin-1' ? value : utf8TextOf(Buffer.from(value, 'latin1'));
}

/** What was asserted, decoded, by lower-case name. A field that comes twice could be appended to by the client. */
function readAsserted(
  setAside: SanitisedRequest['setAside'],
  names: readonly string[],
  encoding: SsoRules['encoding'],
): ReadonlyMap<string, string> | Refusal {
  const asserted = new Map<string, string>();
  for (const name of names) {
    const [value, ...more] = setAside.get(name) ?? [];
    if (value === undefined) continue;
    if (more.length > 0) return refuse('assertion-ambiguous', `${name} stands more than once`);
    const text = decode(value, encoding);
    if (text === null || control.test(text)) return refuse('assertion-ambiguous', `${name} is not ${encoding} text`);
    asserted.set(name, text);
  }
  return asserted;
}

/**
 * Whether a separator is escaped, as mod_shib does it. Whoever chooses a value with a separator in it must not choose another
 * group by it.
 */
function isEscaped(value: string | undefined, separator: string): boolean {
  return value?.includes(`\\${separator}`) === true;
}

function groupsIn(value: string | undefined, separator: string): readonly string[] {
  const parts = value === undefined ? [] : value.split(separator);
  return parts.map(trimOws).filter(group => group !== '');
}

/** Whom the fields speak of; anything else that they say is for the config's expressions. */
function proofOf(asserted: ReadonlyMap<string, string>, rules: SsoRules, expiresAt: number): Proof | Refusal {
  const { username, groups } = rules.headers;
  const name = asserted.get(username) ?? '';
  // A comma is how a list of two values looks once somebody has joined them (RFC 9110 §5.3).
  if (name === '' || name.includes(',')) return refuse('assertion-ambiguous', `${username} is empty or a list`);
  const listed = groups === null ? undefined : asserted.get(groups);
  if (isEscaped(listed, rules.separator)) return refuse('assertion-ambiguous', `${groups} has an escaped separator`);
  return {
    prover: rules.name,
    credential: 'assertion',
    carrier: 'header',
    issuer: rules.name,
    username: rules.prefix + name,
    groups: groupsIn(listed, rules.separator),
    claims: Object.create(null),
    asserted,
    expiresAt,
  };
}

function prove(request: Asserting, look: Look, rules: SsoRules): Proof | null | Refusal {
  const { username, groups, others } = rules.headers;
  if (request.standing !== 'proxy' || !isAsserting(request.peer, rules) || !request.setAside.has(username)) return null;
  const fault = rules.secondFactor && secondFactorFault(request, rules.secondFactor);
  if (fault !== null) return refuseWithAudit('assertion-unproved', `sso "${rules.name}": ${fault}`);
  const names = groups === null ? [username, ...others] : [username, groups, ...others];
  const asserted = readAsserted(request.setAside, names, rules.encoding);
  return 'reason' in asserted ? asserted : proofOf(asserted, rules, look.now + rules.maxAgeMs);
}

/** The shared secret was shown then, and is not kept. */
function again(
  { prover, credential, asserted, expiresAt }: Proof,
  peer: Peer,
  rules: SsoRules,
): ProvedAgain | null | Refusal {
  if (credential !== 'assertion' || prover !== rules.name) return null;
  if (!isAsserting(peer, rules)) return refuse('assertion-unproved', 'the proxy is not one of this entry any more');
  const proof = proofOf(asserted, rules, expiresAt);
  return 'reason' in proof ? proof : { proof };
}

/** Names by which fields are set aside. */
function lowerCase({ username, groups, others }: SsoHeaders): SsoHeaders {
  const lower = (name: string): string => name.toLowerCase();
  return { username: lower(username), groups: groups === null ? null : lower(groups), others: others.map(lower) };
}

/** One prover for one entry of `sso`. */
export function ssoProver(rules: SsoRules): SsoProver {
  const compiled = { ...rules, headers: lowerCase(rules.headers) };
  return {
    name: rules.name,
    prove: (request, look) => prove(request, look, compiled),
    again: (proof, peer) => again(proof, peer, compiled),
  };
}
