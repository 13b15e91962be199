/** The request target and the readings that servers may give its path (RFC 9112 §3.2, RFC 3986 §5.2.4). */
import { decodeFully } from './percent.ts';

/** The parts of an origin-form target byte for byte, or why it is refused; `query` is null without a question mark. */
export type TargetParse =
  | { readonly ok: true; readonly path: string; readonly query: string | null }
  | { readonly ok: false; readonly fault: string };

const notVisibleAscii = /[^\x21-\x7e]/;
const badPercentEncoding = /%(?![0-9A-Fa-f]{2})/;
const absoluteForm = /^[A-Za-z][A-Za-z0-9+\-.]*:\/\//;
/** Resolvers of URLs take what follows for a host: the hub's own proxy routes `//x/user/mallory` to mallory's server. */
const networkPath = /^\/[/\\]/;
const authorityForm = /^[^/?#]*:[0-9]+$/;
const suspectCharacters = ['/', '\\', '.', '\0', '\r', '\n'];

function fault(text: string): TargetParse {
  return { ok: false, fault: text };
}

function formFault(target: string): TargetParse {
  if (target === '') return fault('the request target is empty');
  if (target === '*') return fault('asterisk-form targets are not served');
  if (absoluteForm.test(target)) return fault('absolute-form targets are not served; send the path and a Host field');
  if (authorityForm.test(target)) return fault('authority-form targets are for CONNECT, which is not served');
  return fault('the request target does not begin with a slash');
}

/**
 * Takes origin-form only; refuses fragments (GHSA-pxq7), a host in front of the path (RFC 3986 §4.2), bytes outside visible
 * ASCII and broken encodings in the path.
 */
export function parseTarget(target: string): TargetParse {
  if (!target.startsWith('/')) return formFault(target);
  if (notVisibleAscii.test(target)) return fault('the request target holds a byte outside visible ASCII');
  if (target.includes('#')) return fault('the request target holds a fragment');
  if (networkPath.test(target)) return fault('the request target begins with two slashes');
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  if (badPercentEncoding.test(path))
    return fault('the path holds a percent sign that is not followed by two hex digits');
  return { ok: true, path, query: mark === -1 ? null : target.slice(mark + 1) };
}

/** No encoding, backslash, parameter, empty segment or segment with a dot in front: a path that every server reads alike. */
const plainPath = /^\/(?:[^%\\;/.][^%\\;/]*\/)*(?:[^%\\;/.][^%\\;/]*)?$/;

/** Holds for most paths, and says that the raw path is also its `normalisePath` and has no suspect form. */
export function isPlainPath(path: string): boolean {
  return plainPath.test(path);
}

function withoutParameters(segment: string): string {
  const semicolon = segment.indexOf(';');
  return semicolon === -1 ? segment : segment.slice(0, semicolon);
}

function segmentsOf(decodedPath: string): string[] {
  return decodedPath.replaceAll('\\', '/').split('/').map(withoutParameters);
}

function isDotSegment(segment: string): boolean {
  return segment === '.' || segment === '..';
}

/**
 * The most powerful reading that any server may give a path: decoded until nothing is left to decode, backslashes as
 * slashes, `;parameters` cut, empty and dot segments resolved. Begins with a slash, keeps a trailing one, leaves control
 * characters in place; bytes above 0x7f come out as UTF-8 reads them. Applying it twice changes nothing.
 */
export function normalisePath(path: string): string {
  const segments = segmentsOf(decodeFully(path).text);
  const resolved: string[] = [];
  for (const segment of segments) {
    if (segment === '..') resolved.pop();
    else if (segment !== '' && segment !== '.') resolved.push(segment);
  }
  const last = segments.at(-1) ?? '';
  const trailing = resolved.length > 0 && (last === '' || isDotSegment(last)) ? '/' : '';
  return `/${resolved.join('/')}${trailing}`;
}

/** Whether any reading of a path holds a dot segment; clients resolve them before they send (RFC 3986 §6.2.2.3). */
export function hasDotSegment(path: string): boolean {
  return segmentsOf(decodeFully(path).text).some(isDotSegment);
}

/**
 * Says that servers may disagree about a path: a dot segment (also with `;parameters`), an empty segment, a backslash,
 * or an encoded slash, backslash, dot, NUL, CR or LF at any depth of encoding (CVE-2021-29492, GHSA-6jwx).
 */
export function hasSuspectForm(path: string): boolean {
  const { text, uncovered } = decodeFully(path);
  if (text.includes('\\') || suspectCharacters.some(character => uncovered.has(character))) return true;
  const segments = segmentsOf(text);
  return segments.some(isDotSegment) || segments.slice(1, -1).includes('') || text.includes('/;');
}
