/** What each stage found and took out, as facts with the place in the config that made them; names only, where values are secret. */
import type { Config } from '../../config/config.ts';
import { formatPath, type Path } from '../../config/problems.ts';
import type { FieldName } from '../../gate/head-shapes.ts';
import { isTrusted } from '../../gate/peer-trust.ts';
import type { Injection } from '../../gate/policy.ts';
import type { Finding, Identity, Proof, SanitisedRequest } from '../../gate/stages.ts';
import { addressSet, type IpAddress, parseCidr } from '../../http/address.ts';
import { parseAuthorization } from '../../http/authorization.ts';
import { cookiePairs } from '../../http/cookies.ts';
import { valuesOf } from '../../http/field.ts';
import { connectionOptions, isHopByHop } from '../../http/hop-by-hop.ts';
import { readCompactToken } from '../../identity/compact-token.ts';
import type { KeyStatus } from '../../identity/key-sources.ts';
import type { JsonObject, JsonValue } from '../../identity/strict-json.ts';
import { addressText } from '../../wire/listening.ts';
import { readableTime } from '../readable-time.ts';
import type { TokenEntry } from './fired-rule.ts';
import type { Journey, Stage } from './journey.ts';
import { nameChanges } from './name-changes.ts';

/** Part of the config: its key, and where it is written; null: nowhere, so that the default holds. */
export interface RulePlace {
  readonly key: string;
  readonly at: string | null;
}

/** One thing that a stage found. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly rule?: RulePlace;
}

/** A journey, and what its telling needs besides. */
export interface Told {
  readonly journey: Journey;
  readonly config: Config;
  readonly now: number;
  readonly keys: readonly KeyStatus[];
  readonly placeOf: (key: Path) => RulePlace;
}

/** Gives keys their places. */
export function placesWith(whereIs: (path: Path) => string | null): Told['placeOf'] {
  return key => ({ key: formatPath(key), at: whereIs(key) });
}

const list = (names: Iterable<string>): string => [...new Set(names)].join(', ');

function factsIf(names: readonly string[], fact: (text: string) => Fact): Fact[] {
  return names.length === 0 ? [] : [fact(list(names))];
}

/** The range that holds the address; -1 where none does. */
function rangeOf(address: IpAddress, ranges: readonly string[]): number {
  return ranges.findIndex(text => {
    const parsed = parseCidr(text);
    return parsed.ok && addressSet([parsed.cidr]).contains(address);
  });
}

function peerFact({ journey, config, placeOf }: Told): Fact {
  const { peer } = journey.inbound;
  const trusted = isTrusted(peer, journey.policy.trust);
  if (peer.kind === 'unix') return { name: 'peer', value: 'the Unix socket', rule: placeOf(['trust', 'unixPeers']) };
  const { text } = peer.address;
  if (!trusted) return { name: 'peer', value: `${text}, no trusted proxy`, rule: placeOf(['trust', 'others']) };
  const range = rangeOf(peer.address, config.trust.proxies);
  return { name: 'peer', value: `${text}, a trusted proxy`, rule: placeOf(['trust', 'proxies', range]) };
}

function sourceFacts({ inbound }: Journey): Fact[] {
  const { source } = inbound.peer;
  return source === undefined ? [] : [{ name: 'PROXY header', value: source?.text ?? 'names nobody' }];
}

function peerTrust(told: Told): Fact[] {
  const { accepted } = told.journey.passage;
  const peer = [peerFact(told), ...sourceFacts(told.journey)];
  if (accepted === undefined) return peer;
  const client = accepted.client?.text ?? 'unknown';
  return [...peer, { name: 'client', value: client, rule: told.placeOf(['trust', 'clientAddress']) }];
}

function publicKey({ config, journey }: Told, below: string): Path | null {
  if (journey.passage.sanitised?.place.public !== true) return null;
  const covers = (path: string): boolean => path.endsWith('/**') && below.startsWith(path.slice(0, -'**'.length));
  return ['public', config.public.findIndex(path => path === below || covers(path))];
}

