/** Keys in a file, read once: a reload reads them again, and a file that is no good refuses the whole reload. */
import type { ReadRegularFile } from '../../config/regular-file.ts';
import {
  type KeySet,
  type KeySetReader,
  type KeySetReading,
  keyOfSecret,
  keysOfJwks,
  keysOfPem,
  mostKeyBytes,
  noKeyFor,
} from './verifying-keys.ts';

/** Kinds of key file. */
export type KeyFileKind = 'jwksFile' | 'pemFile' | 'secretFile';

/** What is wrong with a key file; `message` goes behind the file's name. */
export interface KeyFileProblem {
  readonly file: string;
  readonly message: string;
}

/** Where one issuer's keys lie. */
export interface FiledSource {
  readonly kind: KeyFileKind;
  readonly file: string;
  readonly algorithms: ReadonlySet<string>;
}

const readers: Readonly<Record<KeyFileKind, KeySetReader>> = {
  jwksFile: keysOfJwks,
  pemFile: keysOfPem,
  secretFile: keyOfSecret,
};

function read(bytes: Uint8Array, source: FiledSource): KeySetReading {
  const set = readers[source.kind](bytes, source.algorithms);
  if ('fault' in set || set.keys.length > 0) return set;
  return { fault: noKeyFor(source.algorithms) };
}

/** Reads the file; its problem where it gives no key that fits. Never rejects. */
export async function readKeyFile(source: FiledSource, readFile: ReadRegularFile): Promise<KeySet | KeyFileProblem> {
  const { file } = source;
  const bytes = await readFile(file, mostKeyBytes);
  if ('fault' in bytes) return { file, message: `${bytes.fault}, expected a file with keys` };
  const set = read(bytes, source);
  return 'fault' in set ? { file, message: set.fault } : set;
}
