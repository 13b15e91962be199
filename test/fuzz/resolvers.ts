/** How servers resolve a path, each in its own way. */
import { bytesOnce, decodedOnce } from './percent.ts';

/** The path as one server resolves it; null where it refuses. */
type Resolver = (path: string) => string | null;

function dotsResolved(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/').slice(1)) {
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}`;
}

const url: Resolver = path => URL.parse(path, 'http://hub.example')?.pathname ?? null;
/** Decodes once, merges slashes, then resolves. */
const nginx: Resolver = path => {
  const once = decodedOnce(path);
  return once === null ? null : dotsResolved(once.replace(/\/{2,}/g, '/'));
};
/** Cuts parameters off each segment before it decodes. */
const tomcat: Resolver = path => nginx(path.replace(/;[^/]*/g, ''));
const twice: Resolver = path => {
  const once = decodedOnce(path);
  return once === null ? null : nginx(once);
};
const windows: Resolver = path => nginx(path.replace(/\\|%5c/gi, '/'));
const bytewise: Resolver = path => Buffer.from(bytesOnce(path), 'latin1').toString('utf8');

/** A URL leaves some characters out, and ends its path at others; nobody's name holds one of them. */
const urlOfDecoded: Resolver = path => {
  const once = decodedOnce(path);
  return once === null || /[^!$&-;=@-[\]_a-z~]/.test(once) ? null : url(once);
};

/** Servers as they have ever been. */
export const resolvers: ReadonlyMap<string, Resolver> = new Map([
  ['as it stands', path => path],
  ['WHATWG URL', url],
  ['decoded, then as a URL', urlOfDecoded],
  ['nginx', nginx],
  ['Tomcat', tomcat],
  ['decoded twice', twice],
  ['backslashes as slashes', windows],
  ['byte by byte', bytewise],
]);