function pathFacts(told: Told, { place, upgrade, body }: SanitisedRequest): Fact[] {
  const reader = place.audience === 'hub' ? 'the hub itself reads it' : "users' code reads it";
  const owner = place.owner === '' ? '' : ` of ${place.owner}`;
  const key = publicKey(told, place.below);
  return [
    { name: 'path class', value: `${place.class}${owner}, ${reader}` },
    ...(key === null ? [] : [{ name: 'public', value: 'no proof is asked', rule: told.placeOf(key) }]),
    ...(upgrade === null ? [] : [{ name: 'upgrade', value: upgrade }]),
    ...(body.kind === 'none' ? [] : [{ name: 'body', value: body.kind }]),
  ];
}

/** Why a field does not go on; in the order in which it is asked. */
function whyTaken({ lower, reserved, asserted, reads }: FieldName, named: ReadonlySet<string>): string {
  if (asserted) return 'set aside';
  if (reserved) return 'reserved';
  if (isHopByHop(lower) || named.has(lower)) return 'hop-by-hop';
  return reads === null ? 'not for the hub' : 'read by the gate';
}

function takenFacts(told: Told, { fields }: SanitisedRequest): Fact[] {
  const { accepted, spoofed = [] } = told.journey.passage;
  const kept = new Set(fields.map(([name]) => name.toLowerCase()));
  const named = new Set(connectionOptions(told.journey.inbound.fields) ?? []);
  const taken = (accepted?.head.fields ?? []).filter(({ name }) => !kept.has(name.lower));
  const because = (why: string): string[] =>
    taken.filter(({ name }) => whyTaken(name, named) === why).map(({ line }) => line[0]);
  return [
    ...factsIf(because('set aside'), value => ({ name: 'set aside for provers', value })),
    ...factsIf(because('reserved'), value => ({ name: 'taken out, reserved', value })),
    ...factsIf(because('hop-by-hop'), value => ({ name: 'taken out, hop-by-hop', value })),
    ...factsIf(because('not for the hub'), value => ({
      name: 'taken out, not for the hub',
      value,
      rule: told.placeOf(['hub', 'extraHeaders']),
    })),
    ...factsIf(spoofed, value => ({ name: 'spoofed', value, rule: told.placeOf(['inject', 'onSpoof']) })),
  ];
}

function queryFacts(told: Told, { path, query }: SanitisedRequest): Fact[] {
  const isSame = told.journey.inbound.target === (query === null ? path : `${path}?${query}`);
  return isSame ? [] : [{ name: 'query', value: 'rewritten, so that the login leads nowhere else and names nobody' }];
}

function sanitiseFacts(told: Told): Fact[] {
  const { sanitised } = told.journey.passage;
  if (sanitised === undefined) return [];
  return [...pathFacts(told, sanitised), ...takenFacts(told, sanitised), ...queryFacts(told, sanitised)];
}

/** The place of the issuer's entry in `jwt`; -1 where there is none. `issuer` is '' for tokens without `iss`. */
function entryOf(issuer: string, { jwt }: Config): number {
  return jwt.findIndex(entry => (entry.issuer.kind === 'url' ? entry.issuer.url : '') === issuer);
}

function proverKey({ prover, credential, issuer }: Proof, config: Config): Path {
  if (prover === 'introspection')
    return [prover, config.introspection.findIndex(entry => (entry.issuer ?? entry.url) === issuer)];
  return credential === 'bearer'
    ? ['jwt', entryOf(issuer, config)]
    : ['sso', config.sso.findIndex(({ name }) => name === issuer)];
}

function proofFacts(proof: Proof, { config, now, placeOf }: Told): Fact[] {
  const { credential, issuer, expiresAt, groups } = proof;
  const who = issuer === '' ? 'the issuer of tokens without iss' : issuer;
  return [
    { name: credential, value: who, rule: placeOf(proverKey(proof, config)) },
    { name: 'holds until', value: readableTime(expiresAt, now) },
    ...factsIf(groups, value => ({ name: 'groups', value })),
  ];
}

function foundText(finding: Finding): string {
  if ('reason' in finding) {
    const more = finding.inAudit ?? finding.detail;
    return more === '' ? finding.reason : `${finding.reason}, ${more}`;
  }
  if (finding.what === 'introspection')
    return finding.answer === undefined
      ? "not active, so it is the hub's"
      : `active at introspection[${finding.answer.entry}]`;
  if (finding.what === 'signature' || finding.what === 'dpop-proof') return 'holds';
  if (finding.what === 'file') return finding.text === undefined ? 'there is no such file' : 'read';
  return finding.hubUser === undefined ? 'unknown to the hub' : `of the hub's user ${finding.hubUser}`;
}

