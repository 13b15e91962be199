/** Arbitrary ways in which a client can bend a request around a proof that it does not own. */
import fc from 'fast-check';
import { handshake } from '../contract/rows/lines.ts';
import { otherNames, payloads, reservedNames } from './client-words.ts';
import { injectedNames, paths, type Situation, situations } from './situations.ts';

/** Two requests that carry one proof: as it should be, and bent. Lines are latin1, without line ends. */
export interface Interference {
  readonly situation: Situation;
  readonly method: string;
  readonly straight: readonly string[];
  readonly bent: readonly string[];
}

/** All fold to the same; the hyphen itself twice as often. */
const separators = ['-', '-', '_', '.', '!', '~', '^', '*', "'", '+', '|'];

const everyName = [...reservedNames, ...Object.values(injectedNames).flat()];

const seeds = fc.array(fc.nat(997), { minLength: 4, maxLength: 8 });

function seedAt(list: readonly number[], at: number): number {
  return list[at % list.length] ?? 0;
}

/** Another name with the same folding. */
function respelt(name: string, list: readonly number[]): string {
  const letters = Array.from(name, (letter, at) => {
    const seed = seedAt(list, at) + at;
    if (letter === '-') return separators[seed % separators.length] ?? '-';
    return seed % 2 === 0 ? letter.toLowerCase() : letter.toUpperCase();
  });
  return (seedAt(list, 0) % 9 === 0 ? 'HTTP_' : '') + letters.join('');
}

function recased(line: string, seed: number): string {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon);
  const cased = [name, name.toLowerCase(), name.toUpperCase()][seed % 3] ?? name;
  // The wire refuses tabs here, so that the request would not go on.
  const space = ['', ' ', '  ', '   '][seed % 4] ?? ' ';
  return `${cased}:${space}${line.slice(colon + 1).replace(/^ /, '')}${['', ' ', '  '][seed % 5] ?? ''}`;
}

const fieldValue = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...payloads) },
  {
    weight: 1,
    arbitrary: fc
      .array(
        fc.integer({ min: 0x20, max: 0xff }).filter(code => code !== 0x7f),
        { maxLength: 12 },
      )
      .map(codes => String.fromCharCode(...codes)),
  },
);

const line = fc
  .record({
    reserved: fc.constantFrom(...everyName),
    other: fc.constantFrom(...otherNames),
    which: fc.nat(3),
    list: seeds,
    value: fieldValue,
  })
  .map(({ reserved, other, which, list, value }) => ({
    name: which === 0 ? other : respelt(reserved, list),
    value,
  }));

const protocols = [
  'Sec-WebSocket-Protocol',
  'sec-websocket-protocol',
  'Sec_WebSocket_Protocol',
  'HTTP_SEC_WEBSOCKET_PROTOCOL',
];
const mild: readonly string[] = ['Accept', 'X-Any', 'Cookie', 'User-Agent', ...protocols];

/** Most inserted lines must be such that the request still goes on. */
const mildLine = fc
  .record({
    reserved: fc.constantFrom(...everyName),
    other: fc.constantFrom(...mild),
    which: fc.nat(3),
    list: seeds,
    value: fieldValue,
  })
  .map(({ reserved, other, which, list, value }) => ({ name: which === 0 ? other : respelt(reserved, list), value }));

const spellings = ['', '', '', '', '/', '/.', '//', '%2f', ';x', '/..;', '\\', '%00', '%2e', '/%2e%2e', '#', '%', '?'];

const bend = fc.record({
  situation: fc.constantFrom(...situations),
  path: fc.constantFrom(...paths),
  method: fc.constantFrom('GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND', 'HEAD'),
  upgrades: fc.nat(5).map(seed => seed === 0),
  inserted: fc.array(fc.oneof({ weight: 5, arbitrary: mildLine }, { weight: 1, arbitrary: line }), { maxLength: 5 }),
  order: seeds,
  cases: seeds,
  query: fc.option(
    fc.constantFrom(
      '',
      'a=b',
      'next=//evil',
      'username=root',
      'user=root&x',
      'token=x',
      'Remote-User=root',
      'next=/a&next=/b',
      ';/..',
    ),
    { freq: 2 },
  ),
  chain: fc.array(fc.constantFrom('10.0.0.1', '127.0.0.1', 'unknown', '_hidden', '', '8.8.8.8', '::1', '10.42.0.9'), {
    maxLength: 3,
  }),
  ownLine: fc.boolean(),
  spelling: fc.constantFrom(...spellings),
  spellingAt: fc.nat(20),
  form: fc.nat(12),
  repeated: fc.option(fc.nat(8), { freq: 6 }),
});

type Bend = typeof bend extends fc.Arbitrary<infer B> ? B : never;

function shuffled(lines: readonly string[], order: readonly number[]): string[] {
  return lines
    .map((text, at) => ({ text, key: (seedAt(order, at) * (at + 1)) % 101 }))
    .sort((left, right) => left.key - right.key)
    .map(({ text }) => text);
}

/** What stands left of the address that the proxy itself wrote is the client's to choose. */
function chainLines({ situation, chain, ownLine }: Bend): string[] {
  if (situation.peer === '127.0.0.2') return chain.map(text => `X-Forwarded-For: ${text}`);
  if (chain.length === 0) return ['X-Forwarded-For: 203.0.113.9'];
  if (ownLine) return [`X-Forwarded-For: ${chain.join(', ')}`, 'X-Forwarded-For: 203.0.113.9'];
  return [`X-Forwarded-For: ${chain.join(',')},203.0.113.9`];
}

function bentTarget({ situation, path, query, spelling, spellingAt, form }: Bend): string {
  const straight = situation.baseUrl.slice(0, -1) + path;
  const at = spelling === '' ? straight.length : (spellingAt % straight.length) + 1;
  const spelt = straight.slice(0, at) + spelling + straight.slice(at);
  return `${form === 0 ? 'http://hub.example' : ''}${spelt}${query === null ? '' : `?${query}`}`;
}

function bendRequest(bent: Bend): Interference {
  const { situation, path, upgrades, inserted, order, cases, form, repeated } = bent;
  const method = upgrades ? 'GET' : bent.method;
  const own = [
    'Host: hub.example',
    ...situation.proof.map(line => line.replace('{request}', `{${method} ${situation.baseUrl.slice(0, -1)}${path}}`)),
    ...(upgrades ? [...handshake, 'Origin: https://hub.example'] : []),
  ];
  const mayAdd = (name: string): boolean =>
    name.toLowerCase() !== 'x-forwarded-for' && !situation.ofTheProof.includes(name.toLowerCase());
  const added = inserted.filter(({ name }) => mayAdd(name)).map(({ name, value }) => `${name}: ${value}`);
  const twice = repeated === null ? [] : own.slice(repeated, repeated + 1);
  const fields = shuffled([...own, ...twice, ...added], order);
  const chain = chainLines(bent);
  const at = (order[0] ?? 0) % (fields.length + 1);
  const all = [...fields.slice(0, at), ...chain, ...fields.slice(at)].map((text, place) =>
    recased(text, seedAt(cases, place)),
  );
  const straight = situation.peer === '127.0.0.2' ? own : [...own, 'X-Forwarded-For: 203.0.113.9'];
  return {
    situation,
    method,
    straight: [`${method} ${situation.baseUrl.slice(0, -1)}${path} HTTP/1.1`, ...straight],
    bent: [`${method} ${bentTarget(bent)} HTTP/1.${form === 1 ? 0 : 1}`, ...all],
  };
}

/** Requests and what a client makes of them. */
export const interference: fc.Arbitrary<Interference> = bend.map(bendRequest);
