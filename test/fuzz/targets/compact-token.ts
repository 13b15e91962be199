/** Compact tokens: one that is taken has one spelling and one meaning. */
import fc from 'fast-check';
import { readCompactToken } from '../../../src/identity/tokens/compact-token.ts';
import { type JsonValue, readJson } from '../../../src/identity/tokens/strict-json.ts';
import { demand, demandSame, type FuzzTarget } from '../target.ts';

/** How many members the objects in a value have. */
function membersOf(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inner: readonly JsonValue[] = Array.isArray(value) ? value : Object.values(value);
  const own = Array.isArray(value) ? 0 : inner.length;
  return inner.reduce((sum: number, each) => sum + membersOf(each), own);
}

/** The same in a text that is known to be JSON: strings that a colon follows. */
function membersIn(text: string): number {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"[ \t\r\n]*(:?)/g)].filter(([, colon]) => colon === ':').length;
}

function plainly(value: unknown): string {
  return JSON.stringify(value, (_, each) => (Object.is(each, -0) ? '-0' : each));
}

function demandJson(text: string): void {
  const value = readJson(text);
  if (value === undefined) return;
  const known: unknown = JSON.parse(text);
  demandSame(plainly(value), plainly(known), 'JSON means what it means to everybody', text);
  demandSame(membersOf(value), membersIn(text), 'no member of an object is lost', text);
  demand(plainly(value).isWellFormed(), 'every text is well-formed', text);
  const again = readJson(JSON.stringify(value));
  demandSame(JSON.stringify(again), JSON.stringify(value), 'what is read is read again', text);
}

function bytesOf(part: string): Buffer {
  return Buffer.from(part, 'base64url');
}

function demandCanonical(token: string, [first = '', second = '', third = '']: readonly string[]): void {
  const parts = [first, second, third].map(bytesOf);
  demandSame(parts.map(part => part.toString('base64url')).join('.'), token, 'a token has one spelling');
  for (const part of parts.slice(0, 2)) {
    demandSame(Buffer.from(part.toString('utf8'), 'utf8').toString('hex'), part.toString('hex'), 'its parts are UTF-8');
    const value: unknown = JSON.parse(part.toString('utf8'));
    demand(typeof value === 'object' && value !== null && !Array.isArray(value), 'its parts are objects', value);
  }
}

const base64url = (text: string): string => Buffer.from(text, 'latin1').toString('base64url');
const jsons = [
  '{}',
  '{"alg":"HS256"}',
  '{"alg":"HS256","alg":"none"}',
  '{"sub":"alice","exp":1e400}',
  '{"a":[1,2,{"b":null}]}',
  '{"\\u0061":1,"a":2}',
  '{"__proto__":{"x":1}}',
  '{"n":9007199254740993}',
  '{"t":"\\ud800"}',
  '{"t":"\xc3\xa9"}',
  ' {"a" : -0.0 } ',
  '[]',
  '"x"',
  '{"a":1,}',
  '{"a":01}',
  '\xef\xbb\xbf{}',
  '{"constructor":{}}',
  `${'['.repeat(40)}${']'.repeat(40)}`,
];

/** An input is a token, or, behind a `!`, the two JSON texts of one; a line end parts them. */
export const compactToken: FuzzTarget = {
  name: 'compact-token',
  grammar: fc
    .tuple(fc.constantFrom(...jsons), fc.constantFrom(...jsons), fc.nat(2))
    .map(([header, claims, how]) =>
      how === 0 ? `${base64url(header)}.${base64url(claims)}.${base64url('signature')}` : `!${header}\n${claims}`,
    ),
  words: [
    ...jsons,
    '.',
    '..',
    '=',
    '==',
    '-',
    '_',
    '+',
    '/',
    '"',
    '\\u0000',
    '\\ud83d',
    '\\ude00',
    '{',
    '[',
    ',',
    ':',
    '1e999',
    '-0',
    '0.1e-7',
    '1E400',
    '\x7f',
    '\xc0\x80',
    '\xed\xa0\x80',
    ' ',
    '\n!',
  ],
  mostBytes: 16 * 1024,
  mostMs: 50,
  check(input) {
    const texts = input.slice(1).split('\n');
    for (const text of texts) demandJson(Buffer.from(text, 'latin1').toString('utf8'));
    const [header = '', claims = ''] = texts;
    const token = input.startsWith('!') ? `${base64url(header)}.${base64url(claims)}.${base64url('x')}` : input;
    const read = readCompactToken(token);
    if (read === null) return;
    const parts = token.split('.');
    demandSame(parts.length, 3, 'a token has three parts');
    demandCanonical(token, parts);
    demandSame(
      plainly([read.header, read.claims]),
      plainly(parts.slice(0, 2).map(part => JSON.parse(bytesOf(part).toString('utf8')))),
      'it says what its parts say',
    );
  },
};
