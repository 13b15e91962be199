/**
 * The metrics page in Prometheus' text format: what is counted elsewhere is read when somebody asks. The only file that knows
 * prom-client, whose timers and default metrics stay off.
 */
import { Counter, Gauge, Registry } from 'prom-client';
import type { ReasonId } from '../gate/reasons.ts';
import type { RequestCounts } from './request-counts.ts';

/** What one half of a memory takes up. */
interface Size {
  readonly entries: number;
  readonly characters: number;
}

/** How the gate stands when somebody asks. What is a total only grows as long as the process lives. */
export interface MetricsReading {
  readonly requests: Pick<RequestCounts, 'forwarded' | 'answered' | 'gone' | 'refused' | 'failed'>;
  readonly connections: number;
  readonly webSockets: number;
  readonly hub: { readonly open: number; readonly idle: number };
  readonly tokens: {
    readonly counts: { readonly hits: number; readonly refusedHits: number; readonly misses: number };
    readonly held: Size;
    readonly others: Size;
  };
  /** `ageSeconds` is undefined where there never were keys. */
  readonly issuers: readonly {
    readonly issuer: string;
    readonly keys: number;
    readonly ageSeconds: number | undefined;
    readonly failed: boolean;
  }[];
  readonly introspection: {
    readonly asked: number;
    readonly failed: number;
    readonly cached: number;
    readonly crowded: number;
    readonly endpoints: readonly { readonly endpoint: string; readonly failed: boolean }[];
  };
  readonly generation: number;
  readonly lastReloadGood: boolean;
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [value: number, labels?: Labels];

/** One metric: what it is called, and what it says of a reading. */
interface Row {
  readonly kind: 'counter' | 'gauge';
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  readonly samples: (reading: MetricsReading) => readonly Sample[];
}

function byReason(outcome: string, counts: ReadonlyMap<ReasonId, number>): Sample[] {
  return Array.from(counts, ([reason, count]): Sample => [count, { outcome, reason }]);
}

function ofMemory({ tokens }: MetricsReading, part: keyof Size): Sample[] {
  return [
    [tokens.held[part], { kind: 'held' }],
    [tokens.others[part], { kind: 'other' }],
  ];
}

const rows: readonly Row[] = [
  {
    kind: 'counter',
    name: 'hubgate_requests_total',
    help: 'Requests that are over; reason is empty where none was given',
    labels: ['outcome', 'reason'],
    samples: ({ requests }) => [
      [requests.forwarded, { outcome: 'forwarded', reason: '' }],
      [requests.answered, { outcome: 'answered', reason: '' }],
      [requests.gone, { outcome: 'gone', reason: '' }],
      ...byReason('refused', requests.refused),
      ...byReason('failed', requests.failed),
    ],
  },
  {
    kind: 'gauge',
    name: 'hubgate_connections',
    help: 'Open connections of clients',
    samples: ({ connections }) => [[connections]],
  },
  {
    kind: 'gauge',
    name: 'hubgate_websockets',
    help: 'Open WebSockets',
    samples: ({ webSockets }) => [[webSockets]],
  },
  {
    kind: 'gauge',
    name: 'hubgate_hub_connections',
    help: 'Open connections to the hub, WebSockets not counted',
    labels: ['state'],
    samples: ({ hub }) => [
      [hub.open - hub.idle, { state: 'in-use' }],
      [hub.idle, { state: 'idle' }],
    ],
  },
  {
    kind: 'counter',
    name: 'hubgate_token_memory_lookups_total',
    help: 'Signed tokens that came: known to hold (hit), known not to hold (refused-hit), to be verified (miss)',
    labels: ['result'],
    samples: ({ tokens: { counts } }) => [
      [counts.hits, { result: 'hit' }],
      [counts.refusedHits, { result: 'refused-hit' }],
      [counts.misses, { result: 'miss' }],
    ],
  },
  {
    kind: 'gauge',
    name: 'hubgate_token_memory_entries',
    help: 'Signed tokens that are remembered',
    labels: ['kind'],
    samples: reading => ofMemory(reading, 'entries'),
  },
  {
    kind: 'gauge',
    name: 'hubgate_token_memory_bytes',
    help: 'Bytes of the signed tokens that are remembered',
    labels: ['kind'],
    samples: reading => ofMemory(reading, 'characters'),
  },
  {
    kind: 'gauge',
    name: 'hubgate_issuer_keys',
    help: 'Keys with which tokens of an issuer can be verified',
    labels: ['issuer'],
    samples: ({ issuers }) => issuers.map(({ issuer, keys }) => [keys, { issuer }]),
  },
  {
    kind: 'gauge',
    name: 'hubgate_issuer_keys_age_seconds',
    help: "Time since an issuer's keys were read or fetched",
    labels: ['issuer'],
    samples: ({ issuers }) =>
      issuers.flatMap(({ issuer, ageSeconds }): Sample[] =>
        ageSeconds === undefined ? [] : [[ageSeconds, { issuer }]],
      ),
  },
  {
    kind: 'gauge',
    name: 'hubgate_issuer_keys_error',
    help: "1 where the last reading or fetch of an issuer's keys failed",
    labels: ['issuer'],
    samples: ({ issuers }) => issuers.map(({ issuer, failed }) => [Number(failed), { issuer }]),
  },
  {
    kind: 'counter',
    name: 'hubgate_introspection_asked_total',
    help: 'Opaque tokens that endpoints were asked about',
    samples: ({ introspection }) => [[introspection.asked]],
  },
  {
    kind: 'counter',
    name: 'hubgate_introspection_failed_total',
    help: 'Of these, tokens about which there was no answer that counts',
    samples: ({ introspection }) => [[introspection.failed]],
  },
  {
    kind: 'counter',
    name: 'hubgate_introspection_cached_total',
    help: 'Requests with an opaque token for which a remembered answer was enough',
    samples: ({ introspection }) => [[introspection.cached]],
  },
  {
    kind: 'counter',
    name: 'hubgate_introspection_crowded_total',
    help: 'Requests that were refused because too many tokens were being asked about',
    samples: ({ introspection }) => [[introspection.crowded]],
  },
  {
    kind: 'gauge',
    name: 'hubgate_introspection_error',
    help: '1 where the last question to an endpoint had no answer that counts',
    labels: ['endpoint'],
    samples: ({ introspection }) =>
      introspection.endpoints.map(({ endpoint, failed }) => [Number(failed), { endpoint }]),
  },
  {
    kind: 'gauge',
    name: 'hubgate_config_generation',
    help: 'Counts the reloads that took effect, from 1',
    samples: ({ generation }) => [[generation]],
  },
  {
    kind: 'gauge',
    name: 'hubgate_config_last_reload_good',
    help: '1 where the last reload took effect, 0 where the config before stays in force',
    samples: ({ lastReloadGood }) => [[Number(lastReloadGood)]],
  },
];

/** A page, and what kind of text it is. */
export interface MetricsPage {
  readonly contentType: string;
  readonly text: string;
}

/** Gives the function that writes the page; `read` is called once for each. */
export function openMetrics(read: () => MetricsReading): () => Promise<MetricsPage> {
  const registry = new Registry();
  let reading: MetricsReading | undefined;
  for (const { kind, name, help, labels, samples } of rows) {
    const Metric = kind === 'counter' ? Counter : Gauge;
    new Metric({
      name,
      help,
      labelNames: labels ?? [],
      registers: [registry],
      collect() {
        this.reset();
        const read = reading === undefined ? [] : samples(reading);
        for (const [value, given = {}] of read) this.inc(given, value);
      },
    });
  }
  return async () => {
    reading = read();
    return { contentType: registry.contentType, text: await registry.metrics() };
  };
}