function keyFacts({ keys, placeOf }: Told): Fact[] {
  return keys.flatMap(({ error }, entry) =>
    error === undefined ? [] : [{ name: 'keys could not be had', value: error, rule: placeOf(['jwt', entry, 'keys']) }],
  );
}

function lookupFacts(told: Told, what: string): Fact[] {
  return told.journey.lookedUp
    .filter(({ lookup }) => lookup.what === what)
    .map(({ finding }) => ({ name: `looked up: ${what}`, value: foundText(finding) }));
}

/** The claims of the token that came in Authorization, before anybody believes them. */
function claimsShown({ passage }: Journey): JsonObject | undefined {
  const { sanitised } = passage;
  const parsed = sanitised?.authorization === undefined ? null : parseAuthorization(sanitised.authorization);
  return parsed === null ? undefined : readCompactToken(parsed.credentials)?.claims;
}

/** The entry of `jwt` for the token; -1 where there is none. */
export function entryShown(claims: JsonObject | undefined, config: Config): number {
  const iss = claims?.['iss'] ?? '';
  return claims === undefined || typeof iss !== 'string' ? -1 : entryOf(iss, config);
}

/** The entry that the token in Authorization is held against; null where there is none. */
export function tokenEntryOf({ journey, config }: Told): TokenEntry | null {
  for (const { finding } of journey.lookedUp)
    if ('what' in finding && finding.what === 'introspection' && finding.answer !== undefined)
      return { list: 'introspection', index: finding.answer.entry };
  const index = entryShown(claimsShown(journey), config);
  return index === -1 ? null : { list: 'jwt', index };
}

/** Of a token that is refused; what holds is told by its proof. */
function refusedTokenFacts({ journey, config, now, placeOf }: Told): Fact[] {
  const claims = journey.passage.authenticated === undefined ? claimsShown(journey) : undefined;
  if (claims === undefined) return [];
  const entry = entryShown(claims, config);
  const { iss, exp } = claims as { readonly iss?: JsonValue; readonly exp?: JsonValue };
  const issuer = { name: 'token says it is of', value: typeof iss === 'string' ? iss : 'no issuer' };
  return [
    entry === -1 ? issuer : { ...issuer, rule: placeOf(['jwt', entry]) },
    ...(typeof exp === 'number' ? [{ name: 'token says it holds until', value: readableTime(exp * 1000, now) }] : []),
  ];
}

function authenticateFacts(told: Told): Fact[] {
  const { authenticated, sanitised } = told.journey.passage;
  const authorization = sanitised?.authorization;
  const scheme = authorization === undefined ? undefined : parseAuthorization(authorization)?.scheme;
  return [
    ...(authorization === undefined ? [] : [{ name: 'authorization', value: `scheme ${scheme ?? 'unreadable'}` }]),
    ...refusedTokenFacts(told),
    ...lookupFacts(told, 'signature'),
    ...lookupFacts(told, 'dpop-proof'),
    ...lookupFacts(told, 'introspection'),
    ...keyFacts(told),
    ...(authenticated?.proofs ?? []).flatMap(proof => proofFacts(proof, told)),
    ...(authenticated?.hubToken.use === 'alone'
      ? [{ name: 'hub token', value: 'goes up alone', rule: told.placeOf(['hub', 'apiTokens']) }]
      : []),
  ];
}

function mapFacts(told: Told): Fact[] {
  const { authenticated, mapped } = told.journey.passage;
  const proofs = authenticated?.proofs ?? [];
  const identity = mapped?.identity;
  const proved = factsIf(
    proofs.map(({ username }) => username),
    value => ({ name: 'name as proved', value }),
  );
  if (identity === undefined) return proved;
  const changes = proofs.flatMap(({ username }, at) =>
    nameChanges(username, identity.rawNames[at] ?? username, identity.user, told.journey.policy.user),
  );
  return [
    ...proved,
    ...changes.map(({ from, to, key }) => ({ name: 'changed', value: `${from} → ${to}`, rule: told.placeOf(key) })),
    { name: 'user', value: identity.user },
    { name: "hub's name", value: identity.hubUser, rule: told.placeOf(['hub', 'authenticator']) },
  ];
}

