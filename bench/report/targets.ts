/** What the gate is meant to reach, and how far it came. */
import type { Results } from '../results.ts';
import { figureOf, loadNamed, ratioBetween } from './lookup.ts';

/** One line of the list. */
export type Target = {
  readonly what: string;
  /** The bound, with the way in which it is meant. */
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly unit: string;
  /** The load that it is measured by. */
  readonly load: string;
  /** Null where it was not measured. */
  readonly measured: (results: Results) => number | null;
};

const versus = (load: string, peer: string, figure: string, what: string): Omit<Target, 'atMost' | 'atLeast'> => ({
  what,
  unit: '×',
  load,
  measured: results => ratioBetween(loadNamed(results, load), 'hubgate', peer, figure),
});

const own = (load: string, figure: string, unit: string, what: string): Omit<Target, 'atMost' | 'atLeast'> => ({
  what,
  unit,
  load,
  measured: results => figureOf(loadNamed(results, load), 'hubgate', figure),
});

const grown = (variant: string, what: string): Target => ({
  what: `CPU per request with ${what}, against the plain gate`,
  unit: '×',
  load: 'growth',
  atMost: 1.15,
  measured: results => ratioBetween(loadNamed(results, 'growth'), variant, 'plain', 'cpuMicros'),
});

/** In the order of the page. */
export const targets: readonly Target[] = [
  { ...versus('repeated', 'nginx', 'cpuMicros', 'CPU per request against nginx without auth, one token'), atMost: 1.3 },
  { ...versus('varying', 'nginx', 'cpuMicros', 'the same, 2 000 tokens in turn'), atMost: 1.4 },
  { ...versus('repeated', 'haproxy-jwt', 'cpuMicros', 'CPU per request against HAProxy jwt_verify'), atMost: 0.5 },
  { ...versus('repeated', 'haproxy-jwt', 'perSecond', 'requests/s against HAProxy jwt_verify'), atLeast: 2 },
  {
    ...versus('repeated', 'envoy-jwt-cache', 'perSecond', 'requests/s against Envoy jwt_authn with its cache'),
    atLeast: 2,
  },
  { ...versus('repeated', 'chp', 'perSecond', 'requests/s against configurable-http-proxy'), atLeast: 5 },
  { ...versus('repeated', 'oauth2-proxy', 'perSecond', 'requests/s against oauth2-proxy'), atLeast: 10 },
  {
    ...versus('varying', 'haproxy-jwt', 'p99Micros', 'p99 with 64 connections and 2 000 tokens, against HAProxy'),
    atMost: 1,
  },
  {
    what: 'added median latency, 1 connection, against nginx',
    unit: 'µs',
    load: 'latency',
    atMost: 20,
    measured: added,
  },
  { ...versus('cold-rs256', 'haproxy-jwt', 'cpuMicros', 'every RS256 token new, CPU against HAProxy'), atMost: 2.5 },
  { ...versus('cold-es256', 'haproxy-jwt', 'cpuMicros', 'every ES256 token new, CPU against HAProxy'), atMost: 2.5 },
  { ...versus('bulk-down', 'haproxy-jwt', 'cpuSecondsPerGiB', 'downloads, CPU per GiB against HAProxy'), atMost: 1 },
  { ...versus('bulk-up', 'haproxy-jwt', 'cpuSecondsPerGiB', 'uploads, CPU per GiB against HAProxy'), atMost: 1 },
  { ...own('bulk-down', 'growthMiB', 'MiB', 'memory growth with downloads'), atMost: 16 },
  { ...own('bulk-up', 'growthMiB', 'MiB', 'memory growth with uploads'), atMost: 16 },
  { ...own('websocket-idle', 'kibPerSocket', 'KiB', 'memory by WebSocket at rest'), atMost: 8 },
  { ...versus('refusals-missing', 'haproxy-jwt', 'perSecond', 'refusals/s against HAProxy, no token'), atLeast: 1 },
  { ...versus('refusals-signature', 'haproxy-jwt', 'perSecond', 'the same, bad signature'), atLeast: 1 },
  { ...versus('refusals-ambiguous', 'haproxy-jwt', 'perSecond', 'the same, ambiguous head'), atLeast: 1 },
  { ...own('startup', 'firstAnswerMs', 'ms', 'start to first answer'), atMost: 150 },
  { ...own('memory', 'idleMB', 'MB', 'memory at rest'), atMost: 60 },
  { ...own('memory', 'loadMB', 'MB', 'memory under load'), atMost: 100 },
  grown('users', '1 000 users'),
  grown('connections', '10 000 connections at rest'),
  grown('issuers', '100 issuers'),
  grown('header-rules', '100 header rules'),
];

/** Whether a measured number is within the target. */
export function isReached({ atMost, atLeast }: Target, value: number): boolean {
  return (atMost === undefined || value <= atMost) && (atLeast === undefined || value >= atLeast);
}

function added(results: Results): number | null {
  const load = loadNamed(results, 'latency');
  const [gate, nginx] = ['hubgate', 'nginx'].map(name => figureOf(load, name, 'p50Micros'));
  return gate === null || gate === undefined || nginx === null || nginx === undefined ? null : gate - nginx;
}
