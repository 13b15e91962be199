/** Texts with a grammar: origins, addresses, CIDRs, paths, names. Each says what it expects and never repeats what it got. */
import { isIP, isIPv4 } from 'node:net';
import { parseCidr } from '../http/address.ts';
import type { Address } from './sections/listen.ts';
import { literalOr, type Shape, shaped, text } from './shape.ts';

/** Longest path of a Unix socket on Linux, without the closing NUL (unix(7)). */
const LONGEST_SOCKET_PATH = 107;
const ORIGIN = 'an origin such as https://hub.example.org, without path, query or user';

function parseUrl(written: string): URL | null {
  return URL.canParse(written) ? new URL(written) : null;
}

function originFault(written: string): string | null {
  if (!/^https?:\/\//i.test(written)) return 'does not begin with https:// or http://';
  if (written.includes('@')) return 'names a user';
  if (/[?#]/.test(written)) return 'has a query or fragment';
  if (!/^https?:\/\/[^\s/\\]+\/?$/i.test(written)) return 'has a path';
  return parseUrl(written) === null ? 'is no URL' : null;
}

/** An http or https origin, as the URL standard writes it. */
export function origin(): Shape<string> {
  return shaped(text(ORIGIN, originFault), written => parseUrl(written)?.origin ?? '');
}

function hostFault(written: string): string | null {
  if (written === '*') return null;
  if (!/^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/.test(written)) return 'is no Host value';
  return parseUrl(`http://${written}`) === null ? 'is no Host value' : null;
}

/** A value of the Host field, in lower case; `*` for any. */
export function hostValue(): Shape<string> {
  return shaped(text('a host such as hub.example.org or hub.example.org:8443, or * for any', hostFault), written =>
    written.toLowerCase(),
  );
}

function userHostsFault(written: string): string | null {
  const [, suffix] = /^\*(\.[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?::[1-9]\d{0,4})?)$/.exec(written) ?? [];
  if (suffix === undefined) return 'is no * with a host behind it';
  const url = URL.parse(`http://x${suffix}`);
  return url === null || url.hostname.endsWith('.') || isIPv4(url.hostname.slice('x.'.length)) ? 'is no host' : null;
}

/** What stands behind the `*` of users' hosts, in lower case; null for the empty text. */
export function userHosts(): Shape<string | null> {
  const expected = '* and a host, such as *.hub.example.org or *.hub.example.org:8443';
  const suffix = shaped(text(expected, userHostsFault), written => written.slice(1).toLowerCase());
  return literalOr('', null, suffix);
}

/** Whether nobody but this machine can reach it. */
export function isLoopback(address: Address): boolean {
  if (address.kind === 'unix') return true;
  const host = address.host.toLowerCase();
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function parsePort(digits: string): number | null {
  const port = /^(0|[1-9]\d{0,4})$/.test(digits) ? Number(digits) : Number.NaN;
  return port <= 65535 ? port : null;
}

function parseHost(written: string): string | null {
  const inner = /^\[(.*)\]$/.exec(written)?.[1];
  if (inner !== undefined) return isIP(inner) === 6 && !inner.includes('%') ? inner : null;
  if (/^[\d.]+$/.test(written)) return isIPv4(written) ? written : null;
  return /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(written) ? written : null;
}

function parseUnix(path: string): Address | string {
  if (!path.startsWith('/')) return 'has no absolute path after unix:';
  if (path.includes('\0')) return 'has a NUL in its path';
  return Buffer.byteLength(path) <= LONGEST_SOCKET_PATH ? { kind: 'unix', path } : 'has too long a path for a socket';
}

function parseTcp(written: string, defaultPort: number | null): Address | string {
  const [, hostText = '', portText] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(written) ?? [];
  const host = parseHost(hostText);
  if (hostText === '' && portText !== undefined) return 'has no host before the port (0.0.0.0 is every IPv4 address)';
  if (host === null) return 'has no valid host';
  const port = portText === undefined ? defaultPort : parsePort(portText);
  return port === null ? 'has no valid port' : { kind: 'tcp', host, port };
}

/** What `parse` makes of a text; a string is what is wrong with it. */
function parsedText<T extends object>(expected: string, parse: (written: string) => T | string): Shape<T> {
  const faultOf = (written: string): string | null => {
    const parsed = parse(written);
    return typeof parsed === 'string' ? parsed : null;
  };
  return shaped(text(expected, faultOf), (written, report) => {
    const parsed = parse(written);
    if (typeof parsed === 'string') report(parsed);
    return parsed as T;
  });
}

/** Where to listen. */
export function listenAddress(): Shape<Address> {
  return parsedText('host:port, [IPv6]:port or unix:/path', written =>
    written.startsWith('unix:') ? parseUnix(written.slice('unix:'.length)) : parseTcp(written, null),
  );
}

/** Where the hub is, and whether it speaks TLS there. */
export interface HubUrl {
  readonly address: Address;
  readonly secure: boolean;
}

function parseHubAddress(written: string): Address | string {
  if (written.startsWith('unix:')) return parseUnix(written.slice('unix:'.length));
  const [, secure, rest] = /^http(s?):\/\/(.*)$/i.exec(written) ?? [];
  if (rest === undefined) return 'is no URL of a hub';
  if (rest.includes('@')) return 'names a user';
  const authority = rest.replace(/\/$/, '');
  return /[/?#]/.test(authority) ? 'has a path (that is hub.baseUrl)' : parseTcp(authority, secure === '' ? 80 : 443);
}

/** The hub's address. */
export function hubUrl(): Shape<HubUrl> {
  return parsedText('http://host:port, https://host:port or unix:/path', written => {
    const address = parseHubAddress(written);
    return typeof address === 'string' ? address : { address, secure: /^https:/i.test(written) };
  });
}

/** A name as certificates have it. */
export function serverName(): Shape<string> {
  return text('a host name such as hub.example.org', written => {
    if (isIP(written) !== 0) return 'is an address';
    return parseHost(written) === null ? 'is no host name' : null;
  });
}

/** A CIDR in strict notation: host bits zero, no leading zeros, no zone. */
export function cidr(): Shape<string> {
  return text('a CIDR such as 10.42.0.7/32 or fd00::/8', written => {
    const parsed = parseCidr(written);
    return parsed.ok ? null : parsed.fault;
  });
}

function pathFault(path: string): string | null {
  if (!path.startsWith('/')) return 'does not begin with /';
  if (!/^[!-~]*$/.test(path) || /[?#\\*]/.test(path)) return 'has a character that no path has';
  if (path.includes('//')) return 'has an empty segment';
  return /\/(\.|%2e){1,2}(\/|$)/i.test(path) ? 'has a dot segment' : null;
}

/** JupyterHub's base_url. */
export function baseUrl(): Shape<string> {
  return text('a path that begins and ends with /', path =>
    path.endsWith('/') ? pathFault(path) : 'does not end with /',
  );
}

/** A path below baseUrl, or everything below one. */
export function pathPattern(): Shape<string> {
  return text('an exact path such as /hub/login, or one that ends with /**', path =>
    pathFault(path.endsWith('/**') ? path.slice(0, -2) : path),
  );
}

/** Exact paths below baseUrl, or the one word for all. */
export function injectPath(): Shape<string> {
  return text('an exact path such as /hub/login, or /** for every path', path =>
    path === '/**' ? null : pathFault(path),
  );
}

/** Where a URL is fetched in plain text; `null`: it is https, or no such URL. */
export function plainHttpHost(url: string): string | null {
  const parsed = parseUrl(url);
  return parsed?.protocol === 'http:' ? parsed.hostname.replace(/^\[|\]$/g, '') : null;
}

/** What keeps a text from being an http(s) URL to fetch; `null`: nothing. */
export function keyUrlFault(written: string): string | null {
  if (!/^https?:\/\/[^\s\\]+$/i.test(written) || written.includes('#')) return 'is no URL to fetch';
  const parsed = parseUrl(written);
  if (parsed === null) return 'is no URL to fetch';
  return parsed.username === '' && parsed.password === '' ? null : 'names a user';
}

/** Whether it is fetched in plain text from another machine. */
export function isPlainOffLoopback(url: string): boolean {
  const host = plainHttpHost(url);
  return host !== null && !isLoopback({ kind: 'tcp', host, port: 0 });
}

/** An https URL; plain http is the asker's to judge. */
export function keyUrl(): Shape<string> {
  return text('an https URL', keyUrlFault);
}

/** A file's path, relative to the config's folder. */
export function filePath(): Shape<string> {
  return text('the path of a file', written => (written.includes('\0') ? 'has a NUL' : null));
}
