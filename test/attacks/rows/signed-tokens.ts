/** J7: signatures that some library takes though no key made them; by a gate that looks at them. */
import { sign } from 'node:crypto';
import { publishedKeys } from '../../contract/published-keys.ts';
import { encodePart, type SigningKey, signInput } from '../../identity/token-maker.ts';
import type { AttackRow, RequestSpelling } from '../attack.ts';
import { accepted, byText, tokenClaims } from '../token-text.ts';

const { rs, es, ed } = publishedKeys;

function inputFor({ algorithm, kid }: SigningKey): string {
  return `${encodePart({ alg: algorithm, kid })}.${encodePart(tokenClaims)}`;
}

function signatureOf(key: SigningKey): Uint8Array {
  return signInput(inputFor(key), key.key, key.algorithm);
}

function bearing(key: SigningKey, name: string, signature: Uint8Array): RequestSpelling {
  const token = `${inputFor(key)}.${encodePart(signature)}`;
  return byText(`${key.algorithm}: ${name}`, token, 'token-signature', 'signed');
}

const zeros = (count: number): Uint8Array => new Uint8Array(count);
const ones = (count: number): Uint8Array => new Uint8Array(count).fill(0xff);
const joined = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

/** Of any length that a signature may have had. */
function misshapen(key: SigningKey): RequestSpelling[] {
  const good = signatureOf(key);
  return [
    bearing(key, 'all zero (CVE-2022-21449)', zeros(good.length)),
    bearing(key, 'all ones', ones(good.length)),
    bearing(key, 'a byte short', good.subarray(0, -1)),
    bearing(key, 'a zero behind', joined(good, zeros(1))),
    bearing(key, 'a zero in front', joined(zeros(1), good)),
    bearing(key, 'twice', joined(good, good)),
    bearing(key, 'one byte of zero', zeros(1)),
    bearing(key, 'backwards', Uint8Array.from(good).reverse()),
  ];
}

/** The order of P-256 (FIPS 186-5, SP 800-186 §3.2.1.3). */
const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');

const half = 32;
const [r, s] = [signatureOf(es).subarray(0, half), signatureOf(es).subarray(half)];
const one = joined(zeros(half - 1), Uint8Array.of(1));

/** The order of edwards25519, which S must be below (RFC 8032 §5.1.7); little-endian. */
const edwardsOrder = 2n ** 252n + 27742317777372353535851937790883648493n;

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

/** The same signature with S and the order added, which is no canonical number. */
function unreduced(): Uint8Array {
  const good = signatureOf(ed);
  const more = littleEndian(good.subarray(half)) + edwardsOrder;
  return joined(good.subarray(0, half), Buffer.from(more.toString(16).padStart(2 * half, '0'), 'hex').reverse());
}

/** The neutral point, little-endian. */
const neutral = joined(Uint8Array.of(1), zeros(half - 1));

/** Rows of signatures. */
export const signedTokenRows: readonly AttackRow[] = [
  {
    id: 'J7',
    spellings: [
      ...[rs, es, ed].flatMap(misshapen),
      ...(
        [
          ['r of zero', joined(zeros(half), s)],
          ['s of zero', joined(r, zeros(half))],
          ['r and s of one', joined(one, one)],
          ['r of the order', joined(order, s)],
          ['s of the order', joined(r, order)],
          ['r and s of the order', joined(order, order)],
          ['r and s changed about', joined(s, r)],
          ['as DER (RFC 3279 §2.2.3)', sign('sha256', Buffer.from(inputFor(es)), es.key)],
          ['zeros as DER', Buffer.from('3006020100020100', 'hex')],
        ] as const
      ).map(([name, signature]) => bearing(es, name, signature)),
      bearing(ed, 'the neutral point and S of zero', joined(neutral, zeros(half))),
      bearing(ed, 'S that is not reduced (RFC 8032 §5.1.7)', unreduced()),
      bearing(ed, 'as long as one by Ed448', zeros(114)),
      bearing(rs, 'a number of one', joined(zeros(255), Uint8Array.of(1))),
      bearing(rs, 'by PSS', signInput(inputFor(rs), rs.key, 'PS256')),
      bearing(rs, 'of another digest', signInput(inputFor(rs), rs.key, 'RS512')),
      bearing(es, 'of the claims alone', signInput(encodePart(tokenClaims), es.key, 'ES256')),
      ...[rs, es, ed].map(key =>
        byText(`${key.algorithm}: none at all`, `${inputFor(key)}.`, 'token-malformed', 'signed'),
      ),
      ...[rs, es, ed].map(key =>
        accepted(`${key.algorithm}: its own`, `${inputFor(key)}.${encodePart(signatureOf(key))}`, 'signed'),
      ),
    ],
  },
];
