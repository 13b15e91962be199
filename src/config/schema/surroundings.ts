/** `public`, `webSocket` and `log`: the small groups. */
import type { LogConfig, WebSocketConfig } from '../config.ts';
import { filePath, origin, pathPattern } from '../formats.ts';
import { choice, group, keyOr, later, list, literalOr, type Shape, shaped } from '../shape.ts';

/** Paths that need no proof. */
export const publicShape: Shape<string[]> = list('a list of paths', pathPattern());

const webSocketFields = group({
  pingInterval: later('How often idle WebSockets are pinged', '30s'),
  closeOnExpiry: later('WebSockets end with their proof', true),
  grace: later('How much longer they may live', '0s'),
  origins: keyOr("Origins that may open WebSockets, beside publicUrl's own", list('a list of origins', origin()), []),
});

/** Who may open a WebSocket. */
export const webSocketShape: Shape<WebSocketConfig> = shaped(webSocketFields, ({ origins }) => ({ origins }));

const STDOUT: LogConfig['audit'] = { kind: 'stdout' };
const auditFile: Shape<LogConfig['audit']> = shaped(filePath(), file => ({ kind: 'file', file }));

/** Where the log goes. */
export const logShape: Shape<LogConfig> = group({
  level: keyOr('The least that is logged', choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal']), 'info'),
  format: keyOr('json for machines, pretty for people', choice(['json', 'pretty']), 'json'),
  audit: keyOr("Where audit lines go: stdout, or a file's path", literalOr('stdout', STDOUT, auditFile), 'stdout'),
});
