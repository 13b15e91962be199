/** Stage 6: writes the canonical fields, only where they are read; the only maker of an outbound request. */

import type { IpAddress } from '../http/address.ts';
import { joinCookies } from '../http/cookies.ts';
import { derived } from '../http/derived.ts';
import { type FieldLine, isUnkeptFieldValue } from '../http/field.ts';
import { writeForwarded } from '../http/forwarded.ts';
import { sortCookies } from './hub/cookie-rules.ts';
import type { SortedCookies } from './hub/cookie-tags.ts';
import { deliveryOf, type Told, type Written } from './hub/delivery.ts';
import { withoutRepeats } from './hub/hub-workarounds.ts';
import type { Lookup } from './lookups.ts';
import type { Injection, Look, Policy } from './policy.ts';
import type { Identity } from './proof.ts';
import { type Refusal, refuse } from './reasons.ts';
import { bodyPlan } from './request/body.ts';
import type { Delivery, IdentifiedRequest, OutboundRequest, SanitisedRequest } from './stages.ts';

/** What a door adds: framing and the handshake's Connection and Upgrade. */
const doorBytes = 96;

/** Behind a Unix socket that names no client there is none to write; the hub's proxy then adds its own peer. */
function clientFields(client: IpAddress, host: string, policy: Policy): FieldLine[] {
  const forwarded = writeForwarded({ for: client, proto: policy.publicScheme, host });
  return [
    ['X-Forwarded-For', client.text],
    ['X-Real-IP', client.text],
    ['Forwarded', forwarded],
  ];
}

function portOf(host: string, { userHosts, publicHost, publicPort }: Policy): number {
  return host === publicHost ? publicPort : (userHosts?.port ?? publicPort);
}

function publicFields(host: string, policy: Policy): FieldLine[] {
  return [
    ['X-Forwarded-Proto', policy.publicScheme],
    ['X-Forwarded-Host', host],
    ['X-Forwarded-Port', String(portOf(host, policy))],
    ['X-Scheme', policy.publicScheme],
  ];
}

const ofNobody = derived((policy: Policy) => publicFields(policy.publicHost, policy));
const ofClient = derived((policy: Policy) =>
  derived((client: IpAddress) => [
    ...clientFields(client, policy.publicHost, policy),
    ...publicFields(policy.publicHost, policy),
  ]),
);

/** On a user's host the set names that one. */
function userHostFields({ client, userHost }: SanitisedRequest, policy: Policy): readonly FieldLine[] {
  const own = publicFields(userHost, policy);
  return client === undefined ? own : [...clientFields(client, userHost, policy), ...own];
}

/** One consistent set from publicUrl and the client address; the hub and Tornado read the first of several sources. */
function forwardingFields(request: SanitisedRequest, policy: Policy): readonly FieldLine[] {
  const { client, userHost } = request;
  if (userHost !== '') return userHostFields(request, policy);
  return client === undefined ? ofNobody(policy) : ofClient(policy)(client);
}

function appliesTo(injection: Injection, { method, below }: Parameters<Written>[0]): boolean {
  if (injection.method !== undefined && injection.method !== method) return false;
  return injection.paths === 'everywhere' || injection.paths.has(below);
}

const saidOf = ({ header, said = header }: Injection): string => said;

const nothing: Told = { lines: [], expiresAt: Number.POSITIVE_INFINITY };

function injected(
  endpoint: Parameters<Written>[0],
  identity: Identity,
  policy: Policy,
  look: Look,
): Told | Refusal | Lookup {
  const lines: FieldLine[] = [];
  let { expiresAt } = nothing;
  let spends: string | undefined;
  for (const injection of policy.injections) {
    if (!appliesTo(injection, endpoint)) continue;
    const value = injection.value(identity, look);
    if (value === null) continue;
    if (typeof value === 'object' && 'kind' in value) return value;
    const text = typeof value === 'string' ? value : value.text;
    // Whatever made it, nothing that ends a line leaves the gate.
    if (!isUnkeptFieldValue(text))
      return refuse('data-invalid', `the value for ${saidOf(injection)} does not fit a header`);
    lines.push([injection.header, text]);
    if (injection.spends) spends = text;
    if (typeof value === 'object') expiresAt = Math.min(expiresAt, value.expiresAt);
  }
  if (lines.length === 0) return nothing;
  return spends === undefined ? { lines, expiresAt } : { lines, expiresAt, spends };
}

