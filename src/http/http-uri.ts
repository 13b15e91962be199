/** URIs of http and https as they are compared: by syntax and by scheme (RFC 3986 §6.2.2, §6.2.3), without query and fragment. */
import { hostKey } from './host.ts';

/** An http or https URI in its normal form. */
export interface HttpUri {
  readonly scheme: 'http' | 'https';
  /** `host:port` as `hostKey` has it: lower-case, and the port always written. */
  readonly authority: string;
  /** As `normalUriPath` has it. */
  readonly path: string;
}

const defaultPorts = { http: 80, https: 443 } as const;

const visibleAscii = /^[\x21-\x7e]+$/;
const parts = /^(https?):\/\/([^/?#]*)([^?#]*)/i;
const brokenEncoding = /%(?![0-9A-Fa-f]{2})/;
const unreserved = /[A-Za-z0-9\-._~]/;

/** Encodings of unreserved characters undone, all others in upper case (RFC 3986 §6.2.2.1, §6.2.2.2). */
function normalEncoding(path: string): string {
  if (!path.includes('%')) return path;
  return path.replace(/%[0-9A-Fa-f]{2}/g, written => {
    const character = String.fromCharCode(Number.parseInt(written.slice(1), 16));
    return unreserved.test(character) ? character : written.toUpperCase();
  });
}

function withoutDotSegments(path: string): string {
  const segments = path.split('/').slice(1);
  const kept: string[] = [];
  for (const segment of segments) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1);
  if (last === '.' || last === '..') kept.push('');
  return `/${kept.join('/')}`;
}

/** The normal form of a path that is empty or begins with a slash and has no broken encoding; empty segments and a last slash stay. */
export function normalUriPath(path: string): string {
  return withoutDotSegments(normalEncoding(path));
}

/**
 * Reads an absolute URI of http or https; null for anything else, for userinfo, broken encodings in the path and bytes outside
 * visible ASCII. Nothing is mended: no spaces cut, no backslash read as a slash.
 */
export function readHttpUri(text: string): HttpUri | null {
  if (!visibleAscii.test(text)) return null;
  const [, written = '', host = '', path = ''] = parts.exec(text) ?? [];
  const scheme = written.toLowerCase();
  if ((scheme !== 'http' && scheme !== 'https') || brokenEncoding.test(path)) return null;
  const authority = hostKey(host, defaultPorts[scheme]);
  return authority === null ? null : { scheme, authority, path: normalUriPath(path) };
}
