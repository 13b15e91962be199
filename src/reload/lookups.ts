/** What a generation asks of the outside: keys of issuers, proofs of possession, owners of hub tokens, files and providers of users. */
import type { Clock } from '../clock.ts';
import type { InForce, Sessions } from '../doors/judge.ts';
import type { DeliveryLookup, Finding } from '../gate/lookups.ts';
import { refuse } from '../gate/reasons.ts';
import { Deliveries } from '../hub/deliveries.ts';
import { MintedTokens } from '../hub/minted-tokens.ts';
import { OutstandingTokens } from '../hub/outstanding-tokens.ts';
import { HubApi } from '../hub/rest-api.ts';
import { openTokenOwners } from '../hub/token-owner.ts';
import { askHubVersion, type HubVersion } from '../hub/version.ts';
import { ShownProofs } from '../identity/holders/shown-proofs.ts';
import type { FetchIo } from '../identity/keys/key-questions.ts';
import { SealedGuests } from '../identity/sessions/sealed-guests.ts';
import { SealedSessions } from '../identity/sessions/sealed-sessions.ts';
import { MemoryStore, type SharedStore } from '../identity/sessions/shared-store.ts';
import { readUserFile } from '../identity/sources/user-file.ts';
import { UserProviders } from '../identity/sources/user-provider.ts';
import { Introspection, type IntrospectionCounts } from '../identity/tokens/introspection.ts';
import type { Log } from '../observe/log.ts';
import type { HubClient } from '../wire/upstream/hub-client.ts';
import type { Generation } from './generation.ts';
import type { Generations } from './generations.ts';

/** What becomes of questions about opaque tokens and to providers, over all generations. */
export interface IntrospectionTold {
  readonly counts: IntrospectionCounts;
  readonly onFault: (entry: string, fault: string) => void;
  /** Told by the header that a provider is for; absent: nobody listens. */
  readonly onProviderFault?: (header: string, fault: string) => void;
}

/** What is in force until another generation takes its place. */
export interface ReplaceableInForce extends InForce {
  /** Lets go of what providers said. */
  readonly forget: () => void;
}

/** The same for all generations: keys asked for through the hub client once there is one. */
export function keyIoWith(hub: Promise<HubClient>, log: () => Log | undefined, clock: Clock): FetchIo {
  return {
    ask: async (url, bounds) => (await hub).ask(url, bounds),
    clock,
    onEvent: event => {
      if (event.kind === 'keys-fetched') log()?.info('keys fetched', { issuer: event.issuer, keys: event.keys });
      else log()?.warn('keys not fetched', { issuer: event.issuer, error: event.error });
    },
  };
}

/** The ways to the hub: its proxy's public one, and its own port. */
export interface HubPorts {
  readonly hub: HubClient;
  readonly internalHub: HubClient;
}

/** Null where the config has no token of a service: then no policy asks. */
function mintedTokensOf(
  { config, hubToken }: Generation,
  { ask }: HubClient,
  { clock, outstanding }: Lasting,
): MintedTokens | null {
  if (hubToken === undefined) return null;
  const api = new HubApi({ ask, baseUrl: config.hub.baseUrl, token: hubToken });
  const version = (): Promise<HubVersion | null> => askHubVersion(ask, config.hub.baseUrl);
  return new MintedTokens({ api, version, rules: config.exchange, outstanding, clock });
}

const notMinted = refuse('internal-error', 'there is no token of a service to mint tokens with');

/** What outlives the generations: what was shown or ended stays so. */
export interface Lasting {
  readonly clock: Clock;
  readonly shown: ShownProofs;
  readonly store: SharedStore;
  readonly deliveries: Deliveries;
  readonly outstanding: OutstandingTokens;
}

/** Nothing has happened yet. */
export function nothingYet(clock: Clock): Lasting {
  return {
    clock,
    shown: new ShownProofs(clock),
    store: new MemoryStore(clock),
    deliveries: new Deliveries(clock),
    outstanding: new OutstandingTokens(clock),
  };
}

