/** What a generation asks of the outside: keys of issuers, proofs of possession, owners of hub tokens, files of users. */
import type { InForce } from '../doors/judge.ts';
import { refuse } from '../gate/reasons.ts';
import { MintedTokens } from '../hub/minted-tokens.ts';
import { HubApi } from '../hub/rest-api.ts';
import { openTokenOwners } from '../hub/token-owner.ts';
import { Introspection, type IntrospectionCounts } from '../identity/introspection.ts';
import type { FetchIo } from '../identity/key-questions.ts';
import { ShownProofs } from '../identity/shown-proofs.ts';
import { readUserFile } from '../identity/user-file.ts';
import type { Log } from '../observe/log.ts';
import type { HubClient } from '../wire/upstream/hub-client.ts';
import type { Generation } from './generation.ts';
import type { Generations } from './generations.ts';

/** What becomes of questions about opaque tokens, over all generations. */
export interface IntrospectionTold {
  readonly counts: IntrospectionCounts;
  readonly onFault: (entry: string, fault: string) => void;
}

/** The same for all generations: the clock, and keys asked for through the hub client once there is one. */
export function keyIoWith(hub: Promise<HubClient>, log: () => Log | undefined): FetchIo {
  return {
    ask: async (url, bounds) => (await hub).ask(url, bounds),
    now: Date.now,
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
function mintedTokensOf({ config, hubToken }: Generation, { ask }: HubClient): MintedTokens | null {
  if (hubToken === undefined) return null;
  const api = new HubApi({ ask, baseUrl: config.hub.baseUrl, token: hubToken });
  return new MintedTokens({ api, rules: config.exchange, now: Date.now });
}

const notMinted = refuse('internal-error', 'there is no token of a service to mint tokens with');

/** One generation's policy, and who looks things up for it; `shown` outlives the generation. */
export function inForceOf(
  generation: Generation,
  { hub, internalHub }: HubPorts,
  told: IntrospectionTold,
  shown: ShownProofs,
): InForce {
  const { config, policy, keys, endpoints } = generation;
  const io = { post: hub.ask.bind(hub), now: Date.now, onFault: told.onFault };
  const introspection = new Introspection(endpoints, io, told.counts);
  const minted = mintedTokensOf(generation, internalHub);
  const ownerOf = openTokenOwners({ ask: hub.ask.bind(hub), baseUrl: config.hub.baseUrl, now: Date.now });
  return {
    policy,
    findOut: lookup => {
      if (lookup.what === 'signature') return keys.findSignature(lookup.issuer, lookup.token);
      if (lookup.what === 'dpop-proof') return shown.find(lookup);
      if (lookup.what === 'introspection') return introspection.find(lookup.token);
      if (lookup.what === 'minted-token') return minted?.find(lookup) ?? Promise.resolve(notMinted);
      return lookup.what === 'file' ? readUserFile(lookup.file, lookup.maxBytes) : ownerOf(lookup.token);
    },
    known: lookup => {
      if (lookup.what === 'signature') return keys.knownSignature(lookup.issuer, lookup.token);
      if (lookup.what === 'dpop-proof') return shown.known(lookup);
      if (lookup.what === 'minted-token') return minted?.known(lookup);
      return lookup.what === 'introspection' ? introspection.known(lookup.token) : undefined;
    },
  };
}

/**
 * What is remembered of tokens and their owners ends with the generation: the next one may ask another hub. Proofs that were
 * shown stay shown.
 */
export function inForceWith(generations: Generations, ports: HubPorts, told: IntrospectionTold): () => InForce {
  const shown = new ShownProofs(Date.now);
  let generation: Generation | undefined;
  let inForce: InForce | undefined;
  return () => {
    const { current } = generations;
    if (inForce === undefined || current !== generation) inForce = inForceOf(current, ports, told, shown);
    generation = current;
    return inForce;
  };
}
