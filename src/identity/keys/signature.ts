/** Signatures of tokens, and texts that are sealed (JWE); the only file that knows jose. */
import type { KeyObject } from 'node:crypto';
import { CompactEncrypt, CompactSign, compactDecrypt, compactVerify } from 'jose';

/** Verifies with this algorithm and no other. Anything that keeps the signature from being verified counts as false. */
export async function signatureHolds(token: string, algorithm: string, key: KeyObject): Promise<boolean> {
  try {
    await compactVerify(token, key, { algorithms: [algorithm] });
    return true;
  } catch {
    return false;
  }
}

/** What stands in the header of a token that is signed here. */
export interface SignedHeader {
  readonly alg: string;
  readonly typ?: string;
  readonly kid?: string;
}

/** Signs claims into a token in the compact form; rejects where the key is none for the algorithm. */
export function signClaims(claims: object, header: SignedHeader, key: KeyObject): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ ...header }).sign(key);
}

/** One way to seal, so that a text can not choose another (RFC 7518 §4.5, §5.3). */
const sealing = { alg: 'dir', enc: 'A256GCM' } as const;

/** Seals a text with a key of 32 bytes into a JWE in the compact form. */
export function sealText(text: string, key: KeyObject): Promise<string> {
  return new CompactEncrypt(Buffer.from(text)).setProtectedHeader(sealing).encrypt(key);
}

/** What `sealText` sealed with that key; null for anything else. */
export async function openText(sealed: string, key: KeyObject): Promise<string | null> {
  try {
    const options = { keyManagementAlgorithms: [sealing.alg], contentEncryptionAlgorithms: [sealing.enc] };
    const { plaintext } = await compactDecrypt(sealed, key, options);
    return Buffer.from(plaintext).toString('utf8');
  } catch {
    return null;
  }
}
