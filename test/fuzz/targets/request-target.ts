/** The request target: where servers that resolve a path in their own ways would go elsewhere, it is refused. */
import fc from 'fast-check';
import { normalisePath, parseTarget } from '../../../src/http/target.ts';
import { asAlice } from '../../contract/rows/lines.ts';
import { forwarded, inboundRequest } from '../../contract/world.ts';
import { oddTargets } from '../../differential/corpus/oddities.ts';
import { hubPaths, hubProxyFault } from '../../gate/hub-proxy.ts';
import { bytesOnce, decodedOnce } from '../percent.ts';
import { demand, demandSame, type FuzzTarget } from '../target.ts';

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
  return once === null || /[\0-\x20?#]/.test(once) ? null : url(once);
};

const resolvers: ReadonlyMap<string, Resolver> = new Map([
  ['as it stands', path => path],
  ['WHATWG URL', url],
  ['decoded, then as a URL', urlOfDecoded],
  ['nginx', nginx],
  ['Tomcat', tomcat],
  ['decoded twice', twice],
  ['backslashes as slashes', windows],
  ['byte by byte', bytewise],
]);

/** What everybody makes of a path that is resolved: whose it is. */
function ownerOf(path: string): string {
  const [, first = '', second = ''] = path.split('/');
  if (first === 'user' || first === 'services')
    return second === '' ? 'other' : `${first} ${decodedOnce(second) ?? second}`;
  return first === 'hub' ? 'hub' : 'other';
}

/** A tab, a line end or a dot makes another path of it for some; only paths of the same letters are compared. */
function demandOnePlace(target: string, path: string, place: string): void {
  for (const [name, resolve] of resolvers) {
    const resolved = resolve(path);
    if (resolved !== null) demandSame(ownerOf(resolved), place, `${name} leads to the same place`, target, resolved);
  }
}

/** A request target. */
export const requestTarget: FuzzTarget = {
  name: 'request-target',
  grammar: fc.oneof(hubPaths, fc.constantFrom(...oddTargets)),
  words: [
    ...[
      '/user/',
      '/user/alice/',
      '/user/mallory/',
      '/hub/',
      '/hub/login',
      '/services/who/',
      '/hubgate/',
      'user',
      'mallory',
    ],
    ...[
      '/..',
      '/.',
      '//',
      '%2f',
      '%2F',
      '%5c',
      '%2e',
      '%252e',
      '%25',
      '%c0%af',
      '%e0%80%af',
      '%ff',
      ';',
      ';x=',
      '..;/',
      '%00',
      '%09',
    ],
    ...[
      '?',
      '#',
      '%3f',
      '%23',
      '@',
      ':',
      '\\',
      'http://',
      '/hub/user/',
      '/hub/user-redirect/',
      '%u002e',
      '%C3%BC',
      '~',
    ],
  ],
  mostBytes: 8192,
  mostMs: 50,
  check(input) {
    const parsed = parseTarget(input);
    if (parsed.ok) {
      demandSame(
        parsed.query === null ? parsed.path : `${parsed.path}?${parsed.query}`,
        input,
        'path and query are the target',
      );
      const normal = normalisePath(parsed.path);
      demandSame(normalisePath(normal), normal, 'normalising twice changes nothing');
    }
    if (/[\s\0]/.test(input)) return;
    const outbound = forwarded(inboundRequest(asAlice(`GET ${input}`), '127.0.0.1'), 'lab');
    if (outbound === null) return;
    const { target, place } = outbound;
    demand(/^\/[\x21\x22\x24-\x7e]*$/.test(target), 'the target is in origin-form', target);
    demandSame(hubProxyFault(outbound), null, "the hub's own proxy goes to the same place");
    const path = target.replace(/\?.*$/, '');
    demandSame(path, input.replace(/\?.*$/, ''), 'the path goes on byte for byte');
    demand(place.class !== 'own', "the gate's own paths never go on", path);
    const owner = place.owner === '' ? place.class : `${place.class} ${place.owner}`;
    demandOnePlace(target, path, owner);
  },
};
