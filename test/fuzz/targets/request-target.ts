/** The request target: where servers that resolve a path in their own ways would go elsewhere, it is refused. */
import fc from 'fast-check';
import { normalisePath, parseTarget } from '../../../src/http/target.ts';
import { asAlice } from '../../contract/rows/lines.ts';
import { forwarded, inboundRequest } from '../../contract/world.ts';
import { oddTargets } from '../../differential/corpus/oddities.ts';
import { hubPaths, hubProxyFault } from '../../gate/request/hub-proxy.ts';
import { decodedOnce } from '../percent.ts';
import { resolvers } from '../resolvers.ts';
import { demand, demandSame, type FuzzTarget } from '../target.ts';

/** What hangs below these the hub sends on to a server; it need not be plain, so nobody may take it for a page of the hub's. */
const redirecting = /^\/hub\/user(?:-redirect)?\//;

/** What everybody makes of a path that is resolved: whose it is. */
function ownerOf(path: string): string {
  const [, first = '', second = ''] = path.split('/');
  if (first === 'user' || first === 'services')
    return second === '' ? 'other' : `${first} ${decodedOnce(second) ?? second}`;
  return first === 'hub' ? 'hub' : 'other';
}

function demandOnePlace(target: string, path: string, place: string): void {
  for (const [name, resolve] of resolvers) {
    const resolved = resolve(path);
    if (resolved === null) continue;
    demandSame(ownerOf(resolved), place, `${name} leads to the same place`, target, resolved);
    const same = !redirecting.test(path) || redirecting.test(resolved);
    demand(same, `${name} finds no page of the hub's below a redirect`, target, resolved);
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
  mostBytes: 16 * 1024,
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
    demandOnePlace(target, path, place.owner === '' ? place.class : `${place.class} ${place.owner}`);
  },
};
