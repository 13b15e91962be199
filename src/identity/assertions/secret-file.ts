/** A shared secret in a file, read once: a reload reads it again. */
import type { ReadRegularFile } from '../../config/regular-file.ts';
import { withoutLastNewline } from '../keys/verifying-keys.ts';
import { secretDigest } from './second-factor.ts';

const mostFileBytes = 4096;
const leastSecretBytes = 16;

/** What every proxy can put into a field, and no field loses at its ends. */
const sendable = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

function faultOf(secret: string): string | null {
  if (secret.length < leastSecretBytes) return `is shorter than ${leastSecretBytes} bytes, expected a longer secret`;
  return sendable.test(secret) ? null : 'is no line of visible ASCII, expected one that a header can carry';
}

/** The digest of the secret, less one newline at the end, or what is wrong with the file. Never rejects, never shows a byte. */
export async function readSecretFile(
  file: string,
  readFile: ReadRegularFile,
): Promise<Uint8Array | { readonly fault: string }> {
  const bytes = await readFile(file, mostFileBytes);
  if ('fault' in bytes) return { fault: `${bytes.fault}, expected a file with a secret` };
  const secret = Buffer.from(withoutLastNewline(bytes)).toString('latin1');
  const fault = faultOf(secret);
  return fault === null ? secretDigest(secret) : { fault };
}