/** None goes to a public path, where an outsider may still have needed one to come in. */
function credentials({ request, hubToken }: IdentifiedRequest, { up }: SortedCookies, policy: Policy): FieldLine[] {
  if (request.place.public) return [];
  const lines: FieldLine[] = [];
  if (hubToken.use !== 'none') lines.push(['Authorization', hubToken.authorization]);
  const isHeld = policy.workarounds.repeatedCookies && request.place.audience === 'hub';
  const cookies = joinCookies(isHeld ? withoutRepeats(up) : up);
  return cookies === '' ? lines : [...lines, ['Cookie', cookies]];
}

const noCookies: SortedCookies = { up: [], stale: [] };

/** The hub falls back to the cookie when a token is bad, so a token that stands alone takes no cookie along. */
function cookiesOf({ request, identity, hubToken }: IdentifiedRequest, policy: Policy): SortedCookies {
  if (hubToken.use === 'alone') return noCookies;
  const visit = { place: request.place, visitor: identity?.hubUser, issuer: identity?.issuer };
  return sortCookies(request.cookies, visit, policy.cookies);
}

function sizeOf(line: FieldLine): number {
  return line[0].length + line[1].length + ': \r\n'.length;
}

function overBudget(target: string, method: string, fields: readonly FieldLine[], policy: Policy): Refusal | null {
  let total = method.length + target.length + '  HTTP/1.1\r\n\r\n'.length + doorBytes;
  for (const line of fields) total += sizeOf(line);
  if (total <= policy.headerBudget) return null;
  const largest = fields.reduce((most, field) => (sizeOf(field) > sizeOf(most) ? field : most));
  const own = policy.injections.find(({ header }) => header === largest[0]);
  const said = own === undefined ? largest[0] : saidOf(own);
  return refuse('headers-too-large', `over hub.headerBudget; the largest field is ${said}`);
}

/** A delivery whose head the hub's proxy takes, or why not. */
function deliverable(
  identified: IdentifiedRequest,
  policy: Policy,
  look: Look,
  written: Written,
): Delivery | undefined | Refusal | Lookup {
  if (policy.delivery === null) return undefined;
  const around = forwardingFields(identified.request, policy);
  const delivery = deliveryOf(identified, policy, look, { written, around });
  if (delivery === undefined || 'kind' in delivery) return delivery;
  const { target, cookies, own } = delivery;
  const fields: FieldLine[] = [...delivery.around, ['Cookie', joinCookies(cookies)], ...own];
  return overBudget(target, 'POST', fields, policy) ?? delivery;
}

/** Stage 6. */
export function inject(identified: IdentifiedRequest, policy: Policy, look: Look): OutboundRequest | Refusal | Lookup {
  const { request, identity } = identified;
  const written: Written = endpoint =>
    identity === undefined || request.place.public || request.userHost !== ''
      ? nothing
      : injected(endpoint, identity, policy, look);
  const own = written({ method: request.method, below: request.place.below });
  if ('kind' in own) return own;
  const body = bodyPlan(request, policy);
  if (typeof body !== 'string') return body;
  const target = request.query === null ? request.path : `${request.path}?${request.query}`;
  const cookies = cookiesOf(identified, policy);
  const fields: readonly FieldLine[] = [
    ['Host', request.host],
    ...request.fields,
    ...forwardingFields(request, policy),
    ...credentials(identified, cookies, policy),
    ...own.lines,
  ];
  const refusal = overBudget(target, request.method, fields, policy);
  if (refusal !== null) return refusal;
  const delivery = deliverable(identified, policy, look, written);
  if (delivery !== undefined && 'kind' in delivery) return delivery;
  const protocol = request.upgrade ?? 'http';
  return {
    method: request.method,
    target,
    fields,
    protocol,
    body,
    place: request.place,
    visitor: identity?.hubUser,
    ...(own.spends === undefined ? {} : { spends: own.spends }),
    ...(delivery === undefined ? {} : { delivery }),
    issuer: identity?.issuer,
    stale: cookies.stale,
  } as OutboundRequest;
}
