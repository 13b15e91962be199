/** Where requests carry tokens, beside Authorization: named headers, cookies, WebSocket subprotocols (attack J13). */
import type { CarrierConfig } from '../../config/sections/jwt.ts';
import type { ProofCarrier } from '../../gate/proof.ts';
import { type Refusal, refuse } from '../../gate/reasons.ts';
import type { SanitisedRequest } from '../../gate/stages.ts';
import { parseAuthorization } from '../../http/authorization.ts';
import { listElements, valuesOf } from '../../http/field.ts';

/** The parts of a request in which a token can stand; nothing stands in one that is absent. */
export type Carrying = Pick<SanitisedRequest, 'authorization'> &
  Partial<Pick<SanitisedRequest, 'cookies' | 'fields' | 'setAside' | 'standing' | 'tokenProtocols' | 'upgrade'>>;

/** A token of a request, and every place beside Authorization in which it stood. */
export interface ShownToken {
  readonly token: string;
  /** The place that says most about who showed it. */
  readonly carrier: Exclude<ProofCarrier, 'authorization'>;
  /** As `carrierId` names them. */
  readonly ids: readonly string[];
}

/** Names one place, so that an issuer can list it; names that mean the same in HTTP give the same. */
export function carrierId(carrier: CarrierConfig): string {
  if (carrier.kind === 'cookie') return `cookie ${carrier.cookie}`;
  if (carrier.kind === 'webSocketProtocol') return `subprotocol ${carrier.prefix}`;
  return carrier.scheme === null
    ? `header ${carrier.header.toLowerCase()}`
    : `header ${carrier.header.toLowerCase()} ${carrier.scheme.toLowerCase()}`;
}

/** What is taken where the config says nothing. */
export const bearerInAuthorization: string = carrierId({ kind: 'header', header: 'Authorization', scheme: 'Bearer' });

/** Schemes of Authorization in which a token of somebody's may come, lower-case, with the carrier each stands for. */
export function authorizationSchemes(ids: Iterable<string>): ReadonlyMap<string, string> {
  const beginning = 'header authorization ';
  const own = [...ids].filter(id => id.startsWith(beginning));
  const schemes = new Map(own.map(id => [id.slice(beginning.length), id]));
  // A bound token comes behind DPoP wherever a bearer token may come (RFC 9449 §7.1).
  if (schemes.has('bearer')) schemes.set('dpop', bearerInAuthorization);
  return schemes;
}

/** One token in one place. */
interface Found {
  readonly id: string;
  readonly token: string;
}

/** Looks in one place: nothing there, what is there, or a reason to stop. */
type Look = (request: Carrying) => Found | null | Refusal;

interface Place {
  readonly carrier: ShownToken['carrier'];
  readonly look: Look;
}

function malformed(where: string): Refusal {
  return refuse('token-malformed', `no token in ${where}`);
}

/** The schemes of one header; null: the token stands alone. */
function headerLook(header: string, schemes: ReadonlySet<string | null>): Look {
  return ({ setAside }) => {
    const [value, ...more] = setAside?.get(header) ?? [];
    if (value === undefined) return null;
    if (more.length > 0) return refuse('request-ambiguous', `${header} stands more than once`);
    const parsed = parseAuthorization(value);
    if (parsed !== null && schemes.has(parsed.scheme))
      return { id: `header ${header} ${parsed.scheme}`, token: parsed.credentials };
    return schemes.has(null) ? { id: `header ${header}`, token: value } : malformed(header);
  };
}

/** Another spelling of the name is another cookie here, and goes up to nobody either. */
function cookieLook(id: string, name: string): Look {
  return ({ cookies = [] }) => {
    const [crumb, ...more] = cookies.filter(pair => pair.name === name);
    if (crumb === undefined) return null;
    if (more.length > 0) return refuse('request-ambiguous', 'a cookie that carries tokens stands more than once');
    // With a space before the sign this leaves the sign, which no token begins with.
    return { id, token: crumb.text.slice(name.length + 1) };
  };
}

const base64url = /^[A-Za-z0-9_-]+$/;

/** Null unless it is the one way to write it (RFC 4648 §3.5). */
function decodeToken(encoded: string): string | null {
  if (!base64url.test(encoded)) return null;
  const bytes = Buffer.from(encoded, 'base64url');
  return bytes.toString('base64url') === encoded ? bytes.toString('latin1') : null;
}

