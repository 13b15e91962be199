/** `public`, `webSocket` and `log`: the small groups. */

import { filePath, origin, pathPattern } from '../formats.ts';
import type { LogConfig } from '../sections/log.ts';
import type { WebSocketConfig } from '../sections/session.ts';
import { choice, flag, group, keyOr, list, literalOr, type Shape, shaped } from '../shape.ts';
import { duration } from '../units.ts';

/** Paths that need no proof. */
export const publicShape: Shape<string[]> = list('a list of paths', pathPattern());

const webSocketFields = group({
  pingInterval: keyOr(
    'How long a WebSocket may be at rest before it is pinged; 0s: never',
    duration('0ms', '24d'),
    '30s',
  ),
  closeOnExpiry: keyOr("WebSockets end with the last proof of their user's session", flag(), true),
  grace: keyOr('How much longer they may live', duration('0ms', '24d'), '0s'),
  origins: keyOr("Origins that may open WebSockets, beside publicUrl's own", list('a list of origins', origin()), []),
});

/** Who may open a WebSocket, and how long it lives. */
export const webSocketShape: Shape<WebSocketConfig> = shaped(
  webSocketFields,
  ({ pingInterval, closeOnExpiry, grace, origins }) => ({
    pingIntervalMs: pingInterval,
    closeOnExpiry,
    graceMs: grace,
    origins,
  }),
);

const STDOUT: LogConfig['audit'] = { kind: 'stdout' };
const auditFile: Shape<LogConfig['audit']> = shaped(filePath(), file => ({ kind: 'file', file }));

/** Where the log goes. */
export const logShape: Shape<LogConfig> = group({
  level: keyOr('The least that is logged', choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal']), 'info'),
  format: keyOr('json for machines, pretty for people', choice(['json', 'pretty']), 'json'),
  audit: keyOr("Where audit lines go: stdout, or a file's path", literalOr('stdout', STDOUT, auditFile), 'stdout'),
});
