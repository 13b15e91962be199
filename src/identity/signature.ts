/** Whether a token's signature holds under one key; the only file that knows jose. */
import type { KeyObject } from 'node:crypto';
import { compactVerify } from 'jose';

/** Verifies with this algorithm and no other. Anything that keeps the signature from being verified counts as false. */
export async function signatureHolds(token: string, algorithm: string, key: KeyObject): Promise<boolean> {
  try {
    await compactVerify(token, key, { algorithms: [algorithm] });
    return true;
  } catch {
    return false;
  }
}
