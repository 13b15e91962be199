/** What a site that signs users in may read of an address: nothing secret in it, whoever reads it, one query inside another. */
import fc from 'fast-check';
import { test } from 'tap';
import { sharedPlace } from '../../../src/doors/session/shared-place.ts';

const secrets = ['token', 'access_token', 'id_token', 'refresh_token', 'code', '_xsrf'];

/** As browsers, Tornado on this Python and one that parts at `;` too have it: names and values decoded once. */
function pairsIn(query: string): [name: string, value: string][] {
  return [query, query.replaceAll(';', '&')].flatMap(text => [...new URLSearchParams(text)]);
}

/** What is behind any `?` or `#`, as the text stands and as browsers read an address. */
function queriesIn(text: string): string[] {
  const url = URL.parse(text, 'https://hub.test');
  const marks = [...text.matchAll(/[?#]/g)].map(({ index }) => text.slice(index + 1));
  const queries = [...marks, ...(url === null ? [] : [url.search.slice(1), url.hash.slice(1)])];
  return queries.flatMap(query => [query, query.split('#', 1)[0] ?? '']);
}

function decodedOnce(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Whether a reader of the address finds a secret's value, and readers of what it finds, `depth` times over. */
function tellsSecret(text: string, depth = 3): boolean {
  const pairs = queriesIn(text).flatMap(pairsIn);
  if (pairs.some(([name, value]) => secrets.includes(name.toLowerCase()) && value !== '')) return true;
  const inner = new Set([decodedOnce(text), ...pairs.flat()]);
  inner.delete(text);
  return depth > 0 && [...inner].some(each => tellsSecret(each, depth - 1));
}

function encoded(text: string, times: number): string {
  return times === 0 ? text : encoded(encodeURIComponent(text), times - 1);
}

const letters = fc
  .constantFrom(...secrets)
  .chain(name => fc.tuple(fc.constant(name), fc.nat(name.length - 1), fc.constantFrom('', '\t', '\n', '%', 'x')))
  .map(([name, at, inside]) => {
    const letter = `%${name.charCodeAt(at).toString(16)}`;
    return [
      name,
      name.toUpperCase(),
      name.slice(0, at) + letter + name.slice(at + 1),
      name.slice(0, at) + inside + name.slice(at),
    ];
  })
  .chain(spellings => fc.constantFrom(...spellings));

const marks = [
  '?',
  '#',
  '&',
  ';',
  '=',
  '+',
  '%',
  '/',
  ' ',
  '\t',
  '\r\n',
  '?next=',
  '&next=/hub/home?',
  '%3',
  '%2',
  '5',
  'a',
  '%c0',
  '%a6',
  '%ef%bb%bf',
];

const piece = fc
  .tuple(fc.oneof(letters, fc.constantFrom(...marks), fc.constantFrom('?', '&', '=', '=v')), fc.nat(3))
  .map(([text, times]) => encoded(text, times));

/** An address as it can stand in a request: nothing in it that is not visible ASCII. */
const place = fc
  .array(piece, { minLength: 2, maxLength: 12 })
  .map(pieces => `/hub/home?${pieces.join('')}`.replace(/[^\x21-\x7e]/g, encodeURIComponent));

test('no reader of what leaves finds a secret', t => {
  let found = 0;
  fc.assert(
    fc.property(place, address => {
      if (tellsSecret(address)) found += 1;
      return !tellsSecret(sharedPlace(address));
    }),
    { numRuns: 1500 },
  );
  t.ok(found > 100, 'of many that had one');
  t.end();
});
