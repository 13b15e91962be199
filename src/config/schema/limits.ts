/** `limits`: bounds on requests, connections and waiting. */
import type { LimitsConfig } from '../sections/limits.ts';
import { group, keyOr, type Shape, shaped } from '../shape.ts';
import { count, duration, size } from '../units.ts';

const MOST = 1_000_000;

const fields = group({
  headerBytes: keyOr('Longest head of a request, request line included', size('1KiB', '1MiB'), '16KiB'),
  headers: keyOr('Most field lines of a request', count(1, 10_000), 100),
  repeatedFields: keyOr('Most lines of one name', count(1, 10_000), 20),
  targetBytes: keyOr('Longest request target', size('16B', '1MiB'), '8KiB'),
  bodyBytes: keyOr('Longest request body; 0: no limit', size('0', '999999GiB'), 0),
  headerTimeout: keyOr('How long a client may take for its head', duration('1ms', '24d'), '10s'),
  idleTimeout: keyOr('How long a kept connection may rest between requests', duration('1ms', '24d'), '60s'),
  bodyStallTimeout: keyOr("How long a client's body on its way may stand still", duration('1ms', '24d'), '60s'),
  hubConnectTimeout: keyOr('How long connecting to the hub may take', duration('1ms', '24d'), '5s'),
  hubResponseTimeout: keyOr("How long the hub's answer may take to begin", duration('1ms', '24d'), '5m'),
  drainTimeout: keyOr('How long running requests may take to finish after SIGTERM', duration('1ms', '24d'), '30s'),
  connections: keyOr('Most client connections at a time; 0: no limit', count(0, MOST), 10_000),
  connectionsPerAddress: keyOr(
    'Most connections at a time of one peer, by IPv4 address or IPv6 /64; 0: no limit',
    count(0, MOST),
    0,
  ),
  requestsPerUser: keyOr('Most requests of one proved user at a time; 0: no limit', count(0, MOST), 0),
  webSocketsPerUser: keyOr('Most WebSockets of one proved user at a time; 0: no limit', count(0, MOST), 0),
});

/** Bounds. */
export const limitsShape: Shape<LimitsConfig> = shaped(fields, written => ({
  headerBytes: written.headerBytes,
  headers: written.headers,
  repeatedFields: written.repeatedFields,
  targetBytes: written.targetBytes,
  bodyBytes: written.bodyBytes,
  headerTimeoutMs: written.headerTimeout,
  idleTimeoutMs: written.idleTimeout,
  bodyStallTimeoutMs: written.bodyStallTimeout,
  hubConnectTimeoutMs: written.hubConnectTimeout,
  hubResponseTimeoutMs: written.hubResponseTimeout,
  drainTimeoutMs: written.drainTimeout,
  connections: written.connections,
  connectionsPerAddress: written.connectionsPerAddress,
  requestsPerUser: written.requestsPerUser,
  webSocketsPerUser: written.webSocketsPerUser,
}));
