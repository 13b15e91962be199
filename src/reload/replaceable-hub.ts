/** The hub's client under the doors, which a reload can replace while requests are under way. */
import { type HubClient, openHubClient } from '../wire/upstream/hub-client.ts';
import type { Generation } from './generation.ts';

/** A hub client whose place another can take. */
export interface ReplaceableHub extends HubClient {
  /** Goes on with what the generation says of the hub; what is under way ends on the old connections. */
  follow(now: Generation, before: Generation): void;
}

function openHub({ config, tls }: Generation): HubClient {
  const { hubConnectTimeoutMs, hubResponseTimeoutMs } = config.limits;
  return openHubClient({
    address: config.hub.address,
    tls: tls.hub,
    connectTimeoutMs: hubConnectTimeoutMs,
    responseTimeoutMs: hubResponseTimeoutMs,
  });
}

function sameHub(one: Generation, other: Generation): boolean {
  const parts = ({ config, tls }: Generation): unknown => [
    config.hub.address,
    tls.hub,
    config.limits.hubConnectTimeoutMs,
    config.limits.hubResponseTimeoutMs,
  ];
  return JSON.stringify(parts(one)) === JSON.stringify(parts(other));
}

/** Opens the first generation's hub. */
export function openReplaceableHub(first: Generation): ReplaceableHub {
  let current = openHub(first);
  return {
    forward: (request, sink) => current.forward(request, sink),
    inUse: () => current.inUse(),
    ask: (url, options) => current.ask(url, options),
    retire: () => current.retire(),
    close: () => current.close(),
    follow(now, before) {
      if (sameHub(now, before)) return;
      void current.retire();
      current = openHub(now);
    },
  };
}
