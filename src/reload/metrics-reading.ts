/** How the running gate stands, for its metrics. */
import type { Clock } from '../clock.ts';
import type { Doors } from '../doors/doors.ts';
import { endpointStates, type IntrospectionCounts } from '../identity/tokens/introspection.ts';
import type { MetricsReading } from '../observe/metrics.ts';
import type { RequestCounts } from '../observe/request-counts.ts';
import type { HubClient } from '../wire/upstream/hub-client.ts';
import type { Generations } from './generations.ts';

/** Where the figures stand. */
export interface MetricsSources {
  readonly requests: RequestCounts;
  readonly introspection: IntrospectionCounts;
  readonly generations: Pick<Generations, 'current' | 'number' | 'problems'>;
  readonly hub: Pick<HubClient, 'inUse'>;
  /** Undefined before the doors are open. */
  readonly doors: () => Pick<Doors, 'inUse'> | undefined;
  readonly clock: Clock;
}

/** Reads all of them. */
export function readMetrics({
  requests,
  introspection,
  generations,
  hub,
  doors,
  clock,
}: MetricsSources): MetricsReading {
  const { keys, endpoints } = generations.current;
  return {
    requests,
    introspection: {
      ...introspection,
      endpoints: endpointStates(endpoints, introspection).map(({ endpoint, error }) => ({
        endpoint,
        failed: error !== undefined,
      })),
    },
    ...(doors()?.inUse() ?? { connections: 0, webSockets: 0 }),
    hub: hub.inUse(),
    tokens: keys.memory,
    issuers: keys.status().map(({ issuer, keys: count, error }) => {
      const readAt = keys.keysReadAt(issuer);
      const ageSeconds = readAt === undefined ? undefined : (clock.steady() - readAt) / 1000;
      return { issuer, keys: count, ageSeconds, failed: error !== undefined };
    }),
    generation: generations.number,
    lastReloadGood: generations.problems.length === 0,
  };
}
