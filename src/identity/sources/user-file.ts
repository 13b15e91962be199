/** A file per user, as a mount may come in. */

import { readRegularFile } from '../../config/regular-file.ts';
import type { Finding } from '../../gate/lookups.ts';
import { refuse } from '../../gate/reasons.ts';
import { utf8TextOf } from '../../http/utf8.ts';

const placeholder = '{user}';

/** The path for one user; null where the name would lead to another directory, or to a hidden file. */
export function userFilePath(template: string, user: string): string | null {
  const isOneName = user !== '' && !user.startsWith('.') && !/[/\0]/.test(user);
  return isOneName ? template.replaceAll(placeholder, () => user) : null;
}

function textOf(bytes: Uint8Array): Finding {
  const text = utf8TextOf(bytes);
  return text === null ? refuse('data-invalid', "the user's file is not UTF-8") : { what: 'file', text };
}

/** Reads a regular file as UTF-8; a file that does not exist has no text. What stands in the way is the refusal's detail, without the path. Never rejects. */
export async function readUserFile(file: string, maxBytes: number): Promise<Finding> {
  const read = await readRegularFile(file, maxBytes);
  if (!('fault' in read)) return textOf(read);
  if (read.code === 'ENOENT') return { what: 'file', text: undefined };
  return refuse(read.code === 'large' ? 'data-invalid' : 'data-unavailable', `the user's file ${read.fault}`);
}
