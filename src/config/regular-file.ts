/** Reading of a file that a config names: what holds no bytes of its own, or too many, is a fault and never a wait. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** Why there are no bytes. */
export interface FileFault {
  /** What goes behind the file's name: `is no regular file`. */
  readonly fault: string;
  /** `irregular`, `large`, or what the system says: `ENOENT`. */
  readonly code: string;
}

/** Reads a file whole, unless it has more bytes than that. Never rejects. */
export type ReadRegularFile = (file: string, mostBytes: number) => Promise<Uint8Array | FileFault>;

const irregular: FileFault = { fault: 'is no regular file', code: 'irregular' };

const chunkBytes = 64 * 1024;

/** Up to `most` bytes from the start of the file; a read may give less than it was asked for. */
async function readUpTo(handle: FileHandle, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let filled = 0;
  while (filled < most) {
    const chunk = new Uint8Array(Math.min(chunkBytes, most - filled));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, filled);
    if (bytesRead === 0) break;
    chunks.push(chunk.subarray(0, bytesRead));
    filled += bytesRead;
  }
  return Buffer.concat(chunks);
}

async function readOpened(handle: FileHandle, mostBytes: number): Promise<Uint8Array | FileFault> {
  if (!(await handle.stat()).isFile()) return irregular;
  const bytes = await readUpTo(handle, mostBytes + 1);
  return bytes.length > mostBytes ? { fault: `is larger than ${mostBytes} bytes`, code: 'large' } : bytes;
}

function faultOf(error: unknown): FileFault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault';
  // What a socket says to whoever opens it.
  return code === 'ENXIO' ? irregular : { fault: `can not be read (${code})`, code };
}

/**
 * Reads a regular file. A FIFO without a writer would hold an open for ever, and with it one of the few threads that all
 * files share, so it is opened without waiting.
 */
export const readRegularFile: ReadRegularFile = async (file, mostBytes) => {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    return await readOpened(handle, mostBytes);
  } catch (error) {
    return faultOf(error);
  }
};
