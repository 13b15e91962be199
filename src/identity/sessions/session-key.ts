/** Keys of sessions: read from files, and from each a key of its own for every purpose (RFC 5869). */
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { ReadRegularFile } from '../../config/regular-file.ts';
import { leastSecretBytes, withoutLastNewline } from '../keys/verifying-keys.ts';

/** What the files hold, in the order of `session.keyFiles`: the first seals, all open. */
export type SessionKeys = readonly KeyObject[];

const mostFileBytes = 4096;
const keyBytes = 32;

/** The file's bytes, less one newline at the end, or what is wrong with it. Never rejects, never shows a byte. */
export async function readSessionKey(
  file: string,
  readFile: ReadRegularFile,
): Promise<KeyObject | { readonly fault: string }> {
  const bytes = await readFile(file, mostFileBytes);
  if ('fault' in bytes) return { fault: `${bytes.fault}, expected a file with a key` };
  const secret = withoutLastNewline(bytes);
  return secret.length < leastSecretBytes
    ? { fault: `is shorter than ${leastSecretBytes} bytes, expected a longer key (openssl rand -hex 32)` }
    : createSecretKey(secret);
}

/** Keys for one purpose alone: what is made with one of them says nothing to a key for another. */
export function keysFor(keys: SessionKeys, purpose: string): SessionKeys {
  return keys.map(key => createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `hubgate ${purpose}`, keyBytes))));
}
