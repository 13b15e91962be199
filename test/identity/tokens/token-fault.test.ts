/** What a malformed token is told: the part, and the rule that it breaks. */
import fc from 'fast-check';
import { test } from 'tap';
import { readCompactToken } from '../../../src/identity/tokens/compact-token.ts';
import { compactTokenFault } from '../../../src/identity/tokens/token-fault.ts';
import { encodePart } from '../token-maker.ts';

const header = encodePart({ alg: 'ES256' });
const claims = encodePart({ sub: 'alice' });
const signature = encodePart('a signature');

const rows: readonly (readonly [token: string, told: string])[] = [
  ['', 'token is empty'],
  ['abc', 'token is opaque, it has no dots'],
  [`${header}.${claims}`, 'token has two parts, the signature is missing'],
  [`${header}.${claims}.a.b`, 'token has 4 parts'],
  [`${header}.a.b.c.d`, 'token has five parts: encrypted tokens (JWE) are not taken'],
  [`${header}.${claims}.${'A'.repeat(16 * 1024)}`, 'token is longer than 16384 characters'],
  [`${header}.${claims}.`, 'signature is empty'],
  [`.${claims}.${signature}`, 'header is empty'],
  [`${header}=.${claims}.${signature}`, 'header has padding (=)'],
  [`${header}.${claims}.AA==`, 'signature has padding (=)'],
  [`${header}.${claims}.AA+A`, 'signature is base64 with + or /'],
  [`${header}.${claims}.AA/A`, 'signature is base64 with + or /'],
  [`${header}.${claims} .${signature}`, 'claims holds white space'],
  [`${header}.${claims}.AA\nA`, 'signature holds white space'],
  [`${header}.${claims}.AA!A`, 'signature holds a character that base64url does not have'],
  [`${header}.${claims}.AAAAA`, 'signature has a character too many or too few'],
  [`${header}.${claims}.AB`, 'signature has stray bits'],
  [`${header}.${encodePart(Uint8Array.of(0x22, 0xc0, 0xaf, 0x22))}.${signature}`, 'claims is not UTF-8'],
  [`${header}.${encodePart('\ufeff{}')}.${signature}`, 'claims begins with a byte order mark'],
  [
    `${header}.${encodePart('{"sub":"a","sub":"b"}')}.${signature}`,
    'claims is no JSON that has one meaning: the member "sub" for the second time at character 17',
  ],
  [
    `${header}.${encodePart('{"a":{"b":1,"b":2}}')}.${signature}`,
    'claims is no JSON that has one meaning: the member "b" for the second time',
  ],
  [
    `${header}.${encodePart('{"exp":1e300}')}.${signature}`,
    'claims is no JSON that has one meaning: a number beyond 2^53',
  ],
  [
    `${header}.${encodePart('{"a":"\\ud800"}')}.${signature}`,
    'claims is no JSON that has one meaning: half of a surrogate pair',
  ],
  [
    `${header}.${encodePart(`${'['.repeat(40)}${']'.repeat(40)}`)}.${signature}`,
    'claims is no JSON that has one meaning: more than 32 levels',
  ],
  [
    `${header}.${encodePart('{} {}')}.${signature}`,
    'claims is no JSON that has one meaning: more text than one value at character 4',
  ],
  [`${header}.${encodePart('{"a" 1}')}.${signature}`, 'claims is no JSON that has one meaning: no colon behind a name'],
  [
    `${header}.${encodePart('{"a":1 "b":2}')}.${signature}`,
    'claims is no JSON that has one meaning: neither a comma nor the end of the object',
  ],
  [
    `${header}.${encodePart('[1 2]')}.${signature}`,
    'claims is no JSON that has one meaning: neither a comma nor the end of the list',
  ],
  [`${header}.${encodePart('{"a":}')}.${signature}`, 'claims is no JSON that has one meaning: no JSON value'],
  [`${header}.${encodePart("{'a':1}")}.${signature}`, 'claims is no JSON that has one meaning: no string'],
  [`${header}.${encodePart('[]')}.${signature}`, 'claims is no JSON object'],
  [`${header}.${encodePart('null')}.${signature}`, 'claims is no JSON object'],
];

test('a malformed token is told its part and its rule', async t => {
  for (const [token, told] of rows) {
    const fault = compactTokenFault(token);
    t.ok(`${fault?.part} ${fault?.rule}`.startsWith(told), `${told}; was: ${fault?.part} ${fault?.rule}`);
    t.equal(readCompactToken(token), null, `the gate does not read it: ${told}`);
  }
  t.equal(compactTokenFault(`${header}.${claims}.${signature}`), null);
});

/** Tokens, and what is one or two changes away from one. */
const nearTokens = fc
  .tuple(fc.constantFrom(header, '', encodePart('[]')), fc.json().map(encodePart), fc.string({ maxLength: 12 }))
  .chain(parts => {
    const token = parts.join('.');
    const character = fc.constantFrom('.', '=', '+', ' ', 'A', 'B', '_', '\ufeff', '\u0301', '\u{1f600}');
    return fc
      .array(fc.tuple(fc.nat(token.length), character), { maxLength: 2 })
      .map(changes => changes.reduce((text, [at, put]) => text.slice(0, at) + put + text.slice(at + 1), token));
  });

test('a fault is told for exactly the tokens that the gate does not read', async t => {
  const agree = (token: string): boolean => (compactTokenFault(token) === null) === (readCompactToken(token) !== null);
  const result = fc.check(fc.property(fc.oneof(nearTokens, fc.string()), agree), { numRuns: 3000 });
  t.equal(result.failed, false, JSON.stringify(result.counterexample));
});

test('no byte of a signature is told', async t => {
  const secret = 'c2VjcmV0LXNpZ25hdHVyZQ';
  for (const broken of [`${secret}=`, `${secret}+`, `${secret} `, `${secret}B`, `${secret}!`]) {
    const fault = compactTokenFault(`${header}.${claims}.${broken}`);
    t.equal(fault?.part, 'signature');
    t.notMatch(fault?.rule ?? '', secret);
  }
});