/** Whether another subprotocol is there for the hub to choose, without which no browser takes the answer. */
function offersAnother({ fields = [] }: Carrying): boolean {
  return listElements(valuesOf(fields, 'sec-websocket-protocol')).length > 0;
}

/** As Kubernetes' API server reads it. */
function protocolLook(prefixes: readonly string[]): Look {
  const longestFirst = [...prefixes].sort((one, other) => other.length - one.length);
  return request => {
    const [protocol, ...more] = request.tokenProtocols ?? [];
    if (protocol === undefined) return null;
    if (request.upgrade !== 'websocket')
      return refuse('request-ambiguous', 'a token in the subprotocol of no WebSocket');
    if (more.length > 0) return refuse('request-ambiguous', 'more than one token in the subprotocols');
    if (!offersAnother(request)) return refuse('request-ambiguous', 'no subprotocol beside the one with the token');
    const prefix = longestFirst.find(each => protocol.startsWith(`${each}.`));
    const token = prefix === undefined ? null : decodeToken(protocol.slice(prefix.length + 1));
    return token === null ? malformed('the subprotocol') : { id: `subprotocol ${prefix}`, token };
  };
}

function headerPlaces(carriers: readonly CarrierConfig[]): Place[] {
  const schemes = new Map<string, Set<string | null>>();
  for (const carrier of carriers) {
    if (carrier.kind !== 'header') continue;
    const header = carrier.header.toLowerCase();
    if (header === 'authorization') continue;
    schemes.set(header, (schemes.get(header) ?? new Set()).add(carrier.scheme?.toLowerCase() ?? null));
  }
  return [...schemes].map(([header, taken]) => ({ carrier: 'header', look: headerLook(header, taken) }));
}

/** The firmest first. */
function placesOf(carriers: readonly CarrierConfig[]): Place[] {
  const prefixes = carriers.flatMap(each => (each.kind === 'webSocketProtocol' ? [each.prefix] : []));
  const protocols: Place[] = prefixes.length === 0 ? [] : [{ carrier: 'subprotocol', look: protocolLook(prefixes) }];
  const names = new Set(carriers.flatMap(each => (each.kind === 'cookie' ? [each.cookie] : [])));
  const cookies = Array.from(names, (cookie): Place => {
    return { carrier: 'cookie', look: cookieLook(carrierId({ kind: 'cookie', cookie }), cookie) };
  });
  return [...protocols, ...headerPlaces(carriers), ...cookies];
}

/** What is said of two tokens in one request, whoever would have been believed (J13). */
export const tokensDiffer: Refusal = refuse('credentials-disagree', 'two carriers with different tokens');

/** The one token that a request shows in these places; null where it shows none. */
function shownIn(request: Carrying, places: readonly Place[]): ShownToken | null | Refusal {
  let shown: { token: string; carrier: ShownToken['carrier']; ids: string[] } | null = null;
  for (const { carrier, look } of places) {
    const found = look(request);
    if (found === null) continue;
    if ('reason' in found) return found;
    if (shown === null) shown = { token: found.token, carrier, ids: [found.id] };
    else if (shown.token === found.token) shown.ids.push(found.id);
    else return tokensDiffer;
  }
  return shown;
}

/**
 * Finds the token that a request shows beside Authorization; null where no issuer takes any there. What an outsider shows but in
 * Authorization is not looked at.
 */
export function compileCarriers(
  carriers: readonly CarrierConfig[],
): ((request: Carrying) => ShownToken | null | Refusal) | null {
  const places = placesOf(carriers);
  if (places.length === 0) return null;
  return request => (request.standing === 'proxy' ? shownIn(request, places) : null);
}

/** What of a request the gate must know to keep carriers from everybody else. */
export interface CarrierNames {
  readonly headers: readonly string[];
  readonly cookies: readonly string[];
  /** Lower-case, with the dot. */
  readonly protocols: readonly string[];
}

/** The names in a config's carriers, but for Authorization. */
export function carrierNames(carriers: readonly CarrierConfig[]): CarrierNames {
  const headers = carriers.flatMap(each => (each.kind === 'header' ? [each.header] : []));
  return {
    headers: headers.filter(header => header.toLowerCase() !== 'authorization'),
    cookies: carriers.flatMap(each => (each.kind === 'cookie' ? [each.cookie] : [])),
    protocols: carriers.flatMap(each => (each.kind === 'webSocketProtocol' ? [`${each.prefix.toLowerCase()}.`] : [])),
  };
}
