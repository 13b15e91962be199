/** A file per user, as a mount may come in. */
import { readRegularFile } from '../../config/regular-file.ts';
import type { Finding } from '../../gate/lookups.ts';
import { refuse } from '../../gate/reasons.ts';

const placeholder = '{user}';

/** The path for one user; null where the name would lead to another directory, or to a hidden file. */
export function userFilePath(template: string, user: string): string | null {
  const isOneName = user !== '' && !user.startsWith('.') && !/[/\0]/.test(user);
  return isOneName ? template.replaceAll(placeholder, () => user) : null;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): Finding {
  try {
    return { what: 'file', text: utf8.decode(bytes) };
  } catch {
    return refuse('data-invalid', "the user's file is not UTF-8");
  }
}

/** Reads a regular file as UTF-8; a file that does not exist has no text. What stands in the way is the refusal's detail, without the path. Never rejects. */
export async function readUserFile(file: string, maxBytes: number): Promise<Finding> {
  const read = await readRegularFile(file, maxBytes);
  if (!('fault' in read)) return textOf(read);
  if (read.code === 'ENOENT') return { what: 'file', text: undefined };
  return refuse(read.code === 'large' ? 'data-invalid' : 'data-unavailable', `the user's file ${read.fault}`);
}
