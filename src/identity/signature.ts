/** Whether a token's signature holds under one key, and how a test's token gets its own; the only file that knows jose. */
import type { KeyObject } from 'node:crypto';
import { CompactSign, compactVerify } from 'jose';

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