/** What lets the user in: a list that names them, or that there is none. */
function allowedFact({ user, groups }: Identity, { config, placeOf }: Told): Fact {
  const { allow } = config.user;
  const name = 'allowed';
  if (allow.users.length + allow.groups.length === 0)
    return { name, value: 'everyone who is proved', rule: placeOf(['user', 'allow']) };
  const at = allow.users.indexOf(user);
  if (at !== -1) return { name, value: 'by name', rule: placeOf(['user', 'allow', 'users', at]) };
  const group = allow.groups.findIndex(each => groups.includes(each));
  return { name, value: 'by group', rule: placeOf(['user', 'allow', 'groups', group]) };
}

function authoriseFacts(told: Told): Fact[] {
  const { mapped, identified, stopped, sanitised } = told.journey.passage;
  const passed = stopped === undefined || stopped.stage === 'inject';
  const origin = sanitised?.upgrade === 'websocket' ? valuesOf(sanitised.fields, 'origin') : [];
  return [
    ...(passed && mapped?.identity !== undefined ? [allowedFact(mapped.identity, told)] : []),
    ...factsIf(origin, value => ({ name: 'origin', value, rule: told.placeOf(['webSocket', 'origins']) })),
    ...lookupFacts(told, 'hub-token-owner'),
    ...(identified?.hubToken.use === 'beside' ? [{ name: 'hub token', value: 'goes up beside the proof' }] : []),
  ];
}

function injectionKey({ header, said }: Injection, { inject }: Config): Path {
  if (said !== undefined) return said.split('.');
  if (inject.mount?.header === header) return ['inject', 'mount'];
  if (inject.data.some(data => data.header === header)) return ['inject', 'data', header];
  return inject.user === null ? ['hub', 'authenticator'] : ['inject', 'user'];
}

function writtenFacts({ journey, config, placeOf }: Told): Fact[] {
  const { outbound } = journey.passage;
  if (outbound === undefined) return [];
  const names = new Set(outbound.fields.map(([name]) => name));
  const written = journey.policy.injections.filter(({ header }) => names.has(header));
  const key: Path = config.inject.user?.paths == null ? ['hub', 'authenticator'] : ['inject', 'user', 'paths'];
  if (written.length === 0)
    return [{ name: 'written', value: 'no identity: nothing reads one here', rule: placeOf(key) }];
  return written.map(injection => ({
    name: 'written',
    value: injection.said ?? injection.header,
    rule: placeOf(injectionKey(injection, config)),
  }));
}

function cookieFacts({ journey }: Told): Fact[] {
  const { outbound, sanitised } = journey.passage;
  if (outbound === undefined || sanitised === undefined) return [];
  const up = cookiePairs(valuesOf(outbound.fields, 'cookie'));
  const texts = new Set(up.map(({ text }) => text));
  const out = sanitised.cookies.filter(({ text }) => !texts.has(text));
  const named = (name: string): string => (name === '' ? '(without a name)' : name);
  return [
    ...factsIf(
      up.map(({ name }) => named(name)),
      value => ({ name: 'cookies that go up', value }),
    ),
    ...factsIf(
      out.map(({ name }) => named(name)),
      value => ({ name: 'cookies taken out', value }),
    ),
  ];
}

function authorizationFacts({ passage }: Journey): Fact[] {
  const { sanitised, outbound } = passage;
  if (outbound === undefined || sanitised?.authorization === undefined) return [];
  const goesUp = valuesOf(outbound.fields, 'authorization').length > 0;
  return goesUp ? [] : [{ name: 'taken out', value: 'Authorization' }];
}

function injectFacts(told: Told): Fact[] {
  return [
    ...lookupFacts(told, 'file'),
    ...writtenFacts(told),
    ...authorizationFacts(told.journey),
    ...cookieFacts(told),
  ];
}

const tellers: Readonly<Record<Stage, (told: Told) => Fact[]>> = {
  'peer trust': peerTrust,
  sanitise: sanitiseFacts,
  authenticate: authenticateFacts,
  'map identity': mapFacts,
  authorise: authoriseFacts,
  inject: injectFacts,
};

/** What one stage found. */
export function factsOf(stage: Stage, told: Told): Fact[] {
  return tellers[stage](told);
}

/** Where a request that is forwarded goes. */
export function hubFact({ config, placeOf }: Told): Fact {
  const { address, tls } = config.hub;
  const scheme = address.kind === 'unix' ? '' : tls === null ? 'http://' : 'https://';
  return { name: 'hub', value: `${scheme}${addressText(address)}`, rule: placeOf(['hub', 'url']) };
}
