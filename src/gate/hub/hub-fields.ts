/** The closed list: the only fields that go up to the hub itself, so that one nobody has thought of does not (design 4.2). */

const names = [
  'accept',
  'accept-encoding',
  'accept-language',
  'access-control-request-headers',
  'access-control-request-method',
  'cache-control',
  'content-encoding',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-event-id',
  'origin',
  'pragma',
  'range',
  'referer',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
  'sec-websocket-extensions',
  'sec-websocket-key',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'user-agent',
  'x-csrftoken',
  'x-requested-with',
  'x-xsrftoken',
  'traceparent',
  'tracestate',
];

/** The list with the operator's additions, lower-case. Cookie, Host and Authorization have rules of their own. */
export function compileHubFields(extraHeaders: readonly string[]): ReadonlySet<string> {
  return new Set([...names, ...extraHeaders.map(name => name.toLowerCase())]);
}
