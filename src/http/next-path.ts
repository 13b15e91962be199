/** Which `next` a login may lead to: a path of our own origin under every reading (CVE-2026-33709, CVE-2022-23527). */
import { decodeFully } from './percent.ts';

const notPrintable = /[\x00-\x1f\x7f-\x9f\u2028\u2029\\]/;
const notVisibleAscii = /[^\x21-\x7e]/g;
const segmentParameters = /;[^/\\]*/g;
const notVisibleAsciiRun = /[^\x21-\x7e]+/g;

function pathOf(value: string, publicOrigin: string): string {
  if (!value.startsWith(publicOrigin)) return value;
  return value.slice(publicOrigin.length) || '/';
}

/** Holds for a browser's reading: WHATWG resolution stays here, and what it makes of the path is not `//host` again. */
function staysHere(value: string, publicOrigin: string): boolean {
  if (!value.startsWith('/') || value.startsWith('//')) return false;
  const resolved = URL.parse(value, publicOrigin);
  return resolved !== null && resolved.origin === publicOrigin && !resolved.pathname.startsWith('//');
}

/** The path once more decoded, rid of what browsers skip and of `;parameters`, as the next redirect in a chain may send it. */
function laxReading(value: string): string {
  const [path = ''] = value.split(/[?#]/, 1);
  return decodeFully(path).text.replace(notVisibleAscii, '').replace(segmentParameters, '').replaceAll('\\', '/');
}

/**
 * The path to go to, in visible ASCII (anything else in it percent-encoded), or null when some browser or server could be
 * led elsewhere. `value` is the decoded parameter: a path, or an absolute URL of exactly `publicOrigin`
 * (`https://hub.example`, without a slash), which is cut to its path.
 */
export function safeNextPath(value: string, publicOrigin: string): string | null {
  const path = pathOf(value, publicOrigin);
  if (notPrintable.test(path) || path.trim() !== path) return null;
  if (!staysHere(path, publicOrigin) || !staysHere(laxReading(path), publicOrigin)) return null;
  return path.toWellFormed().replace(notVisibleAsciiRun, encodeURIComponent);
}
