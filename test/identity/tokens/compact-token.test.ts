/** One token, one spelling: the compact form and its JSON, against everything that a lax reader would take. */
import fc from 'fast-check';
import t from 'tap';
import { readCompactToken } from '../../../src/identity/tokens/compact-token.ts';
import { readJson } from '../../../src/identity/tokens/strict-json.ts';
import { makeKey, mintToken, signParts } from '../token-maker.ts';

const key = makeKey('HS256');
const claims = { sub: 'alice', exp: 2_000_000_000, deep: [{ a: 1 }, { a: 2 }] };
const good = mintToken(key, claims);
const [header = '', payload = '', signature = ''] = good.split('.');

t.test('a good token', async t => {
  const token = readCompactToken(good);
  t.strictSame(JSON.parse(JSON.stringify(token?.claims)), claims, 'gives the claims');
  t.equal(token?.header['alg'], 'HS256', 'gives the header');
  t.equal(Object.getPrototypeOf(token?.claims), null, 'has no prototype');
});

/** The same four or more characters with the unused low bits of the last one set. */
function withTrailingBits(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return part.slice(0, -1) + alphabet[alphabet.indexOf(part.slice(-1)) + 1];
}

t.test('refuses', async t => {
  const json = (text: string | Uint8Array): string => signParts({ alg: 'HS256' }, text, key);
  const rows: readonly [rule: string, token: string][] = [
    ['J8 five parts', `${good}.a.b`],
    ['J8 two parts', `${header}.${payload}`],
    ['four parts', `${good}.`],
    ['J1 an empty signature', `${header}.${payload}.`],
    ['an empty header', `.${payload}.${signature}`],
    ['an empty payload', `${header}..${signature}`],
    ['nothing', ''],
    ['J9 a space within a part', `${header.slice(0, 4)} ${header.slice(4)}.${payload}.${signature}`],
    ['J9 a space in front', ` ${good}`],
    ['J9 a newline behind', `${good}\n`],
    ['J9 padding', `${header}.${payload}.${signature}=`],
    ['J9 the other base64 alphabet', `${header}.${payload}.${signature.slice(0, -4)}+/+/`],
    ['J9 non-zero trailing bits', `${header}.${payload}.${withTrailingBits(signature)}`],
    ['a lone character in the last group', `${header}.${payload}.AAAAA`],
    ['J9 a byte outside the alphabet', `${header}.${payload}.${signature}\u00e9`],
    ['J6 more than 16 KiB', mintToken(key, { ...claims, much: 'x'.repeat(12_300) })],
    ['J9 duplicate members', json('{"sub":"a","sub":"b"}')],
    ['J9 duplicate members spelled differently', json('{"sub":"a","\\u0073ub":"b"}')],
    ['J9 duplicate members deep down', json('{"a":[{"b":{"c":1,"d":2,"c":3}}]}')],
    ['J9 duplicate __proto__', json('{"__proto__":{},"__proto__":{}}')],
    ['J9 duplicate members in the header', signParts('{"alg":"HS256","alg":"none"}', claims, key)],
    ['J9 a BOM', json('\ufeff{"sub":"a"}')],
    ['J9 overlong UTF-8', json(Uint8Array.of(0x7b, 0x22, 0xc1, 0xa1, 0x22, 0x3a, 0x31, 0x7d))],
    ['J9 a surrogate in UTF-8', json(Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d))],
    ['a lone surrogate escaped', json('{"sub":"\\ud800"}')],
    ['J9 a number beyond the largest double', json('{"exp":1e400}')],
    ['J9 an integer that would be another', json('{"uid":9007199254740993}')],
    ['the same with a fraction of nothing', json('{"uid":9007199254740993.0}')],
    ['the same with an exponent', json('{"uid":9007199254740993e0}')],
    ['NaN', json('{"exp":NaN}')],
    ['an array for a payload', json('[]')],
    ['a string for a payload', json('"a"')],
    ['null for a payload', json('null')],
    ['null for a header', signParts('null', claims, key)],
    ['text behind the object', json('{} {}')],
    ['depth beyond the bound', json(`{"a":${'['.repeat(40)}${']'.repeat(40)}}`)],
    ['depth without an end', json('['.repeat(9_000))],
  ];
  for (const [rule, token] of rows) t.equal(readCompactToken(token), null, rule);
});

t.test('__proto__ is a member like any other (H12)', async t => {
  const token = readCompactToken(signParts({ alg: 'HS256' }, '{"__proto__":{"admin":true},"constructor":1}', key));
  t.strictSame(Object.keys(token?.claims ?? {}), ['__proto__', 'constructor'], 'is kept as an own member');
  t.equal(token?.claims['admin'], undefined, 'gives nothing to the object');
  t.equal(token?.claims['toString'], undefined, 'nothing is inherited');
});

/** The bytes that a token stands for to a lax reader. */
function laxBytes(token: string): string {
  const parts = token.split('.').map(part => Buffer.from(part, 'base64url').toString('hex'));
  return parts.join('.');
}

t.test('one changed character is another token or none', async t => {
  const character = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 1 });
  const property = fc.property(fc.nat(good.length - 1), character, (at, char) => {
    const changed = good.slice(0, at) + char + good.slice(at + 1);
    return changed === good || readCompactToken(changed) === null || laxBytes(changed) !== laxBytes(good);
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2_000 }));
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Beyond 2^53 not every integer is a number of its own. */
function hasLargeNumber(value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasLargeNumber);
}

t.test('reads JSON as JSON.parse does', async t => {
  const same = fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 1, '\t'), (value, indent) => {
    const text = JSON.stringify(value, null, indent);
    if (/[0-9]{16}/.test(text)) return true;
    const known: unknown = JSON.parse(text);
    const wanted = hasLargeNumber(known) ? undefined : JSON.stringify(known);
    return JSON.stringify(readJson(text)) === wanted;
  });
  t.doesNotThrow(() => fc.assert(same, { numRuns: 1_000 }), 'what JSON.stringify writes');
  const pieces = fc.string({ unit: fc.constantFrom(...'{}[]:,"\\u0041 1-.eE+tnul') });
  const noMore = fc.property(pieces, text => isJson(text) || readJson(text) === undefined);
  t.doesNotThrow(() => fc.assert(noMore, { numRuns: 5_000 }), 'and nothing that is not JSON');
  for (const text of [
    '01',
    '1.',
    '.5',
    '+1',
    '-',
    '1e',
    '"\t"',
    '"\\x"',
    "'a'",
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    'tru',
    '',
  ]) {
    t.equal(readJson(text), undefined, `refuses ${JSON.stringify(text)}`);
  }
  t.strictSame(readJson(' [ 1 , -0.5e1 , true , null ] '), [1, -5, true, null], 'takes JSON whitespace');
});
