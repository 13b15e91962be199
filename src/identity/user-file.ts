/** A file per user, as a mount may come in. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { refuse } from '../gate/reasons.ts';
import type { Finding } from '../gate/stages.ts';

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

/** Up to `most` bytes from the start of the file; a read may give less than it was asked for. */
async function readUpTo(handle: FileHandle, most: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(most);
  let filled = 0;
  while (filled < most) {
    const { bytesRead } = await handle.read(bytes, filled, most - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

async function readRegular(handle: FileHandle, maxBytes: number): Promise<Finding> {
  if (!(await handle.stat()).isFile()) return refuse('data-unavailable', "the user's file is not a regular file");
  const bytes = await readUpTo(handle, maxBytes + 1);
  return bytes.length > maxBytes ? refuse('data-invalid', `the user's file exceeds ${maxBytes} bytes`) : textOf(bytes);
}

/** Reads a regular file as UTF-8; a file that does not exist has no text. What stands in the way is the refusal's detail, without the path. Never rejects. */
export async function readUserFile(file: string, maxBytes: number): Promise<Finding> {
  try {
    // Non-blocking, so that a FIFO without a writer does not hold the open.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    return await readRegular(handle, maxBytes);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return { what: 'file', text: undefined };
    return refuse('data-unavailable', `the user's file can not be read: ${code ?? 'unknown fault'}`);
  }
}
