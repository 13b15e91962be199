/** What a generation asks of the outside: keys of issuers, owners of hub tokens, files of users. */
import type { FindOut, InForce } from '../doors/judge.ts';
import { openTokenOwners } from '../hub/token-owner.ts';
import type { FetchIo } from '../identity/fetched-keys.ts';
import { readUserFile } from '../identity/user-file.ts';
import type { Log } from '../observe/log.ts';
import type { HubClient } from '../wire/hub-client.ts';
import type { Generations } from './generations.ts';

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

/** The owners of hub tokens are remembered across generations, keys are each generation's own. */
export function inForceWith(generations: Generations, hub: HubClient): () => InForce {
  const ask = hub.ask.bind(hub);
  const ownerOf = openTokenOwners({ ask, baseUrl: () => generations.current.config.hub.baseUrl, now: Date.now });
  return () => {
    const { policy, keys } = generations.current;
    const findOut: FindOut = lookup => {
      if (lookup.what === 'signature') return keys.findSignature(lookup.issuer, lookup.token);
      return lookup.what === 'file' ? readUserFile(lookup.file, lookup.maxBytes) : ownerOf(lookup.token);
    };
    return { policy, findOut };
  };
}