function sessionsOf({ policy, sessionKeys }: Generation, { store }: Lasting): Sessions | undefined {
  const { session } = policy;
  if (session === undefined) return undefined;
  const sealed = new SealedSessions(sessionKeys, session.cookieName, ({ id }) => store.hasEnded(id));
  return { sealed, guests: new SealedGuests(sessionKeys, session.cookieName), store };
}

const noSession: Finding = { what: 'session', session: undefined };

/** One generation's policy, and who looks things up for it. */
export function inForceOf(
  generation: Generation,
  { hub, internalHub }: HubPorts,
  told: IntrospectionTold,
  lasting: Lasting,
): ReplaceableInForce {
  const { config, policy, keys, endpoints, providers } = generation;
  const { clock, shown, deliveries, outstanding } = lasting;
  const io = { post: hub.ask.bind(hub), clock, onFault: told.onFault };
  const introspection = new Introspection(endpoints, io, told.counts);
  const users = new UserProviders(providers, {
    get: hub.ask.bind(hub),
    now: clock.wall,
    onFault: told.onProviderFault ?? (() => undefined),
  });
  const due = ({ hubUser }: DeliveryLookup): Finding => ({ what: 'delivery', isDue: deliveries.isDue(hubUser) });
  const minted = mintedTokensOf(generation, internalHub, lasting);
  const ownerOf = openTokenOwners({ ask: hub.ask.bind(hub), baseUrl: config.hub.baseUrl, clock });
  const sessions = sessionsOf(generation, lasting);
  return {
    policy,
    findOut: async lookup => {
      if (lookup.what === 'session') return sessions?.sealed.find(lookup.sealed) ?? noSession;
      if (lookup.what === 'signature') return keys.findSignature(lookup.issuer, lookup.token);
      if (lookup.what === 'dpop-proof') return shown.find(lookup);
      if (lookup.what === 'introspection') return introspection.find(lookup.token, lookup.maxAgeMs);
      if (lookup.what === 'minted-token') return minted?.find(lookup) ?? Promise.resolve(notMinted);
      if (lookup.what === 'provider') return users.find(lookup.header, lookup.user);
      if (lookup.what === 'delivery') return due(lookup);
      return lookup.what === 'file' ? readUserFile(lookup.file, lookup.maxBytes) : ownerOf(lookup.token);
    },
    known: lookup => {
      if (lookup.what === 'session') return sessions?.sealed.known(lookup.sealed);
      if (lookup.what === 'signature') return keys.knownSignature(lookup.issuer, lookup.token);
      if (lookup.what === 'dpop-proof') return shown.known(lookup);
      if (lookup.what === 'minted-token') return minted?.known(lookup);
      if (lookup.what === 'delivery') return due(lookup);
      return lookup.what === 'introspection' ? introspection.known(lookup.token) : undefined;
    },
    forget: () => users.close(),
    spent: token => void outstanding.takeBack(token),
    deliveries,
    ...(sessions === undefined ? {} : { sessions }),
    revokeTokens: hubUser => minted?.revoke(hubUser) ?? outstanding.takeBackAll(hubUser),
  };
}

/** What is remembered of tokens and their owners ends with the generation: the next one may ask another hub. Tokens are taken back where they were minted. */
export function inForceWith(
  generations: Generations,
  ports: HubPorts,
  told: IntrospectionTold,
  clock: Clock,
): () => InForce {
  const lasting = nothingYet(clock);
  let generation: Generation | undefined;
  let inForce: ReplaceableInForce | undefined;
  return () => {
    const { current } = generations;
    if (inForce === undefined || current !== generation) {
      inForce?.forget();
      inForce = inForceOf(current, ports, told, lasting);
    }
    generation = current;
    return inForce;
  };
}
