/** Where the hub's own proxy sends a path, and paths that it may take otherwise than the gate does (P1). */
import fc from 'fast-check';
import type { OutboundRequest } from '../../../src/gate/stages.ts';

interface Trie {
  add(path: string, data: string): void;
  get(path: string): { data: string } | undefined;
}

/** The package has no types; the name in a variable keeps the compiler from looking for them. */
const trieModule: string = 'configurable-http-proxy/lib/trie.js';
const { URLTrie }: { URLTrie: new () => Trie } = await import(trieModule);

const routes = new URLTrie();
for (const route of ['/', '/user/alice', '/user/mallory', '/services/who']) routes.add(route, route);

/** configurable-http-proxy 5.3.0, `targetForReq`; null where it fails. */
function routeOf(target: string): string | null {
  try {
    const path = decodeURIComponent(new URL(target, 'http://example.com').pathname);
    return routes.get(path)?.data ?? null;
  } catch {
    return null;
  }
}

/** What http-proxy-3 makes of a path on the way to the server (`getPath` in common.js). */
function sentPath(target: string): string {
  return new URL(target.startsWith('//') ? `http://base.invalid${target}` : target, 'http://base.invalid').pathname;
}

const words = [
  'user',
  'alice',
  'mallory',
  'services',
  'who',
  'hub',
  'login',
  'static',
  'x',
  'hubgate',
  '%75ser',
  'm%61llory',
  '%2575ser',
];
const marks = [
  '/',
  '/',
  '/',
  '/',
  '//',
  '\\',
  '%2f',
  '%5c',
  '%252f',
  '.',
  '..',
  '%2e',
  '%2e%2e',
  ';',
  ';x',
  '?',
  '%3f',
  '%00',
  '%09',
  '@',
  ':',
  '%ff',
  '%c0%af',
  '~',
  '|',
  '"',
  '<',
  '^',
  '`',
  '{',
  '[',
  '%23',
];
const target = fc
  .array(
    fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...words) }, { weight: 4, arbitrary: fc.constantFrom(...marks) }),
    { maxLength: 10 },
  )
  .map(parts => `/${parts.join('')}`);
const wellKnown = ['/user/alice', '/user/mallory', '/user', '/services/who', '/hub', '/hub/login', '/hub/user', ''];
const few = fc.array(fc.constantFrom('/', '//', '\\', 'x', '..', '%2e%2e', '%2f', ';', 'user', 'alice', '@', ':1'), {
  maxLength: 4,
});
/** Something odd before and behind a path that means something. */
const near = fc
  .tuple(
    few,
    fc.constantFrom(...wellKnown),
    fc.oneof(
      few.map(parts => parts.join('')),
      target,
    ),
  )
  .map(([before, start, rest]) => `/${before.join('')}${start}${rest}`.replace(/^\/(?=\/(?:user|services|hub))/, ''));

const takenFor: ReadonlyMap<string, string> = new Map([
  ['user alice', '/user/alice'],
  ['user mallory', '/user/mallory'],
  ['services who', '/services/who'],
]);

/** What http-proxy-3 writes otherwise without changing a path's meaning. */
const rewritten = /["<>^`{}|]/;

/** What the hub's proxy, with alice's, mallory's and a service's routes, would take otherwise; null for nothing. */
export function hubProxyFault({ target, place }: OutboundRequest): string | null {
  const route = routeOf(target);
  const taken = `${place.class} ${place.owner}`;
  if (route !== null && route !== (takenFor.get(taken) ?? '/')) return `${target} is ${taken} here and ${route} there`;
  const path = target.replace(/\?.*$/, '');
  const redirects = /^\/hub\/user(?:-redirect)?\//.test(path);
  if (place.class !== 'hub' || redirects || rewritten.test(path) || sentPath(path) === path) return null;
  return `${path} arrives as ${sentPath(path)}`;
}

/** Paths near those that mean something. */
export const hubPaths: fc.Arbitrary<string> = fc.oneof(
  { weight: 1, arbitrary: target },
  { weight: 3, arbitrary: near },
);
