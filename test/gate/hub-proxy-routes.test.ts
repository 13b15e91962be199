/** The class of a path, and where the hub's own proxy really sends it: they never differ on what goes on (P1). */
import fc from 'fast-check';
import t from 'tap';
import { decide } from '../../src/gate/gate.ts';
import type { Finding, OutboundRequest } from '../../src/gate/stages.ts';
import { asAlice } from '../contract/rows/lines.ts';
import { contractNow } from '../contract/tokens.ts';
import { findingFor, inboundRequest, policyOf } from '../contract/world.ts';

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

function forwarded(target: string): OutboundRequest | null {
  const request = inboundRequest(asAlice(`GET ${target}`), '127.0.0.1');
  const findings = new Map<string, Finding>();
  for (let round = 0; round < 4; round += 1) {
    const decision = decide(request, policyOf('lab'), { now: contractNow, findings });
    if (decision.kind === 'forward') return decision.request;
    if (decision.kind === 'refuse') return null;
    findings.set(decision.key, findingFor(decision));
  }
  throw new Error('the decision asks in circles');
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

function faultOf({ target, place }: OutboundRequest): string | null {
  const route = routeOf(target);
  const taken = `${place.class} ${place.owner}`;
  if (route !== null && route !== (takenFor.get(taken) ?? '/')) return `${target} is ${taken} here and ${route} there`;
  const path = target.replace(/\?.*$/, '');
  const redirects = /^\/hub\/user(?:-redirect)?\//.test(path);
  if (place.class !== 'hub' || redirects || rewritten.test(path) || sentPath(path) === path) return null;
  return `${path} arrives as ${sentPath(path)}`;
}

t.test('no path goes to a server that the decision did not take it for', async t => {
  let wentOn = 0;
  const property = fc.property(fc.oneof({ weight: 1, arbitrary: target }, { weight: 3, arbitrary: near }), each => {
    const request = forwarded(each);
    if (request === null) return;
    wentOn += 1;
    const fault = faultOf(request);
    if (fault !== null) throw new Error(fault);
  });
  const details = fc.check(property, { numRuns: 20_000 });
  t.comment(`seed ${details.seed}, ${wentOn} went on`);
  t.equal(fc.defaultReportMessage(details) ?? 'holds', 'holds');
  t.ok(wentOn > 1000, `enough paths go on: ${wentOn}`);
});
