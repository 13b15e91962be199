/** What the hub's own proxy may change in a request on its way to Tornado, and nothing else. */
import { differenceOf, type RequestRead } from './reading.ts';
import type { Line } from './strict-messages.ts';

/** Of these, Node's parser keeps the first line (`IncomingMessage.headers`). */
const single: ReadonlySet<string> = new Set([
  ...['age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host', 'if-modified-since'],
  ...['if-unmodified-since', 'last-modified', 'location', 'max-forwards', 'proxy-authorization', 'referer'],
  ...['retry-after', 'server', 'user-agent'],
]);

/** A plain object has no such member, so it does not reach Tornado. */
const lostName = '__proto__';

/** The proxy adds its own word to these. */
const appended = /^x-forwarded-(?:for|port|proto)$/;

/** One line for each name, as Node joins them. */
function joined(lines: readonly Line[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of lines) {
    const lower = name.toLowerCase();
    if (lower === lostName) continue;
    const before = values.get(lower);
    if (before === undefined) values.set(lower, value);
    else if (!single.has(lower)) values.set(lower, before + (lower === 'cookie' ? '; ' : ', ') + value);
  }
  return values;
}

function withoutOwnWord([name, value]: Line): Line {
  return [name, appended.test(name) ? value.replace(/,[^,]*$/, '') : value];
}

/** Empty values that are joined end with a space, which Tornado takes off. */
function trimmed([name, value]: Line): Line {
  return [name, value.replace(/ +$/, '')];
}

/** http-proxy-3 writes the target as a URL has it, without a question mark that nothing follows. */
function sentTarget(target: string): string {
  const { pathname, search } = new URL(target, 'http://base.invalid');
  return pathname + search;
}

/** Names what differs behind the proxy from what was forwarded; null where nothing does. */
export function proxiedDifference(wanted: RequestRead, found: RequestRead | undefined): string | null {
  if (found === undefined) return 'no request';
  return differenceOf(
    { ...wanted, target: sentTarget(wanted.target), lines: [...joined(wanted.lines)].map(trimmed) },
    { ...found, lines: [...joined(found.lines)].map(withoutOwnWord).map(trimmed) },
  );
}
