/** Opens what a running gate would have in force, for one look at it: config, policy, keys, and the way to the hub. */
import { machineClock, stoppedClock } from '../../clock.ts';
import type { Config } from '../../config/config.ts';
import type { WhereIs } from '../../config/load.ts';
import type { InForce } from '../../doors/judge.ts';
import { ShownProofs } from '../../identity/holders/shown-proofs.ts';
import type { KeyStatus } from '../../identity/keys/key-sources.ts';
import { noIntrospection } from '../../identity/tokens/introspection.ts';
import { openGeneration } from '../../reload/generation.ts';
import { inForceOf, keyIoWith, nothingYet } from '../../reload/lookups.ts';
import { openReplaceableHub, publicPort } from '../../reload/replaceable-hub.ts';
import type { HubClient } from '../../wire/upstream/hub-client.ts';
import type { ProcessIo } from '../process-io.ts';

/** A gate without doors. */
export interface OpenedGate {
  readonly config: Config;
  readonly inForce: InForce;
  readonly whereIs: WhereIs;
  /** How the issuers' keys stand now, one row an entry of `jwt`. */
  readonly keys: () => readonly KeyStatus[];
  readonly close: () => Promise<void>;
}

/** A look at a request makes nothing at the hub: a word stands where the token would. */
function withoutMinting(inForce: InForce): InForce {
  const { findOut } = inForce;
  return {
    ...inForce,
    findOut: async lookup =>
      lookup.what === 'minted-token' ? { what: 'minted-token', token: 'a-token-of-the-hub' } : findOut(lookup),
  };
}

/** Keys behind a URL are asked for; null where the config is bad, of which every problem is said. */
export async function openGate(configPath: string, io: ProcessIo): Promise<OpenedGate | null> {
  const hubOpened = Promise.withResolvers<HubClient>();
  const keyIo = keyIoWith(hubOpened.promise, () => undefined, machineClock);
  const opened = await openGeneration({ configPath, env: io.env, keyIo });
  if (!opened.ok) {
    for (const problem of opened.problems) io.stderr.write(`${problem}\n`);
    return null;
  }
  const { generation, whereIs } = opened;
  const hub = openReplaceableHub(generation, publicPort);
  const onFault = (entry: string, fault: string): void => void io.stderr.write(`${entry}: ${fault}\n`);
  hubOpened.resolve(hub);
  return {
    config: generation.config,
    // The decision asks about a proof's time itself, by the clock that it is given; nothing is remembered here.
    inForce: withoutMinting(
      inForceOf(
        generation,
        { hub, internalHub: hub },
        { counts: noIntrospection(), onFault },
        { ...nothingYet(machineClock), shown: new ShownProofs(stoppedClock(0)) },
      ),
    ),
    whereIs,
    keys: () => generation.keys.status(),
    close: async () => {
      generation.keys.close();
      await hub.close();
    },
  };
}
