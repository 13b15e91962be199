/** The hub's client under the doors, which a reload can replace while requests are under way. */
import { type HubClient, type HubClientOptions, openHubClient } from '../wire/upstream/hub-client.ts';
import type { Generation } from './generation.ts';

/** A hub client whose place another can take. */
export interface ReplaceableHub extends HubClient {
  /** Goes on with what the generation says of the hub; what is under way ends on the old connections. */
  follow(now: Generation, before: Generation): void;
}

/** One of the hub's ports, by what a generation says of it. */
export type HubPort = (generation: Generation) => HubClientOptions;

function reached({ config }: Generation): Pick<HubClientOptions, 'connectTimeoutMs' | 'responseTimeoutMs'> {
  const { hubConnectTimeoutMs, hubResponseTimeoutMs } = config.limits;
  return { connectTimeoutMs: hubConnectTimeoutMs, responseTimeoutMs: hubResponseTimeoutMs };
}

/** The public one, of the hub's proxy. */
export const publicPort: HubPort = generation => {
  const { config, tls } = generation;
  return { address: config.hub.address, tls: tls.hub, ...reached(generation) };
};

/** The hub's own; where the config does not tell, nobody is let through to it, and the public one stands for it. */
export const internalPort: HubPort = generation => {
  const { internal } = generation.config.hub;
  if (internal === null) return publicPort(generation);
  return { address: internal.address, tls: internal.secure ? generation.tls.hub : null, ...reached(generation) };
};

/** Opens the first generation's hub; that is no connection yet. */
export function openReplaceableHub(first: Generation, port: HubPort): ReplaceableHub {
  let current = openHubClient(port(first));
  return {
    forward: (request, sink) => current.forward(request, sink),
    inUse: () => current.inUse(),
    ask: (url, options) => current.ask(url, options),
    retire: () => current.retire(),
    close: () => current.close(),
    follow(now, before) {
      if (JSON.stringify(port(now)) === JSON.stringify(port(before))) return;
      void current.retire();
      current = openHubClient(port(now));
    },
  };
}
